"""A table with one or several series, a row a time -> `Dataset`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from autolstm.data.ahead import behind, check_future, joined_futures
from autolstm.data.asked import Asked
from autolstm.data.cells import words_of
from autolstm.data.columns import check_cells
from autolstm.data.missing import carry_forward
from autolstm.data.mixed import check_one_series
from autolstm.data.regular import regular
from autolstm.data.roles import Roles, choose_roles
from autolstm.data.spacing import Spaced, alike
from autolstm.data.static import static_numbers
from autolstm.data.table import Table, numbers
from autolstm.data.times import find_times
from autolstm.dataset import Dataset
from autolstm.errors import DataError, counted

__all__ = ["from_table"]


def from_table(table: Table, asked: Asked) -> Dataset:
    """Check columns, cells and times of every series, and fill what may be missing.

    Args:
        table: A row a time; of several series, a row a series and time, in any order.
        asked: Which columns play which part, and what becomes of missing values.

    Raises:
        DataError: The rows or columns cannot be used as they are.
        SettingError: Static columns are named without a column of ids.
    """
    holes = asked.missing != "refuse"
    ids, codes = _members(table, asked)
    clock = find_times(_without_ids(table, asked), asked.time_column, codes)
    mixed = () if codes is not None else check_one_series(table, clock)
    taken = {clock.name: "the times", asked.id_column: "the ids of the series"}
    free = [one for one in table.columns if one not in (*taken, table.index)]
    cells = {one: numbers(table, one) for one in free}
    roles = choose_roles(table, cells, asked, {one: what for one, what in taken.items() if one})
    rows = _Rows(
        table,
        clock.times.rename(clock.name),
        np.column_stack([cells[one][0] for one in roles.columns]),
        np.column_stack([cells[one][1] for one in roles.columns]),
    )
    each = [_on_grid(one, roles, holes=holes) for one in _apart(rows, ids, codes)]
    static = static_numbers(table, cells, roles.static, codes, ids)
    notes = (*clock.notes, *mixed, *roles.notes)
    data = _joined(each, ids, roles, table.name, notes)
    data = replace(data, static=static, static_names=roles.static)
    return carry_forward(data, asked.missing) if holes else data


@dataclass(frozen=True, eq=False, slots=True)
class _Rows:
    """The rows of a table: times, shape (rows,), values and stray cells, (rows, columns)."""

    table: Table
    times: pd.Index
    values: np.ndarray
    bad: np.ndarray

    def take(self, rows: np.ndarray) -> "_Rows":
        return _Rows(self.table.take(rows), self.times[rows], self.values[rows], self.bad[rows])


def _members(table: Table, asked: Asked) -> tuple[tuple[str, ...], np.ndarray | None]:
    """Return the ids in order of first appearance, and by row the place among them.

    None of these places where there are no ids.
    """
    column = asked.id_column
    if column is None:
        return ("",), None
    if column == asked.time_column:
        raise DataError(
            f"{column!r} of {table.name} is named by time_column and id_column. A column says "
            f"when a row was, or which series it belongs to. Name two columns."
        )
    texts = words_of(table, column)
    if pd.api.types.is_float_dtype(table.frame[column]):
        texts = np.array([one.removesuffix(".0") for one in texts])
    empty = np.flatnonzero(texts == "")
    if len(empty):
        raise DataError(
            f"{column!r} of {table.name} has no id on {table.where(int(empty[0]))} "
            f"({counted(len(empty), 'such cell')}). Every row belongs to a series. Mend the cell, "
            f"or drop the row."
        )
    codes, ids = pd.factorize(texts)
    return tuple(map(str, ids)), codes


def _without_ids(table: Table, asked: Asked) -> Table:
    """Return a table without its ids, which are no times even where they look so."""
    if asked.id_column is None:
        return table
    return replace(table, frame=table.frame.drop(columns=asked.id_column))


def _apart(rows: _Rows, ids: Sequence[str], codes: np.ndarray | None) -> list[_Rows]:
    """Return the rows of every series, as they stand in the table."""
    if codes is None:
        return [rows]
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes))[:-1]
    found = []
    for name, mine in zip(ids, np.split(order, ends), strict=True):
        one = rows.take(mine)
        # Without a column of times the rows of a series are counted, not those of the table.
        times = pd.RangeIndex(len(mine)) if rows.times.name is None else one.times
        named = replace(one.table, name=f"{rows.table.name} (series {name!r})")
        found.append(replace(one, table=named, times=times))
    return found


def _on_grid(rows: _Rows, roles: Roles, *, holes: bool) -> Spaced:
    """Check cells and times of one series, and cut off the rows that are to come."""
    unsorted = not rows.times.is_monotonic_increasing
    if unsorted:
        rows = rows.take(np.argsort(rows.times, kind="stable"))
    table, times, values = rows.table, rows.times, rows.values
    known = [roles.columns.index(one) for one in roles.known]
    empty = np.isnan(values) & ~rows.bad
    last = len(values) - behind(empty, len(roles.targets), known, table.name)
    for place, column in enumerate(roles.columns):
        check_cells(table, column, values[:last, place], rows.bad[:last, place], holes=holes)
    places, step = np.arange(len(times)), 0
    notes: tuple[str, ...] = ()
    if len(times) > 1:
        if not isinstance(times, pd.DatetimeIndex):
            step = int(np.diff(times).min())
        times, places, notes = regular(times, table.name, table.where, gaps=holes)
        values = _spread(values, places, len(times))
    end = int(places[last - 1]) + 1
    future = values[end:, known]
    check_future(future, times[end:], roles.known, table.name)
    added = len(times) - len(rows.times)
    return Spaced(times[:end], values[:end], future, unsorted, added, step, notes)


def _spread(values: np.ndarray, places: np.ndarray, rows: int) -> np.ndarray:
    """Put values in their places, with empty rows where a time is missing."""
    if rows == len(values):
        return values
    spread = np.full((rows, values.shape[1]), np.nan)
    spread[places] = values
    return spread


def _joined(
    each: Sequence[Spaced],
    ids: tuple[str, ...],
    roles: Roles,
    name: str,
    notes: tuple[str, ...],
) -> Dataset:
    """Put the series one behind the other."""
    each, frequency = alike(each, ids, name)
    several = len(each) > 1
    lengths = [len(one.values) for one in each]
    future, ahead = joined_futures([one.future for one in each], roles.known)
    if several:
        size = f"{min(lengths)} to {max(lengths)}" if len(set(lengths)) > 1 else f"{lengths[0]}"
        notes = (f"{len(each)} series of {size} rows.", *notes)
    times = each[0].times
    return Dataset(
        name,
        times.append([one.times for one in each[1:]]) if several else times,
        np.concatenate([one.values for one in each]),
        roles.columns,
        notes=(*notes, *_changes(each), *ahead),
        wide=len(roles.targets),
        known=roles.known,
        ids=ids,
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        rhythm=frequency if several else "",
        future=future,
    )


def _changes(each: Sequence[Spaced]) -> tuple[str, ...]:
    """Say what became of the rows."""
    unsorted, added = sum(one.sorted for one in each), sum(one.added for one in each)
    notes: tuple[str, ...] = ()
    if unsorted:
        of = f" of {unsorted} series" if len(each) > 1 else ""
        notes += (f"The rows{of} were not in the order of time; they were sorted.",)
    notes += tuple(dict.fromkeys(note for one in each for note in one.notes))
    return notes + ((f"Rows added for missing times: {added}.",) if added else ())
