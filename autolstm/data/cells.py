"""Columns of a long table as numbers, truth values, symbols or words."""

import numpy as np
import pandas as pd

from autolstm.data.columns import mostly_numbers
from autolstm.data.table import Table, numbers
from autolstm.errors import DataError, counted, shown

__all__ = ["cells_of", "changes", "check_filled", "is_numeric", "words_of"]

LABEL = r"\s*0\d+\s*"


def words_of(table: Table, column: str) -> np.ndarray:
    """Return the cells as texts without blanks around, empty where there is none."""
    # Each distinct cell is written once: there are far fewer of them than rows.
    codes, distinct = pd.factorize(table.frame[column])
    words = np.array([*(str(one).strip() for one in distinct), ""], dtype=np.str_)
    written: np.ndarray = words[codes]
    return written


def is_numeric(table: Table, column: str, values: np.ndarray, bad: np.ndarray) -> bool:
    """Whether a column holds numbers; with leading zeros, as 007, they are labels.

    Args:
        table: The cells.
        column: Which column.
        values: Its cells as `numbers` reads them, shape (rows,).
        bad: Mask of the cells that are no numbers, shape (rows,).
    """
    if not mostly_numbers(values, bad):
        return False
    cells = table.frame[column]
    written = not pd.api.types.is_numeric_dtype(cells)
    return not (written and cells.astype(str).str.fullmatch(LABEL).any())


def cells_of(table: Table, column: str) -> np.ndarray:
    """Return a column as numbers, truth values or symbols, shape (rows,).

    Raises:
        DataError: There is text among numbers.
    """
    if pd.api.types.is_bool_dtype(table.frame[column]):
        truths: np.ndarray = table.frame[column].to_numpy(dtype=bool)
        return truths
    values, bad = numbers(table, column)
    if not is_numeric(table, column, values, bad):
        return words_of(table, column)
    if bad.any():
        at = int(bad.argmax())
        raise DataError(
            f"{column!r} of {table.name} holds {shown(str(words_of(table, column)[at]))} on "
            f"{table.where(at)}, among numbers ({counted(int(bad.sum()), 'such cell')}). A "
            f"column is all numbers, or all symbols. Mend the cell, or leave the column out."
        )
    return values


def changes(words: np.ndarray, ids: np.ndarray) -> bool:
    """Whether a column says different things within an id; an empty cell says nothing."""
    said = pd.Series(words)[words != ""]
    return bool((said.groupby(ids[words != ""]).nunique() > 1).any())


def check_filled(table: Table, column: str, bad: np.ndarray, what: str) -> None:
    """Refuse a column with bad cells; say where the first one is.

    Args:
        table: The cells.
        column: Which column.
        bad: Mask of the bad cells, shape (rows,).
        what: What they have, such as ``"no value"``.

    Raises:
        DataError: There is one.
    """
    if bad.any():
        at = int(np.asarray(bad).argmax())
        raise DataError(
            f"{column!r} of {table.name} has {what} on {table.where(at)} "
            f"({counted(int(bad.sum()), 'such cell')}). Every row needs one. Mend the cell, or "
            f"drop the row."
        )
