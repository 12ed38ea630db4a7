"""`Results` -> what each figure and table shows: computed here, drawn elsewhere."""

from autolstm.ledger.results import Results
from autolstm.report.views.base import Absent, labelled
from autolstm.report.views.boxes import Box, Boxes, boxes
from autolstm.report.views.confusion import Confusion, confusion
from autolstm.report.views.curves import Curves, curves
from autolstm.report.views.forecast import Forecast, forecast
from autolstm.report.views.history import History, Point, history
from autolstm.report.views.importance import Bars, importance
from autolstm.report.views.method import method
from autolstm.report.views.repeated import Errors, Means, errors, means
from autolstm.report.views.responses import Response, responses
from autolstm.report.views.scatter import Scatter, scatter
from autolstm.report.views.steps import Steps, steps

__all__ = [
    "Absent",
    "Bars",
    "Box",
    "Boxes",
    "Confusion",
    "Curves",
    "Errors",
    "Forecast",
    "History",
    "Means",
    "Point",
    "Response",
    "Scatter",
    "Steps",
    "View",
    "boxes",
    "confusion",
    "curves",
    "errors",
    "forecast",
    "history",
    "importance",
    "labelled",
    "means",
    "method",
    "responses",
    "scatter",
    "steps",
    "told",
    "varied",
]

View = (
    History
    | Bars
    | Confusion
    | Curves
    | Forecast
    | Scatter
    | Steps
    | Boxes
    | Response
    | Errors
    | Means
)
"""What `autolstm.report.figures` draws."""


def varied(results: Results) -> tuple[Boxes | Response | Errors | Means | Absent, ...]:
    """Show what a study of one knob found, as suits its kind."""
    if results.kind == "grid":
        return (boxes(results),)
    if results.kind == "sensitivity":
        found = responses(results)
        return found or (Absent("No setting has two scores yet: each will be a picture here."),)
    return (errors(results), means(results))


def told(results: Results) -> Forecast | Confusion | Scatter | Absent:
    """Show what the model tells of the test part, as suits the kind of problem."""
    if results.task == "forecasting":
        return forecast(results)
    return confusion(results) if results.task == "classification" else scatter(results)
