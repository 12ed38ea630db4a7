"""The winner, fitted once more on training and validation rows, measured on the test part.

The test rows serve nothing else: no scaler, no early stopping, no choice has seen them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from autolstm.comparison import diebold_mariano
from autolstm.ledger.results import Forecasts
from autolstm.outcome import Score
from autolstm.prepare import Recipe
from autolstm.question import Question
from autolstm.score import Watch, fit, ignore
from autolstm.settings import Settings
from autolstm.train.engine import Engine

__all__ = ["Refitted", "refit", "time_text"]

MOST_POINTS = 400
"""Points of the test part that are kept for the picture, the latest ones."""


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
    recipe: Recipe
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
    nothing = np.array([], dtype=int)
    fitted = fit(question, settings, seeds, engine, question.fold.seen, nothing, watch)
    origins = question.origins(question.fold.test)
    forecast = fitted.forecast(question, origins)
    others = question.baselines(question.fold.test)
    together = forecast.mean(axis=0, keepdims=True)
    return Refitted(
        settings=settings,
        seeds=seeds,
        recipe=fitted.recipe,
        weights=fitted.run.weights(),
        test=Score(question.measure(forecast, origins)),
        model=question.measure(together, origins)[0],
        p_values=_p_values(question, origins, together[0], others),
        windows=len(origins),
        forecasts=_points(question, origins, forecast, others),
    )


def _p_values(
    question: Question,
    origins: np.ndarray,
    forecast: np.ndarray,
    others: Mapping[str, np.ndarray],
) -> dict[str, float]:
    """Compare the model's forecasts with those of every baseline, window by window."""
    horizon, errors = question.horizon, question.metric.errors
    actual = question.actual(origins)
    own = errors(actual, forecast).mean(axis=1)
    return {
        name: diebold_mariano(own, errors(actual, one).mean(axis=1), horizon)
        for name, one in others.items()
    }


def _points(
    question: Question,
    origins: np.ndarray,
    forecast: np.ndarray,
    others: Mapping[str, np.ndarray],
) -> Forecasts:
    """Keep the latest forecasts that follow one another without overlap."""
    horizon = question.horizon
    most = max(1, MOST_POINTS // horizon)
    chosen = np.arange(len(origins))[::-horizon][:most][::-1]
    at = origins[chosen]
    rows = (at[:, None] + np.arange(1, horizon + 1)[None, :]).ravel()
    data = question.dataset
    return Forecasts(
        times=tuple(time_text(data.times[rows])),
        actual=tuple(data.actual[rows].tolist()),
        seeds=tuple(tuple(one[chosen].ravel().tolist()) for one in forecast),
        baselines={name: tuple(one[chosen].ravel().tolist()) for name, one in others.items()},
    )


def time_text(times: pd.Index) -> list[str]:
    """Write times as text: dates alone where no row has a time of day."""
    if not isinstance(times, pd.DatetimeIndex):
        return [str(one) for one in times]
    whole_days = bool((times == times.normalize()).all())
    return [str(one) for one in times.strftime("%Y-%m-%d" if whole_days else "%Y-%m-%d %H:%M")]
