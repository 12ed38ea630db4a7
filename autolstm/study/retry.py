"""What becomes of trials that were cut off: found, marked, and fitted once more.

A trial that its run cut off says nothing about its configuration, so the same one is fitted again,
as a trial of its own that says whose retry it is. Only where a worker died twice with one
configuration, while the process that watches it lived on, is that to blame.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from autolstm.ledger.record import (
    DIED,
    DIED_AGAIN,
    INTERRUPTED,
    KILLED,
    LOST,
    OUT_OF_TIME,
    RETRY_OF,
    STOPPED,
)
from autolstm.ledger.turn import outages
from autolstm.study.ended import value_of
from autolstm.study.presence import gone, is_near
from autolstm.study.pulse import Pulse

__all__ = ["WORKER", "bury", "died", "given_to", "reap", "revive", "was_cut_off"]

WORKER = "worker"
"""User attribute of a trial: which process of which machine runs it."""

TAKEN_OVER = ("default", "cell")
"""User attributes that a retry has from the trial before it."""


def was_cut_off(trial: FrozenTrial) -> bool:
    """Whether a trial failed because its run ended, not because of its configuration."""
    reason = trial.user_attrs.get("reason")
    orderly = (None, INTERRUPTED, OUT_OF_TIME, STOPPED, KILLED, LOST)
    return trial.state == TrialState.FAIL and (reason in orderly or reason.startswith(DIED))


def revive(study: optuna.Study, is_whole: Callable[[Mapping[str, Any]], bool]) -> None:
    """Let every trial that was cut off wait to be fitted again. Decide it `in_turn`.

    Args:
        study: The study.
        is_whole: Whether params are those of a configuration. Where a trial was cut off while its
            settings were proposed, one by one, there is none to be fitted again, and what is
            proposed in its place must not be made of two.
    """
    trials = study.get_trials(deepcopy=False)
    retried = {one.user_attrs.get(RETRY_OF) for one in trials}
    for one in trials:
        if was_cut_off(one) and one.number not in retried:
            kept = {name: one.user_attrs[name] for name in TAKEN_OVER if name in one.user_attrs}
            given = given_to(one)
            if is_whole(given):
                study.enqueue_trial(given, user_attrs={**kept, RETRY_OF: one.number})


def given_to(trial: FrozenTrial) -> dict[str, Any]:
    """Return the params of a trial, also those that it was given and has not suggested yet."""
    return {**trial.system_attrs.get("fixed_params", {}), **trial.params}


def reap(study: optuna.Study, folder: Path, pulse: Pulse, *, here_only: bool) -> int:
    """Mark running trials whose process has gone as failed; return how many. Decide it `in_turn`.

    Args:
        study: The study.
        folder: Its folder.
        pulse: Judges trials of other machines.
        here_only: Whether nobody but this home can write to the storage.
    """
    pulse.look(outages(study))
    dead = 0
    for one in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        who = str(one.user_attrs.get(WORKER, ""))
        # A trial is begun and signed in one turn: unsigned, it died in between. Where others can
        # write, another program may have begun it.
        if here_only or is_near(folder, who):
            if gone(folder, who) and bury(study, one.number, KILLED):
                dead += 1
        elif pulse.is_stale(one) and bury(study, one.number, LOST if who else KILLED):
            dead += 1
    return dead


def died(study: optuna.Study, who: str, how: str) -> list[int]:
    """Mark what a worker ran when it died; return the numbers of trials.

    Args:
        study: The study.
        who: The process.
        how: How it died, in words.
    """
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    mine = [one for one in running if one.user_attrs.get(WORKER) == who]
    for one in mine:
        bury(study, one.number, DIED_AGAIN if _died_before(study, one) else f"{DIED} ({how})")
    return [one.number for one in mine]


def _died_before(study: optuna.Study, trial: FrozenTrial) -> bool:
    trials = study.get_trials(deepcopy=False)
    before: Any = trial.user_attrs.get(RETRY_OF)
    while before is not None:
        one = trials[before]
        if str(one.user_attrs.get("reason", "")).startswith(DIED):
            return True
        before = one.user_attrs.get(RETRY_OF)
    return False


def bury(
    study: optuna.Study, number: int, reason: str, state: TrialState = TrialState.FAIL
) -> bool:
    """End a trial that is cut off; return whether it was not ended already.

    One that has its scores already is complete.
    """
    # There is no `optuna.Trial` here to write through.
    storage = study._storage
    trial_id = storage.get_trial_id_from_study_id_trial_number(study._study_id, number)
    value = value_of(study, storage.get_trial(trial_id))
    try:
        if value is None:
            storage.set_trial_user_attr(trial_id, "reason", reason)
            study.tell(number, state=state)
        else:
            study.tell(number, value)
    except (UpdateFinishedTrialError, ValueError):
        return False
    return True
