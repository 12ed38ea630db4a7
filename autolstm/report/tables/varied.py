"""The tables of studies of one knob: cells described, compared, ranked, and what they cost."""

from autolstm.comparison import Description, Pair
from autolstm.ledger.results import Results
from autolstm.metrics import skill
from autolstm.report import cells, numbers
from autolstm.report.conclusions import cost_of_telling
from autolstm.report.tables.base import NOTHING, Head, Row, Table
from autolstm.report.verdict import advantage
from autolstm.report.views import labelled
from autolstm.report.words import brief, seeds
from autolstm.settings import KNOBS

__all__ = ["beaten", "compared", "costs", "described", "effects", "repeated"]

MOST_CELLS = 100
"""Cells of a table, the best ones of more."""

COLUMNS = ("Count", "Mean", "Std", "Min", "25 %", "50 %", "75 %", "Max")


def described(results: Results) -> Table | None:
    """Describe the scores of every cell over its seeds; None before one is fitted."""
    shown, total = _shown(results)
    if not shown:
        return None
    names = list(shown[0].settings)
    best, others = results.best, any(one.published is not None for one in shown)
    which = f"The best {MOST_CELLS} of {total}" if len(shown) < total else f"All {total}"
    return Table(
        caption=(
            f"{which} cells: {labelled(results.metric.name, results.unit)} on the "
            f"{results.measured_on} part, over the seeds. Std is the sample deviation (n - 1); a "
            f"quarter, a half and three quarters of the scores lie below 25, 50 and 75 %. The "
            f"best mean is marked.{' Published is the mean that others found.' * others}"
        ),
        heads=(
            *(_knob(name) for name in names or ["Configuration"]),
            *(Head(text, numeric=True) for text in COLUMNS),
            *([Head("Published", numeric=True)] * others),
        ),
        rows=tuple(
            Row(
                (
                    *([numbers.setting(value) for value in one.settings.values()] or ["the base"]),
                    *_cells_of(one.described),
                    *([_told(one)] * others),
                ),
                marked=best is not None and one.trial.number == best.number,
            )
            for one in shown
        ),
    )


def _told(cell: cells.Cell) -> str:
    return NOTHING if cell.published is None else numbers.score(cell.published, "")


def compared(results: Results) -> Table | None:
    """Compare every cell with the best one, or the base; None where nothing can be said."""
    held = cells.compared(results)
    comparison, pairs = held.comparison, held.pairs()
    if comparison is None or not pairs:
        return None
    sign = 1 if results.metric.direction == "minimize" else -1
    pairs.sort(key=lambda one: sign * one.difference)
    based = comparison.base is not None
    centre = held.cells[held.centre].name
    what = "the base" if based else f"the best cell ({brief(centre)})"
    family = "all comparisons with the base" if based else f"all {comparison.tests:,} pairs"
    omnibus = (
        f" Friedman's test over all cells (ranks; F of Iman and Davenport): p "
        f"{_p(comparison.friedman)}."
        if comparison.friedman is not None
        else ""
    )
    return Table(
        caption=(
            f"Each cell against {what}, seed by seed: all share {seeds(comparison.seeds)}. The "
            f"interval is that of the one difference; p is of a paired t test, corrected by Holm "
            f"for {family}. The last column is how many seeds would tell the two apart with a "
            f"power of 80 % at 5 % shared between the comparisons, if mean and deviation of the "
            f"difference stay what they are: from few seeds that is a rough guess.{omnibus}"
        ),
        heads=(
            Head("Cell"),
            Head(labelled("Mean difference", results.unit), numeric=True),
            Head("95 % interval", numeric=True),
            Head("p", numeric=True),
            Head("Verdict"),
            Head("Seeds needed", numeric=True),
        ),
        rows=tuple(_compared_row(results, held, one) for one in pairs[:MOST_CELLS]),
    )


def _compared_row(results: Results, held: cells.Compared, pair: Pair) -> Row:
    return Row(
        (
            held.cells[pair.one].name,
            numbers.score(pair.difference, ""),
            f"{numbers.score(pair.low, '')} to {numbers.score(pair.high, '')}",
            _p(pair.p),
            _verdict(results, pair),
            cost_of_telling(pair),
        )
    )


def effects(results: Results) -> Table | None:
    """Rank the knobs of a sensitivity study; None before any has two scores."""
    found = [one for one in cells.effects(results) if len(one.cells) > 1]
    if not found:
        return None
    return Table(
        caption=(
            f"One setting at a time, all others at the base. The range is that of the means in "
            f"{labelled(results.metric.name, results.unit)}; p is the smallest of its values "
            f"against the base (paired t tests over the seeds, Holm over all of them). A range "
            f"grows with the number of values that are tried, so only what is beyond the noise "
            f"says something."
        ),
        heads=(
            Head("Setting"),
            Head("Base", numeric=True),
            Head("Values"),
            Head("Best", numeric=True),
            Head("Range of means", numeric=True),
            Head("p", numeric=True),
            Head("Beyond noise"),
        ),
        rows=tuple(_effect_row(results, one) for one in found),
    )


