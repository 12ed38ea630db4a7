"""How the score answers to one knob, all others at the base."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from autolstm.ledger.results import Results
from autolstm.report import cells, numbers
from autolstm.report.views.base import labelled, wide
from autolstm.report.words import seeds
from autolstm.settings import KNOBS

__all__ = ["Response", "responses"]


@dataclass(frozen=True, slots=True)
class Response:
    """Scores by the values of one knob.

    Attributes:
        knob: Its dotted name.
        name: Its short name, with its unit.
        label: Of the score axis.
        values: Values of the knob, numbers or words.
        scores: One a seed, for each value.
        means: Their means.
        base: Place of the base.
        numeric: Whether values are numbers.
        log_values: Whether their axis is logarithmic.
        log: Whether the score axis is.
        limits: Ends of the score axis, the same for all knobs.
        caption: What to look at.
        alt: What is drawn.
    """

    knob: str
    name: str
    label: str
    values: tuple[Any, ...]
    scores: tuple[tuple[float, ...], ...]
    means: tuple[float, ...]
    base: int
    numeric: bool
    log_values: bool
    log: bool
    limits: tuple[float, float]
    caption: str
    alt: str


def responses(results: Results) -> tuple[Response, ...]:
    """Show every knob that has two scores, the one with the largest reach first."""
    found = [one for one in cells.effects(results) if len(one.cells) > 1]
    if not found:
        return ()
    every = np.concatenate([cell.scores for one in found for cell in one.cells])
    log = results.metric.direction == "minimize" and wide(every)
    low, high = float(every.min()), float(every.max())
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    limits = (low / 1.1, high * 1.1) if log else (low - room, high + room)
    return tuple(_response(results, one, log, limits) for one in found)


def _response(
    results: Results, one: cells.Effect, log: bool, limits: tuple[float, float]
) -> Response:
    knob = KNOBS.get(one.knob)
    short = one.knob.rpartition(".")[2]
    numeric = not any(isinstance(value, str) for value in one.values)
    means = tuple(cell.described.mean for cell in one.cells)
    count = len(one.cells[0].scores)
    told = ", ".join(
        f"{numbers.setting(value)} {numbers.score(mean, '')}"
        for value, mean in zip(one.values, means, strict=True)
    )
    sure = "by more than" if one.apart else "within"
    noise = f" The means differ from the base {sure} the noise of {seeds(count)}."
    return Response(
        knob=one.knob,
        name=labelled(short, knob.unit if knob else ""),
        label=labelled(f"{results.metric.name}, {results.measured_on} part", results.unit),
        values=one.values,
        scores=tuple(tuple(map(float, cell.scores)) for cell in one.cells),
        means=means,
        base=one.values.index(one.base) if one.base in one.values else 0,
        numeric=numeric,
        log_values=numeric and wide(one.values),
        log=log,
        limits=limits,
        caption=(
            f"{short}: a dot for every seed, the line through the means, the base ringed. All "
            f"pictures have the same score axis.{noise * bool(one.pairs)}"
        ),
        alt=f"{results.metric.name} by {short}; means: {told}.",
    )
