"""`Windows`: what an engine trains on. Row numbers into one prepared series, never copies."""

from dataclasses import dataclass

import numpy as np

from autolstm.shapes import Shapes

__all__ = ["Part", "Windows"]


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """The windows of one part (training, validation, test)."""

    origins: np.ndarray
    targets: np.ndarray
    weights: np.ndarray | None = None
    lengths: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.origins)


@dataclass(frozen=True, eq=False, slots=True)
class Windows:
    """Stand-in until the engine's own lands."""

    series: np.ndarray
    shapes: Shapes
    train: Part
    valid: Part
    loss_unit: float
    loss: str = "squared"
    most: int | None = None

    @property
    def window(self) -> int:
        return self.shapes.window

    @property
    def features(self) -> int:
        return int(self.series.shape[1])

    @property
    def horizon(self) -> int:
        return self.shapes.outputs

    def inputs(self, origins: np.ndarray) -> np.ndarray:
        rows = np.asarray(origins)[:, None] + np.arange(1 - self.window, 1)[None, :]
        gathered: np.ndarray = self.series[rows]
        return gathered
