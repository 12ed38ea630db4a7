"""The command ``predict``: over `TunedModel.predict` and `TunedLabeller.predict`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autolstm.cli import table_files
from autolstm.cli.options import HOME, AsJson, Home, Storage
from autolstm.errors import DataError, SettingError, counted

if TYPE_CHECKING:
    import pandas as pd

    from autolstm.tuned.labelled import TunedLabeller
    from autolstm.tuned.model import TunedModel

__all__ = ["predict"]

MOST_FORECASTS, MOST_ANSWERS = 200, 20
"""Rows of a table on the terminal."""

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="Name of the study, or a model's folder written with a slash."
    ),
]
File = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE",
        help="Data to forecast from, by default those of the study; or sequences to answer.",
    ),
]
Steps = Annotated[
    int | None,
    typer.Option(metavar="ROWS", help="How many rows to forecast. Default: the horizon."),
]
ByStep = Annotated[
    bool,
    typer.Option("--by-step", help="Give answers that are texts step by step, not as one text."),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Write a .csv, .json or .parquet file, over an older one, instead of a table.",
    ),
]


def predict(
    name: Name,
    file: File = None,
    steps: Steps = None,
    by_step: ByStep = False,
    out: Out = None,
    home: Home = HOME,
    storage: Storage = None,
    as_json: AsJson = False,
) -> None:
    """Forecast or answer with a tuned model.

    Values are in the unit of the target.

    The rows after the last known one are forecast. Beyond the horizon, forecasts are fed back. A
    model of sequences answers those of FILE; answers that are in it already are not looked at.

    \b
    Examples:
      autolstm predict airline --steps 12
      autolstm predict airline newer.csv --out forecast.csv
      autolstm predict gunpoint new.npz
      autolstm predict ./runs/airline/model
    """
    from autolstm.tuned.files import load

    if out is not None:
        table_files.check(out, "--out")
    model: Any = load(_model_folder(name, home, storage))
    if model.task == "labelling":
        _answer(model, name, file, steps, out, by_step=by_step, as_json=as_json)
    else:
        _forecast(model, file, steps, out, by_step=by_step, as_json=as_json)


def _forecast(
    model: "TunedModel",
    file: Path | None,
    steps: int | None,
    out: Path | None,
    *,
    by_step: bool,
    as_json: bool,
) -> None:
    from autolstm.cli import tables

    if by_step:
        raise SettingError(
            "--by-step is for answers to sequences, but this model forecasts: its rows are steps "
            "already. Leave it out."
        )
    frame = model.predict(file, steps)
    rows = _rows(frame)
    about = {"target": model.target, "unit": model.unit, "seeds": len(model.seeds)}
    _hand_out(
        frame,
        tables.forecasts(rows[:MOST_FORECASTS], model.target, model.unit),
        {**about, "horizon": model.horizon, "forecasts": rows} if as_json else None,
        out,
        (_seeds(model, frame), MOST_FORECASTS, "forecast"),
    )


def _answer(
    model: "TunedLabeller",
    name: str,
    file: Path | None,
    steps: int | None,
    out: Path | None,
    *,
    by_step: bool,
    as_json: bool,
) -> None:
    from autolstm.cli import tables
    from autolstm.cli.output import say

    if steps is not None:
        raise SettingError(
            f"--steps {steps} is for forecasts, but this model answers sequences: it says how "
            f"many steps an answer has. Leave it out."
        )
    if file is None:
        raise DataError(
            f"Which sequences shall be answered? A model of sequences knows no next one, as one "
            f"of a series does. Name a file with some, as in autolstm predict {name} new.npz."
        )
    # A bundled data set is known by its name, which is no path.
    inputs = model.read(str(file))
    for note in inputs.notes:
        say(note, stderr=True)
    frame = model.predict(inputs, by_step=True if by_step else None)
    rows = _rows(frame)
    about = {"target": model.target, "unit": model.unit, "seeds": len(model.seeds)}
    _hand_out(
        frame,
        tables.answers(rows[:MOST_ANSWERS], model.target, model.unit),
        {**about, "classes": list(model.classes), "answers": rows} if as_json else None,
        out,
        (_seeds(model, frame), MOST_ANSWERS, "answer"),
    )


def _seeds(model: Any, frame: "pd.DataFrame") -> str:
    """Say what the numbers of a table are."""
    seeds = counted(len(model.seeds), "seed")
    if "probability" in frame:
        return (
            f"Probabilities are the mean of {seeds}, that of the least certain step; --by-step "
            f"shows all steps."
        )
    if "answer" in frame:
        return f"Probabilities are the mean of {seeds}; --out FILE has that of every class."
    return (
        f"The mean of {seeds}; low and high are the lowest and highest single seed, not a "
        f"prediction interval."
    )


def _hand_out(
    frame: "pd.DataFrame",
    table: Any,
    document: dict[str, Any] | None,
    out: Path | None,
    words: tuple[str, int, str],
) -> None:
    """Write a file, one JSON document, or else a table and a sentence below it."""
    from autolstm.cli.output import console, emit, say

    sentence, most, noun = words
    if out is not None:
        table_files.write(frame, out, noun)
    if document is not None:
        emit(document)
    elif out is None:
        console().print(table)
        if len(frame) > most:
            say(f"and {len(frame) - most} more: --out FILE writes all of them.")
        say(f"\n{sentence}")


def _model_folder(name: str, home: Path, storage: str | None) -> Path:
    """Find the model: a study's name cannot hold a slash, a folder can be written with one."""
    if "/" in name or "\\" in name:
        return Path(name)
    from autolstm.study.shelf import Shelf

    path: Path = Shelf(home, storage).model_path(name)
    return path


def _rows(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return the rows of a frame as plain values, by column."""
    columns = [[_plain(one) for one in frame[name]] for name in frame]
    return [dict(zip(frame, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    """Say a time as ISO text, without a midnight that means nothing; all else stays as it is."""
    if not hasattr(value, "isoformat"):
        return value.item() if hasattr(value, "item") else value
    text: str = value.isoformat()
    return text.removesuffix("T00:00:00")
