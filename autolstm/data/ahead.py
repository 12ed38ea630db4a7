"""The future that is known: rows behind the last target, with covariates that are known ahead."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from autolstm.errors import DataError, counted

__all__ = ["behind", "check_future", "joined_futures"]


def behind(empty: np.ndarray, wide: int, known: Sequence[int], name: str) -> int:
    """Count the rows at the end of a series that are its future: known columns, no target.

    Args:
        empty: Which cells of a series hold nothing, in the order of time, shape (rows, columns).
        wide: Number of targets, which stand first.
        known: Places of the columns whose future is known.
        name: What messages call the series.

    Raises:
        DataError: No row has a target.
    """
    told: np.ndarray = ~np.all(empty[:, :wide], axis=1)
    if not known or told[-1]:
        return 0
    if not told.any():
        raise DataError(
            f"{name} has no row with a target: all {len(empty)} of them would be its future. "
            f"The past comes first, then rows with empty targets. Add the past, or leave known "
            f"out."
        )
    count = int(told[::-1].argmax())
    # Rows in which nothing is known are missing ones, not a future.
    return count if not empty[-count:, known].all() else 0


def check_future(future: np.ndarray, times: pd.Index, names: Sequence[str], name: str) -> None:
    """Refuse a future with holes: nothing is filled in there.

    Args:
        future: The known columns, shape (rows ahead, known columns).
        times: Of these rows.
        names: Of these columns.
        name: What messages call the series.

    Raises:
        DataError: A value is missing.
    """
    holes = np.argwhere(~np.isfinite(future))
    if len(holes):
        row, column = holes[0]
        raise DataError(
            f"{names[column]!r} of {name} is known ahead, but has no value at "
            f"{str(times[row]).removesuffix(' 00:00:00')}, behind the last target "
            f"({counted(len(holes), 'such cell')}). Every row there needs all of: "
            f"{', '.join(names)}. Fill them in, or drop the rows from there on."
        )


def joined_futures(
    each: Sequence[np.ndarray], names: Sequence[str]
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Put the futures of several series into one array.

    Args:
        each: The known columns of every series, shape (rows ahead, known columns) each.
        names: Of these columns.

    Returns:
        Shape (series, rows ahead, known columns), NaN behind the rows of a shorter one, None for
        no future at all; and a note that says so.
    """
    rows = [len(one) for one in each]
    most = max(rows)
    if not most:
        return None, ()
    joined = np.full((len(each), most, len(names)), np.nan)
    for place, one in enumerate(each):
        joined[place, : len(one)] = one
    span = counted(most, "row") if min(rows) == most else f"{min(rows)} to {most} rows"
    return joined, (f"The future of {', '.join(names)} is known for {span}.",)
