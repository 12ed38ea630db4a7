"""The door for data: anything -> `Dataset` or `Sequences`, or a message that says what to mend."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from autolstm.data.asked import Asked
from autolstm.data.catalog import CATALOG
from autolstm.data.columns import check_cells, check_column, choose, named_covariates
from autolstm.data.files import SUFFIXES, read_file, suffix
from autolstm.data.missing import FILLS, carry_forward
from autolstm.data.regular import cycle, regular
from autolstm.data.sources import FILES, in_table, known_sequences, untabled
from autolstm.data.table import Table, numbers, read_frame
from autolstm.data.times import find_times
from autolstm.dataset import Dataset
from autolstm.errors import DataError, SettingError, guess, shown
from autolstm.sequences import Sequences

__all__ = ["LEAST_ROWS", "load"]

LEAST_ROWS = 20
"""Rows below which nothing is learned: training, validation and test need a few each."""

LEAST_CYCLES = 3


def load(
    source: "str | Path | pd.DataFrame | pd.Series | tuple[Any, Any] | Mapping[str, Any] "
    "| Dataset | Sequences",
    *,
    target: Sequence[str] | str | None = None,
    time_column: str | None = None,
    covariates: Sequence[str] | str | None = None,
    season: int | None = None,
    unit: str | None = None,
    name: str | None = None,
    missing: str = "refuse",
    to_learn: bool = True,
    task: str | None = None,
    id_column: str | None = None,
    group_column: str | None = None,
    test_column: str | None = None,
    unit_of_text: str = "characters",
) -> Dataset | Sequences:
    """Load one regular series, or sequences with answers; say what is wrong where it is neither.

    Sequences come from a pair ``(X, y)``, from a dict or an NPZ file with arrays of these names
    (or ``X_train``, ``y_train``, ``X_test``, ``y_test``), from a ``.ts`` file or a UCR pair, from
    a long table with an ``id_column``, or from a table with a text and its answer in each row.

    Args:
        source: Name of a bundled data set (``"airline"``), path of a file, a pandas DataFrame or
            Series, a pair ``(X, y)``, a dict of arrays, a `Dataset` or `Sequences`.
        target: Column to forecast; may be left out where there is only one of numbers. Of
            sequences in a table, the column of answers, or several.
        time_column: Column of times, found where it is not given. The times of a bundled data
            set and of a `Dataset` stay as they are. Of sequences, the column of steps.
        covariates: Further columns: names, ``"all"``, or ``[]`` for none; None for every other
            column of numbers. Of sequences, the features.
        season: Rows in one cycle, 0 for none; None to derive it from the frequency.
        unit: Unit of the target.
        name: Name of the data set; None for that of the file.
        missing: What is done with missing values and rows: ``"refuse"`` them, fill them
            ``"forward"`` with the last value before, or ``"interpolate"`` them later, inside the
            training rows of a study. Bundled data and a `Dataset` stay as they are.
        to_learn: Whether something shall be learned from the data, which takes `LEAST_ROWS` rows
            (or ten sequences) and a target that varies. False for rows to forecast from.
        task: ``"forecasting"``, ``"classification"``, ``"regression"`` or
            ``"sequence-to-sequence"``; None to infer it.
        id_column: Column of a long table that says which sequence a row belongs to.
        group_column: Column that says which group a sequence belongs to, such as a person.
        test_column: Column that says whether a sequence is in the official test part.
        unit_of_text: What texts are split into: ``"characters"`` or ``"words"``.

    Returns:
        The data set; its ``notes`` say what was assumed.

    Raises:
        DataError: The rows or columns cannot be used as they are.
        SettingError: An option is none of those accepted, or does not fit the source.
    """
    asked = Asked(
        target, time_column, covariates, task, id_column, group_column, test_column, unit_of_text
    )
    data = _found(source, asked, missing, to_learn)
    if name is not None or unit is not None:
        data = replace(data, name=name or data.name, unit=data.unit if unit is None else unit)
    if isinstance(data, Sequences):
        _refuse_of_a_series(data, season, missing)
        return data
    if to_learn:
        _check_learnable(data)
    known = isinstance(source, Dataset) or (isinstance(source, str) and source in CATALOG)
    return data if known and season is None else _with_season(data, season, to_learn)


def _found(source: Any, asked: Asked, missing: str, to_learn: bool) -> Dataset | Sequences:
    """Read a source as what it is: known already, sequences, or a table with one series."""
    if missing not in FILLS:
        raise SettingError(
            f"missing = {shown(missing)} is not accepted.{guess(str(missing), FILLS)} It takes "
            f"one of {', '.join(FILLS)}."
        )
    known = CATALOG[source].load() if isinstance(source, str) and source in CATALOG else source
    if isinstance(known, Sequences):
        return known_sequences(known, asked)
    if isinstance(known, Dataset):
        asked.refuse_labelled(known.name)
        return _choose_again(known, asked.single_target(), asked.covariates)
    sequences = untabled(source, asked, to_learn=to_learn)
    if sequences is not None:
        return sequences
    table, origin, short = _table(source)
    sequences = in_table(table, asked, short, origin, to_learn=to_learn)
    if sequences is not None:
        return sequences
    asked.refuse_labelled(table.name)
    target, covariates = asked.single_target(), asked.covariates
    data = _from_table(table, target, asked.time_column, covariates, missing)
    return replace(data, name=short, source=origin)


def _refuse_of_a_series(data: Sequences, season: int | None, missing: str) -> None:
    """Refuse options that mean nothing for sequences."""
    given = f"season = {season}" if season else f"missing = {missing!r}" * (missing != "refuse")
    if given:
        raise SettingError(
            f"{given} is not accepted for {data.name}, which holds sequences with answers. It is "
            f"for one series to forecast; sequences have no season, and nothing is filled in "
            f"for them. Leave it out."
        )


def _table(source: object) -> tuple[Table, str, str]:
    """Read a file or a frame; return its table, its origin and a short name."""
    if isinstance(source, pd.Series):
        label = "value" if source.name is None else str(source.name)
        return read_frame(source.to_frame(label), "Series"), "a pandas Series", label
    if isinstance(source, pd.DataFrame):
        return read_frame(source, "DataFrame"), "a pandas DataFrame", "data"
    if not isinstance(source, str | Path):
        raise DataError(
            f"A {type(source).__name__} cannot be loaded. Accepted are the name of a bundled data "
            f"set ({', '.join(CATALOG)}), the path of a CSV, Parquet, NPZ or .ts file, a pandas "
            f"DataFrame or Series, a pair (X, y) or a dict of arrays, a Dataset and Sequences. "
            f"Give one of these."
        )
    path = Path(source).expanduser()
    _check_path(path)
    return read_file(path), str(source), path.name[: -len(suffix(path))]


def _check_path(path: Path) -> None:
    try:
        if path.is_dir():
            raise DataError(
                f"{path} is a folder. The path of one file is accepted, or a folder with one "
                f"pair NAME_TRAIN.ts and NAME_TEST.ts. Name a file in it, such as "
                f"{next(iter(_data_files(path)), 'data.csv')!r}."
            )
        if path.is_file():
            return
        nearby = _data_files(path.parent) if path.parent.is_dir() else []
    except OSError:
        nearby = []
    raise DataError(
        f"There is no file {str(path)!r} and no bundled data set of that name."
        f"{guess(path.name, [*nearby, *CATALOG])} Bundled are: {', '.join(CATALOG)}. Give one of "
        f"these, or the path of a CSV, Parquet, NPZ or .ts file on this machine."
    )


def _data_files(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if suffix(one) in (*SUFFIXES, *FILES))


def _from_table(
    table: Table,
    target: str | None,
    time_column: str | None,
    covariates: Sequence[str] | str | None,
    missing: str,
) -> Dataset:
    """Check columns, cells and times, in this order, and fill what may be missing."""
    holes = missing != "refuse"
    clock = find_times(table, time_column)
    usable = [one for one in table.columns if one not in (clock.name, table.index)]
    cells = {one: numbers(table, one) for one in usable}
    columns, notes = choose(table, cells, target, covariates)
    for column in columns:
        check_cells(table, column, *cells[column], holes=holes)
    values = np.column_stack([cells[column][0] for column in columns])
    times, notes = clock.times, clock.notes + notes
    if not times.is_monotonic_increasing:
        order = np.argsort(times, kind="stable")
        times, values, table = times[order], values[order], table.take(order)
        notes += ("The rows were not in the order of time; they were sorted.",)
    if len(times) > 1:
        times, values, moved = _evenly(times.rename(clock.name), values, table, gaps=holes)
        notes += moved
    elif isinstance(times, pd.DatetimeIndex):
        times = pd.DatetimeIndex(times, freq="D")
    data = Dataset(table.name, times, values, columns, notes=notes)
    return carry_forward(data, missing) if holes else data


def _evenly(
    times: pd.Index, values: np.ndarray, table: Table, *, gaps: bool
) -> tuple[pd.Index, np.ndarray, tuple[str, ...]]:
    """Put the rows on equally spaced times, empty ones where a time is missing."""
    even, places, notes = regular(times, table.name, table.where, gaps=gaps)
    if len(even) > len(times):
        spread = np.full((len(even), values.shape[1]), np.nan)
        spread[places] = values
        values = spread
        notes += (f"Rows added for missing times: {len(even) - len(times)}.",)
    return even, values, notes


def _choose_again(
    data: Dataset, target: str | None, covariates: Sequence[str] | str | None
) -> Dataset:
    """Choose other columns of a data set as its target and covariates."""
    first = data.target if target is None else target
    check_column(first, data.columns, data)
    others = tuple(one for one in data.columns if one != first)
    if covariates is not None and covariates != "all":
        others = named_covariates(covariates, first, data.columns, data)
    columns = (first, *others)
    if columns == data.columns:
        return data
    places = [data.columns.index(one) for one in columns]
    holes = None if data.holes is None else data.holes[:, places]
    unit = data.unit if first == data.target else ""
    return replace(data, values=data.values[:, places], columns=columns, unit=unit, holes=holes)


def _check_learnable(data: Dataset) -> None:
    if len(data) < LEAST_ROWS:
        raise DataError(
            f"{data.name} has {len(data)} rows. At least {LEAST_ROWS} are needed to train, "
            f"validate and test. Give a longer series."
        )
    if data.actual.min() == data.actual.max():
        raise DataError(
            f"The target {data.target!r} of {data.name} is {data.actual[0]:g} in every row. A "
            f"target must vary to be forecast. Choose another column as target."
        )


def _with_season(data: Dataset, season: int | None, to_learn: bool) -> Dataset:
    """Set the season asked for, or the usual one of the frequency."""
    if season is not None:
        known = isinstance(season, int | np.integer) and not isinstance(season, bool)
        if not known or season < 0 or season == 1 or (to_learn and season >= len(data)):
            raise SettingError(
                f"season = {season!r} is not accepted. It takes the rows in one cycle: 2 or more, "
                f"fewer than the {len(data)} rows there are, or 0 for none. Monthly data with a "
                f"yearly pattern have 12."
            )
        return replace(data, season=int(season))
    usual = cycle(data.times)
    if not usual:
        return data
    if len(data) < LEAST_CYCLES * usual:
        note = (
            f"No season is assumed: {len(data)} rows are fewer than {LEAST_CYCLES} cycles of "
            f"{usual}."
        )
        return replace(data, notes=(*data.notes, note))
    note = f"A season of {usual} rows is assumed, the usual one of the frequency {data.frequency}."
    return replace(data, season=usual, notes=(*data.notes, note))
