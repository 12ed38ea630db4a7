"""Columns of cells -> times: which column holds them, and what the first cells leave open."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from autolstm.data.numerals import as_text
from autolstm.data.stamps import STAMP, local_or_utc, one_clock, read_stamps
from autolstm.data.table import Table, numbers
from autolstm.errors import DataError, counted, guess, shown

__all__ = ["TimeColumn", "find_times"]

YEAR_NAMES = frozenset({"year", "years", "yr", "jahr"})
STEP_NAMES = frozenset({"t", "step", "steps", "index", "row", "column 1"})
TIME_NAMES = YEAR_NAMES | {
    *("date", "dates", "datetime", "time", "timestamp", "ds", "day", "week", "month"),
    *("quarter", "period"),
}

# Whole numbers are times only where the name of the column or the user says so.
WHOLE = {
    r"(?:1[5-9]|2[01])\d\d": "%Y",
    r"(?:1[5-9]|2[01])\d\d(?:0[1-9]|1[0-2])": "%Y%m",
    r"(?:1[5-9]|2[01])\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])": "%Y%m%d",
}
EPOCH = {r"1\d{9}": "s", r"1\d{12}": "ms"}
UNSURE = re.compile(r"\d{1,2}([./])\d{1,2}\1(\d\d|\d{4})(?!\d)")
"""Dates that two countries read differently, or that say only half of the year."""

MOST_LAST = 3
"""Rows at the end that may be totals or remarks."""


@dataclass(frozen=True, eq=False, slots=True)
class TimeColumn:
    """The times of a table, row by row as they came.

    Attributes:
        name: The column they stand in, None where the rows are only counted.
        times: `pandas.DatetimeIndex` without a zone, or whole numbers; shape (rows,).
        notes: What was assumed.
    """

    name: str | None
    times: pd.Index
    notes: tuple[str, ...] = ()


def find_times(
    table: Table, asked: str | None = None, series: np.ndarray | None = None
) -> TimeColumn:
    """Read the time column: the one asked for, or the first that can be one.

    Args:
        table: The cells.
        asked: The column asked for.
        series: Which of several series each row belongs to, shape (rows,); None for one.

    Raises:
        DataError: There is no such column, or a cell of it is no time.
    """
    if asked is not None:
        if asked not in table.columns:
            raise DataError(
                f"There is no time column {asked!r} in {table.name}. Its columns are: "
                f"{', '.join(table.columns)}.{guess(asked, table.columns)}"
            )
        return _whole_column(table, asked, read_times(table, asked, named=True))
    by_name = sorted(table.columns, key=lambda one: one.casefold() not in TIME_NAMES)
    for name in by_name:
        times = read_times(table, name, named=name.casefold() in TIME_NAMES)
        if isinstance(times, pd.DatetimeIndex):
            return _whole_column(table, name, times)
    # The index of a frame often only counts the rows of a larger one.
    for name in sorted(table.columns, key=lambda one: one == table.index):
        if name.casefold() in STEP_NAMES | TIME_NAMES or name == table.index:
            times = _steps(table, name)
            if times is not None and _once(times, series):
                return TimeColumn(name, times, table.notes)
    first = by_name[0]
    unread = first.casefold() in TIME_NAMES and table.frame[first].iloc[0]
    why = f" ({first!r} holds {shown(str(unread))}, which is not read as a time)" if unread else ""
    note = f"There is no time column{why}: the rows are taken as plain steps, one after the other."
    return TimeColumn(None, pd.RangeIndex(len(table.rows)), (*table.notes, note))


def _once(times: pd.Index, series: np.ndarray | None) -> bool:
    """Whether no time comes twice, in any series."""
    if series is None:
        return bool(times.is_unique)
    return not pd.DataFrame({"series": series, "time": times}).duplicated().any()


def read_times(table: Table, column: str, named: bool) -> pd.Index | None:
    """Read cells as times, ``NaT`` where one is none; None where most of them are not.

    Args:
        table: The cells.
        column: The column to read.
        named: Whether the user or the name of the column says that it holds times, so that
            whole numbers (``1949``, ``194901``, seconds since 1970) may be times as well.
    """
    cells = table.frame[column]
    if isinstance(cells.dtype, pd.PeriodDtype):
        return pd.DatetimeIndex(cells.dt.to_timestamp())
    if isinstance(cells.dtype, pd.DatetimeTZDtype):
        zoned = pd.DatetimeIndex(cells)
        return local_or_utc(zoned.tz_localize(None), zoned.tz_convert(None))
    if pd.api.types.is_datetime64_any_dtype(cells):
        return pd.DatetimeIndex(cells)
    steps = _steps(table, column)
    if steps is not None:
        return _whole_numbers(pd.Series(steps.astype(str)), steps) if named else None
    if pd.api.types.is_numeric_dtype(cells):
        return None
    return read_stamps(as_text(cells), f"{column!r} of {table.name}")


def _whole_column(table: Table, name: str, times: pd.Index | None) -> TimeColumn:
    """Refuse a time column with cells that are no times."""
    bad = np.arange(len(table.rows)) if times is None else np.flatnonzero(times.isna())
    if len(bad):
        cell = table.frame[name].iloc[bad[0]]
        what = repr(str(cell)) if pd.notna(cell) and str(cell).strip() else "an empty cell"
        raise DataError(
            f"The time column {name!r} of {table.name} holds {what} on {table.where(bad[0])}, "
            f"which is no time ({counted(len(bad), 'such cell')}). Times are written "
            f"like 2024-01-31, 2024-01-31 13:00 or 2024-01; whole numbers count years or steps. "
            f"Mend the cell or drop the row, or name another time column.{_at_the_end(table, bad)}"
        )
    assert times is not None
    return TimeColumn(name, times, (*table.notes, *_notes(table, name, times)))


def _at_the_end(table: Table, bad: np.ndarray) -> str:
    """Guess that the last rows are no rows of the series, where they alone have no times."""
    last = len(table.rows) - len(bad)
    if len(bad) > MOST_LAST or bad[0] != last:
        return ""
    return f" A total or a remark below the data is no row: take off {table.where(last)}."


def _notes(table: Table, name: str, times: pd.Index) -> tuple[str, ...]:
    """Say what became of time zones and of dates that two countries read differently."""
    cells = table.frame[name]
    first = str(cells.iloc[0]).strip()
    zone = re.match(STAMP, first)
    if isinstance(cells.dtype, pd.DatetimeTZDtype) or (zone and zone["zone"]):
        kept = "local time" if one_clock(times) else "UTC"
        return (f"The times carry a time zone; they are kept as {kept}, without the zone.",)
    if unsure := UNSURE.match(first):
        return (f"The date {unsure[0]} was read as {times[0]:%d %B %Y}.",)
    return ()


def _steps(table: Table, column: str) -> pd.Index | None:
    """Return the cells as whole numbers, None where one of them is none."""
    if not pd.api.types.is_numeric_dtype(table.frame[column]):
        # Cheap to rule out before a long column is read.
        if not re.fullmatch(r"-?\d+(\.0*)?", str(table.frame[column].iloc[0]).strip()):
            return None
    elif pd.api.types.is_bool_dtype(table.frame[column]):
        return None
    values, bad = numbers(table, column)
    if bad.any() or not np.isfinite(values).all() or (values != np.round(values)).any():
        return None
    return pd.Index(values.astype(np.int64), name=column)


def _whole_numbers(text: pd.Series, steps: pd.Index) -> pd.Index:
    """Read whole numbers as years, months, days or seconds since 1970, else as plain steps."""
    if str(steps.name).casefold() not in STEP_NAMES:
        for pattern, form in WHOLE.items():
            if text.str.fullmatch(pattern).all():
                return pd.DatetimeIndex(pd.to_datetime(text, format=form, errors="coerce"))
        for pattern, unit in EPOCH.items():
            if text.str.fullmatch(pattern).all():
                return pd.DatetimeIndex(steps.to_numpy().astype(f"datetime64[{unit}]"))
    return steps
