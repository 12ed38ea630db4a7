"""What the mean of one configuration is worth, by the number of its seeds."""

from dataclasses import dataclass

from autolstm.comparison.seeds import MOST_SEEDS
from autolstm.ledger.results import Results
from autolstm.report import cells, numbers
from autolstm.report.views.base import Absent, labelled
from autolstm.report.words import seeds

__all__ = ["Errors", "Means", "errors", "means"]

NONE_YET = "The configuration has fewer than two scores yet."


@dataclass(frozen=True, slots=True)
class Errors:
    """The standard error of the mean.

    Attributes:
        label: Of the error axis.
        numbers: Numbers of seeds.
        errors: Standard error for each.
        low: Lower end of its 95 % interval.
        high: Upper end.
        caption: What to look at.
        alt: What is drawn.
    """

    label: str
    numbers: tuple[int, ...]
    errors: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    caption: str
    alt: str


@dataclass(frozen=True, slots=True)
class Means:
    """The mean of the first seeds.

    Attributes:
        label: Of the score axis.
        numbers: Numbers of seeds, from 2.
        means: Mean of so many.
        half_widths: Half of its 95 % interval.
        scores: One a seed, from the first one on.
        wanted: Ends of the interval that is aimed at, around the mean of all.
        limits: Ends of the score axis: an interval from two seeds would squeeze all else.
        caption: What to look at.
        alt: What is drawn.
    """

    label: str
    numbers: tuple[int, ...]
    means: tuple[float, ...]
    half_widths: tuple[float, ...]
    scores: tuple[float, ...]
    wanted: tuple[float, float]
    limits: tuple[float, float]
    caption: str
    alt: str


def errors(results: Results) -> Errors | Absent:
    """Show the standard error of the mean against the number of seeds."""
    found = cells.precise(results)
    if found is None:
        return Absent(NONE_YET)
    needed = (
        f"{seeds(found.needed)} give a 95 % interval of ± {100 * results.precision:g} % of "
        f"the mean."
        if found.needed is not None
        else f"Not even {MOST_SEEDS:,} seeds give ± {100 * results.precision:g} %."
    )
    first, last = (numbers.score(found.errors[at], results.unit) for at in (0, -1))
    return Errors(
        label=labelled(f"standard error of {results.metric.name}", results.unit),
        numbers=found.numbers,
        errors=found.errors,
        low=found.low,
        high=found.high,
        caption=(
            f"Look where the line gets flat: from there on, more seeds buy little, as four times "
            f"as many are needed for half of the error. It is the deviation over all "
            f"{seeds(found.numbers[-1])} divided by the root of their number; the band is its "
            f"95 % interval. {needed}"
        ),
        alt=(
            f"Standard error against number of seeds: {first} with 2, {last} with "
            f"{found.numbers[-1]}."
        ),
    )


def means(results: Results) -> Means | Absent:
    """Show how the mean settles as seeds are added, in their order."""
    found = cells.precise(results)
    if found is None:
        return Absent(NONE_YET)
    scores = next(one.scores for one in cells.read(results) if len(one.scores) > 1)
    middle = found.means[-1]
    reach = abs(middle) * results.precision
    low = min(float(scores.min()), middle - reach)
    high = max(float(scores.max()), middle + reach)
    room = 0.3 * (high - low) or 1.0
    return Means(
        label=labelled(f"{results.metric.name}, {results.measured_on} part", results.unit),
        numbers=found.numbers,
        means=found.means,
        half_widths=found.half_widths,
        scores=tuple(map(float, scores)),
        wanted=(middle - reach, middle + reach),
        limits=(low - room, high + room),
        caption=(
            f"Look from how many seeds on the line stays within the dashed lines, ± "
            f"{100 * results.precision:g} % of the mean of all: a dot for the score of "
            f"each seed, the line is the mean of the seeds so far, the band its 95 % interval."
        ),
        alt=(
            f"Running mean of {results.metric.name} over {seeds(len(scores))}, ending at "
            f"{numbers.score(middle, results.unit)}."
        ),
    )
