"""The way that one network forecasts, row after row beyond its horizon."""

from dataclasses import replace
from typing import Protocol

import numpy as np
import pandas as pd

from autolstm.dataset import Dataset
from autolstm.prepare import Recipe

__all__ = ["Responds", "path"]


class Responds(Protocol):
    """Networks; see `autolstm.tuned.network.Networks`."""

    def forecast(self, replicate: int, window: np.ndarray) -> np.ndarray:
        """Forecast from one window, shape (*output)."""

    def respond(self, replicate: int, inputs: np.ndarray) -> np.ndarray:
        """Return what a network makes of windows in order, shape (n, *output)."""


def path(
    recipe: Recipe,
    networks: Responds,
    known: Dataset,
    asked: tuple[int, int],
    *,
    whole: bool,
) -> np.ndarray:
    """Forecast with one network, shape (steps, targets); it sees only its own forecasts.

    Args:
        recipe: The learnt preparation.
        networks: All networks.
        known: One series.
        asked: Which network, and how many steps.
        whole: Whether it passes through all windows of the series, not the last one alone.
    """
    replicate, steps = asked
    known = known if whole else known.tail(recipe.reach)
    found: list[np.ndarray] = []
    for done in range(0, steps, recipe.ahead):
        last = np.array([len(known) - 1])
        series = recipe.series(known)
        if whole:
            origins = np.arange(recipe.reach - 1, len(known))[:, None]
            inputs = series[origins + np.arange(1 - recipe.window, 1)]
            output = networks.respond(replicate, inputs)[-1]
        else:
            output = networks.forecast(replicate, series[-recipe.window :])
        found.append(recipe.undo(_as_steps(recipe, output), known, last)[0])
        if done + recipe.ahead < steps:
            known = _moved_on(known, found[-1], whole=whole)
    return np.concatenate(found)[:steps]


def _as_steps(recipe: Recipe, output: np.ndarray) -> np.ndarray:
    """Give the output of one window the shape that the recipe undoes."""
    return output.reshape(1, 1, -1) if recipe.strategy == "recursive" else output[None]


def _moved_on(known: Dataset, forecast: np.ndarray, *, whole: bool) -> Dataset:
    """Return a series in which the forecast rows are the last known ones.

    As many are left out at its beginning, and its times stay what they were, unless it is to stay
    whole: the recipe goes by row numbers.
    """
    ahead, rows = len(forecast), len(known)
    future = np.zeros((ahead, 0)) if known.future is None else known.future[0][:ahead]
    after = np.full((ahead, len(known.columns)), np.nan)
    after[:, : known.wide] = forecast
    after[:, [known.columns.index(name) for name in known.known]] = future
    # What is forecast counts as known.
    after[:, [known.columns.index(name) for name in known.marks]] = 0.0
    values = np.concatenate([known.values, after])
    left = None if known.future is None else known.future[:, ahead:]
    if whole:
        times = pd.RangeIndex(len(values))
        return replace(known, times=times, values=values, holes=None, future=left)
    return replace(known, values=values[-rows:], firsts=known.firsts + ahead, future=left)
