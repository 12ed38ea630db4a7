"""`SeriesRecipe`: what was learnt of one series: level, differences and scaling of its targets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autolstm.dataset import Dataset
from autolstm.prepare.difference import Differences
from autolstm.prepare.level import Level, learn_level
from autolstm.prepare.origins import origins_in
from autolstm.prepare.scale import Scaler, learn_scalers
from autolstm.settings import Preparation

__all__ = ["SeriesRecipe", "learn_each"]


@dataclass(frozen=True, eq=False, slots=True)
class SeriesRecipe:
    """The way of one series there and back.

    Rows are counted from the row that it was learnt from; ``first`` says which row the first of
    some values is.

    Attributes:
        levels: Power, trend and season of every target.
        differences: How the targets are differenced then.
        variance: Of every target in the training rows, in its own unit.
        inputs: Scaling of the columns, the differenced targets first.
        target: Scaling of what is forecast, a column per target.
    """

    levels: tuple[Level, ...]
    differences: Differences
    variance: np.ndarray
    inputs: Scaler
    target: Scaler

    @property
    def wide(self) -> int:
        """Number of targets."""
        return len(self.levels)

    def heights(self, values: np.ndarray, first: int) -> np.ndarray:
        """Return the targets after power, trend and season, shape (rows, targets)."""
        rows = first + np.arange(len(values))
        every = [level.apply(values[:, k], rows) for k, level in enumerate(self.levels)]
        return np.stack(every, axis=1)

    def channels(self, values: np.ndarray, first: int) -> np.ndarray:
        """Return what is scaled to be the inputs, shape (rows, columns); lost rows are NaN.

        Raises:
            DataError: A target has values that the power does not take.
        """
        heights = self.heights(values, first)
        channels = np.array(values, dtype=np.float64)
        for k in range(self.wide):
            channels[:, k] = self.differences.apply(heights[:, k])
        return channels

    def prepared(self, values: np.ndarray, first: int) -> np.ndarray:
        """Return the scaled inputs, shape (rows, columns); lost rows are 0."""
        prepared = self.inputs.apply(self.channels(values, first))
        prepared[: self.differences.lost] = 0.0
        return prepared

    def changes(
        self, values: np.ndarray, first: int, origins: np.ndarray, ahead: int
    ) -> np.ndarray:
        """Return what is scaled to be the targets, shape (n, ahead, targets).

        Args:
            values: All columns, shape (rows, columns).
            first: Row number of the first of them.
            origins: Places of the last known values.
            ahead: Rows to forecast.
        """
        heights = self.heights(values, first)
        steps = origins[:, None] + np.arange(1, ahead + 1)[None, :]
        every = [
            heights[steps, k] - self.differences.base(heights[:, k], origins, ahead)
            for k in range(self.wide)
        ]
        return np.stack(every, axis=-1)

    def undo(
        self,
        scaled: np.ndarray,
        values: np.ndarray,
        first: int,
        origins: np.ndarray,
        *,
        path: bool,
    ) -> np.ndarray:
        """Turn prepared forecasts back into the targets' own units.

        Args:
            scaled: Shape (..., n, ahead, targets).
            values: All columns; of the targets only values up to the origins are used.
            first: Row number of the first of them.
            origins: Places of the last known values, shape (n,).
            path: Whether each row was forecast from the forecasts of those before it, so that
                differences are from these, not from what is known.

        Returns:
            The shape of ``scaled``, finite where that is.
        """
        changes = self.target.undo(scaled.astype(np.float64))
        ahead = scaled.shape[-2]
        rows = first + origins[:, None] + np.arange(1, ahead + 1)[None, :]
        heights = self.heights(values, first)
        found = np.empty(changes.shape)
        for k, level in enumerate(self.levels):
            if path:
                reached = self.differences.path(heights[:, k], origins, changes[..., k])
            else:
                base = self.differences.base(heights[:, k], origins, ahead)
                reached = changes[..., k] + base
            found[..., k] = level.undo(reached, rows)
        return found

    def to_json(self) -> dict[str, Any]:
        """Return what was learnt as plain values."""
        return {
            "levels": [one.to_json() for one in self.levels],
            "variance": self.variance.tolist(),
            "inputs": self.inputs.to_json(),
            "target": self.target.to_json(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], differences: Differences) -> "SeriesRecipe":
        """Read back what `to_json` wrote, to the last bit."""
        return cls(
            levels=tuple(Level.from_json(one) for one in stored["levels"]),
            differences=differences,
            variance=np.array(stored["variance"], dtype=np.float64),
            inputs=Scaler.from_json(stored["inputs"]),
            target=Scaler.from_json(stored["target"]),
        )


def learn_each(
    data: Dataset, rows: np.ndarray, preparation: Preparation, ahead: int, reach: int
) -> tuple[SeriesRecipe, ...]:
    """Learn levels of every series, then the scaling of what they leave.

    Args:
        data: The series. Of each, only the rows up to its last training row are read.
        rows: Row numbers of the training targets, some of every series, consecutive in each.
        preparation: What to do.
        ahead: Rows that the network forecasts at once.
        reach: Known rows that one forecast needs.

    Raises:
        DataError: There are too few cycles of the season, or values that the power does not take.
    """
    of = data.of_rows(rows)
    recipes, channels, changes = [], [], []
    for place in range(len(data.ids)):
        one, inside = data.series(place), rows[of == place] - data.starts[place]
        first, known = int(one.firsts[0]), one.values[: inside[-1] + 1]
        recipe = _learn_levels(known, first, inside, data.wide, preparation)
        origins = origins_in(inside, np.array([0, len(known)]), ahead, reach)
        recipes.append(recipe)
        # A training part that slides has forgotten what no window of it sees.
        seen = max(recipe.differences.lost, int(inside[0]) - preparation.window)
        channels.append(recipe.channels(known, first)[seen:])
        changes.append(recipe.changes(known, first, origins, ahead).reshape(-1, data.wide))
    together = preparation.scale_by == "all"
    inputs = learn_scalers(preparation.scale, channels, together=together)
    target = learn_scalers(preparation.scale, changes, together=together)
    return tuple(
        replace(recipe, inputs=one, target=other)
        for recipe, one, other in zip(recipes, inputs, target, strict=True)
    )


def _learn_levels(
    values: np.ndarray, first: int, rows: np.ndarray, wide: int, preparation: Preparation
) -> SeriesRecipe:
    """Learn all but the scaling, which several series may share.

    Args:
        values: Of one series, shape (rows, columns), the targets first; only those of ``rows``
            are read.
        first: Row number of its first row.
        rows: Places of the training targets, consecutive.
        wide: Number of targets.
        preparation: What to do.

    Raises:
        DataError: There are too few cycles of the season, or values that the power does not take.
    """
    seen = values[rows]
    return SeriesRecipe(
        levels=tuple(learn_level(seen[:, k], rows + first, preparation) for k in range(wide)),
        differences=Differences(preparation.difference, preparation.seasonal_difference),
        variance=np.array([_variance(seen[:, k]) for k in range(wide)]),
        inputs=Scaler.nothing(values.shape[1]),
        target=Scaler.nothing(wide),
    )


def _variance(target: np.ndarray) -> float:
    """Variance of a training target, 1 where it does not vary at all."""
    # Equal values may still differ from their own mean by a rounding error.
    varies = np.min(target) < np.max(target)
    return float(np.var(target)) or 1.0 if varies else 1.0
