"""A table in long format, one row a step of a sequence -> `Raw`."""

import numpy as np
import pandas as pd

from autolstm.data.asked import Asked
from autolstm.data.cells import cells_of, changes, check_filled, is_numeric, words_of
from autolstm.data.columns import check_column, named_covariates
from autolstm.data.raw import Raw
from autolstm.data.stack import Stack
from autolstm.data.steps import order_of, with_steps
from autolstm.data.table import Table, numbers
from autolstm.errors import DataError, counted

__all__ = ["from_long", "is_sequences"]

TEST_WORDS = {"test": True, "1": True, "true": True, "train": False, "0": False, "false": False}


def is_sequences(table: Table, asked: Asked) -> bool:
    """Whether a long table holds sequences with answers, not several series to forecast.

    It does where the task says so, where the answer is the same in all rows of an id, and where
    it is text. An answer of numbers that change within an id is a series to forecast, and so is
    what has covariates that are known ahead, a calendar or static numbers. Without an
    id column, or without a target, only the task can tell.
    """
    if asked.id_column is not None:
        check_column(asked.id_column, table.columns, table)
    if asked.task is not None or asked.id_column is None or asked.target is None:
        return asked.labelled and asked.id_column is not None
    if asked.of_series:
        return False
    if asked.target == "all" and "all" not in table.columns:
        return False
    ids = words_of(table, asked.id_column)
    return all(
        not changes(words_of(table, one), ids) or not is_numeric(table, one, *numbers(table, one))
        for one in _targets(table, asked)
    )


def from_long(table: Table, asked: Asked, short: str) -> Raw:
    """Take sequences over from a long table.

    Args:
        table: A row a step.
        asked: ``id_column`` and ``target`` are needed. ``time_column`` orders the steps of a
            sequence; without one, a column with the name of one does, else the order of rows.
            ``covariates`` are the features, all other
            columns where nobody named any.
        short: Name of the data set.

    Raises:
        DataError: A column is missing, an answer, group or part is not clear, or two rows are the
            same step.
    """
    assert asked.id_column is not None
    check_column(asked.id_column, table.columns, table)
    ids = words_of(table, asked.id_column)
    check_filled(table, asked.id_column, ids == "", "no id")
    targets = _targets(table, asked)
    asked = with_steps(table, asked, ids, targets)
    features = _features(table, asked)
    order, starts = order_of(table, ids, asked)
    table, ids = table.take(order), ids[order]
    names = [str(one) for one in ids[starts[:-1]]]
    answers = [cells_of(table, one) for one in targets]
    single = not any(changes(words_of(table, one), ids) for one in targets)
    if single:
        answers = [_one_each(table, one, ids, starts) for one in targets]
    official = None
    if asked.test_column is not None:
        official = _official(table, asked.test_column, ids, starts)
    return Raw(
        name=table.name,
        short=short,
        inputs=Stack(tuple(cells_of(table, one) for one in features), starts),
        answers=Stack(tuple(answers), np.arange(len(names) + 1) if single else starts),
        features=features,
        targets=targets,
        groups=None
        if asked.group_column is None
        else _labels(table, asked.group_column, ids, starts),
        official=official,
        places=tuple(f"the sequence {one!r}" for one in names),
        notes=(
            f"The features are: {', '.join(features)}. The steps are in the order of "
            f"{asked.time_column or 'the rows'}.",
        ),
    )


def _targets(table: Table, asked: Asked) -> tuple[str, ...]:
    if asked.target is None:
        raise DataError(
            f"Which column of {table.name} is the answer? Its columns are: "
            f"{', '.join(table.columns)}. Name it: --target COLUMN, or target=... in Python."
        )
    given = asked.target
    if isinstance(given, str) and given not in table.columns:
        given = [one.strip() for one in given.split(",") if one.strip()]
    names = (given,) if isinstance(given, str) else tuple(dict.fromkeys(given))
    for one in names:
        check_column(one, table.columns, table)
    return names


def _features(table: Table, asked: Asked) -> tuple[str, ...]:
    """Return the columns that the network sees; check those with a purpose of their own."""
    targets = _targets(table, asked)
    own = (asked.id_column, asked.time_column, asked.group_column, asked.test_column)
    for one in own:
        if one is not None:
            check_column(one, table.columns, table)
    taken = {*targets, *own, table.index}
    free = tuple(one for one in table.columns if one not in taken)
    if asked.covariates is not None and asked.covariates != "all":
        free = named_covariates(asked.covariates, targets[0], table.columns, table)
        twice = [one for one in free if one in taken]
        if twice:
            raise DataError(
                f"{twice[0]!r} of {table.name} is asked for as a feature, but it is the answer, "
                f"id, step, group or part already. Leave it out of the covariates."
            )
    if not free:
        raise DataError(
            f"{table.name} has no column left that a network could see. Beside the id and the "
            f"answer it needs at least one. Its columns are: {', '.join(table.columns)}. Add a "
            f"column of values, or name one as covariate."
        )
    return free


def _first_said(words: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return by sequence the first row that says something, or its first row."""
    rows = [first + int((words[first:end] != "").argmax()) for first, end in _spans(starts)]
    return np.array(rows, dtype=np.int64)


def _spans(starts: np.ndarray) -> list[tuple[int, int]]:
    return list(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True))


def _one_each(table: Table, column: str, ids: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the answer of every sequence."""
    words = words_of(table, column)
    rows = _first_said(words, starts)
    missing = [str(one) for one in ids[rows[words[rows] == ""]]]
    if missing:
        raise DataError(
            f"{table.name} has no answer in {column!r} for {counted(len(missing), 'id')}: "
            f"{', '.join(missing[:5])}{', ...' * (len(missing) > 5)}. Every sequence needs one, "
            f"in one row of it at least. Add them, or leave these ids out."
        )
    answers: np.ndarray = cells_of(table, column)[rows]
    return answers


def _labels(table: Table, column: str, ids: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return what a column says of every sequence, the same in all its rows."""
    words = words_of(table, column)
    check_filled(table, column, words == "", "no value")
    if changes(words, ids):
        change = pd.Series(words).groupby(ids).nunique()
        one = change.index[change > 1][0]
        held = ", ".join(np.unique(words[ids == one]))
        raise DataError(
            f"{column!r} of {table.name} changes within the sequence {one!r} ({held}). A group or "
            f"part is the same in all rows of a sequence. Mend it, or name another column."
        )
    said: np.ndarray = words[starts[:-1]]
    return said


def _official(table: Table, column: str, ids: np.ndarray, starts: np.ndarray) -> np.ndarray:
    words = np.array([one.removesuffix(".0") for one in _labels(table, column, ids, starts)])
    odd = [str(one) for one in words if one.casefold() not in TEST_WORDS]
    if odd:
        raise DataError(
            f"{column!r} of {table.name} holds {odd[0]!r}, which names no part. Accepted are "
            f"train and test, 0 and 1, or false and true; test, 1 and true are the test part. "
            f"Mend the column, or name another one."
        )
    return np.array([TEST_WORDS[one.casefold()] for one in words])
