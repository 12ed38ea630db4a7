"""A study that is deleted while others work on it: made sure of, and found out by them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import optuna
from sqlalchemy.exc import IntegrityError

from autolstm.errors import StudyBusy, StudyNotFound

__all__ = ["lasting", "remove"]

TRIES = 30
"""How often a study is deleted that others write to."""

PAUSE = 0.1
"""Seconds between two tries."""


@contextmanager
def lasting(study: optuna.Study) -> Iterator[None]:
    """Say so where a study cannot be found any more that was there before.

    Nobody is asked beforehand whether it is there: between asking and writing it could go.

    Raises:
        StudyNotFound: It was deleted.
    """
    try:
        yield
    except (KeyError, IntegrityError):
        if _is_there(study):
            raise
        raise StudyNotFound(
            f"The study {study.study_name!r} was deleted while it was worked on here, and its "
            f"trials with it. To begin it anew, run its `autolstm study` command again."
        ) from None


def remove(study: optuna.Study) -> None:
    """Delete a study from its storage.

    Where another process has just written to one of its trials, Optuna deletes nothing and says
    nothing.

    Raises:
        StudyBusy: Others write to it all the time.
    """
    for _ in range(TRIES):
        with suppress(KeyError):
            study._storage.delete_study(study._study_id)
        if not _is_there(study):
            return
        time.sleep(PAUSE)
    raise StudyBusy(
        f"The study {study.study_name!r} cannot be deleted: other processes write to it all the "
        f"time. End them with `autolstm stop {study.study_name}`, and delete it then."
    )


def _is_there(study: optuna.Study) -> bool:
    try:
        # Its name would be told from memory.
        study._storage.get_study_user_attrs(study._study_id)
    except KeyError:
        return False
    return True
