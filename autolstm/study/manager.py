"""A study as a whole: load, pose, search, confirm, refit, report. Says the loop aloud."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna

from autolstm.dataset import Dataset
from autolstm.errors import StudyFailed, TrialLost
from autolstm.experiment import Experiment, plain
from autolstm.ledger.reading import read_results, report_sign
from autolstm.ledger.record import StudyKey, add_seconds, refit_to_json
from autolstm.ledger.results import Refit
from autolstm.ledger.storage import open_storage, quiet, sound, where
from autolstm.outcome import Cost, Epoch
from autolstm.question import Question, data_for
from autolstm.sequences import Sequences
from autolstm.settings import Settings
from autolstm.study.based import posed
from autolstm.study.builder import Builder, asked_with, engine_for, made_by
from autolstm.study.cells import fit_cells
from autolstm.study.choices import make_pruner, sampler_for
from autolstm.study.keeping import keep
from autolstm.study.objective import Objective
from autolstm.study.opening import lock, open_study, reap
from autolstm.study.progress import (
    EpochSeen,
    Notice,
    Phase,
    Silent,
    StudyStarted,
    TrialStarted,
    Watcher,
)
from autolstm.study.result import Result
from autolstm.study.search import Budget, best_of, finished, search
from autolstm.study.shelf import MODEL, REPORT
from autolstm.study.winner import confirm, drop
from autolstm.train.deferred import DeferredEngine
from autolstm.tuned.files import is_model, save
from autolstm.tuned.labelled import TunedLabeller
from autolstm.tuned.model import TunedModel
from autolstm.tuned.refit import Refitted, for_refit, refit
from autolstm.tuned.stored import Model

__all__ = ["run"]


def run(
    experiment: Experiment, watcher: Watcher | None = None, build: Builder | None = None
) -> Result:
    """Run a study, or go on with one that was begun, to its report.

    Args:
        experiment: What is asked for.
        watcher: Told what happens; None for nobody.
        build: The user's own builder of networks, see `autolstm.study.builder`; None for none.

    Returns:
        What was found, with the report and the model written.

    Raises:
        DataError: The data cannot be used as they are.
        SettingError: A setting does not fit the data, the sampler or the pruner.
        QuestionChanged: The stored study of this name asks something else.
        StudyBusy: Another process is running it.
        StorageError: Storage, folder or model cannot be read or written.
        StudyFailed: No trial could be finished.
    """
    job = _job(experiment, time.monotonic(), Silent() if watcher is None else watcher, build)
    with lock(job.folder), sound(where(experiment.home, experiment.storage)), quiet():
        study = _open(job)
        _announce(job, study)
        added = _search(job, study)
        if job.question.kind == "tune":
            _refit(job, study, _confirm(job, study))
        results = read_results(study, experiment.home)
        job.watcher.see(Phase("report"))
        # Drawing needs matplotlib, which is slow to load.
        from autolstm.report.page import write

        report = write(results, job.folder / REPORT)
    return Result(results, study, report, job.folder / MODEL, added, build)


@dataclass(frozen=True, eq=False, slots=True)
class _Job:
    """What every step of a run needs to know."""

    experiment: Experiment
    data: Dataset | Sequences
    question: Question
    name: str
    started: float
    engine: DeferredEngine
    watcher: Watcher
    builder: Builder | None

    @property
    def folder(self) -> Path:
        return self.experiment.home / self.name


def _job(
    experiment: Experiment, started: float, watcher: Watcher, builder: Builder | None
) -> _Job:
    """Load the data and put the question, before anything is written."""
    dataset, one_knob = data_for(experiment), experiment.kind != "tune"
    return _Job(
        experiment=experiment,
        data=dataset,
        question=asked_with(posed(experiment, dataset), builder, experiment),
        name=experiment.name or plain(dataset.name) + f"-{experiment.kind}" * one_knob,
        started=started,
        engine=DeferredEngine(experiment.engine),
        watcher=watcher,
        builder=builder,
    )


def _open(job: _Job) -> optuna.Study:
    question, experiment = job.question, job.experiment
    space, builder = question.space, question.builder
    sampler = sampler_for(experiment.sampler, question.seed, 0, space, builder=builder)
    sign = 1 if question.metric.direction == "minimize" else -1
    pruner = make_pruner(experiment.pruner, question.most_epochs, sign=sign)
    storage = open_storage(experiment.home, experiment.storage)
    study = open_study(
        storage,
        job.name,
        question,
        question.framing.facts(),
        sampler,
        pruner,
    )
    if large := keep(study, job.data, experiment.home, experiment.artifacts):
        job.watcher.see(Notice(large))
    dead = reap(study, storage, job.folder, alone=experiment.storage is None)
    if dead:
        trials = (
            "1 trial of an earlier run was" if dead == 1 else f"{dead} trials of earlier runs were"
        )
        job.watcher.see(Notice(f"{trials} cut off."))
    return study


def _announce(job: _Job, study: optuna.Study) -> None:
    question, facts = job.question, job.question.framing.facts()
    folds = len(question.parts.folds)
    job.watcher.see(
        StudyStarted(
            name=job.name,
            data=question.framing.said(),
            task=question.framing.sentence(),
            split=", ".join(f"{name} {rows}" for name, rows in facts.parts.items())
            + f" {facts.word}"
            + (f", {folds} folds by {question.split['kind']}" if folds > 1 else ""),
            metric=question.metric.name,
            unit=question.metric.unit_for(facts.unit),
            direction=question.metric.direction,
            baselines=study.user_attrs[StudyKey.baselines][question.measure_on],
            trials=_wanted(job),
            finished=len(finished(study)),
            seeds=question.seeds,
            epochs=question.most_epochs,
            seconds=job.experiment.time,
            best=best_of(study),
            folds=folds,
            word=facts.word,
            chosen_by=question.chosen_by,
            kind=question.kind,
            part=question.measure_on,
        )
    )
    for note in facts.notes:
        job.watcher.see(Notice(note))


def _wanted(job: _Job) -> int:
    """Return the trials that the study shall have in the end."""
    return len(job.question.cells) or job.experiment.trials


def _search(job: _Job, study: optuna.Study) -> int:
    experiment, question = job.experiment, job.question
    job.watcher.see(Phase("search"))
    if len(finished(study)) < _wanted(job):
        job.engine.load()
    # The confirmed ones, the default among them, and the refit.
    fits_after = experiment.confirm + 2
    budget = Budget(_wanted(job), experiment.time, job.started, fits_after)
    sign, own = report_sign(study), job.builder
    objective = Objective(question, job.engine, job.watcher, sign=sign, builder=own)
    if question.kind != "tune":
        return fit_cells(study, objective, budget, job.folder)
    return search(study, objective, experiment.sampler, budget, job.folder)


def _confirm(job: _Job, study: optuna.Study) -> list[int]:
    count = job.experiment.confirm
    given = (study, job.question, job.engine, job.watcher)
    order = confirm(*given, count=count, builder=job.builder)
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


def _refit(job: _Job, study: optuna.Study, order: list[int]) -> None:
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


def _refit_one(job: _Job, study: optuna.Study, number: int) -> Refitted:
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


def _model(job: _Job, found: Refitted, make: Any) -> Model:
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
    return TunedModel(**learnt, history=data)