def _effect_row(results: Results, one: cells.Effect) -> Row:
    sign = 1 if results.metric.direction == "minimize" else -1
    means = [sign * cell.described.mean for cell in one.cells]
    p = min((pair.p for pair in one.pairs), default=None)
    return Row(
        (
            one.knob,
            numbers.setting(one.base),
            ", ".join(numbers.setting(value) for value in one.values),
            numbers.setting(one.values[means.index(min(means))]),
            numbers.score(one.reach, ""),
            NOTHING if p is None else _p(p),
            "yes" if one.apart else "no" if one.pairs else NOTHING,
        ),
        marked=one.apart,
    )


def repeated(results: Results) -> Table | None:
    """Show what a mean is worth, by the number of seeds; None before there are two."""
    found = cells.precise(results)
    if found is None:
        return None
    unit, last = results.unit, found.numbers[-1]
    # Every number while they are few, then about ten of them.
    kept = {*range(2, 6), *range(10, last, max(5, last // 50 * 5)), last}
    rows = []
    for at, number in enumerate(found.numbers):
        if number in kept:
            half = found.half_widths[at]
            rows.append(
                Row(
                    (
                        str(number),
                        numbers.score(found.errors[at], ""),
                        f"{numbers.score(found.low[at], '')} to "
                        f"{numbers.score(found.high[at], '')}",
                        numbers.score(found.means[at], ""),
                        f"± {numbers.score(half, '')}",
                    )
                )
            )
    return Table(
        caption=(
            f"What the mean of so many seeds is worth: standard error s / √n, s being the "
            f"deviation of all {last} scores, with its 95 % interval; and the mean of the first n "
            f"seeds with half of its own 95 % interval (Student's t)."
        ),
        heads=(
            Head("Seeds"),
            Head(labelled("Standard error", unit), numeric=True),
            Head("95 % interval", numeric=True),
            Head(labelled(f"Mean {results.metric.name} so far", unit), numeric=True),
            Head("Half width", numeric=True),
        ),
        rows=tuple(rows),
    )


def costs(results: Results) -> Table | None:
    """Show what every cell cost, and why it stopped."""
    shown, _ = _shown(results)
    if not shown:
        return None
    return Table(
        caption=(
            f"Cells are trials of the study. Parameters are the trainable numbers of the network; "
            f"times are for all seeds together. {NOTHING} stands where a value does not apply."
        ),
        heads=(
            Head("Trial"),
            Head("Cell"),
            Head("State"),
            Head("Parameters", numeric=True),
            *(Head(f"{word} time", numeric=True) for word in ("Training", "Whole")),
            Head("Why it stopped"),
        ),
        rows=tuple(
            Row(
                (
                    str(one.trial.number),
                    one.name,
                    one.trial.state,
                    f"{one.trial.parameters:,}" if one.trial.parameters else NOTHING,
                    *(
                        numbers.duration(one.trial.seconds[name])
                        if name in one.trial.seconds
                        else NOTHING
                        for name in ("train", "total")
                    ),
                    one.trial.reason or NOTHING,
                )
            )
            for one in shown
        ),
    )


def beaten(results: Results) -> Table | None:
    """Compare the baselines with the best cell, on the part that cells are measured on."""
    part, best = results.measured_on, results.best
    ranked = results.ranked_baselines(part)
    if not ranked or best is None or best.score is None:
        return None
    mean = best.score.mean
    return Table(
        caption=(
            "Baselines on the same part, and the cell with the best mean against each. It is the "
            "best of the cells that were tried, so it is lucky as well as good; a search with "
            "`autolstm study` measures its winner on rows that served no choice."
        ),
        heads=(
            Head("Forecast"),
            Head(labelled(f"{part.capitalize()} {results.metric.name}", results.unit), True),
            Head("Best cell against it"),
        ),
        rows=(
            Row(("best cell, mean over seeds", cells.written(mean), NOTHING), marked=True),
            *(
                Row(
                    (
                        brief(name),
                        numbers.score(score, ""),
                        advantage(results, skill(results.metric, mean, score)),
                    )
                )
                for name in ranked
                for score in [results.baselines[part][name]]
            ),
        ),
    )


def _shown(results: Results) -> tuple[list[cells.Cell], int]:
    """Return the cells of a table in their order, of very many the best ones, and their number."""
    every = cells.read(results)
    sign = 1 if results.metric.direction == "minimize" else -1
    scored = [one for one in every if len(one.scores)]
    ranked = sorted(scored, key=lambda one: sign * one.described.mean)
    kept = {one.trial.number for one in ranked[:MOST_CELLS]}
    if len(every) <= MOST_CELLS:
        return list(every), len(every)
    return [one for one in scored if one.trial.number in kept], len(every)


def _cells_of(told: Description) -> tuple[str, ...]:
    values = (told.mean, told.std, told.min, told.q25, told.median, told.q75, told.max)
    return (str(told.count), *(cells.written(value) for value in values))


def _verdict(results: Results, pair: Pair) -> str:
    if not pair.apart:
        return "cannot be told apart"
    return "worse" if results.metric.better(0.0, pair.difference) else "better"


def _knob(name: str) -> Head:
    knob = KNOBS.get(name)
    text = labelled(name.rpartition(".")[2], knob.unit if knob else "")
    return Head(text, numeric=knob is not None and knob.kind is not str)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.2g}"
