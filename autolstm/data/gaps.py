"""Missing values of sequences, filled on request from the sequence itself.

A sequence is whole when its answer is told, so a hole may take what comes after it as well. That
a value was missing often says something by itself; a column that marks where shows it to a
network (Lipton, Kale & Wetzel, 2016, arXiv:1606.04130).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from autolstm.data.missing import mark_of
from autolstm.data.raw import Raw
from autolstm.data.stack import Stack
from autolstm.errors import DataError, counted
from autolstm.sequences import Sequences

__all__ = ["fill_steps", "unfilled"]


def fill_steps(
    raw: Raw, features: tuple[str, ...], how: str, marked: Sequence[str] | None = None
) -> tuple[Raw, tuple[str, ...]]:
    """Fill the holes of every sequence, and mark them where that is asked for.

    Args:
        raw: What a reader found; NaN stands for a missing number.
        features: Names of its columns.
        how: ``"forward"``: with the last value before, else the first one there is.
            ``"interpolate"``: on a straight line to the next value. ``"mask"``: forward, with a
            column for each feature with holes that holds 1 where a value was missing.
        marked: The features that get such a column; None for those with holes.

    Returns:
        The sequences without holes, and the names of the columns that were added.

    Raises:
        DataError: A sequence has no value at all of a feature, or a column has the name of one
            to be added.
    """
    stack = raw.inputs
    holes = {
        name: np.isnan(one)
        for name, one in zip(features, stack.columns, strict=True)
        if one.dtype.kind == "f"
    }
    held = tuple(name for name, one in holes.items() if one.any())
    columns = list(stack.columns)
    for name in held:
        _check_some(raw, name, holes[name])
        place = features.index(name)
        columns[place] = _filled(columns[place], holes[name], stack.starts, how)
    marked = (held if marked is None else tuple(marked)) if how == "mask" else ()
    added = tuple(mark_of(name, features, raw.name) for name in marked)
    none = np.zeros(len(columns[0]), bool)
    columns += [holes.get(name, none).astype(np.float64) for name in marked]
    notes = (_note(held, holes, how),) if held else ()
    return replace(
        raw, inputs=Stack(tuple(columns), stack.starts), notes=(*raw.notes, *notes)
    ), added


def unfilled(data: Sequences) -> Sequences:
    """Return sequences with NaN again where a column marks a hole, and without these columns."""
    if not data.marks:
        return data
    kept = [at for at, name in enumerate(data.features) if name not in data.marks]
    values = data.values.copy()
    for mark in data.marks:
        feature = next(one for one in data.features if mark_of(one) == mark)
        at, told = data.features.index(feature), data.features.index(mark)
        values[values[:, told] > 0, at] = np.nan
    return replace(
        data,
        values=values[:, kept],
        features=tuple(data.features[at] for at in kept),
        symbols=tuple(data.symbols[at] for at in kept),
        marks=(),
    )


def _filled(column: np.ndarray, holes: np.ndarray, starts: np.ndarray, how: str) -> np.ndarray:
    """Fill a column in which every sequence has a value."""
    filled = column.copy()
    touched = np.unique(np.searchsorted(starts, np.flatnonzero(holes), side="right") - 1)
    for start, end in zip(starts[touched].tolist(), starts[touched + 1].tolist(), strict=True):
        mine = holes[start:end]
        known, empty = np.flatnonzero(~mine), np.flatnonzero(mine)
        if how == "interpolate":
            filled[start + empty] = np.interp(empty, known, column[start + known])
        else:
            last = np.maximum(np.searchsorted(known, empty) - 1, 0)
            filled[start + empty] = column[start + known[last]]
    return filled


def _check_some(raw: Raw, name: str, holes: np.ndarray) -> None:
    empty = np.logical_and.reduceat(holes, raw.inputs.starts[:-1])
    if empty.any():
        raise DataError(
            f"The feature {name!r} of {raw.name} has no value at all in "
            f"{raw.where(int(empty.argmax()))} ({counted(int(empty.sum()), 'such sequence')}), so "
            f"that there is nothing to fill it from. Leave these sequences or that feature out."
        )


def _note(held: tuple[str, ...], holes: dict[str, np.ndarray], how: str) -> str:
    said = ", ".join(f"{int(holes[name].sum())} of {name}" for name in held)
    way = {
        "forward": "take the last value before them in their sequence, else the first one there",
        "interpolate": "lie on a straight line between those beside them in their sequence",
        "mask": "take the last value before them in their sequence, and a column marks each",
    }[how]
    return f"Missing values {way}: {said}."
