"""What the answers to sequences are: classes or numbers, and which classes."""

import numpy as np

from autolstm.data.raw import Raw
from autolstm.errors import DataError, counted, shown

__all__ = ["MOST_CLASSES", "coded", "few", "in_order"]

MOST_CLASSES = 20
"""Whole numbers with more distinct values than this are numbers, unless the task says else."""


def few(distinct: int, count: int) -> bool:
    """Whether so many distinct answers are few against so many sequences, as labels are."""
    return distinct <= min(MOST_CLASSES, max(2, count // 5))


def in_order(words: np.ndarray) -> tuple[str, ...]:
    """Return distinct words: by number where all are numbers, else by text."""
    distinct = [str(one) for one in np.unique(words)]
    try:
        return tuple(sorted(distinct, key=float))
    except ValueError:
        return tuple(distinct)


def coded(raw: Raw, task: str | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """Read answers as classes or numbers.

    Texts and truth values are classes; whole numbers are where they are `few`; all else are
    numbers. The task overrides it.

    Returns:
        Float64 answers of shape (answers of all, columns), and the classes that they stand for,
        empty for numbers.

    Raises:
        DataError: Texts are to be numbers, several columns are to be classes, or there are more
            classes than names for them.
    """
    columns = raw.answers.columns
    if task != "classification" and not raw.labels and not _are_classes(raw, task):
        _refuse_texts(raw)
        return np.column_stack([one.astype(np.float64) for one in columns]), ()
    if len(columns) > 1:
        raise DataError(
            f"The answers of {raw.name} have {len(columns)} columns, and are to be classes. One "
            f"column of classes is accepted. Choose one of them, turn columns of 0 and 1 into a "
            f"column of labels, or ask for task = regression."
        )
    column = columns[0]
    if raw.labels:
        return _named(raw, column)
    words = _spelled(column)
    classes = in_order(words)
    places = {one: at for at, one in enumerate(classes)}
    codes = np.array([places[str(one)] for one in words], dtype=np.float64)
    return codes[:, None], classes


def _are_classes(raw: Raw, task: str | None) -> bool:
    columns = raw.answers.columns
    if task == "regression":
        return False
    if any(one.dtype.kind in "Ub" for one in columns):
        return True
    distinct = np.unique(columns[0])
    whole = bool((distinct == np.round(distinct)).all())
    return len(columns) == 1 and whole and few(len(distinct), len(raw.inputs))


def _refuse_texts(raw: Raw) -> None:
    for column in raw.answers.columns:
        if column.dtype.kind == "U":
            raise DataError(
                f"An answer of {raw.name} is {shown(str(column[0]))}, which is no number. "
                f"Regression takes numbers. Ask for task = classification, or mend the answers."
            )


def _named(raw: Raw, column: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Give the classes 0, 1, and so on their names; leave out those that do not occur."""
    numeric = column.dtype.kind in "if"
    held = np.unique(column)
    count = len(raw.labels)
    if not numeric or not np.isin(held, np.arange(count)).all():
        odd = held[0] if not numeric else held[~np.isin(held, np.arange(count))][0]
        raise DataError(
            f"{raw.name} names {counted(count, 'label')} ({', '.join(raw.labels)}), but an answer "
            f"is {shown(odd.item())}. With names of labels, answers are whole numbers from 0 to "
            f"{count - 1}. Mend label_names, or leave them out."
        )
    codes = np.searchsorted(held, column).astype(np.float64)
    return codes[:, None], tuple(raw.labels[int(one)] for one in held)


def _spelled(column: np.ndarray) -> np.ndarray:
    """Return labels as they are written in the source."""
    if column.dtype.kind != "f":
        return column.astype(np.str_)
    words = [str(int(one)) if one == int(one) else str(one) for one in column.tolist()]
    return np.array(words, dtype=np.str_)
