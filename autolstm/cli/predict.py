"""The command ``predict``: over `autolstm.tuned.TunedModel.predict`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autolstm.cli.options import HOME, AsJson, Home, Storage
from autolstm.errors import SettingError, counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["predict"]

FORMATS = (".csv", ".json", ".parquet")

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="Name of the study, or a model's folder written with a slash."
    ),
]
File = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="Data to forecast from. Default: the data of the study."),
]
Steps = Annotated[
    int | None,
    typer.Option(metavar="ROWS", help="How many rows to forecast. Default: the horizon."),
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
    out: Out = None,
    home: Home = HOME,
    storage: Storage = None,
    as_json: AsJson = False,
) -> None:
    """Forecast with a tuned model, in the unit of the target.

    The rows after the last known one are forecast. Beyond the horizon, forecasts are fed back.

    \b
    Examples:
      autolstm predict airline --steps 12
      autolstm predict airline newer.csv --out forecast.csv
      autolstm predict ./runs/airline/model
    """
    from autolstm.tuned.files import load

    if out is not None:
        _check(out)
    model = load(_model_folder(name, home, storage))
    frame = model.predict(file, steps)
    if out is not None:
        _write(frame, out)
    _present(frame, model, out, as_json=as_json)


def _model_folder(name: str, home: Path, storage: str | None) -> Path:
    """Find the model: a study's name cannot hold a slash, a folder can be written with one."""
    if "/" in name or "\\" in name:
        return Path(name)
    from autolstm.study.shelf import Shelf

    path: Path = Shelf(home, storage).model_path(name)
    return path


def _check(out: Path) -> None:
    """Refuse what cannot be written before minutes are spent on a forecast."""
    if out.suffix.lower() not in FORMATS:
        raise SettingError(
            f"--out {out} is of no known format. It takes a name that ends in "
            f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}."
        )
    if out.is_dir():
        raise SettingError(f"--out {out} is a folder. Give the name of a file.")
    if not out.parent.is_dir():
        raise SettingError(f"The folder of --out {out} does not exist. Make {out.parent} first.")


def _write(frame: "pd.DataFrame", out: Path) -> None:
    from autolstm.cli.output import say

    replaced = ", over the older file" if out.exists() else ""
    match out.suffix.lower():
        case ".csv":
            frame.to_csv(out, index=False)
        case ".json":
            frame.to_json(out, orient="records", date_format="iso", indent=2)
        case _:
            frame.to_parquet(out, index=False)
    say(f"{counted(len(frame), 'forecast')} written to {out}{replaced}", stderr=True)


def _present(frame: "pd.DataFrame", model: Any, out: Path | None, *, as_json: bool) -> None:
    from autolstm.cli import tables
    from autolstm.cli.output import console, emit, say

    columns = ("time", "forecast", "low", "high")
    values = zip(*(frame[name] for name in columns), strict=True)
    rows = [{**dict(zip(columns, row, strict=True)), "time": _time(row[0])} for row in values]
    seeds = len(model.seeds) if isinstance(model.seeds, tuple) else model.seeds
    if as_json:
        about = {"target": model.target, "unit": model.unit, "seeds": seeds}
        emit({**about, "horizon": model.horizon, "forecasts": rows})
    elif out is None:
        console().print(tables.forecasts(rows, model.target, model.unit))
        say(
            f"\nThe mean of {counted(seeds, 'seed')}; low and high are the lowest and highest "
            f"single seed, not a prediction interval."
        )


def _time(value: Any) -> Any:
    """Say a time as ISO text, without a midnight that means nothing; a step stays a number."""
    if not hasattr(value, "isoformat"):
        return int(value)
    text: str = value.isoformat()
    return text.removesuffix("T00:00:00")
