"""Who is working on a study: every process holds a lock that the system drops when it dies.

So nobody has to guess from times whether a process of this machine lives: a clock that jumps and
a laptop that sleeps change nothing. Processes of other machines are judged by `pulse`.
"""

import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from autolstm import private
from autolstm.errors import StorageError, StudyBusy
from autolstm.ledger.locks import FileLock, Timeout, lock
from autolstm.ledger.places import refuse_link

__all__ = ["BEGUN", "FOLDER", "alone", "anybody", "finishing", "gone", "is_near", "present"]

FOLDER = ".workers"
"""Where the locks of a study's processes lie, in its folder."""

BEGUN = ".restoring"
"""File in the folder of a study that is being restored: what lies there may be replaced."""

PLACE = "place"
"""File with the mark of the folder."""

ENDING = 0.5
"""Seconds between two looks whether to go on waiting for the one that does the last steps."""

ENTRY = 30
"""Seconds that a process waits for another one to come in, which takes milliseconds."""


@contextmanager
def present(folder: Path) -> Iterator[str]:
    """Be one of the processes that work on a study; yields the name of this one.

    Raises:
        StudyBusy: Another process has it alone.
        StorageError: The folder cannot be written, or there is a link in it.
    """
    name = secrets.token_hex(6)
    held = _lock(folder, name)
    with _writing(folder):
        private.make_folder(folder)
        private.make_folder(folder / FOLDER)
        try:
            with lock(folder / ".lock", timeout=ENTRY):
                _mark(folder)
                # What a killed process began to restore is nobody's; from now on it is ours.
                (folder / BEGUN).unlink(missing_ok=True)
                held.acquire()
        except Timeout:
            raise _taken(folder) from None
    try:
        yield f"{_place(folder)}:{name}"
    finally:
        held.release()
        _forget(folder, name)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a study that nobody works on, so that nobody can begin to.

    Raises:
        StudyBusy: A process works on it, or has it alone.
        StorageError: The folder cannot be written, or there is a link in it.
    """
    with _writing(folder):
        private.make_folder(folder)
        held = lock(folder / ".lock")
        try:
            held.acquire(timeout=0)
        except Timeout:
            raise _taken(folder) from None
    try:
        if anybody(folder):
            raise StudyBusy(
                f"The study in {folder} is being run by another process. Wait for it, or end it "
                f"with `autolstm stop {folder.name}`."
            )
        yield
    finally:
        held.release()


@contextmanager
def finishing(folder: Path, check: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Be the only process that confirms, refits and writes the model.

    Args:
        folder: Folder of the study.
        check: Called now and then while another one is at it; what it raises ends the waiting.
    """
    held = _lock(folder, "finish")
    while True:
        check()
        with suppress(Timeout):
            held.acquire(timeout=ENDING)
            break
    try:
        yield
    finally:
        held.release()


def anybody(folder: Path) -> bool:
    """Whether a process of this machine works on the study in a folder."""
    return any(not _is_free(folder, name) for name in _names(folder))


def gone(folder: Path, who: str) -> bool:
    """Whether a process that was near has ended, however it did."""
    # Only the last part: machines get new names, and older autolstms gave two parts.
    name = who.rpartition(":")[2]
    # The name comes from the storage, and must not lead out of the folder.
    return not name.isalnum() or _is_free(folder, name)


def is_near(folder: Path, who: str) -> bool:
    """Whether a name is that of a process of this machine that works in this folder."""
    return who.startswith(f"{_place(folder)}:")


def _place(folder: Path) -> str:
    """Return the name of a machine and a folder, which no other one has.

    Not its path: two machines of one name may each have a folder of their own there.
    """
    try:
        mark = (folder / FOLDER / PLACE).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        mark = ""
    return f"{socket.gethostname()}:{mark or '-'}"


def _mark(folder: Path) -> None:
    """Give the folder its mark, where it has none."""
    file = folder / FOLDER / PLACE
    refuse_link(file)
    if not file.is_file():
        private.write(file, secrets.token_hex(6).encode())


def _lock(folder: Path, name: str) -> FileLock:
    """Return one of the locks of the processes that work on a study."""
    refuse_link(folder / FOLDER)
    return lock(folder / FOLDER / name)


def _names(folder: Path) -> list[str]:
    # The lock of the last steps is held by a process that has a lock of its own.
    names = (one.name for one in (folder / FOLDER).glob("*"))
    return [one for one in names if one not in ("finish", PLACE)]


def _is_free(folder: Path, name: str) -> bool:
    """Whether nobody holds a lock; its file goes where that is so."""
    held = _lock(folder, name)
    if not (folder / FOLDER / name).is_file():
        return True
    try:
        held.acquire(timeout=0)
    except (Timeout, OSError):
        return False
    held.release()
    _forget(folder, name)
    return True


def _forget(folder: Path, name: str) -> None:
    with suppress(OSError):
        (folder / FOLDER / name).unlink(missing_ok=True)


def _taken(folder: Path) -> StudyBusy:
    return StudyBusy(
        f"Another process has the study in {folder} alone: it deletes, restores or repairs it. "
        f"Wait until it has ended, and run the same command again."
    )


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be written: {error.strerror or error}. Give another "
            f"--home."
        ) from None
