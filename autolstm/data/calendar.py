"""Calendar features: where a time stands in the day, the week, the month and the year.

Each cycle gives a sine and a cosine of its phase, so that its end lies beside its beginning. They
follow from the time alone, so their future is always known.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from autolstm.dataset import Dataset, every
from autolstm.errors import DataError, SettingError, guess, shown

__all__ = ["CYCLES", "calendar_columns", "calendar_values", "suited", "with_calendar"]


def _hours(times: pd.DatetimeIndex) -> np.ndarray:
    seconds = times.second + times.microsecond / 1e6
    hours: np.ndarray = np.asarray(times.hour + times.minute / 60 + seconds / 3600, float)
    return hours


CYCLES: dict[str, Callable[[pd.DatetimeIndex], np.ndarray]] = {
    "hour": lambda times: _hours(times) / 24,
    "weekday": lambda times: (np.asarray(times.day_of_week) + _hours(times) / 24) / 7,
    "monthday": lambda times: (np.asarray(times.day) - 1) / np.asarray(times.days_in_month),
    "yearday": lambda times: (np.asarray(times.day_of_year) - 1) / 365.25,
    "month": lambda times: (np.asarray(times.month) - 1) / 12,
}
"""Phase of every time in each cycle, from 0 to below 1."""

SUITED = {
    "Q": ("month",),
    "M": ("month",),
    "W": ("yearday",),
    "D": ("weekday", "yearday"),
    "B": ("weekday", "yearday"),
    "h": ("hour", "weekday", "yearday"),
    "min": ("hour", "weekday", "yearday"),
    "s": ("hour",),
}
"""The cycles that rows of a frequency can show and are likely to hold, by its first letters."""


def suited(frequency: str) -> tuple[str, ...]:
    """Return the cycles that suit rows of a pandas frequency; none where there is no calendar.

    Years have none; rows of less than a second seldom last for a day.
    """
    name = frequency.partition("-")[0].lstrip("0123456789")
    return SUITED.get(name if name[:1].islower() else name[:1], ())


def with_calendar(data: Dataset, asked: Sequence[str] | str) -> Dataset:
    """Add calendar features as covariates whose future is known, and a note that says so.

    Args:
        data: The series, and perhaps their known future, which gets the features as well.
        asked: See `calendar_columns`.

    Raises:
        DataError: There is a column of such a name already.
        SettingError: A cycle is unknown, or the rows have no calendar.
    """
    names = calendar_columns(asked, data.frequency)
    fresh = tuple(one for one in names if one not in data.calendar)
    twice = [one for one in fresh if one in data.columns]
    if twice:
        raise DataError(
            f"{data.name} has a column {twice[0]!r}, which is the name of a calendar feature. "
            f"Each column needs a name of its own. Rename it, or leave it out of the covariates."
        )
    if not fresh:
        plain = f"No calendar is added: none suits rows of one a {every(data.frequency)}."
        return data if names else replace(data, notes=(*data.notes, plain))
    added = calendar_values(pd.DatetimeIndex(data.times), fresh)
    holes = data.holes
    if holes is not None:
        holes = np.concatenate([holes, np.zeros(added.shape, dtype=bool)], axis=1)
    cycles = dict.fromkeys(one.rpartition("_")[0] for one in fresh)
    return replace(
        data,
        values=np.concatenate([data.values, added], axis=1),
        columns=(*data.columns, *fresh),
        known=(*data.known, *fresh),
        calendar=(*data.calendar, *fresh),
        holes=holes,
        future=_future(data, fresh),
        notes=(*data.notes, f"Calendar features are added: {', '.join(cycles)}."),
    )


def _future(data: Dataset, names: tuple[str, ...]) -> np.ndarray | None:
    """Return the known future with calendar features beside what was given."""
    if data.future is None:
        return None
    rows = data.future.shape[1]
    added = [
        calendar_values(pd.DatetimeIndex(data.series(place).future_times(rows)), names)
        for place in range(len(data.ids))
    ]
    return np.concatenate([data.future, np.stack(added)], axis=2)


def calendar_columns(asked: Sequence[str] | str, frequency: str) -> tuple[str, ...]:
    """Return the names of the columns for some cycles.

    Args:
        asked: Names of cycles, some in one text with commas between, or ``"auto"`` for those that
            suit the frequency.
        frequency: The pandas frequency of the rows.

    Raises:
        SettingError: A cycle is unknown, or the rows have no calendar.
    """
    if asked == "auto":
        cycles = suited(frequency)
    else:
        given = asked.split(",") if isinstance(asked, str) else asked
        cycles = tuple(dict.fromkeys(str(one).strip() for one in given))
    for one in cycles:
        if one not in CYCLES:
            raise SettingError(
                f"calendar = {shown(one)} is not accepted.{guess(one, ('auto', *CYCLES))} It "
                f"takes auto, or some of {', '.join(CYCLES)}."
            )
    if cycles and not frequency:
        raise SettingError(
            f"calendar = {', '.join(cycles)} needs times, and these rows are plain steps. Name "
            f"the column of times, or leave calendar out."
        )
    return tuple(f"{one}_{wave}" for one in cycles for wave in ("sin", "cos"))


def calendar_values(times: pd.DatetimeIndex, columns: Sequence[str]) -> np.ndarray:
    """Return calendar features, shape (rows, columns), from -1 to 1.

    Args:
        times: Of the rows.
        columns: Names as `calendar_columns` gives them.
    """
    found = np.empty((len(times), len(columns)))
    for place, name in enumerate(columns):
        cycle, _, wave = name.rpartition("_")
        angle = 2 * np.pi * CYCLES[cycle](times)
        found[:, place] = np.sin(angle) if wave == "sin" else np.cos(angle)
    return found
