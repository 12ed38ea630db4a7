"""The commands' table, and the one way in and out of a command."""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from autolstm.cli import failures
from autolstm.cli.datasets import datasets
from autolstm.cli.keeping import backup, export, repair, restore
from autolstm.cli.one_knob import grid, repeats, sensitivity
from autolstm.cli.predict import predict
from autolstm.cli.shelf import dashboard, delete, list_studies, report, show, stop
from autolstm.cli.space import space
from autolstm.cli.study import study
from autolstm.cli.worker import worker
from autolstm.errors import InputError, guess

__all__ = ["app"]

EPILOG = "Every command says more with --help, as in `autolstm study --help`."


class Commands(TyperGroup):
    """Knows what to say to a word that is no command, and reports every failure in one way."""

    def main(
        self, args: Sequence[str] | None = None, prog_name: str | None = None, *_: Any, **__: Any
    ) -> Any:
        """Run a command and end the process.

        Typer's own way out draws boxes and swallows interrupts; ours is `failures`.
        """
        given = list(sys.argv[1:] if args is None else args)
        with (
            failures.reported(given),
            self.make_context(prog_name or "autolstm", list(given)) as context,
        ):
            self.invoke(context)
        sys.exit(0)

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        """Find a command; guess what was meant where there is none."""
        word = args[0]
        if not word.startswith("-") and self.get_command(ctx, word) is None:
            raise InputError(
                f"There is no command {word!r}.{self._meant(word)}\nSee `autolstm --help`."
            )
        return super().resolve_command(ctx, args)

    def _meant(self, word: str) -> str:
        from autolstm.data.catalog import CATALOG

        if word in CATALOG or Path(word).is_file() or Path(word).suffix in (".csv", ".toml"):
            return f" Did you mean `autolstm study {word}`?"
        return guess(word, self.commands)


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 99},
)


def _say_version(asked: bool) -> None:
    if asked:
        print(f"autolstm {version('autolstm')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def autolstm(
    context: typer.Context,
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
) -> None:
    """Tune Keras LSTMs for forecasting, and find out whether they beat simple forecasts.

    \b
    Example:
      autolstm study airline             tune on a bundled data set
      autolstm show airline              what was found
      autolstm predict airline --steps 12
    """
    if context.invoked_subcommand is None:
        print(context.get_help())


app.command()(study)
app.command()(space)
app.command()(grid)
app.command()(sensitivity)
app.command()(repeats)
app.command()(datasets)
app.command("list")(list_studies)
app.command()(show)
app.command()(report)
app.command()(predict)
app.command()(dashboard)
app.command()(worker)
app.command()(stop)
app.command()(export)
app.command()(backup)
app.command()(restore)
app.command()(repair)
app.command()(delete)
