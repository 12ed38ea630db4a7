"""What a study offers to workers of other machines: the question to put, budgets, versions.

With the data that are kept beside the study, a worker needs nothing but the storage.

An offer holds until `autolstm stop` is called. Whoever goes on with the study makes it anew.
"""

import socket
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import TrialState

from autolstm.dataset import Dataset
from autolstm.errors import SettingError, StorageError, StudyNotFound
from autolstm.experiment import Experiment, ask
from autolstm.ledger.record import StudyKey
from autolstm.ledger.storage import is_sqlite, where
from autolstm.ledger.turn import in_turn
from autolstm.sequences import Sequences

__all__ = ["accepted", "check_reach", "different", "moved", "offer", "wish_before"]

OWN = frozenset(
    {"source", "name", "home", "storage", "artifacts", "workers", "dask", "memory", "time"}
)
"""Fields that are each process's own business."""

PACKAGES = ("autolstm", "keras", "tensorflow")
"""Packages whose version may change a score."""


def offer(study: optuna.Study, experiment: Experiment) -> None:
    """Write down what a worker needs to know.

    The versions stay those of whoever began the study, whose scores the others are compared with.
    While trials are run, a second command that wants fewer of them sends nobody home.
    """
    in_turn(study, partial(_write, study, experiment))


def _write(study: optuna.Study, experiment: Experiment) -> None:
    before: dict[str, Any] = study.user_attrs.get(StudyKey.offer) or {}
    asked = experiment.model_dump(mode="json", exclude=set(OWN), exclude_defaults=True)
    if study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        theirs = before.get("experiment", {}).get("trials", 0)
        asked["trials"] = max(experiment.trials, theirs)
    made = {
        "experiment": asked,
        "versions": before.get("versions", {name: version(name) for name in PACKAGES}),
        "policy": experiment.versions,
        "host": socket.gethostname(),
        "stop": study.user_attrs.get(StudyKey.stop),
    }
    if before != made:
        study.set_user_attr(StudyKey.offer, made)


def moved(offered: dict[str, Any]) -> dict[str, Any]:
    """Return an offer for the machine that its study was brought to, which is this one."""
    return {**offered, "host": socket.gethostname()}


def accepted(
    study: optuna.Study, data: Dataset | Sequences, home: Path, own: dict[str, Any]
) -> Experiment:
    """Return what a study asks, to be worked on here.

    Args:
        study: The stored study.
        data: Its data.
        home: Folder of studies of this process.
        own: The fields that are this process's own business.

    Raises:
        StudyNotFound: It offers nothing: an older autolstm made it.
    """
    offered = _offered(study)["experiment"]
    # The storage may be somebody else's, or come from a backup: what it says of our own business
    # does not count.
    asked = {name: value for name, value in offered.items() if name not in OWN}
    return ask({**asked, **own, "source": data, "name": study.study_name, "home": home})


def different(study: optuna.Study) -> str:
    """Say in which versions this process differs from the one that began a study, if it does.

    Raises:
        SettingError: It does, and the study refuses that.
        StudyNotFound: As `accepted`.
    """
    offered = _offered(study)
    others = [
        f"{name} {version(name)} instead of {theirs}"
        for name, theirs in offered["versions"].items()
        if version(name) != theirs
    ]
    if not others:
        return ""
    told = ", ".join(others)
    if offered["policy"] == "refuse":
        raise SettingError(
            f"The study {study.study_name!r} takes its own versions only, and here there is "
            f"{told}. Install those, or let its `autolstm study` command say versions = 'warn'."
        )
    return f"Here there is {told}: scores may differ in their last digits."


def wish_before(study: optuna.Study) -> dict[str, object] | None:
    """Return the last wish to stop that was there when the study was offered.

    A later one is meant for all who accept the offer, though they come after it: a scheduler may
    begin a worker anew when the study has been stopped.
    """
    offered: dict[str, Any] = study.user_attrs.get(StudyKey.offer) or {}
    found: dict[str, object] | None = offered.get("stop", study.user_attrs.get(StudyKey.stop))
    return found


def check_reach(study: optuna.Study, home: Path, storage: str | None) -> None:
    """Refuse to share a SQLite file with another machine.

    Raises:
        StorageError: The study was begun on another machine, on a storage of one machine.
        StudyNotFound: As `accepted`.
    """
    theirs, ours = _offered(study).get("host"), socket.gethostname()
    if theirs in (None, ours) or not is_sqlite(storage):
        return
    raise StorageError(
        f"The study {study.study_name!r} was begun on {theirs}, and {where(home, storage)} is a "
        f"SQLite file: over a network its locks do not hold, and what is written gets lost. Let "
        f"it run on {theirs}, or begin a study with --storage postgresql://user@host/database, "
        f"which takes workers of many machines."
    )


def _offered(study: optuna.Study) -> dict[str, Any]:
    found: dict[str, Any] | None = study.user_attrs.get(StudyKey.offer)
    if found is None:
        raise StudyNotFound(
            f"The study {study.study_name!r} does not say what a worker needs to know: an older "
            f"autolstm made it. Run its `autolstm study` command once more, then join it."
        )
    return found
