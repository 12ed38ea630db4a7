"""Locks on files: the system drops them when their process dies, however it dies."""

from pathlib import Path

from filelock import FileLock, Timeout

from autolstm.ledger.places import refuse_link

__all__ = ["FileLock", "Timeout", "lock"]


def lock(file: Path, timeout: float = -1) -> FileLock:
    """Return the lock of a file, which is made when it is taken.

    Args:
        file: The file. Taking a lock opens it for writing, so it must not lead elsewhere.
        timeout: Seconds to wait for it before `Timeout` is raised; below 0 for no end.

    Raises:
        StorageError: The file is a link.
    """
    refuse_link(file)
    return FileLock(file, timeout=timeout)
