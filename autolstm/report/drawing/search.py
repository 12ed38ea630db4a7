"""Pictures of the search: scores of trials, importance of settings, learning curves."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from autolstm.report import numbers
from autolstm.report.drawing.pens import (
    BLACK,
    BLUE,
    CROWD,
    GREEN,
    GREY,
    ORANGE,
    RED,
    Shape,
    over,
    plain,
    score_axis,
)
from autolstm.report.views import Bars, Curves, History, Point

__all__ = ["bars", "curves", "history"]


def history(view: History, axes: Axes, shape: Shape) -> None:
    """Draw every trial, the best so far and the line of the best baseline."""
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
        text = f"best baseline: {plain(name)}"
        text += ", below the axis" if view.worst is not None and score < view.worst else ""
        axes.axhline(score, color=GREEN, linestyle="--", linewidth=1.5, label=text)
    _lost(axes, view)
    if view.worst is not None:
        top = axes.get_ylim()[1]
        axes.set_ylim(view.worst, max(top, max(one.mean + one.std for one in view.complete)))
    score_axis(axes, view.log)
    axes.set_xlabel("number of the trial")
    over(axes, view.label)
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


def bars(view: Bars, axes: Axes, shape: Shape) -> None:
    """Draw the importance of settings."""
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
    axes.set_yticks(rows, [plain(name) for name in view.names])
    axes.invert_yaxis()
    axes.grid(False, axis="y")
    axes.set_xlim(0, 1.16 * max(shares))
    axes.set_xlabel("share of the importance (%)")
    axes.xaxis.set_major_locator(MaxNLocator(shape.ticks))


def curves(view: Curves, axes: Axes, shape: Shape) -> None:
    """Draw learning curves, a pair of lines for every seed."""
    # A single epoch makes no line.
    marker = "." if len(view.epochs) < 3 else None
    for lines, colour, dashes, text in (
        (view.train, ORANGE, "--", f"training loss, one line a {view.line}"),
        (view.valid, BLUE, "-", f"validation loss, one line a {view.line}"),
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
            label=f"best epoch of a {view.line}",
        )
    if view.guess is not None:
        text = f"all classes alike: {numbers.score(view.guess, '')}"
        axes.axhline(view.guess, color=GREEN, linestyle=":", linewidth=1.5, label=text)
    score_axis(axes, view.log)
    axes.set_xlabel("epoch (one pass over the training part)")
    over(axes, view.label)
    axes.xaxis.set_major_locator(MaxNLocator(shape.ticks, integer=True))
