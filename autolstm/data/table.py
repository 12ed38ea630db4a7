"""`Table`: named columns of cells, each row with the line or row that it came from."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from autolstm.data.numerals import PLAIN, Style, as_text, find_style, read_numbers
from autolstm.errors import DataError

__all__ = ["Table", "check_names", "numbers", "one_line", "read_frame"]


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
        style: How the numbers in columns of text are written.
        notes: What was assumed in reading it.
    """

    name: str
    frame: pd.DataFrame
    rows: np.ndarray
    word: str = "row"
    index: str = ""
    style: Style = PLAIN
    notes: tuple[str, ...] = ()

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
    names = [one_line(str(one)) for one in frame.columns]
    frame, index = frame.set_axis(names, axis="columns"), ""
    label = "time" if isinstance(frame.index, pd.DatetimeIndex | pd.PeriodIndex) else "index"
    label = label if frame.index.name is None else one_line(str(frame.index.name))
    counts = frame.index.name is None and frame.index.equals(pd.RangeIndex(len(frame)))
    if not counts and label not in names:
        index, names = label, [label, *names]
        frame = frame.rename_axis(index=label).reset_index()
    check_names(name, names)
    if frame.empty:
        raise DataError(f"{name} has no rows. Give one row per time, oldest first.")
    frame = frame.reset_index(drop=True)
    text = {one: frame[one] for one in names if _is_text(frame[one])}
    style, said = find_style(text, name)
    notes = (said,) if said else ()
    return Table(name, frame, np.arange(len(frame)), index=index, style=style, notes=notes)


def numbers(table: Table, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Read the cells of a column as numbers.

    Returns:
        Float64 values of shape (rows,), NaN where there is none, and a mask of shape (rows,) of
        the cells that hold something else than a number.
    """
    cells = table.frame[column]
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_complex_dtype(cells):
        return cells.to_numpy(np.float64, na_value=np.nan), np.zeros(len(cells), dtype=bool)
    if not _is_text(cells):
        return np.full(len(cells), np.nan), cells.notna().to_numpy()
    return read_numbers(as_text(cells), table.style)


def _is_text(cells: pd.Series) -> bool:
    return bool(pd.api.types.is_object_dtype(cells) or pd.api.types.is_string_dtype(cells))


def one_line(name: str) -> str:
    """Return the name of a column in one line, as messages and tables show it."""
    return re.sub(r"\s*[\r\n]\s*", " ", name.strip())


def check_names(name: str, names: Iterable[str]) -> None:
    """Refuse two columns of one name.

    Raises:
        DataError: There are.
    """
    twice = [one for one, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            f"{name} has more than one column named {twice[0]!r}. Every column needs a name of "
            f"its own. Rename or drop one of them."
        )
