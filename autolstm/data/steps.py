"""Which row of a long table is which step of which sequence."""

from dataclasses import replace

import numpy as np
import pandas as pd

from autolstm.data.asked import Asked
from autolstm.data.cells import check_filled
from autolstm.data.table import Table, numbers
from autolstm.data.times import STEP_NAMES, TIME_NAMES, read_times
from autolstm.errors import DataError

__all__ = ["order_of", "with_steps"]


def with_steps(table: Table, asked: Asked, ids: np.ndarray, targets: tuple[str, ...]) -> Asked:
    """Find the column of steps where nobody named one: by its name, and no step comes twice."""
    if asked.time_column is not None:
        return asked
    named = [one for one in table.columns if one.casefold() in TIME_NAMES | STEP_NAMES]
    taken = (asked.id_column, asked.group_column, asked.test_column)
    for one in named:
        if one in (*targets, *taken, table.index) or _is_asked(one, asked):
            continue
        steps, bad = _read_steps(table, one)
        if not bad.any() and not pd.DataFrame({"id": ids, "step": steps}).duplicated().any():
            return replace(asked, time_column=one)
    return asked


def order_of(table: Table, ids: np.ndarray, asked: Asked) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows in order of sequence and step, and where each sequence begins.

    Args:
        table: The cells.
        ids: Sequence of every row, shape (rows,); they stay in the order they first come in.
        asked: Names the column of steps; without one, rows are in order already.

    Returns:
        Row numbers of shape (rows,), and their places where sequences begin, and the end, of
        shape (sequences + 1,).

    Raises:
        DataError: A step cannot be read, or comes twice in a sequence.
    """
    codes, _ = pd.factorize(ids)
    steps: np.ndarray = np.arange(len(ids))
    if asked.time_column is not None:
        steps = _steps(table, asked.time_column)
    order = np.lexsort((steps, codes))
    ends = np.flatnonzero(np.diff(codes[order])) + 1
    same = np.flatnonzero((np.diff(codes[order]) == 0) & (np.diff(steps[order]) == 0))
    if len(same):
        first, second = order[same[0]], order[same[0] + 1]
        raise DataError(
            f"The sequence {str(ids[first])!r} of {table.name} has the same step on "
            f"{table.where(first)} and {table.where(second)} ({asked.time_column!r}). Each step "
            f"of a sequence stands in one row. Drop one of them, or give them steps of their own."
        )
    return order, np.concatenate([[0], ends, [len(ids)]])


def _is_asked(column: str, asked: Asked) -> bool:
    """Whether a column is named as a feature."""
    named = asked.covariates or ()
    split = named.split(",") if isinstance(named, str) else named
    return column in (named, *(one.strip() for one in split))


def _steps(table: Table, column: str) -> np.ndarray:
    """Read steps as numbers, or as times."""
    steps, bad = _read_steps(table, column)
    check_filled(table, column, bad, "no number and no time")
    return steps


def _read_steps(table: Table, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Return steps, and which cells hold none; shape (rows,) each."""
    values, bad = numbers(table, column)
    bad = bad | np.isnan(values)
    if not bad.any():
        return values, bad
    times = read_times(table, column, named=True)
    if times is None:
        return values, bad
    return times.to_numpy().astype("datetime64[ns]").astype(np.int64), times.isna()
