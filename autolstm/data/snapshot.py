"""A data set as bytes and back: what a study has learnt from, to be kept beside it.

The bytes are an NPZ archive that ``numpy.load`` reads anywhere, without pickle: an array for each
field that is one, and ``about``, which is the rest as JSON in UTF-8. The same data give the same
bytes, so that they can be named by their checksum. Whoever reads them trusts nothing: sizes and
kinds are checked before anything is made of them.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from autolstm.data.npz import DAMAGE, TooLarge, check_npz
from autolstm.dataset import Dataset
from autolstm.errors import DataError
from autolstm.sequences import Sequences

__all__ = ["MOST_BYTES", "pack", "size", "unpack"]

MOST_BYTES = 2**30
"""Numbers (1 GiB) beyond which data are not kept: a study of them names its source instead."""

KIND, FORMAT = "autolstm data", 1
KINDS: dict[str, type[Dataset] | type[Sequences]] = {"series": Dataset, "sequences": Sequences}
ABOUT, TIMES = "about", "times"
LONGEST_ABOUT = 2**28
LEVEL = 1
"""Of compression: a tenth of the time of the usual one, and nearly as small for numbers."""


def size(data: Dataset | Sequences) -> int:
    """Return about how many bytes a data set takes in memory."""
    held = [getattr(data, one.name) for one in fields(data)]
    arrays = [one.nbytes for one in held if isinstance(one, np.ndarray)]
    return sum(arrays) + 8 * (len(data) if isinstance(data, Dataset) else 0)


def pack(data: Dataset | Sequences) -> bytes:
    """Write a data set; `unpack` gives an equal one.

    Raises:
        DataError: Its times are of a kind that cannot be read back.
    """
    plain: dict[str, Any] = {}
    arrays: dict[str, np.ndarray] = {}
    about = {"kind": KIND, "format": FORMAT, "fields": plain}
    about["holds"] = next(name for name, one in KINDS.items() if isinstance(data, one))
    for field in fields(data):
        value = getattr(data, field.name)
        if isinstance(value, np.ndarray):
            arrays[field.name] = value
        elif isinstance(value, pd.Index):
            about[TIMES], arrays[TIMES] = _times_apart(value, data.name)
        else:
            plain[field.name] = value
    text = json.dumps(about, sort_keys=True, default=_python).encode()
    arrays[ABOUT] = np.frombuffer(text, np.uint8)
    return _npz(arrays)


def unpack(content: bytes) -> Dataset | Sequences:
    """Read what `pack` wrote.

    Raises:
        DataError: It is damaged, something else, of a newer autolstm, or too large: for what is
            kept, or for the memory that is free.
    """
    try:
        arrays = _arrays(content)
        about = json.loads(arrays.pop(ABOUT, np.zeros(0, np.uint8)).tobytes())
        if about["kind"] != KIND:
            raise ValueError(f"they are {about['kind']!r}")
        if about["format"] > FORMAT:
            raise DataError(
                f"The kept data were written in a newer format ({about['format']}, this autolstm "
                f"reads {FORMAT}). Upgrade with `pip install --upgrade autolstm`."
            )
        return _made(about, arrays)
    except TooLarge as error:
        raise DataError(
            f"The kept data are too large for this computer: {error}. Close other programs, or "
            f"work on the study on a computer with more memory."
        ) from None
    except (*DAMAGE, OSError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"The kept data cannot be read: {str(error) or type(error).__name__}. They are "
            f"damaged, or were not written by autolstm. Take them from a backup, or name the "
            f"source of the study again."
        ) from None


def _made(about: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> Dataset | Sequences:
    kind = KINDS[about["holds"]]
    known = {one.name for one in fields(kind)}
    given: dict[str, Any] = {name: _tuples(one) for name, one in about["fields"].items()}
    if TIMES in about:
        given[TIMES] = _times_joined(about[TIMES], arrays.pop(TIMES))
    unknown = {*given, *arrays} - known
    if unknown:
        raise ValueError(f"there is no {min(unknown)!r} in {about['holds']}")
    return kind(**given | arrays)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _python(value: object) -> Any:
    """Return a number of numpy's as Python's own, for JSON."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be kept")


