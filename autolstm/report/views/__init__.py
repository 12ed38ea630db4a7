"""`Results` -> what each figure and table shows: computed here, drawn elsewhere."""

from autolstm.report.views.base import Absent, labelled
from autolstm.report.views.curves import Curves, curves
from autolstm.report.views.forecast import Forecast, forecast
from autolstm.report.views.history import History, Point, history
from autolstm.report.views.importance import Bars, importance
from autolstm.report.views.method import method

__all__ = [
    "Absent",
    "Bars",
    "Curves",
    "Forecast",
    "History",
    "Point",
    "View",
    "curves",
    "forecast",
    "history",
    "importance",
    "labelled",
    "method",
]

View = History | Bars | Curves | Forecast
"""What `autolstm.report.figures` draws."""
