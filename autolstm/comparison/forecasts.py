"""Whether two forecasts of the same rows differ by more than chance."""

import numpy as np
from scipy import stats

__all__ = ["diebold_mariano"]


def diebold_mariano(
    one: np.ndarray, other: np.ndarray, horizon: int, strands: np.ndarray | None = None
) -> float:
    """Return the two-sided p-value of two forecasts being equally good.

    The test of Diebold & Mariano (1995, doi:10.1080/07350015.1995.10524599) with the correction
    of Harvey, Leybourne & Newbold (1997, doi:10.1016/S0169-2070(96)00719-4) for few forecasts.
    Forecasts of several steps overlap, so their errors are correlated; the weights of Newey &
    West (1987) allow for that and keep the variance positive.

    Args:
        one: Error of each forecast, shape (n,), in the order of time, one row apart; of several
            series one after the other.
        other: The same of the other forecast.
        horizon: Steps of each forecast.
        strands: Which series each forecast is of, shape (n,): those of different ones share no
            target. None for one series.

    Returns:
        Between 0 and 1; 1 where there are too few forecasts to say anything.
    """
    gap = np.asarray(one, dtype=float) - np.asarray(other, dtype=float)
    count = len(gap)
    strands = np.zeros(count, int) if strands is None else np.asarray(strands)
    # No series has forecasts that overlap over more lags than it has forecasts.
    longest = int(np.unique(strands, return_counts=True)[1].max(initial=1))
    horizon = min(horizon, longest) if longest < count else horizon
    shrink = (count + 1 - 2 * horizon + horizon * (horizon - 1) / count) / count if count else 0.0
    if count < 2 or count <= horizon or shrink <= 0 or not gap.any():
        return 1.0
    around = gap - gap.mean()
    variance = around @ around
    for lag in range(1, horizon):
        same = strands[lag:] == strands[:-lag]
        variance += 2 * (1 - lag / horizon) * (around[lag:] @ (around[:-lag] * same))
    # The same gap in every forecast is no chance, however few there are.
    if variance <= 0:
        return 0.0
    statistic = gap.mean() * np.sqrt(shrink) / np.sqrt(variance / count / count)
    return float(2 * stats.t.sf(abs(statistic), count - 1))
