"""The commands ``grid``, ``sensitivity`` and ``repeats``: shorthands for studies of one knob."""

from typing import Annotated

import typer

from autolstm.cli.options import AsJson, Storage
from autolstm.cli.study import (
    Assignments,
    Dask,
    Horizon,
    Memory,
    Metric,
    Name,
    Quiet,
    RunHome,
    Seed,
    Seeds,
    Source,
    Target,
    Time,
    TrialTime,
    Workers,
    carry_out,
)

__all__ = ["FIELDS", "grid", "repeats", "sensitivity"]

FIELDS = (
    *(
        "target",
        "horizon",
        "metric",
        "time",
        "trial_time",
        "workers",
        "dask",
        "memory",
        "seeds",
        "seed",
        "name",
        "home",
        "storage",
    ),
    *("base", "measure_on", "precision"),
)
"""Options that are fields of an `Experiment`, under the same names."""

Values = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="SETTING=A,B,C",
        help="A setting and the values to try; may be given repeatedly.",
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="SETTING[=A,B,C]",
        help="A setting to move over its range, or over these values; may be given repeatedly. "
        "Default: all that a search would try.",
    ),
]
Base = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="NAME",
        help="Finished study of the same question whose winner is the base. "
        "Default: the default settings.",
    ),
]
MeasureOn = Annotated[
    str | None,
    typer.Option(
        "--measure-on",
        metavar="PART",
        help="validation, or test: learn from all rows before the test part, for all epochs, "
        "without early stopping. Default: validation.",
    ),
]
Precision = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        help="Half of the 95 % interval that is aimed at, as a share of the mean. Default: 0.05.",
    ),
]
Repeats = Annotated[
    int | None, typer.Option(metavar="N", help="Fits, one per random seed. Default: 30.")
]


def grid(
    context: typer.Context,
    source: Source,
    vary: Values = None,
    target: Target = None,
    horizon: Horizon = None,
    metric: Metric = None,
    time: Time = None,
    trial_time: TrialTime = None,
    workers: Workers = None,
    dask: Dask = None,
    memory: Memory = None,
    seeds: Seeds = None,
    seed: Seed = None,
    base: Base = None,
    measure_on: MeasureOn = None,
    name: Name = None,
    home: RunHome = None,
    storage: Storage = None,
    assignments: Assignments = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Fit every combination of values, and compare them.

    A table and a box plot of the scores over the seeds, and a paired comparison of all cells,
    which says what cannot be told apart and how many seeds would be needed.
    All other settings stay at their default; --set space.SETTING=VALUE fixes them.

    \b
    Example:
      autolstm grid five_point --vary architecture.units=1,5,10 --seeds 5
    """
    _run("grid", context, source, vary, assignments, as_json=as_json, quiet=quiet)


def sensitivity(
    context: typer.Context,
    source: Source,
    vary: Settings = None,
    target: Target = None,
    horizon: Horizon = None,
    metric: Metric = None,
    time: Time = None,
    trial_time: TrialTime = None,
    workers: Workers = None,
    dask: Dask = None,
    memory: Memory = None,
    seeds: Seeds = None,
    seed: Seed = None,
    base: Base = None,
    measure_on: MeasureOn = None,
    name: Name = None,
    home: RunHome = None,
    storage: Storage = None,
    assignments: Assignments = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Move one setting at a time, and rank the settings.

    A picture for each setting, and a ranking that says which changes are more than noise.

    \b
    Examples:
      autolstm sensitivity airline
      autolstm sensitivity airline --from airline --vary training.learning_rate
    """
    _run("sensitivity", context, source, vary, assignments, as_json=as_json, quiet=quiet)


def repeats(
    context: typer.Context,
    source: Source,
    precision: Precision = None,
    target: Target = None,
    horizon: Horizon = None,
    metric: Metric = None,
    time: Time = None,
    trial_time: TrialTime = None,
    workers: Workers = None,
    dask: Dask = None,
    memory: Memory = None,
    seeds: Repeats = None,
    seed: Seed = None,
    base: Base = None,
    measure_on: MeasureOn = None,
    name: Name = None,
    home: RunHome = None,
    storage: Storage = None,
    assignments: Assignments = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Fit one configuration with many seeds, and judge its mean.

    The standard error of the mean against the number of seeds, as a table and pictures, and how
    many seeds are needed.

    \b
    Example:
      autolstm repeats airline --seeds 30 --set space.training.epochs=30
    """
    _run("repeats", context, source, None, assignments, as_json=as_json, quiet=quiet)


def _run(
    kind: str,
    context: typer.Context,
    source: str,
    vary: list[str] | None,
    assignments: list[str] | None,
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    from autolstm.written import varied_texts

    given = {
        name: value
        for name, value in context.params.items()
        if name in FIELDS and value is not None
    }
    varied = {"vary": varied_texts(vary)} if vary else {}
    carry_out(source, {"kind": kind, **given, **varied}, assignments, as_json=as_json, quiet=quiet)
