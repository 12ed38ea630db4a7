"""Who is working on a study: every process holds a lock that the system drops when it dies.

So nobody has to guess from times whether a process of this machine lives: a clock that jumps and
a laptop that sleeps change nothing. Processes of other machines are judged by `pulse`.
"""

import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from autolstm import private
from autolstm.errors import StorageError, StudyBusy
from autolstm.ledger.places import refuse_link

__all__ = ["FOLDER", "alone", "anybody", "finishing", "gone", "is_near", "present"]

FOLDER = ".workers"
"""Where the locks of a study's processes lie, in its folder."""

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
        StudyBusy: Somebody is deleting the study.
        StorageError: The folder cannot be written.
    """
    name = secrets.token_hex(6)
    held = FileLock(folder / FOLDER / name)
    with _writing(folder):
        _refuse_links(folder)
        private.make_folder(folder)
        private.make_folder(folder / FOLDER)
        try:
            with FileLock(folder / ".lock", timeout=ENTRY):
                _mark(folder)
                held.acquire()
        except Timeout:
            raise StudyBusy(
                f"The study in {folder} is being deleted by another process. Wait for it, or give "
                f"this one another --name."
            ) from None
    try:
        yield f"{_place(folder)}:{name}"
    finally:
        held.release()
        _forget(folder, name)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a study that nobody works on, so that nobody can begin to.

    Raises:
        StudyBusy: A process works on it.
        StorageError: The folder cannot be written.
    """
    with _writing(folder):
        _refuse_links(folder)
        private.make_folder(folder)
        held = FileLock(folder / ".lock")
        try:
            held.acquire(timeout=0)
        except Timeout:
            raise _busy(folder) from None
    try:
        if anybody(folder):
            raise _busy(folder)
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
    held = FileLock(folder / FOLDER / "finish")
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
    return any(not _is_free(one) for one in _names(folder))


def gone(folder: Path, who: str) -> bool:
    """Whether a process that was near has ended, however it did."""
    # Only the last part: machines get new names, and older autolstms gave two parts.
    name = who.rpartition(":")[2]
    # The name comes from the storage, and must not lead out of the folder.
    return not name.isalnum() or _is_free(folder / FOLDER / name)


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


def _names(folder: Path) -> list[Path]:
    # The lock of the last steps is held by a process that has a lock of its own.
    names = (folder / FOLDER).glob("*")
    return [one for one in names if one.name not in ("finish", PLACE)]


def _is_free(file: Path) -> bool:
    """Whether nobody holds a lock; its file goes where that is so."""
    if not file.is_file():
        return True
    held = FileLock(file)
    try:
        held.acquire(timeout=0)
    except (Timeout, OSError):
        return False
    held.release()
    with suppress(OSError):
        file.unlink(missing_ok=True)
    return True


def _refuse_links(folder: Path) -> None:
    # A file of a lock is emptied when it is opened, whatever it leads to.
    for one in (folder / ".lock", folder / FOLDER):
        refuse_link(one)


def _forget(folder: Path, name: str) -> None:
    with suppress(OSError):
        (folder / FOLDER / name).unlink(missing_ok=True)


def _busy(folder: Path) -> StudyBusy:
    return StudyBusy(
        f"The study in {folder} is being run by another process. Wait for it, or end it with "
        f"`autolstm stop {folder.name}`."
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
