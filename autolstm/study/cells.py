"""The cells of a study of one knob, fitted one after the other: a trial each, none twice.

The order is fixed and every cell waits in the storage before it is fitted, so a study that was
killed goes on where it was.
"""

from dataclasses import replace
from functools import partial

import optuna
from optuna.trial import FrozenTrial, TrialState

from autolstm.errors import StudyFailed
from autolstm.experiment import Choice
from autolstm.ledger.record import DIED_AGAIN, StudyKey
from autolstm.question import Question
from autolstm.study.begin import Next, Seat, Stopped, begin
from autolstm.study.choices import sampler_for
from autolstm.study.deadline import Deadline
from autolstm.study.objective import Objective, OutOfTime
from autolstm.study.progress import Event, Notice, TrialEnded, TrialStarted, Watcher
from autolstm.study.search import DONE, FAILURES_IN_A_ROW, Budget, finished, run_trial

__all__ = ["CELL", "fit_cells"]

CELL = "cell"
"""User attribute of a trial: the number of its cell, from 0."""

HELD = (*DONE, TrialState.WAITING, TrialState.RUNNING)


def fit_cells(study: optuna.Study, objective: Objective, budget: Budget, seat: Seat) -> int:
    """Fit every cell that is not fitted yet, until the time is over.

    A cell that fails for want of memory is left out of this run; the next one tries it again.
    One that diverges is done: it would do so every time.

    Args:
        study: The opened study.
        objective: Scores a trial; its question knows the cells.
        budget: When to stop.
        seat: Place of this process among those that work on the study.

    Returns:
        Cells that were fitted by this process.

    Raises:
        StudyFailed: One cell after the other failed, or none has a score.
    """
    objective.watcher = _Moved(objective.watcher, objective.question)
    # No part of the question: what is made of the scores may be asked anew.
    study.set_user_attr(StudyKey.precision, objective.question.precision)
    study.set_user_attr(StudyKey.published, list(objective.question.published))
    # Nothing is proposed: every knob of a cell is given.
    study.sampler = sampler_for(
        Choice(name="random"), objective.question.seed, 0, objective.question.space
    )
    failed: set[int] = set()
    done = failures = 0
    while True:
        is_over = objective.is_over = Deadline(partial(_deadline, study, budget)).passed
        if is_over():
            objective.watcher.see(Notice("The time is over: the other cells are not fitted yet."))
            break
        propose = partial(_propose, study, objective, failed)
        try:
            trial = begin(study, seat, objective.question, propose, is_over)
        except Stopped:
            break
        if trial is None:
            break
        cell = _cell(trial)
        ended, lost = run_trial(study, trial, objective, seat)
        done += ended in DONE
        if isinstance(lost, (OutOfTime, Stopped)):
            why = "time is over" if isinstance(lost, OutOfTime) else "study is to stop"
            objective.watcher.see(Notice(f"The {why}: the running cell was cut off."))
            break
        failures = failures + 1 if lost else 0
        if lost:
            failed.add(cell)
        if failures == FAILURES_IN_A_ROW:
            raise StudyFailed(_in_a_row(failures, lost)) from lost
    leaves = seat.left_tired or seat.wish(study) is not None
    if not leaves and not study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
        raise StudyFailed(_nothing(study))
    return done


class _Moved:
    """Passes events on, with those knobs alone that are not at the base."""

    def __init__(self, watcher: Watcher, question: Question) -> None:
        self._watcher = watcher
        self._base = question.space.default_params() if question.kind == "sensitivity" else {}

    def see(self, event: Event) -> None:
        """Pass an event on."""
        if isinstance(event, (TrialStarted, TrialEnded)):
            moved = {
                name: value
                for name, value in event.params.items()
                if self._base.get(name) != value
            }
            event = replace(event, params=moved)
        self._watcher.see(event)


def _propose(study: optuna.Study, objective: Objective, failed: set[int]) -> Next:
    """Let the first cell wait that is neither finished nor lost; Optuna asks for what waits."""
    question = objective.question
    trials = study.get_trials(deepcopy=False, states=HELD)
    if any(one.state == TrialState.WAITING for one in trials):
        return Next.BEGIN
    held = {_cell(one) for one in trials} | failed | _deadly(study)
    cell = next((one for one in range(len(question.cells)) if one not in held), None)
    if cell is None:
        # One that another process runs may come back.
        return Next.WAIT if any(one.state == TrialState.RUNNING for one in trials) else Next.LEAVE
    is_base = question.kind != "grid" and cell == 0
    attributes = {CELL: cell, **({"default": True} if is_base else {})}
    study.enqueue_trial(question.cells[cell], user_attrs=attributes)
    return Next.BEGIN


def _deadly(study: optuna.Study) -> set[int]:
    """Return the cells with which workers died twice."""
    lost = study.get_trials(deepcopy=False, states=(TrialState.FAIL,))
    return {_cell(one) for one in lost if one.user_attrs.get("reason") == DIED_AGAIN}


def _cell(trial: optuna.Trial | FrozenTrial) -> int:
    return int(trial.user_attrs.get(CELL, -1))


def _deadline(study: optuna.Study, budget: Budget) -> float | None:
    """When cells must end; the first one is never cut, else there would be nothing to show."""
    if budget.seconds is None or not finished(study):
        return None
    return budget.started + budget.seconds


def _in_a_row(failures: int, lost: Exception | None) -> str:
    said = (str(lost) or type(lost).__name__).rstrip(".")
    return (
        f"{failures} cells in a row failed; the last one: {said}. What was finished is kept. Mend "
        f"the cause and run the same command again."
    )


def _nothing(study: optuna.Study) -> str:
    trials = study.get_trials(deepcopy=False)
    reasons = [one.user_attrs["reason"] for one in trials if one.user_attrs.get("reason")]
    last = f" The last one: {reasons[-1]}." if reasons else ""
    return (
        f"None of the cells has a score.{last} Try other values or smaller learning rates, such "
        f"as --set space.training.learning_rate=0.001, under another --name."
    )
