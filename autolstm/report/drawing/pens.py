"""What all pictures share: colours, sizes, axes, names that fit."""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from autolstm.report.words import brief

__all__ = [
    "BLACK",
    "BLUE",
    "CROWD",
    "GREEN",
    "GREY",
    "NARROW",
    "ORANGE",
    "RED",
    "WIDE",
    "Shape",
    "over",
    "plain",
    "score_axis",
]

# Colours that the colour-blind tell apart: Okabe & Ito (2008), https://jfly.uni-koeln.de/color/
BLUE, RED, GREEN, ORANGE = "#0072B2", "#D55E00", "#007A5A", "#C08000"
BLACK, GREY = "#222222", "#767676"

CROWD = 60
"""Points from which on each is drawn smaller, or not at all beside its line."""

MOST_CHARACTERS = 44
"""Longest name in a picture."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of a picture.

    Attributes:
        width: In inches.
        height: In inches.
        font: In points.
        ticks: Most marks on the lower axis.
        columns: Columns of the legend.
    """

    width: float
    height: float
    font: float
    ticks: int
    columns: int


WIDE = Shape(9.2, 4.4, 10.5, ticks=9, columns=3)
NARROW = Shape(4.2, 4.4, 10.5, ticks=4, columns=1)
"""For a desk and for a phone."""


def over(axes: Axes, label: str) -> None:
    """Write what the upright axis shows above it, where it is read without turning the head."""
    axes.set_title(plain(label), loc="left", fontsize="medium")


def score_axis(axes: Axes, log: bool) -> None:
    """Make the upright axis logarithmic, with plain numbers on it, or else linear."""
    if not log:
        return
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def plain(text: str, most: int = MOST_CHARACTERS) -> str:
    """Make a name fit for a picture: one line, no control characters, not too long."""
    printable = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return brief(printable, most)
