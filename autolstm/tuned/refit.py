"""The winner, fitted once more on training and validation rows, measured on the test part.

The test rows serve nothing else: no scaler, no early stopping, no choice has seen them.

Of a series, all rows are learnt from, for as many epochs as the seeds that chose the winner took
in the middle. Of sequences, every seed holds out some of its own, by which it is stopped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autolstm.comparison import diebold_mariano
from autolstm.ledger.results import Forecasts
from autolstm.outcome import Cost, Curve, Epoch, Score
from autolstm.question import Question
from autolstm.score import Fitted, Watch, ignore, train
from autolstm.settings import Settings
from autolstm.split import Fold
from autolstm.train.engine import Engine

__all__ = ["Refitted", "for_refit", "refit"]


@dataclass(frozen=True, eq=False, slots=True)
class Refitted:
    """What a refit leaves.

    Attributes:
        settings: The configuration, its epochs the most that a seed may be trained for.
        seeds: One per replicate.
        recipe: The preparation, learnt on training and validation rows.
        weights: Weights of every replicate, as `keras.Model.set_weights` takes them.
        test: Test score of every seed.
        model: Test score of the mean forecast of all seeds, which is what the model gives.
        p_values: How well each baseline could be as good as the model, by name; see
            `autolstm.comparison.diebold_mariano`.
        windows: Forecasts of the test part.
        forecasts: Points for the picture.
        epochs: Epochs that every seed was trained for, or the median of their best ones.
        held_out: Sequences that each seed held out to be stopped by.
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
    epochs: int
    held_out: int


def for_refit(question: Question, settings: Settings, epochs: int) -> Settings:
    """Return a configuration with the most epochs that its refit may take.

    Args:
        question: Data and rows.
        settings: The configuration.
        epochs: Epochs to train where nothing is held out to stop by.
    """
    if len(_folds(question)[0].valid):
        return settings
    return replace(settings, training=replace(settings.training, epochs=epochs))


def refit(
    question: Question, settings: Settings, engine: Engine, watch: Watch = ignore
) -> Refitted:
    """Fit a configuration on all that is not in the test part, with seeds of their own.

    Args:
        question: Data, rows and metric.
        settings: The winning configuration, as `for_refit` gives it.
        engine: Who trains.
        watch: Told of every epoch.

    Raises:
        Diverged: A loss or a forecast became NaN or infinite.
        OutOfMemory: The fit does not fit into memory.
    """
    framing, seeds = question.framing, question.seeds_for("refit")
    folds = _folds(question)
    held_out = len(folds[0].valid)
    seen: list[Epoch] = []

    def listen(epoch: Epoch, cost: Cost) -> None:
        seen.append(epoch)
        watch(epoch, cost)

    fitted = _fit(question, settings, seeds, engine, folds, listen)
    examples = framing.examples(question.parts.test)
    predicted = np.concatenate([one.predict(examples) for one in fitted])
    others = framing.baselines(question.parts.seen, question.parts.test)
    together = predicted.mean(axis=0)
    best = Curve.of(seen, len(seeds)).best_epochs if held_out else (settings.training.epochs,)
    return Refitted(
        settings=settings,
        seeds=seeds,
        recipe=fitted[0].prepared.recipe,
        weights=[weights for one in fitted for weights in one.run.weights()],
        test=Score(question.measure(predicted, examples)),
        model=framing.measure(together, examples),
        p_values=_p_values(question, examples, together, others),
        windows=len(examples),
        forecasts=framing.picture(predicted, others, examples),
        epochs=round(float(np.median(best))),
        held_out=held_out,
    )


def _folds(question: Question) -> tuple[Fold, ...]:
    return question.framing.last_folds(len(question.seeds_for("refit")), question.seed)


def _fit(
    question: Question,
    settings: Settings,
    seeds: Sequence[int],
    engine: Engine,
    folds: Sequence[Fold],
    watch: Watch,
) -> list[Fitted]:
    """Train all seeds on one fold, or each on its own; all share one preparation.

    The preparation is learnt from everything, also from what a seed holds out: a scaling or a
    vocabulary that knows it does not make stopping any later.
    """
    prepared = question.framing.prepare(settings, question.parts.seen)
    crews = [(seed,) for seed in seeds] if len(folds) == len(seeds) else [tuple(seeds)]
    fitted = [
        Fitted(engine.start(prepared.windows(one.train, one.valid), settings, crew), prepared)
        for one, crew in zip(folds, crews, strict=True)
    ]
    train(fitted, len(crews[0]), watch, validated=bool(len(folds[0].valid)))
    return fitted


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
