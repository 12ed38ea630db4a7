"""A study to be run: its data loaded, its question put, its storage opened, its search."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import optuna

from autolstm.dataset import Dataset
from autolstm.errors import StudyStopped
from autolstm.experiment import Experiment, plain
from autolstm.ledger.places import study_folder
from autolstm.ledger.reading import report_sign
from autolstm.ledger.reconnecting import Reconnecting
from autolstm.ledger.record import StudyKey
from autolstm.ledger.storage import open_storage, quiet, sound, where
from autolstm.ledger.turn import in_turn
from autolstm.question import Question, data_for
from autolstm.sequences import Sequences
from autolstm.study.based import posed
from autolstm.study.begin import Seat, seated
from autolstm.study.builder import Builder, asked_with
from autolstm.study.cells import fit_cells
from autolstm.study.choices import make_pruner, sampler_for
from autolstm.study.keeping import keep
from autolstm.study.lasting import lasting
from autolstm.study.objective import Objective
from autolstm.study.offer import different, offer
from autolstm.study.opening import open_study
from autolstm.study.presence import present
from autolstm.study.progress import Notice, Phase, Silent, StudyStarted, Watcher
from autolstm.study.retry import reap
from autolstm.study.search import Budget, best_of, finished, search
from autolstm.train.deferred import DeferredEngine

__all__ = [
    "Job",
    "announce",
    "begun",
    "check_not_stopped",
    "clean",
    "job_for",
    "opened",
    "search_with",
]


@dataclass(frozen=True, eq=False, slots=True)
class Job:
    """What every step of a run needs to know.

    Attributes:
        experiment: What is asked for.
        question: The same, put to the data.
        name: Name of the study.
        started: `time.monotonic` when the run began.
        engine: Who trains.
        watcher: Told what happens.
        builder: The user's own builder of networks, None for none.
        data: The data, to be kept with the study; None where that is done already.
        joins: Whether the last steps are those of another run.
    """

    experiment: Experiment
    question: Question
    name: str
    started: float
    engine: DeferredEngine
    watcher: Watcher = field(default_factory=Silent)
    builder: Builder | None = None
    data: Dataset | Sequences | None = None
    joins: bool = False

    @property
    def folder(self) -> Path:
        """Folder of the study."""
        return study_folder(self.experiment.home, self.name)

    @property
    def wanted(self) -> int:
        """Trials that the study shall have in the end."""
        return len(self.question.cells) or self.experiment.trials

    @property
    def here_only(self) -> bool:
        """Whether nobody but this home can write to the storage."""
        return self.experiment.storage is None

    @property
    def budget(self) -> Budget:
        """What this run may spend."""
        asked = self.experiment
        # The confirmed ones, the default among them, and the refit.
        fits = 0 if self.joins else asked.confirm + 2
        return Budget(self.wanted, asked.time, self.started, fits, asked.patience)


def job_for(
    experiment: Experiment, watcher: Watcher | None = None, builder: Builder | None = None
) -> Job:
    """Load the data and put the question, before anything is written."""
    started = time.monotonic()
    dataset, one_knob = data_for(experiment), experiment.kind != "tune"
    return Job(
        experiment=experiment,
        question=asked_with(posed(experiment, dataset), builder, experiment),
        name=experiment.name or plain(dataset.name) + f"-{experiment.kind}" * one_knob,
        started=started,
        engine=DeferredEngine(experiment.engine),
        watcher=Silent() if watcher is None else watcher,
        builder=builder,
        data=dataset,
    )


@contextmanager
def begun(job: Job) -> Iterator[tuple[optuna.Study, Seat]]:
    """Take a seat at the study of a job: opened, tidied up, and told of.

    Raises:
        StudyBusy: Somebody is deleting it.
        StorageError: It cannot be read or written, at any time before the seat is given back.
        StudyNotFound: It was deleted in that time.
        QuestionChanged: It asks something else.
    """
    place = where(job.experiment.home, job.experiment.storage)
    with sound(place), quiet(), present(job.folder) as who:
        study = opened(job)
        with lasting(study):
            seat = seated(study, job.folder, who, here_only=job.here_only)
            clean(job, study, seat)
            announce(job, study)
            job.watcher.see(Phase("search"))
            yield study, seat


def opened(job: Job) -> optuna.Study:
    """Open the study of a job, or make it."""
    question, experiment = job.question, job.experiment
    space, builder = question.space, question.builder
    sampler = sampler_for(experiment.sampler, question.seed, 0, space, builder=builder)
    sign = 1 if question.metric.direction == "minimize" else -1
    pruner = make_pruner(experiment.pruner, question.most_epochs, sign=sign)

    def told(sentence: str) -> None:
        job.watcher.see(Notice(sentence))

    # Whoever goes on with what another process has opened may come while the server is away.
    going_on = job.data is None
    storage = open_storage(experiment.home, experiment.storage, told=told if going_on else None)
    if isinstance(storage, Reconnecting):
        storage.told = told
    facts = question.framing.facts()
    study = open_study(storage, job.name, question, facts, sampler, pruner)
    if job.data is not None:
        large = keep(study, job.data, experiment.home, experiment.artifacts)
        if large:
            job.watcher.see(Notice(large))
        offer(study, experiment)
        if differs := different(study):
            job.watcher.see(Notice(differs))
    return study


def announce(job: Job, study: optuna.Study) -> None:
    """Tell the watcher what is searched."""
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
            trials=job.wanted,
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


def search_with(job: Job, study: optuna.Study, seat: Seat) -> int:
    """Try configurations until the study has what was asked; return how many this process has."""
    question = job.question
    if len(finished(study)) < job.wanted:
        job.engine.load()
    sign, own = report_sign(study), job.builder
    objective = Objective(question, job.engine, job.watcher, sign=sign, builder=own)
    objective.seconds = job.experiment.trial_time
    if question.kind != "tune":
        return fit_cells(study, objective, job.budget, seat)
    return search(study, objective, job.experiment.sampler, job.budget, seat)


def check_not_stopped(study: optuna.Study, seat: Seat) -> None:
    """Raise where the study is to end without a winner.

    Raises:
        StudyStopped: `autolstm stop` was called, and not to finish.
    """
    wish = seat.wish(study)
    if wish is not None and not wish.get("finish"):
        raise StudyStopped(
            f"The study {study.study_name!r} was stopped. Everything finished is kept. To go on, "
            f"run the same command again."
        )


def clean(job: Job, study: optuna.Study, seat: Seat) -> None:
    """Mark trials of runs that are no more, and say so."""
    marked = partial(reap, study, seat.folder, seat.pulse, here_only=seat.here_only)
    dead = in_turn(study, marked)
    if dead:
        trials = (
            "1 trial of an earlier run was" if dead == 1 else f"{dead} trials of earlier runs were"
        )
        job.watcher.see(Notice(f"{trials} cut off."))
