"""Files of one user: what holds data, trials or models is made for nobody else to read.

On POSIX, files are made with the permissions 0600 and folders with 0700; a folder that was there
before keeps its own. Windows gives what is made in a user's folders to that user anyway.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["anew", "make_file", "make_folder", "narrow", "write", "writing"]

FILE, FOLDER = 0o600, 0o700
BINARY = getattr(os, "O_BINARY", 0)


def make_folder(folder: Path) -> None:
    """Make a folder, and those around it that are missing; one that is there stays as it is.

    Raises:
        OSError: It cannot be made.
    """
    missing: list[Path] = []
    for one in (folder, *folder.parents):
        if one.is_dir() or (missing and one.exists()):
            break
        missing.append(one)
    for one in reversed(missing):
        # Another process may make it at the same time; a file in its place is an error.
        one.mkdir(mode=FOLDER, exist_ok=True)


def make_file(path: Path) -> None:
    """Make an empty file where there is none, for whoever opens it by its path.

    One that is there is not even opened: closing it again would drop every lock that this process
    holds on it (POSIX), and SQLite's on its database are such locks; see
    https://www.sqlite.org/howtocorrupt.html, section 2.2.

    Raises:
        OSError: It cannot be made.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDONLY, FILE))


def anew(path: Path) -> BinaryIO:
    """Open an empty file in the place of what is there; of a link, what it leads to stays.

    Raises:
        OSError: It cannot be made.
    """
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | BINARY, FILE)
    return os.fdopen(handle, "wb")


def narrow(path: Path) -> None:
    """Take a file from others that a library has made with the permissions it likes.

    Raises:
        OSError: It is not this user's.
    """
    if os.name == "posix":
        path.chmod(FILE)


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; whoever reads meanwhile finds the old or the new one.

    Raises:
        OSError: It cannot be written.
    """
    with writing(path) as file:
        file.write(content)


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write into, which takes its place when all went well.

    Raises:
        OSError: It cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with anew(part) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink()
