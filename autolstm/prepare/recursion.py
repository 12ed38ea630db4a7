"""The recursive strategy: one row ahead, fed back as if it were known (Taieb et al., 2012).

See Ben Taieb, Bontempi, Atiya & Sorjamaa, "A review and comparison of strategies for multi-step
ahead time series forecasting", 2012, arXiv:1108.3259.
"""

from collections.abc import Callable

import numpy as np

from autolstm.dataset import Dataset
from autolstm.prepare.recipe import Recipe
from autolstm.prepare.scale import Scaler

__all__ = ["Respond", "roll"]

Respond = Callable[[np.ndarray], np.ndarray]
"""Of prepared windows, shape (R, n, window, features), to outputs, shape (R, n, outputs)."""


def roll(
    recipe: Recipe, respond: Respond, data: Dataset, origins: np.ndarray, replicates: int
) -> np.ndarray:
    """Forecast row by row, each replicate from what it forecast itself.

    What a network forecasts one row ahead is what it would be shown of that row, but for the
    scaling; so all happens on the prepared scale.

    Args:
        recipe: With the recursive strategy, and no covariate whose future is not known.
        respond: The networks.
        data: The series; of rows after the origins only what is known of the future is used.
        origins: Row numbers of the last known rows, shape (n,).
        replicates: R.

    Returns:
        Outputs for every row ahead, shape (R, n, horizon, targets).
    """
    series, wide = recipe.series(data), recipe.wide
    back = np.arange(1 - recipe.window, 1)
    inputs = np.repeat(series[origins[:, None] + back][None], replicates, axis=0)
    each = [one for _, one in recipe.places(data)]
    of = data.of_rows(origins)
    output = _row_by_row([one.target for one in each], of, wide)
    shown = _row_by_row([one.inputs for one in each], of, wide)
    found: list[np.ndarray] = []
    for step in range(1, recipe.horizon + 1):
        found.append(respond(inputs).reshape(replicates, len(origins), wide))
        if step < recipe.horizon:
            row = np.repeat(series[origins + step][None], replicates, axis=0)
            row[..., :wide] = shown.apply(output.undo(found[-1]))
            inputs = np.concatenate([inputs[:, :, 1:], row[:, :, None]], axis=2)
    return np.stack(found, axis=2)


def _row_by_row(scalers: list[Scaler], of: np.ndarray, wide: int) -> Scaler:
    """Return the scaling of the targets of every forecast, shape (n, targets)."""
    offsets, gains = (
        [getattr(one, name)[:wide] for one in scalers] for name in ("offset", "gain")
    )
    return Scaler(np.stack(offsets)[of], np.stack(gains)[of])
