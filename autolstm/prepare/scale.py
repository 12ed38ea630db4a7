"""Scaling: an affine map per column, learnt on training rows, undone exactly.

``prepared = (value - offset) / gain``; offset and gain are all that has to be kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.preprocessing import StandardScaler

__all__ = ["Scaler", "learn_scaler", "learn_scalers"]


@dataclass(frozen=True, eq=False, slots=True)
class Scaler:
    """An affine map of columns.

    Attributes:
        offset: Shape (columns,), in the unit of each column.
        gain: Shape (columns,), in the unit of each column; never zero.
    """

    offset: np.ndarray
    gain: np.ndarray

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Scale values of shape (..., columns)."""
        scaled: np.ndarray = (values - self.offset) / self.gain
        return scaled

    def undo(self, scaled: np.ndarray) -> np.ndarray:
        """Invert `apply`."""
        values: np.ndarray = scaled * self.gain + self.offset
        return values

    @classmethod
    def nothing(cls, columns: int) -> "Scaler":
        """Return the map that changes nothing."""
        return cls(offset=np.zeros(columns), gain=np.ones(columns))

    def to_json(self) -> dict[str, Any]:
        """Return what was learnt as plain values."""
        return {"offset": self.offset.tolist(), "gain": self.gain.tolist()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Scaler":
        """Read back what `to_json` wrote, to the last bit."""
        return cls(np.array(stored["offset"]), np.array(stored["gain"]))


def learn_scaler(kind: str, values: np.ndarray) -> Scaler:
    """Learn a scaler from training values of shape (rows, columns); NaN rows are ignored.

    Args:
        kind: ``"none"``, ``"minmax01"`` (to 0..1), ``"minmax11"`` (to -1..1), ``"standard"``
            (mean 0, standard deviation 1) or ``"robust"`` (median 0, interquartile range 1; the
            standard deviation where more than half of the values are equal). A constant column
            gets the gain 1.
        values: The training rows, finite or NaN.
    """
    columns = values.shape[1]
    if kind == "none":
        return Scaler.nothing(columns)
    if kind == "standard":
        learnt = StandardScaler().fit(values)
        return Scaler(offset=learnt.mean_, gain=learnt.scale_)
    # Not scikit-learn's scalers: they take a range below 2e-15 for none, whatever the unit.
    if kind == "robust":
        low, middle, high = np.nanpercentile(values, [25, 50, 75], axis=0)
        spread = np.where(high > low, high - low, StandardScaler().fit(values).scale_)
        return Scaler(offset=middle, gain=spread)
    bottom = 0.0 if kind == "minmax01" else -1.0
    least, most = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    gain = (most - least) / (1.0 - bottom)
    gain[gain < np.finfo(np.float64).tiny] = 1.0
    return Scaler(offset=least - bottom * gain, gain=gain)


def learn_scalers(
    kind: str, values: Sequence[np.ndarray], *, together: bool
) -> tuple[Scaler, ...]:
    """Learn a scaler for each of several series, or one for all of them.

    Args:
        kind: See `learn_scaler`.
        values: The training rows of every series, shape (rows, columns) each. A series without
            any is scaled like all of them together.
        together: Whether all have one scaler.
    """
    if len(values) == 1:
        return (learn_scaler(kind, values[0]),)
    shared = learn_scaler(kind, np.concatenate(values))
    return tuple(
        shared if together or not np.isfinite(one).any() else learn_scaler(kind, one)
        for one in values
    )
