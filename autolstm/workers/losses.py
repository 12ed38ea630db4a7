"""Trials that do not end by themselves: their worker died, or they take longer than they may."""

import time

import optuna
from optuna.trial import TrialState

from autolstm.ledger.record import DIED_AGAIN, OUT_OF_TIME, add_seconds
from autolstm.study.job import Job
from autolstm.study.objective import too_long
from autolstm.study.progress import TrialEnded
from autolstm.study.retry import bury, died
from autolstm.study.search import best_of

__all__ = ["DEATHS", "buried", "cut_off", "overdue"]

DEATHS = 5
"""Workers that die one after another, without a finished trial, before the study is given up."""

OVERTIME = 10.0
"""Seconds after its limit in which a trial that does not end by itself is ended."""


def buried(job: Job, study: optuna.Study, who: str, how: str) -> str:
    """End what a dead worker was fitting, and say so.

    Args:
        job: What is done.
        study: The study.
        who: The name with which it signed its trials; empty where it never came.
        how: How it died, in words.

    Returns:
        What becomes of its trials, a sentence for each; empty where it had none.
    """
    told = ""
    for number in died(study, who, how) if who else ():
        reason = study.get_trials(deepcopy=False)[number].user_attrs["reason"]
        _say_ended(job, study, number, "failed", reason)
        again = "is not tried again" if reason == DIED_AGAIN else "is tried again"
        told += f" Trial {number} {again}."
    return told


def overdue(job: Job, study: optuna.Study, since: float) -> tuple[str, TrialState] | None:
    """Say why a trial must be ended from outside, and how; None where it may go on.

    Args:
        job: What is done.
        study: The study.
        since: `time.monotonic` when the trial began.
    """
    now, asked = time.monotonic(), job.experiment
    if asked.trial_time and now - since > asked.trial_time + OVERTIME:
        return too_long(asked.trial_time), TrialState.PRUNED
    if asked.time and now - job.started > asked.time + OVERTIME and best_of(study) is not None:
        return OUT_OF_TIME, TrialState.FAIL
    return None


def cut_off(job: Job, study: optuna.Study, number: int, why: tuple[str, TrialState]) -> None:
    """End a trial that is overdue; its worker is ended already."""
    reason, state = why
    if bury(study, number, reason, state):
        told = "pruned" if state == TrialState.PRUNED else "failed"
        _say_ended(job, study, number, told, reason)


def _say_ended(job: Job, study: optuna.Study, number: int, state: str, reason: str) -> None:
    trial = study.get_trials(deepcopy=False)[number]
    began, ended = trial.datetime_start, trial.datetime_complete
    spent = (ended - began).total_seconds() if began and ended else 0.0
    add_seconds(study, spent)
    event = TrialEnded(number, state, None, None, False, reason, spent, dict(trial.params))
    job.watcher.see(event)
