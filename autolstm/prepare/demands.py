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
    bad = np.flatnonzero(data.actual <= 0)
    if positive and len(bad):
        when = str(data.times[bad[0]]).removesuffix(" 00:00:00")
        raise SettingError(
            f"preparation.power = {positive[0]} takes positive values, but {data.target!r} is "
            f"{data.actual[bad[0]]:g} at {when} ({counted(len(bad), 'such row')}). "
            f"Take yeojohnson, which takes any value, as in --set "
            f"space.preparation.power=yeojohnson."
        )
    period = int(space.extremes("preparation.seasonal_adjustment")[1])
    if period > 1 and LEAST_CYCLES * period > len(train):
        raise SettingError(
            f"preparation.seasonal_adjustment = {period} needs {LEAST_CYCLES} cycles to learn the "
            f"season from, but there are {len(train)} training rows. Such as --set "
            f"space.preparation.seasonal_adjustment=0."
        )
