"""Paths -> `Table`: which kinds of files are read, and what is said of those that cannot be."""

import gzip
import zlib
from pathlib import Path

import pandas as pd

from autolstm.data.table import Table, read_frame
from autolstm.data.text import read_text
from autolstm.errors import DataError

__all__ = ["SUFFIXES", "read_file", "suffix"]

TEXT = (".csv", ".txt", ".tsv")
PARQUET = (".parquet", ".pq")
SUFFIXES = (*TEXT, *(f"{one}.gz" for one in TEXT), *PARQUET)
"""Endings of the files that can be read."""


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
        packed = path.read_bytes()
        return read_text(path.name, gzip.decompress(packed) if ending.endswith(".gz") else packed)
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


def _parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (ValueError, OSError) as error:  # pyarrow's own errors are one or the other
        if isinstance(error, PermissionError):
            raise
        raise DataError(
            f"{path.name} is not a readable Parquet file. It is damaged, cut short or of another "
            f"kind. Write it again, or give a CSV file."
        ) from None
