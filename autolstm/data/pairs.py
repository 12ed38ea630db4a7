"""A table with a text and its answer in each row, without an id -> `Raw`."""

import numpy as np

from autolstm.data.arrays import spelled_out
from autolstm.data.asked import Asked
from autolstm.data.columns import check_column, mostly_numbers
from autolstm.data.raw import Raw
from autolstm.data.stack import one_each, stacked
from autolstm.data.table import Table, numbers
from autolstm.data.times import read_times
from autolstm.errors import DataError

__all__ = ["from_pairs", "is_pairs"]


def is_pairs(table: Table, asked: Asked) -> bool:
    """Whether each row is a text and its answer.

    Without an id column it is where the task says so, or where there are two columns, both of
    them texts and neither of times.
    """
    if asked.id_column is not None:
        return False
    if asked.task is not None:
        return asked.labelled
    columns = [one for one in table.columns if one != table.index]
    return len(columns) == 2 and all(_is_text(table, one) for one in columns)


def from_pairs(table: Table, asked: Asked, short: str) -> Raw:
    """Take texts and their answers over, one pair a row.

    Args:
        table: A row a sequence. The answer is the last column unless ``target`` names another.
        asked: ``task`` and ``unit_of_text`` say what texts are split into.
        short: Name of the data set.

    Raises:
        DataError: There are not two columns, or the input is not text.
    """
    source, target = _two(table, asked)
    words = asked.unit_of_text == "words"
    cells = {one: table.frame[one].fillna("").astype(str).tolist() for one in (source, target)}
    cells = {name: [one.strip() for one in texts] for name, texts in cells.items()}
    for name, texts in cells.items():
        if "" in texts:
            raise DataError(
                f"{name!r} of {table.name} is empty on {table.where(texts.index(''))}. Each row "
                f"holds a text and its answer. Fill the cell, or drop the row."
            )
    inputs = stacked(cells[source], repr(source), words=words)
    apart = spelled_out(np.array(cells[target]), inputs, asked.task)
    answers = None
    if not apart:
        answers = one_each(_labels(table, target, cells[target], asked), repr(target))
    return Raw(
        name=table.name,
        short=short,
        inputs=inputs,
        answers=answers or stacked(cells[target], repr(target), words=words),
        targets=(target,),
        features=(source,),
        places=tuple(table.where(row) for row in range(len(table.rows))),
        apart=apart,
        notes=(f"{source!r} and {target!r} are read as texts, {asked.unit_of_text} as symbols.",),
    )


def _two(table: Table, asked: Asked) -> tuple[str, str]:
    """Return the columns of input and answer."""
    columns = [one for one in table.columns if one != table.index]
    chosen = asked.target or columns[-1]
    target = chosen if isinstance(chosen, str) else chosen[0]
    check_column(target, table.columns, table)
    named = asked.covariates if asked.covariates not in (None, "all") else None
    others = [one for one in columns if one != target]
    if named is not None:
        others = [named] if isinstance(named, str) else list(named)
        for one in others:
            check_column(one, table.columns, table)
    if len(others) != 1 or mostly_numbers(*numbers(table, others[0])):
        raise DataError(
            f"{table.name} has no id column, and its rows are not a text and an answer each (its "
            f"columns are: {', '.join(table.columns)}). With task = {asked.task}, a table has a "
            f"row a step and a column of ids, or a row a sequence with one column of texts and "
            f"one of answers. Name the ids: --id COLUMN, or id_column=... in Python; or give the "
            f"pair (X, y)."
        )
    return others[0], target


def _is_text(table: Table, column: str) -> bool:
    if mostly_numbers(*numbers(table, column)):
        return False
    times = read_times(table, column, named=True)
    return times is None or bool(times.isna().any())


def _labels(table: Table, target: str, texts: list[str], asked: Asked) -> list[str] | np.ndarray:
    """Return answers as numbers where they are, unless they are to be classes."""
    values, bad = numbers(table, target)
    return texts if bad.any() or asked.task == "classification" else values
