"""`Question`: an `Experiment` put to a `Dataset`: rows, space, metric, seeds, all resolved.

Two runs under one name may only go on together when their questions are equal; `flat` is what
is compared, and what the ledger keeps.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from autolstm.baselines import forecasts, naive
from autolstm.data.missing import interpolate
from autolstm.data.periods import with_suggestion
from autolstm.data.wording import describe
from autolstm.dataset import Dataset
from autolstm.errors import DataError, SettingError
from autolstm.experiment import Experiment
from autolstm.metrics import Metric, metric_named
from autolstm.prepare import Recipe
from autolstm.prepare.demands import bends, check_demands
from autolstm.seeding import children
from autolstm.sequences import Sequences
from autolstm.settings import Preparation, Settings
from autolstm.space import Space, default_space, overlay
from autolstm.split import Fold, holdout

__all__ = ["Question", "pose"]

SHARE = 0.15
"""Share of the rows of the validation and of the test part, where nothing is said."""

FAR = 1e100
"""Numbers beyond this, and differences below its inverse, are refused."""


@dataclass(frozen=True, eq=False, slots=True)
class Question:
    """What a study answers.

    Attributes:
        dataset: The series.
        fold: Rows of the parts.
        horizon: Steps to forecast.
        metric: What is measured; a scaled one knows the training rows.
        space: What may be tried.
        seeds: Fits per trial.
        seed: Root of all randomness.
        engine: Name of the engine.
    """

    dataset: Dataset
    fold: Fold
    horizon: int
    metric: Metric
    space: Space
    seeds: int
    seed: int
    engine: str

    @property
    def most_epochs(self) -> int:
        """Most epochs that any configuration of the space can train."""
        return int(self.space.extremes("training.epochs")[1])

    def seeds_for(self, phase: str) -> tuple[int, ...]:
        """Return the seeds of one phase; ``search``, ``confirm`` and ``refit`` share none."""
        phases = ("search", "confirm", "refit")
        every = children(self.seed, "replicate", len(phases) * self.seeds)
        # Dealt out in turn: a seed belongs to one phase whatever number of them is asked for.
        return every[phases.index(phase) :: len(phases)]

    def origins(self, rows: np.ndarray) -> np.ndarray:
        """Return the origins of all forecasts whose targets all lie in ``rows``.

        The first row of a series is no target: nothing is known before it. A value that was
        missing is none either: what it was filled with is no measure.
        """
        origins = np.arange(max(rows[0] - 1, 0), rows[-1] - self.horizon + 1, dtype=np.int32)
        if self.dataset.holes is None:
            return origins
        steps = origins[:, None] + np.arange(1, self.horizon + 1)[None, :]
        kept: np.ndarray = origins[~self.dataset.holes[steps, 0].any(axis=1)]
        return kept

    def actual(self, origins: np.ndarray) -> np.ndarray:
        """Return the untouched targets of some forecasts, shape (n, horizon)."""
        steps = np.asarray(origins)[:, None] + np.arange(1, self.horizon + 1)[None, :]
        targets: np.ndarray = self.dataset.actual[steps]
        return targets

    def measure(self, forecast: np.ndarray, origins: np.ndarray) -> tuple[float, ...]:
        """Measure forecasts of shape (R, n, horizon), one score per replicate."""
        actual = self.actual(origins)
        return tuple(self.metric.measure(actual, one) for one in forecast)

    def baselines(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Forecast a part with every baseline, shape (n, horizon) each.

        Those that learn do so on all rows before the part, as the networks do: training rows
        before the validation part, validation rows as well before the test part.
        """
        data = self.dataset
        return forecasts(
            data.actual, self.origins(rows), self.horizon, data.season, train=int(rows[0])
        )

    def baseline_scores(self, rows: np.ndarray) -> dict[str, float]:
        """Measure every baseline on the forecasts of a part."""
        actual = self.actual(self.origins(rows))
        return {
            name: self.metric.measure(actual, forecast)
            for name, forecast in self.baselines(rows).items()
        }

    def flat(self) -> dict[str, Any]:
        """Return the question as plain values by dotted name."""
        data, fold = self.dataset, self.fold
        return {
            "data": data.fingerprint,
            "target": data.target,
            "covariates": list(data.covariates),
            "season": data.season,
            "horizon": self.horizon,
            "metric": self.metric.name,
            "split.train": len(fold.train),
            "split.validation": len(fold.valid),
            "split.test": len(fold.test),
            "seeds": self.seeds,
            "seed": self.seed,
            "engine": self.engine,
            **{f"space.{name}": said for name, said in self.space.table().items()},
        }


