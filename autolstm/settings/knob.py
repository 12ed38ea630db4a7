"""`Knob`: the declaration of one setting, with its type, range, unit and one sentence."""

from collections.abc import Callable
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np

from autolstm.errors import SettingError, guess, shown

__all__ = ["Knob", "Value", "Written", "knob"]

Value = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Written:
    """What a text must be like that is none of a few words.

    Attributes:
        told: What it is, in words.
        holds: Whether a text is such a one.
    """

    told: str
    holds: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Knob:
    """The declaration of one field of `Settings`.

    Attributes:
        name: Dotted name, such as ``"training.learning_rate"``.
        kind: ``int``, ``float``, ``bool`` or ``str``.
        default: Value where nothing else is said.
        low: Smallest value accepted (numbers).
        high: Largest value accepted (numbers).
        choices: The values accepted (words).
        unit: Unit of the value, empty for a pure number.
        help: One sentence.
        words: Words that are accepted beside numbers, such as ``"full"``.
        shapes: Whether a program is compiled anew for another value. What does not is told to a
            compiled program, and costs nothing to change.
        written: What a text must be like where there are no choices.
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
    written: Written | None = None

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers, so that it can have a range."""
        return self.kind in (int, float)

    def accepts(self) -> str:
        """Say in words what the knob takes."""
        if self.kind is bool:
            return "true or false"
        if self.written is not None:
            return self.written.told
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
        if self.written is not None and isinstance(value, int) and not isinstance(value, bool):
            # A list of one number reads as that number.
            value = shown(value)
        fits = {bool: self._holds_truth, str: self._holds_text}.get(self.kind, self._holds_number)
        if not fits(value):
            known = ("true", "false") if self.kind is bool else self.choices or self.words
            # 'true' in quotes is no misspelt true.
            hint = guess(value, known) if isinstance(value, str) and value not in known else ""
            raise SettingError(
                f"{self.name} = {shown(value)} is not accepted.{hint} It takes {self.accepts()}."
            )
        typed: Value = self.kind(value)
        return typed

    def _holds_truth(self, value: object) -> bool:
        return isinstance(value, (bool, np.bool_))

    def _holds_text(self, value: object) -> bool:
        if not isinstance(value, str):
            return False
        return value in (self.choices or ()) if self.written is None else self.written.holds(value)

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
    written: Written | None = None,
) -> Any:
    """Declare a knob: the default of a field, with everything that `Knob` says of it."""
    declared = {"low": low, "high": high, "choices": choices, "unit": unit, "help": help}
    more = {"words": words, "shapes": shapes, "written": written}
    return field(default=default, metadata={**declared, **more})
