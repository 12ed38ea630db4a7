"""What a configuration is worth where its training time counts beside its score."""

import math

from autolstm.metrics.metric import Metric

__all__ = ["timed", "timed_name"]

LEAST_SECONDS = 1e-3
"""What is trained faster counts as this: a clock is no finer, and zero has no logarithm."""


def timed(metric: Metric, score: float, seconds: float, weight: float) -> float:
    """Return ``score + weight * log(seconds)``, or the difference where a score is maximised.

    A factor e of training time is worth ``weight`` of the score, whatever the time is.

    Args:
        metric: What was measured.
        score: The mean score, in the unit of the metric.
        seconds: Training seconds of all fits together; less than a millisecond counts as one.
        weight: In the unit of the metric; 0 gives the plain score.
    """
    if not weight:
        return score
    sign = 1 if metric.direction == "minimize" else -1
    return score + sign * weight * math.log(max(seconds, LEAST_SECONDS))


def timed_name(metric: Metric, weight: float) -> str:
    """Say what is optimised: ``rmse``, ``rmse + 0.5 log(seconds)``."""
    if not weight:
        return metric.name
    sign = "+" if metric.direction == "minimize" else "-"
    return f"{metric.name} {sign} {weight:g} log(seconds)"
