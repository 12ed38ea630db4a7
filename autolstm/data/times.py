"""Columns of cells -> times: which column holds them, and how they are written."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from autolstm.data.table import Table, numbers
from autolstm.errors import DataError, counted, guess

__all__ = ["TimeColumn", "find_times"]

YEAR_NAMES = frozenset({"year", "years", "yr", "jahr"})
STEP_NAMES = frozenset({"t", "step", "steps", "index", "row", "column 1"})
TIME_NAMES = YEAR_NAMES | {
    *("date", "dates", "datetime", "time", "timestamp", "ds", "day", "week", "month"),
    *("quarter", "period"),
}

# Each is tried on the day part alone; the clock and the zone are taken off before.
DAYS = (
    *("%Y-%m-%d", "%Y-%m", "%Y/%m/%d", "%Y/%m", "%Y.%m.%d", "%d.%m.%Y", "%d-%m-%Y"),
    *("%m/%d/%Y", "%d/%m/%Y", "%m/%Y", "%m-%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y"),
    *("%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%b %d, %Y", "%B %d, %Y", "%YM%m", "%G-W%V-%u"),
)
# Whole numbers are times only where the name of the column or the user says so.
WHOLE = {
    r"(?:1[5-9]|2[01])\d\d": "%Y",
    r"(?:1[5-9]|2[01])\d\d(?:0[1-9]|1[0-2])": "%Y%m",
    r"(?:1[5-9]|2[01])\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])": "%Y%m%d",
}
EPOCH = {r"1\d{9}": "s", r"1\d{12}": "ms"}
STAMP = re.compile(
    r"^(?P<day>.+?)(?:[T ]+(?P<clock>\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)"
    r"\s*(?P<zone>Z|UTC|[+-]\d\d(?::?\d\d)?)?)?$"
)


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
    for name in table.columns:
        if name.casefold() in STEP_NAMES | TIME_NAMES or name == table.index:
            times = _steps(table, name)
            if times is not None and _once(times, series):
                return TimeColumn(name, times)
    note = "There is no time column: the rows are taken as plain steps, one after the other."
    return TimeColumn(None, pd.RangeIndex(len(table.rows)), (note,))


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
        return _local_or_utc(cells.dt.tz_localize(None), cells.dt.tz_convert(None))
    if pd.api.types.is_datetime64_any_dtype(cells):
        return pd.DatetimeIndex(cells)
    steps = _steps(table, column)
    if steps is None and pd.api.types.is_numeric_dtype(cells):
        return None
    text = cells.astype(str).str.strip() if steps is None else pd.Series(steps.astype(str))
    if steps is None:
        return _written(text)
    return _whole_numbers(text, steps) if named else None


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
            f"Mend the cell or drop the row, or name another time column."
        )
    assert times is not None
    return TimeColumn(name, times, _notes(table, name, times))


def _notes(table: Table, name: str, times: pd.Index) -> tuple[str, ...]:
    """Say what became of time zones and of dates that two countries read differently."""
    cells = table.frame[name]
    first = str(cells.iloc[0]).strip()
    zone = STAMP.match(first)
    if isinstance(cells.dtype, pd.DatetimeTZDtype) or (zone and zone["zone"]):
        kept = "local time" if _one_clock(times.to_series()) else "UTC"
        return (f"The times carry a time zone; they are kept as {kept}, without the zone.",)
    if re.match(r"\d{1,2}/\d{1,2}/\d{4}", first):
        return (f"The date {first} was read as {times[0]:%d %B %Y}.",)
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


def _written(text: pd.Series) -> pd.DatetimeIndex | None:
    """Read written times; the form that most of the cells have counts."""
    head = _days(text.head(100).str.extract(STAMP)["day"])
    tried = [form for form in DAYS if _dates(head, form).notna().mean() >= 0.5]
    if not tried:
        return None
    parts = text.str.extract(STAMP)
    days = _days(parts["day"])
    read = (_dates(days, form) for form in tried)
    dates = min(read, key=lambda one: (one.isna().sum(), _unevenness(one)))
    clock = parts["clock"].str.replace(r"^(\d+:\d+)$", r"\1:00", regex=True)
    wall = dates + pd.to_timedelta(clock.fillna("00:00:00"))
    zone = parts["zone"].replace({"Z": "+00", "UTC": "+00"}).fillna("+00")
    hours = (
        pd.to_numeric(zone.str[:3])
        + pd.to_numeric(zone.str[0] + zone.str[-2:]).where(zone.str.len() > 3, 0) / 60
    )
    return _local_or_utc(wall, wall - pd.to_timedelta(hours, unit="h"))


def _dates(days: pd.Series, form: str) -> pd.Series:
    return pd.to_datetime(days, format=form, errors="coerce")


def _days(days: pd.Series) -> pd.Series:
    """Write quarters (``2024-Q1``) and weeks (``2024-W05``) as what `DAYS` knows."""
    days = days.str.replace(r"^(\d{4})[- ]?W(\d\d)$", r"\1-W\2-1", regex=True)
    for quarter in range(1, 5):
        first = rf"\1-{3 * quarter - 2:02d}"
        days = days.str.replace(rf"^(\d{{4}})[- ]?Q{quarter}$", first, regex=True)
    return days


def _unevenness(dates: pd.Series) -> float:
    """Say how much the steps differ: 01/02/2024 is read in the way that makes a series even."""
    steps = np.diff(np.sort(dates.dropna().to_numpy()).astype("datetime64[s]").astype(np.int64))
    return float(np.ptp(steps)) if len(steps) else 0.0


def _local_or_utc(wall: pd.Series, utc: pd.Series) -> pd.DatetimeIndex:
    """Keep local time where every row has the same; take UTC for hours, which change clocks."""
    return pd.DatetimeIndex(wall if _one_clock(wall) else utc)


def _one_clock(times: pd.Series) -> bool:
    return bool((times - times.dt.normalize()).nunique() <= 1)
