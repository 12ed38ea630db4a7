"""`Windows`: what an engine trains on. Row numbers into one prepared series, never copies."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Part", "Windows"]


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """The windows of one part (training, validation, test).

    Attributes:
        origins: Row number of the last input of each window, shape (n,), int32.
        targets: Prepared targets, shape (n, horizon), float32.
    """

    origins: np.ndarray
    targets: np.ndarray

    def __len__(self) -> int:
        return len(self.origins)


@dataclass(frozen=True, eq=False, slots=True)
class Windows:
    """One prepared series and the windows of its parts.

    Attributes:
        series: Prepared inputs, shape (rows, features), float32. Rows that no window reads are 0.
        window: Rows in one window.
        train: Training windows.
        valid: Validation windows; without any, an engine trains all epochs.
        loss_unit: Factor from a squared error of prepared targets to a squared error in units of
            the variance of the training target. The same loss means the same error, whatever
            the preparation: exactly for linear ones, about so for a power transform.
    """

    series: np.ndarray
    window: int
    train: Part
    valid: Part
    loss_unit: float

    @property
    def features(self) -> int:
        """Columns of the inputs."""
        return int(self.series.shape[1])

    @property
    def horizon(self) -> int:
        """Steps of a target."""
        return int(self.train.targets.shape[1])

    def inputs(self, origins: np.ndarray) -> np.ndarray:
        """Materialise windows: shape (n, window, features)."""
        rows = np.asarray(origins)[:, None] + np.arange(1 - self.window, 1)[None, :]
        gathered: np.ndarray = self.series[rows]
        return gathered
