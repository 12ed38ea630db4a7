"""Every baseline by its name: the naive ones always, those that learn wherever they can.

A baseline that learns does so once, on the training rows alone, and is then applied at every
origin with what it has learnt: as a network is.
"""

import warnings
from collections.abc import Callable

import numpy as np

from autolstm.baselines.naive import forecasts as naive_forecasts
from autolstm.baselines.regression import regression
from autolstm.baselines.smoothing import ets, theta

__all__ = ["LEARNT", "forecasts"]

Learnt = Callable[[np.ndarray, np.ndarray, int, int, int], np.ndarray]

LEARNT: dict[str, Learnt] = {
    "theta": theta,
    "ets": ets,
    "linear regression on the window": regression,
}
"""The baselines that learn; all others are naive."""

SLOW = ("theta", "ets")

LATEST = 5000
"""Training rows that a baseline learns from at most, the latest ones: enough for its few numbers,
and long series stay quick."""

ABSURD = 1e9
"""A forecast so many times the largest training value comes from a formula that has blown up."""


def forecasts(
    series: np.ndarray,
    origins: np.ndarray,
    horizon: int,
    season: int,
    train: int,
    *,
    quick: bool = False,
) -> dict[str, np.ndarray]:
    """Forecast with every baseline.

    A forecast made at row ``t`` uses rows up to ``t`` only, and what was learnt from the training
    rows, of which the latest 5000 count. A baseline that learns and cannot be computed, such as
    one for which the training rows are too few, is left out.

    Args:
        series: The target, shape (rows,), in its own unit.
        origins: Row number of the last known value of each forecast, shape (n,).
        horizon: Steps to forecast.
        season: Rows in one cycle, 0 for none.
        train: How many rows, from the first on, may be learnt from.
        quick: Leave out those that take seconds, where there are many series.

    Returns:
        An array of shape (n, horizon) by the baseline's name, in the unit of the target.

    Raises:
        ValueError: An origin lies before the last training row, where a forecast would know what
            comes after it.
    """
    if np.min(origins) < train - 1:
        raise ValueError(f"origin {np.min(origins)} lies before the last of {train} training rows")
    made = naive_forecasts(series, origins, horizon, season)
    known = series[: np.max(origins) + 1]
    for name, learn in LEARNT.items():
        if quick and name in SLOW:
            continue
        found = _learnt(learn, known, origins, horizon, season, train)
        if found is not None:
            made[name] = found
    return made


def _learnt(
    learn: Learnt, known: np.ndarray, origins: np.ndarray, horizon: int, season: int, train: int
) -> np.ndarray | None:
    """Forecast with a baseline that learns, None where it cannot be computed."""
    first = max(0, train - LATEST)
    try:
        # Optimisers stop at steps that are small beside one. A power of two changes no digit.
        unit = 2.0 ** np.frexp(np.max(np.abs(known[first:train])))[1]
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            made = learn(known[first:] / unit, origins - first, horizon, season, train - first)
    except Exception:
        # Whatever a library finds in a difficult series, a study goes on without this baseline.
        return None
    return made * unit if np.all(np.abs(made) < ABSURD) else None