# Times ------------------------------------------------------------------------------------------


def _times_apart(times: pd.Index, name: str) -> tuple[dict[str, Any], np.ndarray]:
    """Return what is to be known of times, and their numbers."""
    said: dict[str, Any] = {"name": times.name}
    if isinstance(times, pd.RangeIndex):
        return said | {"kind": "range"}, np.array([times.start, times.stop, times.step])
    if isinstance(times, pd.DatetimeIndex):
        said |= {"kind": "datetime", "unit": times.unit, "freq": times.freqstr}
        said["zone"] = None if times.tz is None else str(times.tz)
        numbers = np.asarray(times.asi8, np.int64)
    else:
        said["kind"], numbers = "numbers", np.asarray(times)
    try:
        again: pd.Index | None = _times_joined(said, numbers)
    except (TypeError, ValueError):
        again = None
    if again is None or not again.equals(times) or again.dtype != times.dtype:
        raise DataError(
            f"The times of {name} are {type(times).__name__} of {times.dtype}, which cannot be "
            f"kept beside a study. It takes a DatetimeIndex with a plain frequency, or a "
            f"RangeIndex. Load the data with `autolstm.load`, or make one of these of them."
        )
    return said, numbers


def _times_joined(said: Mapping[str, Any], numbers: np.ndarray) -> pd.Index:
    if said["kind"] == "range":
        start, stop, step = map(int, numbers)
        return pd.RangeIndex(start, stop, step, name=said["name"])
    if said["kind"] == "numbers":
        if numbers.dtype.kind not in "iu":
            raise ValueError(f"times are {numbers.dtype}")
        return pd.Index(numbers, name=said["name"])
    if said["unit"] not in ("s", "ms", "us", "ns"):
        raise ValueError(f"times count {said['unit']!r}")
    times = pd.DatetimeIndex(numbers.astype(np.int64).view(f"M8[{said['unit']}]"))
    if said["zone"]:
        times = times.tz_localize("UTC").tz_convert(said["zone"])
    return pd.DatetimeIndex(times, freq=said["freq"], name=said["name"])


# The archive ------------------------------------------------------------------------------------


def _npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in sorted(arrays):
            written = io.BytesIO()
            np.lib.format.write_array(written, np.ascontiguousarray(arrays[name]))
            # Without a time of its own, the same data give the same bytes.
            member = zipfile.ZipInfo(f"{name}.npy")
            archive.writestr(member, written.getbuffer(), zipfile.ZIP_DEFLATED, LEVEL)
    return held.getvalue()


def _arrays(content: bytes) -> dict[str, np.ndarray]:
    """Read all arrays; nothing is made that is larger than what is said and allowed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        names = [one.filename.removesuffix(".npy") for one in members]
        if len(set(names)) < len(names) or len(names) > len(fields(Dataset)) + 2:
            raise ValueError(f"{len(names)} arrays, some of them twice or too many")
        total = sum(one.file_size for one in members)
        if total > MOST_BYTES + LONGEST_ABOUT:
            raise ValueError(f"{total} bytes, more than the {MOST_BYTES} that are kept")
        check_npz(io.BytesIO(content))
        return {name: _array(archive, one) for name, one in zip(names, members, strict=True)}


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(member) as file:
        held = file.read(member.file_size + 1)
    stream = io.BytesIO(held)
    version = np.lib.format.read_magic(stream)
    read = {(1, 0): np.lib.format.read_array_header_1_0}.get(
        version, np.lib.format.read_array_header_2_0
    )
    shape, in_columns, kind = read(stream)
    if kind.hasobject or kind.kind not in "biufU":
        raise ValueError(f"{member.filename} holds {kind}, which is no number and no text")
    # Sizes that do not fit what is there are refused by numpy; nothing is made for them before.
    flat = np.frombuffer(held, kind, offset=stream.tell())
    return flat.reshape(shape, order="F" if in_columns else "C").copy()
