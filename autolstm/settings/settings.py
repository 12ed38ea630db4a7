"""`Settings`: everything that defines a fit, but the data and the seed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from autolstm.errors import SettingError, guess
from autolstm.settings.architecture import Architecture
from autolstm.settings.combinations import check_states
from autolstm.settings.knob import Knob, Value
from autolstm.settings.preparation import Preparation
from autolstm.settings.training import Training

__all__ = ["KNOBS", "Settings", "every_name"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that defines a fit, but the data and the seed.

    Raises:
        SettingError: States are carried on where that means nothing; see `check_states`.
    """

    preparation: Preparation = field(default_factory=Preparation)
    architecture: Architecture = field(default_factory=Architecture)
    training: Training = field(default_factory=Training)

    def __post_init__(self) -> None:
        if self.architecture.stateful:
            check_states(self.flat())

    @property
    def lanes(self) -> int | None:
        """Windows of a batch, each going on from one of the batch before; None where none does."""
        size = self.training.batch_size
        return int(size) if self.architecture.stateful else None

    @classmethod
    def from_flat(cls, values: Mapping[str, object]) -> "Settings":
        """Build settings from dotted names; what is not named keeps its default.

        Raises:
            SettingError: A name is unknown or a value is not accepted.
        """
        groups: dict[str, dict[str, Value]] = {name: {} for name in _GROUPS}
        for name, value in values.items():
            if name not in KNOBS:
                hint = guess(name, KNOBS)
                raise SettingError(
                    f"There is no setting {name!r}.{hint} Known are: {every_name()}."
                )
            group, _, short = name.partition(".")
            groups[group][short] = KNOBS[name].check(value)
        made = {name: _GROUPS[name](**values) for name, values in groups.items()}
        return cls(**made)

    def flat(self) -> dict[str, Value]:
        """Return every knob by its dotted name."""
        return {
            f"{group}.{one.name}": getattr(getattr(self, group), one.name)
            for group, kind in _GROUPS.items()
            for one in fields(kind)
        }


_GROUPS: dict[str, Any] = {
    "preparation": Preparation,
    "architecture": Architecture,
    "training": Training,
}


def _declared() -> dict[str, Knob]:
    knobs = {}
    for group, kind in _GROUPS.items():
        for one in fields(kind):
            name = f"{group}.{one.name}"
            knobs[name] = Knob(
                name=name,
                kind=type(one.default),
                default=one.default,  # type: ignore[arg-type]
                **one.metadata,
            )
    return knobs


def every_name() -> str:
    """Return the names of all knobs in short: ``preparation.scale, power; training.epochs``."""
    return "; ".join(
        f"{group}.{', '.join(one.name for one in fields(kind))}" for group, kind in _GROUPS.items()
    )


KNOBS: dict[str, Knob] = _declared()
"""Every knob by its dotted name, in reading order."""
