"""Settings -> `Score`: prepare, fit all folds and seeds, undo, measure. Knows no Optuna.

Whoever calls may watch: ``watch`` is told of every epoch and may raise, and that is all that
pruning is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from autolstm.errors import Diverged
from autolstm.framing import Prepared
from autolstm.outcome import Cost, Epoch, Score
from autolstm.question import Question
from autolstm.settings import Settings
from autolstm.split import Fold
from autolstm.together import advance, cost_of
from autolstm.train.engine import Engine, Run

__all__ = ["Fitted", "Watch", "evaluate", "fit", "ignore", "train"]

Watch = Callable[[Epoch, Cost], None]


def ignore(epoch: Epoch, cost: Cost) -> None:
    """Watch nothing."""


@dataclass(frozen=True, eq=False, slots=True)
class Fitted:
    """A run that has been trained, and what its data went through."""

    run: Run
    prepared: Prepared

    def predict(self, examples: np.ndarray) -> np.ndarray:
        """Predict in the answers' own unit, shape (R, n, ...).

        Raises:
            Diverged: A prediction is NaN or infinite.
        """
        return self.prepared.predict(self.run, examples)


def evaluate(
    question: Question,
    settings: Settings,
    seeds: Sequence[int],
    engine: Engine,
    watch: Watch = ignore,
) -> Score:
    """Fit a configuration with every seed on every fold and measure it, see `Question.measured`.

    Args:
        question: The problem.
        settings: The configuration.
        seeds: One per replicate.
        engine: Who trains.
        watch: Told of every epoch; what it raises ends the evaluation and passes through.

    Returns:
        A score for each fold and seed, fold after fold.

    Raises:
        Diverged: A loss or a prediction became NaN or infinite.
        OutOfMemory: The fits do not fit into memory.
    """
    folds, measured = zip(*question.measured, strict=True)
    scores: list[float] = []
    for rows, fitted in zip(
        measured, fit(question, settings, seeds, engine, folds, watch), strict=True
    ):
        examples = question.framing.examples(rows)
        scores += question.measure(fitted.predict(examples), examples)
    return Score(tuple(scores))


def fit(
    question: Question,
    settings: Settings,
    seeds: Sequence[int],
    engine: Engine,
    folds: Sequence[Fold],
    watch: Watch = ignore,
) -> list[Fitted]:
    """Learn the preparation on every training part and fit every seed, all together.

    Args:
        question: The problem.
        settings: The configuration.
        seeds: One per replicate.
        engine: Who trains.
        folds: What is learnt from, and what is validated on.
        watch: Told of every epoch; what it raises passes through.
    """
    found = []
    for fold in folds:
        prepared = question.framing.prepare(settings, fold.train)
        run = engine.start(prepared.windows(fold.train, fold.valid), settings, seeds)
        found.append(Fitted(run, prepared))
    train(found, len(seeds), watch, validated=all(len(fold.valid) for fold in folds))
    return found


def train(fitted: Sequence[Fitted], seeds: int, watch: Watch, *, validated: bool) -> None:
    """Train several runs side by side to their ends.

    Args:
        fitted: The runs, begun and not trained.
        seeds: Replicates of each.
        watch: Told of every epoch; what it raises passes through.
        validated: Whether there are validation losses.

    Raises:
        Diverged: A loss became NaN or infinite.
    """
    runs = [one.run for one in fitted]
    running = np.ones(seeds * len(runs), dtype=bool)
    for epoch in advance(runs, seeds):
        watch(epoch, cost_of(runs))
        _check(epoch, running, seeds, validated=validated)
        running = epoch.running


def _check(epoch: Epoch, running: np.ndarray, seeds: int, *, validated: bool) -> None:
    losses = [epoch.train_loss, epoch.valid_loss] if validated else [epoch.train_loss]
    lost = running & ~np.all(np.isfinite(losses), axis=0)
    if lost.any():
        fold, seed = divmod(int(np.flatnonzero(lost)[0]), seeds)
        folds = len(running) // seeds
        where = f" in fold {fold + 1} of {folds}" if folds > 1 else ""
        raise Diverged(f"seed {seed + 1} of {seeds} diverged at epoch {epoch.number}{where}")
