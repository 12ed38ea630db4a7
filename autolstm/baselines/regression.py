"""Linear regression from the last values to all steps at once: an LSTM without the network."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

__all__ = ["regression", "window_of"]

LONGEST = 366
"""Lags at most: a year of days."""

PER_WEIGHT = 3
"""Training windows that each lag needs at least."""


def window_of(season: int, train: int, horizon: int) -> int:
    """Return how many past rows are looked at: a season, else 12, fewer where rows are few.

    Part of a season would not reach the same season before, and cost as many weights.
    """
    most = min(LONGEST, (train - horizon) // (PER_WEIGHT + 1))
    return season if 1 < season <= most else min(12, most)


def regression(
    series: np.ndarray, origins: np.ndarray, horizon: int, season: int, train: int
) -> np.ndarray:
    """Forecast each step as a weighted sum of the last values (the direct strategy).

    The weights are those of least squares over all windows that lie in the training rows whole,
    targets included. Plain least squares has no setting to be chosen, and there are three windows
    to a weight at least; where lags repeat one another, as in a pure cycle, `numpy.linalg.lstsq`
    gives the smallest of the weights that fit equally well.

    Args:
        series: The target, shape (rows,).
        origins: Row number of the last known value of each forecast, shape (n,).
        horizon: Steps to forecast.
        season: Rows in one cycle, 0 for none.
        train: How many rows, from the first on, are learnt from.

    Returns:
        Forecasts of shape (n, horizon).

    Raises:
        ValueError: The training rows are too few.
    """
    window = window_of(season, train, horizon)
    if window < 1:
        raise ValueError(f"{train} training rows are too few for a horizon of {horizon}")
    # About zero, the constant and the lags do not repeat one another.
    centre = np.mean(series[:train])
    lags = sliding_window_view(series - centre, window)
    ends = np.arange(window - 1, train - horizon)
    targets = series[ends[:, None] + np.arange(1, horizon + 1)] - centre
    weights = np.linalg.lstsq(_inputs(lags, ends), targets, rcond=None)[0]
    made: np.ndarray = _inputs(lags, origins) @ weights + centre
    return made


def _inputs(lags: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return the window that ends at each row, and a constant."""
    window = lags.shape[1]
    return np.column_stack([lags[ends - window + 1], np.ones(len(ends))])
