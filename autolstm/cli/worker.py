"""The command ``worker``: over `autolstm.workers.join`."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from autolstm.cli.options import HOME, Home, Storage, StudyName
from autolstm.cli.study import Memory, Quiet, Time, Workers
from autolstm.errors import SettingError, counted, guess

__all__ = ["worker"]

Build = Annotated[
    str | None,
    typer.Option(
        metavar="MODULE:FUNCTION",
        help="The function that builds the networks, where the study has one of its own.",
    ),
]


def worker(
    name: StudyName,
    home: Home = HOME,
    storage: Storage = None,
    workers: Workers = None,
    memory: Memory = None,
    time: Time = None,
    build: Build = None,
    quiet: Quiet = False,
) -> None:
    """Join a study that runs elsewhere, and fit trials of it.

    It leaves when the study has what was asked.

    The data come with the study, from the copy that it keeps: let its `autolstm study` command
    --set artifacts= to a folder, or s3://..., that other machines can read. Whoever began the
    study confirms the best trials and refits the winner.

    \b
    Example:
      autolstm worker sales --storage postgresql://me@server/tuning
    """
    from autolstm.cli.output import say
    from autolstm.cli.watching import watching
    from autolstm.workers.joined import join

    given = {"workers": workers, "memory": memory, "time": time}
    own = {field: value for field, value in given.items() if value is not None}
    with watching(as_json=False, quiet=quiet) as watcher:
        added = join(name, home, storage, watcher, _builder(build), **own)
    say(f"Fitted here: {counted(added, 'trial')} of the study {name}.")


def _builder(said: str | None) -> Any:
    """Import the function that a user names, from where the command is called as well."""
    if said is None:
        return None
    module, _, name = said.partition(":")
    if not name:
        raise SettingError(
            f"--build {said!r} is not accepted. It takes MODULE:FUNCTION, such as nets:build."
        )
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        raise SettingError(
            f"--build: the module {error.name!r} cannot be found here. Call the command in the "
            f"folder of {module}.py, or install it."
        ) from None
    if not hasattr(found, name):
        raise SettingError(f"--build: {module} has no function {name!r}.{guess(name, dir(found))}")
    return getattr(found, name)
