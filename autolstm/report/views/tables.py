"""The tables of the page: every cell written out, so that the page only lays them out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autolstm.baselines import LEARNT
from autolstm.dataset import every
from autolstm.ledger.results import Results, Trial
from autolstm.metrics import skill
from autolstm.outcome import Score
from autolstm.report import numbers
from autolstm.report.findings import advantage, metric_sentence
from autolstm.report.views.base import labelled
from autolstm.settings import KNOBS

__all__ = ["Head", "Row", "Table", "baselines", "best_trials", "data", "lost_trials", "settings"]

MOST_ROWS = 20
"""Trials that a table shows."""

NOTHING = "\N{EN DASH}"
"""What stands in a cell that has no value."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column.

    Attributes:
        text: What stands there.
        numeric: Whether the column is set flush right.
    """

    text: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        cells: A text for each column; the first names the row.
        marked: Whether the row is the one to look at.
    """

    cells: tuple[str, ...]
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        caption: What it shows and how to read it.
        heads: One per column.
        rows: At least one.
    """

    caption: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]


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
    unit = results.unit
    heads = [
        Head("Trial"),
        Head(labelled(f"Search {results.metric.name}", unit), numeric=True),
        Head(labelled(f"Confirmed {results.metric.name}", unit), numeric=True),
        *(Head(_knob(name), numeric=_is_number(name)) for name in searched),
        Head("Parameters", numeric=True),
        *(Head(f"{word} time", numeric=True) for word in ("Tracing", "Training", "Whole")),
        Head("Why it stopped"),
    ]
    rows = tuple(_trial_row(results, one, searched) for one in shown)
    count = "all" if len(shown) == len(ranked) else f"the best {MOST_ROWS} of"
    return Table(
        caption=(
            f"Complete trials, {count} {len(ranked)}, the best search score first. Scores are "
            f"mean ± standard deviation over the seeds; confirmed ones come from fresh seeds and "
            f"decide who wins. Parameters are the trainable numbers of the network; times are "
            f"for all seeds of a trial together. {NOTHING} stands where a value does not apply."
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
            _score(trial.score),
            _score(results.confirmed.get(trial.number)),
            *values,
            f"{trial.parameters:,}" if trial.parameters else NOTHING,
            *times,
            trial.reason or NOTHING,
        ),
        marked=wins,
    )


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


def baselines(results: Results) -> Table | None:
    """Compare the baselines with the tuned model on both parts; None without any."""
    valid, test = (results.baselines.get(part, {}) for part in ("validation", "test"))
    ranked = (*results.ranked_baselines("test"), *results.ranked_baselines("validation"))
    names = tuple(dict.fromkeys(ranked))
    if not names:
        return None
    refit, unit = results.refit, results.unit
    others = tuple(
        Row(
            (
                name,
                numbers.score(valid[name], "") if name in valid else NOTHING,
                numbers.score(test[name], "") if name in test else NOTHING,
                advantage(results, skill(results.metric, refit.test.mean, test[name]))
                if refit and name in test
                else NOTHING,
            )
        )
        for name in names
    )
    return Table(
        caption=(
            f"{metric_sentence(results)} All forecast the same rows from the rows before them."
            f"{_who_learns(names)} The last column compares the tuned model, mean over its seeds, "
            f"with each baseline."
        ),
        heads=(
            Head("Forecast"),
            Head(labelled(f"Validation {results.metric.name}", unit), numeric=True),
            Head(labelled(f"Test {results.metric.name}", unit), numeric=True),
            Head("Tuned model against it"),
        ),
        rows=_models(results) + others,
    )


def _who_learns(names: Sequence[str]) -> str:
    learnt = [name for name in names if name in LEARNT]
    if not learnt:
        return ""
    return (
        f" Of the baselines, {', '.join(learnt)} learnt from all rows before the part; the others "
        f"learn nothing."
    )


def _models(results: Results) -> tuple[Row, ...]:
    """Return the tuned model and the default, beside which the baselines stand."""
    rows = []
    best, refit = results.best, results.refit
    if best is not None and results.winner is not None:
        test = _score(refit.test) if refit else NOTHING
        confirmed = _score(results.confirmed.get(best.number))
        rows.append(Row(("tuned LSTM, mean over seeds", confirmed, test, NOTHING), marked=True))
        if refit:
            model = numbers.score(refit.model, "")
            rows.append(Row(("tuned LSTM, mean forecast of its seeds", NOTHING, model, NOTHING)))
    default = next((one for one in results.trials if one.is_default), None)
    if default and default.number != results.winner and default.number in results.confirmed:
        score = _score(results.confirmed[default.number])
        rows.append(Row((f"default LSTM (trial {default.number})", score, NOTHING, NOTHING)))
    return tuple(rows)


def data(results: Results) -> tuple[tuple[str, str], ...]:
    """Return the facts of the data set as labels and texts."""
    facts = results.data
    total = sum(facts.parts.values())
    parts = ", ".join(
        f"{name} {rows} rows ({numbers.percent(rows / total)})"
        for name, rows in facts.parts.items()
        if total
    )
    step = every(facts.frequency)
    pandas = f" (pandas frequency {facts.frequency})" if facts.frequency else ""
    told = (
        ("Data set", facts.name),
        ("Source", facts.source),
        ("Target", labelled(facts.target, facts.unit or "unit not known")),
        ("Covariates", ", ".join(facts.covariates) or "none"),
        ("Rows", f"{facts.rows:,}, one every {step}{pandas}"),
        ("From, to", f"{facts.first} to {facts.last}" if facts.first else ""),
        ("Season", f"{facts.season} rows" if facts.season else "none"),
        ("Parts, in time order", parts),
        ("Notes", " ".join(facts.notes)),
    )
    return tuple((label, text) for label, text in told if text)


def settings(results: Results) -> Table:
    """Show every setting: what it is, what was searched, what the winner has."""
    best = results.best
    chosen = best.settings | best.params if best else {}
    who = "Winner" if results.winner is not None else "Best so far"
    of_whom = f"The values are those of trial {best.number}." if best else "None is best so far."
    rows = []
    for name, knob in KNOBS.items():
        asked = results.question.get(f"space.{name}")
        searched = isinstance(asked, (list, dict))
        # A searched knob that the trial was not asked for plays no part in it.
        plays = name in chosen and not (best and searched and name not in best.params)
        value = numbers.setting(chosen[name]) if plays else NOTHING
        text = labelled(name, knob.unit)
        rows.append(Row((text, value, _space(asked), knob.help), marked=searched))
    return Table(
        caption=(
            f"Every setting of a fit; the marked ones are searched, the others stay as they are. "
            f"{of_whom}"
        ),
        heads=(Head("Setting"), Head(who), Head("Searched"), Head("What it is")),
        rows=tuple(rows),
    )


def _space(asked: Any) -> str:
    """Say in words what may be tried for one setting."""
    if asked is None:
        return NOTHING
    if isinstance(asked, list):
        return ", ".join(numbers.setting(one) for one in asked)
    if not isinstance(asked, dict):
        return f"always {numbers.setting(asked)}"
    if "choices" in asked:
        text = ", ".join(numbers.setting(one) for one in asked["choices"])
    else:
        text = f"{numbers.setting(asked.get('low'))} to {numbers.setting(asked.get('high'))}"
    text += f" in steps of {numbers.setting(asked['step'])}" if "step" in asked else ""
    text += ", log scale" if asked.get("log") else ""
    for knob, values in asked.get("when", {}).items():
        listed = values if isinstance(values, list) else [values]
        text += f", only with {knob} {' or '.join(numbers.setting(one) for one in listed)}"
    return text


def _knob(name: str) -> str:
    return labelled(name.rpartition(".")[2], KNOBS[name].unit if name in KNOBS else "")


def _is_number(name: str) -> bool:
    return name in KNOBS and KNOBS[name].kind is not str


def _score(score: Score | None) -> str:
    if score is None:
        return NOTHING
    return numbers.with_deviation(score.mean, score.std, "")
