"""Beginning trials, one process after the other, so that a study has exactly what was asked."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from pathlib import Path

import optuna
from optuna.trial import TrialState, create_trial

from autolstm.errors import TrialLost
from autolstm.ledger.record import INTERRUPTED, STOPPED, StudyKey
from autolstm.ledger.turn import in_turn
from autolstm.question import Question
from autolstm.space import Space
from autolstm.study.offer import wish_before
from autolstm.study.pulse import Pulse
from autolstm.study.retry import WORKER, bury, given_to, reap, revive

__all__ = ["Next", "Seat", "Stopped", "begin", "seated"]

POLL = 0.5
"""Seconds between two looks at what others are still running."""


class Next(Enum):
    """What a process that would like to begin a trial is to do."""

    BEGIN = "begin"
    WAIT = "wait"
    LEAVE = "leave"


class Stopped(TrialLost):
    """`autolstm stop` was called."""


@dataclass(eq=False, slots=True)
class Seat:
    """The place of a process among those that work on a study.

    Attributes:
        folder: Folder of the study.
        who: Name of the process.
        here_only: Whether nobody but this home can write to the storage.
        stop: The last wish to stop that is not meant for this process.
        pulse: Judges the trials of other machines.
        tired: Whether the process is to leave before it begins another trial.
        left_tired: Whether it did so.
        is_leaving: Whether the process was interrupted: native code that an interrupt hits raises
            something else instead, which says nothing about the configuration.
    """

    folder: Path
    who: str
    here_only: bool
    stop: dict[str, object] | None
    pulse: Pulse = field(default_factory=Pulse)
    tired: Callable[[], bool] = lambda: False
    left_tired: bool = False
    is_leaving: Callable[[], bool] = lambda: False

    def wish(self, study: optuna.Study) -> dict[str, object] | None:
        """Return what `autolstm stop` wishes of this process, None for nothing."""
        asked: dict[str, object] | None = study.user_attrs.get(StudyKey.stop)
        return asked if asked != self.stop else None

    def check(self, study: optuna.Study) -> None:
        """Raise where the process is to stop.

        Raises:
            Stopped: It is.
        """
        if self.wish(study) is not None:
            raise Stopped(STOPPED)


def seated(study: optuna.Study, folder: Path, who: str, *, here_only: bool) -> Seat:
    """Take a seat; wishes of before the study was offered are not meant for who comes now."""
    return Seat(folder, who, here_only, wish_before(study))


def begin(
    study: optuna.Study,
    seat: Seat,
    question: Question,
    propose: Callable[[], Next],
    is_over: Callable[[], bool] = lambda: False,
) -> optuna.Trial | None:
    """Begin a trial as soon as there is room for one.

    Args:
        study: The study.
        seat: Who asks.
        question: Knows the space.
        propose: Says what to do, given what the storage holds, and sets the sampler; called in a
            turn, after dead trials were marked and those that were cut off queued again.
        is_over: Whether the time is over, so that room is not waited for any more.

    Returns:
        The trial, signed, with its settings suggested; None where no more are to be begun.

    Raises:
        Stopped: `autolstm stop` was called.
    """
    if seat.tired():
        seat.left_tired = True
        return None
    while True:
        seat.check(study)
        what, trial = in_turn(study, partial(_decide, study, seat, question, propose))
        if what is not Next.WAIT or is_over():
            return trial
        time.sleep(POLL)


def _decide(
    study: optuna.Study, seat: Seat, question: Question, propose: Callable[[], Next]
) -> tuple[Next, optuna.Trial | None]:
    """Begin a trial where there is room; called again, go on from what was begun."""
    reap(study, seat.folder, seat.pulse, here_only=seat.here_only)
    trial = _half_begun(study, seat.who, question.space)
    if trial is None:
        revive(study, question.space.is_whole)
        what = propose()
        if what is not Next.BEGIN:
            return what, None
        trial = _asked(study, seat.who)
    # The next one that asks must know what this one tries.
    question.space.suggest(trial)
    return Next.BEGIN, trial


def _half_begun(study: optuna.Study, who: str, space: Space) -> optuna.Trial | None:
    """Return the trial that runs in our name while we run none: it was begun in a broken turn.

    One that has only some of its settings is given up: others may have had their turns since, and
    may try what it would have become.
    """
    for one in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if one.user_attrs.get(WORKER) == who:
            given = given_to(one)
            if not given or space.is_whole(given):
                return optuna.Trial(study, one._trial_id)
            bury(study, one.number, INTERRUPTED)
    return None


def _asked(study: optuna.Study, who: str) -> optuna.Trial:
    """Ask for a trial that is signed before it runs, so that none ever runs without a name."""
    waiting = study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
    if waiting:
        study._storage.set_trial_user_attr(waiting[0]._trial_id, WORKER, who)
    else:
        study.add_trial(create_trial(state=TrialState.WAITING, user_attrs={WORKER: who}))
    trial = study.ask()
    if trial.user_attrs.get(WORKER) != who:  # another program was quicker with the one that waited
        trial.set_user_attr(WORKER, who)
    return trial
