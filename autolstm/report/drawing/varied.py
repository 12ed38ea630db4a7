"""Pictures of studies of one knob: boxes, responses, and what a mean is worth."""

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from autolstm.report import numbers
from autolstm.report.drawing.pens import (
    BLACK,
    BLUE,
    CROWD,
    GREEN,
    GREY,
    ORANGE,
    RED,
    WIDE,
    Shape,
    over,
    plain,
    score_axis,
)
from autolstm.report.views import Box, Boxes, Errors, Means, Response

__all__ = ["boxes", "errors", "means", "response"]

DIAMOND = {
    "marker": "D",
    "markerfacecolor": "#FFFFFF",
    "markeredgecolor": BLACK,
    "markersize": 5,
}


def boxes(view: Boxes, axes: Axes, shape: Shape) -> None:
    """Draw a box a cell, from top to bottom, and a dot for every seed."""
    places = list(range(len(view.boxes)))
    drawn = axes.bxp(
        [_marks(one) for one in view.boxes],
        positions=places,
        widths=0.55,
        orientation="horizontal",
        showfliers=False,
        showmeans=True,
        patch_artist=True,
        medianprops={"color": BLACK, "linewidth": 1.4},
        meanprops=DIAMOND,
        whiskerprops={"color": GREY},
        capprops={"color": GREY},
    )
    for patch, one in zip(drawn["boxes"], view.boxes, strict=True):
        patch.set(facecolor=ORANGE if one.best else BLUE, alpha=0.35, edgecolor=GREY)
    for place, one in zip(places, view.boxes, strict=True):
        _dots(axes, one, place)
    most = 34 if shape is WIDE else 20
    axes.set_yticks(places, [plain(one.name, most) for one in view.boxes])
    axes.invert_yaxis()
    axes.grid(False, axis="y")
    if view.log:
        axes.set_xscale("log")
        _plain_logs(axes)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(shape.ticks))
    axes.set_xlabel(plain(view.label))


def _dots(axes: Axes, one: Box, place: int) -> None:
    """Draw the scores of a cell, and what others found."""
    # Dots lie a little apart, so that equal scores are seen.
    shifts = [0.16 * ((number % 5) - 2) / 2 for number in range(len(one.scores))]
    axes.plot(
        one.scores,
        [place + shift for shift in shifts],
        "o",
        color=BLACK,
        markersize=3.2 if len(one.scores) <= CROWD else 2,
        alpha=0.75,
        linestyle="none",
    )
    if one.published is not None:
        axes.plot(one.published, place, "x", color=RED, markersize=8, markeredgewidth=2)


def _marks(box: Box) -> dict[str, float]:
    """Return where the lines of a box are, as matplotlib names them."""
    return {
        "med": box.told.median,
        "q1": box.told.q25,
        "q3": box.told.q75,
        "whislo": box.low,
        "whishi": box.high,
        "mean": box.told.mean,
    }


def response(view: Response, axes: Axes, shape: Shape) -> None:
    """Draw every seed's score and the line of the means against the values of a knob."""
    places: list[float] = (
        [*view.values] if view.numeric else [*map(float, range(len(view.values)))]
    )
    for number, (place, scores) in enumerate(zip(places, view.scores, strict=True)):
        text = None if number else "score of a seed"
        dots = [place] * len(scores)
        axes.plot(dots, scores, "o", color=GREY, markersize=4, alpha=0.7, label=text)
    # Between words there is nothing that a line could show.
    marks = "o-" if view.numeric else "o"
    axes.plot(places, view.means, marks, color=BLUE, markersize=6, zorder=3, label="mean")
    axes.plot(
        places[view.base],
        view.means[view.base],
        "o",
        color=RED,
        markersize=13,
        fillstyle="none",
        markeredgewidth=2,
        linestyle="none",
        zorder=4,
        label="base",
    )
    if view.log_values:
        axes.set_xscale("log")
        _plain_logs(axes)
    elif view.numeric:
        axes.xaxis.set_major_locator(MaxNLocator(shape.ticks))
    else:
        axes.set_xticks(places, [plain(str(one), 12) for one in view.values])
        axes.margins(x=0.12)
    score_axis(axes, view.log)
    axes.set_ylim(*view.limits)
    axes.set_xlabel(plain(view.name))
    over(axes, view.label)


def errors(view: Errors, axes: Axes, shape: Shape) -> None:
    """Draw the standard error against the number of seeds, with its band."""
    axes.fill_between(
        view.numbers,
        view.low,
        view.high,
        color=BLUE,
        alpha=0.2,
        linewidth=0,
        label="95 % interval",
    )
    axes.plot(view.numbers, view.errors, color=BLUE, linewidth=1.8, label="standard error")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("number of seeds")
    axes.xaxis.set_major_locator(MaxNLocator(shape.ticks, integer=True))
    over(axes, view.label)


def means(view: Means, axes: Axes, shape: Shape) -> None:
    """Draw the mean of the seeds so far, its band, and every seed's score."""
    low = [mean - half for mean, half in zip(view.means, view.half_widths, strict=True)]
    high = [mean + half for mean, half in zip(view.means, view.half_widths, strict=True)]
    axes.fill_between(
        view.numbers, low, high, color=BLUE, alpha=0.2, linewidth=0, label="95 % interval"
    )
    axes.plot(view.numbers, view.means, color=BLUE, linewidth=1.8, label="mean so far")
    axes.plot(
        range(1, len(view.scores) + 1),
        view.scores,
        "o",
        color=GREY,
        markersize=4 if len(view.scores) <= CROWD else 2.5,
        alpha=0.8,
        linestyle="none",
        label="score of a seed",
    )
    for place, end in enumerate(view.wanted):
        text = "wanted precision" if place == 0 else None
        axes.axhline(end, color=GREEN, linestyle="--", linewidth=1.3, label=text)
    axes.set_ylim(*view.limits)
    axes.set_xlabel("number of seeds")
    axes.xaxis.set_major_locator(MaxNLocator(shape.ticks, integer=True))
    over(axes, view.label)


def _plain_logs(axes: Axes) -> None:
    """Write plain numbers on a logarithmic lower axis."""
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: numbers.setting(float(value))))
    axes.xaxis.set_minor_formatter(NullFormatter())
