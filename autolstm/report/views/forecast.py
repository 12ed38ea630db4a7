"""Forecast and actual on the test part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from autolstm.ledger.results import Results
from autolstm.report.views.base import Absent, clean, labelled
from autolstm.report.words import brief

__all__ = ["Forecast", "forecast"]

MOST = 30
"""Forecasts whose beginnings are marked."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Forecast and actual on the test part.

    Attributes:
        label: Of the value axis.
        times: Dates, or the numbers of the steps.
        actual: The untouched target.
        mean: Mean of the seeds.
        low: Lowest of the seeds.
        high: Highest of the seeds.
        baselines: Name and values of the baselines drawn, the best on the test part first.
        begins: Positions at which a forecast of several steps begins; empty where it is one step,
            or where they would be too many to tell apart.
        caption: What to look at.
        alt: What is drawn.
    """

    label: str
    times: tuple[datetime, ...] | tuple[float, ...]
    actual: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    baselines: tuple[tuple[str, tuple[float, ...]], ...]
    begins: tuple[int, ...]
    caption: str
    alt: str


def forecast(results: Results) -> Forecast | Absent:
    """Show forecast and actual on the test part."""
    refit = results.refit
    if refit is None or not refit.forecasts.actual or not refit.forecasts.seeds:
        return Absent(
            "There is no forecast of the test part yet: it is made when the winner is chosen."
            if refit is None
            else "The forecasts of the test part were not kept."
        )
    points = refit.forecasts
    seeds = np.array([clean(one) for one in points.seeds])
    best = results.best_baseline
    drawn = [one for one in dict.fromkeys((best, "persistence")) if one in points.baselines]
    horizon, target = results.horizon, brief(points.target or results.data.target)
    shown = len(points.actual)
    begins = tuple(range(0, shown, horizon)) if horizon > 1 and shown <= MOST * horizon else ()
    return Forecast(
        label=labelled(target, results.data.unit),
        times=_times(points.times),
        actual=clean(points.actual),
        mean=clean(seeds.mean(axis=0)),
        low=clean(seeds.min(axis=0)),
        high=clean(seeds.max(axis=0)),
        baselines=tuple((str(one), clean(points.baselines[str(one)])) for one in drawn),
        begins=begins,
        caption=_caption(results, shown, len(seeds), lines=bool(begins)),
        alt=(
            f"Actual and forecast {target} at {shown} points of the test part, from "
            f"{points.times[0]} to {points.times[-1]}."
        ),
    )


def _caption(results: Results, shown: int, seeds: int, lines: bool) -> str:
    band = f", the band reaches from the lowest to the highest of {seeds} seeds" * (seeds > 1)
    text = (
        f"Look whether the forecast follows the actual values more closely than the baselines "
        f"do: this is {_part(results, shown)}, which served nothing else{band}."
    )
    if results.horizon > 1:
        return (
            f"{text} Each forecast looks {results.horizon} steps ahead without seeing them; the "
            f"forecasts follow one another without overlap"
            f"{', and the next begins at each upright line' * lines}."
        )
    return f"{text} Each point is forecast one step ahead, from the actual values before it."


def _part(results: Results, shown: int) -> str:
    """Say what of the test part is drawn."""
    assert results.refit is not None
    points, whole = results.refit.forecasts, results.data.parts.get("test", shown)
    if points.series or points.target:
        of = f"the series {brief(points.series)}" if points.series else "the test part"
        target = f"{brief(points.target)} of " if points.target else ""
        return f"{target}{of}, the first of several, at its last {shown} test rows"
    return "the test part" if shown >= whole else f"the last {shown} of {whole} test rows"


def _times(texts: Sequence[str]) -> tuple[datetime, ...] | tuple[float, ...]:
    """Read times back from text: plain steps, dates, or else just positions."""
    try:
        return tuple(float(one) for one in texts)
    except ValueError:
        pass
    try:
        return tuple(datetime.fromisoformat(one) for one in texts)
    except ValueError:
        return tuple(float(n) for n in range(len(texts)))
