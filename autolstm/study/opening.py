"""Opening a study: one process at a time, the same question as before, no zombies."""

import hashlib
import json
import socket
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import optuna
from filelock import FileLock, Timeout
from optuna.exceptions import ExperimentalWarning
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from autolstm import private
from autolstm.errors import QuestionChanged, StorageError, StudyBusy
from autolstm.ledger.migration import migrate
from autolstm.ledger.record import KILLED, SCHEMA, StudyKey, data_to_json
from autolstm.ledger.results import DataFacts
from autolstm.ledger.storage import quiet
from autolstm.question import Question
from autolstm.settings import KNOBS

__all__ = ["WORKER", "lock", "open_study", "reap", "worker"]

WORKER = "worker"
"""User attribute of a trial: which home on which machine runs it."""


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold the folder of a study, so that no other process of this machine runs it.

    Raises:
        StudyBusy: Another process holds it.
        StorageError: The folder cannot be written.
    """
    try:
        private.make_folder(folder)
        held = FileLock(folder / ".lock")
        held.acquire(timeout=0)
    except Timeout:
        raise StudyBusy(
            f"The study in {folder} is being run by another process. Wait for it or end it, or "
            f"give this one another --name."
        ) from None
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be written: {error.strerror or error}. Give another "
            f"--home."
        ) from None
    try:
        yield
    finally:
        held.release()


def worker(folder: Path) -> str:
    """Name this machine and this study's folder; says nothing of where the folder lies."""
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return f"{socket.gethostname()}:{digest}"


def open_study(
    storage: optuna.storages.BaseStorage,
    name: str,
    question: Question,
    facts: DataFacts,
    sampler: optuna.samplers.BaseSampler,
    pruner: optuna.pruners.BasePruner,
) -> optuna.Study:
    """Open a study, or make it and measure the baselines.

    Raises:
        QuestionChanged: The stored study asks something else.
        StorageError: The stored study is not ours, or newer.
    """
    direction = StudyDirection[question.metric.direction.upper()]
    with quiet():
        study = optuna.create_study(
            storage=storage,
            study_name=name,
            direction=direction,
            sampler=sampler,
            pruner=pruner,
            load_if_exists=True,
        )
    asked = json.loads(json.dumps(question.flat()))
    # The schema is written last: a study that was cut off before it is made again here.
    if not _is_half_made(study, direction):
        migrate(study, storage)
        _check_question(name, study.user_attrs[StudyKey.question], asked)
        return study
    study.set_user_attr(StudyKey.question, asked)
    study.set_user_attr(StudyKey.data, data_to_json(facts))
    study.set_user_attr(StudyKey.baselines, question.baseline_scores())
    study.set_user_attr(StudyKey.version, version("autolstm"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        study.set_metric_names([question.metric.name])
    study.set_user_attr(StudyKey.schema, SCHEMA)
    return study


def _is_half_made(study: optuna.Study, direction: StudyDirection) -> bool:
    """Whether there is nothing in a study yet, or only what we began to write."""
    ours = StudyKey.schema.partition(":")[0]
    return (
        StudyKey.schema not in study.user_attrs
        and all(key.startswith(f"{ours}:") for key in study.user_attrs)
        and not study.get_trials(deepcopy=False)
        and study.directions == [direction]
    )


def reap(
    study: optuna.Study, storage: optuna.storages.BaseStorage, folder: Path, *, alone: bool
) -> int:
    """Mark trials as failed whose process has gone; return how many.

    Args:
        study: The study; its folder is locked by this process.
        storage: Where it is stored.
        folder: Its folder.
        alone: Whether nobody but this home can write to the storage.
    """
    mine = worker(folder)
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    dead = [one for one in running if alone or _is_mine(one, mine)]
    for one in dead:
        # A trial that another process began has no `optuna.Trial` here to write through.
        study_id = storage.get_study_id_from_name(study.study_name)
        trial_id = storage.get_trial_id_from_study_id_trial_number(study_id, one.number)
        storage.set_trial_user_attr(trial_id, "reason", KILLED)
        study.tell(one.number, state=TrialState.FAIL)
    return len(dead)


def _is_mine(trial: FrozenTrial, mine: str) -> bool:
    if WORKER in trial.user_attrs:
        return bool(trial.user_attrs[WORKER] == mine)
    # Killed between being asked for and being signed: nobody takes a minute for that.
    began = trial.datetime_start
    return began is not None and datetime.now(began.tzinfo) - began > timedelta(minutes=1)


def _check_question(name: str, stored: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    changed = [key for key in {**stored, **asked} if _value(stored, key) != _value(asked, key)]
    if not changed:
        return
    lines = [
        f"  {_named(key)}: {_said(stored, key)} -> {_said(asked, key)}" for key in changed[:8]
    ]
    if len(changed) > 8:
        lines.append(f"  and {len(changed) - 8} more")
    raise QuestionChanged(
        f"The study {name!r} was asked something else, and its trials cannot be compared with new "
        f"ones (stored -> now):\n"
        + "\n".join(lines)
        + f"\nGive this one another --name, or remove "
        f"the stored one with `autolstm delete {name}`."
    )


def _value(question: Mapping[str, Any], key: str) -> Any:
    """Return what a question says; a knob that an older study does not know had its default."""
    knob = KNOBS.get(key.removeprefix("space."))
    return question.get(key, knob.default if knob else None)


def _named(key: str) -> str:
    return "data (times, values or columns)" if key == "data" else key


def _said(question: Mapping[str, Any], key: str) -> str:
    return json.dumps(question[key]) if key in question else "(not known)"
