"""Scaling: an affine map per column, learnt on training rows, undone exactly.

``prepared = (value - offset) / gain``; offset and gain are all that has to be kept.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.preprocessing import StandardScaler

__all__ = ["Scaler", "learn_scaler"]


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


def learn_scaler(kind: str, values: np.ndarray) -> Scaler:
    """Learn a scaler from training values of shape (rows, columns); NaN rows are ignored.

    Args:
        kind: ``"none"``, ``"minmax01"`` (to 0..1), ``"minmax11"`` (to -1..1) or ``"standard"``
            (mean 0, standard deviation 1). A constant column gets the gain 1.
        values: The training rows, finite or NaN.
    """
    columns = values.shape[1]
    if kind == "none":
        return Scaler(offset=np.zeros(columns), gain=np.ones(columns))
    if kind == "standard":
        learnt = StandardScaler().fit(values)
        return Scaler(offset=learnt.mean_, gain=learnt.scale_)
    # Not scikit-learn's MinMaxScaler: it takes a range below 2e-15 for none, whatever the unit.
    low = 0.0 if kind == "minmax01" else -1.0
    least, most = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    gain = (most - least) / (1.0 - low)
    gain[gain < np.finfo(np.float64).tiny] = 1.0
    return Scaler(offset=least - low * gain, gain=gain)
