"""The command ``study``: over `autolstm.study.manager.run`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from autolstm.cli.options import HOME, AsJson, Assignments, Preset, Source, Storage, where

__all__ = [
    "FIELDS",
    "Assignments",
    "Dask",
    "Horizon",
    "Memory",
    "Metric",
    "Name",
    "Quiet",
    "RunHome",
    "Seed",
    "Seeds",
    "Source",
    "Target",
    "Time",
    "TrialTime",
    "Workers",
    "carry_out",
    "study",
]

FIELDS = (
    *("task", "target", "time_column", "id_column", "covariates", "known", "calendar", "horizon"),
    *("metric", "trials", "time", "trial_time", "patience", "workers", "dask", "memory"),
    *("seeds", "seed", "name", "home", "storage", "preset"),
)
"""Options that are fields of an `Experiment`, under the same names."""

Task = Annotated[
    str | None,
    typer.Option(
        metavar="TASK",
        help="forecasting, classification, regression or sequence-to-sequence. "
        "Default: inferred from the data.",
    ),
]
Target = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMNS",
        help="Column to forecast, or of answers; several with commas between, or all. "
        "Default: the only numeric one.",
    ),
]
TimeColumn = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Column of times. Default: found by itself.")
]
IdColumn = Annotated[
    str | None,
    typer.Option(
        "--id",
        metavar="COLUMN",
        help="Column that says which series or sequence a row belongs to. "
        "Default: there is one series.",
    ),
]
Covariates = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMNS",
        help="Further columns that the network sees, with commas between. "
        "Default: all numeric ones.",
    ),
]
Known = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMNS",
        help="Covariates whose future is known, with commas between. Default: none.",
    ),
]
Calendar = Annotated[
    str | None,
    typer.Option(
        metavar="auto|NAMES",
        help="Calendar features to add: auto, or some of hour, weekday, monthday, yearday and "
        "month. Default: none.",
    ),
]
Horizon = Annotated[
    int | None, typer.Option(metavar="ROWS", help="How many rows ahead to forecast. Default: 1.")
]
Metric = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="What to optimise. Numbers: rmse, mae, mse, mape, smape, r2, mase, rmsse or pinball "
        "(pinball90 for the 90 % quantile). Classes: accuracy, balanced_accuracy, precision, "
        "recall, f1, f1_macro, f1_micro, f1_weighted, roc_auc, log_loss, brier or "
        "sequence_accuracy. Default: rmse for numbers, accuracy for classes.",
    ),
]
Trials = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Trials the study shall have in the end, earlier runs included. Default: 20.",
    ),
]
Time = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="How long this run may take, such as 90s, 10m or 1h30m. Default: no limit.",
    ),
]
TrialTime = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="How long one trial may take, such as 10m; it is then pruned. Default: no limit.",
    ),
]
Patience = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="End the search after N trials without a better one. Default: no end."
    ),
]
Workers = Annotated[
    str | None,
    typer.Option(
        metavar="N|auto",
        help="Processes that fit trials side by side; auto for as many as cores and memory "
        "allow. Default: 1.",
    ),
]
Dask = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Scheduler of a Dask cluster whose workers fit the trials, such as "
        "tcp://host:8786. Default: this machine.",
    ),
]
Memory = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="Memory that a worker may use, such as 4GB. "
        "Default: its share of 80 % of what machine, container or job have.",
    ),
]
Seeds = Annotated[
    int | None, typer.Option(metavar="N", help="Fits per trial, one per random seed. Default: 5.")
]
Seed = Annotated[
    int | None, typer.Option(metavar="N", help="Root of all random numbers. Default: 0.")
]
Name = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="Name of the study. Default: that of the data or study file."
    ),
]
RunHome = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Folder of studies. Default: runs.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress, only the result.")]


def study(
    context: typer.Context,
    source: Source,
    task: Task = None,
    target: Target = None,
    time_column: TimeColumn = None,
    id_column: IdColumn = None,
    covariates: Covariates = None,
    known: Known = None,
    calendar: Calendar = None,
    horizon: Horizon = None,
    metric: Metric = None,
    trials: Trials = None,
    time: Time = None,
    trial_time: TrialTime = None,
    patience: Patience = None,
    workers: Workers = None,
    dask: Dask = None,
    memory: Memory = None,
    seeds: Seeds = None,
    seed: Seed = None,
    name: Name = None,
    home: RunHome = None,
    storage: Storage = None,
    preset: Preset = None,
    assignments: Assignments = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Tune an LSTM on SOURCE, or go on with a study that was begun.

    A study file may also ask for a grid, a sensitivity study or repeats (kind = "grid").

    Everything finished is kept: the same command again goes on where the last one stopped.

    \b
    Examples:
      autolstm study airline
      autolstm study sales.csv --target sold --horizon 7 --time 30m
      autolstm study tuning.toml --trials 50 --set space.architecture.layers=1
    """
    # Only what the user gave, so that a study file decides the rest.
    given = {
        name: value
        for name, value in context.params.items()
        if name in FIELDS and value is not None
    }
    carry_out(source, given, assignments, as_json=as_json, quiet=quiet)


def carry_out(
    source: str,
    given: dict[str, object],
    assignments: list[str] | None,
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run a study of any kind and show what it has found.

    Args:
        source: A data file, a study file, or the name of a bundled data set.
        given: Fields that the user gave as options.
        assignments: ``KEY=VALUE`` texts.
        as_json: Whether one JSON document is all that is printed.
        quiet: Whether progress is left out.
    """
    from autolstm.experiment import read
    from autolstm.written import placed

    experiment = read(source, given, assignments or ())
    # What only the data can tell of a study file is told with its line, too.
    with placed(source, [*given, *(assignments or ())]):
        outcome = _watched(experiment, as_json=as_json, quiet=quiet)
    _present(outcome, experiment, as_json=as_json, quiet=quiet)


def _watched(experiment: Any, *, as_json: bool, quiet: bool) -> Any:
    from autolstm.cli.watching import watching
    from autolstm.workers import run

    with watching(as_json=as_json, quiet=quiet) as watcher:
        return run(experiment, watcher=watcher)


def _present(outcome: Any, experiment: Any, *, as_json: bool, quiet: bool) -> None:
    from autolstm.cli.output import console, emit, say
    from autolstm.cli.summary import next_steps, nothing_added, summary

    if not outcome.added and not (as_json and quiet):
        say(nothing_added(outcome.results, experiment.trials), stderr=as_json)
    if as_json:
        emit(outcome.document())
        return
    here = where(experiment.home or HOME, experiment.storage)
    terminal = console()
    terminal.print()
    model = outcome.model_path if outcome.results.kind == "tune" else None
    terminal.print(summary(outcome.results, report=outcome.report_path, model=model))
    terminal.print()
    say(next_steps(outcome.results, outcome.report_path, here))
