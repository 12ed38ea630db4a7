"""Arrays and lists -> `Raw`: a pair (X, y), a dict, an NPZ file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autolstm.data.answers import few
from autolstm.data.asked import Asked
from autolstm.data.npz import DAMAGE, TooLarge, check_npz
from autolstm.data.raw import Raw
from autolstm.data.stack import Stack, joined, one_each, stacked
from autolstm.errors import DataError, counted, guess

__all__ = ["KEYS", "arrays_of", "from_arrays", "key_of", "names_in", "read_npz", "spelled_out"]

WHOLE = ("X", "y")
PARTS = ("X_train", "y_train", "X_test", "y_test")
NAMES = ("groups", "feature_names", "channel_names", "label_names")
KEYS = (*WHOLE, *PARTS, *NAMES)
"""Names of arrays that are read; a small x is as good as a large one."""

ACCEPTED = (
    "Accepted are X and y, or X_train, y_train, X_test and y_test; beside them groups, "
    "feature_names or channel_names, and label_names."
)


def read_npz(path: Path, asked: Asked) -> Raw:
    """Read sequences with answers from an NPZ file.

    Raises:
        DataError: It is none, needs pickle, or its arrays are no sequences with answers.
    """
    return from_arrays(arrays_of(path), asked, path.name, path.stem)


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    """Read the arrays of an NPZ file of numpy, never with pickle.

    Raises:
        DataError: It is none, or needs pickle.
    """
    try:
        # Opened here: numpy leaves a damaged file open.
        with path.open("rb") as file:
            check_npz(file)
            with np.load(file, allow_pickle=False) as held:
                return {name: _unpickled(held, name, path) for name in held.files}
    except TooLarge as error:
        raise DataError(
            f"{path.name} is too large for this computer: {error}. Close other programs, or give "
            f"fewer sequences or columns."
        ) from None
    except OSError as error:
        raise DataError(
            f"{path.name} cannot be read: {error.strerror or error}. Check the file and your "
            f"permission to read it."
        ) from None
    except DAMAGE as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"{path.name} is not a whole NPZ file. It is damaged, cut short or of another kind. "
            f"Write it again, as in numpy.savez({path.name!r}, X=X, y=y)."
        ) from None


def _unpickled(held: Any, name: str, path: Path) -> np.ndarray:
    try:
        array: np.ndarray = held[name]
    except ValueError as error:
        if "pickle" not in str(error):
            raise
        raise DataError(
            f"The array {name!r} of {path.name} is one of Python objects, which takes pickle to "
            f"read, and pickle runs any code that a file holds. Plain arrays of numbers or text "
            f"are accepted. Save ragged sequences as a long table with an id column, or give "
            f"the pair (X, y) in Python."
        ) from None
    return array


def from_arrays(given: Mapping[str, Any], asked: Asked, name: str, short: str) -> Raw:
    """Take sequences and answers over from named arrays.

    Args:
        given: ``X`` and ``y``, or ``X_train``, ``y_train``, ``X_test`` and ``y_test``, which keep
            their official parts; beside them ``groups``, ``feature_names`` (or
            ``channel_names``), ``label_names``.
        asked: Task and unit of text.
        name: What messages call the source.
        short: Name of the data set.

    Raises:
        DataError: An array is missing, unknown in a dict, or has another shape.
        SettingError: A column is named, or forecasting asked for.
    """
    asked.refuse_columns(name)
    asked.refuse_forecasting(name)
    held = {key_of(one): value for one, value in given.items()}
    keys = _needed(held, name)
    inputs = [stacked(held[one], one, words=asked.unit_of_text == "words") for one in keys[::2]]
    answers = _answers(held, keys[1::2], inputs, asked)
    for x, y, first, second in zip(inputs, answers, keys[::2], keys[1::2], strict=True):
        _check_pair(name, first, len(x), second, len(y))
        if asked.task != "sequence-to-sequence" and _is_one_hot(x, y):
            raise DataError(
                f"{second} of {name} seems to be one-hot: a single 1 in each row, 0 elsewhere. "
                f"Labels are accepted, one for each sequence. Give {second}.argmax(axis=1); if "
                f"these are sequences, say task = sequence-to-sequence."
            )
    counts = [len(one) for one in inputs]
    left = [one for one in held if one not in KEYS]
    return Raw(
        name=name,
        short=short,
        inputs=joined(inputs, "X"),
        answers=joined(answers, "y"),
        features=names_in(held, "feature_names") or names_in(held, "channel_names"),
        labels=names_in(held, "label_names"),
        groups=np.array(names_in(held, "groups")) if held.get("groups") is not None else None,
        official=None if len(counts) == 1 else np.repeat([False, True], counts),
        places=_places(keys, counts),
        notes=_notes(left, counts),
    )


def key_of(name: str) -> str:
    """Return the name of an array as `KEYS` has it."""
    return next((one for one in KEYS if one.casefold() == str(name).casefold()), str(name))


def _needed(held: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the keys of sequences and answers, in turn."""
    wanted = PARTS if any(one in held for one in PARTS) and "X" not in held else WHOLE
    missing = [one for one in wanted if held.get(one) is None]
    if missing:
        there = ", ".join(held) or "nothing"
        raise DataError(
            f"{name} has no {missing[0]}; it holds {there}.{guess(missing[0], held)} {ACCEPTED} "
            f"Add {' and '.join(missing)}."
        )
    return wanted


