"""Numbers told of the sequences of the test part, against the actual ones."""

from dataclasses import dataclass

import numpy as np

from autolstm.ledger.results import Results
from autolstm.report.views.base import Absent, clean, labelled
from autolstm.report.words import brief, seeds

__all__ = ["Scatter", "scatter"]


@dataclass(frozen=True, slots=True)
class Scatter:
    """Answers told against actual answers.

    Attributes:
        label: What is told, with its unit.
        actual: The untouched answers.
        mean: Mean of the seeds.
        low: Lowest of the seeds.
        high: Highest of the seeds.
        baseline: Name and answers of the best baseline, None where it was not kept.
        caption: What to look at.
        alt: What is drawn.
    """

    label: str
    actual: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    baseline: tuple[str, tuple[float, ...]] | None
    caption: str
    alt: str


def scatter(results: Results) -> Scatter | Absent:
    """Show answers told against actual ones."""
    refit = results.refit
    if refit is None or not refit.forecasts.actual or not refit.forecasts.seeds:
        return Absent(
            "Nothing is told of the test part yet: that is done when the winner is chosen."
            if refit is None
            else "What was told of the test part was not kept."
        )
    points, best = refit.forecasts, results.best_baseline
    told = np.array([clean(one) for one in points.seeds])
    target, count = brief(points.target or results.data.target), len(points.actual)
    first = f" Of {brief(results.data.target)}, {target} is shown." if points.target else ""
    bar = f"; a bar reaches from the lowest to the highest of {seeds(len(told))}"
    return Scatter(
        label=labelled(target, results.data.unit),
        actual=clean(points.actual),
        mean=clean(told.mean(axis=0)),
        low=clean(told.min(axis=0)),
        high=clean(told.max(axis=0)),
        baseline=(best, clean(points.baselines[best])) if best in points.baselines else None,
        caption=(
            f"Look how close the dots lie to the diagonal, where what is told is what is: {count} "
            f"answers of the test part, which served nothing else{bar * (len(told) > 1)}. Dots "
            f"that lie flatter than the diagonal are drawn towards the mean.{first}"
        ),
        alt=f"{target} told against actual {target}, {count} answers of the test part.",
    )
