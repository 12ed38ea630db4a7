"""`Question`: an `Experiment` put to data: framing, space, seeds, all resolved.

Two runs under one name may only go on together when their questions are equal; `flat` is what
is compared, and what the ledger keeps.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from autolstm.data.load import load
from autolstm.dataset import Dataset
from autolstm.errors import SettingError
from autolstm.experiment import Experiment
from autolstm.framing import Framing
from autolstm.framing.forecasting import Forecasting, frame_series
from autolstm.framing.labelling import Labelling, frame_sequences
from autolstm.metrics import Metric
from autolstm.metrics.timed import timed, timed_name
from autolstm.outcome import Score
from autolstm.seeding import children
from autolstm.sequences import Sequences
from autolstm.settings import Settings
from autolstm.space import Space, overlay, preset_space
from autolstm.space.dimensions import Value
from autolstm.split import Fold, Parts
from autolstm.varied import around, cells

__all__ = ["Question", "data_for", "pose"]


@dataclass(frozen=True, eq=False, slots=True)
class Question:
    """What a study answers.

    Attributes:
        framing: The problem: data, parts and metric.
        space: What may be tried.
        seeds: Fits per trial and fold.
        seed: Root of all randomness.
        engine: Name of the engine.
        split: How the parts were taken, where it is no plain holdout.
        builder: Name of the user's function that builds the networks, empty for none.
        time_weight: What a factor e of training time is worth, see `autolstm.metrics.timed`.
        kind: tune, or the kind of a study of one knob.
        measure_on: Part that configurations are measured on: ``"validation"`` or ``"test"``.
        precision: What a repeats study aims at, as a share of the mean.
        published: Mean scores that others found, one a cell; empty for none.
    """

    framing: Framing
    space: Space
    seeds: int
    seed: int
    engine: str
    split: dict[str, Any]
    time_weight: float = 0.0
    builder: str = ""
    kind: str = "tune"
    measure_on: str = "validation"
    precision: float = 0.05
    published: tuple[float, ...] = ()

    @property
    def cells(self) -> tuple[dict[str, Value], ...]:
        """Varied knobs of every configuration of a study of one knob; none of a search."""
        return () if self.kind == "tune" else cells(self.kind, self.space)

    @property
    def measured(self) -> tuple[tuple[Fold, np.ndarray], ...]:
        """What is learnt from, and the rows or sequences that are measured then.

        The test part has no validation part beside it: nothing is stopped early, and all that
        is not in it is learnt from.
        """
        if self.measure_on == "test":
            nothing = np.empty(0, dtype=np.int64)
            return ((Fold(self.parts.seen, nothing), self.parts.test),)
        return tuple((fold, fold.valid) for fold in self.parts.folds)

    @property
    def metric(self) -> Metric:
        """What is measured."""
        return self.framing.metric

    @property
    def parts(self) -> Parts:
        """Which rows or sequences serve what."""
        return self.framing.parts

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

    @property
    def chosen_by(self) -> str:
        """What trials are ranked by where time counts, empty where the metric is all."""
        return timed_name(self.metric, self.time_weight) if self.time_weight else ""

    def value(self, score: Score, seconds: float) -> float:
        """Return what a trial is ranked by: its mean score, and its time where that counts.

        Args:
            score: Over all folds and seeds.
            seconds: Training seconds of all its fits.
        """
        return timed(self.metric, score.mean, seconds, self.time_weight)

    def measure(self, predicted: np.ndarray, examples: np.ndarray) -> tuple[float, ...]:
        """Measure predictions of shape (R, n, ...), one score per replicate."""
        return tuple(self.framing.measure(one, examples) for one in predicted)

    def baseline_scores(self) -> dict[str, dict[str, float]]:
        """Measure every baseline, by part and name; over several folds it is their mean."""
        found: dict[str, list[dict[str, float]]] = {"validation": [], "test": []}
        measured = [("validation", fold.train, fold.valid) for fold in self.parts.folds]
        for part, train, rows in (*measured, ("test", self.parts.seen, self.parts.test)):
            examples = self.framing.examples(rows)
            made = self.framing.baselines(train, rows)
            found[part].append(
                {name: self.framing.measure(one, examples) for name, one in made.items()}
            )
        return {
            part: {
                name: float(np.mean([one[name] for one in folds]))
                for name in folds[0]
                if all(name in one for one in folds)
            }
            for part, folds in found.items()
        }

    def flat(self) -> dict[str, Any]:
        """Return the question as plain values by dotted name."""
        fold = self.parts.folds[-1]
        return {
            **self.framing.flat(),
            "split.train": len(fold.train),
            "split.validation": len(fold.valid),
            "split.test": len(self.parts.test),
            **{f"split.{name}": said for name, said in self.split.items()},
            "seeds": self.seeds,
            "seed": self.seed,
            "engine": self.engine,
            **({"build": self.builder} if self.builder else {}),
            **({"time_weight": self.time_weight} if self.time_weight else {}),
            **self._one_knob(),
            **{f"space.{name}": said for name, said in self.space.table().items()},
        }

    def _one_knob(self) -> dict[str, Any]:
        """Return what a study of one knob asks beyond a search."""
        if self.kind == "tune":
            return {}
        base = self.space.default_params() if self.kind == "sensitivity" else {}
        return {
            "kind": self.kind,
            "measure_on": self.measure_on,
            **{f"base.{name}": value for name, value in base.items()},
        }


def data_for(experiment: Experiment) -> Dataset | Sequences:
    """Load the data of an experiment.

    Raises:
        DataError: They cannot be used as they are.
        SettingError: A field does not fit the data.
    """
    return load(
        experiment.source,
        target=experiment.target,
        time_column=experiment.time_column,
        covariates=experiment.covariates,
        known=experiment.known,
        calendar=experiment.calendar,
        static=experiment.static,
        season=experiment.season,
        unit=experiment.unit,
        missing=experiment.missing,
        task=experiment.task,
        id_column=experiment.id_column,
        group_column=experiment.group_column,
        test_column=experiment.test_column,
    )


def pose(
    experiment: Experiment, data: Dataset | Sequences, base: Settings | None = None
) -> Question:
    """Put an experiment to data.

    Args:
        experiment: What is asked for.
        data: The data; the parts are sized as they recommend where the experiment says nothing.
        base: Configuration that a study of one knob starts from; None for the default.

    Raises:
        DataError: The data are too few for the parts, do not vary in the training part, or the
            metric cannot be taken of them.
        SettingError: A split, a metric or a window does not fit the data.
    """
    framing: Forecasting | Labelling
    if isinstance(data, Sequences):
        framing = frame_sequences(experiment, data)
    else:
        framing = frame_series(experiment, data)
    kind, preset = experiment.kind, preset_space(experiment.preset, framing.size())
    space = overlay(preset, experiment.space)
    if kind != "tune":
        space = around(kind, experiment.vary, space, experiment.space, base)
    if experiment.measure_on == "test" and len(framing.parts.folds) > 1:
        raise SettingError(
            "measure_on = 'test' measures one part, and this split has several folds. Leave "
            "split.kind and split.folds out, or measure on validation."
        )
    question = Question(
        framing=framing,
        space=space,
        seeds=experiment.seeds,
        seed=experiment.seed,
        engine=experiment.engine,
        split=_said(experiment),
        time_weight=experiment.time_weight,
        kind=kind,
        measure_on=experiment.measure_on,
        precision=experiment.precision,
        published=experiment.published,
    )
    framing.check(question.space)
    return question


def _said(experiment: Experiment) -> dict[str, Any]:
    """Return what a split says of itself, without sizes, and nothing of a plain holdout."""
    asked = experiment.split.model_dump(exclude_none=True)
    sizes = ("validation", "test")
    said = {name: one for name, one in asked.items() if name not in sizes}
    return {} if said == {"kind": "holdout"} else said
