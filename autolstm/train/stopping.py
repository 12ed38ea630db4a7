"""Early stopping and fine-tuning, one small state machine a replicate, all side by side.

The rule is that of `keras.callbacks.EarlyStopping`: an epoch is better when its loss lies more
than ``min_delta`` below the best one; after ``patience`` epochs that are not, the replicate stops
and its best weights count. Unlike there, a loss that is not finite stops a replicate at once:
what has diverged does not come back, and its patience would be spent for nothing.

Where there are rounds of fine-tuning left, a replicate whose patience is spent does not stop: it
goes back to its best weights, begins to wait anew, and goes on at a lower rate (`OwnShare`).
"""

import numpy as np

__all__ = ["EarlyStopping"]


class EarlyStopping:
    """Follows the validation losses of R replicates.

    Attributes:
        best_loss: Shape (R,), infinite before the first finite loss.
        best_epoch: Shape (R,), counted from 1, 0 before the first finite loss.
        running: Shape (R,), whether a replicate still trains.
        returned: Shape (R,), whether it goes back to its best weights after the last epoch.
    """

    def __init__(
        self, replicates: int, *, patience: int, min_delta: float = 0.0, rounds: int = 0
    ) -> None:
        self._patience = patience
        self._min_delta = min_delta
        self._waited = np.zeros(replicates, dtype=int)
        self._rounds = np.full(replicates, rounds)
        self.best_loss = np.full(replicates, np.inf)
        self.best_epoch = np.zeros(replicates, dtype=int)
        self.running = np.ones(replicates, dtype=bool)
        self.returned = np.zeros(replicates, dtype=bool)

    def drop(self, lost: np.ndarray) -> None:
        """Stop replicates that have diverged.

        Args:
            lost: Shape (R,), which ones.
        """
        self.running = self.running & ~lost

    def see(self, epoch: int, losses: np.ndarray) -> np.ndarray:
        """Take note of one epoch.

        Args:
            epoch: Its number, counted from 1.
            losses: Shape (R,), only read for replicates that run.

        Returns:
            Shape (R,): which replicates are at their best now, so that their weights are kept.
        """
        self.drop(~np.isfinite(losses))
        better = self.running & (losses < self.best_loss - self._min_delta)
        self.best_loss = np.where(better, losses, self.best_loss)
        self.best_epoch = np.where(better, epoch, self.best_epoch)
        self._waited = np.where(better, 0, self._waited + self.running)
        spent = self.running & (self._waited >= self._patience)
        self.returned = spent & (self._rounds > 0)
        self._rounds = self._rounds - self.returned
        self._waited = np.where(self.returned, 0, self._waited)
        self.running = self.running & (self.returned | ~spent)
        return better
