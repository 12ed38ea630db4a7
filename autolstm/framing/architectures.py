"""Networks that a space could ask for and nobody can build: refused before a study."""

from autolstm.settings import Architecture, Value, check_architecture
from autolstm.space import Space, joint

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
    for together in joint(space, [f"architecture.{short}" for short in TOGETHER]):
        check_architecture(_architecture(together), form)


def check_forecasters(space: Space) -> None:
    """Do what `check_networks` does for forecasts, whose strategy decides on the form.

    Raises:
        SettingError: See `autolstm.settings.check_architecture`.
    """
    for together in joint(space, [STRATEGY, *(f"architecture.{short}" for short in TOGETHER)]):
        form = "decoder" if together.pop(STRATEGY) == "decoder" else "vector"
        check_architecture(_architecture(together), form)


def _architecture(values: dict[str, Value]) -> Architecture:
    return Architecture(**{name.partition(".")[2]: one for name, one in values.items()})  # type: ignore[arg-type]
