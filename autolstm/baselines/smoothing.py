"""Theta and exponential smoothing: fitted by statsmodels once, rolled on through later rows.

statsmodels is slow to import, so only the functions that need it import it.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["ets", "theta"]

LONGEST_SEASON = 168
"""Most rows of a season that `ets` learns, a week of hours: longer ones take seconds to fit, and
so many first states are seldom worth their price in the AIC."""

MOST_STATES = 20_000_000
"""Numbers that `ets` may hold, about a season for every row: 160 MB."""


def theta(
    series: np.ndarray, origins: np.ndarray, horizon: int, season: int, train: int
) -> np.ndarray:
    """Forecast with the Theta method: simple smoothing that drifts with half the trend.

    Assimakopoulos & Nikolopoulos (2000, doi:10.1016/S0169-2070(00)00066-2), in the form of
    Hyndman & Billah (2003, doi:10.1016/S0169-2070(01)00143-1). Slope, smoothing parameter and
    seasonal indices (where a test finds a season) are learnt on the training rows; the level
    alone goes on through later rows.

    Args:
        series: The target, shape (rows,).
        origins: Row number of the last known value of each forecast, shape (n,).
        horizon: Steps to forecast.
        season: Rows in one cycle, 0 for none.
        train: How many rows, from the first on, are learnt from.

    Returns:
        Forecasts of shape (n, horizon).
    """
    from scipy.signal import lfilter
    from statsmodels.tsa.forecasting.theta import ThetaModel

    cyclic = season > 1 and train >= 2 * season
    period = season if cyclic else 1
    learnt = ThetaModel(series[:train], period=period, deseasonalize=cyclic).fit()
    alpha = learnt.params["alpha"]
    # statsmodels keeps the indices, and whether they are added or multiplied, to itself.
    multiplied = learnt.model.method.startswith("mul")
    indices = learnt._seasonal if len(learnt._seasonal) else np.full(period, float(multiplied))
    steps = np.arange(1, horizon + 1)
    past = indices[np.arange(len(series)) % period]
    future = indices[(origins[:, None] + steps) % period]
    plain = series / past if multiplied else series - past
    # That of statsmodels (0.15) is wrong where no value differs from the others.
    slope = np.polyfit(np.arange(train), plain[:train], 1)[0]
    levels = lfilter([alpha], [1, alpha - 1], plain, zi=[(1 - alpha) * plain[0]])[0]
    # Smoothing lags behind a line by so many of its steps after so many rows.
    behind = (1 - (1 - alpha) ** (origins + 1)) / alpha
    made = levels[origins][:, None] + slope / 2 * (steps - 1 + behind[:, None])
    shown: np.ndarray = made * future if multiplied else made + future
    return shown


def ets(
    series: np.ndarray, origins: np.ndarray, horizon: int, season: int, train: int
) -> np.ndarray:
    """Forecast with exponential smoothing in the form that suits the training rows best.

    Hyndman, Koehler, Snyder & Grose (2002, doi:10.1016/S0169-2070(01)00110-8): the form with the
    smallest corrected AIC of those with or without a damped trend, and with no season, an added
    one, or (where all training rows are positive) a multiplied one. Form, first states and
    smoothing parameters are learnt on the training rows; the states go on through later rows.
    A season of more than 168 rows is left out, and so is a long one of a very long series.

    Args:
        series: The target, shape (rows,).
        origins: Row number of the last known value of each forecast, shape (n,).
        horizon: Steps to forecast.
        season: Rows in one cycle, 0 for none.
        train: How many rows, from the first on, are learnt from.

    Returns:
        Forecasts of shape (n, horizon).
    """
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    held = season <= LONGEST_SEASON and season * len(series) <= MOST_STATES
    fits = [
        (form, ETSModel(series[:train], initialization_method="heuristic", **form).fit(disp=False))
        for form in _forms(series[:train], season if held else 0)
    ]
    form, best = min(fits, key=lambda one: _aicc(one[1], train))
    begun = {
        f"initial_{state}": getattr(best.model, f"initial_{state}")
        for state in ("level", "trend", "seasonal")
    }
    rolled = ETSModel(series, initialization_method="known", **begun, **form)
    states = rolled.smooth(best.params, return_raw=True)[1]
    return _from_states(states, form, best.params, origins, horizon)


def _forms(train: np.ndarray, season: int) -> Iterator[dict[str, Any]]:
    """Give the forms of exponential smoothing that can be fitted to these rows."""
    trends: tuple[dict[str, Any], ...] = ({}, {"trend": "add", "damped_trend": True})
    for trend in trends:
        yield {"error": "add", **trend}
        # What statsmodels needs for first states: two cycles and ten rows.
        if season > 1 and len(train) >= 10 + 2 * season:
            yield {"error": "add", "seasonal": "add", "seasonal_periods": season, **trend}
            if np.min(train) > 0:
                yield {"error": "mul", "seasonal": "mul", "seasonal_periods": season, **trend}


def _aicc(fit: Any, rows: int) -> float:
    """Return the corrected AIC; infinite where it cannot be taken.

    First states count as parameters, as in the paper; statsmodels leaves those of a heuristic out.
    """
    form = fit.model
    states = 1 + form.has_trend + form.has_seasonal * form.seasonal_periods
    # The variance of the errors is one, too.
    count = len(fit.params) + states + 1
    left = rows - count - 1
    value = 2 * (count + count * (count + 1) / left - fit.llf) if left > 0 else np.inf
    return float("inf") if np.isnan(value) else float(value)


def _from_states(
    states: np.ndarray, form: dict[str, Any], params: np.ndarray, origins: np.ndarray, horizon: int
) -> np.ndarray:
    """Forecast from the level, trend and season at each origin, shape (n, horizon)."""
    steps = np.arange(1, horizon + 1)
    made: np.ndarray = np.repeat(states[origins, 0][:, None], horizon, axis=1)
    if "trend" in form:
        # The damping stands last among the parameters.
        made += states[origins, 1][:, None] * np.cumsum(params[-1] ** steps)
    if "seasonal" in form:
        season = form["seasonal_periods"]
        cycle = states[origins[:, None] + steps - -(-steps // season) * season, -1]
        made = made + cycle if form["seasonal"] == "add" else made * cycle
    return made
