"""The choice of the winner: the best few trials, fitted again with seeds that no trial has used.

The best of many noisy scores is lucky as well as good (the optimiser's curse, Smith & Winkler,
2006, doi:10.1287/mnsc.1050.0451). So the search only nominates; fresh seeds decide.
"""

import time

import optuna
from optuna.trial import TrialState

from autolstm.errors import TrialLost
from autolstm.ledger.record import StudyKey
from autolstm.outcome import Cost, Curve, Epoch, Score
from autolstm.question import Question
from autolstm.score import evaluate
from autolstm.settings import Settings
from autolstm.study.progress import EpochSeen, Notice, Phase, TrialEnded, TrialStarted, Watcher
from autolstm.train.engine import Engine

__all__ = ["confirm", "ranking"]


def confirm(
    study: optuna.Study, question: Question, engine: Engine, watcher: Watcher, *, count: int
) -> list[int]:
    """Fit the best trials and the default again with fresh seeds and rank them by that.

    What was confirmed before is not fitted again.

    Args:
        study: Holds the trials; keeps the confirmed scores and the winner.
        question: What the study asks.
        engine: Who trains.
        watcher: Told of every fit.
        count: How many of the best trials.

    Returns:
        Numbers of the confirmed trials, the winner first; empty where no trial is complete.
    """
    known = study.user_attrs.get(StudyKey.confirmed, {})
    wanted = [one for one in _nominated(study, count) if str(one.number) not in known]
    if wanted:
        watcher.see(Phase("confirm", fits=len(wanted)))
    for trial in wanted:
        found = _fit_again(study, trial, question, engine, watcher)
        if found:
            known = {**known, str(trial.number): found}
            study.set_user_attr(StudyKey.confirmed, known)
    order = ranking(study)
    if order:
        study.set_user_attr(StudyKey.winner, order[0])
    return order


def ranking(study: optuna.Study) -> list[int]:
    """Return the confirmed trials, best confirmed mean first."""
    known = study.user_attrs.get(StudyKey.confirmed, {})
    sign = _sign(study)
    means = {int(number): Score(tuple(one["scores"])).mean for number, one in known.items()}
    return sorted(means, key=lambda number: (sign * means[number], number))


def _nominated(study: optuna.Study, count: int) -> list[optuna.trial.FrozenTrial]:
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    sign = _sign(study)
    ranked = sorted(complete, key=lambda one: (sign * (one.value or 0.0), one.number))
    default = [one for one in ranked[count:] if one.user_attrs.get("default")]
    return ranked[:count] + default[:1]


def _sign(study: optuna.Study) -> int:
    return 1 if study.direction == optuna.study.StudyDirection.MINIMIZE else -1


def _fit_again(
    study: optuna.Study,
    trial: optuna.trial.FrozenTrial,
    question: Question,
    engine: Engine,
    watcher: Watcher,
) -> dict[str, list[float]] | None:
    """Score a configuration with fresh seeds; None where a fit is lost."""
    settings = Settings.from_flat(trial.user_attrs["settings"])
    epochs: list[Epoch] = []

    def watch(epoch: Epoch, cost: Cost) -> None:
        epochs.append(epoch)
        watcher.see(EpochSeen.of(trial.number, epoch, settings.training.epochs))

    watcher.see(TrialStarted(trial.number, dict(trial.params)))
    started = time.perf_counter()
    score, reason = None, "confirmed with fresh seeds"
    try:
        score = evaluate(question, settings, question.seeds_for("confirm"), engine, watch)
    except TrialLost as lost:
        reason = str(lost)
        watcher.see(Notice(f"Trial {trial.number} is out of the choice: {lost}."))
    spent = time.perf_counter() - started
    study.set_user_attr(
        StudyKey.seconds, round(study.user_attrs.get(StudyKey.seconds, 0.0) + spent, 3)
    )
    order = ranking(study)
    best = score is not None and (
        not order or _sign(study) * score.mean < _sign(study) * _mean(study, order[0])
    )
    watcher.see(
        TrialEnded(
            number=trial.number,
            state="complete" if score else "failed",
            mean=score.mean if score else None,
            std=score.std if score else None,
            best=best,
            reason=reason,
            seconds=spent,
            params=dict(trial.params),
        )
    )
    if score is None:
        return None
    curve = Curve.of(epochs, len(score.values))
    return {"scores": list(score.values), "epochs": list(curve.best_epochs)}


def _mean(study: optuna.Study, number: int) -> float:
    return Score(tuple(study.user_attrs[StudyKey.confirmed][str(number)]["scores"])).mean
