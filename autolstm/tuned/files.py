"""A tuned model as a folder: JSON, NPZ and Keras weights, a checksum for each, no pickle.

model.json            format, versions, task, settings, preparation, seeds, data
network.json          the architecture, for `keras.models.model_from_json`; of layers that are not
                      Keras's own it knows once `autolstm.models` is imported
seed-1.weights.h5     one file a seed, for `keras.Model.load_weights`
history.npz           the last rows of the data, in their own units; of forecasts only
SHA256SUMS            checksums of all these, for ``sha256sum --check SHA256SUMS``
"""

import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from autolstm import private
from autolstm.data.npz import DAMAGE, check_npz
from autolstm.errors import ModelFileError, StorageError
from autolstm.shapes import Shapes
from autolstm.tuned.members import parsed, read_member
from autolstm.tuned.stored import Model, model_from_json, model_to_json

__all__ = ["FORMAT", "contents", "is_model", "load", "save"]

FORMAT = 3
"""Version of the layout; a newer one is refused.

1: autolstm 0.1. 2: the recipe has a ``level``, the model a ``row``, the data a ``fill``. 3: the
recipe says ``each``, the data ``series``; models say their ``task``, forecasting or labelling.
"""

MANIFEST = "model.json"
NETWORK = "network.json"
HISTORY = "history.npz"
SUMS = "SHA256SUMS"
KIND = "autolstm model"


def save(model: Model, folder: Path | str) -> Path:
    """Write a model as a folder, replacing an older one only when the new one is whole.

    Whenever the process is killed, `load` finds the old model or the new one.

    Raises:
        StorageError: The folder cannot be written.
    """
    folder = Path(folder)
    fresh, old = _beside(folder, "new"), _beside(folder, "old")
    try:
        _refuse_others(folder)
        _clear(fresh)
        private.make_folder(fresh)
        _write(model, fresh)
        if folder.exists():
            _clear(old)
            folder.rename(old)
        # Killed here, `folder` is missing and `old` is what `load` finds.
        fresh.rename(folder)
        _sync(folder.parent)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise StorageError(
            f"The model cannot be written to {folder}: {error.strerror or error}. Make room or "
            f"give another --home, and run the same command again."
        ) from None
    return folder


def load(folder: Path | str, custom_objects: Mapping[str, Any] | None = None) -> Model:
    """Read a model folder. TensorFlow is not needed before the first forecast or answer.

    Args:
        folder: The folder, wherever it was moved to.
        custom_objects: Layers of your own by name, where ``build`` made the network.

    Returns:
        A `TunedModel` that forecasts, or a `TunedLabeller` that answers.

    Raises:
        ModelFileError: It is no model, damaged, incomplete, or of a newer autolstm.
    """
    folder = _found(Path(folder))
    files = _checked(folder)
    stored = _manifest(folder, files[MANIFEST])
    try:
        return _read(stored, files, custom_objects or {})
    except (*DAMAGE, OSError, IndexError, MemoryError) as error:
        raise _damaged(folder, f"{MANIFEST} and the files do not fit together ({error})") from None


def is_model(folder: Path | str) -> bool:
    """Whether a folder holds a saved model that is whole."""
    try:
        load(folder)
    except ModelFileError:
        return False
    return True


def contents(folder: Path | str) -> dict[str, bytes]:
    """Return the files of a model by name, each exactly as it was written.

    Raises:
        ModelFileError: It is no model, damaged or incomplete.
    """
    files = _checked(_found(Path(folder)))
    sums = {name: _sum(one) for name, one in files.items()}
    return {**files, SUMS: _sums_text(sums).encode()}


def _beside(folder: Path, what: str) -> Path:
    folder = folder.absolute()
    return folder.parent / f".{folder.name}.{what}"


def _found(folder: Path) -> Path:
    """Return the folder, or the older one that a killed `save` has set aside."""
    old = _beside(folder, "old")
    return old if old.is_dir() and not folder.exists() else folder


def _clear(folder: Path) -> None:
    """Delete what a killed `save` has left; of a link, what it leads to stays."""
    if folder.is_symlink():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)


def _refuse_others(folder: Path) -> None:
    """Never replace, and so delete, what is no model, nor what lies elsewhere."""
    if folder.is_symlink():
        free = False
    elif folder.is_dir():
        names = {one.name for one in folder.iterdir()}
        free = not names or bool(names & {MANIFEST, SUMS})
    else:
        free = not folder.exists()
    if not free:
        raise StorageError(
            f"The model cannot be written to {folder}: there is a link, or something else "
            f"than a model. Move it away or give another folder."
        )


