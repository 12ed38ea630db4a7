"""Signs that a table read as one series holds several, one below the other or row by row."""

import numpy as np
import pandas as pd

from autolstm.data.cells import is_numeric, words_of
from autolstm.data.table import Table, numbers
from autolstm.data.times import STEP_NAMES, TIME_NAMES, TimeColumn
from autolstm.errors import DataError

__all__ = ["check_one_series"]


def check_one_series(table: Table, clock: TimeColumn) -> tuple[str, ...]:
    """Look for a column that tells several series apart where none was named.

    It is one of texts, and within each of them no time comes twice.

    Args:
        table: The cells.
        clock: The times that were found.

    Returns:
        A note where steps, which were not taken for times, come again in the same way.

    Raises:
        DataError: Times come more than once, and there is such a column.
    """
    if clock.name is not None:
        column = _apart(table, clock.times)
        if column is None:
            return ()
        raise DataError(
            f"Times of {table.name} come more than once, but never twice for one {column!r}: it "
            f"seems to hold several series. One row per time is accepted, or a column that says "
            f"which series a row belongs to. Name it: --id {column}, or id_column={column!r} in "
            f"Python."
        )
    for name in table.columns:
        if name.casefold() in TIME_NAMES | STEP_NAMES:
            steps, bad = numbers(table, name)
            column = None if bad.any() or np.isnan(steps).any() else _apart(table, steps)
            if column is not None:
                return (
                    f"{name!r} counts up more than once, but never for one {column!r}: if that "
                    f"says which series a row belongs to, name it, as in --id {column}.",
                )
    return ()


def _apart(table: Table, times: pd.Index | np.ndarray) -> str | None:
    """Return the first column of texts within each of which no time comes twice."""
    frame = pd.DataFrame({"time": np.asarray(times)})
    if not frame["time"].duplicated().any():
        return None
    for name in table.columns:
        if not is_numeric(table, name, *numbers(table, name)):
            frame["id"] = words_of(table, name)
            fewer = 1 < frame["id"].nunique() <= len(frame) / 2
            if fewer and not frame.duplicated().any():
                return name
    return None
