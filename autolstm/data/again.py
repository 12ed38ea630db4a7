"""Roles of columns chosen again, in a data set that is loaded already."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from autolstm.data.asked import Asked
from autolstm.data.roles import check_roles, named, says_all
from autolstm.dataset import Dataset

__all__ = ["choose_again"]


def choose_again(data: Dataset, asked: Asked) -> Dataset:
    """Choose other columns of a data set as its targets, covariates and known ones.

    What nobody speaks of stays as it is: the targets, and which covariates are known ahead. All
    columns that are no targets are covariates where nobody names them.

    Args:
        data: The series.
        asked: What was said of the columns.

    Raises:
        DataError: A column is not there, or is to play two parts.
        SettingError: Something is asked for that only a table can give.
    """
    asked.refuse_labelled(data.name)
    asked.refuse_a_table(data.name)
    columns = data.columns
    asked = replace(asked, target=data.targets if asked.target is None else asked.target)
    check_roles(asked, data, columns, {})
    known = data.known if asked.known is None else named(asked.known, columns)
    every: Iterable[str] = columns
    if asked.covariates is not None and not says_all(asked.covariates, columns):
        every = dict.fromkeys(named(asked.covariates, columns))
    targets = named(asked.target, columns)
    if says_all(asked.target, columns):
        apart = (*known, *named(asked.covariates, columns))
        targets = tuple(one for one in columns if one not in apart)
    covariates = tuple(one for one in every if one not in targets)
    ahead = tuple(one for one in covariates if one in known)
    return _with_roles(data, targets, covariates, ahead)


def _with_roles(
    data: Dataset, targets: tuple[str, ...], covariates: tuple[str, ...], known: tuple[str, ...]
) -> Dataset:
    columns = (*targets, *covariates)
    if (columns, len(targets), known) == (data.columns, data.wide, data.known):
        return data
    places = [data.columns.index(one) for one in columns]
    return replace(
        data,
        values=data.values[:, places],
        columns=columns,
        unit=data.unit if targets == data.targets else "",
        marks=tuple(one for one in data.marks if one in covariates),
        holes=None if data.holes is None else data.holes[:, places],
        wide=len(targets),
        known=known,
        calendar=tuple(one for one in data.calendar if one in known),
        future=_future(data, known),
    )


def _future(data: Dataset, known: Sequence[str]) -> np.ndarray | None:
    """Return the future of some columns, None where it is not that of all of them."""
    if data.future is None or not known or not set(known) <= set(data.known):
        return None
    future: np.ndarray = data.future[:, :, [data.known.index(one) for one in known]]
    return future
