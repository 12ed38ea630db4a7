"""The first lines of a text file -> `Layout`: what separates the cells, and where they begin."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from autolstm.data.table import one_line

if TYPE_CHECKING:
    from _csv import Reader

__all__ = ["BLANKS", "Layout", "find_layout", "with_tabs"]

SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "vertical bars"}
BLANKS = {r"[ \t]{2,}": "two or more blanks", r"[ \t]+": "blanks"}
"""Patterns tried where no separator fits; wide ones first, as one blank may belong to a time."""

SAMPLE = 30
"""Lines that show how a file is laid out."""

DECLARED = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
NUMBER = re.compile(r"[+-]?[.,]?\d")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a text file is laid out.

    Attributes:
        separator: What separates the cells: one character, or a pattern of `BLANKS`.
        header: The names of the columns, as they are written.
        before: Lines above the first row: remarks, blank lines, the names themselves.
        remarks: How many of them are remarks.
        notes: What was assumed.
    """

    separator: str
    header: tuple[str, ...]
    before: int
    remarks: int
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """A name for every column, also where none is written."""
        return [one_line(one) or f"column {at}" for at, one in enumerate(self.header, 1)]


def find_layout(text: str, usual: str = ",") -> Layout:
    """Find out how a text file is laid out.

    Every separator is tried on the first lines; the one counts that gives the most of them as
    many cells as there are names. Excel's ``sep=;`` is taken at its word. Names may stand in the
    last line that begins with ``#``, where a row follows.

    Args:
        text: Its beginning.
        usual: The separator that goes without saying.

    Returns:
        The layout, without a name where there is nothing but remarks.
    """
    lines = list(io.StringIO(text, newline=""))
    start = next((at for at, line in enumerate(lines) if _says(line)), len(lines))
    declared = DECLARED.fullmatch(lines[start]) if start < len(lines) else None
    start += declared is not None
    separator = declared[1] if declared else _separator(lines[start:])
    word = {**SEPARATORS, **BLANKS}.get(separator, f"the sign {separator!r}")
    notes = (f"Cells are separated by {word}.",) if separator != usual else ()
    above = [line for line in lines[:start] if line.startswith("#")]
    reader = _reader(lines[start:], separator)
    row: list[str] = next((one for one in reader if "".join(one).strip()), [])
    names = next(_reader([above[-1].lstrip("# ")], separator)) if above else []
    if len(names) == len(row) > 1 and NUMBER.match(row[0]) and not NUMBER.match(names[0]):
        note = f"The names of the columns were taken from a line that begins with #: {names[0]}."
        return Layout(separator, tuple(names), start, len(above) - 1, (*notes, note))
    return Layout(separator, tuple(row), start + reader.line_num, len(above), notes)


def with_tabs(text: str, pattern: str) -> str:
    """Put a tab in place of every run of blanks that a pattern finds, and none around a line."""
    text = re.sub(r"(?m)^[ \t]+|[ \t]+(?=\r?$)", "", text)
    return re.sub(pattern, "\t", text)


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _reader(lines: Sequence[str], separator: str) -> "Reader":
    if separator in BLANKS:
        return csv.reader([with_tabs(line, separator) for line in lines], delimiter="\t")
    return csv.reader(lines, delimiter=separator)


def _separator(lines: Sequence[str]) -> str:
    """Return the separator that fits the first lines best, a comma where they hold one cell."""
    fits = {one: _fit(_rows(lines, one)) for one in SEPARATORS}
    best = max(fits, key=lambda one: fits[one])
    if fits[best] > (0, 0):
        return best
    few = lines[: 2 * SAMPLE]
    for pattern in BLANKS:
        rows = _rows(few, pattern)
        widths = {len(row) for row in rows}
        if len(rows) > 1 and len(widths) == 1 and widths != {1} and '"' not in "".join(few):
            return pattern
    return ","


def _fit(rows: Sequence[list[str]]) -> tuple[int, int]:
    """Say how well names and cells agree, 0 for not at all, and in how many lines."""
    widths = [len(row) for row in rows]
    ((width, lines),) = Counter(widths).most_common(1) or [(0, 0)]
    if width < 2:
        return 0, 0
    if widths[0] == width:
        return 2, lines
    # A title may stand above the names; but 1,5 below a single name is one number.
    fits = widths[0] > 1 or not all(map(NUMBER.match, rows[1]))
    return (1, lines) if fits else (0, 0)


def _rows(lines: Sequence[str], separator: str) -> list[list[str]]:
    """Return the cells of the first lines that are neither blank nor remarks."""
    reader = _reader(lines, separator)
    rows = (row for row in reader if "".join(row).strip() and not row[0].startswith("#"))
    try:
        return list(islice(rows, SAMPLE))
    except csv.Error:
        return []
