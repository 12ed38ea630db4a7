"""`Labelling`: sequences and their answers: classes or numbers, one each or one at every step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autolstm.baselines.labels import label_baselines
from autolstm.data.wording import describe
from autolstm.errors import DataError, Diverged, SettingError
from autolstm.experiment import Experiment
from autolstm.facts import DataFacts, Forecasts
from autolstm.metrics import Metric, Task, default_metric, metric_named
from autolstm.prepare.labelled import SequenceRecipe, form_of
from autolstm.prepare.windows import Windows
from autolstm.sequences import Sequences
from autolstm.settings import Settings
from autolstm.space import Space, label_space
from autolstm.split import Cases, Parts, parts_for
from autolstm.train.engine import Run

__all__ = ["Labelling", "PreparedSequences", "frame_sequences"]

MOST_POINTS = 400
"""Answers of the test part that are kept for the picture."""


@dataclass(frozen=True, eq=False)
class Labelling:
    """See `autolstm.framing.base.Framing`.

    Predictions are probabilities of the classes, shape (n, classes), or numbers, shape (n,
    columns); of answers of several steps (n, steps, ...), NaN behind the last step of each.

    Attributes:
        data: The sequences.
        parts: Numbers of sequences.
        metric: What is measured.
    """

    data: Sequences
    parts: Parts
    metric: Metric

    overlap = 1

    @property
    def task(self) -> str:
        """Whether classes or numbers are told."""
        return "classification" if self.data.classes else "regression"

    def examples(self, rows: np.ndarray) -> np.ndarray:
        """Every sequence of a part is measured."""
        return rows

    def actual(self, examples: np.ndarray) -> np.ndarray:
        """Return the answers: codes of classes, or numbers, with a last axis for their columns."""
        data = self.data
        longest = int(data.answer_lengths.max())
        count = data.answer_lengths[examples]
        step = np.arange(longest)
        there = step < count[:, None]
        rows = data.answer_starts[examples][:, None] + np.where(there, step, 0)
        found = np.where(there[..., None], data.answers[rows], np.nan)
        found = found[..., 0] if data.classes else found
        return found[:, 0] if form_of(data)[0] == "vector" else found

    def measure(self, predicted: np.ndarray, examples: np.ndarray) -> float:
        """Measure predictions of some sequences, every column of numbers alone."""
        actual = self.actual(examples)
        if not self.data.classes and actual.ndim == 2:
            # One answer of several columns is one step of them.
            actual, predicted = actual[:, None], predicted[:, None]
        return self.metric.measure(actual, predicted)

    def errors(self, predicted: np.ndarray, examples: np.ndarray) -> np.ndarray:
        """Return the error of every sequence, the mean over its steps."""
        found = self.metric.errors(self.actual(examples), predicted)
        flat = found.reshape(len(examples), -1)
        return np.asarray(np.nanmean(flat, axis=1))

    def prepare(self, settings: Settings, train: np.ndarray) -> "PreparedSequences":
        """See `Framing.prepare`."""
        recipe = SequenceRecipe.learn(self.data, train, settings)
        return PreparedSequences(recipe, self.data, self.metric.loss)

    def baselines(self, train: np.ndarray, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Answer a part with every baseline that can be computed."""
        return label_baselines(self.data, train, rows)

    def default_space(self) -> Space:
        """Return a space sized by the training part."""
        data, train = self.data, self.parts.folds[0].train
        only_symbols = len(data.features) == 1 and bool(data.symbols[0])
        return label_space(
            sequences=len(train),
            longest=int(data.lengths.max()),
            numbers=not all(data.symbols),
            symbols=any(data.symbols),
            embedding=only_symbols,
        )

    def check(self, space: Space) -> None:
        """Refuse training parts without some class, or answers that do not vary."""
        data = self.data
        for fold in self.parts.folds:
            seen = self.actual(fold.train)
            if data.classes:
                _check_classes(data, seen[~np.isnan(seen)].astype(int))
            else:
                _check_numbers(data, seen.reshape(-1, len(data.targets)))
        self._check_metric()

    def _check_metric(self) -> None:
        """Refuse a metric that cannot be taken of a part."""
        count = len(self.data.classes)
        for part, rows in (
            *(("validation", fold.valid) for fold in self.parts.folds),
            ("test", self.parts.test),
        ):
            # What is predicted does not matter; nobody waits for a baseline here.
            actual = self.actual(rows)
            even = np.full((*actual.shape, count), 1 / count) if count else np.zeros(actual.shape)
            even[np.isnan(actual)] = np.nan
            if not np.isfinite(self.measure(even, rows)):
                raise DataError(
                    f"The metric {self.metric.name} cannot be taken of the {part} part of "
                    f"{self.data.name}: it needs other answers there, such as more than one "
                    f"class, or none that is zero. Choose another metric, or a larger part."
                )

    def facts(self) -> DataFacts:
        """See `Framing.facts`."""
        data, fold = self.data, self.parts.folds[-1]
        return DataFacts(
            name=data.name,
            source=data.source,
            target=", ".join(data.targets),
            unit=data.unit,
            covariates=data.features,
            frequency="",
            season=0,
            rows=len(data),
            first="",
            last="",
            parts={
                "train": len(fold.train),
                "validation": len(fold.valid),
                "test": len(self.parts.test),
            },
            notes=data.notes,
            task=self.sentence(),
            word="sequences",
        )

    def said(self) -> str:
        """Say which answers to what there are."""
        return f"{', '.join(self.data.targets)} of {self.data.name}: {len(self.data)} sequences"

    def sentence(self) -> str:
        """Say what is told of what."""
        return describe(self.data)

    def flat(self) -> dict[str, Any]:
        """See `Framing.flat`."""
        return {
            "task": self.task,
            "data": self.data.fingerprint,
            "target": ", ".join(self.data.targets),
            "features": list(self.data.features),
            "horizon": 1,
            "metric": self.metric.name,
        }

    def picture(
        self, predicted: np.ndarray, others: Mapping[str, np.ndarray], examples: np.ndarray
    ) -> Forecasts:
        """Keep which classes were taken for which; of numbers, the first answers."""
        actual, together = self.actual(examples), predicted.mean(axis=0)
        by_step: tuple[float, ...] = ()
        if form_of(self.data)[0] != "vector":
            by_step = tuple(self.metric.by_step(actual, together).tolist())
        if self.data.classes:
            there = ~np.isnan(actual)
            count = len(self.data.classes)
            pairs = actual[there].astype(int) * count + together[there].argmax(axis=-1)
            confusion = np.bincount(pairs, minlength=count * count).reshape(count, count)
            rows = tuple(tuple(one) for one in confusion.tolist())
            return Forecasts((), (), (), {}, self.data.classes, rows, by_step)
        shown = slice(0, MOST_POINTS)
        flat = actual.reshape(len(examples), -1)[shown, 0]
        return Forecasts(
            times=tuple(str(one) for one in examples[shown].tolist()),
            actual=tuple(flat.tolist()),
            seeds=tuple(
                tuple(one.reshape(len(examples), -1)[shown, 0].tolist()) for one in predicted
            ),
            baselines={
                name: tuple(one.reshape(len(examples), -1)[shown, 0].tolist())
                for name, one in others.items()
            },
            by_step=by_step,
        )


