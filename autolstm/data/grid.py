"""Times -> `Grid`: the frequency they stand on, and how many steps of it lie between them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["DAY", "UNITS", "Grid", "commonest", "find_grid", "fixed", "microseconds", "spacing"]

DAY = 86_400 * 10**6  # microseconds: everything is counted in these
MONTHS = ("DEC", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV")
UNITS = {"D": DAY, "h": DAY // 24, "min": DAY // 1440, "s": 10**6, "ms": 10**3, "us": 1}


@dataclass(frozen=True, eq=False, slots=True)
class Grid:
    """A frequency that fits, perhaps with gaps.

    Attributes:
        freq: The pandas frequency.
        steps: Steps of that frequency from each time to the next, shape (rows - 1,).
        start: The first time, moved onto the grid.
        note: What was moved, empty where nothing was.
    """

    freq: str
    steps: np.ndarray
    start: pd.Timestamp
    note: str = ""

    @property
    def whole(self) -> bool:
        """Whether there is no gap."""
        return bool((self.steps == 1).all())


def find_grid(times: pd.DatetimeIndex) -> Grid | None:
    """Find the grid without a gap, else the one on which the gaps are whole steps.

    Args:
        times: Ascending, none twice; at least two.
    """
    fitting = [one for one in (_months(times), _business(times), _fixed(times)) if one is not None]
    return next((one for one in fitting if one.whole), fitting[0] if fitting else None)


def spacing(times: pd.DatetimeIndex) -> str:
    """Return the frequency of times in any order, empty where they are not equally spaced."""
    times = times.dropna().unique().sort_values()
    grid = find_grid(times) if len(times) > 1 else None
    return grid.freq if grid is not None and grid.whole else ""


def fixed(step: int, start: pd.Timestamp) -> str:
    """Name the frequency of steps of one length of time.

    Args:
        step: Microseconds.
        start: Some time; weeks are named after its day.
    """
    if step % (7 * DAY) == 0:
        freq = f"{step // (7 * DAY)}W-{start:%a}".upper()
    else:
        unit, size = next((unit, size) for unit, size in UNITS.items() if step % size == 0)
        freq = f"{step // size}{unit}"
    return freq.removeprefix("1") if freq[1:2].isalpha() else freq


def microseconds(times: pd.DatetimeIndex) -> np.ndarray:
    """Return times as whole microseconds since 1970."""
    micro: np.ndarray = times.to_numpy().astype("datetime64[us]").astype(np.int64)
    return micro


def commonest(numbers: np.ndarray) -> int:
    """Return the most frequent of some whole numbers."""
    found, counts = np.unique(numbers, return_counts=True)
    return int(found[counts.argmax()])


def _fixed(times: pd.DatetimeIndex) -> Grid | None:
    """Steps of one length of time: weeks, days, hours, minutes."""
    gaps = np.diff(microseconds(times))
    step = commonest(gaps)
    if (gaps % step).any():
        return None
    return Grid(fixed(step, times[0]), gaps // step, times[0])


def _months(times: pd.DatetimeIndex) -> Grid | None:
    """Steps of whole months, at the start or the end of each, or at some day of it."""
    number = np.asarray(times.year * 12 + times.month)
    gaps = np.diff(number)
    step = commonest(gaps)
    if step < 1 or (gaps % step).any() or (gaps < 1).any():
        return None
    clocks = bool((times - times.normalize() == times[0] - times[0].normalize()).all())
    month, start, note = times[0].month, times[0], ""
    end = clocks and bool(times.is_month_end.all())
    if not end and not (clocks and (times.day == 1).all()):
        same = len(set(times.day)) == 1
        if not (same or (gaps == step).all()) or np.diff(microseconds(times)).min() < 20 * DAY:
            return None
        start = times[0].normalize().replace(day=1)
        every = "month" if step == 1 else f"{step} months"
        note = f"There is one row every {every}; the times are kept as the first of the month."
    mark = "E" if end else "S"
    if step % 12 == 0:
        freq = f"{step // 12}Y{mark}-{MONTHS[month % 12]}"
    elif step == 3:
        # Four anchors name the same quarters; always the same one, so that frequencies compare.
        first = (month - 1) % 3 + 1
        freq = f"1Q{mark}-{MONTHS[first if mark == 'S' else (first + 9) % 12]}"
    else:
        freq = f"{step}M{mark}"
    return Grid(freq.removeprefix("1") if freq[1].isalpha() else freq, gaps // step, start, note)


def _business(times: pd.DatetimeIndex) -> Grid | None:
    """Days from Monday to Friday."""
    days = times.normalize()
    if (times.day_of_week > 4).any() or (times - days != times[0] - days[0]).any():
        return None
    dates = days.to_numpy().astype("datetime64[D]")
    steps = np.busday_count(dates[:-1], dates[1:])
    # Five rows of one week are days as well; only a weekend that is left out tells them apart.
    if commonest(steps) != 1 or not (steps < np.diff(dates).astype(int)).any():
        return None
    return Grid("B", steps, times[0])
