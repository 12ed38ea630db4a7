"""The score at every step of a forecast or an answer."""

from dataclasses import dataclass

from autolstm.ledger.results import Results
from autolstm.report import numbers
from autolstm.report.views.base import clean, labelled
from autolstm.report.words import words

__all__ = ["Steps", "steps"]


@dataclass(frozen=True, slots=True)
class Steps:
    """Scores by step.

    Attributes:
        label: Of the score axis.
        model: Score of the saved model at each step, from the first one on; NaN where no answer
            has such a step.
        baseline: Name and scores of the best baseline, None where they were not kept.
        caption: What to look at.
        alt: What is drawn.
    """

    label: str
    model: tuple[float, ...]
    baseline: tuple[str, tuple[float, ...]] | None
    caption: str
    alt: str


def steps(results: Results) -> Steps | None:
    """Show how the score changes from step to step; None where there is one step."""
    if results.refit is None or not results.refit.forecasts.by_step:
        return None
    points, said = results.refit.forecasts, words(results)
    model = clean(points.by_step)
    baseline = next(((name, clean(one)) for name, one in points.baseline_by_step.items()), None)
    what = "error" if results.metric.direction == "minimize" else "score"
    first, last = (numbers.score(one, results.unit) for one in (model[0], model[-1]))
    beside = " and whether the line of the best baseline stays on its worse side"
    return Steps(
        label=labelled(results.metric.name, results.unit),
        model=model,
        baseline=baseline,
        caption=(
            f"Look how the {what} changes from step to step{beside * (baseline is not None)}: "
            f"{results.metric.name} of each step of {'a' if said.told == 'forecast' else 'an'} "
            f"{said.told} by itself, over the whole test part, for the saved model."
        ),
        alt=(
            f"{results.metric.name} at each of {len(model)} steps: {first} at the first, {last} "
            f"at the last."
        ),
    )
