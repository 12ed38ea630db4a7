"""The choice of the winner: the best few trials, fitted again with seeds that no trial has used.

The best of many noisy scores is lucky as well as good (the optimiser's curse, Smith & Winkler,
2006, doi:10.1287/mnsc.1050.0451). So the search only nominates; fresh seeds decide.
"""

import time
from collections.abc import Collection
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from autolstm.errors import Diverged, TrialLost, counted
from autolstm.ledger.reading import confirmed_scores, confirmed_seconds, report_sign
from autolstm.ledger.record import StudyKey, add_seconds
from autolstm.ledger.turn import in_turn
from autolstm.outcome import Cost, Curve, Epoch, Score
from autolstm.question import Question
from autolstm.score import evaluate
from autolstm.settings import Settings
from autolstm.study.builder import Builder, engine_for
from autolstm.study.ended import seconds_of, worth
from autolstm.study.progress import EpochSeen, Notice, Phase, TrialEnded, TrialStarted, Watcher
from autolstm.train.engine import Engine

__all__ = ["confirm", "drop", "ranking", "unconfirmed"]


def confirm(
    study: optuna.Study,
    question: Question,
    engine: Engine,
    watcher: Watcher,
    *,
    count: int,
    builder: Builder | None = None,
    until: float | None = None,
) -> list[int]:
    """Fit the best trials and the default again with fresh seeds and rank them by that.

    What was confirmed before is not fitted again. Where a fit is lost, the next best trial takes
    its place.

    Args:
        study: Holds the trials; keeps the confirmed scores.
        question: What the study asks.
        engine: Who trains.
        watcher: Told of every fit.
        count: How many of the best trials.
        builder: The user's own builder of networks, None for none.
        until: `time.monotonic` at which the time is over: where one is confirmed already, no other
            is begun that would take longer; None for all of them.

    Returns:
        Numbers of the confirmed trials, the best first; empty where there is none.
    """
    lost: set[int] = set()
    while wanted := unconfirmed(study, count, lost):
        watcher.see(Phase("confirm", fits=len(wanted)))
        for place, trial in enumerate(wanted):
            if until is not None and ranking(study) and _ends(trial) > until:
                watcher.see(Notice(_unfinished(len(wanted) - place)))
                return ranking(study)
            own = engine_for(engine, builder, trial)
            error = _fit_again(study, trial, question, own, watcher)
            if error:
                lost.add(trial.number)
                drop(study, trial.number, error)
                watcher.see(Notice(f"Trial {trial.number} is out of the choice: {error}."))
    return ranking(study)


def _ends(trial: FrozenTrial) -> float:
    """Return when a trial would be confirmed: it takes about as long as in the search."""
    return time.monotonic() + seconds_of(trial)


def _unfinished(left: int) -> str:
    of_the_best = f"{counted(left, 'trial')} of the best"
    return f"No time is left to confirm {of_the_best}. The same command does it later."


def ranking(study: optuna.Study) -> list[int]:
    """Return the confirmed trials, the best first: by their mean, and time where that counts."""
    seconds, valued = confirmed_seconds(study), worth(study)
    values = {
        number: valued(score, seconds.get(number, 0.0))
        for number, score in confirmed_scores(study).items()
    }
    sign = report_sign(study)
    return sorted(values, key=lambda number: (sign * values[number], number))


def drop(study: optuna.Study, number: int, error: TrialLost) -> None:
    """Take a trial out of the choice for good if it diverged: it would do so every time.

    What did not fit into memory may fit another day.
    """
    if isinstance(error, Diverged):
        _keep(study, number, {"diverged": str(error)})


def _keep(study: optuna.Study, number: int, found: dict[str, Any]) -> None:
    def keep() -> None:
        known = study.user_attrs.get(StudyKey.confirmed, {})
        study.set_user_attr(StudyKey.confirmed, {**known, str(number): found})

    in_turn(study, keep)


def unconfirmed(study: optuna.Study, count: int, lost: Collection[int]) -> list[FrozenTrial]:
    """Return the best trials, and the default, that have no score with fresh seeds yet."""
    known = study.user_attrs.get(StudyKey.confirmed, {})
    sign = report_sign(study)
    standing = [
        one
        for one in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if one.number not in lost and "diverged" not in known.get(str(one.number), {})
    ]
    ranked = sorted(standing, key=lambda one: (sign * (one.value or 0.0), one.number))
    nominated = [
        one for place, one in enumerate(ranked) if place < count or one.user_attrs.get("default")
    ]
    return [one for one in nominated if str(one.number) not in known]


def _fit_again(
    study: optuna.Study, trial: FrozenTrial, question: Question, engine: Engine, watcher: Watcher
) -> TrialLost | None:
    """Score a configuration with fresh seeds and keep the score; return why it was lost."""
    settings = Settings.from_flat(trial.user_attrs["settings"])
    epochs: list[Epoch] = []
    trained = 0.0

    def watch(epoch: Epoch, cost: Cost) -> None:
        nonlocal trained
        epochs.append(epoch)
        trained = round(cost.train_seconds, 3)
        watcher.see(EpochSeen.of(trial.number, epoch, settings.training.epochs))

    watcher.see(TrialStarted(trial.number, dict(trial.params)))
    started = time.perf_counter()
    score = lost = None
    try:
        score = evaluate(question, settings, question.seeds_for("confirm"), engine, watch)
    except TrialLost as error:
        lost = error
    finally:
        spent = time.perf_counter() - started
        add_seconds(study, spent)
    if score:
        best_epochs = list(Curve.of(epochs, len(score.values)).best_epochs)
        found = {"scores": list(score.values), "epochs": best_epochs, "seconds": trained}
        _keep(study, trial.number, found)
    best = ranking(study)[:1] == [trial.number]
    watcher.see(_said(trial, score, best, str(lost or "confirmed with fresh seeds"), spent))
    return lost


def _said(
    trial: FrozenTrial, score: Score | None, best: bool, reason: str, seconds: float
) -> TrialEnded:
    return TrialEnded(
        number=trial.number,
        state="complete" if score else "failed",
        mean=score.mean if score else None,
        std=score.std if score else None,
        best=best,
        reason=reason,
        seconds=seconds,
        params=dict(trial.params),
    )
