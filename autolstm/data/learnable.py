"""Whether something can be learnt from series at all: enough rows, and targets that vary."""

from collections.abc import Sequence

import numpy as np

from autolstm.dataset import Dataset
from autolstm.errors import DataError

__all__ = ["LEAST_ROWS", "check_series_learnable"]

LEAST_ROWS = 20
"""Rows below which nothing is learned: training, validation and test need a few each."""

MOST_NAMES = 3


def check_series_learnable(data: Dataset) -> None:
    """Refuse series that are too short, and targets that never change.

    Raises:
        DataError: There is one.
    """
    _check_lengths(data)
    _check_targets(data)


def _check_lengths(data: Dataset) -> None:
    short = np.flatnonzero(data.lengths < LEAST_ROWS)
    if not len(short):
        return
    if data.several:
        names = [f"{data.ids[at]!r} with {data.lengths[at]}" for at in short]
        raise DataError(
            f"{_of(data, len(short))} fewer than {LEAST_ROWS} rows: {_first(names)}. So many are "
            f"needed to train, validate and test. Give longer ones, or leave these out."
        )
    raise DataError(
        f"{data.name} has {len(data)} rows. At least {LEAST_ROWS} are needed to train, "
        f"validate and test. Give a longer series."
    )


def _check_targets(data: Dataset) -> None:
    starts = data.starts[:-1]
    low = np.minimum.reduceat(data.values[:, : data.wide], starts)
    high = np.maximum.reduceat(data.values[:, : data.wide], starts)
    flat = np.argwhere((low == high).T)
    if not len(flat):
        return
    target, first = flat[0]
    name = data.targets[target]
    if data.several:
        places = [place for k, place in flat if k == target]
        names = [f"{data.ids[at]!r} ({low[at, target]:g})" for at in places]
        raise DataError(
            f"{_of(data, len(places))} one target {name!r} in every row: {_first(names)}. A "
            f"target must vary to be forecast. Leave these out, or choose another column as "
            f"target."
        )
    raise DataError(
        f"The target {name!r} of {data.name} is {low[first, target]:g} in every row. A target "
        f"must vary to be forecast. Choose another column as target."
    )


def _of(data: Dataset, count: int) -> str:
    return (
        f"Of the {len(data.ids)} series of {data.name}, {count} {'has' if count == 1 else 'have'}"
    )


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMES]) + ", ..." * (len(names) > MOST_NAMES)
