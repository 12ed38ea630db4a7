"""Seasonal adjustment: one pattern of a cycle, learnt by STL on training rows, repeated for ever.

STL (Cleveland, Cleveland, McRae & Terpenning 1990) lets a season change with time. What it finds
for a row rests on later rows too, and for rows to come it finds nothing. So the pattern is held
constant (their ``periodic`` option): the same number is subtracted from every row of one phase,
before, in and after the training rows, and is known whenever a forecast is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autolstm.errors import DataError

__all__ = ["LEAST_CYCLES", "Season", "learn_season"]

LEAST_CYCLES = 2
"""Whole cycles below which a season cannot be told from a trend."""


@dataclass(frozen=True, eq=False, slots=True)
class Season:
    """A pattern that repeats.

    Attributes:
        pattern: What the season adds, by phase; row 0 has phase 0. Empty for no season.
    """

    pattern: np.ndarray

    def apply(self, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Subtract the pattern from the values of some rows; both broadcast."""
        return values - self._at(rows) if len(self.pattern) else values

    def undo(self, rest: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Invert `apply`."""
        return rest + self._at(rows) if len(self.pattern) else rest

    def to_json(self) -> list[float]:
        """Return what was learnt as plain values."""
        pattern: list[float] = self.pattern.tolist()
        return pattern

    @classmethod
    def from_json(cls, stored: Sequence[float]) -> "Season":
        """Read back what `to_json` wrote, to the last bit."""
        return cls(np.array(stored, dtype=np.float64))

    def _at(self, rows: np.ndarray) -> np.ndarray:
        found: np.ndarray = self.pattern[np.asarray(rows) % len(self.pattern)]
        return found


def learn_season(period: int, values: np.ndarray, rows: np.ndarray) -> Season:
    """Learn a season from training values of shape (rows,) and their row numbers.

    Args:
        period: Rows of one cycle; 0 and 1 for no season.
        values: The training rows.
        rows: Their row numbers, consecutive.

    Raises:
        DataError: The rows hold fewer than `LEAST_CYCLES` cycles.
    """
    if period < 2:
        return Season(np.zeros(0))
    if len(rows) < LEAST_CYCLES * period:
        raise DataError(
            f"The {len(rows)} training rows hold no {LEAST_CYCLES} cycles of {period} rows, from "
            f"which a season is learnt. Choose a shorter preparation.seasonal_adjustment, or 0 "
            f"for none."
        )
    # Slow to load, and only a learning process needs it.
    from statsmodels.tsa.seasonal import STL

    cycles = len(rows) // period
    # A span of ten times the cycles is a mean over all of them, as with R's s.window="periodic".
    # What is smooth is not smoothed anew in every row: jumps make it fifty times faster.
    found = STL(
        values,
        period=period,
        seasonal=10 * cycles + 1,
        seasonal_deg=0,
        seasonal_jump=cycles,
        trend_jump=max(1, period // 4),
        low_pass_jump=max(1, period // 4),
    ).fit()
    phase = rows % period
    pattern = np.bincount(phase, found.seasonal) / np.bincount(phase)
    return Season(pattern - pattern.mean())
