"""Metrics of numbers: how far forecasts are from what came.

Every function takes ``actual`` and ``forecast`` of the same shape, in the unit of the target.
Definitions follow Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed.,
sections 5.8 and 5.9; sMAPE is the symmetric form of the M4 competition, 0 to 200 %.

Scaled metrics (Hyndman & Koehler, 2006, doi:10.1016/j.ijforecast.2006.03.001) are in units of the
error that a naive forecast makes on the training rows. They measure nothing before
`Metric.scaled_to` has told them these rows.
"""

from functools import partial

import numpy as np

from autolstm.metrics.metric import UNKNOWN, Metric

__all__ = ["NUMBERS", "pinball_at"]


def squared(actual: np.ndarray, forecast: np.ndarray) -> np.ndarray:
    """Squared errors."""
    errors: np.ndarray = np.square(actual - forecast)
    return errors


def absolute(actual: np.ndarray, forecast: np.ndarray) -> np.ndarray:
    """Absolute errors."""
    errors: np.ndarray = np.abs(actual - forecast)
    return errors


def percentage(actual: np.ndarray, forecast: np.ndarray) -> np.ndarray:
    """Absolute errors in per cent of the actual value; infinite where that is zero."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = np.abs((actual - forecast) / actual)
        return 100 * np.where(actual == 0, np.inf, share)


def symmetric(actual: np.ndarray, forecast: np.ndarray) -> np.ndarray:
    """Symmetric percentage errors; two zeros count as no error."""
    total, gap = np.abs(actual) + np.abs(forecast), np.abs(actual - forecast)
    share: np.ndarray = np.divide(gap, total, out=np.zeros_like(gap), where=total > 0)
    return 200 * share


def rmse(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Root of the mean squared error."""
    return float(np.sqrt(np.mean(squared(actual, forecast))))


def mse(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Mean squared error."""
    return float(np.mean(squared(actual, forecast)))


def mae(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Mean absolute error."""
    return float(np.mean(absolute(actual, forecast)))


def mape(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Mean absolute percentage error; infinite where an actual value is zero."""
    with np.errstate(over="ignore"):
        return float(np.mean(percentage(actual, forecast)))


def smape(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Mean symmetric percentage error, 0 to 200 %."""
    return float(np.mean(symmetric(actual, forecast)))


def r2(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Share of the variance of these rows that the forecast explains; NaN if all are equal.

    Minus infinity where they vary so little that the error is beyond all numbers beside that.
    """
    # Equal rows may still differ from their own mean by a rounding error.
    if np.min(actual) == np.max(actual):
        return float("nan")
    spread = np.sum(np.square(actual - np.mean(actual)))
    with np.errstate(over="ignore"):
        return float(1 - np.sum(squared(actual, forecast)) / spread) if spread else float("nan")


def shortfall(actual: np.ndarray, forecast: np.ndarray, level: float) -> np.ndarray:
    """Pinball losses: what lies above the forecast weighs ``level``, what lies below the rest."""
    gap = actual - forecast
    losses: np.ndarray = np.maximum(level * gap, (level - 1) * gap)
    return losses


def pinball(actual: np.ndarray, forecast: np.ndarray, level: float) -> float:
    """Mean pinball loss."""
    return float(np.mean(shortfall(actual, forecast, level)))


def pinball_at(percent: int) -> Metric:
    """Return the pinball loss (Koenker & Bassett, 1978) of a quantile.

    It measures a point forecast as if it were that quantile: the mean score is best where
    ``percent`` of the actual values lie below their forecasts.
    """
    level = percent / 100
    return Metric(
        "pinball" if percent == 50 else f"pinball{percent}",
        "minimize",
        "target",
        f"pinball loss at the {percent} % quantile",
        partial(pinball, level=level),
        partial(shortfall, level=level),
        loss=f"pinball{percent}",
    )


NUMBERS = (
    Metric("rmse", "minimize", "target", "root mean squared error", rmse, squared, "squared"),
    Metric("mae", "minimize", "target", "mean absolute error", mae, absolute, "absolute"),
    Metric("mse", "minimize", "target²", "mean squared error", mse, squared, "squared"),
    Metric(
        "mape", "minimize", "%", "mean absolute percentage error", mape, percentage, "absolute"
    ),
    Metric(
        "smape",
        "minimize",
        "%",
        "symmetric mean absolute percentage error",
        smape,
        symmetric,
        "absolute",
    ),
    Metric(
        "r2", "maximize", "", "coefficient of determination, 1 is perfect", r2, squared, "squared"
    ),
    Metric(
        "mase",
        "minimize",
        "",
        "mean absolute error, divided by that of the naive forecast on the training rows",
        mae,
        absolute,
        "absolute",
        scaled=True,
        scale=UNKNOWN,
    ),
    Metric(
        "rmsse",
        "minimize",
        "",
        "root mean squared error, divided by that of the naive forecast on the training rows",
        rmse,
        squared,
        "squared",
        scaled=True,
        scale=UNKNOWN,
    ),
    pinball_at(50),
)
"""The metrics of numbers; ``pinball`` stands for that of any level, see `pinball_at`."""
