"""`Results`: everything a finished or running study holds, as plain frozen values.

What the report, the summary and the tables are made from. Reading needs the storage alone:
neither the data set nor TensorFlow.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from autolstm.facts import DataFacts, Forecasts
from autolstm.metrics import Metric, ranking, skill
from autolstm.metrics.timed import timed
from autolstm.outcome import Curve, Score
from autolstm.split import Plan

__all__ = ["DataFacts", "Forecasts", "Importance", "Refit", "Results", "Trial"]


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: a configuration, fitted with every seed.

    Attributes:
        number: Counted from 0.
        state: ``"complete"``, ``"pruned"``, ``"failed"`` or ``"running"``.
        settings: Every knob by its dotted name, fixed ones included.
        params: The searched knobs only.
        score: Every seed's validation score; None unless complete.
        curve: Learning curves of all seeds; None where no epoch was finished.
        reports: Reported values by epoch: the mean over seeds of the best validation loss so far.
        best_epochs: Epoch of each seed's best weights.
        parameters: Trainable numbers in the network, 0 where unknown.
        seconds: ``trace``, ``train`` and ``total`` seconds.
        reason: Why it stopped, in words.
        is_default: Whether it is the default configuration.
        started: When it began.
        ended: When it ended.
        programs: Names of the traced or compiled programs that trained it, where known.
    """

    number: int
    state: str
    settings: dict[str, Any]
    params: dict[str, Any]
    score: Score | None
    curve: Curve | None
    reports: dict[int, float]
    best_epochs: tuple[int, ...]
    parameters: int
    seconds: dict[str, float]
    reason: str
    is_default: bool
    started: datetime | None
    programs: tuple[str, ...] = ()
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refit:
    """The winner, fitted again on training and validation rows, measured on the test part.

    Attributes:
        trial: Number of the winning trial.
        epochs: Epochs that every seed was trained for; the median of their best ones where each
            was stopped early.
        test: Test score of every seed.
        model: Test score of the saved model, the mean forecast of all seeds.
        p_values: Chance of each baseline being as good as the model, by name.
        windows: Forecasts of the test part.
        forecasts: Points for the picture.
        path: Folder of the saved model.
        held_out: Sequences that each seed held out to be stopped by, others for each; 0 where all
            learnt from everything.
    """

    trial: int
    epochs: int
    test: Score
    model: float
    p_values: dict[str, float]
    windows: int
    forecasts: Forecasts
    path: str
    held_out: int = 0


@dataclass(frozen=True, slots=True)
class Importance:
    """How much each searched knob mattered.

    Attributes:
        shares: Share by knob, largest first, summing to 1; empty where trials are too few.
        trials: Complete trials it was computed from.
        needed: Complete trials it needs at least.
    """

    shares: dict[str, float]
    trials: int
    needed: int


