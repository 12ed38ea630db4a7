"""The search: ask for a trial, fit it, tell its outcome, until the study has what was asked."""

from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from autolstm.errors import StorageError, StudyFailed, counted
from autolstm.experiment import Choice
from autolstm.ledger.record import INTERRUPTED, add_seconds
from autolstm.ledger.storage import BROKEN
from autolstm.outcome import Score
from autolstm.study.begin import Next, Seat, Stopped, begin
from autolstm.study.choices import left_over, remark, sampler_for
from autolstm.study.deadline import Deadline
from autolstm.study.ended import event_of, seconds_of
from autolstm.study.objective import Objective, OutOfTime
from autolstm.study.progress import Notice
from autolstm.study.pulse import GRACE, beating
from autolstm.study.retry import bury, was_cut_off

__all__ = ["FAILURES_IN_A_ROW", "Budget", "best_of", "finished", "run_trial", "search", "stalled"]

DONE = (TrialState.COMPLETE, TrialState.PRUNED)
FAILURES_IN_A_ROW = 3
"""After so many the cause is not the configuration, and going on would help nobody."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may spend.

    Attributes:
        trials: Complete and pruned trials that the study shall have in the end.
        seconds: How long the whole run may take; None for no limit.
        started: `time.monotonic` at its beginning.
        fits_after: Configurations that are fitted after the search, to confirm and to refit.
        patience: Trials without a better one after which the search ends; None for no end.
    """

    trials: int
    seconds: float | None
    started: float
    fits_after: int
    patience: int | None = None


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """Return the complete and pruned trials."""
    return study.get_trials(deepcopy=False, states=DONE)


def best_of(study: optuna.Study) -> tuple[int, Score] | None:
    """Return number and score of the best complete trial, None where there is none."""
    if not any(map(_is_complete, finished(study))):
        return None
    best = study.best_trial
    return best.number, Score(tuple(best.user_attrs["scores"]))


def search(
    study: optuna.Study, objective: Objective, sampler: Choice, budget: Budget, seat: Seat
) -> int:
    """Run trials until the study has as many as asked, or the time is over.

    A failed trial is not one of those asked for, so another one takes its place. Other processes
    may do the same at the same time: together they run as many as asked and no more.

    Args:
        study: The opened study.
        objective: Scores a trial.
        sampler: Which sampler proposes.
        budget: When to stop.
        seat: Place of this process among those that work on the study.

    Returns:
        Trials that were finished (completed or pruned) by this process.

    Raises:
        StudyFailed: One trial after the other failed.
    """
    done, failures = 0, 0
    if len(finished(study)) < budget.trials and (
        said := remark(sampler, objective.question.space)
    ):
        objective.watcher.see(Notice(said))
    while True:
        is_over = objective.is_over = Deadline(partial(_deadline, study, budget)).passed
        if is_over():
            objective.watcher.see(Notice("The time is over: the search ends here."))
            break
        propose = partial(_propose, study, objective, sampler, budget)
        try:
            trial = begin(study, seat, objective.question, propose, is_over)
        except Stopped:
            break
        if trial is None:
            break
        ended, lost = run_trial(study, trial, objective, seat)
        done += ended in DONE
        if isinstance(lost, (OutOfTime, Stopped)):
            objective.watcher.see(
                Notice(f"{_CUT_OFF[type(lost)]}: the running trial was cut off.")
            )
            break
        failures = failures + 1 if lost else 0
        if failures == FAILURES_IN_A_ROW:
            said = (str(lost) or type(lost).__name__).rstrip(".")
            raise StudyFailed(
                f"{failures} trials in a row failed; the last one: {said}. What was finished is "
                f"kept. Mend the cause and run the same command again."
            ) from lost
    if not seat.left_tired:
        _say_what_is_left(study, objective, sampler)
    return done


_CUT_OFF = {OutOfTime: "The time is over", Stopped: "The study is to stop"}


def _propose(study: optuna.Study, objective: Objective, sampler: Choice, budget: Budget) -> Next:
    """Say whether there is room for a trial, and let the sampler know which one it is."""
    done, question = len(finished(study)), objective.question
    running = len(study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)))
    if done >= budget.trials or stalled(study, budget.patience):
        return Next.LEAVE
    if done + running >= budget.trials:
        return Next.WAIT
    _enqueue_default(study, objective)
    if left_over(sampler, question.seed, question.space, study) == 0:
        return Next.WAIT if running else Next.LEAVE
    study.sampler = sampler_for(
        sampler, question.seed, _attempts(study), question.space, builder=question.builder
    )
    return Next.BEGIN


