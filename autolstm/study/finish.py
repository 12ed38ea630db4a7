"""What comes after the search: the best are confirmed, the winner is refitted and saved."""

import time
from typing import Any

import numpy as np
import optuna

from autolstm.errors import StudyFailed, TrialLost
from autolstm.ledger.record import StudyKey, add_seconds, refit_to_json
from autolstm.ledger.results import Refit
from autolstm.outcome import Cost, Epoch
from autolstm.sequences import Sequences
from autolstm.settings import Settings
from autolstm.study.builder import engine_for, made_by
from autolstm.study.job import Job
from autolstm.study.progress import EpochSeen, Notice, Phase, TrialStarted
from autolstm.study.shelf import MODEL
from autolstm.study.winner import confirm, drop, ranking, unconfirmed
from autolstm.tuned.files import is_model, save
from autolstm.tuned.history import history_of
from autolstm.tuned.labelled import TunedLabeller
from autolstm.tuned.model import TunedModel
from autolstm.tuned.refit import Refitted, for_refit, refit
from autolstm.tuned.stored import Model

__all__ = ["finish", "is_finished"]


def finish(job: Job, study: optuna.Study) -> None:
    """Choose the winner of a search, refit it and save the model; what is done is not done again.

    Raises:
        StudyFailed: No trial has a score, or none could be refitted.
    """
    if job.question.kind == "tune":
        _refit(job, study, _confirm(job, study))


def is_finished(job: Job, study: optuna.Study) -> bool:
    """Whether there is nothing left to do after the search."""
    if job.question.kind != "tune":
        return True
    if not ranking(study) or unconfirmed(study, job.experiment.confirm, ()):
        return False
    stored = study.user_attrs.get(StudyKey.refit)
    is_kept = stored is not None and stored["trial"] == ranking(study)[0]
    return is_kept and is_model(job.folder / MODEL)


def _confirm(job: Job, study: optuna.Study) -> list[int]:
    count = job.experiment.confirm
    given = (study, job.question, job.engine, job.watcher)
    limit = job.experiment.time
    until = None if limit is None else job.started + limit
    order = confirm(*given, count=count, builder=job.builder, until=until)
    if not order:
        raise StudyFailed(_nothing_finished(study))
    return order


def _nothing_finished(study: optuna.Study) -> str:
    trials = study.get_trials(deepcopy=False)
    reasons = [one.user_attrs["reason"] for one in trials if one.user_attrs.get("reason")]
    last = f" The last one: {reasons[-1]}." if reasons else ""
    return (
        f"None of the {len(trials)} trials has a score that fresh seeds confirm.{last} Try "
        f"smaller learning rates, such as --set 'space.training.learning_rate="
        f"{{low=1e-5,high=1e-3,log=true}}' under another --name, or ask for more --trials."
    )


def _refit(job: Job, study: optuna.Study, order: list[int]) -> None:
    """Fit the winner once more and save it, unless that is done already."""
    folder = job.folder / MODEL
    stored = study.user_attrs.get(StudyKey.refit)
    if stored and stored["trial"] == order[0] and is_model(folder):
        return
    job.watcher.see(Phase("refit"))
    for number in order:
        try:
            found = _refit_one(job, study, number)
        except TrialLost as lost:
            drop(study, number, lost)
            job.watcher.see(Notice(f"Trial {number} is out of the choice: {lost}."))
            continue
        # The model is written first: a ledger that names a model which is not there would lie.
        make = made_by(job.builder, study.get_trials(deepcopy=False)[number])
        save(_model(job, found, make), folder)
        study.set_user_attr(StudyKey.refit, refit_to_json(_kept(number, found)))
        return
    raise StudyFailed(
        "None of the confirmed trials could be refitted on training and validation rows. Ask for "
        "more --trials; what is finished is kept."
    )


def _refit_one(job: Job, study: optuna.Study, number: int) -> Refitted:
    trial = study.get_trials(deepcopy=False)[number]
    best_epochs = study.user_attrs[StudyKey.confirmed][str(number)]["epochs"]
    epochs = max(1, round(float(np.median(best_epochs))))
    started = time.perf_counter()

    winning = Settings.from_flat(trial.user_attrs["settings"])
    settings = for_refit(job.question, winning, epochs)

    def watch(epoch: Epoch, cost: Cost) -> None:
        job.watcher.see(EpochSeen.of(number, epoch, settings.training.epochs))

    job.watcher.see(TrialStarted(number, dict(trial.params)))
    try:
        return refit(job.question, settings, engine_for(job.engine, job.builder, trial), watch)
    finally:
        add_seconds(study, time.perf_counter() - started)


def _kept(number: int, found: Refitted) -> Refit:
    return Refit(
        trial=number,
        epochs=found.epochs,
        held_out=found.held_out,
        test=found.test,
        model=found.model,
        p_values=found.p_values,
        windows=found.windows,
        forecasts=found.forecasts,
        path=MODEL,
    )


def _model(job: Job, found: Refitted, make: Any) -> Model:
    learnt: dict[str, Any] = {
        "name": job.name,
        "settings": found.settings,
        "recipe": found.recipe,
        "seeds": found.seeds,
        "weights": found.weights,
        "time_column": job.experiment.time_column,
        "id_column": job.experiment.id_column,
        "make": make,
    }
    data = job.question.framing.data
    if isinstance(data, Sequences):
        return TunedLabeller.of(data, **learnt)
    seen = job.question.parts.seen
    return TunedModel(**learnt, history=history_of(data, seen, found.recipe, found.settings))
