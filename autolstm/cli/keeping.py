"""The commands that keep studies: `backup`, `restore`, `export`, `repair`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autolstm.cli import table_files
from autolstm.cli.options import HOME, AsJson, Home, Storage, StudyName, where
from autolstm.errors import counted

if TYPE_CHECKING:
    from autolstm.study.backup import Kept

__all__ = ["backup", "export", "repair", "restore"]


def backup(
    name: StudyName,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="File to write, such as airline.autolstm.")
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace an older file.")] = False,
    home: Home = HOME,
    storage: Storage = None,
    as_json: AsJson = False,
) -> None:
    """Write a study into one file, to be kept elsewhere.

    Trials with their curves, report, model and data are in it. The study may be running.

    \b
    Example:
      autolstm backup airline airline.autolstm
    """
    from autolstm.study.backup import backup as write

    kept = write(name, file, home=home, storage=storage, force=force)
    if not _told(kept, as_json=as_json):
        _say(f"The study {kept.study} is in {file}: {_what(kept)}; {kept.size / 1e3:,.0f} kB.")


def restore(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="File that `autolstm backup` wrote.")
    ],
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the study. Default: the one it had."),
    ] = None,
    home: Home = HOME,
    storage: Storage = None,
    as_json: AsJson = False,
) -> None:
    """Bring a study back from its backup, as a whole or not at all.

    The file is checked first, and nothing in it is executed. A study that is there is not
    replaced.

    \b
    Example:
      autolstm restore airline.autolstm --name airline-2
    """
    from autolstm.study.restore import restore as read

    kept = read(file, name=name, home=home, storage=storage)
    if not _told(kept, as_json=as_json):
        at = where(home, storage)
        _say(f"The study {kept.study} is restored: {_what(kept)}.")
        _say(f"Next:\n  autolstm show {kept.study}{at}")


def export(
    name: StudyName,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="File to write: .csv, .json or .parquet.")
    ],
    curves: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the learning curves too, a row an epoch."),
    ] = None,
    home: Home = HOME,
    storage: Storage = None,
) -> None:
    """Write all trials of a study as a table, a row a trial.

    Scores of every seed, settings, best epochs, seconds, reasons and times are in it. An older
    file is replaced.

    \b
    Example:
      autolstm export airline trials.csv --curves curves.parquet
    """
    from autolstm.study.shelf import Shelf

    table_files.check(file, "FILE")
    if curves is not None:
        table_files.check(curves, "--curves")
    results = Shelf(home, storage).results(name)
    table_files.write(results.frame(), file, "trial")
    if curves is not None:
        table_files.write(results.curves(), curves, "epoch")


def repair(home: Home = HOME, storage: Storage = None, as_json: AsJson = False) -> None:
    """Check a database, and save what can be read of a damaged one.

    A copy of the damaged one is kept beside it. What was saved and what was lost is said.

    \b
    Example:
      autolstm repair --home runs
    """
    from autolstm.cli.output import emit
    from autolstm.study.repair import repair as mend

    done = mend(home, storage)
    if as_json:
        emit(asdict(done) | {"path": str(done.path), "aside": done.aside and str(done.aside)})
        return
    if done.aside is None:
        _say(f"The database {done.path} is sound: nothing is to be done.")
        return
    _say(f"The database {done.path} was damaged: {done.problems[0]}")
    for name, (trials, lost) in done.studies.items():
        whole = f", {lost} of them lost and kept as failed" if lost else ""
        _say(f"  {name}: {counted(trials, 'trial')}{whole}")
    _say(f"A sound one is in its place. A copy of the damaged one is {done.aside}.")
    if done.left_out:
        _say(
            f"Left out, and in that copy alone: {', '.join(done.left_out)}. Other programs than "
            f"autolstm made them, or what makes them its studies is lost."
        )
    _say("A study that is not listed here is lost; run one again with the same command to go on.")


def _told(kept: "Kept", *, as_json: bool) -> bool:
    """Say what is missing, and tell programs all of it; return whether that was asked for."""
    from autolstm.cli.output import emit, say

    for note in kept.notes:
        say(note, stderr=True)
    if as_json:
        emit(asdict(kept) | {"path": str(kept.path)})
    return as_json


def _what(kept: "Kept") -> str:
    held = [name for name in ("report", "model", "data") if getattr(kept, name)]
    return ", ".join([counted(kept.trials, "trial"), *held])


def _say(text: str) -> None:
    from autolstm.cli.output import say

    say(text)
