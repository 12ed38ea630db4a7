"""What fits leave behind: `Epoch`, `Curve`, `Score`, `Cost`. Plain values, R replicates wide.

A replicate is one seeded fit of a configuration; R of them make one score.
Losses are squared errors in units of the variance of the training target: 1.0 is what a
forecast of the training mean would get on the training rows. The unit is the same for every
preparation, so the losses of different trials can be compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Cost", "Curve", "Epoch", "Score", "rounded"]


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch of all replicates.

    Attributes:
        number: Counted from 1.
        train_loss: Shape (R,), NaN for a replicate that had stopped before.
        valid_loss: Shape (R,), NaN for a replicate that had stopped before.
        best_loss: Shape (R,), the smallest ``valid_loss`` of each replicate so far.
        running: Shape (R,), whether the replicate goes on after this epoch.
    """

    number: int
    train_loss: np.ndarray
    valid_loss: np.ndarray
    best_loss: np.ndarray
    running: np.ndarray


@dataclass(frozen=True, slots=True)
class Curve:
    """The learning curves of all replicates of one configuration.

    Attributes:
        train_loss: Shape (epochs, R), NaN after a replicate stopped.
        valid_loss: Shape (epochs, R), NaN after a replicate stopped.
    """

    train_loss: np.ndarray
    valid_loss: np.ndarray

    @classmethod
    def of(cls, epochs: Sequence[Epoch], replicates: int) -> "Curve":
        """Stack a stream of epochs; an empty stream gives curves without rows."""
        empty = np.empty((0, replicates))
        return cls(
            train_loss=np.stack([one.train_loss for one in epochs]) if epochs else empty,
            valid_loss=np.stack([one.valid_loss for one in epochs]) if epochs else empty,
        )

    @property
    def best_epochs(self) -> tuple[int, ...]:
        """Epoch (from 1) of the smallest validation loss of each replicate, 0 if it has none."""
        if not len(self.valid_loss):
            return (0,) * int(self.valid_loss.shape[1])
        finite = np.where(np.isfinite(self.valid_loss), self.valid_loss, np.inf)
        has_any = np.isfinite(finite).any(axis=0)
        return tuple(int(n) for n in np.where(has_any, finite.argmin(axis=0) + 1, 0))

    @property
    def lengths(self) -> tuple[int, ...]:
        """Epochs that each replicate was trained for: up to the last one with a loss."""
        known = ~(np.isnan(self.train_loss) & np.isnan(self.valid_loss))
        numbers = np.arange(1, len(known) + 1)[:, None]
        return tuple(int(n) for n in (known * numbers).max(axis=0, initial=0))

    def to_json(self) -> dict[str, Any]:
        """Return lists, one per replicate, cut where it stopped, at six significant digits."""
        lengths = self.lengths
        return {
            name: [rounded(values[:n, r]) for r, n in enumerate(lengths)]
            for name, values in (("train", self.train_loss), ("valid", self.valid_loss))
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Curve":
        """Read back what `to_json` wrote."""
        longest = max((len(one) for one in stored["train"]), default=0)

        def stack(rows: Sequence[Sequence[float | None]]) -> np.ndarray:
            out = np.full((longest, len(rows)), np.nan)
            for r, row in enumerate(rows):
                out[: len(row), r] = [np.nan if v is None else v for v in row]
            return out

        return cls(train_loss=stack(stored["train"]), valid_loss=stack(stored["valid"]))


def rounded(values: Sequence[float] | np.ndarray, digits: int = 6) -> list[float | None]:
    """Round to significant digits for storing; what is not finite becomes None (valid JSON)."""
    return [float(f"{v:.{digits}g}") if np.isfinite(v) else None for v in values]


@dataclass(frozen=True, slots=True)
class Score:
    """The metric of one configuration, seed by seed, in the unit of the metric.

    Attributes:
        values: One value per replicate.
    """

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean over the seeds."""
        return float(np.mean(self.values))

    @property
    def std(self) -> float:
        """Sample standard deviation over the seeds (n - 1); 0 for a single seed."""
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return mean, deviation and every seed's value."""
        return {"mean": self.mean, "std": self.std, "scores": list(self.values)}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a configuration cost.

    Attributes:
        trace_seconds: Building and tracing the model.
        train_seconds: Training and validating, all replicates together.
        parameters: Trainable numbers in the network.
        engine: Which engine trained, and why where it is not the one asked for.
        programs: Names of the traced or compiled programs that trained, the same in all trials.
    """

    trace_seconds: float
    train_seconds: float
    parameters: int
    engine: str = ""
    programs: tuple[str, ...] = ()
