"""A season suggested by the data: the lag at which the training rows resemble themselves most.

The autocorrelation is taken of the changes from row to row, so that a trend or a random walk,
whose levels resemble themselves at every lag, suggests nothing. The price: a long, smooth season
in much noise changes less from row to row than the noise does, and is not seen.
"""

from collections import Counter
from dataclasses import replace

import numpy as np

from autolstm.dataset import Dataset

__all__ = ["LEAST_CORRELATION", "LEAST_CYCLES", "suggest_season", "with_suggestion"]

LEAST_CYCLES = 3
"""Cycles that the training rows must hold."""

LEAST_CORRELATION = 0.3
"""Weaker seasons are not worth a difference or an adjustment."""

NEARLY = 0.9
"""The shortest lag counts whose correlation is this share of the highest: not its multiples."""

FAINT = 1e-9
"""Changes that differ by less than this share of the largest value are rounding."""

MOST_ASKED = 20
"""Series that are asked for a season: the first ones speak for the others."""

CHANCE = 0.01
"""Noise shows some lag above the threshold this often."""


def suggest_season(values: np.ndarray) -> tuple[int, float]:
    """Suggest the rows of one cycle.

    A lag must be a peak of the autocorrelation that is above `LEAST_CORRELATION` and above what
    noise shows (a normal quantile over the root of the rows, for as many lags as are looked at);
    at some shorter lag rows must be opposed, and at twice the lag they must not be.

    Args:
        values: The training rows of the target, shape (rows,).

    Returns:
        The lag and its autocorrelation; 0 and 0 where nothing stands out.
    """
    # Squares of very large or small numbers have no place in floating point.
    largest = np.max(np.abs(values))
    changes = np.diff(values / largest if largest else values)
    lags = len(changes) // LEAST_CYCLES
    if lags < 2 or np.ptp(changes) < FAINT:
        return 0, 0.0
    # Both are slow to load, and only a study without a season needs them.
    from scipy.stats import norm
    from statsmodels.tsa.stattools import acf

    found = acf(changes, nlags=2 * lags, fft=True)
    noise = norm.ppf(1 - CHANCE / (2 * lags)) / np.sqrt(len(changes))
    lag = np.arange(2, lags + 1)
    peaks = (
        (found[lag] > found[lag - 1])
        & (found[lag] > found[lag + 1])
        & (found[lag] > max(LEAST_CORRELATION, noise))
        & (np.minimum.accumulate(found)[lag] < 0)
        & (found[2 * lag] > 0)
    )
    if not peaks.any():
        return 0, 0.0
    high = lag[peaks & (found[lag] >= NEARLY * found[lag[peaks]].max())][0]
    return int(high), float(found[high])


def with_suggestion(data: Dataset, rows: np.ndarray) -> Dataset:
    """Give a data set the season that its training rows suggest, and a note that says so.

    Of several series and targets, it is the one that most of them suggest.
    """
    of = data.of_rows(rows)
    found = [
        suggest_season(data.values[rows[of == place], k])
        for place in np.unique(of)[:MOST_ASKED]
        for k in range(data.wide)
    ]
    season = Counter(one for one, _ in found).most_common(1)[0][0]
    if not season:
        return data
    correlation = float(np.mean([strength for one, strength in found if one == season]))
    note = (
        f"A season of {season} rows is suggested by the training rows, whose changes have an "
        f"autocorrelation of {correlation:.2f} at that lag; --set season=0 is for none."
    )
    return replace(data, season=season, notes=(*data.notes, note))
