"""A view on some axes: marks, labels with units, colours. What is drawn was computed before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from autolstm.report import numbers
from autolstm.report.views import Bars, Curves, Forecast, History, Point, View

__all__ = ["NARROW", "WIDE", "Shape", "draw"]

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


def draw(view: View, axes: Axes, shape: Shape = WIDE) -> None:
    """Draw a view on some axes."""
    drawers: dict[type, Callable[[Any, Axes, Shape], None]] = {
        Bars: _bars,
        Curves: _curves,
        Forecast: _forecast,
        History: _history,
    }
    drawers[type(view)](view, axes, shape)


def _history(view: History, axes: Axes, shape: Shape) -> None:
    axes.step(
        [number for number, _ in view.best],
        [mean for _, mean in view.best],
        where="post",
        color=BLACK,
        linewidth=1.5,
        label="best so far",
    )
    _scores(axes, view.complete, view.worst, BLUE, "o", 0.0, "search, mean ± deviation")
    if view.confirmed:
        text = "confirmed with fresh seeds"
        _scores(axes, view.confirmed, view.worst, RED, "D", 0.25, text)
    won = [one for one in view.complete if one.number == view.winner]
    if won:
        axes.plot(
            won[0].number,
            won[0].mean,
            "o",
            color=RED,
            markersize=13,
            fillstyle="none",
            zorder=4,
            markeredgewidth=2,
            linestyle="none",
            label="winner",
        )
    if view.baseline:
        name, score = view.baseline
        text = f"best baseline: {_plain(name)}"
        text += ", below the axis" if view.worst is not None and score < view.worst else ""
        axes.axhline(score, color=GREEN, linestyle="--", linewidth=1.5, label=text)
    _lost(axes, view)
    if view.worst is not None:
        top = axes.get_ylim()[1]
        axes.set_ylim(view.worst, max(top, max(one.mean + one.std for one in view.complete)))
    _score_axis(axes, view.log)
    axes.set_xlabel("number of the trial")
    _over(axes, view.label)
    axes.xaxis.set_major_locator(MaxNLocator(shape.ticks, integer=True))


def _lost(axes: Axes, view: History) -> None:
    """Mark the trials without a score at the foot of the axes, wherever their scale ends."""
    for found, marker, colour, text in (
        (view.pruned, "|", GREY, "pruned"),
        (view.failed, "x", RED, "failed"),
    ):
        if found:
            axes.plot(
                found,
                [0.02] * len(found),
                marker,
                color=colour,
                transform=axes.get_xaxis_transform(),
                markersize=8,
                markeredgewidth=1.8,
                linestyle="none",
                label=f"{text}, no score",
                clip_on=False,
            )


def _scores(
    axes: Axes,
    points: Sequence[Point],
    worst: float | None,
    colour: str,
    marker: str,
    shift: float,
    text: str,
) -> None:
    """Draw means with their deviations; those below the axis become triangles on its edge."""
    seen = [one for one in points if worst is None or one.mean >= worst]
    axes.errorbar(
        [one.number + shift for one in seen],
        [one.mean for one in seen],
        yerr=[one.std for one in seen],
        fmt=marker,
        color=colour,
        markersize=5 if len(points) <= CROWD else 3,
        elinewidth=1.2 if len(points) <= CROWD else 0.7,
        capsize=2.5 if len(points) <= CROWD else 0,
        label=text,
    )
    below = [one.number + shift for one in points if worst is not None and one.mean < worst]
    if below:
        edge = [worst] * len(below)
        axes.plot(below, edge, "v", color=colour, markersize=8, clip_on=False)  # type: ignore[arg-type]


def _bars(view: Bars, axes: Axes, shape: Shape) -> None:
    rows = range(len(view.names))
    shares = [100 * share for share in view.shares]
    axes.barh(rows, shares, color=BLUE, height=0.62)
    for row, share in zip(rows, view.shares, strict=True):
        axes.annotate(
            numbers.percent(share),
            (100 * share, row),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
        )
    axes.set_yticks(rows, [_plain(name) for name in view.names])
    axes.invert_yaxis()
    axes.grid(False, axis="y")
    axes.set_xlim(0, 1.16 * max(shares))
    axes.set_xlabel("share of the importance (%)")
    axes.xaxis.set_major_locator(MaxNLocator(shape.ticks))


def _curves(view: Curves, axes: Axes, shape: Shape) -> None:
    # A single epoch makes no line.
    marker = "." if len(view.epochs) < 3 else None
    for lines, colour, dashes, text in (
        (view.train, ORANGE, "--", "training loss, one line a seed"),
        (view.valid, BLUE, "-", "validation loss, one line a seed"),
    ):
        for seed, losses in enumerate(lines):
            axes.plot(
                view.epochs,
                losses,
                dashes,
                color=colour,
                linewidth=1.2,
                marker=marker,
                alpha=0.85,
                label=text if seed == 0 else None,
            )
    if view.best:
        axes.plot(
            [epoch for epoch, _ in view.best],
            [loss for _, loss in view.best],
            "o",
            color=BLACK,
            markersize=5.5,
            linestyle="none",
            zorder=4,
            label="best epoch of a seed",
        )
    _score_axis(axes, view.log)
    axes.set_xlabel("epoch (one pass over the training windows)")
    _over(axes, "loss (1 = variance of the training rows)")
    axes.xaxis.set_major_locator(MaxNLocator(shape.ticks, integer=True))


def _forecast(view: Forecast, axes: Axes, shape: Shape) -> None:
    times: Any = view.times
    if view.begins:
        # The only upright lines are those where a forecast begins.
        axes.grid(False, axis="x")
    for position in view.begins:
        axes.axvline(times[position], color="#C4C4C4", linewidth=0.8, zorder=0)
    # A few points are marked one by one; a single one would make no line at all.
    marker = "o" if len(times) <= CROWD else None
    for values, colour, text in (
        (view.actual, BLACK, "actual"),
        (view.mean, BLUE, "forecast, mean of the seeds"),
    ):
        axes.plot(times, values, color=colour, marker=marker, markersize=3.5, zorder=3, label=text)
    for (name, values), colour, dashes in zip(
        view.baselines, (GREEN, GREY), ("--", ":"), strict=False
    ):
        text = f"baseline: {_plain(name)}"
        axes.plot(times, values, dashes, color=colour, linewidth=1.5, label=text)
    text = "lowest to highest seed"
    axes.fill_between(times, view.low, view.high, color=BLUE, alpha=0.22, linewidth=0, label=text)
    _over(axes, view.label)
    if isinstance(times[0], float):
        axes.set_xlabel("step")
        axes.xaxis.set_major_locator(MaxNLocator(shape.ticks, integer=True))
    else:
        axes.set_xlabel("time")
        locator: Any = AutoDateLocator(minticks=2, maxticks=shape.ticks)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _over(axes: Axes, label: str) -> None:
    """Write what the upright axis shows above it, where it is read without turning the head."""
    axes.set_title(_plain(label), loc="left", fontsize="medium")


def _score_axis(axes: Axes, log: bool) -> None:
    """Make the upright axis logarithmic, with plain numbers on it, or else linear."""
    if not log:
        return
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _plain(text: str) -> str:
    """Make a name fit for a picture: one line, no control characters, not too long."""
    printable = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(printable) <= MOST_CHARACTERS:
        return printable
    return f"{printable[: MOST_CHARACTERS - 1]}…"