def pose(experiment: Experiment, dataset: Dataset | Sequences) -> Question:
    """Put an experiment to a data set.

    Args:
        experiment: What is asked for.
        dataset: The data; the parts are sized as it recommends where the experiment says nothing.

    Raises:
        DataError: The series is too short for the parts, does not vary in the training rows, or
            the metric cannot be taken of it.
        SettingError: A split or a window does not fit the data.
    """
    if isinstance(dataset, Sequences):
        raise SettingError(
            f"{dataset.name} holds sequences with answers ({describe(dataset)}), which can be "
            f"loaded, but not tuned on yet. A study takes one series to forecast. Give one."
        )
    recommended = dataset.split or (SHARE, SHARE)
    sizes = {
        name: getattr(experiment.split, name) or size
        for name, size in zip(("validation", "test"), recommended, strict=True)
    }
    fold = holdout(len(dataset), **sizes, horizon=experiment.horizon)
    dataset = interpolate(dataset, fold.train)
    if experiment.season is None and not dataset.season:
        dataset = with_suggestion(dataset, fold.train)
    preset = default_space(
        train_rows=len(fold.train),
        season=dataset.season,
        horizon=experiment.horizon,
        bend=bends(dataset.actual, fold.train),
    )
    question = Question(
        dataset=dataset,
        fold=fold,
        horizon=experiment.horizon,
        metric=metric_named(experiment.metric).scaled_to(
            dataset.actual[fold.train], dataset.season
        ),
        space=overlay(preset, experiment.space),
        seeds=experiment.seeds,
        seed=experiment.seed,
        engine=experiment.engine,
    )
    _check_target(question)
    _check_holes(question)
    check_demands(dataset, fold.train, question.space)
    _check_windows(question)
    _check_metric(question)
    return question


def _check_holes(question: Question) -> None:
    """Refuse parts in which every forecast has a target that was missing."""
    fold = question.fold
    for part, rows in (("validation", fold.valid), ("test", fold.test)):
        if not len(question.origins(rows)):
            raise DataError(
                f"No forecast of the {part} part can be measured: of {question.horizon} rows "
                f"ahead, a value of {question.dataset.target!r} is always missing. Give that part "
                f"more rows, or a smaller horizon."
            )


def _check_target(question: Question) -> None:
    """Refuse training rows from which nothing can be learned."""
    data, rows = question.dataset, question.fold.train
    low, high = np.min(data.actual[rows]), np.max(data.actual[rows])
    largest = np.max(np.abs(data.actual))
    if low == high:
        raise DataError(
            f"The target {data.target!r} is {data.actual[0]:g} in all {len(rows)} training rows: "
            f"there is nothing to learn. It must vary there. Give smaller validation and test "
            f"parts, or choose another column."
        )
    # Squares of such numbers have no place in floating point.
    if largest > FAR or high - low < 1 / FAR:
        raise DataError(
            f"The target {data.target!r} goes up to {largest:g}, and varies by {high - low:g} in "
            f"the training rows. It takes numbers up to {FAR:g} that vary by {1 / FAR:g} at "
            f"least. Give it in another unit."
        )


def _check_windows(question: Question) -> None:
    """Refuse a space whose longest preparation leaves nothing to train on."""
    space, rows = question.space, question.fold.train
    longest = {
        short: space.extremes(f"preparation.{short}")[1]
        for short in ("difference", "seasonal_difference", "window")
    }
    worst = Settings(Preparation(**longest))  # type: ignore[arg-type]
    try:
        Recipe.learn(question.dataset.values, rows, worst.preparation, question.horizon)
    except DataError as error:
        lost = worst.preparation.difference + worst.preparation.seasonal_difference
        room = len(rows) - lost - question.horizon
        # Without room for one row, it is the seasonal difference that takes it.
        window = f"window={min(room, max(1, len(rows) // 4))}"
        advice = window if room > 0 else "seasonal_difference=0"
        raise SettingError(
            f"The space does not fit the data with the longest preparation it allows "
            f"(window {longest['window']}, seasonal_difference {longest['seasonal_difference']}). "
            f"{error} Such as --set space.preparation.{advice}."
        ) from None


def _check_metric(question: Question) -> None:
    """Refuse a metric that is not finite on these rows, such as MAPE with zeros."""
    data, metric = question.dataset, question.metric
    if not metric.scale > 0:
        raise DataError(
            f"The metric {metric.name} divides by the error of the naive forecast on the "
            f"training rows of {data.target!r}, and that is zero: they repeat exactly. Choose "
            f"another, such as --metric mae."
        )
    for part, rows in (("validation", question.fold.valid), ("test", question.fold.test)):
        origins = question.origins(rows)
        made = naive.forecasts(data.actual, origins, question.horizon, data.season)
        if not np.isfinite(question.measure(np.stack(list(made.values())), origins)).all():
            # Rows that are all equal may have others beside them; a zero stays where it is.
            longer = f", or a longer {part} part" if metric.name == "r2" else ""
            raise DataError(
                f"The metric {metric.name} is not finite on the {part} part of {data.target!r}: "
                f"it divides by zero there. Choose another, such as --metric mae{longer}."
            )
