"""Linear regression from the last values to all steps at once: an LSTM without the network."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autolstm.dataset import Dataset

__all__ = ["regression", "regression_on_all", "window_of"]

LONGEST = 366
"""Lags at most: a year of days."""

LONGEST_OF_ALL = 48
"""Lags at most where all columns are seen."""

LATEST = 20_000
"""Windows that are learnt from at most, the latest ones."""

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


def regression_on_all(
    data: Dataset, ends: np.ndarray, origins: np.ndarray, horizon: int
) -> np.ndarray | None:
    """Forecast every target as a weighted sum of the last values of all columns.

    One map for all series, each divided by the mean size of its targets and measured from its
    last known values, so that it can be shared. Columns whose future is known are seen as they
    will be.

    Args:
        data: The series.
        ends: Row numbers of the last known values of the windows that are learnt from.
        origins: Row numbers of the last known values of each forecast, shape (n,).
        horizon: Rows to forecast.

    Returns:
        Forecasts of shape (n, horizon, targets); None where there are too few windows.
    """
    columns = len(data.columns)
    known = [data.columns.index(one) for one in data.known]
    weights = columns * np.arange(1, LONGEST_OF_ALL + 1) + horizon * len(known) + columns
    longest = int((weights * PER_WEIGHT <= len(ends)).sum())
    window = min(longest, max(data.season, 12) if data.season > 1 else 12)
    begins = data.starts[data.of_rows(ends)]
    ends = _latest(data, ends[ends - begins >= window - 1])
    short = (origins - data.starts[data.of_rows(origins)]).min() < window - 1
    if window < 1 or short or len(ends) < PER_WEIGHT * int(weights[window - 1]):
        return None
    sizes = _sizes(data, ends)
    steps = np.arange(1, horizon + 1)

    def inputs(rows: np.ndarray) -> np.ndarray:
        seen = data.values[rows[:, None] + np.arange(1 - window, 1)].copy()
        unit = sizes[data.of_rows(rows)][:, None]
        last = seen[:, -1:, : data.wide].copy()
        seen[..., : data.wide] = (seen[..., : data.wide] - last) / unit
        ahead = data.values[rows[:, None] + steps][:, :, known]
        parts = [
            seen.reshape(len(rows), -1),
            ahead.reshape(len(rows), -1),
            last[:, 0] / unit[:, 0],
        ]
        return np.column_stack([*parts, np.ones(len(rows))])

    last = data.values[ends][:, None, : data.wide]
    unit = sizes[data.of_rows(ends)][:, None]
    targets = (data.values[ends[:, None] + steps][..., : data.wide] - last) / unit
    learnt = np.linalg.lstsq(inputs(ends), targets.reshape(len(ends), -1), rcond=None)[0]
    made = (inputs(origins) @ learnt).reshape(len(origins), horizon, data.wide)
    base = data.values[origins][:, None, : data.wide]
    found: np.ndarray = made * sizes[data.of_rows(origins)][:, None] + base
    return found if np.isfinite(found).all() else None


def _latest(data: Dataset, ends: np.ndarray) -> np.ndarray:
    """Return the latest windows of every series, `LATEST` of all at most."""
    each = max(1, LATEST // len(data.ids))
    of = data.of_rows(ends)
    behind = np.searchsorted(of, of, side="right") - 1 - np.arange(len(ends))
    return ends[behind < each]


def _sizes(data: Dataset, rows: np.ndarray) -> np.ndarray:
    """Return the mean size of every target of every series in some rows, 1 where it is 0."""
    of = data.of_rows(rows)
    sizes = np.ones((len(data.ids), data.wide))
    for place in np.unique(of):
        sizes[place] = np.abs(data.values[rows[of == place], : data.wide]).mean(axis=0)
    sizes[sizes == 0] = 1.0
    return sizes


def _inputs(lags: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return the window that ends at each row, and a constant."""
    window = lags.shape[1]
    return np.column_stack([lags[ends - window + 1], np.ones(len(ends))])
