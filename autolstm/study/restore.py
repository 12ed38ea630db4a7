"""A study brought back from its backup, as a whole or not at all.

The file may come from a stranger. It is checked before anything is written: that its members are
ours and sound, see `autolstm.ledger.archive`, that the study in it holds together, and that its
name is one of a study. Nothing that is read is code; the page of the report is written anew.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from optuna.storages import BaseStorage, RDBStorage

from autolstm import private
from autolstm.data.snapshot import unpack as unpack_data
from autolstm.errors import BackupError, DataError, StorageError
from autolstm.experiment import ask
from autolstm.ledger import archive, packing
from autolstm.ledger.archive import Archive
from autolstm.ledger.packing import Packed
from autolstm.ledger.places import refuse_link, study_folder
from autolstm.ledger.reading import read_results
from autolstm.ledger.record import StudyKey
from autolstm.ledger.storage import BROKEN, open_storage, quiet, sound, where
from autolstm.memory import free as available
from autolstm.memory import sized
from autolstm.study.backup import DATA, STUDY, TRIALS, Kept
from autolstm.study.keeping import put
from autolstm.study.offer import moved
from autolstm.study.presence import BEGUN, alone
from autolstm.study.shelf import MODEL, REPORT, Shelf
from autolstm.tuned.files import load

__all__ = ["restore"]

FRESH = f".{MODEL}.new"
"""Where a model is written before it is whole; `autolstm.tuned.files.save` cleans up there."""

COPIES = 3
"""How often the members of a backup are in the memory at once: as they are, and what they say."""


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
        _check_room(held, home)
        packed = _checked(held)
        packed = replace(packed, name=_name(file, name or packed.name))
        members = {one: held.read(one) for one in held.sums}
    place, called = study_folder(home, packed.name), where(home, storage)
    with alone(place), _emptied(place), sound(called), quiet():
        opened = open_storage(home, storage)
        assert isinstance(opened, RDBStorage), "a storage of ours is a database"
        _check_free(packed.name, opened, place, called)
        with _writing(place), _begun(place, opened, packed.name) as mark:
            _write_model(members, place)
            packed = _with_data(packed, members, home, artifacts)
            # What is not in the storage yet does not count, so it comes last.
            packing.unpack(opened, packed, mark)
    return _reported(Kept.of(packed, place, members, file), home, storage)


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
        packed = _here(packed)
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
            raise BackupError(
                f"The backup {held.path} holds data that cannot be restored. {error}"
            ) from None
    return packed


def _name(file: Path, name: str) -> str:
    """Return the name, if a study can have it: it becomes that of a folder."""
    found = ask({"source": str(file), "name": name}).name
    assert found is not None
    return found


def _check_room(held: Archive, home: Path) -> None:
    """Refuse what does not fit on the disk or into the memory, before any of it is read."""
    around = next(one for one in (home.absolute(), *home.absolute().parents) if one.is_dir())
    free = shutil.disk_usage(around).free
    # The database has indices and pages of its own.
    if free < 2 * held.size:
        raise StorageError(
            f"The study in {held.path} takes about {2 * held.size >> 20} MiB, and {free >> 20} "
            f"MiB are free in {around}. Make room, or give another --home."
        )
    memory, room = COPIES * held.size, available()
    if memory > room:
        raise StorageError(
            f"The study in {held.path} takes about {sized(memory)} of memory to be restored, and "
            f"{sized(room)} are free. Close other programs, or restore it on a computer with more."
        )


def _check_free(name: str, storage: BaseStorage, place: Path, called: str) -> None:
    """Refuse a name that is taken; what a killed process has begun to restore is not."""
    for one in (BEGUN, MODEL, FRESH):
        refuse_link(place / one)
    if name in [one.study_name for one in storage.get_all_studies()]:
        raise StorageError(
            f"There is a study {name!r} in {called} already, and it is not replaced. Give the "
            f"restored one another --name, or remove the old one with `autolstm delete {name}`."
        )
    begun = (place / BEGUN).is_file()
    if not begun and ((place / MODEL).exists() or (place / REPORT).exists()):
        raise StorageError(
            f"There is a report or a model in {place} already, of no study in {called}. Move the "
            f"folder away, or give the study another --name."
        )


def _left(place: Path) -> str:
    """Return the mark of what a killed process has begun to restore here, empty for none."""
    try:
        with (place / BEGUN).open("rb") as file:
            found = re.fullmatch(rb"[0-9a-f]{32}", file.read(33))
    except FileNotFoundError:
        return ""
    return found[0].decode() if found else ""


@contextmanager
def _writing(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"The study cannot be written to {place}: {error.strerror or error}. Make room, or "
            f"give another --home."
        ) from None


@contextmanager
def _emptied(place: Path) -> Iterator[None]:
    """Leave no empty folder behind where a restoration has failed."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            if {one.name for one in place.iterdir()} <= {".lock"}:
                (place / ".lock").unlink(missing_ok=True)
                place.rmdir()
        raise


@contextmanager
def _begun(place: Path, storage: RDBStorage, name: str) -> Iterator[str]:
    """Let a study be restored under a mark of its own; leave nothing behind where that fails.

    The mark stays in the folder for as long as there is anything in the folder or in the storage
    that is not a whole study: who finds it there has the folder alone, and may replace that.
    """
    if left := _left(place):
        packing.forget(storage, name, left)
    mark = uuid4().hex
    private.write(place / BEGUN, mark.encode())
    try:
        yield mark
    except BaseException:
        for one in (FRESH, MODEL):
            shutil.rmtree(place / one, ignore_errors=True)
        with suppress(OSError, *BROKEN):
            packing.forget(storage, name, mark)
            (place / BEGUN).unlink()
        raise
    (place / BEGUN).unlink()


def _write_model(members: dict[str, bytes], place: Path) -> None:
    """Write the model, which is whole as soon as it is where models are."""
    for one in (FRESH, MODEL):
        shutil.rmtree(place / one, ignore_errors=True)
    files = {
        name.removeprefix(f"{MODEL}/"): content
        for name, content in members.items()
        if name.startswith(f"{MODEL}/")
    }
    if not files:
        return
    private.make_folder(place / FRESH)
    for name, content in files.items():
        private.write(place / FRESH / name, content)
    load(place / FRESH)
    (place / FRESH).rename(place / MODEL)


def _here(packed: Packed) -> Packed:
    """Return a study without what was true of the machine that it comes from alone."""
    attributes = dict(packed.user_attrs)
    attributes.pop(StudyKey.snapshot, None)
    if attributes.get(StudyKey.offer) is not None:
        attributes[StudyKey.offer] = moved(attributes[StudyKey.offer])
    return replace(packed, user_attrs=attributes)


def _with_data(
    packed: Packed, members: dict[str, bytes], home: Path, artifacts: str | None
) -> Packed:
    """Keep the data; return the study with where they are."""
    if DATA not in members:
        return packed
    shadow = packing.rehearsed(replace(packed, trials=()))
    put(shadow, members[DATA], home, artifacts)
    return replace(packed, user_attrs=shadow.user_attrs)


def _reported(kept: Kept, home: Path, storage: str | None) -> Kept:
    """Write the report from the trials: a page from a stranger might run what it likes."""
    if not kept.report:
        return kept
    try:
        Shelf(home, storage).report(kept.study)
    except StorageError as error:
        return replace(kept, report=False, notes=(*kept.notes, f"Its report is missing. {error}"))
    return kept
