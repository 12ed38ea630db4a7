"""What preparations demand of the data, asked before a study rather than in its trials."""

import numpy as np

from autolstm.dataset import Dataset
from autolstm.errors import SettingError, counted
from autolstm.prepare.power import POSITIVE
from autolstm.prepare.seasonal import LEAST_CYCLES
from autolstm.space.space import Space

__all__ = ["bends", "check_demands"]

BENT = 2.0
"""A log is offered where the largest training value is this many times the smallest."""


def bends(target: np.ndarray, train: np.ndarray) -> bool:
    """Whether a log can be taken of every value, and bends the training rows enough to matter.

    Args:
        target: All rows, shape (rows,).
        train: Row numbers of training.
    """
    seen = target[train]
    return bool(np.min(target) > 0 and np.max(seen) / BENT >= np.min(seen))


def check_demands(data: Dataset, train: np.ndarray, space: Space) -> None:
    """Refuse a space with a power or an adjustment that the data do not allow.

    Args:
        data: All rows: a power has to take those to come as well.
        train: Row numbers of training.
        space: What may be tried.

    Raises:
        SettingError: A power would meet values that are not positive, or the training rows hold
            too few cycles of a season.
    """
    positive = [one for one in space.values("preparation.power") if one in POSITIVE]
    for k, name in enumerate(data.targets):
        bad = np.flatnonzero(data.values[:, k] <= 0)
        if positive and len(bad):
            when = str(data.times[bad[0]]).removesuffix(" 00:00:00")
            raise SettingError(
                f"preparation.power = {positive[0]} takes positive values, but {name!r} is "
                f"{data.values[bad[0], k]:g} at {when} ({counted(len(bad), 'such row')}). "
                f"Take yeojohnson, which takes any value, as in --set "
                f"space.preparation.power=yeojohnson."
            )
    period = int(space.extremes("preparation.seasonal_adjustment")[1])
    shortest = int(np.unique(data.of_rows(train), return_counts=True)[1].min())
    if period > 1 and LEAST_CYCLES * period > shortest:
        raise SettingError(
            f"preparation.seasonal_adjustment = {period} needs {LEAST_CYCLES} cycles to learn the "
            f"season from, but there are {shortest} training rows. Such as --set "
            f"space.preparation.seasonal_adjustment=0."
        )
