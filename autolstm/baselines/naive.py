"""Naive forecasts: they learn nothing and have no parameter.

Definitions: Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed., section
5.2. A forecast made at row ``t`` uses rows up to ``t`` only.
"""

from collections.abc import Callable

import numpy as np

__all__ = ["forecasts"]

Naive = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


def persistence(series: np.ndarray, origins: np.ndarray, horizon: int) -> np.ndarray:
    """Every step stays at the last known value."""
    return np.repeat(series[origins][:, None], horizon, axis=1)


def drift(series: np.ndarray, origins: np.ndarray, horizon: int) -> np.ndarray:
    """The line from the first to the last known value goes on."""
    slope = (series[origins] - series[0]) / np.maximum(origins, 1)
    line: np.ndarray = series[origins][:, None] + slope[:, None] * np.arange(1, horizon + 1)
    return line


def seasonal(season: int) -> Naive:
    """Every step repeats the same season of the last known cycle."""

    def repeat(series: np.ndarray, origins: np.ndarray, horizon: int) -> np.ndarray:
        steps = np.arange(1, horizon + 1)
        back = steps - -(-steps // season) * season
        # Before the first whole cycle there is nothing to repeat but the first row.
        repeated: np.ndarray = series[np.maximum(origins[:, None] + back[None, :], 0)]
        return repeated

    return repeat


def seasonal_change(season: int) -> Naive:
    """Repeat the season and add the change over the last cycle.

    It is what a network forecasts that has learnt nothing from a series differenced both ways, so
    without it that network would look skilful.
    """

    def move(series: np.ndarray, origins: np.ndarray, horizon: int) -> np.ndarray:
        change = series[origins] - series[np.maximum(origins - season, 0)]
        moved: np.ndarray = seasonal(season)(series, origins, horizon) + change[:, None]
        return moved

    return move


def moving_mean(rows: int) -> Naive:
    """Every step is the mean of the last rows."""

    def level(series: np.ndarray, origins: np.ndarray, horizon: int) -> np.ndarray:
        sums = np.concatenate([[0.0], np.cumsum(series)])
        first = np.maximum(origins + 1 - rows, 0)
        means = (sums[origins + 1] - sums[first]) / (origins + 1 - first)
        return np.repeat(means[:, None], horizon, axis=1)

    return level


def forecasts(
    series: np.ndarray, origins: np.ndarray, horizon: int, season: int
) -> dict[str, np.ndarray]:
    """Forecast with every naive baseline; see `autolstm.baselines.forecasts`."""
    span = season if season > 1 else 12
    chosen: dict[str, Naive] = {"persistence": persistence, "drift": drift}
    if season > 1:
        chosen["seasonal naive"] = seasonal(season)
        chosen["seasonal naive plus change"] = seasonal_change(season)
    chosen[f"mean of the last {span}"] = moving_mean(span)
    return {name: forecast(series, origins, horizon) for name, forecast in chosen.items()}
