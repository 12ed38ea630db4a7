"""The door for sequences without answers: anything -> `Inputs` of a model; answers are left out.

Where a source has official parts, its test part is meant: the other one is there to learn from.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from autolstm.data.arrays import arrays_of, key_of, names_in
from autolstm.data.catalog import CATALOG
from autolstm.data.gaps import unfilled
from autolstm.data.like import Inputs, Like, inputs_of
from autolstm.data.stack import Stack, stacked
from autolstm.data.tabled import table_of
from autolstm.data.ucr import find_pair, read_cases
from autolstm.data.unlabelled_table import from_rows
from autolstm.dataset import Dataset
from autolstm.errors import DataError, guess
from autolstm.sequences import Sequences

__all__ = ["load_inputs"]

NUMBERS = ("X", "X_test", "X_train")
"""Names of the arrays that hold sequences, the one that is taken first."""


def load_inputs(source: Any, like: Like) -> Inputs:
    """Read sequences to be answered; answers, groups and parts beside them are left out.

    Args:
        source: An array of shape (sequences, steps) or (sequences, steps, features); a list of
            arrays, texts or lists of symbols; a pair ``(X, y)``; a dict or NPZ file with ``X`` or
            ``X_test``; a ``.ts`` or UCR file, with labels or without; a long table with the id
            column of the study, or a table of texts, as CSV, Parquet or DataFrame; `Sequences`;
            or the name of a bundled data set.
        like: What they must be like.

    Raises:
        DataError: They cannot be read, are of another kind than those of the study, or a value
            is missing.
    """
    if isinstance(source, str) and source in CATALOG:
        return _of_test(CATALOG[source].load(), like)
    if isinstance(source, Dataset):
        return _of_test(source, like)
    if isinstance(source, Sequences):
        return _of_sequences(source, np.arange(len(source)), like)
    if isinstance(source, Mapping):
        return _from_arrays(source, like, "The dict")
    if isinstance(source, tuple) and len(source) == 2:
        source = source[0]
    if isinstance(source, str | Path):
        return _from_path(Path(source).expanduser(), source, like)
    tabular = like.id_column is not None or any(like.symbolic)
    if isinstance(source, pd.DataFrame | pd.Series) and tabular:
        return from_rows(table_of(source)[0], like)
    if isinstance(source, list | tuple | np.ndarray | pd.DataFrame | pd.Series):
        return inputs_of("X", stacked(source, "X", words=like.words), like)
    # What it is, and what is accepted, is said there.
    return from_rows(table_of(source)[0], like)


def _of_test(data: Dataset | Sequences, like: Like) -> Inputs:
    """Take the official test part of a bundled data set."""
    if isinstance(data, Dataset):
        raise DataError(
            f"{data.name} is a series to forecast, but this model gives answers to sequences. It "
            f"takes sequences like those of its study. Give such data."
        )
    if data.official is None:
        return _of_sequences(data, np.arange(len(data)), like)
    note = f"Of {data.name}, the official test part is answered."
    return _of_sequences(data, np.flatnonzero(data.official), like, (note,))


def _of_sequences(
    data: Sequences, numbers: np.ndarray, like: Like, notes: tuple[str, ...] = ()
) -> Inputs:
    data = unfilled(data)
    lengths = data.lengths[numbers]
    rows = np.concatenate([np.arange(data.starts[one], data.starts[one + 1]) for one in numbers])
    columns = tuple(
        np.array(symbols)[data.values[rows, at].astype(int)] if symbols else data.values[rows, at]
        for at, symbols in enumerate(data.symbols)
    )
    stack = Stack(columns, np.concatenate([[0], np.cumsum(lengths)]))
    return inputs_of(data.name, stack, like, features=data.features, notes=notes)


def _from_arrays(given: Mapping[str, Any], like: Like, name: str) -> Inputs:
    held = {key_of(one): value for one, value in given.items()}
    key = next((one for one in NUMBERS if held.get(one) is not None), None)
    if key is None:
        raise DataError(
            f"{name} has no X; it holds {', '.join(held) or 'nothing'}.{guess('X', held)} "
            f"Sequences to be answered are accepted as X, or as X_test. Add X."
        )
    notes: tuple[str, ...] = ()
    if key == "X_test" and held.get("X_train") is not None:
        notes = (f"Of {name}, X_test is answered; X_train is there to learn from.",)
    stack = stacked(held[key], f"{key} of {name}", words=like.words)
    features = names_in(held, "feature_names") or names_in(held, "channel_names")
    return inputs_of(name, stack, like, features=features, notes=notes)


def _from_path(path: Path, source: str | Path, like: Like) -> Inputs:
    try:
        if path.suffix.casefold() == ".npz" and path.is_file():
            return _from_arrays(arrays_of(path), like, path.name)
        files = find_pair(path)
        # Of a pair, the file that is named, or the test part.
        case = path if files and path.is_file() else next(iter(files[-1:]), None)
    except OSError:
        # Whether there is such a file at all is said by the door of tables.
        case = None
    if case is None:
        return from_rows(table_of(source)[0], like)
    cases = read_cases(case, to_learn=False)
    places = tuple(f"the case of line {one} of {case.name}" for one in cases.lines)
    notes = (f"{case.name}, the official test part, is answered.",) * (case != path)
    stack = stacked(cases.series, case.name)
    return inputs_of(case.name, stack, like, places=places, notes=notes)
