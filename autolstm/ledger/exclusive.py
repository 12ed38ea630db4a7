"""An SQLite file that nobody else has open, copied and given another content in its place.

It must not be replaced by a renamed one: whoever is about to open it would have the old file with
the log of the new one, and write into both (https://www.sqlite.org/howtocorrupt.html, 2.4). So it
stays the same file, under the lock that SQLite itself takes on it; who comes meanwhile waits for
that, and finds the new content.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from autolstm import private
from autolstm.errors import StudyBusy
from autolstm.ledger.places import beside

try:
    import fcntl
except ImportError:  # Windows has locks of another kind, which nobody has tried here
    fcntl = None  # type: ignore[assignment]

__all__ = ["Held", "exclusive"]

LOCKED, BYTES = 0x40000000, 512
"""Where SQLite's locks are: https://www.sqlite.org/fileformat2.html#the_lock_byte_page."""


class Held:
    """A file that is held. While it is, nothing else of this process may open it.

    Closing it a second time would drop the lock (POSIX).

    Args:
        path: Where it is.
        file: The opened file.
    """

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file

    def copy(self, target: Path) -> None:
        """Copy it with what SQLite keeps beside it.

        Raises:
            OSError: There is no room.
        """
        self._file.seek(0)
        with private.writing(target) as copied:
            shutil.copyfileobj(self._file, copied)
        for one, copied_to in zip(beside(self._path), beside(target), strict=True):
            if one.is_file():
                private.write(copied_to, one.read_bytes())

    def replace(self, content: bytes) -> None:
        """Give it another content, and nothing beside it: SQLite would write that into it.

        Raises:
            OSError: There is no room; it is as it was.
        """
        size = self._file.seek(0, os.SEEK_END)
        try:
            # What needs more room than there was goes first, behind everything.
            self._write(content[size:])
        except OSError:
            self._file.truncate(size)
            raise
        for one in beside(self._path):
            one.unlink(missing_ok=True)
        self._file.seek(0)
        self._write(content[:size])
        self._file.truncate(len(content))

    def _write(self, content: bytes) -> None:
        left = memoryview(content)
        while left:
            left = left[self._file.write(left) :]
        os.fsync(self._file.fileno())


@contextmanager
def exclusive(path: Path) -> Iterator[Held]:
    """Hold a file that no process has open; those that would open it wait for a minute.

    Every process that works on a study, lists studies or shows them has its storage open.

    Raises:
        StudyBusy: Another process has it open.
        OSError: It cannot be read and written.
    """
    with path.open("r+b", buffering=0) as file:
        if fcntl is not None:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, BYTES, LOCKED)
            except (BlockingIOError, PermissionError):
                raise StudyBusy(
                    f"The database {path} is open in another process: a study that runs, perhaps "
                    f"of another --home, or a dashboard. Nothing was changed. End that process, "
                    f"and try again."
                ) from None
        yield Held(path, file)
