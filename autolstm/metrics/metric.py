"""`Metric`: one way to measure forecasts, whatever steps and columns they have."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

__all__ = ["UNKNOWN", "Metric", "Task", "ranking", "skill"]

Task = Literal["numbers", "labels"]
"""What is told: numbers, or the labels (classes) of sequences."""

Function = Callable[[np.ndarray, np.ndarray], float]

UNKNOWN = float("nan")
"""Scale of a scaled metric that has not been told any training rows."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One way to measure forecasts.

    What is measured may have these shapes (n forecasts or sequences, T steps, K columns, C
    classes). NaN in ``actual`` stands where a sequence has no such step; it counts nowhere.

    ============================  ================  ===============
    answers                       ``actual``        ``forecast``
    ============================  ================  ===============
    numbers of one column         (n,) or (n, T)    as ``actual``
    numbers of several columns    (n, T, K)         as ``actual``
    labels                        (n,) or (n, T)    (n, C), (n, T, C)
    ============================  ================  ===============

    Numbers of two dimensions are steps of one column, and whole: no NaN. Columns may be of
    different kinds, so each is measured alone and the score is the mean over them; one answer of
    several columns has the shape (n, 1, K). Labels are codes from 0 to C - 1, and their forecast
    is a probability for every class.

    Attributes:
        name: Name in study files and on the command line.
        direction: ``"minimize"`` or ``"maximize"``.
        unit: ``"target"`` (the target's unit), ``"target²"``, ``"%"`` or empty (a pure number).
        help: One sentence.
        plain: Function of (actual, forecast) to one number, before any scale. Of labels it takes
            all steps that are there in one row: shapes (N,) and (N, C).
        each: Function of (actual, forecast) to the error of every value or label.
        loss: What a network minimises to do well by this metric: ``"squared"``, ``"absolute"``,
            ``"pinball90"`` (any level) or ``"cross_entropy"``.
        task: What it measures: ``"numbers"`` or ``"labels"``.
        whole: Whether a sequence counts as one, not step by step; ``plain`` then takes shapes
            (n, T) and (n, T, C), with NaN.
        scaled: Whether a score is divided by that of the naive forecast on the training rows.
        scale: What ``plain`` is divided by; NaN until a scaled metric is told the training rows.
    """

    name: str
    direction: str
    unit: str
    help: str
    plain: Function
    each: Callable[[np.ndarray, np.ndarray], np.ndarray]
    loss: str
    task: Task = "numbers"
    whole: bool = False
    scaled: bool = False
    scale: float = 1.0

    def measure(self, actual: np.ndarray, forecast: np.ndarray) -> float:
        """Measure a forecast; shapes are those of the class.

        Returns:
            One number; NaN where the scale is not known or zero, where there is no step to
            measure, and where a probability is not finite.

        Raises:
            ValueError: Labels and probabilities are not of one shape.
        """
        if not self.scale:
            return float("nan")
        if self.task == "labels":
            return self._of_labels(actual, forecast) / self.scale
        if np.ndim(actual) < 3:
            return self.plain(actual, forecast) / self.scale
        columns = range(actual.shape[-1])
        scores = [self._of_column(actual[..., one], forecast[..., one]) for one in columns]
        return float(np.mean(scores)) / self.scale

    def by_step(self, actual: np.ndarray, forecast: np.ndarray) -> np.ndarray:
        """Measure every step alone; shapes are those of the class, without T it is one step.

        Returns:
            Scores of shape (T,), NaN at a step that no sequence has.
        """
        if np.ndim(actual) == 1:
            actual, forecast = actual[:, None], forecast[:, None]
        steps = range(actual.shape[1])
        return np.array([self.measure(actual[:, [one]], forecast[:, [one]]) for one in steps])

    def errors(self, actual: np.ndarray, forecast: np.ndarray) -> np.ndarray:
        """Return the error of every value or label, for comparing forecasts one by one.

        It is what the metric sums up, as far as there is such a thing, and has no scale. Of labels
        it is 0 or 1 (wrong) for metrics of decisions, the logarithmic loss or the Brier score for
        those of probabilities.

        Returns:
            An array of the shape of ``actual``, NaN where that is NaN or a probability is not
            finite; of shape (n,) for a metric of whole sequences.

        Raises:
            ValueError: Labels and probabilities are not of one shape.
        """
        if self.task == "numbers":
            return self.each(actual, forecast)
        _check_classes(actual, forecast)
        there = ~np.isnan(actual)
        known = there & np.isfinite(forecast).all(axis=-1)
        made = np.full(np.shape(actual), np.nan)
        made[known] = self.each(actual[known].astype(int), forecast[known])
        if not self.whole:
            return made
        # A step that is not there is no error; of those that are, the worst one counts.
        worst = np.max(_rows(np.where(there, made, 0.0)), axis=1)
        return np.where(_rows(there).any(axis=1), worst, np.nan)

    def _of_column(self, actual: np.ndarray, forecast: np.ndarray) -> float:
        """Measure one column of numbers, all its steps together."""
        there = ~np.isnan(actual)
        return self.plain(actual[there], forecast[there]) if there.any() else float("nan")

    def _of_labels(self, actual: np.ndarray, forecast: np.ndarray) -> float:
        """Measure labels, all steps together unless sequences count as one."""
        _check_classes(actual, forecast)
        there = ~np.isnan(actual)
        if not there.any() or not np.isfinite(forecast[there]).all():
            return float("nan")
        if self.whole:
            steps = _rows(actual)
            return self.plain(steps, np.reshape(forecast, (*steps.shape, -1)))
        return self.plain(actual[there].astype(int), forecast[there])

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


def _rows(array: np.ndarray) -> np.ndarray:
    """Give one row to every sequence, also where it has one step only."""
    return array[:, None] if array.ndim == 1 else array


def _check_classes(actual: np.ndarray, probabilities: np.ndarray) -> None:
    """Refuse probabilities that are not one row of classes for every label."""
    if np.shape(actual) != np.shape(probabilities)[:-1]:
        raise ValueError(
            f"labels of shape {np.shape(actual)} do not go with probabilities of shape "
            f"{np.shape(probabilities)}, which take one axis more: the classes"
        )


def skill(metric: Metric, score: float, baseline: float) -> float:
    """Say how much better than a baseline a score is; positive is better.

    ``1 - score / baseline`` for errors (the Brier skill score, for one), ``score - baseline`` for
    what is maximised: 0.05 are five points of accuracy.
    """
    if metric.direction == "maximize":
        return score - baseline
    return 1 - score / baseline if baseline else (0.0 if score == 0 else float("-inf"))


def ranking(metric: Metric, scores: Mapping[str, float]) -> tuple[str, ...]:
    """Return names by their scores, the best first; what is not finite comes last."""
    sign = 1 if metric.direction == "minimize" else -1
    order = {
        name: (not math.isfinite(score), sign * score, name) for name, score in scores.items()
    }
    return tuple(sorted(order, key=lambda name: order[name]))
