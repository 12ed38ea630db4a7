"""Joining a study that runs elsewhere: its trials are shared, its last steps are not ours."""

import time
from pathlib import Path
from typing import Any

from autolstm.errors import SettingError
from autolstm.ledger.places import study_folder
from autolstm.ledger.record import StudyKey
from autolstm.ledger.storage import quiet, sound, where
from autolstm.processor import cores
from autolstm.study.based import posed
from autolstm.study.builder import Builder, asked_with
from autolstm.study.job import Job, begun
from autolstm.study.keeping import kept
from autolstm.study.offer import accepted, check_reach, different
from autolstm.study.progress import Notice, Silent, Watcher
from autolstm.study.search import finished
from autolstm.study.shelf import Shelf
from autolstm.train.deferred import DeferredEngine
from autolstm.workers.crew import Crew
from autolstm.workers.team import team_for

__all__ = ["join"]


def join(
    name: str,
    home: Path,
    storage: str | None = None,
    watcher: Watcher | None = None,
    build: Builder | None = None,
    **own: Any,
) -> int:
    """Fit trials of a study that was begun elsewhere, until it has what was asked.

    `autolstm stop` ends it as well, and is no failure; whoever comes after that fits nothing until
    the study's own command goes on. The data come from the copy that the study keeps; whoever
    began it confirms and refits.

    Args:
        name: Name of the study.
        home: Folder for what this process writes; of the same machine, that of the study.
        storage: Optuna storage URL; None for ``studies.db`` in the home.
        watcher: Told what happens; None for nobody.
        build: The user's own builder of networks, where the study has one.
        **own: ``workers``, ``memory`` and ``time`` of this process, as in a study file.

    Returns:
        Trials that were finished here.

    Raises:
        StudyNotFound: There is no such study, or it keeps no data or offers nothing.
        SettingError: It refuses other versions, or needs a builder.
        QuestionChanged: This version of autolstm would ask it something else.
        StorageError: Storage or data cannot be read, or the storage is that of another machine.
        StudyFailed: Trials fail, or workers die, one after another.
    """
    told = Silent() if watcher is None else watcher
    study_folder(home, name)
    with sound(where(home, storage)), quiet():
        study = Shelf(home, storage).study(name)
        check_reach(study, home, storage)
        differs = different(study)
        _check_builder(study.user_attrs[StudyKey.question].get("build", ""), name, build)
        data = kept(study, home)
        experiment = accepted(study, data, home, {**own, "storage": storage})
        job = Job(
            experiment=experiment,
            question=asked_with(posed(experiment, data), build, experiment),
            name=name,
            started=time.monotonic(),
            engine=DeferredEngine(experiment.engine),
            watcher=told,
            builder=build,
            joins=True,
        )
        return _searched(job, differs)


def _searched(job: Job, differs: str) -> int:
    """Fit trials until there are as many as were asked for; return how many were finished here."""
    with begun(job) as (study, seat):
        if differs:
            job.watcher.see(Notice(differs))
        left, added = job.wanted - len(finished(study)), 0
        if left > 0 and seat.wish(study) is None:
            team = team_for(job.experiment, left, cores=cores())
            with Crew(job, study, seat.stop, team) as crew:
                added = crew.search()
        if seat.wish(study) is not None:
            job.watcher.see(Notice(_stopped(job.name)))
        return added


def _stopped(name: str) -> str:
    return (
        f"The study {name!r} was stopped: no trials are fitted here until its `autolstm study` "
        f"command is run again."
    )


def _check_builder(needed: str, name: str, build: Builder | None) -> None:
    if needed and build is None:
        raise SettingError(
            f"The study {name!r} has networks that its own function builds, {needed}. Give it "
            f"with --build MODULE:FUNCTION, or as build in Python."
        )
