"""The cells of a grid as boxes and whiskers, with every seed's score."""

from dataclasses import dataclass

import numpy as np

from autolstm.comparison import Description
from autolstm.ledger.results import Results
from autolstm.report import cells, numbers
from autolstm.report.views.base import Absent, labelled, wide
from autolstm.report.words import brief, seeds

__all__ = ["Box", "Boxes", "boxes"]

MOST_BOXES = 40
"""Cells that are drawn, the best ones of more."""

WHISKER = 1.5
"""Widths of the box that a whisker reaches at most (Tukey, 1977)."""


@dataclass(frozen=True, slots=True)
class Box:
    """One cell.

    Attributes:
        name: The varied knobs in short.
        told: Its mean and quartiles.
        low: Lower end of the whiskers.
        high: Upper end.
        scores: One a seed.
        best: Whether it has the best mean.
        published: Mean score that others found; None for none.
    """

    name: str
    told: Description
    low: float
    high: float
    scores: tuple[float, ...]
    best: bool
    published: float | None = None


@dataclass(frozen=True, slots=True)
class Boxes:
    """The cells of a grid.

    Attributes:
        label: Of the score axis.
        boxes: In their order, from top to bottom.
        log: Whether the score axis is logarithmic.
        caption: What to look at.
        alt: What is drawn.
    """

    label: str
    boxes: tuple[Box, ...]
    log: bool
    caption: str
    alt: str


def boxes(results: Results) -> Boxes | Absent:
    """Show the scores of every cell."""
    scored = [one for one in cells.read(results) if len(one.scores)]
    if not scored:
        return Absent("No cell has a score yet: each will be a box here.")
    sign = 1 if results.metric.direction == "minimize" else -1
    ranked = sorted(scored, key=lambda one: sign * one.described.mean)
    kept = {one.trial.number for one in ranked[:MOST_BOXES]}
    shown = [one for one in scored if one.trial.number in kept]
    made = tuple(_box(one, one is ranked[0]) for one in shown)
    count = max(len(one.scores) for one in made)
    which = (
        f"the best {MOST_BOXES} of {len(scored)} cells"
        if len(shown) < len(scored)
        else f"{len(scored)} cells"
    )
    means = ", ".join(
        f"{brief(one.name)} {numbers.score(one.told.mean, '')}" for one in made[:MOST_BOXES]
    )
    return Boxes(
        label=labelled(f"{results.metric.name}, {results.measured_on} part", results.unit),
        boxes=made,
        log=sign > 0 and wide(np.concatenate([_drawn(one) for one in made])),
        caption=(
            f"Look whether boxes overlap: {which}, each with a dot for the score of every seed "
            f"({seeds(count)}). A box reaches from the first to the third quartile, its line is "
            f"the median, its diamond the mean; whiskers reach to the last score within 1.5 "
            f"widths of the box. The coloured box has the best mean."
            f"{' A cross is the mean that others found.' * _are_told(made)}"
        ),
        alt=f"Box plot of {results.metric.name} for {which}; means: {means}.",
    )


def _drawn(box: Box) -> tuple[float, ...]:
    """Return all scores that stand in the picture."""
    return box.scores if box.published is None else (*box.scores, box.published)


def _are_told(made: tuple[Box, ...]) -> bool:
    return any(one.published is not None for one in made)


def _box(cell: cells.Cell, best: bool) -> Box:
    told, scores = cell.described, np.sort(cell.scores)
    reach = WHISKER * (told.q75 - told.q25)
    inside = scores[(scores >= told.q25 - reach) & (scores <= told.q75 + reach)]
    return Box(
        name=cell.name,
        told=told,
        low=float(min(inside[0], told.q25)),
        high=float(max(inside[-1], told.q75)),
        scores=tuple(map(float, cell.scores)),
        best=best,
        published=cell.published,
    )
