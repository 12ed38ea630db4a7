"""The searched dimensions: `Int`, `Float` and `Choice`, each perhaps only under conditions.

A dimension knows what it may become and how it is asked of an Optuna trial, nothing else. A knob
that is not searched has no dimension: it has a value.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import optuna

__all__ = ["Choice", "Dimension", "Float", "Int", "When", "conditions", "same"]

Value = bool | int | float | str


def same(one: Value, other: Value) -> bool:
    """Whether two values of one knob are the same, but for the rounding of a step."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return one == other


def _order(value: Value) -> tuple[bool, Any]:
    """Numbers in their order, then words: a batch of all windows is the largest one."""
    return isinstance(value, str), value


@dataclass(frozen=True, slots=True)
class When:
    """A condition: a dimension is searched only while another knob has one of some values.

    Attributes:
        knob: Dotted name of the other knob.
        values: The values under which the dimension is alive.
    """

    knob: str
    values: tuple[Value, ...]

    def holds(self, chosen: Mapping[str, Value]) -> bool:
        """Whether the values chosen so far bring the dimension to life."""
        return any(same(chosen[self.knob], one) for one in self.values)


def conditions(when: Iterable[When]) -> dict[str, Any]:
    """Return conditions as a study file writes them; all of them have to hold."""
    return {one.knob: one.values[0] if len(one.values) == 1 else list(one.values) for one in when}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values."""

    options: tuple[Value, ...]
    when: tuple[When, ...] = ()

    def suggest(self, trial: optuna.Trial, name: str) -> Value:
        """Ask a trial for a value."""
        chosen: Value = trial.suggest_categorical(name, self.options)  # type: ignore[assignment]
        return chosen

    def nearest(self, value: Value) -> Value:
        """Return the value itself where it is an option, else the nearest option."""
        numbers = [one for one in self.options if isinstance(one, (int, float))]
        if value in self.options:
            return value
        if isinstance(value, (int, float)) and numbers:
            return min(numbers, key=lambda one: abs(one - value))
        return self.options[0]

    def table(self) -> object:
        """Return the dimension as a study file writes it."""
        if not self.when:
            return list(self.options)
        return {"choices": list(self.options), "when": conditions(self.when)}

    def extremes(self) -> tuple[Value, Value]:
        """Return the smallest and the largest option; a word is larger than any number."""
        return min(self.options, key=_order), max(self.options, key=_order)

    def values(self) -> Sequence[Value] | None:
        """Return every value that it may become."""
        return self.options


@dataclass(frozen=True, slots=True)
class Int:
    """A whole number in a range, both ends included."""

    low: int
    high: int
    step: int = 1
    log: bool = False
    when: tuple[When, ...] = ()

    def suggest(self, trial: optuna.Trial, name: str) -> Value:
        """Ask a trial for a value."""
        return trial.suggest_int(name, self.low, self.high, step=self.step, log=self.log)

    def nearest(self, value: Value) -> Value:
        """Return the value moved into the range and onto its steps."""
        inside = min(max(int(value), self.low), self.high)
        last = (self.high - self.low) // self.step
        return self.low + min(round((inside - self.low) / self.step), last) * self.step

    def table(self) -> object:
        """Return the dimension as a study file writes it."""
        return _range_table(self, {"step": self.step} if self.step != 1 else {})

    def extremes(self) -> tuple[Value, Value]:
        """Return both ends."""
        return self.low, self.high

    def values(self) -> Sequence[Value] | None:
        """Return every value that it may become."""
        return range(self.low, self.high + 1, self.step)


@dataclass(frozen=True, slots=True)
class Float:
    """A number in a range, both ends included."""

    low: float
    high: float
    step: float | None = None
    log: bool = False
    when: tuple[When, ...] = ()

    def suggest(self, trial: optuna.Trial, name: str) -> Value:
        """Ask a trial for a value."""
        return trial.suggest_float(name, self.low, self.high, step=self.step, log=self.log)

    def nearest(self, value: Value) -> Value:
        """Return the value moved into the range and onto its steps."""
        inside = min(max(float(value), self.low), self.high)
        if self.step is None:
            return inside
        return min(self.low + round((inside - self.low) / self.step) * self.step, self.high)

    def table(self) -> object:
        """Return the dimension as a study file writes it."""
        return _range_table(self, {"step": self.step} if self.step is not None else {})

    def extremes(self) -> tuple[Value, Value]:
        """Return both ends."""
        return self.low, self.high

    def values(self) -> Sequence[Value] | None:
        """Return every value that it may become; None where there is no end of them."""
        if self.step is None:
            return None
        # In decimals, else 0.1 * 3 would be another value than the 0.3 of the file.
        low, high, step = (Decimal(str(one)) for one in (self.low, self.high, self.step))
        return tuple(float(low + step * n) for n in range(int((high - low) / step) + 1))


Dimension = Int | Float | Choice


def _range_table(one: Int | Float, step: dict[str, Any]) -> dict[str, Any]:
    table: dict[str, Any] = {"low": one.low, "high": one.high, **step}
    if one.log:
        table["log"] = True
    if one.when:
        table["when"] = conditions(one.when)
    return table
