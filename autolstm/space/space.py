"""`Space`: the default configuration and the dimensions searched around it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import optuna

from autolstm.settings import KNOBS, Settings
from autolstm.space.dimensions import Choice, Dimension, Value, same

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
        ordered = {
            name: self.dimensions[name]
            for name in KNOBS
            if name in self.dimensions and self._can_live(self.dimensions[name])
        }
        inside = {name: one.nearest(self._flat[name]) for name, one in ordered.items()}
        object.__setattr__(self, "dimensions", MappingProxyType(ordered))
        object.__setattr__(self, "base", Settings.from_flat({**self._flat, **inside}))

    def _can_live(self, one: Dimension) -> bool:
        """Whether the condition of a dimension can hold at all; a dead one is left out."""
        if one.when is None:
            return True
        other = self.dimensions.get(one.when.knob)
        if other is None:
            return one.when.holds(self._flat)
        return any(same(other.nearest(value), value) for value in one.when.values)

    @property
    def _flat(self) -> dict[str, Value]:
        return self.base.flat()

    def suggest(self, trial: optuna.Trial) -> Settings:
        """Ask a trial for every searched knob; the others keep their base value."""
        chosen = self._flat
        for name, one in self.dimensions.items():
            if one.when is None or one.when.holds(chosen):
                chosen[name] = one.suggest(trial, name)
        return Settings.from_flat(chosen)

    def default_params(self) -> dict[str, Value]:
        """Return the base values of the searched knobs, to enqueue as the first trial."""
        flat = self._flat
        return {
            name: flat[name]
            for name, one in self.dimensions.items()
            if one.when is None or one.when.holds(flat)
        }

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
