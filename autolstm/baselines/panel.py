"""Every baseline for every series and every target, and regression on all columns."""

import numpy as np

from autolstm.baselines.every import forecasts as forecasts_of_one
from autolstm.baselines.regression import regression_on_all
from autolstm.dataset import Dataset
from autolstm.prepare.origins import origins_in

__all__ = ["ALL_COLUMNS", "forecasts"]

ALL_COLUMNS = "linear regression on all columns"
"""Name of the regression that sees what the network sees."""

MOST_LEARNT = 60
"""Series times targets up to which Theta and ETS are fitted: they take seconds each."""


def forecasts(
    data: Dataset, train: np.ndarray, origins: np.ndarray, horizon: int
) -> dict[str, np.ndarray]:
    """Forecast with every baseline; one that fails for any series is left out.

    Args:
        data: The series.
        train: Row numbers of the training part; those that learn do so on all rows of a series up
            to its last training row.
        origins: Row numbers of the last known values, shape (n,), behind the training rows.
        horizon: Rows to forecast.

    Returns:
        Forecasts of shape (n, horizon, targets) by the baseline's name, in the targets' units.
    """
    of, trained = data.of_rows(origins), data.of_rows(train)
    few = len(data.ids) * data.wide <= MOST_LEARNT
    made: dict[str, np.ndarray] = {}
    complete: set[str] | None = None
    for place in np.unique(of):
        start = int(data.starts[place])
        chosen = of == place
        local = origins[chosen] - start
        known = int(train[trained == place].max()) + 1 - start
        values = data.values[start : int(data.starts[place + 1])]
        for k in range(data.wide):
            found = forecasts_of_one(
                values[:, k], local, horizon, data.season, known, quick=not few
            )
            for name, one in found.items():
                every = made.setdefault(name, np.zeros((len(origins), horizon, data.wide)))
                every[chosen, :, k] = one
            complete = set(found) if complete is None else complete & set(found)
    made = {name: one for name, one in made.items() if name in (complete or ())}
    if data.covariates or data.wide > 1 or data.several:
        ends = origins_in(_before(train, data), data.starts, horizon)
        all_columns = regression_on_all(data, ends, origins, horizon)
        if all_columns is not None:
            made[ALL_COLUMNS] = all_columns
    return made


def _before(train: np.ndarray, data: Dataset) -> np.ndarray:
    """Return all rows of every series up to its last training row."""
    of = data.of_rows(train)
    return np.concatenate(
        [np.arange(data.starts[place], train[of == place].max() + 1) for place in np.unique(of)]
    )
