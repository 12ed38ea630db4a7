"""The search: ask for a trial, fit it, tell its outcome, until the study has what was asked."""

import time
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, TrialState

from autolstm.errors import StudyFailed
from autolstm.ledger.record import StudyKey
from autolstm.outcome import Score
from autolstm.study.objective import Objective, OutOfTime
from autolstm.study.opening import WORKER, worker
from autolstm.study.progress import Notice, TrialEnded

__all__ = ["Budget", "finished", "search"]

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
    """

    trials: int
    seconds: float | None
    started: float
    fits_after: int


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """Return the complete and pruned trials."""
    return study.get_trials(deepcopy=False, states=DONE)


def search(study: optuna.Study, objective: Objective, budget: Budget, folder: Path) -> int:
    """Run trials until the study has as many as asked, or the time is over.

    Args:
        study: The opened study.
        objective: Scores a trial.
        budget: When to stop.
        folder: Folder of the study, signs its trials.

    Returns:
        Trials that were finished (completed or pruned) in this run.

    Raises:
        StudyFailed: One trial after the other failed.
    """
    before = len(finished(study))
    _enqueue_default(study, objective)
    failures = 0
    # A failed trial counts as an attempt of this run, so a run always ends; it does not count as
    # finished, so the next run makes up for it.
    for _ in range(budget.trials - before):
        objective.deadline = _search_deadline(study, budget)
        if objective.deadline is not None and time.monotonic() > objective.deadline:
            objective.watcher.see(Notice("The time is over: the search ends here."))
            break
        state, reason = _run_trial(study, objective, folder)
        if reason is OutOfTime:
            objective.watcher.see(Notice("The time is over: the running trial was cut off."))
            break
        failures = failures + 1 if state == TrialState.FAIL else 0
        if failures == FAILURES_IN_A_ROW:
            last = study.get_trials(deepcopy=False)[-1].user_attrs.get("reason", "unknown")
            raise StudyFailed(
                f"{failures} trials in a row failed; the last one: {last} What was finished is "
                f"kept. Mend the cause and run the same command again."
            )
    return len(finished(study)) - before


def _run_trial(
    study: optuna.Study, objective: Objective, folder: Path
) -> tuple[TrialState, type[Exception] | None]:
    """Run one trial; whatever happens in it, it is told to the storage."""
    trial = study.ask()
    lost: Exception | None = None
    state, value = TrialState.FAIL, None
    try:
        trial.set_user_attr(WORKER, worker(folder))
        value = objective(trial)
        state = TrialState.COMPLETE
    except optuna.TrialPruned:
        state = TrialState.PRUNED
    except Exception as error:  # noqa: BLE001 - its reason is in the record, the study goes on
        lost = error
    finally:
        ended = study.tell(trial, value, state=state)
        _add_seconds(study, ended)
    kept = ended.user_attrs
    scores = kept.get("scores")
    objective.watcher.see(
        TrialEnded(
            number=trial.number,
            state={TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned"}.get(
                state, "failed"
            ),
            mean=value,
            std=Score(tuple(scores)).std if value is not None and scores else None,
            best=value is not None and study.best_trial.number == trial.number,
            reason=kept.get("reason", str(lost or "")),
            seconds=kept.get("seconds", {}).get("total", 0.0),
            params=dict(ended.params),
        )
    )
    return state, type(lost) if lost else None


def _enqueue_default(study: optuna.Study, objective: Objective) -> None:
    """Make the default configuration the first trial, again if it was cut off."""
    alive = (*DONE, TrialState.WAITING)
    if not any(one.user_attrs.get("default") for one in study.get_trials(False, states=alive)):
        params = objective.question.space.default_params()
        study.enqueue_trial(params, user_attrs={"default": True})


def _search_deadline(study: optuna.Study, budget: Budget) -> float | None:
    """When the search must end so that confirmation and refit still have their time.

    What they take is not known, but what trials took is. At most half of the time is set aside,
    and the first trial is never cut: without a score there is nothing to confirm.
    """
    complete = any(one.state == TrialState.COMPLETE for one in finished(study))
    if budget.seconds is None or not complete:
        return None
    best = study.best_trial.user_attrs.get("seconds", {}).get("total", 0.0)
    set_aside = min(budget.fits_after * best, budget.seconds / 2)
    return budget.started + budget.seconds - set_aside


def _add_seconds(study: optuna.Study, ended: FrozenTrial) -> None:
    spent = ended.user_attrs.get("seconds", {}).get("total", 0.0)
    before = study.user_attrs.get(StudyKey.seconds, 0.0)
    study.set_user_attr(StudyKey.seconds, round(before + spent, 3))
