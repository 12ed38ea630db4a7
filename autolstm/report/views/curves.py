"""How the seeds of the winner learnt, epoch by epoch."""

import math
from dataclasses import dataclass

import numpy as np

from autolstm.ledger.results import Results, Trial
from autolstm.report.views.base import Absent, clean, wide
from autolstm.report.words import over, words

__all__ = ["Curves", "curves"]

MOST_EPOCHS = 400
"""Epochs drawn of a curve; a longer one is thinned, which no screen can show."""


@dataclass(frozen=True, slots=True)
class Curves:
    """Learning curves of one trial, every seed's.

    Attributes:
        trial: Its number.
        epochs: The epochs drawn.
        train: Training loss at these epochs, a tuple per seed, NaN where there is none.
        valid: Validation loss likewise.
        best: Epoch and validation loss of each seed's best weights.
        label: Of the loss axis.
        line: What a line stands for: a seed, or a seed of one fold.
        guess: Loss of telling every class the same probability; None where no class is told.
        log: Whether the loss axis is logarithmic.
        caption: What to look at.
        alt: What is drawn.
    """

    trial: int
    epochs: tuple[int, ...]
    train: tuple[tuple[float, ...], ...]
    valid: tuple[tuple[float, ...], ...]
    best: tuple[tuple[int, float], ...]
    label: str
    line: str
    guess: float | None
    log: bool
    caption: str
    alt: str


def curves(results: Results) -> Curves | Absent:
    """Show how the seeds of the winner learnt."""
    trial = results.best
    if trial is None:
        return Absent("No trial is complete yet: the curves of the best one will stand here.")
    if results.measured_on == "test":
        return Absent(
            "There are no validation rows beside the test part, so there is no validation loss to "
            "compare the training loss with. Measure on validation to see both."
        )
    if trial.curve is None or not np.isfinite(trial.curve.valid_loss).any():
        return Absent(f"The learning curves of trial {trial.number} were not kept.")
    train, valid = trial.curve.train_loss, trial.curve.valid_loss
    total = len(valid)
    kept = list(range(0, total, -(-total // MOST_EPOCHS)))
    kept += [total - 1] if kept[-1] != total - 1 else []
    best = _best_epochs(trial)
    line = "seed" if results.folds == 1 else "fit"
    count = len(results.data.classes)
    settled = ", ".join(str(epoch) for epoch, _ in best) or "none"
    return Curves(
        trial=trial.number,
        epochs=tuple(n + 1 for n in kept),
        train=tuple(clean(train[kept, r]) for r in range(train.shape[1])),
        valid=tuple(clean(valid[kept, r]) for r in range(valid.shape[1])),
        best=best,
        label=_label(results),
        line=line,
        guess=math.log(count) if count > 1 else None,
        log=wide(np.concatenate([train.ravel(), valid.ravel()])),
        caption=(
            f"Look for validation lines that rise while the training lines fall (overfitting), "
            f"and for seeds that differ: trial {trial.number} in the search, a line per {line}, a "
            f"dot where its weights were kept."
        ),
        alt=(
            f"Training and validation loss of trial {trial.number}, "
            f"{over(results, valid.shape[1])}, over {total} epochs; best epochs: {settled}."
        ),
    )


def _label(results: Results) -> str:
    """Say in what unit losses are, see `autolstm.prepare.losses`."""
    training = f"of the training {words(results).told}s" * (results.task != "forecasting")
    training = training or "of the training rows"
    kind = results.metric.loss
    if kind == "cross_entropy":
        return "cross-entropy (nats)"
    if kind == "squared":
        return f"loss (1 = variance {training})"
    return f"loss (1 = deviation {training})"


def _best_epochs(trial: Trial) -> tuple[tuple[int, float], ...]:
    assert trial.curve is not None
    valid = trial.curve.valid_loss
    epochs = trial.best_epochs or trial.curve.best_epochs
    return tuple(
        (epoch, float(valid[epoch - 1, seed]))
        for seed, epoch in enumerate(epochs[: valid.shape[1]])
        if 0 < epoch <= len(valid) and math.isfinite(valid[epoch - 1, seed])
    )
