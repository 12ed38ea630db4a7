"""The search, trial by trial: scores, the best so far, the line of the best baseline."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from autolstm.ledger.results import Results
from autolstm.report import numbers
from autolstm.report.findings import searched_for
from autolstm.report.views.base import Absent, labelled, wide
from autolstm.report.words import fits

__all__ = ["History", "Point", "history"]


@dataclass(frozen=True, slots=True)
class Point:
    """The score of one trial: mean and deviation over its seeds."""

    number: int
    mean: float
    std: float


@dataclass(frozen=True, slots=True)
class History:
    """The search, trial by trial.

    Attributes:
        label: Of the score axis.
        complete: Scores of the search.
        confirmed: Scores of the same configurations with fresh seeds.
        best: Best mean so far, by number of the complete trial.
        pruned: Numbers of the pruned trials.
        failed: Numbers of the failed trials.
        winner: Number of the winner, None before it is chosen.
        baseline: Name and score of the best baseline on the same rows.
        log: Whether the score axis is logarithmic.
        worst: Scores worse than this are drawn at the edge; None where all are in sight.
        caption: What to look at.
        alt: What is drawn, for those who cannot see it.
    """

    label: str
    complete: tuple[Point, ...]
    confirmed: tuple[Point, ...]
    best: tuple[tuple[int, float], ...]
    pruned: tuple[int, ...]
    failed: tuple[int, ...]
    winner: int | None
    baseline: tuple[str, float] | None
    log: bool
    worst: float | None
    caption: str
    alt: str


def history(results: Results) -> History | Absent:
    """Show the search: every trial's score, the best so far, the best baseline."""
    complete = tuple(
        _point(one.number, one.score.mean, one.score.std)
        for one in results.trials
        if one.state == "complete" and one.score and math.isfinite(one.score.mean)
    )
    if not complete:
        return Absent("No trial is complete yet: each will be a dot here, with its deviation.")
    confirmed = tuple(
        _point(number, score.mean, score.std)
        for number, score in sorted(results.confirmed.items())
        if math.isfinite(score.mean)
    )
    baseline = _best_baseline(results)
    means = [one.mean for one in (*complete, *confirmed)] + ([baseline[1]] if baseline else [])
    minimize = results.metric.direction == "minimize"
    worst = None if minimize else _worst(means)
    best = _best_so_far(complete, minimize)
    alt = f"{len(complete)} complete trials by number; the best search score is "
    alt += numbers.score(best[-1][1], results.unit)
    if baseline:
        alt += f", that of the best baseline {numbers.score(baseline[1], results.unit)}"
    return History(
        label=labelled(results.metric.name, results.unit),
        complete=complete,
        confirmed=confirmed,
        best=best,
        pruned=tuple(one.number for one in results.in_state("pruned")),
        failed=tuple(one.number for one in results.in_state("failed")),
        winner=results.winner,
        baseline=baseline,
        log=minimize and wide(means),
        worst=worst,
        caption=_caption(results, worst),
        alt=f"{alt}.",
    )


def _caption(results: Results, worst: float | None) -> str:
    stops = "falling" if results.metric.direction == "minimize" else "rising"
    bar = ", each bar one standard deviation up and down" * (results.seeds * results.folds > 1)
    time = (
        f" The search went by {searched_for(results)}, so the best {results.metric.name} alone "
        f"need not have won."
    )
    time *= results.time_weight > 0
    beyond = " Triangles at the lower edge stand for scores below it." * (worst is not None)
    return (
        f"Look where the line of the best so far stops {stops}: each dot is a trial's mean "
        f"{results.metric.name} over {fits(results)} on the validation part{bar}.{beyond}{time}"
    )


def _point(number: int, mean: float, std: float) -> Point:
    return Point(number, mean, std if math.isfinite(std) else 0.0)


def _best_so_far(complete: Iterable[Point], minimize: bool) -> tuple[tuple[int, float], ...]:
    choose = min if minimize else max
    line: list[tuple[int, float]] = []
    for one in complete:
        line.append((one.number, choose(one.mean, line[-1][1]) if line else one.mean))
    return tuple(line)


def _best_baseline(results: Results) -> tuple[str, float] | None:
    """Return the baseline that is best on the validation part, as the trials are measured."""
    for name in results.ranked_baselines("validation"):
        score = results.baselines["validation"][name]
        return (name, score) if math.isfinite(score) else None
    return None


def _worst(means: Sequence[float]) -> float | None:
    """Return the lowest score worth a place, where a few low ones would squeeze the others."""
    best, middle = max(means), median(means)
    limit = middle - 3 * (best - middle)
    return limit if min(means) < limit < best else None
