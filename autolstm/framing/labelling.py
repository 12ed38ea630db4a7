"""`Labelling`: sequences and their answers: classes or numbers, one each or one at every step."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autolstm.baselines.labels import label_baselines
from autolstm.data.wording import describe
from autolstm.errors import SettingError
from autolstm.experiment import Experiment
from autolstm.facts import DataFacts, Forecasts
from autolstm.framing.answers import check_answers
from autolstm.framing.architectures import check_networks
from autolstm.framing.finite import check_finite
from autolstm.framing.shown import of_sequences
from autolstm.framing.states import refuse_carried
from autolstm.metrics import Metric, Task, default_metric, metric_named, ranking
from autolstm.prepare.labelled import SequenceRecipe, form_of
from autolstm.prepare.windows import Windows
from autolstm.sequences import Sequences
from autolstm.settings import Settings
from autolstm.space import LabelSize, Space
from autolstm.split import Cases, Fold, Parts, committee, drawn, parts_for
from autolstm.train.engine import Run

__all__ = ["Labelling", "PreparedSequences", "frame_sequences"]


@dataclass(frozen=True, eq=False)
class Labelling:
    """See `autolstm.framing.base.Framing`.

    Predictions are probabilities of the classes, shape (n, classes), or numbers, shape (n,
    columns); of answers of several steps (n, steps, ...), NaN behind the last step of each.

    Attributes:
        data: The sequences.
        parts: Numbers of sequences.
        metric: What is measured.
        kind: How the parts were drawn, see `autolstm.split.KINDS`.
        official: Whether the test part came with the data.
    """

    data: Sequences
    parts: Parts
    metric: Metric
    kind: str = "random"
    official: bool = False

    overlap = 1

    @property
    def task(self) -> str:
        """Whether classes or numbers are told."""
        return "classification" if self.data.classes else "regression"

    def last_folds(self, members: int, seed: int) -> tuple[Fold, ...]:
        """See `autolstm.split.committee`: each member holds out sequences of its own."""
        return committee(self.kind, cases_of(self.data), self.parts, members, seed)

    def strands(self, examples: np.ndarray) -> np.ndarray:
        """Sequences stand side by side."""
        return np.arange(len(examples))

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

    def size(self) -> LabelSize:
        """Return what a space depends on, of the training part."""
        data, train = self.data, self.parts.folds[0].train
        only_symbols = len(data.features) == 1 and bool(data.symbols[0])
        return LabelSize(
            sequences=len(train),
            longest=int(data.lengths.max()),
            numbers=not all(data.symbols),
            symbols=any(data.symbols),
            embedding=only_symbols,
            classes=bool(data.classes),
            form=form_of(data)[0],
        )

    def check(self, space: Space) -> None:
        """See `Framing.check`."""
        check_answers(self)
        check_networks(space, form_of(self.data)[0])
        refuse_carried(space, "sequences, which do not follow one another")

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
            classes=data.classes,
            symbols=tuple(len(one) for one in data.symbols),
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
            "split.kind": self.kind,
            **({"split.official": True} if self.official else {}),
        }

    def picture(
        self, predicted: np.ndarray, others: Mapping[str, np.ndarray], examples: np.ndarray
    ) -> Forecasts:
        """See `autolstm.framing.shown.of_sequences`."""
        actual = self.actual(examples)
        points = of_sequences(self.data, actual, predicted, others, examples)
        if form_of(self.data)[0] == "vector":
            return points
        scores = {name: self.measure(one, examples) for name, one in others.items()}
        best = ranking(self.metric, scores)[:1]

        def by_step(answers: np.ndarray) -> tuple[float, ...]:
            return tuple(self.metric.by_step(actual, answers).tolist())

        return replace(
            points,
            by_step=by_step(predicted.mean(axis=0)),
            baseline_by_step={name: by_step(others[name]) for name in best},
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
        check_finite(outputs, "gives values")
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
    cases = cases_of(data)
    plan = experiment.split.plan()
    parts = parts_for(plan, cases, seed=experiment.seed)
    return Labelling(data, parts, metric, *drawn(plan, cases))


def cases_of(data: Sequences) -> Cases:
    """Return what a split has to know of sequences."""
    single = form_of(data)[0] == "vector"
    return Cases(
        count=len(data),
        codes=data.answers[:, 0].astype(int) if data.classes and single else None,
        groups=data.groups,
        official=data.official,
        classes=data.classes,
    )
