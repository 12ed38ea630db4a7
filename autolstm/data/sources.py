"""Which reader a source with labelled sequences is for; None where it is a series."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from autolstm.data.arrays import from_arrays, read_npz
from autolstm.data.asked import Asked
from autolstm.data.labelled import assemble, check_learnable
from autolstm.data.long import from_long, is_sequences
from autolstm.data.pairs import from_pairs, is_pairs
from autolstm.data.raw import Raw
from autolstm.data.table import Table
from autolstm.data.ucr import find_pair, read_pair
from autolstm.data.wording import describe, form
from autolstm.errors import SettingError
from autolstm.sequences import Sequences

__all__ = ["FILES", "in_table", "known_sequences", "untabled"]

FILES = (".npz", ".ts")
"""Endings of files of sequences that are no tables."""


def untabled(source: object, asked: Asked, *, to_learn: bool = True) -> Sequences | None:
    """Read sequences from what is no table: a pair, a dict, an NPZ file, a UCR or UEA data set.

    Args:
        source: Anything; None is returned for what is neither.
        asked: What the caller said of it.
        to_learn: Whether they shall be learnt from, which takes enough of them.

    Raises:
        DataError: It is one of these and cannot be used as it is.
        SettingError: An option does not fit it.
    """
    raw = origin = None
    if isinstance(source, tuple) and len(source) == 2:
        given = dict(zip(("X", "y"), source, strict=True))
        raw, origin = from_arrays(given, asked, "The pair (X, y)", "data"), "a pair (X, y)"
    elif isinstance(source, Mapping):
        raw, origin = from_arrays(source, asked, "The dict", "data"), "a dict of arrays"
    elif isinstance(source, str | Path):
        raw, origin = _from_path(Path(source).expanduser(), asked), str(source)
    return None if raw is None or origin is None else _finished(raw, asked, origin, to_learn)


def in_table(
    table: Table, asked: Asked, short: str, origin: str, *, to_learn: bool = True
) -> Sequences | None:
    """Read sequences from a table: long, or a text and its answer a row; None for a series.

    Raises:
        DataError: It is one of these and cannot be used as it is.
    """
    if is_sequences(table, asked):
        raw = from_long(table, asked, short)
    elif is_pairs(table, asked):
        raw = from_pairs(table, asked, short)
    else:
        return None
    return _finished(raw, asked, origin, to_learn)


def known_sequences(data: Sequences, asked: Asked) -> Sequences:
    """Return sequences that are loaded already, where all that was asked fits them.

    Raises:
        SettingError: A column is named, or another task asked for.
    """
    asked.refuse_columns(data.name)
    asked.refuse_forecasting(data.name)
    apart = form(data) in ("sequence-to-sequence", "one-to-many")
    fits = {
        "classification": bool(data.classes),
        "regression": not data.classes,
        "sequence-to-sequence": apart,
    }
    if asked.task is not None and not fits[asked.task]:
        raise SettingError(
            f"task = {asked.task!r} does not fit {data.name}: it is {describe(data)}. Accepted is "
            f"{' or '.join(one for one, yes in fits.items() if yes)}. Ask for that, or leave task "
            f"out."
        )
    return data


def _from_path(path: Path, asked: Asked) -> Raw | None:
    try:
        if path.suffix.casefold() == ".npz" and path.is_file():
            return read_npz(path, asked)
        files = find_pair(path)
    except OSError:
        # Whether there is such a file at all is said by the door.
        return None
    return read_pair(files, asked) if files else None


def _finished(raw: Raw, asked: Asked, origin: str, to_learn: bool) -> Sequences:
    data = replace(assemble(raw, asked.task, asked.missing), source=origin)
    if to_learn:
        check_learnable(data, raw.name)
    return replace(data, notes=(f"Read as {describe(data)}.", *data.notes))
