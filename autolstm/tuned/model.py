"""`TunedModel`: forecasts from raw data, in the unit of the target."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from autolstm.data.load import load as load_data
from autolstm.dataset import Dataset
from autolstm.errors import DataError, SettingError
from autolstm.prepare import Recipe
from autolstm.settings import Settings

__all__ = ["TunedModel"]


@dataclass(frozen=True, eq=False)
class TunedModel:
    """The winner of a study: one network a seed, whose mean is the forecast.

    Attributes:
        name: Name of the study that it comes from.
        settings: The configuration.
        recipe: The learnt preparation.
        seeds: One per network.
        weights: Weights of every network, as `keras.Model.set_weights` takes them.
        history: The last rows of the study's data; forecasts start after them.
        time_column: Column of times in files of new data, None to let it be found.
    """

    name: str
    settings: Settings
    recipe: Recipe
    seeds: tuple[int, ...]
    weights: Sequence[Sequence[np.ndarray]]
    history: Dataset
    time_column: str | None = None

    @property
    def target(self) -> str:
        """Name of the forecast column."""
        return self.history.target

    @property
    def unit(self) -> str:
        """Unit of the forecasts, empty where it is not known."""
        return self.history.unit

    @property
    def horizon(self) -> int:
        """Steps that the networks forecast at once."""
        return self.recipe.horizon

    def predict(self, data: Any = None, steps: int | None = None) -> pd.DataFrame:
        """Forecast the rows after the last row of some data.

        Args:
            data: A `Dataset`, a DataFrame or a path with the columns of the study; None for the
                data of the study itself.
            steps: Rows to forecast, the horizon by default. Beyond the horizon, forecasts are
                fed back as if they were known (the recursive strategy).

        Returns:
            A row per step with its ``time``, the mean ``forecast`` of all seeds, and ``low`` and
            ``high``, the lowest and highest single seed: not a prediction interval.

        Raises:
            DataError: The data are too short, irregular or lack a column.
            SettingError: ``steps`` is not positive, or lies beyond the horizon of a model with
                covariates, whose future is not known.
        """
        steps = self.horizon if steps is None else steps
        if steps < 1:
            raise SettingError(f"steps = {steps} is not accepted. It takes a whole number from 1.")
        if steps > self.horizon and self.history.covariates:
            raise SettingError(
                f"This model forecasts {self.horizon} steps: further ones would need future "
                f"values of {', '.join(self.history.covariates)}. Ask for --steps {self.horizon} "
                f"at most, or run a study with --horizon {steps}."
            )
        known = self.history if data is None else self._read(data)
        paths = np.stack([self._path(known.values, r, steps) for r in range(len(self.seeds))])
        return pd.DataFrame(
            {
                "time": known.future_times(steps),
                "forecast": paths.mean(axis=0),
                "low": paths.min(axis=0),
                "high": paths.max(axis=0),
            }
        )

    def _read(self, data: Any) -> Dataset:
        known = load_data(
            data if isinstance(data, (Dataset, pd.DataFrame)) else Path(data),
            target=self.target,
            time_column=self.time_column,
            covariates=list(self.history.covariates),
            season=self.history.season,
            unit=self.unit,
        )
        if known.frequency != self.history.frequency:
            raise DataError(
                f"The rows of {known.name} come every {known.frequency or 'step'}, the model was "
                f"tuned on rows every {self.history.frequency or 'step'}. Resample the data first."
            )
        if len(known) < self.recipe.reach:
            raise DataError(
                f"{known.name} has {len(known)} rows, but one forecast of this model looks back "
                f"{self.recipe.reach} rows. Give at least so many."
            )
        return known

    def _path(self, values: np.ndarray, replicate: int, steps: int) -> np.ndarray:
        """Forecast with one network, shape (steps,); it sees only what it forecast itself."""
        known = values[-self.recipe.reach :]
        found = np.empty(0)
        while len(found) < steps:
            series = self.recipe.series(known)
            window = series[None, -self.recipe.window :]
            prepared = np.asarray(self._networks[replicate](window, training=False))
            last = np.array([len(known) - 1])
            block = self.recipe.undo(prepared, known[:, 0], last)[0]
            found = np.concatenate([found, block])
            known = np.concatenate([known, block[:, None]]) if known.shape[1] == 1 else known
        return found[:steps]

    @cached_property
    def _networks(self) -> list[Any]:
        # Reading a model folder, or showing what is in it, must not wait for TensorFlow.
        from autolstm.models import build

        networks = []
        for seed, weights in zip(self.seeds, self.weights, strict=True):
            network = build(
                self.settings.architecture,
                window=self.recipe.window,
                features=self.history.values.shape[1],
                horizon=self.horizon,
                seed=seed,
            )
            network.set_weights(list(weights))
            networks.append(network)
        return networks
