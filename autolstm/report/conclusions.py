"""What a study of one knob says, in a few lines: the same on the terminal and in the report."""

from autolstm.comparison import Pair
from autolstm.comparison.seeds import LEVEL, MOST_SEEDS
from autolstm.errors import counted
from autolstm.ledger.results import Results
from autolstm.report import cells, numbers
from autolstm.report.words import brief, fits, seeds

__all__ = ["conclude", "cost_of_telling", "no_model", "summed_up"]

MOST_NAMED = 4
"""Cells or settings that a sentence names one by one."""


def conclude(results: Results) -> tuple[str, str]:
    """Return what is to be thought of a study, and its standing: ``"good"`` or ``"open"``.

    It is good where the question is answered: the best cell stands alone, a knob was found to
    matter, the mean is as precise as wanted.
    """
    table = cells.compared(results)
    if not table.cells:
        return "No cell has a score yet.", "open"
    if results.kind == "repeats":
        return _of_repeats(results)
    if len(table.cells) < 2:
        return "One cell has a score: there is nothing to compare yet.", "open"
    if table.comparison is None:
        count = len(table.cells[0].scores)
        return (
            f"With {seeds(count)}, nothing can be said about differences between cells: at least "
            f"3 are needed, and 5 or more are better. Give more --seeds, under another --name.",
            "open",
        )
    return _of_sensitivity(results) if results.kind == "sensitivity" else _of_grid(results, table)


def summed_up(results: Results) -> list[tuple[str, str]]:
    """Return the findings as labels and texts."""
    read = cells.read(results)
    scored = [one for one in read if len(one.scores)]
    lost = len(read) - len(scored)
    count = f"{len(scored)} of {cells.wanted(results)} have a score"
    rows = [("Cells", f"{count}{f', {lost} ended without one' * bool(lost)}")]
    if results.kind == "sensitivity":
        rows.append(("Base", brief(_knobs(cells.base_of(results)), 300)))
    best = results.best
    if best is not None and best.score is not None:
        found = numbers.with_deviation(best.score.mean, best.score.std, results.unit)
        of = f"mean ± deviation over {fits(results)}, {results.measured_on} part"
        if results.kind != "repeats":
            named = next((one.name for one in scored if one.trial.number == best.number), "")
            rows.append(("Best cell", f"trial {best.number}: {named}"))
        rows.append(("Score", f"{found}, {of}"))
    part = results.measured_on
    for name in results.ranked_baselines(part)[:1]:
        score = numbers.score(results.baselines[part][name], results.unit)
        rows.append(("Baseline", f"{score}, {brief(name)}, the best one on the same part"))
    return [*rows, ("Time", f"{numbers.duration(results.seconds)}, all fits together")]


def cost_of_telling(pair: Pair) -> str:
    """Say how many seeds would tell two cells apart."""
    if pair.seeds is not None:
        return f"{pair.seeds:,}"
    return f"over {MOST_SEEDS:,}" if pair.difference else "they are the same"


def no_model(results: Results) -> str:
    """Say why a study of one knob has no model, and how to get one."""
    best = results.best
    held = best.params if best else {}
    sets = "".join(f" --set space.{name}={value}" for name, value in held.items())
    return (
        f"The study {results.name!r} is a {results.kind} study: it compares settings and keeps no "
        f"model. Tune with the settings you want, such as those of its best cell: `autolstm study "
        f"SOURCE{sets}`, and predict with that study."
    )


def _of_grid(results: Results, table: cells.Compared) -> tuple[str, str]:
    comparison, pairs = table.comparison, table.pairs()
    assert comparison is not None
    best = table.cells[comparison.best]
    ties = [one for one in pairs if not one.apart]
    worse = len(pairs) - len(ties)
    score = numbers.with_deviation(best.described.mean, best.described.std, results.unit)
    text = f"Best of {len(table.cells)} cells: {best.name}, {results.metric.name} {score}. "
    if not ties:
        return f"{text}It is told apart from all others at {seeds(comparison.seeds)}.", "good"
    named = _listed(table.cells[one.one].name for one in _nearest(ties))
    others = (
        f"any other ({named})"
        if not worse and len(ties) > 1
        else f"{counted(len(ties), 'other')} ({named})"
    )
    beats = f", and is better than {counted(worse, 'other')}" if worse else ""
    text += (
        f"At {seeds(comparison.seeds)} it cannot be told apart from {others}{beats} (paired t "
        f"tests, Holm, {100 * LEVEL:g} %)."
    )
    return f"{text}{_next(table, ties)}", "open"


def _next(table: cells.Compared, ties: list[Pair]) -> str:
    """Say what it would take to tell one more cell apart."""
    within = [one for one in ties if one.seeds is not None]
    if not within:
        return ""
    easy = min(within, key=lambda one: (one.seeds or 0, one.one))
    return (
        f" About {seeds(easy.seeds or 0)} would tell it from {table.cells[easy.one].name} (power "
        f"80 %), if the differences stay what they are."
    )


def _nearest(pairs: list[Pair]) -> list[Pair]:
    return sorted(pairs, key=lambda one: abs(one.difference))


def _of_sensitivity(results: Results) -> tuple[str, str]:
    found = cells.effects(results)
    count = len(found[0].cells[0].scores)
    sure = [one for one in found if one.apart]
    rest = [one for one in found if not one.apart]
    unit = f" {results.unit}" if results.unit else ""
    if not sure:
        named = _listed(_short(one.knob) for one in rest)
        return (
            f"No setting ({named}) changes {results.metric.name} by more than the noise of "
            f"{seeds(count)}.",
            "open",
        )
    told = _listed(f"{_short(one.knob)} ({numbers.score(one.reach, '')})" for one in sure)
    change = "changes" if len(sure) == 1 else "change"
    text = (
        f"{len(sure)} of {counted(len(found), 'setting')} {change} "
        f"{results.metric.name} by more than the noise of {seeds(count)}, the range of means in "
        f"brackets{unit and ', in'}{unit}: {told}."
    )
    more = f" Not told from noise: {_listed(_short(one.knob) for one in rest)}."
    return text + more * bool(rest), "good"


def _of_repeats(results: Results) -> tuple[str, str]:
    held, found = cells.compared(results).cells[0], cells.precise(results)
    assert found is not None
    told, count = held.described, found.numbers[-1]
    share = results.precision
    low, high = (numbers.score(told.mean + sign * found.half_widths[-1], "") for sign in (-1, 1))
    text = (
        f"Mean {results.metric.name} over {seeds(count)}: "
        f"{numbers.score(told.mean, results.unit)}, standard error "
        f"{numbers.score(found.errors[-1], '')}, 95 % interval {low} to {high}. "
    )
    aim = f"a 95 % interval of ± {100 * share:g} % of the mean"
    if found.needed is None:
        return f"{text}Not even {MOST_SEEDS:,} seeds would give {aim}.", "open"
    if found.needed <= count:
        return f"{text}For {aim}, {seeds(found.needed)} would have been enough.", "good"
    return f"{text}For {aim}, about {seeds(found.needed)} are needed.", "open"


def _short(knob: str) -> str:
    return knob.rpartition(".")[2]


def _knobs(settings: dict[str, object]) -> str:
    return ", ".join(f"{_short(name)} {numbers.setting(one)}" for name, one in settings.items())


def _listed(names: object) -> str:
    """List names, of many the first ones."""
    every = [*names]  # type: ignore[misc]
    more = len(every) - MOST_NAMED
    text = "; ".join(every[:MOST_NAMED])
    return f"{text} and {more} more" if more > 0 else text
