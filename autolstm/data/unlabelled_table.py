"""Tables without answers -> `Inputs`: a row a step with an id, or a row a text."""

from autolstm.data.asked import Asked
from autolstm.data.cells import cells_of, check_filled, words_of
from autolstm.data.columns import check_column
from autolstm.data.like import Inputs, Like, inputs_of
from autolstm.data.stack import Stack, stacked
from autolstm.data.steps import order_of, with_steps
from autolstm.data.table import Table
from autolstm.errors import DataError, counted

__all__ = ["from_rows"]


def from_rows(table: Table, like: Like) -> Inputs:
    """Read sequences from a table; columns that the model does not know are left out.

    Raises:
        DataError: A column is missing, a cell has no value, or two rows are the same step.
    """
    return _long(table, like) if like.id_column is not None else _texts(table, like)


def _long(table: Table, like: Like) -> Inputs:
    """Read a row a step, as `autolstm.data.long.from_long` does."""
    assert like.id_column is not None
    for one in (like.id_column, *like.features):
        check_column(one, table.columns, table)
    ids = words_of(table, like.id_column)
    check_filled(table, like.id_column, ids == "", "no id")
    asked = Asked(id_column=like.id_column, time_column=like.time_column, covariates=like.features)
    if asked.time_column is not None:
        check_column(asked.time_column, table.columns, table)
    order, starts = order_of(table, ids, with_steps(table, asked, ids, ()))
    table, names = table.take(order), tuple(map(str, ids[order][starts[:-1]]))
    columns = tuple(
        words_of(table, one) if symbolic else cells_of(table, one)
        for one, symbolic in zip(like.features, like.symbolic, strict=True)
    )
    places = tuple(f"the sequence {one!r}" for one in names)
    stack = Stack(columns, starts)
    return inputs_of(table.name, stack, like, features=like.features, ids=names, places=places)


def _texts(table: Table, like: Like) -> Inputs:
    """Read a row a text, as `autolstm.data.pairs.from_pairs` does."""
    if len(like.features) > 1 or not like.symbolic[0]:
        count = len(like.features)
        raise DataError(
            f"{table.name} is a table, but the model was tuned on arrays of "
            f"{counted(count, 'feature')}, without a column of ids. Accepted is an array of shape "
            f"(sequences, steps, {count}): an NPZ file with X, or X itself in Python. Save it as "
            f"in numpy.savez('new.npz', X=X)."
        )
    column = _column(table, like.features[0])
    texts = table.frame[column].fillna("").astype(str).tolist()
    texts = texts if like.padded else [one.strip() for one in texts]
    if "" in texts:
        raise DataError(
            f"{column!r} of {table.name} is empty on {table.where(texts.index(''))}. Each row "
            f"holds a text. Fill the cell, or drop the row."
        )
    places = tuple(table.where(row) for row in range(len(texts)))
    stack = stacked(texts, repr(column), words=like.words)
    return inputs_of(table.name, stack, like, places=places)


def _column(table: Table, feature: str) -> str:
    """Return the column of texts: the one that was learnt from, or the only one."""
    columns = [one for one in table.columns if one != table.index]
    if feature in columns:
        return feature
    if len(columns) == 1:
        return columns[0]
    raise DataError(
        f"Which column of {table.name} holds the texts? Its columns are: {', '.join(columns)}. "
        f"The model was tuned on {feature!r}. Give that column, or only one."
    )
