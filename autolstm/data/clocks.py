"""Changes to and from summer time, as they show in local times without an offset."""

import numpy as np
import pandas as pd

from autolstm.data.grid import DAY, commonest, microseconds

__all__ = ["clock_changes"]

HOUR = DAY // 24
MONTHS = (3, 4, 9, 10, 11)
"""When clocks are changed, north and south of the equator; always on a Sunday, before four."""


def clock_changes(times: pd.DatetimeIndex) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """Find the hours that clocks leave out in spring and go through twice in autumn.

    Args:
        times: Ascending; they may come twice.

    Returns:
        The beginnings of the missing and of the doubled hours; none where something else is
        missing or doubled, too, or rows are more than an hour apart.
    """
    none = times[:0]
    gaps = np.diff(microseconds(times))
    if not (gaps > 0).any():
        return none, none
    step = commonest(gaps[gaps > 0])
    odd = (gaps != step) & (gaps != 0)
    if HOUR % step or (gaps[odd] != step + HOUR).any():
        return none, none
    lost = times[:-1][odd] + pd.Timedelta(step, unit="us")
    again = times[1:][gaps == 0]
    doubled = again.floor("h").unique()
    whole = len(again) == len(doubled) * (HOUR // step) and again.is_unique
    if not (whole and _may_change(lost) and _may_change(doubled)):
        return none, none
    return lost, doubled


def _may_change(hours: pd.DatetimeIndex) -> bool:
    known = (hours.day_of_week == 6) & (hours.hour < 4) & hours.month.isin(MONTHS)
    return bool(known.all())
