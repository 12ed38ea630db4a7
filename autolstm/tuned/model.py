"""`TunedModel`: forecasts from raw data, in the unit of the targets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from autolstm.data.calendar import calendar_values
from autolstm.data.load import load as load_data
from autolstm.data.missing import marks
from autolstm.dataset import Dataset, every
from autolstm.errors import DataError, SettingError, guess
from autolstm.prepare import Recipe
from autolstm.settings import Settings
from autolstm.shapes import Shapes
from autolstm.tuned.history import begun_with
from autolstm.tuned.path import path

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
        history: The last rows of every series of the study's data; forecasts start after them.
            Rows without times are taken to be counted from the same row. Where states are carried
            on, all rows from the first one that the networks were trained on.
        time_column: Column of times in files of new data, None to let it be found.
        id_column: Column that says which series a row belongs to, None for one series.
        make: Makes the network where it is a user's own, None for that of the settings.
    """

    name: str
    settings: Settings
    recipe: Recipe
    seeds: tuple[int, ...]
    weights: Sequence[Sequence[np.ndarray] | bytes]
    history: Dataset
    time_column: str | None = None
    id_column: str | None = None
    make: Callable[[Shapes], Any] | None = None

    task: ClassVar[str] = "forecasting"

    def __repr__(self) -> str:
        shape = self.settings.architecture
        series = f" of {len(self.history.ids)} series" if self.history.several else ""
        return (
            f"TunedModel({self.name}: {self.horizon} step(s) of {self.target!r}{series} from "
            f"{self.recipe.reach} rows, {len(self.seeds)} seeds of "
            f"{shape.said})"
        )

    @property
    def target(self) -> str:
        """Names of the forecast columns."""
        return self.history.target

    @property
    def carries(self) -> bool:
        """Whether the network carries its states on, so that all rows count, not the last ones."""
        return self.settings.lanes is not None

    @property
    def unit(self) -> str:
        """Unit of the forecasts, empty where it is not known."""
        return self.history.unit

    @property
    def horizon(self) -> int:
        """Steps that the study asked for."""
        return self.recipe.horizon

    def predict(self, data: Any = None, steps: int | None = None) -> pd.DataFrame:
        """Forecast the rows after the last row of some data.

        Args:
            data: Whatever `autolstm.load` takes, such as a path or a DataFrame, with the columns
                of the study; None for the data of the study itself. Where covariates are known
                ahead, rows without target values behind the last ones give their future. Where
                states are carried on, the study's rows before these are seen first, unless there
                is a gap between.
            steps: Rows to forecast, the horizon by default. Beyond the horizon, forecasts are
                fed back as if they were known (the recursive strategy).

        Returns:
            A row per step with its ``time``, the mean ``forecast`` of all seeds, and ``low`` and
            ``high``, the lowest and highest single seed: not a prediction interval. An ``id``
            says which series it is where there are several, ``target`` which column.

        Raises:
            DataError: The data are too short, irregular, lack a column or, for a preparation
                by log or Box-Cox, are not positive.
            SettingError: ``steps`` is not positive, or lies beyond the horizon of a model with
                covariates, whose future is not known.
        """
        steps = self.horizon if steps is None else steps
        if steps < 1 or steps != int(steps):
            raise SettingError(f"steps = {steps} is not accepted. It takes a whole number from 1.")
        past = [one for one in self.history.past if one not in self.history.marks]
        if steps > self.horizon and past:
            raise SettingError(
                f"This model forecasts {self.horizon} steps: further ones would need future "
                f"values of {', '.join(past)}. Ask for --steps {self.horizon} "
                f"at most, or run a study with --horizon {steps}."
            )
        known = self.history if data is None else self._read(data)
        frames = []
        for place, name in enumerate(known.ids):
            one = self._with_future(known.series(place), steps)
            paths = np.stack(
                [
                    path(self.recipe, self.networks, one, (r, steps), whole=self.carries)
                    for r in range(len(self.seeds))
                ]
            )
            frames += [
                self._frame(one, name, target, paths[..., k])
                for k, target in enumerate(known.targets)
            ]
        return pd.concat(frames, ignore_index=True)

    def _frame(self, one: Dataset, name: str, target: str, paths: np.ndarray) -> pd.DataFrame:
        steps = paths.shape[1]
        about: dict[str, Any] = {"id": [name] * steps} if self.history.several else {}
        if self.history.wide > 1:
            about["target"] = [target] * steps
        return pd.DataFrame(
            {
                **about,
                "time": one.future_times(steps),
                "forecast": paths.mean(axis=0),
                "low": paths.min(axis=0),
                "high": paths.max(axis=0),
            }
        )

    def _read(self, data: Any) -> Dataset:
        # pandas may carry the times in the index, whatever the column was called in the file.
        frame = isinstance(data, pd.DataFrame) and self.time_column in data
        elsewhere = isinstance(data, (pd.DataFrame, pd.Series)) and not frame
        made = {*self.history.calendar, *self.history.marks}
        known = load_data(
            data,
            target=list(self.history.targets),
            time_column=None if elsewhere else self.time_column,
            # A data set has its series already.
            id_column=None if isinstance(data, Dataset) else self.id_column,
            covariates=[one for one in self.history.covariates if one not in made],
            known=[one for one in self.history.known if one not in made],
            season=self.history.season,
            unit=self.unit,
            missing=self.history.fill,
            to_learn=False,
            task="forecasting",
        )
        assert isinstance(known, Dataset)
        self._check(known)
        known = self._as_learnt(known)
        return begun_with(self.history, known) if self.carries else known

    def _check(self, known: Dataset) -> None:
        """Refuse data that these networks cannot look back on."""
        if len(known.ids) > 1 and not self.history.several:
            raise DataError(
                f"{known.name} has {len(known.ids)} series, but this model has learnt from one. "
                f"Give one, or run a study with all of them."
            )
        for one in known.ids:
            if self.history.several and one not in self.history.ids:
                raise DataError(
                    f"{known.name} has a series {one!r}, which the model has not learnt from."
                    f"{guess(one, self.history.ids)} It knows {len(self.history.ids)} series. "
                    f"Leave this one out, or run a study with it."
                )
        # The spacing of rows shows between two of them.
        least = max(2, self.recipe.reach)
        if known.lengths.min() < least:
            raise DataError(
                f"{known.name} has {known.lengths.min()} rows, but a forecast of this model looks "
                f"back on {least}. Give at least so many."
            )
        if known.frequency != self.history.frequency:
            raise DataError(
                f"{known.name} has one row every {every(known.frequency)}, the model was tuned on "
                f"one row every {every(self.history.frequency)}. Resample the data first."
            )

    def _as_learnt(self, known: Dataset) -> Dataset:
        """Count the rows as the study did, and add what is known of times and series."""
        history = self.history
        places = [history.ids.index(one) for one in known.ids] if history.several else [0]
        first = [
            int(history.firsts[place]) + history.series(place).rows_to(known.series(at).times[0])
            for at, place in enumerate(places)
        ]
        calendar, names = np.zeros((len(known), 0)), history.calendar
        if names:
            calendar = calendar_values(pd.DatetimeIndex(known.times), names)
        added = [calendar, marks(known, history.marks)]
        every = (*known.columns, *names, *history.marks)
        order = [every.index(one) for one in history.columns]
        return replace(
            known,
            values=np.concatenate([known.values, *added], axis=1)[:, order],
            columns=history.columns,
            known=history.known,
            calendar=names,
            marks=history.marks,
            holes=None,
            firsts=np.array(first),
            static=None if history.static is None else history.static[places],
            static_names=history.static_names,
            future=self._given(known),
        )

    def _given(self, known: Dataset) -> np.ndarray | None:
        """Return the future of the known columns in the order of the study, NaN if not given."""
        if known.future is None:
            return None
        names = self.history.known
        future = np.full((*known.future.shape[:2], len(names)), np.nan)
        future[..., [names.index(one) for one in known.known]] = known.future
        return future

    def _with_future(self, one: Dataset, steps: int) -> Dataset:
        """Return a series with the future of its known columns, as far as it will be needed.

        Raises:
            DataError: It was not given.
        """
        if not one.known:
            return one
        ahead = -(-steps // self.recipe.ahead) * self.recipe.ahead
        future = np.full((ahead, len(one.known)), np.nan)
        if one.future is not None:
            there = one.future[0][:ahead]
            future[: len(there)] = there
        if one.calendar:
            times = pd.DatetimeIndex(one.future_times(ahead))
            places = [one.known.index(name) for name in one.calendar]
            future[:, places] = calendar_values(times, one.calendar)
        if np.isnan(future).any():
            told = int((~np.isnan(future).any(axis=1)).sum())
            given = [name for name in one.known if name not in one.calendar]
            of = f" of the series {one.ids[0]!r}" if self.history.several else ""
            raise DataError(
                f"A forecast of {steps} steps{of} needs the values of {', '.join(given)} in the "
                f"{ahead} rows behind the last ones, but they are given for {told} of them. Add "
                f"{ahead} such rows, with {one.target} left empty."
            )
        return replace(one, future=future[None])

    @cached_property
    def networks(self) -> "Networks":
        """The networks, built when they are first needed.

        Reading a model folder, or finding fault with the data, must not wait for TensorFlow.
        """
        from autolstm.tuned.network import Networks

        settings, shapes = self.settings, self.recipe.shapes
        return Networks(settings.architecture, shapes, self.weights, self.make, settings.lanes)
