"""A linear trend: the least-squares line of the training rows, continued on both sides."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Trend", "learn_trend"]


@dataclass(frozen=True, slots=True)
class Trend:
    """A line over row numbers.

    Attributes:
        start: Its value in row 0.
        slope: Its rise from row to row.
    """

    start: float = 0.0
    slope: float = 0.0

    def apply(self, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Subtract the line from the values of some rows; both broadcast."""
        rest: np.ndarray = values - (self.start + self.slope * rows)
        return rest

    def undo(self, rest: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Invert `apply`."""
        values: np.ndarray = rest + (self.start + self.slope * rows)
        return values

    def to_json(self) -> dict[str, Any]:
        """Return what was learnt as plain values."""
        return {"start": self.start, "slope": self.slope}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Trend":
        """Read back what `to_json` wrote, to the last bit."""
        return cls(float(stored["start"]), float(stored["slope"]))


def learn_trend(kind: str, values: np.ndarray, rows: np.ndarray) -> Trend:
    """Learn a trend from training values of shape (rows,) and their row numbers.

    Args:
        kind: ``"none"`` or ``"linear"``.
        values: The training rows.
        rows: Their row numbers, two or more of them.
    """
    if kind == "none":
        return Trend()
    middle = float(np.mean(rows))
    slope, level = np.polyfit(rows - middle, values, 1)
    return Trend(float(level - slope * middle), float(slope))
