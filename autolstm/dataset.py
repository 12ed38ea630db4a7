"""`Dataset`: one or several regular series with their covariates, immutable."""

import hashlib
from dataclasses import dataclass, field, replace
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
    """One or several regular series: equally spaced times, no gap, no missing value.

    Several series have the same columns and the same spacing, and stand one behind the other.
    Build it with `autolstm.load`, which checks all of this and says what is wrong.

    Attributes:
        name: What people call it; the default name of a study on it.
        times: Time of every row. Of one series: a `pandas.DatetimeIndex` with a ``freq``, or a
            `pandas.RangeIndex` where the rows are plain steps. Of several: theirs, one after the
            other.
        values: Float64 array of shape (rows, columns); the targets stand first, the covariates
            follow. Read-only.
        columns: Name of every column of ``values``.
        unit: Unit of the target (``"°C"``), empty where it is not known.
        season: Rows in one cycle (12 for months with a yearly pattern), 0 where there is none.
        source: Where it came from, for the report: a path, a package, a citation.
        notes: What loading did or assumed, one sentence each.
        split: Recommended sizes of the validation and test parts, as a share of the rows (below
            1) or a number of rows; None where nobody recommends any.
        fill: What is done with missing values: ``"refuse"``, ``"forward"``, ``"interpolate"`` or
            ``"mask"``.
        holes: Which values were missing and are filled, shape (rows, columns); None for none.
        marks: Names of the columns that hold 1 where a value of another column was missing.
        wide: How many of the columns, from the first on, are targets.
        known: Names of the covariates whose future is known, such as holidays.
        calendar: Those of them that follow from the time, see `autolstm.data.calendar`.
        ids: Name of every series; one empty name where there is one series without a name.
        starts: First row of every series, and the number of rows: shape (series + 1,), int64.
        firsts: Row number of the first row of every series where it was cut from a longer one,
            shape (series,), int64.
        rhythm: The pandas frequency of the rows, where ``times`` does not carry it.
        static: Numbers that describe each series, shape (series, m); None for none.
        static_names: Their names.
        future: The ``known`` columns in the rows after the last one of each series, shape
            (series, rows ahead, known columns); None where nobody gave them.
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
    marks: tuple[str, ...] = ()
    wide: int = 1
    known: tuple[str, ...] = ()
    calendar: tuple[str, ...] = ()
    ids: tuple[str, ...] = ("",)
    starts: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    firsts: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    rhythm: str = ""
    static: np.ndarray | None = None
    static_names: tuple[str, ...] = ()
    future: np.ndarray | None = None

    def __post_init__(self) -> None:
        values = np.array(self.values, dtype=np.float64)
        if values.shape != (len(self.times), len(self.columns)):
            raise ValueError(
                f"values have the shape {values.shape}, expected "
                f"({len(self.times)} rows, {len(self.columns)} columns)"
            )
        values.setflags(write=False)
        object.__setattr__(self, "values", values)
        if len(self.ids) == 1:
            object.__setattr__(self, "starts", np.array([0, len(values)]))
        if not len(self.firsts):
            object.__setattr__(self, "firsts", np.zeros(len(self.ids), np.int64))
        if len(self.starts) != len(self.ids) + 1 or self.starts[-1] != len(values):
            raise ValueError(f"starts {self.starts} do not fit {self.ids} and {len(values)} rows")

    def __len__(self) -> int:
        return len(self.times)

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the columns to forecast."""
        return self.columns[: self.wide]

    @property
    def target(self) -> str:
        """Names of the columns to forecast, as one text."""
        return ", ".join(self.targets)

    @property
    def covariates(self) -> tuple[str, ...]:
        """Names of the other columns."""
        return self.columns[self.wide :]

    @property
    def past(self) -> tuple[str, ...]:
        """Names of the covariates that are known for the past only."""
        return tuple(one for one in self.covariates if one not in self.known)

    @property
    def actual(self) -> np.ndarray:
        """The first target, shape (rows,), in its own unit."""
        column: np.ndarray = self.values[:, 0]
        return column

    @property
    def several(self) -> bool:
        """Whether there is more than one series."""
        return len(self.ids) > 1

    @property
    def lengths(self) -> np.ndarray:
        """Rows of every series, shape (series,)."""
        return np.diff(self.starts)

    def series(self, place: int) -> "Dataset":
        """Return one of the series as a data set of its own."""
        return self._apart[place] if self.several else self

    @cached_property
    def _apart(self) -> tuple["Dataset", ...]:
        # Every preparation asks for each of them several times.
        return tuple(self._cut_out(place) for place in range(len(self.ids)))

    def _cut_out(self, place: int) -> "Dataset":
        rows = slice(int(self.starts[place]), int(self.starts[place + 1]))
        times = self.times[rows]
        if isinstance(times, pd.DatetimeIndex):
            times = pd.DatetimeIndex(times, freq=self.rhythm)
        else:
            times = pd.RangeIndex(int(times[0]), int(times[-1]) + 1, name=times.name)
        return replace(
            self,
            times=times,
            values=self.values[rows],
            holes=None if self.holes is None else self.holes[rows],
            ids=self.ids[place : place + 1],
            firsts=self.firsts[place : place + 1],
            static=None if self.static is None else self.static[place : place + 1],
            future=None if self.future is None else self.future[place : place + 1],
        )

    def tail(self, rows: int) -> "Dataset":
        """Return the last rows of every series, counted as they were before."""
        begins = np.maximum(self.starts[1:] - rows, self.starts[:-1])
        kept = np.concatenate(
            [np.arange(*span) for span in zip(begins, self.starts[1:], strict=True)]
        )
        one = slice(int(begins[0]), None)
        return replace(
            self,
            times=self.times[kept] if self.several else self.times[one],
            values=self.values[kept],
            holes=None if self.holes is None else self.holes[kept],
            starts=np.concatenate([[0], np.cumsum(self.starts[1:] - begins)]),
            firsts=self.firsts + begins - self.starts[:-1],
        )

    def of_rows(self, rows: np.ndarray) -> np.ndarray:
        """Return the place of the series that each row belongs to."""
        found: np.ndarray = np.searchsorted(self.starts, rows, side="right") - 1
        return found

    @property
    def frequency(self) -> str:
        """The pandas frequency of the rows (``"MS"``, ``"D"``), empty for plain steps."""
        freq = getattr(self.times, "freqstr", None)
        return str(freq) if freq else self.rhythm

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
        # What only some data have leaves the hash of the others as it always was.
        if self.several or self.wide > 1 or self.known or self.static is not None:
            said = [self.ids, self.wide, self.known, self.starts.tolist(), self.static_names]
            digest.update(repr(said).encode())
            if self.static is not None:
                digest.update(np.ascontiguousarray(self.static).tobytes())
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
