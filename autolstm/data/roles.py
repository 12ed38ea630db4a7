"""Which column of a table plays which part: targets, covariates, known ahead, static."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from autolstm.data.asked import Asked
from autolstm.data.columns import check_column, choose, mostly_numbers
from autolstm.data.table import Table
from autolstm.dataset import Dataset
from autolstm.errors import DataError, SettingError, guess, shown

__all__ = ["Roles", "check_roles", "choose_roles", "named", "says_all"]

Cells = Mapping[str, tuple[np.ndarray, np.ndarray]]

OPTIONS = ("target", "known", "covariates", "static")
WHY = {
    ("target", "known"): "The past of a target is seen anyway, and its future is to be forecast.",
    ("target", "covariates"): "The past of the target is seen anyway.",
}
STATIC = "What is static is one number a series; a column with a number a row is a covariate."


@dataclass(frozen=True, slots=True)
class Roles:
    """The parts of the columns.

    Attributes:
        targets: To be forecast.
        covariates: Further columns that the network sees.
        known: Those of them whose future is known.
        static: Columns with one number a series.
        notes: What was assumed.
    """

    targets: tuple[str, ...]
    covariates: tuple[str, ...]
    known: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of values, targets first."""
        return (*self.targets, *self.covariates)


def named(given: Sequence[str] | str | None, columns: Sequence[str]) -> tuple[str, ...]:
    """Return names one by one; a text names one column, or some with commas between."""
    if isinstance(given, str) and given not in columns:
        return tuple(one.strip() for one in given.split(",") if one.strip())
    return (given,) if isinstance(given, str) else tuple(given or ())


def says_all(given: Sequence[str] | str | None, columns: Sequence[str]) -> bool:
    """Whether ``"all"`` is meant, which is no name of a column."""
    return isinstance(given, str) and given == "all" and given not in columns


def choose_roles(table: Table, cells: Cells, asked: Asked, taken: Mapping[str, str]) -> Roles:
    """Give every column its part.

    Args:
        table: Where they come from.
        cells: Values and mask of stray cells of every column that may play one.
        asked: What was said of them.
        taken: Columns that play one already, and what they hold, such as ``"the times"``.

    Raises:
        DataError: A column is not there, is named twice, or the target is not clear.
        SettingError: Static columns are named without a column of ids.
    """
    check_roles(asked, table, tuple(cells), taken)
    if asked.static is not None and asked.id_column is None:
        raise SettingError(
            f"static = {shown(asked.static)} names what is the same in all rows of a series, and "
            f"tells one series from another. It takes a table with several, and the column that "
            f"says which series a row belongs to. Give id_column, or leave static out."
        )
    columns = tuple(cells)
    known, static = named(asked.known, columns), named(asked.static, columns)
    free = {one: held for one, held in cells.items() if one not in static}
    every = None if says_all(asked.covariates, columns) else asked.covariates
    if says_all(asked.target, columns):
        every = named(every, columns)
        targets = _every_other(table, free, (*known, *every))
    else:
        targets = named(asked.target, columns)
    apart = (*known, *targets[1:])
    past = None if every is None else [one for one in named(every, columns) if one not in known]
    chosen, notes = choose(
        table,
        {one: held for one, held in free.items() if one not in apart},
        targets[0] if targets else None,
        past,
    )
    # Those that nobody put in order stand as in the table.
    said = asked.covariates is not None and not says_all(asked.covariates, columns)
    order = dict.fromkeys(named(asked.covariates, columns) if said else columns)
    covariates = tuple(one for one in order if one in (*chosen[1:], *known))
    ahead = tuple(one for one in covariates if one in known)
    if ahead:
        notes += (f"Covariates whose future is known: {', '.join(ahead)}.",)
    if static:
        notes += (f"What describes a series: {', '.join(static)}.",)
    return Roles(targets or chosen[:1], covariates, ahead, static, notes)


def check_roles(
    asked: Asked, data: Table | Dataset, columns: tuple[str, ...], taken: Mapping[str, str]
) -> None:
    """Refuse a column that is not there, or that is to play two parts.

    Args:
        asked: What was said of the columns.
        data: Where they come from.
        columns: Those that may play a part.
        taken: Columns that play one already, and what they hold.

    Raises:
        DataError: There is one.
    """
    asked_for = {one: getattr(asked, one) for one in OPTIONS}
    free = [one for one in ("target", "covariates") if says_all(asked_for[one], columns)]
    given = {one: () if one in free else named(names, columns) for one, names in asked_for.items()}
    for option, names in given.items():
        for one in names:
            if one in taken:
                raise DataError(
                    f"{one!r} holds {taken[one]} of {data.name}, so {option} cannot name it. "
                    f"Accepted are: {', '.join(columns)}. Choose one of these."
                    f"{guess(one, columns)}"
                )
            check_column(one, columns, data)
        _check_once(option, names)
    for one, other in combinations(OPTIONS, 2):
        _check_apart(given, one, other)
    beside = [one for one in given["known"] if one not in given["covariates"]]
    if beside and asked.covariates is not None and "covariates" not in free:
        raise DataError(
            f"known names {beside[0]!r}, which is none of the covariates "
            f"({', '.join(given['covariates']) or 'there are none'}). What is known ahead is a "
            f"covariate as well. Add it to covariates, or leave covariates out."
            f"{guess(beside[0], given['covariates'])}"
        )


def _check_once(option: str, names: Sequence[str]) -> None:
    twice = [one for one in names if names.count(one) > 1]
    if twice and option != "covariates":
        raise DataError(
            f"{option} names {twice[0]!r} twice ({', '.join(names)}). A column counts once. Leave "
            f"one of them out."
        )


def _check_apart(given: Mapping[str, tuple[str, ...]], one: str, other: str) -> None:
    both = [name for name in given[one] if name in given[other]]
    if not both or (one, other) == ("known", "covariates"):
        return
    what = {"target": "a target", "covariates": "a covariate", "known": "known ahead"}
    if (one, other) == ("target", "covariates") and len(given[one]) == 1:
        what["target"] = "the target"
    raise DataError(
        f"{both[0]!r} is {what[one]} and {what.get(other, other)} as well. "
        f"{WHY.get((one, other), STATIC)} Leave it out of {_plural(other)}."
    )


def _plural(option: str) -> str:
    return "the covariates" if option == "covariates" else option


def _every_other(table: Table, cells: Cells, apart: Sequence[str]) -> tuple[str, ...]:
    """Return all columns of numbers that play no other part."""
    found = tuple(one for one, held in cells.items() if one not in apart and mostly_numbers(*held))
    if not found:
        raise DataError(
            f"{table.name} has no column of numbers left for target = 'all'. Its columns are: "
            f"{', '.join(table.columns)}. Leave some out of known, static and covariates, or "
            f"name the targets."
        )
    return found
