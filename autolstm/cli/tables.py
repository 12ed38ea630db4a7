"""The tables of `list`, `show`, `datasets` and `predict`: plain columns, whole on 60 columns."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.table import Table

from autolstm.cli import wording
from autolstm.cli.output import cell
from autolstm.dataset import every
from autolstm.ledger.results import Results, Trial
from autolstm.report import numbers
from autolstm.report.tables import Table as Written
from autolstm.report.tables.question import tried
from autolstm.settings import KNOBS, Knob
from autolstm.space.space import Space

__all__ = [
    "answers",
    "catalogue",
    "fixed",
    "forecasts",
    "searched",
    "studies",
    "table_of",
    "trials",
]

MOST_ROWS = 30
"""Rows of a table on the terminal; the report and --json have more."""


def _table(*columns: str, right: Iterable[str] = ()) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in columns:
        justify = "right" if name in right else "left"
        table.add_column(cell(name), justify=justify, overflow="fold")  # type: ignore[arg-type]
    return table


def studies(lines: Iterable[Any]) -> Table:
    """Return a row per study of a shelf."""
    table = _table("Study", "Done", "Pruned", "Failed", "Best", "Updated")
    for one in lines:
        best = "none yet"
        if one.best is not None:
            score = numbers.with_deviation(one.best, one.std or 0.0, one.unit)
            best = f"{score} {one.metric}"
        updated = f"{one.updated:%Y-%m-%d %H:%M}" if one.updated else ""
        row = (one.name, one.complete, one.pruned, one.failed, best, updated)
        table.add_row(*(cell(value) for value in row))
    return table


def table_of(written: Written) -> Table:
    """Return a table of the report for a terminal, of many rows the first and the marked ones."""
    right = [one.text for one in written.heads if one.numeric]
    table = _table(*(one.text for one in written.heads), right=right)
    shown = [row for at, row in enumerate(written.rows) if at < MOST_ROWS or row.marked]
    for row in shown:
        style = "bold" if row.marked else ""
        table.add_row(*(cell(value, style) for value in row.cells))
    if len(shown) < len(written.rows):
        table.add_row(cell(f"and {len(written.rows) - len(shown)} more"))
    return table


def trials(results: Results) -> Table:
    """Return a row per trial: complete ones first, the best on top, then the others."""
    ranked = results.ranked
    placed = {one.number for one in ranked}
    others = [one for one in results.trials if one.number not in placed]
    winner = results.best.number if results.best else None
    unit = f" ({results.unit})" if results.unit else ""
    table = _table("Trial", f"{results.metric.name}{unit}", "Time", "Settings", right=["Trial"])
    for one in (*ranked, *others):
        number = f"* {one.number}" if one.number == winner else str(one.number)
        seconds = one.seconds.get("total")
        time = numbers.duration(seconds) if seconds is not None else ""
        style = "bold" if one.number == winner else ""
        row = (number, _score(one), time, _settings(one))
        table.add_row(*(cell(value, style) for value in row))
    return table


def _score(trial: Trial) -> str:
    if trial.score is None:
        return trial.state
    return numbers.with_deviation(trial.score.mean, trial.score.std, "")


def _settings(trial: Trial) -> str:
    told = wording.knobs(trial.params)
    told += " (the default)" if trial.is_default else ""
    return told if trial.state == "complete" or not trial.reason else f"{told}\n{trial.reason}"


def catalogue(entries: Mapping[str, Any]) -> Table:
    """Return a row per bundled data set; the rows of sequences are sequences."""
    names = ("Name", "Task", "Rows", "Every", "Target", "Season", "What")
    table = _table(*names, right=["Rows", "Season"])
    for one in entries.values():
        target = f"{one.target} ({one.unit})" if one.unit else one.target
        row_of = every(one.frequency) if one.task == "forecasting" else "sequence"
        row = (one.name, one.task, one.rows, row_of, target, one.season or "", one.title)
        table.add_row(*(cell(value) for value in row))
    return table


def searched(space: Space) -> Table:
    """Return a row per searched setting of a space, under the names of their groups."""
    asked, base = space.table(), space.base.flat()
    table = _table("Searched", "What is tried", "Default", "What it is")
    for knob in _by_group(table, space.dimensions):
        group, _, short = knob.name.partition(".")
        # A condition on a setting of the same group needs no group.
        told = tried(asked[knob.name]).replace(f"{group}.", "")
        row = (_marked(short, knob), told, _valued(knob, base[knob.name]), knob.help)
        table.add_row(*(cell(value) for value in row))
    return table


def fixed(space: Space) -> Table:
    """Return a row per fixed setting of a space, under the names of their groups."""
    base = space.base.flat()
    table = _table("Fixed", "At", "What it is")
    for knob in _by_group(table, [name for name in KNOBS if name not in space.dimensions]):
        short = knob.name.partition(".")[2]
        row = (_marked(short, knob), _valued(knob, base[knob.name]), knob.help)
        table.add_row(*(cell(value) for value in row))
    return table


def _by_group(table: Table, names: Iterable[str]) -> Iterator[Knob]:
    """Yield settings, with a row before those of each group."""
    table.columns[0].no_wrap = True
    last = ""
    for name in names:
        group = name.partition(".")[0]
        if group != last:
            last = group
            table.add_row(cell(group, "bold"))
        yield KNOBS[name]


def _marked(short: str, knob: Knob) -> str:
    return f"  {short}{' *' * knob.shapes}"


def _valued(knob: Knob, value: object) -> str:
    return f"{numbers.setting(value)} {knob.unit}".strip()


def forecasts(rows: Iterable[Mapping[str, Any]], target: str, unit: str) -> Table:
    """Return a row per forecast step; of several series or targets, it says of which."""
    return _predictions(rows, target, unit, {"id": "Series", "target": "Target", "time": "Time"})


def answers(rows: Iterable[Mapping[str, Any]], target: str, unit: str) -> Table:
    """Return a row per answer: the likeliest class and its probability, or a number."""
    places = {"sequence": "Sequence", "step": "Step", "target": "Target"}
    return _predictions(rows, target, unit, places)


def _predictions(
    rows: Iterable[Mapping[str, Any]], target: str, unit: str, places: Mapping[str, str]
) -> Table:
    """Return a row per prediction, which says where it belongs, and what it is."""
    rows = list(rows)
    shown = {name: said for name, said in places.items() if name in rows[0]}
    told = "Forecast" if "target" in rows[0] else target
    told = f"{told} ({unit})" if unit else told
    classes = "answer" in rows[0]
    head = (told, "Probability") if classes else (told, "Low", "High")
    right = ["Probability"] if classes else [*head]
    table = _table(*shown.values(), *head, right=right)
    for row in rows:
        about = [cell(_time(row[name]) if name == "time" else row[name]) for name in shown]
        if classes:
            table.add_row(*about, cell(row["answer"]), cell(f"{_sure(row):.3f}"))
        else:
            values = (numbers.score(row[name], "") for name in ("forecast", "low", "high"))
            table.add_row(*about, *(cell(value) for value in values))
    return table


def _time(written: Any) -> str:
    """Write a time as the report does; a program gets ISO text."""
    return str(written).replace("T", " ").removesuffix(":00")


def _sure(row: Mapping[str, Any]) -> float:
    """Return the probability of an answer."""
    found: float = row["probability"] if "probability" in row else row[f"p({row['answer']})"]
    return found
