"""The metrics: one table with name, direction, unit and a function on plain arrays.

Every function takes ``actual`` and ``forecast`` of the same shape, in the unit of the target.
Definitions follow Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed.,
sections 5.8 and 5.9; sMAPE is the symmetric form of the M4 competition, 0 to 200 %.

Scaled metrics (Hyndman & Koehler, 2006, doi:10.1016/j.ijforecast.2006.03.001) are in units of the
error that a naive forecast makes on the training rows. They measure nothing before
`Metric.scaled_to` has told them these rows.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from autolstm.errors import SettingError, guess

__all__ = ["METRICS", "Metric", "metric_named", "skill"]

Function = Callable[[np.ndarray, np.ndarray], float]

UNKNOWN = float("nan")
"""Scale of a scaled metric that has not been told any training rows."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One way to measure forecasts.

    Attributes:
        name: Name in study files and on the command line.
        direction: ``"minimize"`` or ``"maximize"``.
        unit: ``"target"`` (the target's unit), ``"target²"``, ``"%"`` or empty (a pure number).
        help: One sentence.
        plain: Function of (actual, forecast) to one number, before any scale.
        errors: Function of (actual, forecast) to the error of every value, which the metric sums
            up; for comparing forecasts one by one, which needs no scale.
        scaled: Whether a score is divided by that of the naive forecast on the training rows.
        scale: What ``plain`` is divided by; NaN until a scaled metric is told the training rows.
    """

    name: str
    direction: str
    unit: str
    help: str
    plain: Function
    errors: Callable[[np.ndarray, np.ndarray], np.ndarray]
    scaled: bool = False
    scale: float = 1.0

    def measure(self, actual: np.ndarray, forecast: np.ndarray) -> float:
        """Measure a forecast; NaN where the scale is not known or zero."""
        return self.plain(actual, forecast) / self.scale if self.scale else float("nan")

    def scaled_to(self, train: np.ndarray, season: int) -> "Metric":
        """Return the metric with the scale of a series; one that is not scaled stays as it is.

        The scale is what ``plain`` gives for the forecast that repeats the value of one season
        before, on the training rows; that of one row before where there is no season, or not one
        whole one to look back on.

        Args:
            train: The target in the training rows, shape (rows,).
            season: Rows in one cycle, 0 for none.
        """
        if not self.scaled:
            return self
        back = season if 1 < season < len(train) else 1
        with np.errstate(over="ignore"):
            return replace(self, scale=self.plain(train[back:], train[:-back]))

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
    )


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
        Metric(
            "mase",
            "minimize",
            "",
            "mean absolute error, divided by that of the naive forecast on the training rows",
            mae,
            absolute,
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
            scaled=True,
            scale=UNKNOWN,
        ),
        pinball_at(50),
    )
}
"""Every metric by its name; ``pinball`` takes a level behind its name, see `metric_named`."""


def metric_named(name: str) -> Metric:
    """Look a metric up.

    ``pinball`` alone is that of the median, half the mean absolute error; ``pinball90`` is that
    of the 90 % quantile, and so on from ``pinball1`` to ``pinball99``.

    Raises:
        SettingError: There is no metric of this name.
    """
    at = re.fullmatch(r"pinball([1-9]\d?)", name)
    if at:
        return pinball_at(int(at[1]))
    if name not in METRICS:
        raise SettingError(
            f"There is no metric {name!r}.{guess(name, METRICS)} Known are: {', '.join(METRICS)} "
            f"(pinball90 for the 90 % quantile)."
        )
    return METRICS[name]


def skill(metric: Metric, score: float, baseline: float) -> float:
    """Say how much better than a baseline a score is; positive is better.

    ``1 - score / baseline`` for errors, ``score - baseline`` for what is maximised.
    """
    if metric.direction == "maximize":
        return score - baseline
    return 1 - score / baseline if baseline else (0.0 if score == 0 else float("-inf"))
