"""Text files -> `Table`: cells, and the line that every row came from.

Two readers give the same cells. Arrow's is quick and lean, refuses whatever is uneven, and counts
no lines; Python's is slow, and knows the line of every row. So the first reads files that are as
they should be, and the second all others, if only to say what is wrong.
"""

import csv
import io
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from autolstm.data.encoding import as_utf8
from autolstm.data.layout import BLANKS, Layout, find_layout, with_tabs
from autolstm.data.numerals import find_style
from autolstm.data.room import ROWS_BY_HAND, check_room
from autolstm.data.table import Table, check_names
from autolstm.errors import DataError, counted

__all__ = ["read_text"]

HEAD = 1 << 20
"""Bytes that show how a file is laid out."""

Line = tuple[int, list[str]]
Read = tuple[pd.DataFrame, np.ndarray, int]
"""The cells, the line of every row, and how many remarks were left out."""


def read_text(name: str, packed: bytes) -> Table:
    """Read the cells of a text file.

    Args:
        name: What messages call the file; its ending says which separator is usual.
        packed: Its content.

    Raises:
        DataError: It is no text, its lines make no table, or its numbers have two meanings.
    """
    packed, notes = as_utf8(name, packed)
    usual = "\t" if ".tsv" in name.lower() else ","
    layout = find_layout(packed[:HEAD].decode(errors="ignore"), usual)
    if not layout.header:
        raise DataError(
            f"{name} is empty. A first line with the column names and one line per time are "
            f"needed. Check that the file was written to its end."
        )
    _check_header(name, layout.names)
    separator = layout.separator
    if separator in BLANKS:
        packed, separator = with_tabs(packed.decode(), separator).encode(), "\t"
    read = _quick(packed, layout, separator) or _careful(name, packed, layout, separator)
    frame, rows, remarks = read
    del packed
    if remarks:
        notes += (f"Lines that begin with # were left out: {remarks}.",)
    style, said = find_style(dict(frame.items()), name, separator)
    notes += (*layout.notes, *([said] if said else []))
    index = layout.names[0] if not layout.header[0].strip() else ""
    return Table(name, frame, rows, "line", index=index, style=style, notes=notes)


def _quick(packed: bytes, layout: Layout, separator: str) -> Read | None:
    """Read lines that are remarks or rows of the same width; None where one is neither."""
    ending = b"\n" if b"\n" in packed else b"\r"
    if packed.endswith((b"\n\n", b"\n\r\n", b"\r\r")):
        if b'"' in packed:
            return None  # they may belong to a cell that never ends
        packed = packed.rstrip(b"\r\n")
    lines = packed.count(ending) + (not packed.endswith(ending)) - layout.before
    mixed = ending == b"\n" and packed.count(b"\r") != packed.count(b"\r\n")
    remarks = ending + b"#" in packed or ending + b'"#' in packed
    if mixed or packed.count(b'"') % 2 or (remarks and len(layout.header) == 1):
        return None
    cells, skipped = _arrow(packed, layout, separator, threads=not remarks)
    # Fewer rows than lines: some are blank. Blank ones at the end are no rows at all.
    if cells is None or not 0 < len(cells) == lines - len(skipped):
        return None
    if not any(one[-1].as_py().strip() for one in cells.columns):
        return None
    rows = np.delete(np.arange(lines), np.array(skipped, dtype=int) - layout.before - 1)
    frame = cells.rename_columns(layout.names).to_pandas()
    return frame, layout.before + 1 + rows, layout.remarks + len(skipped)


def _arrow(
    packed: bytes, layout: Layout, separator: str, *, threads: bool
) -> tuple[pa.Table | None, list[int]]:
    """Return the cells, None where that is not possible, and the lines that are remarks."""
    numbered = [str(at) for at in range(len(layout.header))]
    skipped: list[int] = []

    def odd(row: pa.csv.InvalidRow) -> str:
        if threads or not row.text.startswith("#"):
            return "error"
        skipped.append(row.number)
        return "skip"

    try:
        cells = pa.csv.read_csv(
            pa.BufferReader(packed),
            # Only one thread knows the number of a line.
            pa.csv.ReadOptions(
                use_threads=threads, column_names=numbered, skip_rows=layout.before
            ),
            pa.csv.ParseOptions(delimiter=separator, invalid_row_handler=odd),
            pa.csv.ConvertOptions(
                check_utf8=False, column_types=dict.fromkeys(numbered, pa.large_string())
            ),
        )
    except pa.ArrowInvalid:
        return None, []
    return cells, skipped


def _careful(name: str, packed: bytes, layout: Layout, separator: str) -> Read:
    """Read line by line, and say what is wrong."""
    check_room(name, len(packed), ROWS_BY_HAND)
    source = io.StringIO(packed.decode(), newline="")
    for _ in range(layout.before):
        source.readline()
    lines = csv.reader(source, delimiter=separator)
    try:
        cells = [(layout.before + lines.line_num, line) for line in lines]
    except csv.Error as error:
        raise DataError(
            f"{name} cannot be read past line {layout.before + lines.line_num}: {error}. Check "
            f"the quotes there."
        ) from None
    width = len(layout.header)
    body = [one for one in cells if not _is_remark(one[1], width)]
    rows = _without_blanks(body, width)
    if not rows:
        raise DataError(
            f"{name} has column names ({', '.join(layout.names)}) but no rows. Give one line per "
            f"time below them."
        )
    _check_widths(name, width, rows, layout.before + 1)
    frame = pd.DataFrame([line for _, line in rows], columns=layout.names, dtype="str")
    remarks = layout.remarks + len(cells) - len(body)
    return frame, np.array([number for number, _ in rows]), remarks


def _is_remark(line: list[str], width: int) -> bool:
    """Whether a line begins with #, and is no row whose first cell does."""
    return bool(line) and line[0].startswith("#") and (width == 1 or len(line) != width)


def _without_blanks(body: list[Line], width: int) -> list[Line]:
    """Take blank lines away, unless they may be a missing value."""
    filled = [at for at, (_, line) in enumerate(body) if any(one.strip() for one in line)]
    body = body[: filled[-1] + 1] if filled else []
    if width == 1:
        return [(number, line or [""]) for number, line in body]
    return [(number, line) for number, line in body if len(line) > 1 or "".join(line).strip()]


def _check_header(name: str, names: list[str]) -> None:
    if all(re.match(r"[+-]?\.?\d", one) for one in names):
        raise DataError(
            f"The first line of {name} seems to hold data ({', '.join(names[:3])}), not column "
            f"names. Add a first line such as: date,sales"
        )
    check_names(name, names)


def _check_widths(name: str, width: int, body: list[Line], first: int) -> None:
    for number, line in body:
        if len(line) != width:
            title = " If a title stands above the column names, take it off." * (
                number <= first + 2
            )
            raise DataError(
                f"Line {number} of {name} has {counted(len(line), 'cell')}, but there "
                f"{'is' if width == 1 else 'are'} {counted(width, 'column name')}. Every line "
                f"needs as many cells. Mend that line, or put quotes around a cell that holds the "
                f"separator.{title}"
            )
