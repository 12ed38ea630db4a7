"""The values that some knobs of a space can have at the same time."""

from collections.abc import Collection, Iterator

from autolstm.settings import KNOBS, Value
from autolstm.space.dimensions import Choice
from autolstm.space.space import Space

__all__ = ["joint"]


def joint(space: Space, names: Collection[str]) -> Iterator[dict[str, Value]]:
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