def _answers(
    held: Mapping[str, Any], keys: tuple[str, ...], inputs: list[Stack], asked: Asked
) -> list[Stack]:
    """Stack the answers; texts become sequences in all parts or in none."""
    single = [one_each(held[key], key) for key in keys]
    whole = [one for one in single if one is not None]
    if len(whole) == len(keys) and not all(one.texts[0] for one in whole):
        return whole
    if len(whole) == len(keys):
        texts = np.concatenate([one.columns[0] for one in whole])
        if not spelled_out(texts, inputs[0], asked.task):
            return whole
    words = asked.unit_of_text == "words"
    return [stacked(held[key], key, words=words) for key in keys]


def spelled_out(texts: np.ndarray, inputs: Stack, task: str | None) -> bool:
    """Whether texts as answers are sequences of symbols, not labels.

    They are where the task says so; else where the inputs are symbols as well and the texts are
    not `few` enough to be labels.
    """
    if task is not None:
        return task == "sequence-to-sequence"
    return all(inputs.texts) and not few(len(np.unique(texts)), len(texts))


def _check_pair(name: str, first: str, inputs: int, second: str, answers: int) -> None:
    if inputs != answers:
        raise DataError(
            f"{first} of {name} has {counted(inputs, 'sequence')}, but {second} has "
            f"{counted(answers, 'answer')}. Each sequence needs its own, in the same order. Give "
            f"as many answers as sequences."
        )


def _is_one_hot(inputs: Stack, answers: Stack) -> bool:
    """Whether answers are rows of zeros with a single one, as many as nothing else explains."""
    lengths, column = np.diff(answers.starts), answers.columns[0]
    if len(answers.columns) > 1 or column.dtype.kind not in "if" or lengths.max() < 2:
        return False
    if np.array_equal(inputs.starts, answers.starts) or len(set(lengths.tolist())) > 1:
        return False
    rows = column.reshape(len(answers), -1)
    return bool(np.isin(rows, (0, 1)).all() and (rows.sum(axis=1) == 1).all())


def names_in(held: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return an array of names, such as ``feature_names``; empty where there is none."""
    given = held.get(key)
    return () if given is None else tuple(str(one) for one in np.ravel(np.asarray(given)))


def _places(keys: tuple[str, ...], counts: list[int]) -> tuple[str, ...]:
    """Say where in its own array a sequence of an official part stands."""
    if len(counts) == 1:
        return ()
    return tuple(
        f"sequence {at} of {key}"
        for key, count in zip(keys[::2], counts, strict=True)
        for at in range(count)
    )


def _notes(left: list[str], counts: list[int]) -> tuple[str, ...]:
    notes: tuple[str, ...] = ()
    if len(counts) == 2:
        notes += (f"The official parts are kept: {counts[0]} to train on, {counts[1]} to test.",)
    if left:
        notes += (f"Left out, as they are neither sequences nor answers: {', '.join(left)}.",)
    return notes