def stalled(study: optuna.Study, patience: int | None) -> bool:
    """Whether so many trials came after the best one that no better one is waited for."""
    best = best_of(study)
    if patience is None or best is None:
        return False
    # By number: the clocks of several machines, or of one that is set, say nothing of the order.
    return sum(one.number > best[0] for one in finished(study)) >= patience


def _say_what_is_left(study: optuna.Study, objective: Objective, sampler: Choice) -> None:
    """Say how far a sampler has come that goes through the whole space."""
    question, done = objective.question, len(finished(study))
    match left_over(sampler, question.seed, question.space, study):
        case None:
            return
        case 0:
            said = "Every configuration of the space has been tried: the search ends here."
        case count:
            said = (
                f"{counted(count, 'configuration')} of the space "
                f"{'is' if count == 1 else 'are'} left. Ask for --trials {done + count} to try "
                f"them all."
            )
    objective.watcher.see(Notice(said))


def _attempts(study: optuna.Study) -> int:
    """Count the trials that came to an end of their own, or run on another machine."""
    begun = (*DONE, TrialState.FAIL, TrialState.RUNNING)
    return sum(not was_cut_off(one) for one in study.get_trials(deepcopy=False, states=begun))


def run_trial(
    study: optuna.Study, trial: optuna.Trial, objective: Objective, seat: Seat
) -> tuple[TrialState, Exception | None]:
    """Run one trial and tell the storage how it ended; return that, and why it failed."""
    state, value, lost = TrialState.FAIL, None, None
    objective.check = partial(seat.check, study)
    try:
        with _alive(study, trial, seat):
            value = objective(trial)
        state = TrialState.COMPLETE
    except optuna.TrialPruned:
        state = TrialState.PRUNED
    except KeyboardInterrupt:
        _interrupted(study, trial)
        raise
    except UpdateFinishedTrialError:
        return _taken_away(trial, objective), None
    except BROKEN:
        raise  # Nothing can be told; the next run finds this trial and marks it.
    except Exception as error:
        if seat.is_leaving():
            _interrupted(study, trial)
            raise KeyboardInterrupt from error
        # Its reason is in the record, and the study goes on.
        lost = error
    try:
        ended = _tell(study, trial, state, value)
    except StorageError:
        raise  # A ValueError as well: the user can mend it.
    except (UpdateFinishedTrialError, ValueError):
        return _taken_away(trial, objective), None
    objective.watcher.see(event_of(study, ended))
    return state, lost


def _interrupted(study: optuna.Study, trial: optuna.Trial) -> None:
    """Mark a trial that was cut off, as far as the storage lets us."""
    with suppress(*BROKEN):
        if bury(study, trial.number, INTERRUPTED):
            add_seconds(study, seconds_of(study.get_trials(deepcopy=False)[trial.number]))


def _alive(study: optuna.Study, trial: optuna.Trial, seat: Seat) -> AbstractContextManager[None]:
    """Let a trial beat where other machines watch it."""
    if seat.here_only:
        return nullcontext()
    return beating(study._storage, trial._trial_id, and_also=seat.pulse.tick)


def _taken_away(trial: optuna.Trial, objective: Objective) -> TrialState:
    """Say that others took a trial for dead, wrongly; they fit it again, and we go on."""
    objective.watcher.see(
        Notice(
            f"Trial {trial.number} was taken for dead by another process, which had not heard of "
            f"it for {GRACE:.0f} s: it is fitted again."
        )
    )
    return TrialState.FAIL


def _tell(
    study: optuna.Study, trial: optuna.Trial, state: TrialState, value: float | None
) -> FrozenTrial:
    ended = study.tell(trial, value, state=state)
    add_seconds(study, seconds_of(ended))
    return ended


def _is_complete(trial: FrozenTrial) -> bool:
    return trial.state == TrialState.COMPLETE


def _enqueue_default(study: optuna.Study, objective: Objective) -> None:
    """Make the default configuration the first trial; where it was cut off, a retry waits."""
    trials = study.get_trials(deepcopy=False)
    if not any(one.user_attrs.get("default") and not was_cut_off(one) for one in trials):
        params = objective.question.space.default_params()
        study.enqueue_trial(params, user_attrs={"default": True})


def _deadline(study: optuna.Study, budget: Budget) -> float | None:
    """When the search must end so that confirmation and refit still have their time.

    What they take is not known, but what trials took is. At most half of the time is set aside,
    and before the first score no trial is cut: there would be nothing to confirm.
    """
    if budget.seconds is None or not any(map(_is_complete, finished(study))):
        return None
    set_aside = min(budget.fits_after * seconds_of(study.best_trial), budget.seconds / 2)
    return budget.started + budget.seconds - set_aside
