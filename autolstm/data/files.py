"""Paths -> `Table`: which kinds of files are read, and what is said of those that cannot be."""

import gzip
import zlib
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from autolstm.data.room import ROWS_BY_MACHINE, check_room
from autolstm.data.table import Table, read_frame
from autolstm.data.text import read_text
from autolstm.errors import DataError

__all__ = ["SUFFIXES", "read_file", "suffix"]

TEXT = (".csv", ".txt", ".tsv")
PARQUET = (".parquet", ".pq")
SUFFIXES = (*TEXT, *(f"{one}.gz" for one in TEXT), *PARQUET)
"""Endings of the files that can be read."""

PIECE = 1 << 24
"""Bytes that are unpacked at once."""

COPIES = 2
"""How often the values of a Parquet file are in the memory at once."""


def suffix(path: Path) -> str:
    """Return the ending in lower case, both parts of it for a packed file (``.csv.gz``)."""
    parts = [one.lower() for one in path.suffixes]
    return "".join(parts[-2:]) if parts[-1:] == [".gz"] else "".join(parts[-1:])


def read_file(path: Path) -> Table:
    """Read a CSV or Parquet file.

    Raises:
        DataError: The ending is unknown, or the file cannot be read as what it claims to be.
    """
    ending = suffix(path)
    if ending not in SUFFIXES:
        raise DataError(
            f"{path.name} is of a kind that is not read ({ending or 'no ending'}). Accepted are "
            f"{', '.join(SUFFIXES)}. Save it as CSV, or read it yourself and give the DataFrame."
        )
    try:
        if ending in PARQUET:
            return read_frame(_parquet(path), path.name)
        check_room(path.name, path.stat().st_size, ROWS_BY_MACHINE)
        packed = _unpacked(path) if ending.endswith(".gz") else path.read_bytes()
        return read_text(path.name, packed)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise DataError(
            f"{path.name} is not a whole gzip file. A file that ends in .gz must be packed with "
            f"gzip. Pack or fetch it again, or give the unpacked file."
        ) from None
    except OSError as error:
        raise DataError(
            f"{path.name} cannot be read: {error.strerror or error}. Check the file and your "
            f"permission to read it."
        ) from None


def _unpacked(path: Path) -> bytes:
    """Unpack a gzip file bit by bit: a few of its bytes can stand for any number."""
    parts, size = [], 0
    with gzip.open(path) as file:
        while part := file.read(PIECE):
            parts.append(part)
            size += len(part)
            check_room(path.name, size, ROWS_BY_MACHINE)
    return b"".join(parts)


def _parquet(path: Path) -> pd.DataFrame:
    try:
        about = pq.read_metadata(path)
        groups = [about.row_group(at).total_byte_size for at in range(about.num_row_groups)]
        # A column of one value takes no room in the file, but as much as another one when read.
        size = max(sum(groups), about.num_rows * about.num_columns * 8)
        check_room(path.name, size, COPIES)
        return pd.read_parquet(path)
    except (ValueError, OSError) as error:  # pyarrow's own errors are one or the other
        if isinstance(error, (PermissionError, DataError)):
            raise
        raise DataError(
            f"{path.name} is not a readable Parquet file. It is damaged, cut short or of another "
            f"kind. Write it again, or give a CSV file."
        ) from None
