"""Missing values, filled on request: what a forecast is made from must have been known by then.

A hole takes the last value before it, wherever it is: that is what a forecaster would have had.
Between two values that are known, a straight line is better, but it rests on the later one; so it
is drawn inside the training rows alone, and only where that is asked for.

That a value was missing often says something by itself: a column beside those with holes may mark
where (Lipton, Kale & Wetzel, 2016, arXiv:1606.04130).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from autolstm.dataset import Dataset
from autolstm.errors import DataError, counted

__all__ = ["FILLS", "carry_forward", "interpolate", "mark_of", "marks", "with_marks"]

FILLS = ("refuse", "forward", "interpolate", "mask")
"""What may be done with missing values."""


def mark_of(column: str, taken: Iterable[str] = (), table: str = "") -> str:
    """Return the name of the column that marks the holes of another.

    Args:
        column: The other one.
        taken: Names that are taken.
        table: What messages call the data.

    Raises:
        DataError: The name is taken.
    """
    mark = f"{column} missing"
    if mark in taken:
        raise DataError(
            f"{table} has a column {mark!r}, which is the name of the column that would mark the "
            f"missing values of {column!r}. Each column needs a name of its own. Rename it, or "
            f"leave it out."
        )
    return mark


def marks(data: Dataset, names: Sequence[str]) -> np.ndarray:
    """Return 1 where a value was missing, 0 elsewhere, shape (rows, columns).

    Args:
        data: The series.
        names: Names of the columns, as `mark_of` gives them.
    """
    places = {mark_of(one): at for at, one in enumerate(data.columns)}
    found = np.zeros((len(data), len(names)))
    for at, name in enumerate(names):
        if data.holes is not None and name in places:
            found[:, at] = data.holes[:, places[name]]
    return found


def with_marks(data: Dataset) -> Dataset:
    """Add a column beside each column with holes that marks them.

    Raises:
        DataError: There is a column of such a name.
    """
    if data.holes is None:
        return data
    held = [data.columns[at] for at in np.flatnonzero(data.holes.any(axis=0))]
    names = tuple(mark_of(one, data.columns, data.name) for one in held)
    added = marks(data, names)
    return replace(
        data,
        values=np.concatenate([data.values, added], axis=1),
        columns=(*data.columns, *names),
        holes=np.concatenate([data.holes, np.zeros(added.shape, bool)], axis=1),
        marks=names,
    )


def carry_forward(data: Dataset, fill: str) -> Dataset:
    """Fill every hole with the last value before it.

    Args:
        data: Values with NaN for what is missing.
        fill: ``"forward"``, ``"interpolate"`` (kept, so that `interpolate` knows) or ``"mask"``,
            which adds columns, see `with_marks`.

    Returns:
        The data set without the rows before the first whole one, and a note of what was filled.

    Raises:
        DataError: No row holds a value in every column, or a column has the name of a mark.
    """
    holes = np.isnan(data.values)
    begins = _begins(data, ~holes.any(axis=1))
    left_out = begins - data.starts[:-1]
    rows, notes = np.arange(len(holes)), data.notes
    kept = rows >= begins[data.of_rows(rows)]
    holes = holes[kept]
    if left_out.any():
        notes += (_beginnings(data, left_out),)
        starts = np.concatenate([[0], np.cumsum(data.lengths - left_out)])
        # A slice keeps the frequency of the times.
        times = data.times[kept] if data.several else data.times[int(begins[0]) :]
        data = replace(data, times=times, values=data.values[kept], starts=starts)
    if not holes.any():
        return replace(data, fill=fill, notes=notes)
    # Every series begins with a whole row, so that none is filled from the one before it.
    last = np.where(holes, 0, np.arange(len(holes))[:, None])
    filled = np.take_along_axis(data.values, np.maximum.accumulate(last, axis=0), axis=0)
    notes += (_note(data, holes, fill),)
    data = replace(data, values=filled, holes=holes, fill=fill, notes=notes)
    return with_marks(data) if fill == "mask" else data


def _begins(data: Dataset, whole: np.ndarray) -> np.ndarray:
    """Return the first row of every series with a value in every column."""
    begins = data.starts[:-1].copy()
    for place, (start, end) in enumerate(pairwise(data.starts.tolist())):
        found = np.flatnonzero(whole[start:end])
        if not len(found):
            of = f" (series {data.ids[place]!r})" if data.several else ""
            raise DataError(
                f"No row of {data.name}{of} has a value in every column "
                f"({', '.join(data.columns)}), so that there is nothing to fill the others from. "
                f"Leave columns out, as in --covariates ''."
            )
        begins[place] += found[0]
    return begins


def _beginnings(data: Dataset, left_out: np.ndarray) -> str:
    rows, series = counted(int(left_out.sum()), "row"), int((left_out > 0).sum())
    of = f" of {series} series" if data.several else ""
    return f"The first {rows}{of} were left out: a value was missing and none came before."


def interpolate(data: Dataset, rows: np.ndarray) -> Dataset:
    """Draw straight lines over the holes between values of the training rows, where asked for.

    Args:
        data: Filled forward.
        rows: Row numbers of training, consecutive in each series.
    """
    if data.fill != "interpolate" or data.holes is None:
        return data
    values, of = data.values.copy(), data.of_rows(rows)
    for place in np.unique(of):
        start, end = int(data.starts[place]), int(rows[of == place].max()) + 1
        for column in range(values.shape[1]):
            holes = data.holes[start:end, column]
            known = np.flatnonzero(~holes)
            between = np.flatnonzero(holes[: known[-1]])
            values[start + between, column] = np.interp(
                between, known, values[start + known, column]
            )
    return replace(data, values=values)


def _note(data: Dataset, holes: np.ndarray, fill: str) -> str:
    counts = [
        f"{count} of {name}"
        for name, count in zip(data.columns, holes.sum(axis=0).tolist(), strict=True)
        if count
    ]
    how = "take the last value before them"
    if fill == "interpolate":
        how += ", in the training rows a straight line to the next one"
    if fill == "mask":
        how += ", and a column marks each"
    return f"Missing values {how}: {', '.join(counts)}. Forecasts of such rows are not measured."
