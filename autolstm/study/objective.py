"""The one place that reports and prunes: a trial becomes a mean over seeded fits.

All seeds of a trial advance together. At a few fixed epochs, the rungs, the mean over the seeds
of each seed's best validation loss so far is reported; so every pruner of Optuna compares means
with means at the same epoch. A trial whose seeds have all stopped early, or that trains fewer
epochs than others, reports its last value at the rungs that remain: its best would not change.
"""

import time
from collections.abc import Callable

import numpy as np
import optuna

from autolstm.errors import Diverged, TrialLost
from autolstm.ledger.record import OUT_OF_TIME, TrialRecord
from autolstm.outcome import Cost, Curve, Epoch, Score
from autolstm.question import Question
from autolstm.report.numbers import duration
from autolstm.score import evaluate
from autolstm.settings import Settings
from autolstm.study.builder import Builder, engine_for
from autolstm.study.progress import EpochSeen, TrialStarted, Watcher
from autolstm.train.engine import Engine

__all__ = ["Objective", "OutOfTime", "rungs"]

RUNGS = 20
"""Reports in one fit. A report costs a SQLite transaction, about as much as a small epoch."""


class OutOfTime(TrialLost):
    """The time of the study is over."""


def rungs(epochs: int) -> frozenset[int]:
    """Return the epochs with a report: evenly spread, at most `RUNGS`, the last included."""
    return frozenset(-(-epochs * number // RUNGS) for number in range(1, RUNGS + 1))


def too_long(seconds: float) -> str:
    """Say why a trial was ended that took more than its time."""
    return f"ended after {duration(seconds)}, the limit of one trial"


class Objective:
    """Scores a trial; calling it is what `optuna.Study.optimize` expects.

    Args:
        question: What the study asks.
        engine: Who trains.
        watcher: Told of trials and epochs.
        sign: Factor from a loss to its report, see `ledger.reading.report_sign`.
        builder: The user's own builder of networks, None for none.

    Attributes:
        is_over: Says at every epoch whether the time of the study is over.
        seconds: How long one trial may take; None for no limit.
        check: Called at every rung; what it raises ends the trial.
    """

    def __init__(
        self,
        question: Question,
        engine: Engine,
        watcher: Watcher,
        *,
        sign: int = 1,
        builder: Builder | None = None,
    ) -> None:
        self.question = question
        self.engine = engine
        self.watcher = watcher
        self.sign = sign
        self.builder = builder
        self.is_over: Callable[[], bool] = lambda: False
        self.seconds: float | None = None
        self.check: Callable[[], None] = lambda: None

    def __call__(self, trial: optuna.Trial) -> float:
        """Fit every seed of the configuration that the trial suggests.

        Returns:
            The mean score, and the training time where that counts, see `Question.value`.

        Raises:
            optuna.TrialPruned: The mean over the seeds is not promising, or a fit diverged.
            OutOfMemory: It does not fit into memory.
            OutOfTime: The time of the study is over.
        """
        settings = self.question.space.suggest(trial)
        seeds = self.question.seeds_for("search")
        self.watcher.see(TrialStarted(trial.number, dict(trial.params)))
        watched = _Watched(self, trial, settings)
        record = watched.record
        try:
            engine = engine_for(self.engine, self.builder, trial)
            score = evaluate(self.question, settings, seeds, engine, watched)
            watched.finish(score)
            return self.question.value(score, watched.train_seconds)
        except Diverged as error:
            record.reason = str(error)
            raise optuna.TrialPruned(record.reason) from None
        except optuna.TrialPruned:
            record.reason = watched.pruned
            raise
        except Exception as error:
            record.reason = str(error) or type(error).__name__
            raise
        finally:
            watched.close()
            for name, value in record.attributes().items():
                trial.set_user_attr(name, value)


class _Watched:
    """One trial while it runs: hears every epoch, reports at rungs, fills the record."""

    def __init__(self, objective: Objective, trial: optuna.Trial, settings: Settings) -> None:
        self._objective = objective
        self._trial = trial
        self._settings = settings
        self._rungs = rungs(objective.question.most_epochs)
        self._started = time.perf_counter()
        self._cost: Cost | None = None
        self._is_default = bool(trial.user_attrs.get("default"))
        self.epochs: list[Epoch] = []
        self.pruned = ""
        question = objective.question
        self.record = TrialRecord(
            settings=settings.flat(),
            seeds=list(question.seeds_for("search")),
            engine=objective.engine.name,
            default=self._is_default,
        )

    def __call__(self, epoch: Epoch, cost: Cost) -> None:
        self.epochs.append(epoch)
        self._cost = cost
        seen = EpochSeen.of(self._trial.number, epoch, self._settings.training.epochs)
        self._objective.watcher.see(seen)
        if self._objective.is_over():
            raise OutOfTime(OUT_OF_TIME)
        limit = self._objective.seconds
        if limit is not None and time.perf_counter() - self._started > limit:
            self.pruned = too_long(limit)
            raise optuna.TrialPruned
        if epoch.number in self._rungs:
            self._objective.check()
        if epoch.number in self._rungs and np.isfinite(seen.valid_loss):
            self._trial.report(self._objective.sign * seen.valid_loss, step=epoch.number)
            # The default is the yardstick of the search and is always measured to its end.
            if not self._is_default and epoch.running.any() and self._trial.should_prune():
                self.pruned = f"pruned at epoch {epoch.number} of the {len(epoch.running)} fits"
                raise optuna.TrialPruned

    @property
    def train_seconds(self) -> float:
        """Training seconds of all fits so far, as the record keeps them."""
        return round(self._cost.train_seconds, 3) if self._cost is not None else 0.0

    def finish(self, score: Score) -> None:
        """Take note of a score, and report what the remaining rungs would have seen."""
        self.record.scores = list(score.values)
        last = self.epochs[-1]
        value = self._objective.sign * float(np.mean(last.best_loss))
        for rung in sorted(self._rungs):
            # Without a validation part there is no loss to report.
            if rung > last.number and np.isfinite(value):
                self._trial.report(value, step=rung)
        fits = "seeds" if len(score.values) == len(self.record.seeds) else "fits"
        used = sum(n < self._settings.training.epochs for n in self._curve().lengths)
        self.record.reason = (
            f"{used} of {len(score.values)} {fits} stopped early"
            if used
            else f"all {self._settings.training.epochs} epochs used"
        )

    def close(self) -> None:
        """Fill in what is known however the trial ended."""
        total = time.perf_counter() - self._started
        if self.epochs:
            curve = self._curve()
            self.record.curves = curve.to_json()
            self.record.best_epochs = list(curve.best_epochs)
        if self._cost is not None:
            self.record.parameters = self._cost.parameters
            self.record.engine = self._cost.engine or self.record.engine
            self.record.programs = list(self._cost.programs)
            self.record.seconds = {
                "trace": round(self._cost.trace_seconds, 3),
                "train": self.train_seconds,
            }
        self.record.seconds = {**(self.record.seconds or {}), "total": round(total, 3)}

    def _curve(self) -> Curve:
        return Curve.of(self.epochs, len(self.record.seeds))
