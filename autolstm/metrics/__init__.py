"""The metrics: one table with name, task, direction, unit and a function on plain arrays."""

from autolstm.metrics.metric import Metric, Task, ranking, skill
from autolstm.metrics.table import METRICS, default_metric, metric_named, metrics_for

__all__ = [
    "METRICS",
    "Metric",
    "Task",
    "default_metric",
    "metric_named",
    "metrics_for",
    "ranking",
    "skill",
]
