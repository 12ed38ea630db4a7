"""Learning rates: a schedule that all replicates share, and each one's own share of it.

A schedule is a pure function of the step, counted from 0, and tells which share of
``training.learning_rate`` is used. One fall of it takes ``training.decay_epochs`` epochs and
leaves ``training.decay`` of what was there; ``past`` are the falls so far, a number:

- ``exponential``: ``decay ** past``;
- ``step``: the same at whole falls, and flat between them;
- ``cosine``: from 1 to ``decay`` along half a cosine in one fall, and flat from there on;
- ``restarts``: such a cosine again and again, each twice as long as the one before (Loshchilov &
  Hutter, 2017, arXiv:1608.03983);
- ``plateau``: constant; each replicate falls by itself, see `OwnShare`.

None depends on ``training.epochs``, so that a fit for fewer epochs is the beginning of a longer
one. A warm-up (Goyal et al., 2017, arXiv:1706.02677) comes before, and the schedule waits for it.
"""

from collections.abc import Callable

import numpy as np

from autolstm.settings import Training

__all__ = ["NEVER", "OwnShare", "plateau_patience", "shares"]

NEVER = 2**31 - 1
"""Epochs that no fit waits for: the patience of a plateau that is not watched."""


def shares(training: Training, *, first: int, epochs: int, steps: int) -> np.ndarray:
    """Return the share of the learning rate for every step of some epochs.

    Args:
        training: Says which schedule.
        first: Epochs before these.
        epochs: How many epochs.
        steps: Updates in an epoch.

    Returns:
        Shape (epochs, steps).
    """
    at = np.arange(first * steps, (first + epochs) * steps)
    rise = training.warmup * steps
    past = np.maximum(at - rise, 0) / max(1, training.decay_epochs * steps)
    share = _SCHEDULES[training.schedule](past, training.decay)
    return np.where(at < rise, (at + 1) / max(1, rise), share).reshape(epochs, steps)


def _constant(past: np.ndarray, decay: float) -> np.ndarray:
    return np.ones_like(past)


def _exponential(past: np.ndarray, decay: float) -> np.ndarray:
    return np.asarray(np.power(decay, past))


def _step(past: np.ndarray, decay: float) -> np.ndarray:
    return np.asarray(np.power(decay, np.floor(past)))


def _cosine(past: np.ndarray, decay: float) -> np.ndarray:
    return np.asarray(decay + (1 - decay) * (1 + np.cos(np.pi * np.minimum(past, 1))) / 2)


def _restarts(past: np.ndarray, decay: float) -> np.ndarray:
    # Cycle i is where 2^i <= past + 1 < 2^(i + 1); the mantissa, in 1/2..1, says how far it is.
    mantissa, _ = np.frexp(past + 1)
    return _cosine(2 * mantissa - 1, decay)


_SCHEDULES: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "constant": _constant,
    "exponential": _exponential,
    "step": _step,
    "cosine": _cosine,
    "restarts": _restarts,
    "plateau": _constant,
}


def plateau_patience(training: Training) -> int:
    """Return after how many epochs without a gain a rate falls; `NEVER` for other schedules."""
    return training.decay_epochs if training.schedule == "plateau" else NEVER


class OwnShare:
    """What is left of the scheduled rate of R replicates, each by its own losses.

    A rate falls on a plateau as by `keras.callbacks.ReduceLROnPlateau`, whose best loss and
    minimum delta are those of early stopping, and with every round of fine-tuning.

    Attributes:
        value: Shape (R,), single precision, 1 at first.
    """

    def __init__(
        self, replicates: int, *, plateau: int = NEVER, decay: float = 1.0, factor: float = 1.0
    ) -> None:
        self._plateau = plateau
        self._decay = np.float32(decay)
        self._factor = np.float32(factor)
        self._stalled = np.zeros(replicates, dtype=int)
        self.value = np.ones(replicates, dtype=np.float32)

    def see(self, better: np.ndarray, returned: np.ndarray) -> None:
        """Take note of one epoch.

        Args:
            better: Shape (R,), which replicates are at their best now.
            returned: Shape (R,), which go back to their best weights.
        """
        self._stalled = np.where(better | returned, 0, self._stalled + 1)
        fallen = self._stalled >= self._plateau
        self._stalled = np.where(fallen, 0, self._stalled)
        self.value = self.value * np.where(fallen, self._decay, np.float32(1))
        self.value = self.value * np.where(returned, self._factor, np.float32(1))
