"""A view on some axes: marks, labels with units, colours. What is drawn was computed before."""

from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes

from autolstm.report.drawing import answers, search, varied
from autolstm.report.drawing.pens import GREY, NARROW, WIDE, Shape
from autolstm.report.views import (
    Bars,
    Boxes,
    Confusion,
    Curves,
    Errors,
    Forecast,
    History,
    Means,
    Response,
    Scatter,
    Steps,
    View,
)

__all__ = ["GREY", "NARROW", "WIDE", "Shape", "draw"]


def draw(view: View, axes: Axes, shape: Shape = WIDE) -> None:
    """Draw a view on some axes."""
    drawers: dict[type, Callable[[Any, Axes, Shape], None]] = {
        Bars: search.bars,
        Boxes: varied.boxes,
        Confusion: answers.confusion,
        Curves: search.curves,
        Errors: varied.errors,
        Forecast: answers.forecast,
        History: search.history,
        Means: varied.means,
        Response: varied.response,
        Scatter: answers.scatter,
        Steps: answers.steps,
    }
    drawers[type(view)](view, axes, shape)
