"""The winner, fitted once more on training and validation rows, measured on the test part.

The test rows serve nothing else: no scaler, no early stopping, no choice has seen them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autolstm.comparison import diebold_mariano
from autolstm.ledger.results import Forecasts
from autolstm.outcome import Score
from autolstm.question import Question
from autolstm.score import Watch, fit, ignore
from autolstm.settings import Settings
from autolstm.split import Fold
from autolstm.train.engine import Engine

__all__ = ["Refitted", "refit"]


@dataclass(frozen=True, eq=False, slots=True)
class Refitted:
    """What a refit leaves.

    Attributes:
        settings: The configuration, its epochs those that every seed was trained for.
        seeds: One per replicate.
        recipe: The preparation, learnt on training and validation rows.
        weights: Weights of every replicate, as `keras.Model.set_weights` takes them.
        test: Test score of every seed.
        model: Test score of the mean forecast of all seeds, which is what the model gives.
        p_values: How well each baseline could be as good as the model, by name; see
            `autolstm.comparison.diebold_mariano`.
        windows: Forecasts of the test part.
        forecasts: Points for the picture.
    """

    settings: Settings
    seeds: tuple[int, ...]
    recipe: Any
    weights: list[list[np.ndarray]]
    test: Score
    model: float
    p_values: dict[str, float]
    windows: int
    forecasts: Forecasts


def refit(
    question: Question, settings: Settings, epochs: int, engine: Engine, watch: Watch = ignore
) -> Refitted:
    """Fit a configuration on all rows before the test part, with seeds of their own.

    Args:
        question: Data, rows and metric.
        settings: The winning configuration.
        epochs: Epochs to train: there are no validation rows left to stop by.
        engine: Who trains.
        watch: Told of every epoch.

    Raises:
        Diverged: A loss or a forecast became NaN or infinite.
        OutOfMemory: The fit does not fit into memory.
    """
    settings = replace(settings, training=replace(settings.training, epochs=epochs))
    seeds = question.seeds_for("refit")
    # There is no validation part left: all of it is learnt from.
    fold = Fold(question.parts.seen, np.array([], dtype=int))
    (fitted,) = fit(question, settings, seeds, engine, [fold], watch)
    framing, rows = question.framing, question.parts.test
    examples = framing.examples(rows)
    predicted = fitted.predict(examples)
    others = framing.baselines(question.parts.seen, rows)
    together = predicted.mean(axis=0)
    return Refitted(
        settings=settings,
        seeds=seeds,
        recipe=fitted.prepared.recipe,
        weights=fitted.run.weights(),
        test=Score(question.measure(predicted, examples)),
        model=framing.measure(together, examples),
        p_values=_p_values(question, examples, together, others),
        windows=len(examples),
        forecasts=framing.picture(predicted, others, examples),
    )


def _p_values(
    question: Question,
    examples: np.ndarray,
    predicted: np.ndarray,
    others: Mapping[str, np.ndarray],
) -> dict[str, float]:
    """Compare the model's predictions with those of every baseline, example by example."""
    framing = question.framing
    own, strands = framing.errors(predicted, examples), framing.strands(examples)
    return {
        name: diebold_mariano(own, framing.errors(one, examples), framing.overlap, strands)
        for name, one in others.items()
    }
