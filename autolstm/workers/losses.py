"""Trials that do not end by themselves: their worker died, or they take longer than they may."""

import time
from dataclasses import replace

import optuna
from optuna.trial import TrialState

from autolstm.ledger.record import DIED_AGAIN, OUT_OF_TIME, add_seconds
from autolstm.study.ended import event_of
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


def buried(job: Job, study: optuna.Study, who: str, how: str, spent: float = 0.0) -> str:
    """End what a dead worker was fitting, and say so.

    Args:
        job: What is done.
        study: The study.
        who: The name with which it signed its trials; empty where it never came.
        how: How it died, in words.
        spent: Seconds since it began them.

    Returns:
        What becomes of its trials, a sentence for each; empty where it had none.
    """
    told = ""
    for number in died(study, who, how) if who else ():
        ended = _say_ended(job, study, number, spent)
        if ended.state == "complete":
            told += f" Trial {number} was finished already."
        else:
            again = "is not tried again" if ended.reason == DIED_AGAIN else "is tried again"
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


def cut_off(
    job: Job, study: optuna.Study, number: int, why: tuple[str, TrialState], spent: float
) -> None:
    """End a trial that is overdue after so many seconds; its worker is ended already."""
    if bury(study, number, *why):
        _say_ended(job, study, number, spent)


def _say_ended(job: Job, study: optuna.Study, number: int, spent: float) -> TrialEnded:
    """Tell of a trial that others had to end, and count what it took."""
    event = replace(event_of(study, study.get_trials(deepcopy=False)[number]), seconds=spent)
    add_seconds(study, spent)
    job.watcher.see(event)
    return event
