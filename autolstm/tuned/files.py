"""A tuned model as a folder: JSON, NPZ and Keras weights, a checksum for each, no pickle.

    model.json            format, versions, settings, preparation, seeds, data, checksums
    history.npz           the last rows of the data, in their own units
    seed-1.weights.h5     one network a seed
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from autolstm.dataset import Dataset
from autolstm.errors import ModelFileError, StorageError
from autolstm.prepare import Recipe
from autolstm.settings import Settings
from autolstm.tuned.model import TunedModel

__all__ = ["FORMAT", "load", "save"]

FORMAT = 1
"""Version of the layout; a newer one is refused."""

MANIFEST = "model.json"
HISTORY = "history.npz"


def save(model: TunedModel, folder: Path) -> Path:
    """Write a model as a folder, replacing an older one only when the new one is whole.

    Raises:
        StorageError: The folder cannot be written.
    """
    fresh = folder.with_name(f".{folder.name}.new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        _write(model, fresh)
        old = folder.with_name(f".{folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise StorageError(
            f"The model cannot be written to {folder}: {error.strerror or error}. Make room or "
            f"give another --home, and run the same command again."
        ) from None
    return folder


def load(folder: Path | str) -> TunedModel:
    """Read a model folder. TensorFlow is not needed before the first forecast.

    Args:
        folder: The folder, wherever it was moved to.

    Raises:
        ModelFileError: It is no model, damaged, incomplete, or of a newer autolstm.
    """
    folder = Path(folder)
    stored = _manifest(folder)
    _check_sums(folder, stored["sha256"])
    try:
        return _read(folder, stored)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise _damaged(folder, f"{MANIFEST} and the files do not fit together ({error})") from None


def is_model(folder: Path | str) -> bool:
    """Whether a folder looks like a saved model."""
    return (Path(folder) / MANIFEST).is_file()


def _write(model: TunedModel, folder: Path) -> None:
    np.savez_compressed(folder / HISTORY, values=_tail(model).values)
    for number, weights in enumerate(model.weights, start=1):
        with h5py.File(folder / _weights_name(number), "w") as file:
            for place, values in enumerate(weights):
                file.create_dataset(f"{place:03d}", data=values)
    stored = {
        "format": FORMAT,
        "autolstm": version("autolstm"),
        "keras": version("keras"),
        "study": model.name,
        "settings": model.settings.flat(),
        "recipe": model.recipe.to_json(),
        "seeds": list(model.seeds),
        "time_column": model.time_column,
        "data": _data_json(_tail(model)),
        "sha256": {one.name: _sum(one) for one in sorted(folder.iterdir())},
    }
    text = json.dumps(stored, indent=2)
    # The manifest vouches for the files, and this line for the manifest.
    stamp = hashlib.sha256(text.encode()).hexdigest()
    (folder / MANIFEST).write_text(f"{text}\n// sha256 {stamp}\n", encoding="utf-8")


def _tail(model: TunedModel) -> Dataset:
    """Only the rows that a forecast looks back on go along."""
    history, rows = model.history, model.recipe.reach
    return replace(history, times=history.times[-rows:], values=history.values[-rows:])


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        text, mark, stamp = path.read_text(encoding="utf-8").rpartition("\n// sha256 ")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelFileError(
            f"{folder} is not a saved model: {path.name} cannot be read ({error}). Give the "
            f"folder `model` of a finished study, or the name of the study."
        ) from None
    if not mark or hashlib.sha256(text.encode()).hexdigest() != stamp.strip():
        raise _damaged(folder, f"{MANIFEST} was changed")
    stored: dict[str, Any] = json.loads(text)
    if stored["format"] > FORMAT:
        raise ModelFileError(
            f"The model in {folder} was written by autolstm {stored['autolstm']} in a newer format "
            f"({stored['format']}, this one reads {FORMAT}). Upgrade with pip install --upgrade "
            f"autolstm."
        )
    return stored


def _check_sums(folder: Path, sums: Mapping[str, str]) -> None:
    for name, expected in sums.items():
        path = folder / name
        if not path.is_file():
            raise _damaged(folder, f"{name} is missing")
        if _sum(path) != expected:
            raise _damaged(folder, f"{name} was changed")


def _read(folder: Path, stored: Mapping[str, Any]) -> TunedModel:
    with np.load(folder / HISTORY, allow_pickle=False) as file:
        values = file["values"]
    weights = []
    for number in range(1, len(stored["seeds"]) + 1):
        with h5py.File(folder / _weights_name(number), "r") as file:
            weights.append([file[place][()] for place in sorted(file)])
    return TunedModel(
        name=stored["study"],
        settings=Settings.from_flat(stored["settings"]),
        recipe=Recipe.from_json(stored["recipe"]),
        seeds=tuple(stored["seeds"]),
        weights=weights,
        history=_data_from_json(stored["data"], values),
        time_column=stored["time_column"],
    )


def _data_json(data: Dataset) -> dict[str, Any]:
    dated = isinstance(data.times, pd.DatetimeIndex)
    zone = data.times.tz if isinstance(data.times, pd.DatetimeIndex) else None
    return {
        "name": data.name,
        "columns": list(data.columns),
        "unit": data.unit,
        "season": data.season,
        "source": data.source,
        "first": data.times[0].isoformat() if dated else int(data.times[0]),
        "frequency": data.frequency,
        "zone": None if zone is None else str(zone),
    }


def _data_from_json(stored: Mapping[str, Any], values: np.ndarray) -> Dataset:
    first, rows = stored["first"], len(values)
    if stored["frequency"]:
        start = pd.Timestamp(first)
        if stored["zone"]:
            start = start.tz_convert(stored["zone"])
        times: pd.Index = pd.date_range(start, periods=rows, freq=stored["frequency"])
    else:
        times = pd.RangeIndex(first, first + rows)
    return Dataset(
        name=stored["name"],
        times=times,
        values=values,
        columns=tuple(stored["columns"]),
        unit=stored["unit"],
        season=stored["season"],
        source=stored["source"],
    )


def _weights_name(number: int) -> str:
    return f"seed-{number}.weights.h5"


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _damaged(folder: Path, how: str) -> ModelFileError:
    return ModelFileError(
        f"The model in {folder} is damaged: {how}. Run the study again to write it anew (its "
        f"trials are kept), or copy it again from where it came."
    )
