"""Doubts about a forecasting question, raised before a study rather than in its trials."""

from typing import Protocol

import numpy as np

from autolstm.dataset import Dataset
from autolstm.errors import DataError, SettingError
from autolstm.framing.architectures import check_forecasters
from autolstm.framing.states import check_carried_through
from autolstm.metrics import Metric
from autolstm.prepare import Recipe
from autolstm.prepare.demands import check_demands
from autolstm.settings import Preparation
from autolstm.space import Space
from autolstm.split import Parts

__all__ = ["check_series"]

FAR = 1e100
"""Numbers beyond this, and differences below its inverse, are refused."""


class Doubted(Protocol):
    """What is asked of series; see `autolstm.framing.forecasting.Forecasting`."""

    @property
    def data(self) -> Dataset:
        """The series."""

    @property
    def parts(self) -> Parts:
        """Row numbers."""

    @property
    def horizon(self) -> int:
        """Rows to forecast."""

    @property
    def metric(self) -> Metric:
        """What is measured."""

    @property
    def metrics(self) -> list[list[Metric]]:
        """The metric for each target of each series."""

    def examples(self, rows: np.ndarray) -> np.ndarray:
        """Return the origins of the forecasts of a part."""

    def measure(self, predicted: np.ndarray, examples: np.ndarray) -> float:
        """Measure forecasts."""


def check_series(framing: Doubted, space: Space) -> None:
    """Refuse what cannot be asked of series.

    Raises:
        DataError: A target does not vary, is never known, or has no finite score.
        SettingError: The space does not fit the data.
    """
    _check_targets(framing)
    _check_holes(framing)
    for fold in framing.parts.folds:
        check_demands(framing.data, fold.train, space)
        _check_windows(framing, fold.train, space)
    _check_strategy(framing.data, space)
    check_forecasters(space)
    check_carried_through(framing.data, framing.horizon, framing.parts.folds, space)
    _check_metric(framing)


def _of(data: Dataset, place: int) -> str:
    """Name a series, where there are several."""
    return f" of the series {data.ids[place]!r}" if data.several else ""


def _check_holes(framing: Doubted) -> None:
    """Refuse parts in which every forecast has a target that was missing."""
    valid = [("validation", fold.valid) for fold in framing.parts.folds]
    for part, rows in (*valid, ("test", framing.parts.test)):
        if not len(framing.examples(rows)):
            raise DataError(
                f"No forecast of the {part} part can be measured: of {framing.horizon} rows "
                f"ahead, a value of {framing.data.target!r} is always missing. Give that part "
                f"more rows, or a smaller horizon."
            )


def _check_targets(framing: Doubted) -> None:
    """Refuse training rows from which nothing can be learned."""
    data = framing.data
    for fold in framing.parts.folds:
        of = data.of_rows(fold.train)
        for place in range(len(data.ids)):
            rows = fold.train[of == place]
            for k, name in enumerate(data.targets):
                _check_target(data.values[:, k], rows, name + _of(data, place))


def _check_target(values: np.ndarray, rows: np.ndarray, name: str) -> None:
    low, high = np.min(values[rows]), np.max(values[rows])
    if low == high:
        raise DataError(
            f"The target {name!r} is {values[rows[0]]:g} in all {len(rows)} training rows: "
            f"there is nothing to learn. It must vary there. Give smaller validation and test "
            f"parts, or choose another column."
        )
    largest = np.max(np.abs(values))
    # Squares of such numbers have no place in floating point.
    if largest > FAR or high - low < 1 / FAR:
        raise DataError(
            f"The target {name!r} goes up to {largest:g}, and varies by {high - low:g} in "
            f"the training rows. It takes numbers up to {FAR:g} that vary by {1 / FAR:g} at "
            f"least. Give it in another unit."
        )


def _check_windows(framing: Doubted, train: np.ndarray, space: Space) -> None:
    """Refuse a space whose longest preparation leaves nothing to train on, of any series."""
    data, horizon = framing.data, framing.horizon
    longest = {
        short: space.extremes(f"preparation.{short}")[1]
        for short in ("difference", "seasonal_difference", "window")
    }
    # No scaling: it asks for nothing, and takes its time with many series.
    worst = Preparation(**longest, scale="none")  # type: ignore[arg-type]
    lost = worst.difference + worst.seasonal_difference
    of = data.of_rows(train)
    for place in range(len(data.ids)):
        one, rows = data.series(place), train[of == place] - data.starts[place]
        try:
            Recipe.learn(one, rows, worst, horizon)
        except DataError as error:
            room = len(rows) - lost - horizon
            # Without room for one row, it is the seasonal difference that takes it.
            window = f"window={min(room, max(1, len(rows) // 4))}"
            advice = window if room > 0 else "seasonal_difference=0"
            raise SettingError(
                f"The space does not fit the data{_of(data, place)} with the longest preparation "
                f"it allows (window {longest['window']}, seasonal_difference "
                f"{longest['seasonal_difference']}). {error} Such as --set "
                f"space.preparation.{advice}."
            ) from None


def _check_strategy(data: Dataset, space: Space) -> None:
    """Refuse to feed forecasts back where covariates would be needed that nobody knows."""
    if data.past and "recursive" in space.values("preparation.strategy"):
        raise SettingError(
            f"preparation.strategy = recursive feeds forecasts back row by row, and would need "
            f"the future of {', '.join(data.past)}. Take direct or decoder, as in --set "
            f"space.preparation.strategy=direct, name those whose future is known (known=...), "
            f"or leave them out (--covariates '')."
        )


def _check_metric(framing: Doubted) -> None:
    """Refuse a metric that is not finite on these rows, such as MAPE with zeros."""
    data, metric = framing.data, framing.metric
    for place, of_series in enumerate(framing.metrics):
        for k, one in enumerate(of_series):
            if not one.scale > 0:
                raise DataError(
                    f"The metric {metric.name} divides by the error of the naive forecast on the "
                    f"training rows of {data.targets[k] + _of(data, place)!r}, and that is zero: "
                    f"they repeat exactly. Choose another, such as --metric mae."
                )
    valid = [("validation", fold.valid) for fold in framing.parts.folds]
    for part, rows in (*valid, ("test", framing.parts.test)):
        origins = framing.examples(rows)
        made = np.repeat(data.values[origins, None, : data.wide], framing.horizon, axis=1)
        if not np.isfinite(framing.measure(made, origins)):
            # Rows that are all equal may have others beside them; a zero stays where it is.
            longer = f", or a longer {part} part" if metric.name == "r2" else ""
            raise DataError(
                f"The metric {metric.name} is not finite on the {part} part of {data.target!r}: "
                f"it divides by zero there. Choose another, such as --metric mae{longer}."
            )
