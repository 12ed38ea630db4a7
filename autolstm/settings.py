"""The knobs of one fit, frozen and typed, each declared once.

A knob's dotted name (``architecture.units``) is the same in Python, in a study file, on the
command line and in the plots. Its declaration carries range, unit and one sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from numbers import Real
from typing import Any, get_type_hints

from autolstm.errors import SettingError, guess, shown

__all__ = ["KNOBS", "Architecture", "Knob", "Preparation", "Settings", "Training"]

Value = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Knob:
    """The declaration of one field of `Settings`.

    Attributes:
        name: Dotted name, such as ``"training.learning_rate"``.
        kind: ``int``, ``float`` or ``str``.
        default: Value where nothing else is said.
        low: Smallest value accepted (numbers).
        high: Largest value accepted (numbers).
        choices: The values accepted (text).
        unit: Unit of the value, empty for a pure number.
        help: One sentence.
    """

    name: str
    kind: type
    default: Value
    low: float | None
    high: float | None
    choices: tuple[str, ...] | None
    unit: str
    help: str

    def accepts(self) -> str:
        """Say in words what the knob takes."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        number = "a whole number" if self.kind is int else "a number"
        ends = (f"{end:.0f}" if end and end >= 1 else f"{end:g}" for end in (self.low, self.high))
        return f"{number} from {' to '.join(ends)}"

    def check(self, value: object) -> Value:
        """Return the value in the knob's own type.

        Raises:
            SettingError: The value has another type or lies outside the range.
        """
        fits = self._holds_text(value) if self.kind is str else self._holds_number(value)
        if not fits:
            hint = guess(value, self.choices or ()) if isinstance(value, str) else ""
            raise SettingError(
                f"{self.name} = {shown(value)} is not accepted.{hint} It takes {self.accepts()}."
            )
        typed: Value = self.kind(value)
        return typed

    def _holds_text(self, value: object) -> bool:
        return isinstance(value, str) and value in (self.choices or ())

    def _holds_number(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, Real):
            return False
        # Compared as it is: a whole number of 400 digits has no float.
        inside = bool(self.low <= value <= self.high)  # type: ignore[operator]
        return inside and (self.kind is not int or value % 1 == 0)


def _knob(
    default: Value,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
    unit: str = "",
) -> Any:
    declared = {"low": low, "high": high, "choices": choices, "unit": unit, "help": help}
    return field(default=default, metadata=declared)


@dataclass(frozen=True, slots=True)
class Preparation:
    """What happens to the series before the network sees it."""

    scale: str = _knob(
        "standard",
        "Scaling: to 0..1, to -1..1, by mean and deviation (standard), by median and quartiles.",
        choices=("none", "minmax01", "minmax11", "standard", "robust"),
    )
    power: str = _knob(
        "none",
        "Bends the target's scale, so that swings do not grow with its level; undone exactly.",
        choices=("none", "log", "boxcox", "yeojohnson"),
    )
    trend: str = _knob(
        "none",
        "Subtracts the line through the training rows, continued beyond them.",
        choices=("none", "linear"),
    )
    difference: int = _knob(
        0,
        "1 forecasts the change since the last known value, 2 the change of the change.",
        low=0,
        high=2,
    )
    seasonal_difference: int = _knob(
        0,
        "Forecast the change since the season of the last cycle, this many rows ago; 0 is off.",
        low=0,
        high=100_000,
        unit="rows",
    )
    seasonal_adjustment: int = _knob(
        0,
        "Subtract the mean season of the training rows, a cycle of this many rows; 0 is off.",
        low=0,
        high=100_000,
        unit="rows",
    )
    encode: str = _knob(
        "one-hot",
        "Symbols as numbers: one column (integer), one a symbol (one-hot), learnt (embedding).",
        choices=("integer", "one-hot", "embedding"),
    )
    window: int = _knob(
        12, "How many past rows the network sees.", low=1, high=100_000, unit="rows"
    )
    stride: int = _knob(
        1, "Rows from one training window to the next.", low=1, high=100_000, unit="rows"
    )
    strategy: str = _knob(
        "direct",
        "How several rows are forecast: all at once, by a decoder, or fed back one by one.",
        choices=("direct", "decoder", "recursive"),
    )
    scale_by: str = _knob(
        "series",
        "Whether each of several series is scaled by itself, or all of them alike.",
        choices=("series", "all"),
    )


@dataclass(frozen=True, slots=True)
class Architecture:
    """The shape of the network."""

    layers: int = _knob(1, "LSTM layers, one on the other.", low=1, high=16)
    units: int = _knob(32, "Memory cells in every LSTM layer.", low=1, high=4096, unit="cells")
    dropout: float = _knob(
        0.0, "Share of each layer's inputs dropped while training.", low=0.0, high=0.95
    )
    recurrent_dropout: float = _knob(
        0.0, "Share of the recurrent state dropped while training.", low=0.0, high=0.95
    )
    embedding: int = _knob(
        16, "Numbers that stand for a symbol, where symbols are embedded.", low=1, high=1024
    )


@dataclass(frozen=True, slots=True)
class Training:
    """How the network is fitted."""

    optimizer: str = _knob(
        "adam", "The optimiser, with Keras's defaults.", choices=("adam", "rmsprop", "sgd")
    )
    learning_rate: float = _knob(3e-3, "Step size of the optimiser.", low=1e-8, high=10.0)
    momentum: float = _knob(0.9, "Momentum, for sgd only.", low=0.0, high=0.999)
    class_weight: str = _knob(
        "none",
        "Whether rare classes count for more while training, so that all count alike (balanced).",
        choices=("none", "balanced"),
    )
    batch_size: int = _knob(32, "Windows in one update.", low=1, high=1_000_000, unit="windows")
    epochs: int = _knob(150, "Most passes over the training windows.", low=1, high=100_000)
    patience: int = _knob(
        20,
        "Epochs without a better validation loss before a seed stops.",
        low=1,
        high=100_000,
        unit="epochs",
    )
    min_delta: float = _knob(
        0.0, "Smallest fall of the validation loss that counts as better.", low=0.0, high=1e6
    )
    loss: str = _knob(
        "auto",
        "What training minimises: what is measured (auto), squared, absolute or Huber's errors.",
        choices=("auto", "mse", "mae", "huber"),
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that defines a fit, but the data and the seed."""

    preparation: Preparation = Preparation()
    architecture: Architecture = Architecture()
    training: Training = Training()

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
                    f"There is no setting {name!r}.{hint} Known are: {', '.join(KNOBS)}."
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
        types = get_type_hints(kind)
        for one in fields(kind):
            name = f"{group}.{one.name}"
            knobs[name] = Knob(
                name=name,
                kind=types[one.name],
                default=one.default,  # type: ignore[arg-type]
                **one.metadata,
            )
    return knobs


KNOBS: dict[str, Knob] = _declared()
"""Every knob by its dotted name, in reading order."""
