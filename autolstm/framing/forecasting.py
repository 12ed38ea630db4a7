"""`Forecasting`: the next rows of one or several series, of one or several targets."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from autolstm.baselines import panel
from autolstm.data.missing import interpolate
from autolstm.data.periods import with_suggestion
from autolstm.dataset import Dataset, every
from autolstm.errors import counted
from autolstm.experiment import Experiment
from autolstm.facts import DataFacts, Forecasts
from autolstm.framing.doubts import check_series
from autolstm.framing.finite import check_finite
from autolstm.framing.shown import of_series, score_table
from autolstm.framing.times import time_text
from autolstm.metrics import Metric, default_metric, metric_named
from autolstm.prepare import Recipe
from autolstm.prepare.demands import bends
from autolstm.prepare.origins import origins_in
from autolstm.prepare.recursion import roll
from autolstm.prepare.windows import Windows
from autolstm.settings import Settings
from autolstm.space import SeriesSize, Space
from autolstm.split import Fold, Parts, Rows, parts_for
from autolstm.train.engine import Run

__all__ = ["Forecasting", "PreparedSeries", "frame_series"]

AT_ONCE = 2**22
"""Numbers of windows that are held at once where every replicate has its own."""


@dataclass(frozen=True, eq=False)
class Forecasting:
    """See `autolstm.framing.base.Framing`.

    Predictions have the shape (n, horizon, targets). A score is the mean over series and targets,
    each measured by itself: so do the M competitions, and no series counts for more because its
    values are larger or it is longer.

    Attributes:
        data: The series.
        parts: Row numbers.
        horizon: Rows to forecast.
        metric: What is measured.
    """

    data: Dataset
    parts: Parts
    horizon: int
    metric: Metric

    task = "forecasting"

    @property
    def overlap(self) -> int:
        """Neighbouring forecasts share all targets but one."""
        return self.horizon

    @cached_property
    def metrics(self) -> list[list[Metric]]:
        """The metric for each target of each series, scaled to the rows of the first fold."""
        data, train = self.data, self.parts.folds[0].train
        of = data.of_rows(train)
        return [
            [
                self.metric.scaled_to(data.values[train[of == place], k], data.season)
                for k in range(data.wide)
            ]
            for place in range(len(data.ids))
        ]

    def last_folds(self, members: int, seed: int) -> tuple[Fold, ...]:
        """Return all rows: the latest ones say most about what comes, so none is held out."""
        return (Fold(self.parts.seen, np.array([], dtype=np.int64)),)

    def strands(self, examples: np.ndarray) -> np.ndarray:
        """See `Framing.strands`."""
        return self.data.of_rows(examples)

    def examples(self, rows: np.ndarray) -> np.ndarray:
        """Return the origins of all forecasts whose targets all lie in ``rows``.

        The first row of a series is no target: nothing is known before it. A value that was
        missing is none either: what it was filled with is no measure.
        """
        origins = origins_in(rows, self.data.starts, self.horizon)
        if self.data.holes is None:
            return origins
        holes = self.data.holes[self._steps(origins), : self.data.wide]
        kept: np.ndarray = origins[~holes.any(axis=(1, 2))]
        return kept

    def actual(self, examples: np.ndarray) -> np.ndarray:
        """Return the untouched targets of some forecasts, shape (n, horizon, targets)."""
        targets: np.ndarray = self.data.values[self._steps(examples), : self.data.wide]
        return targets

    def measure(self, predicted: np.ndarray, examples: np.ndarray) -> float:
        """Measure forecasts of shape (n, horizon, targets)."""
        return float(score_table(self.data, self.metrics, predicted, examples).mean())

    def errors(self, predicted: np.ndarray, examples: np.ndarray) -> np.ndarray:
        """Return the mean error of every forecast, in the unit of scaled metrics for these."""
        actual, of = self.actual(examples), self.data.of_rows(examples)
        found = np.zeros(len(examples))
        for place in np.unique(of):
            for k, metric in enumerate(self.metrics[place]):
                chosen = of == place
                errors = metric.errors(actual[chosen, :, k], predicted[chosen, :, k])
                found[chosen] += errors.mean(axis=1) / (metric.scale or 1.0)
        return found / self.data.wide

    def prepare(self, settings: Settings, train: np.ndarray) -> "PreparedSeries":
        """See `Framing.prepare`."""
        recipe = Recipe.learn(self.data, train, settings.preparation, self.horizon)
        return PreparedSeries(recipe, self.data, self.metric.loss)

    def baselines(self, train: np.ndarray, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Forecast a part with every baseline, shape (n, horizon, targets) each.

        Those that learn do so on all rows up to the last training row, as the networks do.
        """
        return panel.forecasts(self.data, train, self.examples(rows), self.horizon)

    def size(self) -> SeriesSize:
        """Return what a space depends on; the shortest series decides."""
        data, train = self.data, self.parts.folds[0].train
        of = data.of_rows(train)
        shortest = min(int((of == place).sum()) for place in range(len(data.ids)))
        return SeriesSize(
            train_rows=shortest,
            season=data.season,
            horizon=self.horizon,
            bend=all(bends(data.values[:, k], train) for k in range(data.wide)),
            windows=len(train) if data.several else None,
            several=data.several,
        )

    def check(self, space: Space) -> None:
        """See `Framing.check`."""
        check_series(self, space)

    def facts(self) -> DataFacts:
        """See `Framing.facts`."""
        data = self.data
        times = time_text(data.times)
        fold = self.parts.folds[-1]
        return DataFacts(
            name=data.name,
            source=data.source,
            target=data.target,
            unit=data.unit,
            covariates=data.covariates,
            frequency=data.frequency,
            season=data.season,
            rows=len(data),
            first=min(times) if data.several else times[0],
            last=max(times) if data.several else times[-1],
            parts={
                "train": len(fold.train),
                "validation": len(fold.valid),
                "test": len(self.parts.test),
            },
            notes=data.notes,
            task=self.sentence(),
        )

    def said(self) -> str:
        """Say which rows of what there are."""
        data, facts = self.data, self.facts()
        of = f" of {len(data.ids)} series" if data.several else ""
        covariates = f", with {', '.join(data.covariates)}" if data.covariates else ""
        return (
            f"{data.target} of {data.name}{covariates}: {len(data)} rows{of}, one a "
            f"{every(data.frequency)}, {facts.first} to {facts.last}"
            + (f", a season of {data.season} rows" if data.season else "")
        )

    def sentence(self) -> str:
        """Say what is forecast from what."""
        data = self.data
        series = f"{len(data.ids)} series, " if data.several else ""
        ahead = counted(self.horizon, "step")
        wide = f", {counted(data.wide, 'target')}" if data.wide > 1 else ""
        covariates = f", {counted(len(data.covariates), 'covariate')}" if data.covariates else ""
        known = f" ({len(data.known)} known ahead)" if data.known else ""
        return (
            f"many-to-{'one' if self.horizon * data.wide == 1 else 'many'} forecasting, "
            f"{series}{ahead} ahead{wide}{covariates}{known}"
        )

    def flat(self) -> dict[str, Any]:
        """See `Framing.flat`; what is as it always was says nothing new."""
        data = self.data
        more = {"known": list(data.known), "series": len(data.ids) if data.several else 0}
        return {
            "data": data.fingerprint,
            "target": data.target,
            "covariates": list(data.covariates),
            "season": data.season,
            "horizon": self.horizon,
            "metric": self.metric.name,
            **{name: value for name, value in more.items() if value},
        }

    def picture(
        self, predicted: np.ndarray, others: Mapping[str, np.ndarray], examples: np.ndarray
    ) -> Forecasts:
        """See `autolstm.framing.shown.of_series`."""
        return of_series(self.data, self.metrics, predicted, others, examples)

    def _steps(self, origins: np.ndarray) -> np.ndarray:
        """Return the rows that are forecast, shape (n, horizon)."""
        steps: np.ndarray = origins[:, None] + np.arange(1, self.horizon + 1)[None, :]
        return steps


