"""Storage -> `Results`: needs neither the data set nor TensorFlow."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
from optuna.importance import PedAnovaImportanceEvaluator
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from autolstm.ledger import migration
from autolstm.ledger.places import study_folder, within
from autolstm.ledger.record import StudyKey, data_from_json, refit_from_json
from autolstm.ledger.results import Importance, Refit, Results, Trial
from autolstm.ledger.storage import quiet
from autolstm.metrics import metric_named
from autolstm.outcome import Curve, Score

__all__ = [
    "STATES",
    "confirmed_scores",
    "confirmed_seconds",
    "read_results",
    "report_sign",
]

ENOUGH = 10
"""Finished trials below which importance would be noise."""

STATES = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
}
"""What a state is called; a trial that waits is not shown."""


def read_results(study: optuna.Study, home: Path) -> Results:
    """Read a study as it stands.

    Args:
        study: The stored study.
        home: Folder of studies; report and model lie in a folder of the study's name.

    Raises:
        StorageError: The study is not ours, or newer, or its place is not in the home.
    """
    stored = migration.attributes(study)
    question = stored[StudyKey.question]
    frozen = [one for one in migration.trials(study) if one.state in STATES]
    folder = study_folder(home, study.study_name)
    refit = _refit(stored.get(StudyKey.refit), folder)
    # Importance is for knobs that vary together; cells are compared one with the other.
    searched = frozen if question.get("kind", "tune") == "tune" else []
    return Results(
        name=study.study_name,
        question=question,
        data=data_from_json(stored[StudyKey.data]),
        metric=metric_named(question["metric"]),
        seeds=question["seeds"],
        horizon=question["horizon"],
        trials=tuple(_trial(one, report_sign(study)) for one in frozen),
        baselines=stored[StudyKey.baselines],
        confirmed=confirmed_scores(study),
        winner=refit.trial if refit else None,
        refit=refit,
        importance=_importance(study, searched),
        seconds=float(stored.get(StudyKey.seconds, 0.0)),
        folder=str(folder),
        confirmed_seconds=confirmed_seconds(study),
        precision=float(stored.get(StudyKey.precision, 0.05)),
        published=tuple(stored.get(StudyKey.published, ())),
    )


def confirmed_scores(study: optuna.Study) -> dict[int, Score]:
    """Return the scores with fresh seeds, by number of the trial; without those that diverged."""
    stored: Mapping[str, Any] = migration.attributes(study).get(StudyKey.confirmed, {})
    kept = {int(number): one["scores"] for number, one in stored.items() if "scores" in one}
    return {number: Score(tuple(scores)) for number, scores in kept.items()}


def confirmed_seconds(study: optuna.Study) -> dict[int, float]:
    """Return the training seconds of the confirmed fits, by number of the trial, where known."""
    stored: Mapping[str, Any] = migration.attributes(study).get(StudyKey.confirmed, {})
    return {int(number): one["seconds"] for number, one in stored.items() if "seconds" in one}


def _refit(stored: Mapping[str, Any] | None, folder: Path) -> Refit | None:
    if stored is None:
        return None
    kept = refit_from_json(dict(stored))
    # Only its name is stored, so that a home can be moved.
    return replace(kept, path=str(within(folder, kept.path)))


def report_sign(study: optuna.Study) -> int:
    """Return the factor between a loss and what is reported of it.

    Pruners look at reports in the direction of the study. A loss is always to be small, so it is
    reported negative where the metric is to be large.
    """
    return 1 if study.direction == StudyDirection.MINIMIZE else -1


def _trial(frozen: FrozenTrial, sign: int) -> Trial:
    kept = frozen.user_attrs
    seconds = dict(kept.get("seconds") or {})
    if not seconds and frozen.duration is not None:
        seconds = {"total": frozen.duration.total_seconds()}
    complete = frozen.state == TrialState.COMPLETE and "scores" in kept
    return Trial(
        number=frozen.number,
        state=STATES[frozen.state],
        settings=kept.get("settings", {}),
        params=dict(frozen.params),
        score=Score(tuple(kept["scores"])) if complete else None,
        curve=Curve.from_json(kept["curves"]) if "curves" in kept else None,
        reports={step: sign * value for step, value in sorted(frozen.intermediate_values.items())},
        best_epochs=tuple(kept.get("best_epochs", ())),
        parameters=int(kept.get("parameters", 0)),
        seconds=seconds,
        programs=tuple(kept.get("programs", ())),
        reason=str(kept.get("reason", "")),
        is_default=bool(kept.get("default")),
        started=frozen.datetime_start,
        ended=frozen.datetime_complete,
    )


def _importance(study: optuna.Study, frozen: Sequence[FrozenTrial]) -> Importance:
    """PED-ANOVA over complete and pruned trials (Watanabe et al., 2023, arXiv:2304.10255).

    Pruned trials take part with the worst complete score: without them, the knob that decides
    who is pruned would look harmless.
    """
    complete = [one for one in frozen if one.state == TrialState.COMPLETE]
    pruned = [one for one in frozen if one.state == TrialState.PRUNED and one.params]
    empty = Importance(shares={}, trials=len(complete), needed=ENOUGH)
    values = [one.value for one in complete if one.value is not None]
    if len(complete) < ENOUGH or min(values) == max(values):
        return empty
    worst = max(values) if study.direction == StudyDirection.MINIMIZE else min(values)
    with quiet():
        shadow = optuna.create_study(direction=study.direction)
    shadow.add_trials([_shadow(one, one.value) for one in complete])
    shadow.add_trials([_shadow(one, worst) for one in pruned])
    # A good trial is one of the best tenth, but never fewer than five trials.
    evaluator = PedAnovaImportanceEvaluator(
        target_quantile=max(0.1, 5 / (len(complete) + len(pruned)))
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shares: dict[str, Any] = optuna.importance.get_param_importances(
            shadow, evaluator=evaluator
        )
    ordered = dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))
    return Importance(shares=ordered, trials=len(complete), needed=ENOUGH)


def _shadow(one: FrozenTrial, value: float | None) -> FrozenTrial:
    return optuna.trial.create_trial(
        params=one.params, distributions=one.distributions, value=value
    )
