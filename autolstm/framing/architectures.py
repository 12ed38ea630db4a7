"""Networks that a space could ask for and nobody can build: refused before a study."""

from collections.abc import Collection, Iterator

from autolstm.settings import KNOBS, Architecture, Value, check_architecture
from autolstm.space import Space
from autolstm.space.dimensions import Choice

__all__ = ["check_forecasters", "check_networks"]

STRATEGY = "preparation.strategy"
TOGETHER = ("filters", "pooling", "decoder", "attention", "teacher_forcing")
"""Knobs that `check_architecture` looks at together."""


def check_networks(space: Space, form: str) -> None:
    """Refuse a space in which a trial could ask for a network that cannot be built.

    Args:
        space: What a study may try.
        form: How outputs stand to inputs, see `autolstm.shapes.Shapes`.

    Raises:
        SettingError: See `autolstm.settings.check_architecture`.
    """
    for together in _every(space, [f"architecture.{short}" for short in TOGETHER]):
        check_architecture(_architecture(together), form)


def check_forecasters(space: Space) -> None:
    """Do what `check_networks` does for forecasts, whose strategy decides on the form.

    Raises:
        SettingError: See `autolstm.settings.check_architecture`.
    """
    for together in _every(space, [STRATEGY, *(f"architecture.{short}" for short in TOGETHER)]):
        form = "decoder" if together.pop(STRATEGY) == "decoder" else "vector"
        check_architecture(_architecture(together), form)


def _architecture(values: dict[str, Value]) -> Architecture:
    return Architecture(**{name.partition(".")[2]: one for name, one in values.items()})  # type: ignore[arg-type]


def _every(space: Space, names: Collection[str]) -> Iterator[dict[str, Value]]:
    """Yield the values that some knobs can have at the same time; ends of a range stand for it.

    A condition on a knob that is not among them may hold or not.
    """
    found: list[dict[str, Value]] = [{}]
    fixed = space.base.flat()
    for name in (one for one in KNOBS if one in names):
        found = [
            {**before, name: value}
            for before in found
            for value in dict.fromkeys(_values(space, name, fixed[name], before))
        ]
    yield from found


def _values(space: Space, name: str, fixed: Value, before: dict[str, Value]) -> tuple[Value, ...]:
    """Return the values that a knob can have beside those chosen before it."""
    one = space.dimensions.get(name)
    if one is None:
        return (fixed,)
    own = one.options if isinstance(one, Choice) else one.extremes()
    known = [two for two in one.when if two.knob in before]
    if not all(two.holds(before) for two in known):
        return (fixed,)
    return own if len(known) == len(one.when) else (*own, fixed)
