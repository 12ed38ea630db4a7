"""Times of a table -> equally spaced times: the grid they stand on, and what is off it.

A grid is a pandas frequency. Every time gets its whole number of steps from the one before it;
where all of these are 1, the series is regular, and any other number is a fault to be named.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from autolstm.data.clocks import clock_changes
from autolstm.data.grid import (
    DAY,
    UNITS,
    Grid,
    commonest,
    find_grid,
    fixed,
    microseconds,
    spacing,
)
from autolstm.dataset import every
from autolstm.errors import DataError, counted

__all__ = ["cycle", "regular"]

Where = Callable[[int], str]

LEAST_RUN = 3
"""Steps in a row that are another spacing; fewer are gaps."""


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
        DataError: A time comes twice, is missing, the steps are uneven, or they change.
    """
    if isinstance(times, pd.DatetimeIndex):
        _check_clock(times, table, gaps=gaps)
    _check_unique(times, table, where)
    if not isinstance(times, pd.DatetimeIndex):
        return _regular_steps(times, table, where, gaps=gaps)
    grid = find_grid(times)
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


def _regular_steps(
    times: pd.Index, table: str, where: Where, *, gaps: bool
) -> tuple[pd.Index, np.ndarray, tuple[str, ...]]:
    """Check whole numbers, which count rows."""
    rises = np.diff(times)
    step = commonest(rises)
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


def _check_clock(times: pd.DatetimeIndex, table: str, *, gaps: bool) -> None:
    """Refuse local times with changes of the clock; a missing hour is a gap like any other."""
    lost, doubled = clock_changes(times)
    if len(doubled) or (len(lost) and not gaps):
        said = [
            f"the hour from {hours[0]:%Y-%m-%d %H:%M} {what} ({counted(len(hours), 'such day')})"
            for hours, what in ((lost, "is missing"), (doubled, "comes twice"))
            if len(hours)
        ]
        raise DataError(
            f"The times of {table} are local times that change to and from summer time: "
            f"{', '.join(said)}. Equally spaced rows are needed. Give the times in UTC or with "
            f"their offset, like 2024-10-27T02:00+01:00. In pandas, for Berlin: "
            f"frame.tz_localize('Europe/Berlin', ambiguous='infer')."
        )


def _check_one_spacing(
    times: pd.DatetimeIndex, usual: np.ndarray, table: str, where: Where
) -> None:
    """Say where one spacing ends and another begins, where the rows have one after the other."""
    found = [_longest(times, mask) for mask in (usual, ~usual)]
    if any(one is None for one in found):
        return
    (_, before), (at, after) = sorted(one for one in found if one is not None)
    coarse = max(before, after, key=lambda freq: times[0] + to_offset(freq))
    raise DataError(
        f"The spacing of {table} changes at {_say(times[at])} ({where(at)}): one row every "
        f"{every(before)} up to there, one row every {every(after)} from there on. One spacing is "
        f"needed. Bring all rows to the coarser one, as in frame.resample({coarse!r}).mean(), or "
        f"use the rows of one spacing."
    )


def _longest(times: pd.DatetimeIndex, mask: np.ndarray) -> tuple[int, str] | None:
    """Return where the longest run of some steps begins, and its frequency if it has one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    starts, ends = edges[::2], edges[1::2]
    longest = int((ends - starts).argmax())
    start, end = int(starts[longest]), int(ends[longest])
    # The step from one spacing to the other may belong to neither.
    for first, last in ((start, end), (start + 1, end), (start, end - 1)):
        freq = spacing(times[first : last + 1])
        if freq and last - first >= LEAST_RUN:
            return first, freq
    return None


def _gap(times: pd.DatetimeIndex, grid: Grid, table: str, where: Where) -> DataError:
    _check_one_spacing(times, grid.steps == 1, table, where)
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
    gaps = np.diff(microseconds(times))
    step = commonest(gaps)
    _check_one_spacing(times, gaps == step, table, where)
    at = int(np.flatnonzero(gaps % step != 0)[0])
    return DataError(
        f"The times of {table} are not equally spaced: from {_say(times[at])} ({where(at)}) to "
        f"{_say(times[at + 1])} ({where(at + 1)}) it is {_length(gaps[at])}, the most frequent "
        f"step is {_length(step)}. Equally spaced rows are needed. Resample the data, as in "
        f"frame.resample({fixed(step, times[0])!r}).mean()."
    )


def _clock_change(times: pd.Index, at: int) -> str:
    """Hint at a change of the clock where about one hour is missing or doubled."""
    if not isinstance(times, pd.DatetimeIndex) or at < 1:
        return ""
    finer = np.median(np.diff(microseconds(times))) <= DAY // 24
    if not finer or times[at] - times[at - 1] > pd.Timedelta(hours=2):
        return ""
    return " If a change to or from summer time made this, give the times in UTC."


def _length(micro: int) -> str:
    return str(pd.Timedelta(int(micro), unit="us"))


def _say(time: object) -> str:
    """Write a time without a clock that says nothing."""
    return str(time).removesuffix(" 00:00:00")
