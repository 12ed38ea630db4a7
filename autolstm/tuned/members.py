"""The files of a model folder, read in bounds: plain files of the folder, as large as memory."""

import json
import os
import stat
from pathlib import Path
from typing import Any

from autolstm.memory import free, sized

__all__ = ["parsed", "read_member"]

COPIES = 3
"""How often the content of a file is in the memory at once: as bytes, as arrays, in a network."""

IN_JSON = 20
"""Bytes of Python objects that a byte of JSON can turn into."""


def read_member(folder: Path, name: str, before: int = 0) -> bytes:
    """Read a file of a folder.

    Args:
        folder: The folder.
        name: Name of the file.
        before: Bytes that were read of others, and are kept.

    Raises:
        ValueError: It is a link, no plain file, or too large; the message says which.
        OSError: It cannot be read.
    """
    path = folder / name
    if path.is_symlink():
        raise ValueError(f"{name} is a link, whose file lies elsewhere")
    # Not even a pipe that took the place of the file since shall be waited for.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        return _read(handle, name, before)
    finally:
        os.close(handle)


def _read(handle: int, name: str, before: int) -> bytes:
    found, room = os.fstat(handle), free()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError(f"{name} is a folder, a device or a pipe")
    needed = found.st_size * (IN_JSON if name.endswith(".json") else COPIES)
    if needed + before > room:
        raise ValueError(
            f"{name} has {sized(found.st_size)}, which takes about {sized(needed)} of memory, "
            f"and {sized(room)} are free"
        )
    with open(handle, "rb", closefd=False) as file:
        return file.read(found.st_size)


def parsed(content: bytes) -> Any:
    """Parse JSON.

    Raises:
        ValueError: It is none, or nested deeper than anything that was written by us.
    """
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("its JSON is nested too deeply") from None
