"""Rows of a part -> the origins of the forecasts whose targets all lie in it."""

import numpy as np

__all__ = ["origins_in"]


def origins_in(rows: np.ndarray, starts: np.ndarray, ahead: int, reach: int = 1) -> np.ndarray:
    """Return the last known rows of all forecasts whose targets all lie in ``rows``.

    A forecast belongs to the part in which all its targets lie. What it is made from may lie
    before the part, never behind it, and never in another series.

    Args:
        rows: Row numbers of one part, of any of the series, without order.
        starts: First row of every series, and the number of rows.
        ahead: Rows that are forecast.
        reach: Rows of its series that a forecast needs to know.

    Returns:
        Row numbers in order, int32.
    """
    total = int(starts[-1])
    inside = np.zeros(total + 1, dtype=np.int64)
    inside[rows] = 1
    before = np.concatenate([[0], np.cumsum(inside)])
    origins = np.arange(max(0, total - ahead))
    whole = before[origins + 1 + ahead] - before[origins + 1] == ahead
    begin = starts[np.searchsorted(starts, origins, side="right") - 1]
    end = starts[np.searchsorted(starts, origins, side="right")]
    found: np.ndarray = origins[whole & (origins + ahead < end) & (origins - begin >= reach - 1)]
    return found.astype(np.int32)