@dataclass(frozen=True, eq=False, slots=True)
class PreparedSeries:
    """See `autolstm.framing.base.Prepared`."""

    recipe: Recipe
    data: Dataset
    loss: str

    def windows(self, train: np.ndarray, valid: np.ndarray) -> Windows:
        """See `Prepared.windows`."""
        return self.recipe.windows(self.data, train, valid, self.loss)

    def predict(self, run: Run, examples: np.ndarray) -> np.ndarray:
        """Forecast in the targets' own units, shape (R, n, horizon, targets)."""
        if self.recipe.strategy == "recursive":
            outputs = self._rolled(run, examples)
        else:
            outputs = run.predict(examples)
        check_finite(outputs, "forecasts values")
        return self.recipe.undo(outputs, self.data, examples)

    def _rolled(self, run: Run, examples: np.ndarray) -> np.ndarray:
        """Forecast row by row, so many windows at a time as memory is meant to hold."""
        replicates = len(run.weights())
        numbers = self.recipe.window * self.recipe.shapes.features * replicates
        room = max(1, AT_ONCE // numbers)
        return np.concatenate(
            [
                roll(self.recipe, run.respond, self.data, examples[at : at + room], replicates)
                for at in range(0, max(1, len(examples)), room)
            ],
            axis=1,
        )


def frame_series(experiment: Experiment, data: Dataset) -> Forecasting:
    """Split series, and give them what their training rows suggest.

    Raises:
        DataError: The series are too short for the parts.
        SettingError: The split does not suit series, or the metric is none for numbers.
    """
    rows = Rows(data.starts, data.ids, *([data.split] if data.split else []))
    parts = parts_for(experiment.split.plan(), rows, experiment.horizon, experiment.seed)
    train = parts.folds[0].train
    data = interpolate(data, train)
    if experiment.season is None and not data.season:
        data = with_suggestion(data, train)
    metric = metric_named(experiment.metric or default_metric("numbers"), "numbers")
    return Forecasting(data, parts, experiment.horizon, metric)
