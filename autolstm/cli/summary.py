"""What a study has found, on one screen; `study` ends with it and `show` begins with it."""

import shlex
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from autolstm.cli.live import grid
from autolstm.cli.output import cell
from autolstm.cli.tables import table_of
from autolstm.errors import counted
from autolstm.ledger.results import Results
from autolstm.report import tables as report_tables
from autolstm.report.cells import wanted
from autolstm.report.findings import facts, heading
from autolstm.report.verdict import judge

__all__ = ["next_steps", "nothing_added", "summary"]

STEPS = 12
"""Rows that the suggested forecast asks for."""


def summary(results: Results, *, report: Path | None, model: Path | None) -> RenderableType:
    """Return heading, findings and verdict of a study.

    Args:
        results: The study.
        report: The written report, None where there is none.
        model: Folder of the saved model, None where there is none.
    """
    rows = facts(results)
    rows += [("Report", str(report))] if report else []
    rows += [("Model", str(model))] if model else []
    shown: list[tuple[str, RenderableType]] = [(label, cell(text)) for label, text in rows]
    head, end = cell(heading(results), "bold"), cell(judge(results).text, "bold")
    found = _of_cells(results)
    return Group(head, grid(shown), Text(), *((found, Text()) if found else ()), end)


def _of_cells(results: Results) -> RenderableType | None:
    """Return the table of a study of one knob; None for a search."""
    maker = {
        "grid": report_tables.described,
        "sensitivity": report_tables.effects,
        "repeats": report_tables.repeated,
    }.get(results.kind)
    found = maker(results) if maker else None
    return table_of(found) if found else None


def next_steps(results: Results, report: Path | None, where: str) -> str:
    """Return the commands that lead on.

    Args:
        results: The study.
        report: The written report, None where there is none.
        where: Options that a command needs to find this study, with a leading space.
    """
    lines = [f"  autolstm show {results.name}{where}"]
    if results.refit is not None and results.task != "forecasting":
        # It is for other sequences than those it was made from.
        lines.append(f"  autolstm predict {results.name} FILE{where}")
    elif results.refit is not None:
        # A model with covariates cannot forecast beyond its horizon.
        steps = results.horizon if results.data.covariates else max(STEPS, results.horizon)
        lines.append(f"  autolstm predict {results.name} --steps {steps}{where}")
    if report is not None:
        lines.append(f"  python -m webbrowser {shlex.quote(str(report))}")
    return "Next:\n" + "\n".join(lines)


def nothing_added(results: Results, asked: int) -> str:
    """Say why a run has added no trial."""
    if results.kind != "tune":
        cells = counted(wanted(results), "cell")
        return f"No cell added: {cells} {'was' if cells == '1 cell' else 'were'} fitted before."
    finished = len(results.in_state("complete")) + len(results.in_state("pruned"))
    if finished < asked:
        return f"No trial added: the study has {finished} of the {asked} trials asked for."
    return (
        f"No trial added: the study has the {asked} trials asked for already. Ask for more with "
        f"--trials {finished + 10}."
    )
