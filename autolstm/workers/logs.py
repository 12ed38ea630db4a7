"""Files of what workers print, one for each worker of a command."""

import os
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psutil

from autolstm import private
from autolstm.ledger.places import refuse_link

__all__ = ["HEAD", "begin_log", "log_for", "tidy"]

KEPT = 32
"""Files of commands that have ended which are kept, the newest."""

HEAD = "--"
"""How the line begins that says which worker prints what follows."""

NAMED = re.compile(r"worker-\d+-of-(\d{1,9})\.log")


def log_for(folder: Path, slot: int) -> Path:
    """Return the file of a worker of this command; several may work on one study.

    Args:
        folder: Folder of such files.
        slot: Number of the worker, from 1; whoever replaces it goes on in its file.
    """
    return folder / f"worker-{slot}-of-{os.getpid()}.log"


def begin_log(log: Path, slot: int) -> int:
    """Open the file of a worker that is begun now, after what was printed before it.

    Returns:
        A file descriptor, to be closed by the caller.

    Raises:
        StorageError: It is a link, or its folder is one.
    """
    private.make_folder(log.parent)
    for one in (log.parent, log):
        refuse_link(one)
    opened = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(opened, f"{HEAD} worker {slot}, begun {datetime.now():%Y-%m-%d %H:%M:%S}\n".encode())
    return opened


def tidy(folder: Path) -> None:
    """Remove the oldest files of commands that have ended."""
    with suppress(OSError):
        named = [(one, NAMED.fullmatch(one.name)) for one in folder.iterdir()]
        ended = [one for one, found in named if found and not psutil.pid_exists(int(found[1]))]
        ended.sort(key=lambda one: one.lstat().st_mtime, reverse=True)
        for one in ended[KEPT:]:
            one.unlink()
