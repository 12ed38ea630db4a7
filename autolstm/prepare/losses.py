"""The unit of losses: what an error on the prepared scale is in the target's own unit.

A trial chooses its preparation, and its losses are errors on a scale of its own. To be compared
between trials, and so to be pruned by, they are turned into errors in units of the training
target: of its variance for squared errors, of its standard deviation for absolute ones. Each
series and each target counts alike, whatever its size (docs/decisions/001, 009, 010).
"""

import numpy as np

from autolstm.dataset import Dataset
from autolstm.prepare.origins import origins_in
from autolstm.prepare.power import Power
from autolstm.prepare.series import SeriesRecipe

__all__ = ["growth", "loss_units", "weighed"]


def loss_units(
    recipes: tuple[SeriesRecipe, ...], data: Dataset, parts: tuple[np.ndarray, ...], loss: str
) -> np.ndarray:
    """Return the factor from an error on the prepared scale to one in the unit of losses.

    A power transform bends errors: what one means in the target's unit depends on the level. So
    the factor is measured: it gives the forecast that nothing changes the same loss under every
    power, over the rows that are validated, where losses of different preparations are compared.

    Args:
        recipes: What was learnt of each series.
        data: The series.
        parts: Row numbers of the parts, the one that counts first; others stand in for a series
            that does not change in it.
        loss: ``"squared"``, or one of absolute errors.

    Returns:
        Shape (series, targets).
    """
    units = np.ones((len(recipes), data.wide))
    for place, recipe in enumerate(recipes):
        first, last = data.starts[place : place + 2]
        inside = [rows[(rows >= first) & (rows < last)] for rows in parts]
        for k, level in enumerate(recipe.levels):
            seen = (_stretch(level.power, data.values[rows, k]) for rows in inside if len(rows))
            gain = float(recipe.target.gain[k])
            units[place, k] = gain * gain * next(filter(None, seen), 1.0) / recipe.variance[k]
    return units if loss == "squared" else np.sqrt(units)


def _stretch(power: Power, values: np.ndarray) -> float:
    return power.stretch(values) if len(values) > 1 else 0.0


def growth(data: Dataset, rows: np.ndarray, horizon: int) -> float:
    """Return how many times larger errors of persistence are over a horizon than one row ahead.

    A network that forecasts one row and is fed with its own forecasts is trained on errors of one
    row. Those of the whole horizon are larger by about what they are larger for persistence.

    Args:
        data: The series.
        rows: Row numbers of the part that counts.
        horizon: Rows that are forecast in the end.

    Returns:
        The ratio of mean squared errors, its mean over the targets; 1 where nothing changes.
    """
    origins = origins_in(rows, data.starts, horizon)
    if not len(origins):
        return 1.0
    targets = data.values[:, : data.wide]
    steps = origins[:, None] + np.arange(1, horizon + 1)[None, :]
    errors = np.square(targets[steps] - targets[origins][:, None]).mean(axis=0)
    moved = errors[0] > 0
    return float(np.mean(errors[:, moved] / errors[0, moved])) if moved.any() else 1.0


def weighed(units: np.ndarray) -> tuple[float, np.ndarray | None]:
    """Split units into one factor for all and weights about one; None where all are alike."""
    unit = float(np.mean(units))
    return unit, None if np.allclose(units, unit, rtol=1e-6, atol=0) else units / unit
