"""`Results` -> what each figure and table shows: computed here, drawn elsewhere."""

from autolstm.ledger.results import Results
from autolstm.report.views.base import Absent, labelled
from autolstm.report.views.confusion import Confusion, confusion
from autolstm.report.views.curves import Curves, curves
from autolstm.report.views.forecast import Forecast, forecast
from autolstm.report.views.history import History, Point, history
from autolstm.report.views.importance import Bars, importance
from autolstm.report.views.method import method
from autolstm.report.views.scatter import Scatter, scatter
from autolstm.report.views.steps import Steps, steps

__all__ = [
    "Absent",
    "Bars",
    "Confusion",
    "Curves",
    "Forecast",
    "History",
    "Point",
    "Scatter",
    "Steps",
    "View",
    "confusion",
    "curves",
    "forecast",
    "history",
    "importance",
    "labelled",
    "method",
    "scatter",
    "steps",
    "told",
]

View = History | Bars | Confusion | Curves | Forecast | Scatter | Steps
"""What `autolstm.report.figures` draws."""


def told(results: Results) -> Forecast | Confusion | Scatter | Absent:
    """Show what the model tells of the test part, as suits the kind of problem."""
    if results.task == "forecasting":
        return forecast(results)
    return confusion(results) if results.task == "classification" else scatter(results)
