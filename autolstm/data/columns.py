"""Which columns of a table are forecast, which are seen, and whether all cells are numbers."""

from collections.abc import Mapping, Sequence

import numpy as np

from autolstm.data.table import Table
from autolstm.dataset import Dataset
from autolstm.errors import DataError, counted, guess, shown

__all__ = ["check_cells", "check_column", "choose", "mostly_numbers", "named_covariates"]

WRITTEN = "like 1234.5 or 1,234.5, all in one way and without a unit"


def choose(
    table: Table,
    cells: Mapping[str, tuple[np.ndarray, np.ndarray]],
    target: str | None,
    covariates: Sequence[str] | str | None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Choose target and covariates.

    Args:
        table: Where the columns come from.
        cells: Values and mask of stray cells, each of shape (rows,), of every column that may be
            chosen.
        target: The column to forecast, None where there is only one of numbers.
        covariates: Names, ``"all"``, or None for every other column of numbers.

    Returns:
        The columns, target first, and notes.

    Raises:
        DataError: A column is not there, or the target is not clear.
    """
    numeric = [one for one, (values, bad) in cells.items() if mostly_numbers(values, bad)]
    if target is None:
        target = _only(numeric, table, cells)
    check_column(target, tuple(cells), table)
    if covariates is not None and covariates != "all":
        named = named_covariates(covariates, target, tuple(cells), table)
        return (target, *named), _constant(named, cells)
    others = tuple(one for one in numeric if one != target)
    left = [one for one in cells if one not in (target, *others)]
    empty = [one for one in left if _is_empty(*cells[one])]
    text = [one for one in left if one not in empty]
    said = {
        "The other columns of numbers are past covariates": others,
        "Left out, as they hold no numbers": text,
        "Left out, as they are empty": empty,
    }
    notes = tuple(f"{what}: {', '.join(names)}." for what, names in said.items() if names)
    return (target, *others), notes + _constant(others, cells)


def _constant(
    covariates: Sequence[str], cells: Mapping[str, tuple[np.ndarray, np.ndarray]]
) -> tuple[str, ...]:
    """Say which covariates never change: nothing is wrong with them, and nothing learnt."""
    flat = [one for one in covariates if len(set(cells[one][0][:2])) == 1]
    flat = [one for one in flat if (cells[one][0] == cells[one][0][0]).all()]
    return (f"Covariates that never change tell nothing: {', '.join(flat)}.",) if flat else ()


def _only(
    numeric: list[str], table: Table, cells: Mapping[str, tuple[np.ndarray, np.ndarray]]
) -> str:
    """Return the column of numbers where there is one, which must be the target."""
    if len(numeric) == 1:
        return numeric[0]
    if numeric:
        raise DataError(
            f"{table.name} has more than one column of numbers: {', '.join(numeric)}. One of them "
            f"is the target, the column to forecast. Name it: --target "
            f"{numeric[0]}, or target={numeric[0]!r} in Python."
        )
    raise DataError(
        f"{table.name} has no column of numbers beside the times. Its columns are: "
        f"{', '.join(table.columns)}.{_stray(table, cells)} Add a column with the values to "
        f"forecast; numbers are written {WRITTEN}."
    )


def _stray(table: Table, cells: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> str:
    """Show a cell that might have been a number, so that the reader sees why it is none."""
    column = next((one for one, (_, bad) in cells.items() if bad.any()), None)
    if column is None:
        return ""
    bad = cells[column][1]
    return (
        f" {column!r} holds {_cell(table, column, bad)} on {_place(table, bad)}, which is no "
        f"number."
    )


def named_covariates(
    covariates: Sequence[str] | str, target: str, columns: tuple[str, ...], data: Table | Dataset
) -> tuple[str, ...]:
    """Check covariates that are named one by one; a text names one, or some with commas."""
    if isinstance(covariates, str) and covariates not in columns:
        covariates = [one.strip() for one in covariates.split(",") if one.strip()]
    named = (covariates,) if isinstance(covariates, str) else tuple(dict.fromkeys(covariates))
    for one in named:
        check_column(one, columns, data)
    if target in named:
        raise DataError(
            f"{target!r} is the target and a covariate as well. The past of the target is seen "
            f"anyway. Leave it out of the covariates."
        )
    return named


def check_column(column: str, columns: tuple[str, ...], data: Table | Dataset) -> None:
    """Refuse a column that is not there, or holds the times.

    Raises:
        DataError: The column is none of ``columns``.
    """
    if column in columns:
        return
    if column in data.columns:
        raise DataError(
            f"{column!r} holds the times of {data.name}, it cannot be a target or covariate. "
            f"Accepted are: {', '.join(columns)}. Choose one of these, or name "
            f"another time column."
        )
    raise DataError(
        f"There is no column {column!r} in {data.name}. Its columns are: "
        f"{', '.join(data.columns)}.{guess(column, columns)}"
    )


def _is_empty(values: np.ndarray, bad: np.ndarray) -> bool:
    return bool(np.isnan(values).all() and not bad.any())


def mostly_numbers(values: np.ndarray, bad: np.ndarray) -> bool:
    """Whether a column is one of numbers, with a few stray cells at most."""
    return bool((~np.isnan(values)).sum() > bad.sum())


def check_cells(
    table: Table, column: str, values: np.ndarray, bad: np.ndarray, *, holes: bool = False
) -> None:
    """Refuse an empty column, text and infinite values, missing ones unless asked.

    Raises:
        DataError: There is one.
    """
    where = f"{column!r} of {table.name}"
    if _is_empty(values, bad):
        raise DataError(
            f"{where} is empty: none of its {len(values)} rows holds a value. A target and "
            f"covariates need numbers. Choose other columns, or leave this one out."
        )
    if bad.any():
        raise DataError(
            f"{where} holds {_cell(table, column, bad)} on {_place(table, bad)}, "
            f"which is no number{_count(bad)}. Numbers are written {WRITTEN}. Mend "
            f"the cell, leave it empty where nothing was measured, or choose other columns as "
            f"target and covariates."
        )
    if (found := np.isinf(values)).any():
        raise DataError(
            f"{where} has an infinite value on {_place(table, found)}{_count(found)}: "
            f"{_cell(table, column, found)}. Numbers up to 1e308 are accepted. Mend the cell, or "
            f"leave it empty and ask for missing=forward."
        )
    if not holes and (found := np.isnan(values)).any():
        raise DataError(
            f"{where} has no value on {_place(table, found)}{_count(found)}. Every "
            f"row needs a number. Fill them first, as in frame.interpolate(), ask for "
            f"missing=forward, use the rows without them, or leave the column out."
        )


def _place(table: Table, found: np.ndarray) -> str:
    return table.where(int(found.argmax()))


def _cell(table: Table, column: str, found: np.ndarray) -> str:
    return shown(str(table.frame[column].iloc[int(found.argmax())]).strip())


def _count(found: np.ndarray) -> str:
    return f" ({counted(int(found.sum()), 'such cell')})"
