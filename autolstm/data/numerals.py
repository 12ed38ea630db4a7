"""How numbers are written: which sign is the decimal one, and which stands between thousands.

``1,234`` is a thousand and more to one reader and a little over one to another. A file is written
by one program in one style, so all of its columns are asked together. Cells are Arrow strings: a
few bytes each, where Python's own take fifty.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from autolstm.errors import DataError

__all__ = ["PLAIN", "Style", "as_text", "find_style", "read_numbers"]

MISSING = ("", "na", "n/a", "#n/a", "nan", "null", "none")
INFINITE = r"(?i)^[+-]?inf(inity)?$"
SAMPLE = 1000
"""Cells that show whether a column is one of numbers."""

BLANKS, APOSTROPHES = " \u00a0\u2009\u202f", "'’"
WORDS = {".": "points", ",": "commas", BLANKS: "blanks", APOSTROPHES: "apostrophes"}


@dataclass(frozen=True, slots=True)
class Style:
    """A way to write numbers.

    Attributes:
        decimal: The decimal sign.
        thousands: The signs of which one stands between thousands, empty for none.
    """

    decimal: str = "."
    thousands: str = ""

    def __str__(self) -> str:
        between = f"{WORDS[self.thousands]} between thousands" if self.thousands else ""
        comma = "a decimal comma" if self.decimal == "," else ""
        return " and ".join(one for one in (comma, between) if one) or "a decimal point"

    def fits(self, cells: pa.ChunkedArray) -> pa.ChunkedArray:
        """Say which cells are numbers; one without any sign in it fits every style."""
        groups = rf"|\d{{1,3}}([{self.thousands}]\d{{3}})+" if self.thousands else ""
        whole = rf"(\d+{groups})([{self.decimal}]\d*)?|[{self.decimal}]\d+"
        return pc.match_substring_regex(cells, rf"^[+-]?({whole})([eE][+-]?\d+)?$")

    def plain(self, cells: pa.ChunkedArray) -> pa.ChunkedArray:
        """Write numbers of this style as 1234.5."""
        if self.thousands:
            cells = pc.replace_substring_regex(cells, f"[{self.thousands}]", "")
        return cells if self.decimal == "." else pc.replace_substring(cells, self.decimal, ".")


PLAIN = Style()
"""1234.5, as programs write it."""

STYLES = tuple(
    Style(decimal, thousands)
    for decimal, other in (".,", ",.")
    for thousands in ("", other, BLANKS, APOSTROPHES)
)


def as_text(cells: pd.Series) -> pa.ChunkedArray:
    """Return cells as Arrow strings without blanks around them, empty where one is missing.

    Args:
        cells: Text, or objects of any kind, shape (rows,).
    """
    if not isinstance(cells.dtype, pd.StringDtype):
        cells = cells.map(lambda cell: "" if pd.isna(cell) else str(cell)).astype("str")
    text = pa.chunked_array(cells).cast(pa.large_string())
    return pc.utf8_trim_whitespace(pc.fill_null(text, ""))


def read_numbers(cells: pa.ChunkedArray, style: Style) -> tuple[np.ndarray, np.ndarray]:
    """Read cells as numbers.

    Args:
        cells: As `as_text` returns them.
        style: How the numbers of the file are written; a column that is plain throughout and
            does not fit it is read as plain.

    Returns:
        Float64 values of shape (rows,), NaN where there is none, and a mask of shape (rows,) of
        the cells that hold something else than a number.
    """
    if style == PLAIN and (values := _all_plain(cells)) is not None:
        return values.to_numpy(), np.zeros(len(cells), dtype=bool)
    good = pc.or_(style.fits(cells), pc.match_substring_regex(cells, INFINITE))
    good_or_none = pc.if_else(good, cells, pa.scalar(None, cells.type))
    values = style.plain(good_or_none).cast(pa.float64()).to_numpy()
    bad = ~pc.or_(good, _missing(cells)).to_numpy()
    if bad.any() and style != PLAIN and _all_plain(cells) is not None:
        return read_numbers(cells, PLAIN)
    return values, bad


def find_style(
    columns: Mapping[str, pd.Series], source: str, separator: str = ""
) -> tuple[Style, str]:
    """Find the style in which the most cells of every column are numbers.

    What looks like 1234.5 is read so, unless another column shows that it is written otherwise.

    Args:
        columns: The columns of text, by their names.
        source: What messages call the file or frame.
        separator: What separates the cells of a file, empty for a frame.

    Returns:
        The style, and a note, empty where there is nothing to say.

    Raises:
        DataError: Two styles read the cells, and mean other numbers.
    """
    if all(_all_plain(as_text(one)) is not None for one in columns.values() if _numeric(one)):
        return PLAIN, _points(columns) if separator == ";" else ""
    text = {name: as_text(one) for name, one in columns.items() if _numeric(one)}
    found = {name: _styles(cells) for name, cells in text.items()}
    odd = [name for name, styles in found.items() if PLAIN not in styles]
    common = frozenset.intersection(*found.values())
    common = common or frozenset.intersection(*(found[name] for name in odd))
    if separator == ",":
        # Where commas end the cells, hardly anybody takes one for the decimal sign.
        common = frozenset(one for one in common if one.decimal == ".") or common
    if not (odd and common):
        return PLAIN, ""
    examples = {name: _example(text[name], common) for name in odd}
    for name, cell in examples.items():
        _check_one_meaning(name, cell, common, source)
    style = next(one for one in STYLES if one in common)
    cell = examples[odd[0]]
    return style, f"Numbers have {style}: {cell} was read as {_value(cell, style):.15g}."


def _all_plain(cells: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Read cells that are all numbers as programs write them, the quick way; None for others."""
    try:
        return cells.cast(pa.float64())
    except pa.ArrowInvalid:
        pass
    try:
        return pc.if_else(_missing(cells), pa.scalar(None, cells.type), cells).cast(pa.float64())
    except pa.ArrowInvalid:
        return None


