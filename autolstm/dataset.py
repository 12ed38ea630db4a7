"""`Dataset`: one regular series with its covariates, immutable."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["Dataset", "every"]

WORDS = {
    "h": "hour",
    "min": "minute",
    "s": "second",
    "D": "day",
    "B": "business day",
    "W": "week",
    "MS": "month",
    "ME": "month",
    "QS": "quarter",
    "QE": "quarter",
    "YS": "year",
    "YE": "year",
}


def every(frequency: str) -> str:
    """Say a pandas frequency in a word: ``"MS"`` is a month, ``"30min"`` stays, none is a step."""
    return WORDS.get(frequency.partition("-")[0], frequency) or "step"


CHUNK = 65_536
"""Times that are written at once: a million of them as text take more room than the values."""


def _written(times: pd.Index) -> list[str]:
    """Write every time as ``str`` does; whole seconds in a twentieth of the time."""
    if isinstance(times, pd.DatetimeIndex):
        seconds = times.to_numpy().astype("datetime64[s]")
        if (seconds == times.to_numpy()).all():
            written = np.datetime_as_string(seconds, unit="s")
            return "\n".join(written.tolist()).replace("T", " ").split("\n")
    return [str(one) for one in times]


@dataclass(frozen=True, eq=False)
class Dataset:
    """One regular series: equally spaced times, no gap, no missing value.

    Build it with `autolstm.load`, which checks all of this and says what is wrong.

    Attributes:
        name: What people call it; the default name of a study on it.
        times: Time of every row: a `pandas.DatetimeIndex` with a ``freq``, or a
            `pandas.RangeIndex` where the rows are plain steps.
        values: Float64 array of shape (rows, columns); the target stands in column 0, the
            past covariates follow. Read-only.
        columns: Name of every column of ``values``.
        unit: Unit of the target (``"°C"``), empty where it is not known.
        season: Rows in one cycle (12 for months with a yearly pattern), 0 where there is none.
        source: Where it came from, for the report: a path, a package, a citation.
        notes: What loading did or assumed, one sentence each.
        split: Recommended sizes of the validation and test parts, as a share of the rows (below
            1) or a number of rows; None where nobody recommends any.
        fill: What is done with missing values: ``"refuse"``, ``"forward"`` or ``"interpolate"``.
        holes: Which values were missing and are filled, shape (rows, columns); None for none.
    """

    name: str
    times: pd.Index
    values: np.ndarray
    columns: tuple[str, ...]
    unit: str = ""
    season: int = 0
    source: str = ""
    notes: tuple[str, ...] = ()
    split: tuple[float, float] | None = None
    fill: str = "refuse"
    holes: np.ndarray | None = None

    def __post_init__(self) -> None:
        values = np.array(self.values, dtype=np.float64)
        if values.shape != (len(self.times), len(self.columns)):
            raise ValueError(
                f"values have the shape {values.shape}, expected "
                f"({len(self.times)} rows, {len(self.columns)} columns)"
            )
        values.setflags(write=False)
        object.__setattr__(self, "values", values)

    def __len__(self) -> int:
        return len(self.times)

    @property
    def target(self) -> str:
        """Name of the column to forecast."""
        return self.columns[0]

    @property
    def covariates(self) -> tuple[str, ...]:
        """Names of the other columns, known for the past only."""
        return self.columns[1:]

    @property
    def actual(self) -> np.ndarray:
        """The target, shape (rows,), in its own unit."""
        column: np.ndarray = self.values[:, 0]
        return column

    @property
    def frequency(self) -> str:
        """The pandas frequency of the rows (``"MS"``, ``"D"``), empty for plain steps."""
        freq = getattr(self.times, "freqstr", None)
        return str(freq) if freq else ""

    @cached_property
    def fingerprint(self) -> str:
        """Hash of times, values, holes and columns: equal exactly when the data are equal."""
        digest = hashlib.sha256("\x1f".join(self.columns).encode())
        for start in range(0, len(self), CHUNK):
            digest.update(b"\x1f" * (start > 0))
            digest.update("\x1f".join(_written(self.times[start : start + CHUNK])).encode())
        digest.update(np.ascontiguousarray(self.values).tobytes())
        if self.holes is not None:
            digest.update(np.ascontiguousarray(self.holes).tobytes())
        return digest.hexdigest()[:16]

    def rows_to(self, time: Any) -> int:
        """Return how many rows a time lies after the first one, negative where before it.

        Args:
            time: A time of the same frequency, or a whole number where the rows are plain steps.
        """
        first = self.times[0]
        if not isinstance(self.times, pd.DatetimeIndex):
            return int(time) - int(first)
        span = pd.date_range(min(first, time), max(first, time), freq=self.times.freq)
        return (len(span) - 1) * (1 if time >= first else -1)

    def future_times(self, steps: int) -> pd.Index:
        """Return the times of the ``steps`` rows after the last one."""
        if isinstance(self.times, pd.DatetimeIndex):
            return pd.date_range(self.times[-1], periods=steps + 1, freq=self.times.freq)[1:]
        start = int(self.times[-1]) + 1
        return pd.RangeIndex(start, start + steps, name=self.times.name)
