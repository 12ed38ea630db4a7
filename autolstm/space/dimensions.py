"""The searched dimensions: `Int`, `Float` and `Choice`, each perhaps only under a condition.

A dimension knows what it may become and how it is asked of an Optuna trial, nothing else. A knob
that is not searched has no dimension: it has a value.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import optuna

__all__ = ["Choice", "Dimension", "Float", "Int", "When", "same"]

Value = bool | int | float | str


def same(one: Value, other: Value) -> bool:
    """Whether two values of one knob are the same, but for the rounding of a step."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return one == other


@dataclass(frozen=True, slots=True)
class When:
    """A dimension is searched only while another knob has one of some values.

    Attributes:
        knob: Dotted name of the other knob.
        values: The values under which the dimension is alive.
    """

    knob: str
    values: tuple[Value, ...]

    def holds(self, chosen: Mapping[str, Value]) -> bool:
        """Whether the values chosen so far bring the dimension to life."""
        return any(same(chosen[self.knob], one) for one in self.values)

    def table(self) -> dict[str, Any]:
        """Return the condition as a study file writes it."""
        return {self.knob: self.values[0] if len(self.values) == 1 else list(self.values)}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values."""

    options: tuple[Value, ...]
    when: When | None = None

    def suggest(self, trial: optuna.Trial, name: str) -> Value:
        """Ask a trial for a value."""
        chosen: Value = trial.suggest_categorical(name, self.options)  # type: ignore[assignment]
        return chosen

    def nearest(self, value: Value) -> Value:
        """Return the value itself where it is an option, else the nearest option."""
        numbers = [one for one in self.options if isinstance(one, (int, float))]
        if value in self.options:
            return value
        if isinstance(value, (int, float)) and len(numbers) == len(self.options):
            return min(numbers, key=lambda one: abs(one - value))
        return self.options[0]

    def table(self) -> object:
        """Return the dimension as a study file writes it."""
        if self.when is None:
            return list(self.options)
        return {"choices": list(self.options), "when": self.when.table()}

    def extremes(self) -> tuple[Value, Value]:
        """Return the smallest and the largest option; a word beside numbers comes after them."""
        ordered = sorted(self.options, key=lambda one: (isinstance(one, str), one))
        return ordered[0], ordered[-1]


@dataclass(frozen=True, slots=True)
class Int:
    """A whole number in a range, both ends included."""

    low: int
    high: int
    step: int = 1
    log: bool = False
    when: When | None = None

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


@dataclass(frozen=True, slots=True)
class Float:
    """A number in a range, both ends included."""

    low: float
    high: float
    step: float | None = None
    log: bool = False
    when: When | None = None

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


Dimension = Int | Float | Choice


def _range_table(one: Int | Float, step: dict[str, Any]) -> dict[str, Any]:
    table: dict[str, Any] = {"low": one.low, "high": one.high, **step}
    if one.log:
        table["log"] = True
    if one.when is not None:
        table["when"] = one.when.table()
    return table
