"""The tables of the trials."""

from collections import Counter

from autolstm.ledger.results import Results, Trial
from autolstm.metrics.timed import timed
from autolstm.report import numbers
from autolstm.report.findings import searched_for
from autolstm.report.tables.base import MOST_ROWS, NOTHING, Head, Row, Table, score
from autolstm.report.views import labelled
from autolstm.report.words import fits
from autolstm.settings import KNOBS

__all__ = ["best_trials", "lost_trials"]


def best_trials(results: Results) -> Table | None:
    """Show the best trials: scores, searched settings, cost; None before one is complete."""
    ranked = results.ranked
    if not ranked:
        return None
    shown = list(ranked[:MOST_ROWS])
    # The default stays in sight: it is what the search has to improve on.
    shown += [one for one in ranked[MOST_ROWS:] if one.is_default or one.number == results.winner]
    searched = [name for name in KNOBS if any(name in one.params for one in ranked)]
    searched += sorted({name for one in ranked for name in one.params} - set(searched))
    unit, weight = results.unit, results.time_weight
    heads = [
        Head("Trial"),
        Head(labelled(f"Search {results.metric.name}", unit), numeric=True),
        Head(labelled(f"Confirmed {results.metric.name}", unit), numeric=True),
        *(Head(f"{word} value", numeric=True) for word in ("Search", "Confirmed") if weight),
        *(Head(_knob(name), numeric=_is_number(name)) for name in searched),
        Head("Parameters", numeric=True),
        *(Head(f"{word} time", numeric=True) for word in ("Tracing", "Training", "Whole")),
        Head("Why it stopped"),
    ]
    rows = tuple(_trial_row(results, one, searched) for one in shown)
    count = "all" if len(shown) == len(ranked) else f"the best {MOST_ROWS} of"
    first = "value" if weight else "search score"
    value = f" A value is {searched_for(results)}, training seconds of all fits." * bool(weight)
    return Table(
        caption=(
            f"Complete trials, {count} {len(ranked)}, the best {first} first. Scores are mean ± "
            f"standard deviation over {fits(results)}; confirmed ones come from fresh seeds and "
            f"decide who wins.{value} Parameters are the trainable numbers of the network; times "
            f"are for all fits of a trial together. {NOTHING} stands where a value does not apply."
        ),
        heads=tuple(heads),
        rows=rows,
    )


def _trial_row(results: Results, trial: Trial, searched: list[str]) -> Row:
    wins = trial.number == results.winner
    words = [word for word, holds in (("winner", wins), ("default", trial.is_default)) if holds]
    values = [
        numbers.setting(trial.params[name]) if name in trial.params else NOTHING
        for name in searched
    ]
    times = [
        numbers.duration(trial.seconds[name]) if name in trial.seconds else NOTHING
        for name in ("trace", "train", "total")
    ]
    return Row(
        (
            labelled(str(trial.number), ", ".join(words)),
            score(trial.score),
            score(results.confirmed.get(trial.number)),
            *(_values(results, trial) if results.time_weight else ()),
            *values,
            f"{trial.parameters:,}" if trial.parameters else NOTHING,
            *times,
            trial.reason or NOTHING,
        ),
        marked=wins,
    )


def _values(results: Results, trial: Trial) -> tuple[str, str]:
    """Write what the search and the choice went by, where time counts."""
    confirmed = results.confirmed.get(trial.number)
    if confirmed is None:
        return numbers.score(results.value(trial), ""), NOTHING
    seconds = results.confirmed_seconds.get(trial.number, 0.0)
    value = timed(results.metric, confirmed.mean, seconds, results.time_weight)
    return numbers.score(results.value(trial), ""), numbers.score(value, "")


def lost_trials(results: Results) -> Table | None:
    """Show the latest trials that have no score, and why; None where there is none."""
    lost = [one for one in results.trials if one.score is None]
    if not lost:
        return None
    counts = Counter(one.state for one in lost)
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    shown = lost[-MOST_ROWS:]
    latest = f" The latest {MOST_ROWS} are shown." if len(shown) < len(lost) else ""
    rows = tuple(
        Row(
            (
                str(one.number),
                one.state,
                one.reason or NOTHING,
                numbers.duration(one.seconds["total"]) if "total" in one.seconds else NOTHING,
            )
        )
        for one in shown
    )
    heads = (Head("Trial"), Head("State"), Head("Why"), Head("Whole time", numeric=True))
    return Table(caption=f"Trials without a score: {told}.{latest}", heads=heads, rows=rows)


def _knob(name: str) -> str:
    return labelled(name.rpartition(".")[2], KNOBS[name].unit if name in KNOBS else "")


def _is_number(name: str) -> bool:
    return name in KNOBS and KNOBS[name].numeric