@dataclass(frozen=True, slots=True)
class Results:
    """A study as it stands.

    Attributes:
        name: Name of the study.
        question: What the study asks, by dotted name (data, split, metric, space, seeds...).
        data: Facts about the data set.
        metric: The one metric.
        seeds: Fits per trial and fold.
        horizon: Steps forecast.
        trials: In the order of their numbers.
        baselines: Score of each baseline by part (``"validation"``, ``"test"``) and name.
        confirmed: Score with fresh seeds, by trial number, of the trials that were confirmed.
        winner: Number of the trial chosen on the confirmed scores; None before its refit.
        refit: The refitted winner; None before that.
        importance: Of the searched knobs.
        seconds: Time spent on fits, all runs together; starting and reporting are not in it.
        folder: Folder of report and model.
        confirmed_seconds: Training seconds of the fits that were confirmed, by trial number.
        published: Mean scores that others found, one a cell; empty for none.
        precision: What a repeats study aims at: half of the 95 % interval of the mean, as a share
            of the mean.
    """

    name: str
    question: dict[str, Any]
    data: DataFacts
    metric: Metric
    seeds: int
    horizon: int
    trials: tuple[Trial, ...]
    baselines: dict[str, dict[str, float]]
    confirmed: dict[int, Score]
    winner: int | None
    refit: Refit | None
    importance: Importance
    seconds: float
    folder: str
    confirmed_seconds: dict[int, float] = field(default_factory=dict)
    precision: float = 0.05
    published: tuple[float, ...] = ()

    @property
    def task(self) -> str:
        """``"forecasting"``, ``"classification"`` or ``"regression"``."""
        return str(self.question.get("task", "forecasting"))

    @property
    def kind(self) -> str:
        """``"tune"`` for a search, else the kind of a study of one knob."""
        return str(self.question.get("kind", "tune"))

    @property
    def measured_on(self) -> str:
        """Part that the trials are measured on: ``"validation"`` or ``"test"``."""
        return str(self.question.get("measure_on", "validation"))

    @property
    def folds(self) -> int:
        """Folds of the split."""
        asked = self.question
        return Plan(asked.get("split.kind"), asked.get("split.folds")).fold_count

    @property
    def time_weight(self) -> float:
        """What a factor e of training time is worth, see `autolstm.metrics.timed`."""
        return float(self.question.get("time_weight", 0.0))

    @property
    def unit(self) -> str:
        """Unit of every score."""
        return self.metric.unit_for(self.data.unit)

    @property
    def programs(self) -> int:
        """How many programs the trials were trained with; 0 where an older study did not say."""
        return len({name for one in self.trials for name in one.programs})

    @property
    def trace_seconds(self) -> float:
        """Seconds spent on building, tracing and compiling, all trials together."""
        return sum(one.seconds.get("trace", 0.0) for one in self.trials)

    def in_state(self, state: str) -> tuple[Trial, ...]:
        """Return the trials in one state."""
        return tuple(one for one in self.trials if one.state == state)

    def value(self, trial: Trial) -> float:
        """Return what the search went by: the mean score, and the time where that counts.

        It is NaN where a trial has no score.
        """
        if trial.score is None:
            return float("nan")
        seconds = trial.seconds.get("train", 0.0)
        return timed(self.metric, trial.score.mean, seconds, self.time_weight)

    @property
    def ranked(self) -> tuple[Trial, ...]:
        """Complete trials, the best in the search first."""
        sign = 1 if self.metric.direction == "minimize" else -1
        complete = [one for one in self.trials if one.score]
        return tuple(sorted(complete, key=lambda one: (sign * self.value(one), one.number)))

    @property
    def best(self) -> Trial | None:
        """The winner where one is chosen, else the trial with the best search score."""
        if self.winner is not None:
            return next(one for one in self.trials if one.number == self.winner)
        return self.ranked[0] if self.ranked else None

    def ranked_baselines(self, part: str) -> tuple[str, ...]:
        """Return the names of the baselines, the best on a part first."""
        return ranking(self.metric, self.baselines.get(part, {}))

    @property
    def best_baseline(self) -> str | None:
        """Name of the baseline that is best on the test part: the one to beat."""
        return next(iter(self.ranked_baselines("test")), None)

    @property
    def skill(self) -> float | None:
        """Skill of the refitted seeds' mean test score over the best baseline."""
        return self.skill_over(self.best_baseline)

    def skill_over(self, baseline: str | None) -> float | None:
        """Return the skill over a baseline of this name; None where there is none."""
        score = self.baselines.get("test", {}).get(baseline or "")
        if self.refit is None or score is None:
            return None
        return skill(self.metric, self.refit.test.mean, score)

    def table(self) -> pd.DataFrame:
        """Return one row per trial: state, mean and deviation, searched knobs, cost, reason."""
        rows = [
            {
                "number": one.number,
                "state": one.state,
                "mean": one.score.mean if one.score else None,
                "std": one.score.std if one.score else None,
                **one.params,
                "parameters": one.parameters,
                "seconds": one.seconds.get("total"),
                "reason": one.reason,
            }
            for one in self.trials
        ]
        return pd.DataFrame(rows)

    def frame(self) -> pd.DataFrame:
        """Return one row per trial with all that is known of it, see `ledger.frames`."""
        from autolstm.ledger.frames import trials_frame

        return trials_frame(self)

    def curves(self) -> pd.DataFrame:
        """Return one row per trial, seed and epoch with its losses, see `ledger.frames`."""
        from autolstm.ledger.frames import curves_frame

        return curves_frame(self)
