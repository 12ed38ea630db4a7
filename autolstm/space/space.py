"""`Space`: the default configuration and the dimensions searched around it."""

import math
import warnings
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import optuna

from autolstm.errors import SettingError
from autolstm.settings import KNOBS, Settings
from autolstm.space.dimensions import Choice, Dimension, Float, Value, When, same

__all__ = ["Space"]


@dataclass(frozen=True, eq=False)
class Space:
    """What a study may try.

    Attributes:
        base: The default configuration, a value for every knob. It is the first trial, so its
            searched knobs lie inside their dimensions.
        dimensions: The searched knobs by dotted name, in the order of `KNOBS`, so that a knob on
            which a condition depends is asked before.
    """

    base: Settings
    dimensions: Mapping[str, Dimension]

    def __post_init__(self) -> None:
        alive: dict[str, Dimension] = {}
        for name in KNOBS:
            if name in self.dimensions and self._can_live(self.dimensions[name], alive):
                alive[name] = self.dimensions[name]
        inside = {name: one.nearest(self._flat[name]) for name, one in alive.items()}
        object.__setattr__(self, "dimensions", MappingProxyType(alive))
        object.__setattr__(self, "base", Settings.from_flat({**self._flat, **inside}))

    def _can_live(self, one: Dimension, alive: Mapping[str, Dimension]) -> bool:
        """Whether the conditions of a dimension can hold at once; a dead one is left out.

        Knobs are independent but for their conditions, so these hold at once where every knob
        that they name, or that those depend on, can take a value that each of them names.
        """
        named: dict[str, tuple[Value, ...]] = {}
        for two in _needed(one, alive):
            before = named.get(two.knob, two.values)
            named[two.knob] = tuple(a for a in before if any(same(a, b) for b in two.values))
        return all(
            any(_can_take(alive.get(name), self._flat[name], value) for value in values)
            for name, values in named.items()
        )

    @property
    def _flat(self) -> dict[str, Value]:
        return self.base.flat()

    def suggest(self, trial: optuna.Trial) -> Settings:
        """Ask a trial for every dimension that is alive; other knobs keep their base value."""
        chosen = self._flat
        idle: set[str] = set()
        for name, one in self.dimensions.items():
            if self._lives(one, chosen, idle):
                chosen[name] = one.suggest(trial, name)
            else:
                idle.add(name)
        return Settings.from_flat(chosen)

    def is_whole(self, params: Mapping[str, Any]) -> bool:
        """Whether params have a value for every dimension that is alive."""
        asked: Any = optuna.trial.FixedTrial(dict(params))
        with warnings.catch_warnings():
            # Of values that the space does not have any more; they are values all the same.
            warnings.simplefilter("ignore")
            try:
                self.suggest(asked)
            except ValueError:
                return False
        return True

    @staticmethod
    def _lives(one: Dimension, chosen: Mapping[str, Value], idle: Container[str]) -> bool:
        """Whether all conditions hold; one on a dimension that is itself not alive does not."""
        return all(two.knob not in idle and two.holds(chosen) for two in one.when)

    def default_params(self) -> dict[str, Value]:
        """Return the base values of the searched knobs, to enqueue as the first trial."""
        flat = self._flat
        asked: dict[str, Value] = {}
        for name, one in self.dimensions.items():
            if self._lives(one, flat, self.dimensions.keys() - asked.keys()):
                asked[name] = flat[name]
        return asked

    def points(self) -> Iterator[dict[str, Value]]:
        """Yield every configuration, as a trial's params: the last knob changes fastest.

        A knob whose conditions do not hold is in none of them, so that none comes twice.

        Raises:
            SettingError: A range of numbers has no step, so that there is no end of them.
        """
        for name, one in self.dimensions.items():
            if isinstance(one, Float) and one.values() is None:
                raise SettingError(_endless(name, one), f"space.{name}")
        yield from self._points(list(self.dimensions), {}, frozenset())

    def _points(
        self, names: Sequence[str], chosen: dict[str, Value], idle: frozenset[str]
    ) -> Iterator[dict[str, Value]]:
        if not names:
            yield chosen
            return
        name, rest = names[0], names[1:]
        one = self.dimensions[name]
        if not self._lives(one, {**self._flat, **chosen}, idle):
            yield from self._points(rest, chosen, idle | {name})
            return
        for value in one.values() or ():
            yield from self._points(rest, {**chosen, name: value}, idle)

    def extremes(self, name: str) -> tuple[Value, Value]:
        """Return the smallest and the largest value that a knob can take."""
        if name in self.dimensions:
            return self.dimensions[name].extremes()
        return self._flat[name], self._flat[name]

    def values(self, name: str) -> tuple[Value, ...]:
        """Return the words that a knob of words can take."""
        one, fixed = self.dimensions.get(name), self._flat[name]
        return one.options if isinstance(one, Choice) else (fixed,)

    def table(self) -> dict[str, Any]:
        """Return the whole space as a study file writes it: searched and fixed knobs."""
        flat = self._flat
        searched = {name: one.table() for name, one in self.dimensions.items()}
        return {name: searched.get(name, flat[name]) for name in KNOBS}


def _endless(name: str, one: Float) -> str:
    low, high = f"{one.low:g}", f"{one.high:g}"
    middle = math.sqrt(one.low * one.high) if one.log else (one.low + one.high) / 2
    step = f"a step, as in {{low = {low}, high = {high}, step = {middle - one.low:g}}}, or "
    return (
        f"space: {name} goes from {low} to {high} without a step, so that there is no end of "
        f"values to go through. Give {'' if one.log else step}a list of values, as in [{low}, "
        f"{middle:.3g}, {high}]; samplers such as tpe or random take the range as it is."
    )


def _needed(one: Dimension, alive: Mapping[str, Dimension]) -> Iterator[When]:
    """Yield the conditions of a dimension, and those of the dimensions that they name."""
    for two in one.when:
        yield two
        if two.knob in alive:
            yield from _needed(alive[two.knob], alive)


def _can_take(one: Dimension | None, fixed: Value, value: Value) -> bool:
    """Whether a knob can take a value; of a range without steps, chance never picks just one."""
    if one is None:
        return same(fixed, value)
    return one.values() is not None and same(one.nearest(value), value)
