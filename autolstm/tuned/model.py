"""`TunedModel`: forecasts from raw data, in the unit of the target."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autolstm.data.load import load as load_data
from autolstm.dataset import Dataset, every
from autolstm.errors import DataError, SettingError
from autolstm.prepare import Recipe
from autolstm.settings import Settings

if TYPE_CHECKING:
    from autolstm.tuned.network import Networks

__all__ = ["TunedModel"]


@dataclass(frozen=True, eq=False, repr=False)
class TunedModel:
    """The winner of a study: one network a seed, whose mean is the forecast.

    Attributes:
        name: Name of the study that it comes from.
        settings: The configuration.
        recipe: The learnt preparation.
        seeds: One per network.
        weights: Weights of every network: arrays as `keras.Model.set_weights` takes them, or the
            content of a file as `keras.Model.load_weights` takes it.
        history: The last rows of the study's data; forecasts start after them.
        time_column: Column of times in files of new data, None to let it be found.
        row: Row number of the first row of ``history`` in the study's data, where the recipe
            counts from. Rows without times are taken to be counted from the same row.
    """

    name: str
    settings: Settings
    recipe: Recipe
    seeds: tuple[int, ...]
    weights: Sequence[Sequence[np.ndarray] | bytes]
    history: Dataset
    time_column: str | None = None
    row: int = 0

    def __repr__(self) -> str:
        shape = self.settings.architecture
        return (
            f"TunedModel({self.name}: {self.horizon} step(s) of {self.target!r} from "
            f"{self.recipe.reach} rows, {len(self.seeds)} seeds of {shape.layers} x "
            f"{shape.units} LSTM units)"
        )

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
            data: Whatever `autolstm.load` takes, such as a path or a DataFrame, with the columns
                of the study; None for the data of the study itself.
            steps: Rows to forecast, the horizon by default. Beyond the horizon, forecasts are
                fed back as if they were known (the recursive strategy).

        Returns:
            A row per step with its ``time``, the mean ``forecast`` of all seeds, and ``low`` and
            ``high``, the lowest and highest single seed: not a prediction interval.

        Raises:
            DataError: The data are too short, irregular, lack a column or, for a preparation
                by log or Box-Cox, are not positive.
            SettingError: ``steps`` is not positive, or lies beyond the horizon of a model with
                covariates, whose future is not known.
        """
        steps = self.horizon if steps is None else steps
        if steps < 1 or steps != int(steps):
            raise SettingError(f"steps = {steps} is not accepted. It takes a whole number from 1.")
        if steps > self.horizon and self.history.covariates:
            raise SettingError(
                f"This model forecasts {self.horizon} steps: further ones would need future "
                f"values of {', '.join(self.history.covariates)}. Ask for --steps {self.horizon} "
                f"at most, or run a study with --horizon {steps}."
            )
        known = self.history if data is None else self._read(data)
        first = self.row + self.history.rows_to(known.times[0])
        paths = np.stack(
            [self._path(known.values, first, r, steps) for r in range(len(self.seeds))]
        )
        return pd.DataFrame(
            {
                "time": known.future_times(steps),
                "forecast": paths.mean(axis=0),
                "low": paths.min(axis=0),
                "high": paths.max(axis=0),
            }
        )

    def _read(self, data: Any) -> Dataset:
        # pandas may carry the times in the index, whatever the column was called in the file.
        frame = isinstance(data, pd.DataFrame) and self.time_column in data
        elsewhere = isinstance(data, (pd.DataFrame, pd.Series)) and not frame
        known = load_data(
            data,
            target=self.target,
            time_column=None if elsewhere else self.time_column,
            covariates=list(self.history.covariates),
            season=self.history.season,
            unit=self.unit,
            missing=self.history.fill,
            to_learn=False,
        )
        # The spacing of rows shows between two of them.
        least = max(2, self.recipe.reach)
        if len(known) < least:
            raise DataError(
                f"{known.name} has {len(known)} rows, but a forecast of this model looks back on "
                f"{least}. Give at least so many."
            )
        if known.frequency != self.history.frequency:
            raise DataError(
                f"{known.name} has one row every {every(known.frequency)}, the model was tuned on "
                f"one row every {every(self.history.frequency)}. Resample the data first."
            )
        return known

    def _path(self, values: np.ndarray, first: int, replicate: int, steps: int) -> np.ndarray:
        """Forecast with one network, shape (steps,); it sees only what it forecast itself."""
        known = values[-self.recipe.reach :]
        first += len(values) - len(known)
        last = np.array([len(known) - 1])
        found: list[np.ndarray] = []
        for _ in range(0, steps, self.horizon):
            window = self.recipe.series(known, first)[-self.recipe.window :]
            prepared = self.networks.forecast(replicate, window)
            found.append(self.recipe.undo(prepared[None], known[:, 0], last, first)[0])
            if known.shape[1] == 1:
                known = np.concatenate([known, found[-1][:, None]])[-len(known) :]
                first += self.horizon
        return np.concatenate(found)[:steps]

    @cached_property
    def networks(self) -> "Networks":
        """The networks, built when they are first needed.

        Reading a model folder, or finding fault with the data, must not wait for TensorFlow.
        """
        from autolstm.tuned.network import Networks

        return Networks(self.settings.architecture, self.recipe.shapes, self.weights)
