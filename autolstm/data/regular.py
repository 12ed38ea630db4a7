"""Times of a table -> equally spaced times: the grid they stand on, and what is off it.

A grid is a pandas frequency. Every time gets its whole number of steps from the one before it;
where all of these are 1, the series is regular, and any other number is a fault to be named.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from autolstm.errors import DataError

__all__ = ["Grid", "cycle", "regular"]

DAY = 86_400 * 10**6  # microseconds: everything is counted in these
MONTHS = ("DEC", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV")
UNITS = {"D": DAY, "h": DAY // 24, "min": DAY // 1440, "s": 10**6, "ms": 10**3, "us": 1}

Where = Callable[[int], str]


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


def regular(
    times: pd.Index, table: str, where: Where, *, gaps: bool = False
) -> tuple[pd.Index, np.ndarray, tuple[str, ...]]:
    """Check that sorted times are equally spaced, and give them their frequency.

    Args:
        times: `pandas.DatetimeIndex` without a zone, or whole numbers, ascending; at least two.
        table: What messages call the data.
        where: Says where a row came from, as in ``line 7``.
        gaps: Whether times may be missing, no more of them than there are.

    Returns:
        A `pandas.DatetimeIndex` with a ``freq``, or a `pandas.RangeIndex`, without a gap; the
        place in it of each of ``times``; and notes.

    Raises:
        DataError: A time comes twice, is missing, or the steps are uneven.
    """
    _check_unique(times, table, where)
    if not isinstance(times, pd.DatetimeIndex):
        return _regular_steps(times, table, where, gaps=gaps)
    grid = _grid(times)
    if grid is None:
        raise _uneven(times, table, where)
    places = _places(grid.steps)
    if not (grid.whole or (gaps and _few_are_missing(places))):
        raise _gap(times, grid, table, where)
    found = pd.date_range(grid.start, periods=places[-1] + 1, freq=grid.freq, name=times.name)
    return found, places, ((grid.note,) if grid.note else ())


def _places(steps: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(steps)])


def _few_are_missing(places: np.ndarray) -> bool:
    """Whether at least half of the times are there; else the frequency is guessed wrong."""
    return bool(places[-1] < 2 * len(places))


def cycle(times: pd.Index) -> int:
    """Return the usual season of a frequency in rows, 0 where there is none.

    A year for months, quarters and weeks, a week for days and business days, a day for anything
    finer down to the minute.
    """
    offset = getattr(times, "freq", None)
    if offset is None:
        return 0
    name, count = offset.rule_code.split("-")[0], offset.n
    if name in ("h", "min", "s"):
        rows = DAY / (count * UNITS[name])
        rows = rows if rows <= 1440 else 0
    else:
        usual = {"MS": 12, "ME": 12, "QS": 4, "QE": 4, "W": 52, "D": 7, "B": 5}
        rows = usual.get(name, 0) / count
    return int(rows) if rows > 1 and rows == int(rows) else 0


def _grid(times: pd.DatetimeIndex) -> Grid | None:
    """Find the grid without a gap, else the one on which the gaps are whole steps."""
    fitting = [one for one in (_months(times), _business(times), _fixed(times)) if one is not None]
    return next((one for one in fitting if one.whole), fitting[0] if fitting else None)


def _fixed(times: pd.DatetimeIndex) -> Grid | None:
    """Steps of one length of time: weeks, days, hours, minutes."""
    gaps = np.diff(_micro(times))
    step = _commonest(gaps)
    if (gaps % step).any():
        return None
    if step % (7 * DAY) == 0:
        freq = f"{step // (7 * DAY)}W-{times[0]:%a}".upper()
    else:
        unit, size = next((unit, size) for unit, size in UNITS.items() if step % size == 0)
        freq = f"{step // size}{unit}"
    return Grid(freq.removeprefix("1") if freq[1:2].isalpha() else freq, gaps // step, times[0])


def _months(times: pd.DatetimeIndex) -> Grid | None:
    """Steps of whole months, at the start or the end of each, or at some day of it."""
    number = np.asarray(times.year * 12 + times.month)
    gaps = np.diff(number)
    step = _commonest(gaps)
    if step < 1 or (gaps % step).any() or (gaps < 1).any():
        return None
    clocks = bool((times - times.normalize() == times[0] - times[0].normalize()).all())
    month, start, note = times[0].month, times[0], ""
    end = clocks and bool(times.is_month_end.all())
    if not end and not (clocks and (times.day == 1).all()):
        same = len(set(times.day)) == 1
        if not (same or (gaps == step).all()) or np.diff(_micro(times)).min() < 20 * DAY:
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
    if _commonest(steps) != 1 or not (steps < np.diff(dates).astype(int)).any():
        return None
    return Grid("B", steps, times[0])


def _regular_steps(
    times: pd.Index, table: str, where: Where, *, gaps: bool
) -> tuple[pd.Index, np.ndarray, tuple[str, ...]]:
    """Check whole numbers, which count rows."""
    rises = np.diff(times)
    step = _commonest(rises)
    places = _places(rises // step)
    if (rises != step).any() and not (
        gaps and not (rises % step).any() and _few_are_missing(places)
    ):
        at = int(np.flatnonzero(rises != step)[0])
        raise DataError(
            f"The steps of {table} are not even: {times.name!r} goes from {times[at]} "
            f"({where(at)}) to {times[at + 1]} ({where(at + 1)}), elsewhere it goes up by {step}. "
            f"Equally spaced rows are needed. Add the missing rows, ask for "
            f"missing=forward, or leave that column out to count the rows as they are."
        )
    if step == 1:
        return pd.RangeIndex(times[0], times[-1] + 1, name=times.name), places, ()
    note = f"{times.name!r} goes up by {step}; the rows are counted from 0 instead."
    return pd.RangeIndex(places[-1] + 1, name=times.name), places, (note,)


def _check_unique(times: pd.Index, table: str, where: Where) -> None:
    twice = np.flatnonzero(times.duplicated())
    if len(twice):
        at = int(twice[0])
        raise DataError(
            f"The time {_say(times[at])} comes more than once in {table}: on {where(at - 1)} and "
            f"{where(at)} ({len(twice)} repeated in all). One row per time is accepted. Keep one "
            f"series, add up the rows of a time, or join year and month into one column."
            f"{_clock_change(times, at)}"
        )


def _gap(times: pd.DatetimeIndex, grid: Grid, table: str, where: Where) -> DataError:
    at = int(np.flatnonzero(grid.steps != 1)[0])
    lost = int((grid.steps - 1).sum())
    offset = to_offset(grid.freq)
    text = (
        f"{table} has a gap: {_say(times[at] + offset)} is missing, between {where(at)} and "
        f"{where(at + 1)} ({lost} missing of frequency {grid.freq} in all). Equally spaced rows "
        f"are needed. Add the rows and fill them, as in frame.asfreq({grid.freq!r})"
        f".interpolate(), ask for missing=forward, or use the part after the gap."
        f"{_clock_change(times, at + 1)}"
    )
    if grid.freq == "B":
        text += " Holidays count as gaps in business days: carry the last value over."
    return DataError(text)


def _uneven(times: pd.DatetimeIndex, table: str, where: Where) -> DataError:
    gaps = np.diff(_micro(times))
    step = _commonest(gaps)
    at = int(np.flatnonzero(gaps % step != 0)[0])
    return DataError(
        f"The times of {table} are not equally spaced: from {_say(times[at])} ({where(at)}) to "
        f"{_say(times[at + 1])} ({where(at + 1)}) it is {_length(gaps[at])}, the most frequent "
        f"step is {_length(step)}. Equally spaced rows are needed. Resample the data, as in "
        f"frame.resample('D').mean()."
    )


def _clock_change(times: pd.Index, at: int) -> str:
    """Hint at a change of the clock where about one hour is missing or doubled."""
    if not isinstance(times, pd.DatetimeIndex) or at < 1:
        return ""
    finer = np.median(np.diff(_micro(times))) <= DAY // 24
    if not finer or times[at] - times[at - 1] > pd.Timedelta(hours=2):
        return ""
    return " If a change to or from summer time made this, give the times in UTC."


def _micro(times: pd.DatetimeIndex) -> np.ndarray:
    micro: np.ndarray = times.to_numpy().astype("datetime64[us]").astype(np.int64)
    return micro


def _commonest(numbers: np.ndarray) -> int:
    found, counts = np.unique(numbers, return_counts=True)
    return int(found[counts.argmax()])


def _length(micro: int) -> str:
    return str(pd.Timedelta(int(micro), unit="us"))


def _say(time: object) -> str:
    """Write a time without a clock that says nothing."""
    return str(time).removesuffix(" 00:00:00")
