"""The data of a study, kept beside it: whoever goes on elsewhere needs no file of the user's."""

import os
from pathlib import Path
from typing import Any

import optuna

from autolstm.data.snapshot import MOST_BYTES, pack, size, unpack
from autolstm.dataset import Dataset
from autolstm.errors import StudyNotFound
from autolstm.ledger.artifacts import open_artifacts
from autolstm.ledger.record import StudyKey
from autolstm.sequences import Sequences

__all__ = ["forget", "keep", "kept", "kept_bytes", "put"]


def keep(
    study: optuna.Study, data: Dataset | Sequences, home: Path, place: str | None = None
) -> str:
    """Keep the data of a study, unless that is done; also those of an older study that goes on.

    Args:
        study: The opened study, which asks about these data.
        data: As they were loaded, before the question changed anything of them.
        home: Folder of studies.
        place: Where artifacts are kept, see `autolstm.ledger.artifacts.open_artifacts`.

    Returns:
        A sentence where they are too large to be kept, else nothing.

    Raises:
        DataError: Their times are of a kind that cannot be kept.
        StorageError: They cannot be written.
    """
    stored = study.user_attrs.get(StudyKey.snapshot)
    if stored and open_artifacts(home, stored["place"]).has(stored["sha256"]):
        return ""
    if size(data) > MOST_BYTES:
        return (
            f"The data take more than {MOST_BYTES >> 30} GiB, so that no copy is kept beside the "
            f"study: who goes on with it needs {data.source or 'them'}."
        )
    put(study, pack(data), home, place)
    return ""


def put(study: optuna.Study, content: bytes, home: Path, place: str | None = None) -> None:
    """Write packed data, and then where they are."""
    # A folder is found again from wherever a later command is called.
    fixed = os.path.abspath(Path(place).expanduser()) if place and "://" not in place else place
    address = open_artifacts(home, fixed).put(content)
    said = {"sha256": address, "size": len(content), "place": fixed}
    study.set_user_attr(StudyKey.snapshot, said)


def kept(study: optuna.Study, home: Path) -> Dataset | Sequences:
    """Return the data of a study as they were when it was made.

    Raises:
        StudyNotFound: None are kept: it was made by an older autolstm, or they are too large.
        StorageError: They are not where they were put, or were changed.
        DataError: They cannot be read.
    """
    content = kept_bytes(study, home)
    if content is None:
        raise StudyNotFound(
            f"The study {study.study_name!r} keeps no data: an older autolstm made it, or they "
            f"are too large. Run it once more with its source, which keeps them, or name the "
            f"source."
        )
    return unpack(content)


def kept_bytes(study: optuna.Study, home: Path) -> bytes | None:
    """Return the packed data of a study, None where none are kept.

    Raises:
        StorageError: They are not where they were put, or were changed.
    """
    stored: dict[str, Any] | None = study.user_attrs.get(StudyKey.snapshot)
    if not stored:
        return None
    return open_artifacts(home, stored["place"]).get(stored["sha256"])


def forget(gone: dict[str, Any], others: list[dict[str, Any]], home: Path) -> None:
    """Delete the data of a study that is gone, unless other studies need them.

    Only what lies in the home is deleted: from a place that was named, other homes may read.

    Args:
        gone: User attributes of the study.
        others: Those of the other studies.
        home: Folder of studies.
    """
    stored = gone.get(StudyKey.snapshot)
    needed = [one.get(StudyKey.snapshot) or {} for one in others]
    if not stored or stored["place"] or stored["sha256"] in [one.get("sha256") for one in needed]:
        return
    open_artifacts(home).remove(stored["sha256"])
