"""The metrics: one table with name, direction, unit and a function on plain arrays.

Every function takes ``actual`` and ``forecast`` of the same shape, in the unit of the target.
Definitions follow Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed.,
section 5.8; sMAPE is the symmetric form of the M4 competition, 0 to 200 %.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from autolstm.errors import SettingError, guess

__all__ = ["METRICS", "Metric", "metric_named", "skill"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One way to measure forecasts.

    Attributes:
        name: Name in study files and on the command line.
        direction: ``"minimize"`` or ``"maximize"``.
        unit: ``"target"`` (the target's unit), ``"target²"``, ``"%"`` or empty (a pure number).
        help: One sentence.
        measure: Function of (actual, forecast) to one number.
        errors: Function of (actual, forecast) to the error of every value, which the metric sums
            up; for comparing forecasts one by one.
    """

    name: str
    direction: str
    unit: str
    help: str
    measure: Callable[[np.ndarray, np.ndarray], float]
    errors: Callable[[np.ndarray, np.ndarray], np.ndarray]

    def unit_for(self, target_unit: str) -> str:
        """Return the unit of a score, given the unit of the target."""
        if self.unit == "target²":
            return f"({target_unit})²" if target_unit else ""
        return target_unit if self.unit == "target" else self.unit

    def better(self, one: float, other: float) -> bool:
        """Whether ``one`` is the better score."""
        return one < other if self.direction == "minimize" else one > other


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
    """Share of the variance of these rows that the forecast explains; NaN if all are equal."""
    # Equal rows may still differ from their own mean by a rounding error.
    if np.min(actual) == np.max(actual):
        return float("nan")
    spread = np.sum(np.square(actual - np.mean(actual)))
    return float(1 - np.sum(squared(actual, forecast)) / spread) if spread else float("nan")


METRICS = {
    one.name: one
    for one in (
        Metric("rmse", "minimize", "target", "root mean squared error", rmse, squared),
        Metric("mae", "minimize", "target", "mean absolute error", mae, absolute),
        Metric("mse", "minimize", "target²", "mean squared error", mse, squared),
        Metric("mape", "minimize", "%", "mean absolute percentage error", mape, percentage),
        Metric(
            "smape", "minimize", "%", "symmetric mean absolute percentage error", smape, symmetric
        ),
        Metric("r2", "maximize", "", "coefficient of determination, 1 is perfect", r2, squared),
    )
}
"""Every metric by its name."""


def metric_named(name: str) -> Metric:
    """Look a metric up.

    Raises:
        SettingError: There is no metric of this name.
    """
    if name not in METRICS:
        raise SettingError(
            f"There is no metric {name!r}.{guess(name, METRICS)} Known are: {', '.join(METRICS)}."
        )
    return METRICS[name]


def skill(metric: Metric, score: float, baseline: float) -> float:
    """Say how much better than a baseline a score is; positive is better.

    ``1 - score / baseline`` for errors, ``score - baseline`` for what is maximised.
    """
    if metric.direction == "maximize":
        return score - baseline
    return 1 - score / baseline if baseline else (0.0 if score == 0 else float("-inf"))
