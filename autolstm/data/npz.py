"""NPZ files of numpy, looked through before anything of them is unpacked.

A few bytes can claim an array of any size, and a few kilobytes of zeros unpack to gigabytes. What
an archive says of its members is what its reader goes by, so that alone is checked.
"""

import math
import tokenize
import zipfile
import zlib
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from autolstm.errors import InputError
from autolstm.memory import free, sized

__all__ = ["DAMAGE", "TooLarge", "check_npz"]

DAMAGE = (
    *(ValueError, EOFError, KeyError, AttributeError, TypeError, NotImplementedError),
    *(OverflowError, RuntimeError, zipfile.BadZipFile, zlib.error),
    *(SyntaxError, tokenize.TokenError),
)
"""What is raised of a file that is no whole archive of plain arrays; headers are Python's."""

COPIES = 3
"""How often what is unpacked is in the memory at once: as it came, as float64, prepared."""

HEADERS: dict[tuple[int, int], Any] = {
    (1, 0): npy.read_array_header_1_0,
    (2, 0): npy.read_array_header_2_0,
}


class TooLarge(InputError):
    """Something that does not fit into the memory; the message says how large it is."""


def check_npz(file: IO[bytes]) -> None:
    """Check that the arrays of an NPZ file are as large as they say, and fit into the memory.

    Args:
        file: The open file; it is read from its beginning again afterwards.

    Raises:
        TooLarge: They do not fit.
        Exception: One of `DAMAGE`: it is no whole archive.
    """
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        size, room = sum(one.file_size for one in members), free()
        if size * COPIES > room:
            raise TooLarge(
                f"it unpacks to {sized(size)}, which takes about {sized(size * COPIES)} of "
                f"memory, and {sized(room)} are free"
            )
        for one in members:
            _check_member(archive, one)
    file.seek(0)


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Refuse an array whose header declares another size than the archive does."""
    with archive.open(member) as file:
        version = npy.read_magic(file)
        if version not in HEADERS:
            raise ValueError(f"{member.filename} is of version {version}")
        shape, _, kind = HEADERS[version](file)
        if kind.hasobject:
            return  # numpy says that it takes pickle, and does not
        if math.prod(shape) * np.dtype(kind).itemsize + file.tell() != member.file_size:
            raise ValueError(f"{member.filename} is not as large as its header says")
