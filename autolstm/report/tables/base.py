"""What all tables share: rows of written cells, scores as they stand in a cell."""

from dataclasses import dataclass

from autolstm.outcome import Score
from autolstm.report import numbers

__all__ = ["MOST_ROWS", "NOTHING", "Head", "Row", "Table", "score"]

MOST_ROWS = 20
"""Rows of a table that could have any number."""

NOTHING = "\N{EN DASH}"
"""What stands in a cell that has no value."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column.

    Attributes:
        text: What stands there.
        numeric: Whether the column is set flush right.
    """

    text: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        cells: A text for each column; the first names the row.
        marked: Whether the row is the one to look at.
    """

    cells: tuple[str, ...]
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        caption: What it shows and how to read it.
        heads: One per column.
        rows: At least one.
    """

    caption: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]


def score(held: Score | None) -> str:
    """Write a score, or that there is none."""
    if held is None:
        return NOTHING
    return numbers.with_deviation(held.mean, held.std, "")
