"""`Knob`: the declaration of one setting, with its type, range, unit and one sentence."""

from dataclasses import dataclass, field
from numbers import Real
from typing import Any

from autolstm.errors import SettingError, guess, shown

__all__ = ["Knob", "Value", "knob"]

Value = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Knob:
    """The declaration of one field of `Settings`.

    Attributes:
        name: Dotted name, such as ``"training.learning_rate"``.
        kind: ``bool``, ``int``, ``float`` or ``str``.
        default: Value where nothing else is said.
        low: Smallest value accepted (numbers).
        high: Largest value accepted (numbers).
        choices: The values accepted (text).
        unit: Unit of the value, empty for a pure number.
        help: One sentence.
        words: Words that are accepted beside numbers, such as ``"full"``.
        shapes: Whether a program is compiled anew for another value. What does not is told to a
            compiled program, and costs nothing to change.
    """

    name: str
    kind: type
    default: Value
    low: float | None
    high: float | None
    choices: tuple[str, ...] | None
    unit: str
    help: str
    words: tuple[str, ...] = ()
    shapes: bool = False

    def accepts(self) -> str:
        """Say in words what the knob takes."""
        if self.kind is bool:
            return "true or false"
        if self.choices:
            return "one of " + ", ".join(self.choices)
        number = "a whole number" if self.kind is int else "a number"
        ends = (f"{end:.0f}" if end and end >= 1 else f"{end:g}" for end in (self.low, self.high))
        words = "".join(f", or {word}" for word in self.words)
        return f"{number} from {' to '.join(ends)}{words}"

    def check(self, value: object) -> Value:
        """Return the value in the knob's own type; one of its words as it is.

        Raises:
            SettingError: The value has another type or lies outside the range.
        """
        if isinstance(value, str) and value in self.words:
            return value
        holds = {bool: self._holds_truth, str: self._holds_text}
        if not holds.get(self.kind, self._holds_number)(value):
            known = self.choices or self.words
            hint = guess(value, known) if isinstance(value, str) else ""
            raise SettingError(
                f"{self.name} = {shown(value)} is not accepted.{hint} It takes {self.accepts()}."
            )
        typed: Value = self.kind(value)
        return typed

    def _holds_truth(self, value: object) -> bool:
        return isinstance(value, bool)

    def _holds_text(self, value: object) -> bool:
        return isinstance(value, str) and value in (self.choices or ())

    def _holds_number(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, Real):
            return False
        # Compared as it is: a whole number of 400 digits has no float.
        inside = bool(self.low <= value <= self.high)  # type: ignore[operator]
        return inside and (self.kind is not int or value % 1 == 0)


def knob(
    default: Value,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
    words: tuple[str, ...] = (),
    unit: str = "",
    shapes: bool = False,
) -> Any:
    """Declare a knob: the default of a field, with everything that `Knob` says of it."""
    declared = {"low": low, "high": high, "choices": choices, "unit": unit, "help": help}
    return field(default=default, metadata={**declared, "words": words, "shapes": shapes})
