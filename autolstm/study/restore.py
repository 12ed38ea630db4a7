"""A study brought back from its backup, as a whole or not at all.

The file may come from a stranger. It is checked before anything is written: that its members are
ours and sound, see `autolstm.ledger.archive`, that the study in it holds together, and that its
name is one of a study. Nothing that is read is code; the page of the report is written anew.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from optuna.storages import RDBStorage

from autolstm import private
from autolstm.data.snapshot import unpack as unpack_data
from autolstm.errors import BackupError, DataError, StorageError
from autolstm.experiment import ask
from autolstm.ledger import archive, packing
from autolstm.ledger.archive import Archive
from autolstm.ledger.packing import Packed
from autolstm.ledger.reading import read_results
from autolstm.ledger.record import StudyKey
from autolstm.ledger.storage import open_storage, quiet, sound, where
from autolstm.study.backup import DATA, STUDY, TRIALS, Kept
from autolstm.study.keeping import put
from autolstm.study.presence import alone
from autolstm.study.shelf import MODEL, REPORT, Shelf
from autolstm.tuned.files import load

__all__ = ["restore"]

BEGUN = ".restoring"
"""File in the folder of a study that is being restored: what lies there may be replaced."""


def restore(
    file: Path | str,
    *,
    name: str | None = None,
    home: Path | str = "runs",
    storage: str | None = None,
    artifacts: str | None = None,
) -> Kept:
    """Bring a study back from its backup, as a whole or not at all.

    The file is checked before anything is written; nothing in it is executed.

    Args:
        file: What `autolstm.backup` wrote.
        name: Another name for the study.
        home: Folder of studies.
        storage: Optuna storage URL; None for ``studies.db`` in the home.
        artifacts: Where the data are kept: a folder or ``s3://bucket/prefix``; None for the home.

    Returns:
        What was restored.

    Raises:
        BackupError: It is no backup, damaged, newer, or not to be trusted.
        SettingError: The name is none that a study can have.
        StorageError: There is a study or a folder of this name, or no room.
        StudyBusy: A study of this name is being run.
    """
    home, file = Path(home).expanduser(), Path(file).expanduser()
    with archive.opened(file) as held:
        packed = _checked(held)
        packed = replace(packed, name=_name(file, name or packed.name))
        members = {one: held.read(one) for one in held.sums}
        _check_room(held, home)
        place = home / packed.name
        with alone(place), _undone(place), sound(where(home, storage)), quiet():
            _check_free(packed.name, home, storage)
            _restore(packed, members, home, storage, artifacts)
    return _reported(Kept.of(packed, place, members, file), home, storage)


def _restore(
    packed: Packed,
    members: dict[str, bytes],
    home: Path,
    storage: str | None,
    artifacts: str | None,
) -> None:
    """Write the files, then the study: what is not in the storage yet does not count."""
    place = home / packed.name
    private.make_file(place / BEGUN)
    _write_model(members, place / MODEL)
    attributes = dict(packed.user_attrs)
    attributes.pop(StudyKey.snapshot, None)
    packed = replace(packed, user_attrs=attributes)
    if DATA in members:
        shadow = packing.rehearsed(replace(packed, trials=()))
        put(shadow, members[DATA], home, artifacts)
        packed = replace(packed, user_attrs=shadow.user_attrs)
    opened = open_storage(home, storage)
    assert isinstance(opened, RDBStorage), "a storage of ours is a database"
    packing.unpack(opened, packed)
    (place / BEGUN).unlink()


def _checked(held: Archive) -> Packed:
    """Read the study of a backup, and find out that it holds together before it is written."""
    try:
        said = archive.from_json(held.path, STUDY, held.read(STUDY))
        lines = held.read(TRIALS)
        archive.check_text(held.path, TRIALS, lines)
        each = (archive.from_json(held.path, TRIALS, one) for one in lines.splitlines())
        packed = Packed.from_json(said, each)
        refit = packed.user_attrs.get(StudyKey.refit)
        if refit and refit["path"] != MODEL:
            raise ValueError("its model lies elsewhere")
        read_results(packing.rehearsed(packed), Path())
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # A newer study, and what the archive says of itself, have their own messages.
        if isinstance(error, (BackupError, StorageError)):
            raise
        raise BackupError(
            f"The study in the backup {held.path} does not hold together: "
            f"{type(error).__name__}: {error}. Take another backup."
        ) from None
    if DATA in held.sums:
        try:
            unpack_data(held.read(DATA))
        except DataError as error:
            raise BackupError(f"The backup {held.path} is damaged. {error}") from None
    return packed


def _name(file: Path, name: str) -> str:
    """Return the name, if a study can have it: it becomes that of a folder."""
    found = ask({"source": str(file), "name": name}).name
    assert found is not None
    return found


def _check_room(held: Archive, home: Path) -> None:
    around = next(one for one in (home.absolute(), *home.absolute().parents) if one.is_dir())
    free = shutil.disk_usage(around).free
    # The database has indices and pages of its own.
    if free < 2 * held.size:
        raise StorageError(
            f"The study in {held.path} takes about {2 * held.size >> 20} MiB, and {free >> 20} "
            f"MiB are free in {around}. Make room, or give another --home."
        )


def _check_free(name: str, home: Path, storage: str | None) -> None:
    """Refuse a name that is taken; what a killed process has begun to restore is not."""
    place = home / name
    taken = name in [one.study_name for one in open_storage(home, storage).get_all_studies()]
    begun = (place / BEGUN).is_file()
    if taken:
        raise StorageError(
            f"There is a study {name!r} in {where(home, storage)} already, and it is not "
            f"replaced. Give the restored one another --name, or remove the old one with "
            f"`autolstm delete {name}`."
        )
    if not begun and ((place / MODEL).exists() or (place / REPORT).exists()):
        raise StorageError(
            f"There is a report or a model in {place} already, of no study in "
            f"{where(home, storage)}. Move the folder away, or give the study another --name."
        )


@contextmanager
def _undone(place: Path) -> Iterator[None]:
    """Leave nothing behind where a restoration has failed."""
    try:
        yield
    except BaseException:
        if (place / BEGUN).exists():
            shutil.rmtree(place / MODEL, ignore_errors=True)
            with suppress(OSError):
                (place / BEGUN).unlink()
        with suppress(OSError):
            if {one.name for one in place.iterdir()} <= {".lock"}:
                (place / ".lock").unlink(missing_ok=True)
                place.rmdir()
        raise


def _write_model(members: dict[str, bytes], folder: Path) -> None:
    files = {
        name.removeprefix(f"{MODEL}/"): one
        for name, one in members.items()
        if name.startswith(f"{MODEL}/")
    }
    shutil.rmtree(folder, ignore_errors=True)
    if not files:
        return
    try:
        private.make_folder(folder)
        for name, one in files.items():
            private.write(folder / name, one)
        load(folder)
    except OSError as error:
        raise StorageError(
            f"The model cannot be written to {folder}: {error.strerror or error}. Make room, or "
            f"give another --home."
        ) from None


def _reported(kept: Kept, home: Path, storage: str | None) -> Kept:
    """Write the report from the trials: a page from a stranger might run what it likes."""
    if not kept.report:
        return kept
    try:
        Shelf(home, storage).report(kept.study)
    except StorageError as error:
        return replace(kept, report=False, notes=(*kept.notes, f"Its report is missing. {error}"))
    return kept
