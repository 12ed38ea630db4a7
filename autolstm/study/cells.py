"""The cells of a study of one knob, fitted one after the other: a trial each, none twice.

The order is fixed and every cell waits in the storage before it is fitted, so a study that was
killed goes on where it was.
"""

import time
from dataclasses import replace
from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, TrialState

from autolstm.errors import StudyFailed
from autolstm.experiment import Choice
from autolstm.ledger.record import StudyKey
from autolstm.question import Question
from autolstm.study.choices import sampler_for
from autolstm.study.objective import Objective, OutOfTime
from autolstm.study.progress import Event, Notice, TrialEnded, TrialStarted, Watcher
from autolstm.study.search import DONE, FAILURES_IN_A_ROW, Budget, finished, run_trial

__all__ = ["CELL", "fit_cells"]

CELL = "cell"
"""User attribute of a trial: the number of its cell, from 0."""

HELD = (*DONE, TrialState.WAITING, TrialState.RUNNING)


def fit_cells(study: optuna.Study, objective: Objective, budget: Budget, folder: Path) -> int:
    """Fit every cell that is not fitted yet, until the time is over.

    A cell that fails for want of memory is left out of this run; the next one tries it again.
    One that diverges is done: it would do so every time.

    Args:
        study: The opened study.
        objective: Scores a trial; its question knows the cells.
        budget: When to stop.
        folder: Folder of the study, signs its trials.

    Returns:
        Cells that were fitted in this run.

    Raises:
        StudyFailed: One cell after the other failed, or none has a score.
    """
    before = len(finished(study))
    objective.watcher = _Moved(objective.watcher, objective.question)
    # No part of the question: what is made of the scores may be asked anew.
    study.set_user_attr(StudyKey.precision, objective.question.precision)
    study.set_user_attr(StudyKey.published, list(objective.question.published))
    # Nothing is proposed: every knob of a cell is given.
    study.sampler = sampler_for(
        Choice(name="random"), objective.question.seed, 0, objective.question.space
    )
    failed: set[int] = set()
    failures = 0
    while (cell := _next(study, objective, failed)) is not None:
        objective.deadline = _deadline(study, budget)
        if objective.deadline is not None and time.monotonic() > objective.deadline:
            objective.watcher.see(Notice("The time is over: the other cells are not fitted yet."))
            break
        _enqueue(study, objective, cell)
        lost = run_trial(study, objective, folder)
        if isinstance(lost, OutOfTime):
            objective.watcher.see(Notice("The time is over: the running cell was cut off."))
            break
        failures = failures + 1 if lost else 0
        if lost:
            failed.add(cell)
        if failures == FAILURES_IN_A_ROW:
            raise StudyFailed(_in_a_row(failures, lost)) from lost
    if not study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
        raise StudyFailed(_nothing(study))
    return len(finished(study)) - before


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


def _next(study: optuna.Study, objective: Objective, failed: set[int]) -> int | None:
    """Return the first cell that is neither finished nor lost, None where there is none."""
    trials = study.get_trials(deepcopy=False, states=HELD)
    waiting = [_cell(one) for one in trials if one.state == TrialState.WAITING]
    if waiting:
        return waiting[0]
    held = {_cell(one) for one in trials} | failed
    return next((one for one in range(len(objective.question.cells)) if one not in held), None)


def _enqueue(study: optuna.Study, objective: Objective, cell: int) -> None:
    """Let a cell wait, unless an earlier run has; Optuna asks for what waits first."""
    if not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        question = objective.question
        is_base = question.kind != "grid" and cell == 0
        attributes = {CELL: cell, **({"default": True} if is_base else {})}
        study.enqueue_trial(question.cells[cell], user_attrs=attributes)


def _cell(trial: FrozenTrial) -> int:
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
