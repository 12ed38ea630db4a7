"""A study in one file, to be kept elsewhere or given to others; `autolstm.study.restore` reads it.

docs/decisions/019 says what is in it, and why.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from autolstm.errors import BackupError, ModelFileError, StorageError
from autolstm.ledger import archive, packing
from autolstm.ledger.packing import Packed
from autolstm.ledger.record import StudyKey
from autolstm.ledger.storage import quiet, sound, where
from autolstm.study.keeping import kept_bytes
from autolstm.study.shelf import MODEL, REPORT, Shelf
from autolstm.tuned.files import contents

__all__ = ["DATA", "STUDY", "TRIALS", "Kept", "backup"]

STUDY, TRIALS, DATA = "study.json", "trials.jsonl", "data.npz"
"""What the parts of a backup are called in it, beside report and model."""

TRIES = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup holds, or what was restored from one.

    Attributes:
        study: Name of the study.
        path: The backup, or the folder of the restored study.
        trials: How many.
        report: Whether it has a report.
        model: Whether it has a model.
        data: Whether it has the data.
        size: Bytes of the backup.
        notes: What is missing, and why.
    """

    study: str
    path: Path
    trials: int
    report: bool
    model: bool
    data: bool
    size: int
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, packed: Packed, path: Path, members: Mapping[str, bytes], file: Path) -> "Kept":
        """Say what a backup holds, whose members these are."""
        return cls(
            study=packed.name,
            path=path,
            trials=len(packed.trials),
            report=REPORT in members,
            model=any(one.startswith(f"{MODEL}/") for one in members),
            data=DATA in members,
            size=file.stat().st_size,
        )


def backup(
    name: str,
    file: Path | str,
    *,
    home: Path | str = "runs",
    storage: str | None = None,
    force: bool = False,
) -> Kept:
    """Write a study into one file: trials with their curves, report, model and data.

    The study may be running; trials that run are in the file as cut off.

    Args:
        name: The study.
        file: The file to write, such as ``airline.autolstm``.
        home: Folder of studies.
        storage: Optuna storage URL; None for ``studies.db`` in the home.
        force: Whether an older file is replaced.

    Returns:
        What is in it.

    Raises:
        StudyNotFound: There is no study of this name.
        StorageError: The study or its data cannot be read.
        BackupError: There is a file already, it cannot be written, or the study is too large.
    """
    home, file = Path(home).expanduser(), Path(file).expanduser()
    _check_target(file, force=force)
    shelf = Shelf(home, storage)
    shelf.study(name)  # says what is wrong with the name
    with sound(where(home, storage)), quiet():
        members, packed, notes = _members(shelf, name, home)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        archive.write(file, members, {"study": name, "created": created})
        kept = Kept.of(packed, file, members, file)
    except OSError as error:
        raise BackupError(
            f"The backup {file} cannot be written: {error.strerror or error}. Give a file in a "
            f"folder that can be written, on a disk with room."
        ) from None
    return replace(kept, notes=tuple(notes))


def _check_target(file: Path, *, force: bool) -> None:
    if file.is_dir() or not file.absolute().parent.is_dir():
        what = "is a folder" if file.is_dir() else f"lies in no folder: make {file.parent} first"
        raise BackupError(f"The backup {file} {what}. Give the name of a file.")
    if file.exists() and not force:
        raise BackupError(
            f"There is a file {file} already, and it is not replaced. Give another name, or say "
            f"--force (in Python, force=True)."
        )


def _members(shelf: Shelf, name: str, home: Path) -> tuple[dict[str, bytes], Packed, list[str]]:
    """Return all that is kept; what a running study has changed meanwhile is read again."""
    for _ in range(TRIES):
        packed = packing.pack(shelf.storage(), name)
        notes: list[str] = []
        members = {
            STUDY: json.dumps(packed.to_json(), indent=1).encode(),
            TRIALS: "".join(f"{line}\n" for line in packed.lines()).encode(),
        }
        _add_files(members, packed, shelf, name, home, notes)
        now = shelf.study(name).user_attrs
        if now.get(StudyKey.refit) == packed.user_attrs.get(StudyKey.refit):
            return members, packed, notes
    raise StorageError(
        f"The study {name!r} gets other models faster than they can be read. Wait until it has "
        f"ended, and try again."
    )


def _add_files(
    members: dict[str, bytes],
    packed: Packed,
    shelf: Shelf,
    name: str,
    home: Path,
    notes: list[str],
) -> None:
    with suppress(FileNotFoundError):
        members[REPORT] = (home / name / REPORT).read_bytes()
    if packed.user_attrs.get(StudyKey.refit):
        try:
            files = contents(home / name / MODEL)
            members |= {f"{MODEL}/{inside}": one for inside, one in files.items()}
        except ModelFileError as error:
            notes.append(f"It has no model. {error}")
    try:
        data = kept_bytes(shelf.study(name), home)
    except StorageError as error:
        data = None
        notes.append(f"It has no data. {error}")
    else:
        if data is None:
            notes.append("It has no data: the study keeps none.")
    if data is not None:
        members[DATA] = data
