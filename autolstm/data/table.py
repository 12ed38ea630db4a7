"""Files and frames -> `Table`: named columns of cells, each row with the line it came from."""

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from autolstm.errors import DataError

__all__ = ["SUFFIXES", "Table", "numbers", "read_file", "read_frame", "suffix"]

TEXT = (".csv", ".txt", ".tsv")
PARQUET = (".parquet", ".pq")
SUFFIXES = (*TEXT, *(f"{one}.gz" for one in TEXT), *PARQUET)
"""Endings of the files that can be read."""

SEPARATORS = ("\t", ";", ",")
MISSING = ("", "na", "n/a", "#n/a", "nan", "null", "none")
Line = tuple[int, list[str]]
COMMA = re.compile(r"[+-]?\d+(,\d+)?([eE][+-]?\d+)?")


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of cells, as they came.

    Attributes:
        name: What messages call it.
        frame: The cells: text where they came from a text file.
        rows: Number of every row in its source: a line of a file, or a row from 0.
        word: ``"line"`` or ``"row"``.
        index: The column that was the index of a frame, empty where there was none. It may
            hold the times, never a covariate.
        commas: Whether a comma may be the decimal sign: it does not separate the cells.
    """

    name: str
    frame: pd.DataFrame
    rows: np.ndarray
    word: str = "row"
    index: str = ""
    commas: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns, in their order."""
        return tuple(self.frame.columns)

    def where(self, row: int) -> str:
        """Say where a row came from, as in ``line 7``."""
        return f"{self.word} {self.rows[row]}"

    def take(self, order: np.ndarray) -> "Table":
        """Return the table with its rows in another order."""
        return replace(self, frame=self.frame.iloc[order], rows=self.rows[order])


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
        return _parse(path.name, gzip.decompress(packed) if ending.endswith(".gz") else packed)
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


def read_frame(frame: pd.DataFrame, name: str) -> Table:
    """Take a pandas frame over; its index becomes a column unless it only counts the rows.

    Raises:
        DataError: It has no rows, or several levels of names.
    """
    if isinstance(frame.index, pd.MultiIndex) or isinstance(frame.columns, pd.MultiIndex):
        raise DataError(
            f"{name} has an index or columns of several levels. One series with one row per time "
            f"is accepted. Select one series, or flatten the levels with reset_index()."
        )
    names = [str(one).strip() for one in frame.columns]
    frame, index = frame.set_axis(names, axis="columns"), ""
    label = "time" if isinstance(frame.index, pd.DatetimeIndex | pd.PeriodIndex) else "index"
    label = label if frame.index.name is None else str(frame.index.name).strip()
    counts = frame.index.name is None and frame.index.equals(pd.RangeIndex(len(frame)))
    if not counts and label not in names:
        index, names = label, [label, *names]
        frame = frame.rename_axis(index=label).reset_index()
    _check_names(name, names)
    if frame.empty:
        raise DataError(f"{name} has no rows. Give one row per time, oldest first.")
    return Table(name, frame.reset_index(drop=True), np.arange(len(frame)), index=index)


