"""A table in long format, one row a step of a sequence -> `Raw`."""

import re

import numpy as np
import pandas as pd

from autolstm.data.asked import Asked
from autolstm.data.columns import check_column, mostly_numbers, named_covariates
from autolstm.data.raw import Raw
from autolstm.data.stack import Stack
from autolstm.data.table import Table, numbers
from autolstm.data.times import read_times
from autolstm.errors import DataError, counted, shown

__all__ = ["cell_texts", "from_long", "is_sequences"]

TEST_WORDS = {"test": True, "1": True, "true": True, "train": False, "0": False, "false": False}


def is_sequences(table: Table, asked: Asked) -> bool:
    """Whether a long table holds sequences with answers, not several series to forecast.

    It does where the task says so, where the answer is the same in all rows of an id, and where
    it is text. An answer of numbers that change within an id is a series to forecast. Without an
    id column, or without a target, only the task can tell.
    """
    if asked.id_column is not None:
        check_column(asked.id_column, table.columns, table)
    if asked.task is not None or asked.id_column is None or asked.target is None:
        return asked.labelled and asked.id_column is not None
    if asked.target == "all" and "all" not in table.columns:
        return False
    ids = cell_texts(table, asked.id_column)
    return all(
        not _is_numeric(table, one) or not _changes(cell_texts(table, one), ids)
        for one in _targets(table, asked)
    )


def from_long(table: Table, asked: Asked, short: str) -> Raw:
    """Take sequences over from a long table.

    Args:
        table: A row a step.
        asked: ``id_column`` and ``target`` are needed. ``time_column`` orders the steps of a
            sequence, the order of rows does without; ``covariates`` are the features, all other
            columns where nobody named any.
        short: Name of the data set.

    Raises:
        DataError: A column is missing, an answer, group or part is not clear, or two rows are the
            same step.
    """
    targets, features = _targets(table, asked), _features(table, asked)
    assert asked.id_column is not None
    ids = cell_texts(table, asked.id_column)
    _check_filled(table, asked.id_column, ids == "", "no id")
    order, starts = _order(table, ids, asked)
    table, ids = table.take(order), ids[order]
    names = [str(one) for one in ids[starts[:-1]]]
    answers = [_column(table, one) for one in targets]
    single = not any(_changes(cell_texts(table, one), ids) for one in targets)
    if single:
        answers = [_one_each(table, one, ids, starts) for one in targets]
    official = None
    if asked.test_column is not None:
        official = _official(table, asked.test_column, ids, starts)
    return Raw(
        name=table.name,
        short=short,
        inputs=Stack(tuple(_column(table, one) for one in features), starts),
        answers=Stack(tuple(answers), np.arange(len(names) + 1) if single else starts),
        features=features,
        targets=targets,
        groups=None
        if asked.group_column is None
        else _labels(table, asked.group_column, ids, starts),
        official=official,
        places=tuple(f"the sequence {one!r}" for one in names),
        notes=(f"The features are: {', '.join(features)}.",),
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


def _order(table: Table, ids: np.ndarray, asked: Asked) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows in order of sequence and step, and where each sequence begins."""
    codes, _ = pd.factorize(ids)
    steps: np.ndarray = np.arange(len(ids))
    if asked.time_column is not None:
        steps = _steps(table, asked.time_column)
    order = np.lexsort((steps, codes))
    ends = np.flatnonzero(np.diff(codes[order])) + 1
    same = np.flatnonzero((np.diff(codes[order]) == 0) & (np.diff(steps[order]) == 0))
    if len(same):
        first, second = order[same[0]], order[same[0] + 1]
        raise DataError(
            f"The sequence {str(ids[first])!r} of {table.name} has the same step on "
            f"{table.where(first)} and {table.where(second)} ({asked.time_column!r}). Each step "
            f"of a sequence stands in one row. Drop one of them, or give them steps of their own."
        )
    return order, np.concatenate([[0], ends, [len(ids)]])


def _steps(table: Table, column: str) -> np.ndarray:
    """Read steps as numbers, or as times."""
    values, bad = numbers(table, column)
    if not bad.any() and not np.isnan(values).any():
        return values
    times = read_times(table, column, named=True)
    _check_filled(
        table, column, np.isnan(values) if times is None else times.isna(), "no number and no time"
    )
    assert times is not None
    moments: np.ndarray = times.to_numpy().astype("datetime64[ns]").astype(np.int64)
    return moments


def _check_filled(table: Table, column: str, bad: np.ndarray, what: str) -> None:
    if bad.any():
        at = int(np.asarray(bad).argmax())
        raise DataError(
            f"{column!r} of {table.name} has {what} on {table.where(at)} "
            f"({counted(int(bad.sum()), 'such cell')}). Every row needs one. Mend the cell, or "
            f"drop the row."
        )


def cell_texts(table: Table, column: str) -> np.ndarray:
    """Return the cells as texts without blanks around, empty where there is none."""
    cells = table.frame[column]
    written: np.ndarray = cells.astype(object).where(cells.notna(), "").astype(str).str.strip()
    return np.asarray(written, dtype=np.str_)


def _is_numeric(table: Table, column: str) -> bool:
    """Whether a column holds numbers; with leading zeros, as 007, they are labels."""
    values, bad = numbers(table, column)
    zeros = any(re.fullmatch(r"0\d+", one) for one in np.unique(cell_texts(table, column)))
    return mostly_numbers(values, bad) and not zeros


def _column(table: Table, column: str) -> np.ndarray:
    """Return a column as numbers, truth values or symbols; refuse text among numbers."""
    if pd.api.types.is_bool_dtype(table.frame[column]):
        truths: np.ndarray = table.frame[column].to_numpy(dtype=bool)
        return truths
    if not _is_numeric(table, column):
        return cell_texts(table, column)
    values, bad = numbers(table, column)
    if bad.any():
        at = int(bad.argmax())
        raise DataError(
            f"{column!r} of {table.name} holds {shown(str(cell_texts(table, column)[at]))} on "
            f"{table.where(at)}, among numbers ({counted(int(bad.sum()), 'such cell')}). A "
            f"column is all numbers, or all symbols. Mend the cell, or leave the column out."
        )
    return values


def _changes(words: np.ndarray, ids: np.ndarray) -> bool:
    """Whether a column says different things within an id; an empty cell says nothing."""
    said = pd.Series(words)[words != ""]
    return bool((said.groupby(ids[words != ""]).nunique() > 1).any())


def _first_said(words: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return by sequence the first row that says something, or its first row."""
    rows = [first + int((words[first:end] != "").argmax()) for first, end in _spans(starts)]
    return np.array(rows, dtype=np.int64)


def _spans(starts: np.ndarray) -> list[tuple[int, int]]:
    return list(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True))


def _one_each(table: Table, column: str, ids: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the answer of every sequence."""
    words = cell_texts(table, column)
    rows = _first_said(words, starts)
    missing = [str(one) for one in ids[rows[words[rows] == ""]]]
    if missing:
        raise DataError(
            f"{table.name} has no answer in {column!r} for {counted(len(missing), 'id')}: "
            f"{', '.join(missing[:5])}{', ...' * (len(missing) > 5)}. Every sequence needs one, "
            f"in one row of it at least. Add them, or leave these ids out."
        )
    answers: np.ndarray = _column(table, column)[rows]
    return answers


def _labels(table: Table, column: str, ids: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return what a column says of every sequence, the same in all its rows."""
    words = cell_texts(table, column)
    _check_filled(table, column, words == "", "no value")
    if _changes(words, ids):
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
