"""Calendar features: where a time stands in the day, the week, the month and the year.

Each cycle gives a sine and a cosine of its phase, so that its end lies beside its beginning. They
follow from the time alone, so their future is always known.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from autolstm.errors import SettingError, guess, shown

__all__ = ["CYCLES", "calendar_columns", "calendar_values", "suited"]


def _hours(times: pd.DatetimeIndex) -> np.ndarray:
    hours: np.ndarray = np.asarray(times.hour + times.minute / 60 + times.second / 3600, float)
    return hours


CYCLES: dict[str, Callable[[pd.DatetimeIndex], np.ndarray]] = {
    "hour": lambda times: _hours(times) / 24,
    "weekday": lambda times: (np.asarray(times.dayofweek) + _hours(times) / 24) / 7,
    "monthday": lambda times: (np.asarray(times.day) - 1) / np.asarray(times.days_in_month),
    "yearday": lambda times: (np.asarray(times.dayofyear) - 1) / 365.25,
    "month": lambda times: (np.asarray(times.month) - 1) / 12,
}
"""Phase of every time in each cycle, from 0 to below 1."""

SUITED = {
    "Y": (),
    "Q": ("month",),
    "M": ("month",),
    "W": ("yearday",),
    "D": ("weekday", "yearday"),
    "B": ("weekday", "yearday"),
}
"""The cycles that rows of a frequency can show; shorter ones show the hour as well."""


def suited(frequency: str) -> tuple[str, ...]:
    """Return the cycles that suit rows of a pandas frequency; none where there is no calendar."""
    name = frequency.partition("-")[0].lstrip("0123456789")
    kind = name[:1]
    if name in ("min", "ms") or not name or (kind.islower()):
        return ("hour", "weekday", "yearday") if name else ()
    return SUITED.get(kind, ())


def calendar_columns(asked: Sequence[str] | str, frequency: str) -> tuple[str, ...]:
    """Return the names of the columns for some cycles.

    Args:
        asked: Names of cycles, or ``"auto"`` for those that suit the frequency.
        frequency: The pandas frequency of the rows.

    Raises:
        SettingError: A cycle is unknown, or the rows have no calendar.
    """
    if asked == "auto":
        cycles = suited(frequency)
    else:
        cycles = (asked,) if isinstance(asked, str) else tuple(asked)
    for one in cycles:
        if one not in CYCLES:
            raise SettingError(
                f"calendar = {shown(one)} is not accepted.{guess(str(one), CYCLES)} It takes "
                f"auto, or some of {', '.join(CYCLES)}."
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
