"""The door for data: anything -> `Dataset` or `Sequences`, or a message that says what to mend."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from autolstm.data.again import choose_again
from autolstm.data.asked import Asked
from autolstm.data.calendar import with_calendar
from autolstm.data.catalog import CATALOG
from autolstm.data.learnable import LEAST_ROWS, check_series_learnable
from autolstm.data.panel import from_table
from autolstm.data.regular import cycle
from autolstm.data.sources import in_table, known_sequences, untabled
from autolstm.data.tabled import table_of
from autolstm.dataset import Dataset
from autolstm.errors import SettingError
from autolstm.sequences import Sequences

__all__ = ["LEAST_ROWS", "load"]

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
    known: Sequence[str] | str | None = None,
    calendar: Sequence[str] | str | None = None,
    static: Sequence[str] | str | None = None,
) -> Dataset | Sequences:
    """Load regular series, or sequences with answers; say what is wrong where it is neither.

    Several series come from a long table with an ``id_column``, a row a series and time. They
    need the same spacing, and may differ in length and in when they begin.

    Sequences come from a pair ``(X, y)``, from a dict or an NPZ file with arrays of these names
    (or ``X_train``, ``y_train``, ``X_test``, ``y_test``), from a ``.ts`` file or a UCR pair, from
    a long table with an ``id_column``, or from a table with a text and its answer in each row.

    Args:
        source: Name of a bundled data set (``"airline"``), path of a file, a pandas DataFrame or
            Series, a pair ``(X, y)``, a dict of arrays, a `Dataset` or `Sequences`.
        target: Column to forecast, or several; ``"all"`` for every column of numbers that plays
            no other part. May be left out where there is only one of numbers. Of sequences in a
            table, the column of answers, or several.
        time_column: Column of times, found where it is not given. The times of a bundled data
            set and of a `Dataset` stay as they are. Of sequences, the column of steps.
        covariates: Further columns: names, ``"all"``, or ``[]`` for none; None for every other
            column of numbers. Of sequences, the features.
        season: Rows in one cycle, 0 for none; None to derive it from the frequency.
        unit: Unit of the target.
        name: Name of the data set; None for that of the file.
        missing: What is done with missing values and rows: ``"refuse"`` them, fill them
            ``"forward"`` with the last value before, ``"interpolate"`` them later, inside the
            training rows of a study, or ``"mask"`` them: filled forward, with a column beside
            that holds 1 where a value was missing. Of sequences, those of the features: filled
            from the sequence itself, see `autolstm.data.gaps`. What is loaded already stays as
            it is.
        to_learn: Whether something shall be learned from the data, which takes `LEAST_ROWS` rows
            (or ten sequences) and a target that varies. False for rows to forecast from.
        task: ``"forecasting"``, ``"classification"``, ``"regression"`` or
            ``"sequence-to-sequence"``; None to infer it.
        id_column: Column of a long table that says which series or sequence a row belongs to. It
            holds series where the target is of numbers and changes within an id, or where the
            task is forecasting.
        group_column: Column that says which group a sequence belongs to, such as a person.
        test_column: Column that says whether a sequence is in the official test part.
        unit_of_text: What texts are split into: ``"characters"`` or ``"words"``.
        known: Covariates whose future is known, such as holidays or prices. Rows behind the last
            target of a series that have them, with empty targets, are its future.
        calendar: Calendar features to add as such covariates: ``"auto"`` for those that suit the
            frequency, or some of hour, weekday, monthday, yearday and month.
        static: Columns with one number a series, which describe it.

    Returns:
        The data set; its ``notes`` say what was assumed.

    Raises:
        DataError: The rows or columns cannot be used as they are.
        SettingError: An option is none of those accepted, or does not fit the source.
    """
    asked = Asked(
        *(target, time_column, covariates, task, id_column, group_column, test_column),
        *(unit_of_text, known, calendar, static, missing),
    )
    data = _found(source, asked, to_learn)
    if name is not None or unit is not None:
        data = replace(data, name=name or data.name, unit=data.unit if unit is None else unit)
    if isinstance(data, Sequences):
        asked.refuse_of_series(data.name)
        _refuse_a_season(data, season)
        return data
    if to_learn:
        check_series_learnable(data)
    told = isinstance(source, Dataset) or (isinstance(source, str) and source in CATALOG)
    if not told or season is not None:
        data = _with_season(data, season, to_learn)
    return data if calendar is None else with_calendar(data, calendar)


def _found(source: Any, asked: Asked, to_learn: bool) -> Dataset | Sequences:
    """Read a source as what it is: known already, sequences, or a table with one series."""
    known = CATALOG[source].load() if isinstance(source, str) and source in CATALOG else source
    if isinstance(known, Sequences):
        return known_sequences(known, asked)
    if isinstance(known, Dataset):
        return choose_again(known, asked)
    sequences = untabled(source, asked, to_learn=to_learn)
    if sequences is not None:
        return sequences
    table, origin, short = table_of(source)
    sequences = in_table(table, asked, short, origin, to_learn=to_learn)
    if sequences is not None:
        return sequences
    asked.refuse_labelled(table.name)
    return replace(from_table(table, asked), name=short, source=origin)


def _refuse_a_season(data: Sequences, season: int | None) -> None:
    """Refuse a season, which means nothing for sequences."""
    if season:
        raise SettingError(
            f"season = {season} is not accepted for {data.name}, which holds sequences with "
            f"answers. It is for series to forecast; sequences have no season. Leave it out."
        )


def _with_season(data: Dataset, season: int | None, to_learn: bool) -> Dataset:
    """Set the season asked for, or the usual one of the frequency."""
    rows, shortest = int(data.lengths.min()), " in the shortest series" * data.several
    if season is not None:
        known = isinstance(season, int | np.integer) and not isinstance(season, bool)
        if not known or season < 0 or season == 1 or (to_learn and season >= rows):
            raise SettingError(
                f"season = {season!r} is not accepted. It takes the rows in one cycle: 2 or more, "
                f"fewer than the {rows} rows there are{shortest}, or 0 "
                f"for none. Monthly data with a yearly pattern have 12."
            )
        return replace(data, season=int(season))
    usual = cycle(data.series(0).times)
    if not usual:
        return data
    if rows < LEAST_CYCLES * usual:
        note = (
            f"No season is assumed: {rows} rows{shortest} are fewer than {LEAST_CYCLES} cycles of "
            f"{usual}."
        )
        return replace(data, notes=(*data.notes, note))
    note = f"A season of {usual} rows is assumed, the usual one of the frequency {data.frequency}."
    return replace(data, season=usual, notes=(*data.notes, note))
