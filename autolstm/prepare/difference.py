"""Differencing: forecast the change since known values instead of the level.

The target of a forecast made at row ``t`` for step ``h`` is ``y[t + h] - base[t, h]``, where the
base is known at ``t``:

- difference: the last value, ``y[t]``;
- seasonal difference with lag m: the same season of the last known cycle, ``y[t + h - k m]``
  with the smallest k for which that row is known;
- both: the same season of the last cycle, plus the change over the last cycle,
  ``y[t + h - k m] + (y[t] - y[t - m])``;
- second difference: the last change goes on, ``y[t] + h (y[t] - y[t - 1])``; with a season, that
  of the change over the last cycle.

For one step this is the textbook difference (Hyndman & Athanasopoulos, "Forecasting:
Principles and Practice", 3rd ed., section 9.1). For more steps the base stays a known value, so
undoing it never adds one step's error to the next, and an error in the difference is the same
error in the target's own unit.
"""

from dataclasses import dataclass

import numpy as np

__all__ = ["Differences"]


@dataclass(frozen=True, slots=True)
class Differences:
    """Which differences are taken.

    Attributes:
        order: 0, 1 or 2, ordinary differences.
        lag: Rows of one season, 0 for no seasonal difference.
    """

    order: int
    lag: int

    @property
    def lost(self) -> int:
        """Rows at the beginning for which there is no difference."""
        return self.order + self.lag

    def apply(self, series: np.ndarray) -> np.ndarray:
        """Difference a series of shape (rows,); the first ``lost`` rows become NaN."""
        out = series.astype(np.float64, copy=True)
        for lag in [1] * self.order + [self.lag] * (self.lag > 0):
            out[lag:] = out[lag:] - out[:-lag]
            out[:lag] = np.nan
        return out

    def base(self, series: np.ndarray, origins: np.ndarray, horizon: int) -> np.ndarray:
        """Return the known values that forecasts are differences from.

        Args:
            series: The target, shape (rows,).
            origins: Row number of the last known value of each forecast, shape (n,); each at
                least ``lost - 1``.
            horizon: Steps ahead.

        Returns:
            Shape (n, horizon), in the unit of the target.
        """
        steps = np.arange(1, horizon + 1)
        base = np.zeros((len(origins), horizon))
        if self.lag:
            cycles = -(-steps // self.lag)
            base += series[origins[:, None] + (steps - cycles * self.lag)[None, :]]
        if self.order:
            base += self._change(series, origins)[:, None]
        if self.order > 1:
            step = self._change(series, origins) - self._change(series, origins - 1)
            base += step[:, None] * steps[None, :]
        return base

    def path(self, series: np.ndarray, origins: np.ndarray, changes: np.ndarray) -> np.ndarray:
        """Add up changes that follow one another: each is from the row before, as it came out.

        Args:
            series: The target, shape (rows,); known up to the origins.
            origins: Row number of the last known value of each forecast, shape (n,).
            changes: Differences of the rows ahead, shape (..., n, steps).

        Returns:
            Their values, shape (..., n, steps).
        """
        if not self.lost:
            return changes
        back = origins[:, None] + np.arange(1 - self.lost, 1)
        known = np.broadcast_to(series[back], (*changes.shape[:-1], self.lost))
        values = [known[..., place] for place in range(self.lost)]
        for step in range(changes.shape[-1]):
            values.append(changes[..., step] - self._rest(values))
        return np.stack(values[self.lost :], axis=-1)

    def _rest(self, values: list[np.ndarray]) -> np.ndarray:
        """Return what the difference of the next value adds to it: a weighted sum of the last."""
        weights = np.ones(1)
        for lag in [1] * self.order + [self.lag] * (self.lag > 0):
            weights = np.convolve(weights, [1.0, *[0.0] * (lag - 1), -1.0])
        rest = np.zeros_like(values[-1])
        for back in (np.flatnonzero(weights[1:]) + 1).tolist():
            rest = rest + weights[back] * values[-back]
        return rest

    def _change(self, series: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the change over one cycle, the value itself where there is no cycle."""
        change: np.ndarray = series[rows] - series[rows - self.lag] if self.lag else series[rows]
        return change
