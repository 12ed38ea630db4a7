"""The commands on studies that exist: over `autolstm.study.shelf.Shelf`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autolstm.cli.options import HOME, AsJson, Home, Storage, StudyName, where
from autolstm.errors import counted

if TYPE_CHECKING:
    from rich.console import RenderableType

    from autolstm.ledger.results import Results

__all__ = ["dashboard", "delete", "list_studies", "report", "show", "stop"]


BoardName = Annotated[
    str | None, typer.Argument(metavar="NAME", help="Name of a study. Default: all.")
]
Port = Annotated[
    int,
    typer.Option(
        min=0,
        max=65535,
        metavar="PORT",
        show_default=False,
        help="Port to serve on, 0 for any free one. Default: 8080.",
    ),
]
Host = Annotated[
    str,
    typer.Option(
        metavar="ADDRESS",
        show_default=False,
        help="Address to serve on; with another one, other machines get in. "
        "Default: 127.0.0.1, this machine alone.",
    ),
]
ReadOnly = Annotated[
    bool, typer.Option("--read-only", help="Let nobody rename, note or delete anything.")
]


def list_studies(home: Home = HOME, storage: Storage = None, as_json: AsJson = False) -> None:
    """List the studies of a folder.

    Each with its trials (done, pruned, failed), best score and last change.

    \b
    Example:
      autolstm list --home runs
    """
    from dataclasses import asdict

    from autolstm.cli import tables
    from autolstm.cli.output import console, emit, say
    from autolstm.study.shelf import Shelf

    lines = Shelf(home, storage).lines()
    if as_json:
        times = [one.updated.isoformat() if one.updated else None for one in lines]
        emit([asdict(one) | {"updated": at} for one, at in zip(lines, times, strict=True)])
    elif lines:
        console().print(tables.studies(lines))
    else:
        say(f"There are no studies in {home} yet. Begin one with `autolstm study airline`.")


def show(
    name: StudyName, home: Home = HOME, storage: Storage = None, as_json: AsJson = False
) -> None:
    """Show what a study has found, and every trial.

    Trials are shown with their settings; of a study of one knob, the comparison of its cells.

    \b
    Example:
      autolstm show airline
    """
    from autolstm.cli import tables
    from autolstm.cli.output import console, emit, say
    from autolstm.cli.summary import next_steps, summary
    from autolstm.study.document import document
    from autolstm.study.shelf import Shelf

    results = Shelf(home, storage).results(name)
    if as_json:
        emit(document(results))
        return
    written = Path(results.folder) / "report.html"
    page = written if written.is_file() else None
    model = Path(results.refit.path) if results.refit else None
    terminal = console()
    terminal.print(summary(results, report=page, model=model))
    terminal.print()
    found = tables.trials(results) if results.kind == "tune" else _compared(results)
    terminal.print(found)
    terminal.print()
    say(next_steps(results, page, where(home, storage)))


def _compared(results: "Results") -> "RenderableType":
    """Return what a study of one knob shows in place of its trials."""
    from autolstm.cli import tables
    from autolstm.report.tables import compared

    found = compared(results)
    return tables.table_of(found) if found else tables.trials(results)


def report(name: StudyName, home: Home = HOME, storage: Storage = None) -> None:
    """Write the report of a study again, from what is stored.

    \b
    Example:
      autolstm report airline
    """
    from autolstm.cli.output import say
    from autolstm.study.shelf import Shelf

    say(f"Report written to {Shelf(home, storage).report(name)}")


def dashboard(
    name: BoardName = None,
    port: Port = 8080,
    host: Host = "127.0.0.1",
    read_only: ReadOnly = False,
    home: Home = HOME,
    storage: Storage = None,
) -> None:
    """Serve Optuna's dashboard in the browser.

    It shows the studies of a folder while they run, and ends with Ctrl-C.

    \b
    Examples:
      autolstm dashboard airline --port 8080
      autolstm dashboard --read-only
    """
    from autolstm.cli.output import say
    from autolstm.report.dashboard import make
    from autolstm.study.shelf import Shelf

    opened = Shelf(home, storage).storage()
    server = make(opened, port=port, study_name=name, host=host, read_only=read_only)
    if server.warning:
        say(server.warning, stderr=True)
    say(f"The dashboard is at {server.url} (Ctrl-C ends it)")
    try:
        server.serve_forever()
    finally:
        server.shutdown()


def delete(
    name: StudyName,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking first.")] = False,
    home: Home = HOME,
    storage: Storage = None,
) -> None:
    """Delete a study with its trials, report and model.

    Asks first, unless told --yes. What is deleted cannot be brought back.

    \b
    Example:
      autolstm delete airline --yes
    """
    from autolstm.cli.output import literal, say
    from autolstm.study.shelf import Shelf

    shelf = Shelf(home, storage)
    found = next((one for one in shelf.lines() if one.name == name), None)
    if found is not None and not yes:
        trials = found.complete + found.pruned + found.failed
        typer.confirm(
            f"Delete the study {literal(name)} with its {counted(trials, 'trial')}, report and "
            f"model?",
            abort=True,
        )
    shelf.delete(name)
    say(f"The study {name} is deleted.")


def stop(
    name: StudyName,
    finish: Annotated[
        bool,
        typer.Option(
            "--finish",
            help="End the search, then confirm the best trials and refit the winner, as when the "
            "time is over.",
        ),
    ] = False,
    home: Home = HOME,
    storage: Storage = None,
) -> None:
    """Stop a study that runs in another terminal.

    Or on other machines, where they share its --storage.

    Running trials are cut off at their next report. Everything finished is kept, and the same
    `autolstm study` command goes on with it, beginning with what was cut off.

    \b
    Examples:
      autolstm stop airline
      autolstm stop airline --finish
    """
    from autolstm.cli.output import say
    from autolstm.study.shelf import Shelf

    after = "the best trials are confirmed then" if finish else "everything finished is kept"
    if Shelf(home, storage).stop(name, finish=finish):
        say(f"The study {name} stops at the next report of its trials; {after}.")
    elif storage is None:
        say(f"Nobody works on the study {name}: there is nothing to stop.")
    else:
        say(
            f"No trial of the study {name} runs. Whoever works on it, on this machine or another, "
            f"is asked to stop; {after}. Workers that come fit nothing until its `autolstm study` "
            f"command is run again."
        )
