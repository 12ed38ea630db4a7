"""Pictures of the test part: what the model tells, beside what is."""

from typing import Any

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import MaxNLocator

from autolstm.report import numbers
from autolstm.report.drawing.pens import (
    BLACK,
    BLUE,
    CROWD,
    GREEN,
    GREY,
    WIDE,
    Shape,
    over,
    plain,
)
from autolstm.report.views import Confusion, Forecast, Scatter, Steps

__all__ = ["confusion", "forecast", "scatter", "steps"]

SHADES = colormaps["Blues"]
"""From white to dark blue: shades of one colour, which everybody tells apart."""

DARK = 0.55
"""Share from which on text upon a shade is white."""

SMALLEST = 6.5
"""Font size, in points, below which nobody could read what stands in or below a cell."""


def forecast(view: Forecast, axes: Axes, shape: Shape) -> None:
    """Draw actual values, forecasts with the band of the seeds, and baselines."""
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
        text = f"baseline: {plain(name)}"
        axes.plot(times, values, dashes, color=colour, linewidth=1.5, label=text)
    text = "lowest to highest seed"
    axes.fill_between(times, view.low, view.high, color=BLUE, alpha=0.22, linewidth=0, label=text)
    over(axes, view.label)
    if isinstance(times[0], float):
        axes.set_xlabel("step")
        axes.xaxis.set_major_locator(MaxNLocator(shape.ticks, integer=True))
    else:
        axes.set_xlabel("time")
        locator: Any = AutoDateLocator(minticks=2, maxticks=shape.ticks)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def confusion(view: Confusion, axes: Axes, shape: Shape) -> None:
    """Draw a shaded cell for every pair of classes, with its count where that can be read."""
    count = len(view.names)
    places = [one + 0.5 for one in range(count)]
    totals = [sum(row) for row in view.counts]
    shares = [
        [one / total if total else 0.0 for one in row]
        for row, total in zip(view.counts, totals, strict=True)
    ]
    axes.grid(False)
    axes.pcolormesh(shares, cmap=SHADES, vmin=0, vmax=1, edgecolors="#FFFFFF", linewidth=0.6)
    names = [plain(one, 20 if shape is WIDE else 12) for one in view.names]
    cell = 72 * _room(names, shape) / count
    axes.set_yticks(places, names, fontsize=max(min(shape.font, 260 / count), 7))
    upright = max(map(len, names)) * 0.65 * shape.font > cell
    font = min(shape.font, 0.8 * cell)
    if font < SMALLEST:
        axes.set_xticks([])
    else:
        axes.set_xticks(places, names, rotation=90 if upright else 0, fontsize=font)
    axes.tick_params(length=0)
    axes.invert_yaxis()
    order = ", in the same order" if font < SMALLEST else ""
    axes.set_xlabel(f"class told by the model{order}")
    over(axes, "actual class, shaded by the share of its row")
    _counts(view, axes, shares, cell, shape.font)


def _room(names: list[str], shape: Shape) -> float:
    """Return the inches that the names of the rows leave for the cells."""
    return shape.width - 0.3 - max(map(len, names)) * 0.6 * shape.font / 72


def _counts(
    view: Confusion, axes: Axes, shares: list[list[float]], width: float, font: float
) -> None:
    """Write the counts, with their shares where cells are wide, if they fit into a cell."""
    digits = len(str(max(max(row) for row in view.counts)))
    told = width > 0.62 * font * (digits + 9)
    size = min(font, width / (0.66 * digits), 260 / len(view.names))
    if size < SMALLEST:
        return
    for row, counts in enumerate(view.counts):
        for column, number in enumerate(counts):
            if number:
                share = shares[row][column]
                axes.text(
                    column + 0.5,
                    row + 0.5,
                    f"{number} ({numbers.percent(share)})" if told else str(number),
                    ha="center",
                    va="center",
                    fontsize=size,
                    color="#FFFFFF" if share > DARK else BLACK,
                )


def scatter(view: Scatter, axes: Axes, shape: Shape) -> None:
    """Draw what is told against what is, with the diagonal on which both are the same."""
    ends = [
        pick(one for one in values if one == one)
        for pick, values in ((min, (*view.actual, *view.low)), (max, (*view.actual, *view.high)))
    ]
    axes.plot(ends, ends, color=GREY, linewidth=1.2, label="told as it is")
    few = len(view.actual) <= CROWD
    if view.baseline:
        name, values = view.baseline
        axes.plot(
            view.actual,
            values,
            "s",
            color=GREEN,
            markersize=4.5 if few else 3,
            fillstyle="none",
            alpha=0.7,
            linestyle="none",
            label=f"baseline: {plain(name)}",
        )
    axes.vlines(view.actual, view.low, view.high, color=BLUE, linewidth=0.9, alpha=0.45)
    axes.plot(
        view.actual,
        view.mean,
        "o",
        color=BLUE,
        markersize=5 if few else 3,
        linestyle="none",
        label="model, mean of the seeds",
    )
    axes.set_xlabel(f"actual {plain(view.label)}")
    over(axes, f"told {view.label}")
    axes.xaxis.set_major_locator(MaxNLocator(shape.ticks))


def steps(view: Steps, axes: Axes, shape: Shape) -> None:
    """Draw the score at every step, of the model and of the best baseline."""
    numbered = range(1, len(view.model) + 1)
    marker = "o" if len(view.model) <= CROWD else None
    if view.baseline:
        name, scores = view.baseline
        text = f"best baseline: {plain(name)}"
        axes.plot(numbered, scores, "--", color=GREEN, linewidth=1.5, label=text)
    axes.plot(
        numbered, view.model, color=BLUE, marker=marker, markersize=4, label="the saved model"
    )
    axes.set_xlabel("step")
    over(axes, view.label)
    axes.xaxis.set_major_locator(MaxNLocator(shape.ticks, integer=True))