def _write(model: Model, folder: Path) -> None:
    plain, history = model_to_json(model)
    stored = {
        "kind": KIND,
        "format": FORMAT,
        "autolstm": version("autolstm"),
        "keras": version("keras"),
        **plain,
    }
    if history is not None:
        np.savez_compressed(folder / HISTORY, values=history)
    (folder / MANIFEST).write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
    _reserve(folder, 2 * model.networks.nbytes + 2**16 * len(model.seeds))
    (folder / NETWORK).write_text(model.networks.to_json() + "\n", encoding="utf-8")
    for number in range(1, len(model.seeds) + 1):
        model.networks.save_weights(number - 1, folder / _weights_name(number))
    sums = {one.name: _sum(one.read_bytes()) for one in folder.iterdir()}
    (folder / SUMS).write_bytes(_sums_text(sums).encode())
    for one in folder.iterdir():
        private.narrow(one)
        _sync(one)
    _sync(folder)


def _reserve(folder: Path, size: int) -> None:
    """Make sure that weights fit: on a full disk, HDF5 takes the whole process down with it."""
    probe = folder / "room"
    probe.write_bytes(b"\1" * size)
    _sync(probe)
    probe.unlink()


def _sync(path: Path) -> None:
    """Put a file, or the names in a folder, on the disk before anything counts on it."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _sums_text(sums: Mapping[str, str]) -> str:
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))


def _checked(folder: Path) -> dict[str, bytes]:
    """Read all files of a model, each exactly as it was written."""
    for name in (MANIFEST, SUMS):
        if not (folder / name).is_file():
            raise _foreign(folder, f"there is no {name} in it")
    try:
        text = read_member(folder, SUMS).decode(errors="replace")
        sums = {name: sum for sum, name in re.findall(r"^(\w+)  ([\w.-]+)$", text, re.MULTILINE)}
        if _sums_text(sums) != text or MANIFEST not in sums:
            raise _damaged(folder, f"{SUMS} was changed")
        files: dict[str, bytes] = {}
        for name, expected in sums.items():
            if not os.path.lexists(folder / name):
                raise _damaged(folder, f"{name} is missing")
            files[name] = read_member(folder, name, sum(map(len, files.values())))
            if _sum(files[name]) != expected:
                raise _damaged(folder, f"{name} or its checksum was changed")
    except ModelFileError:
        raise
    except ValueError as error:
        raise ModelFileError(
            f"The model in {folder} is not read: {error}. It takes plain files of autolstm in "
            f"that folder. Get it again from somebody you trust."
        ) from None
    except OSError as error:
        raise ModelFileError(
            f"The model in {folder} cannot be read: {error}. Check that you may read its files."
        ) from None
    return files


def _manifest(folder: Path, content: bytes) -> dict[str, Any]:
    """Read the manifest, if it is one that this version understands."""
    try:
        stored: dict[str, Any] = parsed(content)
        known = stored["kind"] == KIND and isinstance(stored["format"], int)
    except (KeyError, TypeError, ValueError):
        known = False
    if not known:
        raise _foreign(folder, f"its {MANIFEST} is not one of autolstm")
    if stored["format"] > FORMAT:
        raise ModelFileError(
            f"The model in {folder} was written by autolstm {stored.get('autolstm')} in a newer "
            f"format ({stored['format']}, this one reads {FORMAT}). Upgrade with pip install "
            f"--upgrade autolstm."
        )
    return stored


def _read(
    stored: Mapping[str, Any], files: Mapping[str, bytes], custom_objects: Mapping[str, Any]
) -> Model:
    values, count = None, len(stored["seeds"])
    if not count:
        raise ValueError("no seeds")
    if HISTORY in files:
        check_npz(packed := io.BytesIO(files[HISTORY]))
        with np.load(packed, allow_pickle=False) as archive:
            values = archive["values"]
    weights = [files[_weights_name(number)] for number in range(1, count + 1)]
    text = files[NETWORK].decode()

    def make(shapes: Shapes) -> Any:
        from autolstm.tuned.network import network_from_json

        return network_from_json(text, custom_objects)(shapes)

    return model_from_json(stored, values, weights, make)


def _weights_name(number: int) -> str:
    return f"seed-{number}.weights.h5"


def _foreign(folder: Path, how: str) -> ModelFileError:
    return ModelFileError(
        f"{folder} is not a saved model, or not a whole one: {how}. Give the folder `model` of a "
        f"finished study, or the name of the study."
    )


def _damaged(folder: Path, how: str) -> ModelFileError:
    return ModelFileError(
        f"The model in {folder} is damaged: {how}. Run the study again to write it anew (its "
        f"trials are kept), or copy it again from where it came."
    )