def numbers(table: Table, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Read the cells of a column as numbers.

    Returns:
        Float64 values of shape (rows,), NaN where there is none, and a mask of shape (rows,) of
        the cells that hold something else than a number.
    """
    cells = table.frame[column]
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_complex_dtype(cells):
        return cells.to_numpy(np.float64, na_value=np.nan), np.zeros(len(cells), dtype=bool)
    if not (pd.api.types.is_object_dtype(cells) or pd.api.types.is_string_dtype(cells)):
        return np.full(len(cells), np.nan), cells.notna().to_numpy()
    values = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64, na_value=np.nan, copy=True)
    odd = np.isnan(values)
    text = cells[odd].map(lambda cell: "" if pd.isna(cell) else str(cell).strip())
    absent = text.str.casefold().isin(MISSING).to_numpy(dtype=bool)
    points = table.commas and cells[~odd].astype(str).str.contains(".", regex=False).any()
    if table.commas and not points and text[~absent].str.fullmatch(COMMA).all():
        values[odd] = pd.to_numeric(text.str.replace(",", "."), errors="coerce")
    bad = np.zeros(len(cells), dtype=bool)
    bad[odd] = ~absent & np.isnan(values[odd])
    return values, bad


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


def _parse(name: str, packed: bytes) -> Table:
    """Read the cells of a text file, with their line numbers."""
    text = _decode(name, packed)
    if not text.strip():
        raise DataError(
            f"{name} is empty. A first line with the column names and one line per time are "
            f"needed. Check that the file was written to its end."
        )
    separator = _separator(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        cells = [(lines.line_num, line) for line in lines]
    except csv.Error as error:
        raise DataError(
            f"{name} cannot be read past line {lines.line_num}: {error}. Cells are separated by "
            f"commas, semicolons or tabs; check the quotes there."
        ) from None
    header, body = _without_blanks(cells)
    names = [one.strip() or f"column {at}" for at, one in enumerate(header, 1)]
    _check_header(name, names)
    if not body:
        raise DataError(
            f"{name} has column names ({', '.join(names)}) but no rows. Give one line per time "
            f"below them."
        )
    _check_widths(name, len(names), body)
    frame = pd.DataFrame([line for _, line in body], columns=names, dtype=str)
    rows = np.array([number for number, _ in body])
    index = names[0] if not header[0].strip() else ""
    return Table(name, frame, rows, "line", index=index, commas=separator != ",")


def _decode(name: str, packed: bytes) -> str:
    if packed.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\0" in packed[:8192] or packed.startswith(b"PK"):
        raise DataError(
            f"{name} is not text, whatever its name says. A text file with a line per time is "
            f"accepted. If it is a workbook or an archive, open it and save it as CSV."
        )
    else:
        encoding = "utf-8-sig"
    try:
        return packed.decode(encoding)
    except UnicodeDecodeError as error:
        line = packed.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name} is not {encoding.removesuffix('-sig').upper()} text: line {line} holds the "
            f"byte 0x{packed[error.start]:02x}. Text files are read as UTF-8. Save it as "
            f"'CSV UTF-8'."
        ) from None


def _separator(text: str) -> str:
    first = text.lstrip("\r\n ")[:65_536].splitlines()[0]
    return max(SEPARATORS, key=lambda one: len(next(csv.reader([first], delimiter=one))))


def _without_blanks(cells: list[Line]) -> tuple[list[str], list[Line]]:
    """Take the header off, and blank lines unless they may be a missing value."""
    filled = [at for at, (_, line) in enumerate(cells) if any(one.strip() for one in line)]
    _, header = cells[filled[0]]
    body = cells[filled[0] + 1 : filled[-1] + 1]
    if len(header) == 1:
        return header, [(number, line or [""]) for number, line in body]
    return header, [
        (number, line) for number, line in body if len(line) > 1 or "".join(line).strip()
    ]


def _check_header(name: str, names: list[str]) -> None:
    if all(re.match(r"[+-]?\.?\d", one) for one in names):
        raise DataError(
            f"The first line of {name} seems to hold data ({', '.join(names[:3])}), not column "
            f"names. Add a first line such as: date,sales"
        )
    _check_names(name, names)


def _check_names(name: str, names: Iterable[str]) -> None:
    twice = [one for one, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            f"{name} has more than one column named {twice[0]!r}. Every column needs a name of "
            f"its own. Rename or drop one of them."
        )


def _check_widths(name: str, width: int, body: list[Line]) -> None:
    for number, line in body:
        if len(line) != width:
            raise DataError(
                f"Line {number} of {name} has {len(line)} cells, the first line has {width} "
                f"column names. Every line needs as many cells. Mend that line, or "
                f"put quotes around a cell that holds the separator."
            )
