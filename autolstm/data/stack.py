"""Whole or ragged arrays, texts and lists of symbols -> `Stack`: all steps in one place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from autolstm.errors import DataError, shown

__all__ = ["Stack", "joined", "one_each", "stacked"]

FORMS = (
    "Accepted are an array of shape (sequences, steps) or (sequences, steps, features), or a list "
    "with an array, a text or a list of symbols for each sequence."
)


@dataclass(frozen=True, eq=False, slots=True)
class Stack:
    """Sequences one behind the other, column by column.

    Attributes:
        columns: One array of shape (steps of all,) a column: float64, int64, bool, or text, where
            an empty text stands for a missing one.
        starts: Where each sequence begins, and the end, shape (n + 1,).
    """

    columns: tuple[np.ndarray, ...]
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def texts(self) -> tuple[bool, ...]:
        """Which columns hold symbols, by column."""
        return tuple(one.dtype.kind == "U" for one in self.columns)

    def at(self, row: int) -> tuple[int, int]:
        """Return the sequence and the step in it, from 0, of a row of the columns."""
        sequence = int(np.searchsorted(self.starts, row, side="right")) - 1
        return sequence, row - int(self.starts[sequence])


def stacked(given: Any, what: str, *, words: bool = False) -> Stack:
    """Stack sequences of one or more steps.

    Args:
        given: An array of shape (n, steps) or (n, steps, features), or n arrays of shape
            (steps_i,) or (steps_i, features), texts or lists of symbols.
        what: What messages call it, such as ``"X"``.
        words: Whether a text is split at blanks; its symbols are its characters otherwise.

    Raises:
        DataError: It has another shape, a sequence without a step, or cells that are neither
            numbers nor symbols.
    """
    given = _plain(given, what)
    if isinstance(given, np.ndarray) and given.dtype.kind != "O" and given.ndim > 1:
        return _whole(given, what)
    return _ragged(list(given), what, words)


def one_each(given: Any, what: str) -> Stack | None:
    """Stack single answers, n numbers or texts; None where they are sequences themselves.

    Raises:
        DataError: They are neither numbers nor texts.
    """
    given = _plain(given, what)
    # A list is a sequence whatever is in it; numpy could not say of a nested, ragged one.
    if any(np.ndim(one) if isinstance(one, np.ndarray) else _is_row(one) for one in given):
        return None
    cells = given if isinstance(given, np.ndarray) else _objects(given)
    return Stack((_column(cells, what),), np.arange(len(cells) + 1))


def joined(parts: Sequence[Stack], what: str) -> Stack:
    """Put the sequences of a test part behind those of a training part; one alone stays as it is.

    Raises:
        DataError: They have other columns.
    """
    first, second = parts[0], parts[-1]
    if first is second:
        return first
    if first.texts != second.texts:
        raise DataError(
            f"The training part has {_said(first)} in {what}, the test part {_said(second)}. "
            f"Both parts need the same columns. Make them alike."
        )
    columns = zip(first.columns, second.columns, strict=True)
    return Stack(
        tuple(np.concatenate(pair) for pair in columns),
        np.concatenate([first.starts, first.starts[-1] + second.starts[1:]]),
    )


def _said(stack: Stack) -> str:
    count = len(stack.columns)
    kind = "symbols" if all(stack.texts) else "numbers" if not any(stack.texts) else "both kinds"
    return f"{count} column{'s' * (count != 1)} of {kind}"


def _plain(given: Any, what: str) -> Any:
    """Take a pandas object for its array, and refuse what holds nothing in a row."""
    if isinstance(given, pd.DataFrame | pd.Series):
        given = given.to_numpy()
    if (isinstance(given, np.ndarray) and given.ndim == 0) or not _is_row(given):
        raise DataError(f"{what} is a {type(given).__name__}. {FORMS} Give one of these.")
    if not len(given):
        raise DataError(f"{what} holds no sequences. {FORMS} Check what it was made from.")
    return given


def _is_row(given: Any) -> bool:
    return isinstance(given, np.ndarray | list | tuple)


def _whole(given: np.ndarray, what: str) -> Stack:
    if given.ndim > 3 or 0 in given.shape[2:]:
        raise DataError(
            f"{what} has the shape {given.shape}. {FORMS} Reshape it, as in X.reshape(len(X), "
            f"steps, features)."
        )
    count, steps = given.shape[:2]
    _check_steps([steps], what)
    flat = given.reshape(count * steps, -1)
    columns = tuple(_column(flat[:, at], what) for at in range(flat.shape[1]))
    return Stack(columns, np.arange(count + 1) * steps)


def _ragged(given: list[Any], what: str, words: bool) -> Stack:
    parts = [_steps(one, at, what, words) for at, one in enumerate(given)]
    _check_steps([len(one) for one in parts], what)
    widths = [one.shape[1] for one in parts]
    for at, width in enumerate(widths):
        if width != widths[0] or not width:
            raise DataError(
                f"Sequence {at} of {what} has {width} features, sequence 0 has {widths[0]}. All "
                f"need the same, at least one. Mend or leave out that sequence."
            )
    flat = np.concatenate(parts)
    columns = tuple(_column(flat[:, at], what) for at in range(flat.shape[1]))
    return Stack(columns, np.concatenate([[0], np.cumsum([len(one) for one in parts])]))


def _steps(one: Any, at: int, what: str, words: bool) -> np.ndarray:
    """Return one sequence with the shape (steps, features)."""
    if isinstance(one, str):
        one = one.split() if words else list(one)
    try:
        array = one if isinstance(one, np.ndarray) else np.array(one, dtype=object)
    except ValueError:
        array = np.array(None)
    if array.ndim not in (1, 2):
        raise DataError(
            f"Sequence {at} of {what} is {shown(one)}. {FORMS} A sequence of one step is a list "
            f"of one value, as in X.reshape(-1, 1)."
        )
    return array[:, None] if array.ndim == 1 else array


def _check_steps(lengths: list[int], what: str) -> None:
    if 0 in lengths:
        raise DataError(
            f"Sequence {lengths.index(0)} of {what} is empty: it has no step. Every sequence "
            f"needs at least one. Leave it and its answer out."
        )


def _objects(given: Iterable[Any]) -> np.ndarray:
    held = list(given)
    array = np.empty(len(held), dtype=object)
    array[:] = held
    return array


def _column(cells: np.ndarray, what: str) -> np.ndarray:
    """Return cells of shape (rows,) as float64, int64, bool or text."""
    kind = cells.dtype.kind
    if kind == "O":
        return _sorted_out(cells, what)
    if kind == "f" or (kind == "u" and cells.size and cells.max() > np.iinfo(np.int64).max):
        return cells.astype(np.float64)
    if kind in "iu":
        return cells.astype(np.int64)
    if kind in "bU":
        return cells
    if kind == "T":
        return cells.astype(np.str_)
    raise DataError(
        f"{what} holds {shown(cells[0])} of the type {cells.dtype}. Numbers, or texts as symbols, "
        f"are accepted. Turn it into one of these."
    )


def _sorted_out(cells: np.ndarray, what: str) -> np.ndarray:
    """Find out what objects are: all texts, all truth values or all numbers; missing allowed."""
    missing = np.array([_is_missing(one) for one in cells], dtype=bool)
    held = cells[~missing]
    if all(isinstance(one, str) for one in held) and len(held):
        return np.where(missing, "", cells).astype(np.str_)
    if all(isinstance(one, bool | np.bool_) for one in held) and not missing.any():
        return cells.astype(bool)
    numbers = (int, float, np.integer, np.floating, bool, np.bool_)
    odd = next((one for one in held if not isinstance(one, numbers)), None)
    if odd is not None:
        mixed = " beside other kinds" if isinstance(odd, str) else ""
        raise DataError(
            f"{what} holds {shown(odd)}{mixed}. The steps of a sequence are all numbers, or all "
            f"texts as symbols, one for each feature. Mend that cell, or make all of them texts."
        )
    real = missing.any() or any(isinstance(one, float | np.floating) for one in held)
    try:
        typed: np.ndarray = np.where(missing, np.nan if real else 0, cells).astype(
            np.float64 if real else np.int64
        )
    except OverflowError:
        raise DataError(
            f"{what} holds a whole number that is too large for 64 bits. Give such numbers as "
            f"floats, or in a larger unit."
        ) from None
    return typed


def _is_missing(one: object) -> bool:
    # Only a missing number differs from itself; an array could not be asked.
    nan = isinstance(one, float | np.floating) and one != one
    return nan or one is None or one is pd.NA or one is pd.NaT
