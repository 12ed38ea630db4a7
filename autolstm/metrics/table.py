"""Every metric by its name, and which of them a task takes."""

import re

from autolstm.errors import SettingError, guess
from autolstm.metrics.labels import LABELS
from autolstm.metrics.metric import Metric, Task
from autolstm.metrics.numbers import NUMBERS, pinball_at

__all__ = ["METRICS", "default_metric", "metric_named", "metrics_for"]

METRICS = {one.name: one for one in (*NUMBERS, *LABELS)}
"""Every metric by its name; ``pinball`` takes a level behind its name, see `metric_named`."""

DEFAULTS: dict[Task, str] = {"numbers": "rmse", "labels": "accuracy"}


def metrics_for(task: Task) -> tuple[str, ...]:
    """Return the names of the metrics of a task; ``pinball`` stands for all its levels."""
    return tuple(name for name, one in METRICS.items() if one.task == task)


def default_metric(task: Task) -> str:
    """Return the name of the metric to take where nobody says: RMSE, or accuracy for labels."""
    return DEFAULTS[task]


def metric_named(name: str, task: Task | None = None) -> Metric:
    """Look a metric up.

    ``pinball`` alone is that of the median, half the mean absolute error; ``pinball90`` is that
    of the 90 % quantile, and so on from ``pinball1`` to ``pinball99``.

    Args:
        name: Its name.
        task: What it has to measure; None for whatever it measures.

    Raises:
        SettingError: There is no metric of this name, or it measures something else.
    """
    at = re.fullmatch(r"pinball([1-9]\d?)", name)
    found = pinball_at(int(at[1])) if at else METRICS.get(name)
    if found is None:
        known = metrics_for(task) if task else tuple(METRICS)
        raise SettingError(
            f"There is no metric {name!r}.{guess(name, known)} Known are: {_listed(task)}."
        )
    if task and found.task != task:
        raise SettingError(
            f"The metric {name!r} measures {found.task}, and what is to be told here are {task}. "
            f"Metrics of {task} are: {_listed(task)}. Take one of these, such as "
            f"--metric {default_metric(task)}."
        )
    return found


def _listed(task: Task | None) -> str:
    """List the metrics of a task, or of each."""
    if task is None:
        return f"{_listed('numbers')} for numbers; {_listed('labels')} for labels"
    quantiles = " (pinball90 for the 90 % quantile)" if task == "numbers" else ""
    return ", ".join(metrics_for(task)) + quantiles
