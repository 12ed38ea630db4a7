"""The options that commands share, each declared once.

Every sentence names unit and default itself, because a default that a study file may change is
not known to the command line.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from autolstm.secrecy import masked

__all__ = [
    "HOME",
    "AsJson",
    "Assignments",
    "Home",
    "Preset",
    "Source",
    "Storage",
    "StudyName",
    "where",
]

HOME = Path("runs")
STORAGE = "AUTOLSTM_STORAGE"
"""The environment variable that stands for --storage: others see a command line, not this."""

Home = Annotated[
    Path,
    typer.Option(metavar="FOLDER", show_default=False, help="Folder of studies. Default: runs."),
]
Storage = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar=STORAGE,
        help="Optuna storage that holds the trials, such as sqlite:///tuning.db; @FILE for a "
        "file that holds its URL. Default: studies.db in the folder of studies.",
    ),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document, and nothing else, on standard output."),
]
Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A data file, a study file (.toml), or the name of a bundled data set.",
    ),
]
Assignments = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Set any field of a study file, such as split.test=12; may be given repeatedly.",
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The space to begin with: quick, default, thorough, guide or accelerator. "
        "Default: default.",
    ),
]
StudyName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the study.")]


def where(home: Path, storage: str | None) -> str:
    """Return the options that a next command needs to find the same study."""
    import shlex

    parts = ["--home", str(home)] if home != HOME else []
    # What the environment says, it says the next command, too.
    given = storage if storage != os.environ.get(STORAGE) else None
    parts += ["--storage", masked(given)] if given else []
    return "".join(f" {shlex.quote(part)}" for part in parts)