def _missing(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.is_in(pc.utf8_lower(cells), pa.array(MISSING, cells.type))


def _held(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    return cells.filter(pc.invert(_missing(cells)))


def _counts(cells: pa.ChunkedArray) -> dict[Style, int]:
    return {one: pc.sum(one.fits(cells)).as_py() or 0 for one in STYLES}


def _numeric(cells: pd.Series) -> bool:
    """Whether most of the first cells are numbers in some style."""
    head = _held(as_text(cells[: 10 * SAMPLE]))[:SAMPLE]
    return 2 * max(_counts(head).values()) > len(head)


def _styles(cells: pa.ChunkedArray) -> frozenset[Style]:
    """Return the styles that read the most cells."""
    counts = _counts(cells)
    return frozenset(one for one, count in counts.items() if count == max(counts.values()))


def _example(cells: pa.ChunkedArray, styles: frozenset[Style]) -> str:
    """Return a cell that is no plain number, one with a point or a comma where there is any."""
    some = next(iter(styles))
    odd = cells.filter(pc.and_(some.fits(cells), pc.invert(PLAIN.fits(cells))))
    signs = odd.filter(pc.match_substring_regex(odd, "[.,]"))
    return str((signs if len(signs) else odd)[0].as_py())


def _value(cell: str, style: Style) -> float:
    return float(style.plain(pa.array([cell]))[0].as_py())


def _points(columns: Mapping[str, pd.Series]) -> str:
    """Say how points are read where they might stand between thousands."""
    grouped = Style(",", ".")
    for name, cells in columns.items():
        held = _held(as_text(cells))
        points = held.filter(pc.match_substring(held, "."))
        if len(points) and pc.all(grouped.fits(held)).as_py():
            cell = points[0].as_py()
            return f"Points are decimal points: {cell} of {name!r} was read as {float(cell):.15g}."
    return ""


def _check_one_meaning(name: str, cell: str, styles: frozenset[Style], source: str) -> None:
    # Backwards, so that the simplest of those that mean the same is named.
    meant = {_value(cell, one): one for one in reversed(STYLES) if one in styles}
    if len(meant) > 1:
        said = " or ".join(f"{value:.15g} ({one})" for value, one in meant.items())
        raise DataError(
            f"{name!r} of {source} holds {cell!r}, which may be {said}; no other cell tells "
            f"which. Write such numbers like 1234.5, or give the frame that pandas.read_csv "
            f"returns with decimal=',' or thousands=','."
        )
