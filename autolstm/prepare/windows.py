"""`Windows`: what an engine trains on. Row numbers into one prepared series, never copies."""

from dataclasses import dataclass

import numpy as np

from autolstm.shapes import Shapes

__all__ = ["Part", "Windows"]


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """The windows of one part (training, validation, test).

    Attributes:
        origins: Row number of the last input of each window, shape (n,), int32.
        targets: Prepared targets, shape (n, *`Windows.target`), float32. A class stands as its
            number.
        weights: What the loss of every element of ``targets`` is multiplied by, of the same
            shape, float32: weights of classes, and 0 for steps that are not there, whose targets
            may be anything. Whoever builds them makes their mean over the part 1. None where all
            are 1.
        lengths: How many rows of each window are there, its last ones, shape (n,), int32. The
            first ones lie before the beginning of its sequence. None where all windows are whole.
    """

    origins: np.ndarray
    targets: np.ndarray
    weights: np.ndarray | None = None
    lengths: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.origins)

    @property
    def told(self) -> np.ndarray:
        """Targets with 0 where they do not count: NaN times a weight of 0 would be NaN."""
        if self.weights is None:
            return self.targets
        return np.where(self.weights == 0, np.float32(0), self.targets)


@dataclass(frozen=True, eq=False, slots=True)
class Windows:
    """One prepared series, or many sequences one behind the other, and the windows of its parts.

    Attributes:
        series: Prepared inputs, shape (rows, features), float32. Rows that no window reads are 0.
        shapes: What a network must fit.
        train: Training windows.
        valid: Validation windows; without any, an engine trains all epochs.
        loss_unit: Factor from a mean loss of prepared targets to what is reported. For squared
            errors it leads to units of the variance of the training target, so that the same
            loss means the same error, whatever the preparation: exactly for linear ones, about
            so for a power transform.
        loss: How losses are measured: ``"squared"``, ``"absolute"``, ``"huber"``, ``"pinball"``
            and a per cent behind it, or ``"cross_entropy"``; see `autolstm.train.losses`. The
            loss of a part is the sum of its weighted elements over their number.
        most: Most windows that a part of such data could have, whatever the preparation; programs
            are sized by it, so that preparations share them. None for one a row.
    """

    series: np.ndarray
    shapes: Shapes
    train: Part
    valid: Part
    loss_unit: float
    loss: str = "squared"
    most: int | None = None

    def __post_init__(self) -> None:
        wrong = self._wrong()
        if wrong:
            raise ValueError(wrong)

    def _wrong(self) -> str:
        """Say what does not fit together, in a message for programmers."""
        for part in (self.train, self.valid):
            count = len(part)
            wanted = {
                "targets": (count, *self.target),
                "weights": (count, *self.target),
                "lengths": (count,),
            }
            for name, shape in wanted.items():
                array = getattr(part, name)
                if array is not None and array.shape != shape:
                    return f"{name} have the shape {array.shape}, expected {shape}"
            if count > (self.most or count):
                return f"{count} windows, expected at most {self.most}"
        if self.padded and self.shapes.padding is None:
            return "windows that are not whole, and no padding"
        return ""

    @property
    def window(self) -> int:
        """Rows in one window."""
        return self.shapes.window

    @property
    def features(self) -> int:
        """Columns of the inputs."""
        return self.shapes.features

    @property
    def target(self) -> tuple[int, ...]:
        """Shape of the targets of one window: that of the outputs, one number for all classes."""
        output = self.shapes.output
        return output[:-1] if self.loss == "cross_entropy" else output

    @property
    def weighted(self) -> bool:
        """Whether some elements count more than others."""
        return any(part.weights is not None for part in (self.train, self.valid))

    @property
    def padded(self) -> bool:
        """Whether some windows reach back beyond the beginning of their sequence."""
        return any(part.lengths is not None for part in (self.train, self.valid))

    def inputs(self, origins: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        """Materialise windows.

        Args:
            origins: Row number of the last input of each window, shape (n,).
            lengths: How many rows of each are there, shape (n,); None for all.

        Returns:
            Shape (n, window, features), `Shapes.padding` where no row is there.

        Raises:
            ValueError: Windows are not whole, and there is no padding.
        """
        if lengths is not None and self.shapes.padding is None:
            raise ValueError("windows that are not whole, and no padding")
        back = np.arange(1 - self.window, 1)[None, :]
        gathered: np.ndarray = self.series[np.maximum(np.asarray(origins)[:, None] + back, 0)]
        if lengths is not None:
            gathered[back <= -np.asarray(lengths)[:, None]] = self.shapes.padding
        return gathered
