"""Settings -> `Score`: prepare, fit all seeds, undo, measure. Knows no Optuna.

Whoever calls may watch: ``watch`` is told of every epoch and may raise, and that is all that
pruning is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from autolstm.errors import Diverged
from autolstm.outcome import Cost, Epoch, Score
from autolstm.prepare import Recipe
from autolstm.question import Question
from autolstm.settings import Settings
from autolstm.train.engine import Engine, Run

__all__ = ["Watch", "evaluate", "fit", "ignore"]

Watch = Callable[[Epoch, Cost], None]


def ignore(epoch: Epoch, cost: Cost) -> None:
    """Watch nothing."""


@dataclass(frozen=True, eq=False, slots=True)
class Fitted:
    """A run that has been trained, and the recipe its data went through."""

    run: Run
    recipe: Recipe

    def forecast(self, question: Question, origins: np.ndarray) -> np.ndarray:
        """Forecast in the target's own unit, shape (R, n, horizon).

        Raises:
            Diverged: A forecast is NaN or infinite.
        """
        prepared = self.run.predict(origins)
        # What is finite stays so when it is undone.
        lost = ~np.isfinite(prepared).all(axis=(1, 2))
        if lost.any():
            seed = int(np.flatnonzero(lost)[0]) + 1
            raise Diverged(f"seed {seed} of {len(lost)} forecasts values that are not finite")
        return self.recipe.undo(prepared, question.dataset.actual, origins)


def evaluate(
    question: Question,
    settings: Settings,
    seeds: Sequence[int],
    engine: Engine,
    watch: Watch = ignore,
) -> Score:
    """Fit a configuration with every seed and measure it on the validation part.

    Args:
        question: Data, rows and metric.
        settings: The configuration.
        seeds: One per replicate.
        engine: Who trains.
        watch: Told of every epoch; what it raises ends the evaluation and passes through.

    Raises:
        Diverged: A loss or a forecast became NaN or infinite.
        OutOfMemory: The fit does not fit into memory.
    """
    fitted = fit(
        question, settings, seeds, engine, question.fold.train, question.fold.valid, watch
    )
    origins = question.origins(question.fold.valid)
    return Score(question.measure(fitted.forecast(question, origins), origins))


def fit(
    question: Question,
    settings: Settings,
    seeds: Sequence[int],
    engine: Engine,
    train: np.ndarray,
    valid: np.ndarray,
    watch: Watch = ignore,
) -> Fitted:
    """Learn the recipe on the training rows and fit every seed.

    Args:
        question: Data, rows and metric.
        settings: The configuration.
        seeds: One per replicate.
        engine: Who trains.
        train: Row numbers of the training targets.
        valid: Row numbers of the validation targets; empty to train all epochs.
        watch: Told of every epoch; what it raises passes through.
    """
    values = question.dataset.values
    recipe = Recipe.learn(values, train, settings.preparation, question.horizon)
    run = engine.start(recipe.windows(values, train, valid), settings, seeds)
    running = np.ones(len(seeds), dtype=bool)
    for epoch in run:
        watch(epoch, run.cost())
        _check(epoch, running, validated=len(valid) > 0)
        running = epoch.running
    return Fitted(run, recipe)


def _check(epoch: Epoch, running: np.ndarray, *, validated: bool) -> None:
    losses = [epoch.train_loss, epoch.valid_loss] if validated else [epoch.train_loss]
    lost = running & ~np.all(np.isfinite(losses), axis=0)
    if lost.any():
        seed = int(np.flatnonzero(lost)[0]) + 1
        raise Diverged(f"seed {seed} of {len(running)} diverged at epoch {epoch.number}")
