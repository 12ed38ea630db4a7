"""Written times -> moments: which form the days have, the clocks and the offsets from UTC."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from autolstm.data.grid import spacing
from autolstm.errors import DataError

__all__ = ["STAMP", "local_or_utc", "one_clock", "read_stamps"]

# Each is tried on the day part alone; the clock and the zone are taken off before.
DAYS = (
    *("%Y-%m-%d", "%Y-%m", "%Y/%m/%d", "%Y/%m", "%Y.%m.%d", "%d.%m.%Y", "%d-%m-%Y"),
    *("%m/%d/%Y", "%d/%m/%Y", "%m/%Y", "%m-%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y"),
    *("%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%b %d, %Y", "%B %d, %Y", "%YM%m", "%G-W%V-%u"),
    *("%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%d-%b-%y"),
)
STAMP = (
    r"^(?P<day>.+?)(?:[T ]+(?P<clock>\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[AaPp][Mm])?)"
    r"\s*(?P<zone>Z|UTC|[+-]\d\d(?::?\d\d)?)?)?$"
)
SAMPLE = 100
"""Cells that show how the times are written."""


def read_stamps(text: pa.ChunkedArray, what: str) -> pd.DatetimeIndex | None:
    """Read written times; the form that most of the cells have counts.

    Days, clocks and offsets come again and again: each is read once. What is all in ISO 8601 and
    without an offset is read at once, in a fifth of the time and memory.

    Args:
        text: The cells without blanks around them, shape (rows,).
        what: What messages call the column.

    Returns:
        Times without a zone, ``NaT`` for what is none; None where most cells are none.

    Raises:
        DataError: Some have an offset from UTC and others none, or two readings of the days
            both make a regular series.
    """
    try:
        return pd.DatetimeIndex(text.cast(pa.timestamp("us")).to_numpy())
    except pa.ArrowInvalid:
        pass
    head = _parts(text[:SAMPLE])["day"].to_pandas()
    tried = [form for form in DAYS if _dates(head, form).notna().mean() >= 0.5]
    if not tried:
        return None
    parts = _parts(text)
    clock = _once(parts["clock"], _clocks)
    dates = [_once(parts["day"], partial(_dates, form=form)) for form in tried]
    least = min(one.isna().sum() for one in dates)
    wall = _one_reading([one + clock for one in dates if one.isna().sum() == least], text, what)
    _check_all_zoned(parts["zone"], text, what)
    return local_or_utc(wall, wall - _once(parts["zone"], _offsets))


def _parts(text: pa.ChunkedArray) -> dict[str, pa.ChunkedArray]:
    """Return the day, the clock and the zone of every cell, null where a cell is no time."""
    parts = pc.extract_regex(text, STAMP)
    return {name: pc.struct_field(parts, name) for name in ("day", "clock", "zone")}


def _check_all_zoned(zones: pa.ChunkedArray, text: pa.ChunkedArray, what: str) -> None:
    bare = pc.equal(zones, "")
    if pc.any(bare).as_py() and not pc.all(bare).as_py():
        cell = str(text.filter(bare)[0])
        raise DataError(
            f"Some times of {what} carry an offset from UTC and others do not, such as {cell!r}. "
            f"All of them need one, or none does. Write all times in UTC."
        )


def _once(cells: pa.ChunkedArray, read: Callable[[pd.Series], pd.Series]) -> pd.Index:
    """Read every different text once; ``NaT`` where there is none."""
    codes, texts = pd.factorize(cells.to_pandas().array)
    return pd.Index(read(pd.Series(texts))).take(codes, fill_value=pd.NaT)


def _dates(days: pd.Series, form: str) -> pd.Series:
    return pd.to_datetime(_days(days), format=form, errors="coerce")


def _clocks(texts: pd.Series) -> pd.Series:
    """Read clocks as the time since midnight, also those with AM and PM."""
    half = texts.str.extract(r" ?([AaPp])[Mm]$")[0].str.lower()
    clock = texts.str.replace(r" ?[AaPp][Mm]$", "", regex=True)
    clock = clock.str.replace(r"^(\d+:\d+)$", r"\1:00", regex=True).replace("", "00:00:00")
    since = pd.to_timedelta(clock)
    twelve = pd.Timedelta(hours=12)
    since = since.where(half.isna() | (since.dt.components["hours"] != 12), since - twelve)
    return since.where(half != "p", since + twelve)


def _offsets(zones: pd.Series) -> pd.Series:
    """Read zones as what they are ahead of UTC."""
    zones = zones.replace({"Z": "+00", "UTC": "+00", "": "+00"})
    hours = pd.to_numeric(zones.str[:3])
    minutes = pd.to_numeric(zones.str[0] + zones.str[-2:]).where(zones.str.len() > 3, 0)
    return pd.to_timedelta(60 * hours + minutes, unit="min")


def _one_reading(
    readings: Sequence[pd.DatetimeIndex], text: pa.ChunkedArray, what: str
) -> pd.DatetimeIndex:
    """Choose the reading that makes a regular series: 01/02/2024 may be two days.

    Raises:
        DataError: Two do, and differ.
    """
    readings = [one for at, one in enumerate(readings) if not any(map(one.equals, readings[:at]))]
    if len(readings) == 1:
        return readings[0]
    even = [one for one in readings if spacing(one)]
    if len(even) > 1:
        at = int((even[0] != even[1]).argmax())
        raise DataError(
            f"{what} holds {str(text[at])!r}, which may be {even[0][at]:%d %B %Y} or "
            f"{even[1][at]:%d %B %Y}; the other rows do not tell which. Write the dates like "
            f"2024-01-31."
        )
    return even[0] if even else min(readings, key=_unevenness)


def _days(days: pd.Series) -> pd.Series:
    """Write quarters (``2024-Q1``) and weeks (``2024-W05``) as what `DAYS` knows."""
    days = days.str.replace(r"^(\d{4})[- ]?W(\d\d)$", r"\1-W\2-1", regex=True)
    for quarter in range(1, 5):
        first = rf"\1-{3 * quarter - 2:02d}"
        days = days.str.replace(rf"^(\d{{4}})[- ]?Q{quarter}$", first, regex=True)
    return days


def _unevenness(times: pd.DatetimeIndex) -> float:
    """Say how much the steps differ."""
    steps = np.diff(np.sort(times.dropna().to_numpy()).astype("datetime64[s]").astype(np.int64))
    return float(np.ptp(steps)) if len(steps) else 0.0


def local_or_utc(wall: pd.DatetimeIndex, utc: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Keep local time where every row has the same; take UTC for hours, which change clocks."""
    return wall if one_clock(wall) else utc


def one_clock(times: pd.DatetimeIndex) -> bool:
    """Whether all times are of the same time of day."""
    return bool((times - times.normalize()).nunique() <= 1)
