"""A view -> a picture: SVG that is the same for the same view, small and without any script."""

import base64
import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from autolstm.report.drawing import GREY, WIDE, Shape, draw
from autolstm.report.views import Bars, Boxes, Confusion, View

__all__ = ["data_uri", "figure", "svg"]

STYLE: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "grid.color": "#E4E4E4",
    "legend.frameon": False,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",  # text stays text: small, sharp, in any script the reader has
    "svg.hashsalt": "autolstm",  # the same picture for the same view
    "text.parse_math": False,  # a column may be called "$x$"
}

MOST_SVG = 1_000_000
"""Characters from which on a picture becomes pixels."""


def data_uri(view: View, shape: Shape = WIDE) -> str:
    """Return a picture for the ``src`` of an image; pixels where lines would be too many."""
    text = svg(view, shape)
    if len(text) <= MOST_SVG:
        return _uri("image/svg+xml", text.encode("utf-8", errors="replace"))
    buffer = io.BytesIO()
    with _style(shape):
        figure(view, shape).savefig(buffer, format="png", dpi=200, metadata={"Software": None})
    return _uri("image/png", buffer.getvalue())


def svg(view: View, shape: Shape = WIDE) -> str:
    """Return a picture as an ``<svg>`` element."""
    buffer = io.StringIO()
    # Without these entries the file would carry the time and the version of matplotlib.
    nothing = {"Creator": None, "Date": None, "Format": None, "Type": None}
    with _style(shape):
        figure(view, shape).savefig(buffer, format="svg", metadata=nothing)
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def figure(view: View, shape: Shape = WIDE) -> Figure:
    """Draw a view on a figure of its own; the legend stands above the axes, never on the data."""
    with _style(shape):
        made = Figure(figsize=(shape.width, _height(view, shape)), layout="constrained")
        axes = made.add_subplot()
        draw(view, axes, shape)
        keys = list(zip(*axes.get_legend_handles_labels(), strict=True))
        # Scores with their deviation are what a figure is about, but matplotlib lists them last.
        keys.sort(key=lambda key: not isinstance(key[0], ErrorbarContainer))
        if keys:
            handles, labels = zip(*keys, strict=True)
            made.legend(handles, labels, loc="outside upper left", ncols=shape.columns)
    return made


def _height(view: View, shape: Shape) -> float:
    """Return the height of a figure in inches: pictures of rows grow with their number."""
    if isinstance(view, Bars):
        return 0.9 + 0.32 * len(view.names)
    if isinstance(view, Boxes):
        return 1.1 + 0.42 * len(view.boxes)
    if isinstance(view, Confusion):
        return 1.6 + len(view.names) * (0.5 if len(view.names) <= 10 else 0.24)
    return shape.height


@contextmanager
def _style(shape: Shape) -> Iterator[None]:
    """Draw with our style, whatever the reader's matplotlibrc says, and leave no trace."""
    logger = logging.getLogger("matplotlib.font_manager")
    level = logger.level
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**STYLE, "font.size": shape.font})
        # The reader's own fonts draw the text, so it is no harm that ours lack a script.
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        # Between two of its intervals (22 months, 40 hours) it takes the longer one.
        warnings.filterwarnings("ignore", "AutoDateLocator was unable", UserWarning)
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
