"""The tables of the question: the data, and the settings that were searched."""

from typing import Any

from autolstm.dataset import every
from autolstm.ledger.results import Results
from autolstm.report import numbers
from autolstm.report.tables.base import NOTHING, Head, Row, Table
from autolstm.report.views import labelled
from autolstm.report.words import brief, listed, words
from autolstm.settings import KNOBS

__all__ = ["data", "settings", "tried"]


def data(results: Results) -> tuple[tuple[str, str], ...]:
    """Return the facts of the data set as labels and texts."""
    facts, said = results.data, words(results)
    total = sum(facts.parts.values())
    parts = ", ".join(
        f"{name} {count} {said.rows} ({numbers.percent(count / total)})"
        for name, count in facts.parts.items()
        if total
    )
    kind = _series(results) if said.row == "row" else _sequences(results)
    told = (
        ("Data set", brief(facts.name)),
        ("Source", facts.source),
        ("Task", facts.task),
        *kind,
        (f"Parts{', in time order' * (said.row == 'row')}", parts),
        ("Notes", " ".join(facts.notes)),
    )
    return tuple((label, text) for label, text in told if text)


def _series(results: Results) -> tuple[tuple[str, str], ...]:
    facts, several = results.data, results.question.get("series", 0)
    pandas = f" (pandas frequency {facts.frequency})" if facts.frequency else ""
    return (
        ("Target", labelled(brief(facts.target), facts.unit or "unit not known")),
        ("Series", f"{several}" if several else ""),
        ("Covariates", listed(facts.covariates) or "none"),
        ("Rows", f"{facts.rows:,}, one every {every(facts.frequency)}{pandas}"),
        ("From, to", f"{facts.first} to {facts.last}" if facts.first else ""),
        ("Season", f"{facts.season} rows" if facts.season else "none"),
    )


def _sequences(results: Results) -> tuple[tuple[str, str], ...]:
    facts = results.data
    symbols = [
        f"{name} ({count} symbols)"
        for name, count in zip(facts.covariates, facts.symbols, strict=False)
        if count
    ]
    unit = "" if facts.classes else facts.unit or "unit not known"
    return (
        ("Answer", labelled(brief(facts.target), unit)),
        ("Classes", f"{len(facts.classes)}: {listed(facts.classes)}" if facts.classes else ""),
        ("Features", f"{len(facts.covariates)}: {listed(facts.covariates)}"),
        ("Symbols", listed(symbols)),
        ("Sequences", f"{facts.rows:,}"),
    )


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
        rows.append(Row((text, value, tried(asked), knob.help), marked=searched))
    return Table(
        caption=(
            f"Every setting of a fit; the marked ones are searched, the others stay as they are. "
            f"{of_whom}"
        ),
        heads=(Head("Setting"), Head(who), Head("Searched"), Head("What it is")),
        rows=tuple(rows),
    )


def tried(asked: Any) -> str:
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
    conditions = [
        f"{knob} {' or '.join(map(numbers.setting, one if isinstance(one, list) else [one]))}"
        for knob, one in asked.get("when", {}).items()
    ]
    return text + (f", only with {' and '.join(conditions)}" if conditions else "")