@dataclass(frozen=True, eq=False, slots=True)
class PreparedSequences:
    """See `autolstm.framing.base.Prepared`."""

    recipe: SequenceRecipe
    data: Sequences
    loss: str

    def windows(self, train: np.ndarray, valid: np.ndarray) -> Windows:
        """See `Prepared.windows`."""
        return self.recipe.windows(self.data, train, valid, self.loss)

    def predict(self, run: Run, examples: np.ndarray) -> np.ndarray:
        """See `Prepared.predict`."""
        outputs = run.predict(*self.recipe.places(self.data, examples))
        lost = ~np.isfinite(outputs.reshape(len(outputs), -1)).all(axis=1)
        if lost.any():
            seed = int(np.flatnonzero(lost)[0]) + 1
            raise Diverged(f"seed {seed} of {len(lost)} gives values that are not finite")
        return self.recipe.undo(outputs, self.data, examples)


def frame_sequences(experiment: Experiment, data: Sequences) -> Labelling:
    """Split sequences and choose the metric.

    Raises:
        DataError: The sequences are too few for the parts.
        SettingError: The split does not suit sequences, or the metric is none for these answers.
    """
    answers: Task = "labels" if data.classes else "numbers"
    metric = metric_named(experiment.metric or default_metric(answers), answers)
    if metric.scaled:
        raise SettingError(
            f"metric = {metric.name!r} divides by the error of a naive forecast, and sequences "
            f"have none. Take another, such as --metric mae."
        )
    single = form_of(data)[0] == "vector"
    cases = Cases(
        count=len(data),
        codes=data.answers[:, 0].astype(int) if data.classes and single else None,
        groups=data.groups,
        official=data.official,
        classes=data.classes,
    )
    parts = parts_for(experiment.split.plan(), cases, seed=experiment.seed)
    return Labelling(data, parts, metric)


def _check_classes(data: Sequences, codes: np.ndarray) -> None:
    missing = np.setdiff1d(np.arange(len(data.classes)), codes)
    if len(missing):
        names = ", ".join(data.classes[one] for one in missing[:5])
        single = form_of(data)[0] == "vector"
        other = "take --set split.kind=stratified" if single else "another --seed"
        raise DataError(
            f"The training part of {data.name} holds no answer of {_classes(len(missing))} "
            f"({names}), which cannot be learnt then. Give a smaller validation part, more "
            f"sequences, or {other}."
        )


def _check_numbers(data: Sequences, seen: np.ndarray) -> None:
    """Refuse a column of answers, shape (answers, columns), that does not vary."""
    for name, low, high in zip(
        data.targets, np.nanmin(seen, axis=0), np.nanmax(seen, axis=0), strict=True
    ):
        if low == high:
            raise DataError(
                f"The answer {name!r} of {data.name} is {low:g} in the whole training part: there "
                f"is nothing to learn. It must vary there. Choose another target, or a larger "
                f"training part."
            )


def _classes(count: int) -> str:
    return f"{count} class{'es' * (count != 1)}"
