"""Numbers that describe a series: the same in all of its rows, so said once a series."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from autolstm.data.columns import check_cells
from autolstm.data.table import Table
from autolstm.errors import DataError

__all__ = ["static_numbers"]


def static_numbers(
    table: Table,
    cells: Mapping[str, tuple[np.ndarray, np.ndarray]],
    names: Sequence[str],
    codes: np.ndarray | None,
    ids: Sequence[str],
) -> np.ndarray | None:
    """Take what each series says of itself.

    A row may leave it out, as rows of the future do, where another row of the series says it.

    Args:
        table: Where the columns come from.
        cells: Their values and masks of stray cells.
        names: The static columns.
        codes: Place among ``ids`` of every row.
        ids: Names of the series.

    Returns:
        Shape (series, static columns), None where there are none.

    Raises:
        DataError: A series says two things, or nothing.
    """
    if not names or codes is None:
        return None
    found = np.empty((len(ids), len(names)))
    for place, name in enumerate(names):
        values, bad = cells[name]
        check_cells(table, name, values, bad, holes=True)
        by_series = pd.Series(values).groupby(codes)
        least, most = by_series.min().to_numpy(), by_series.max().to_numpy()
        silent, torn = np.flatnonzero(np.isnan(least)), np.flatnonzero(least < most)
        if len(silent) or len(torn):
            at = int(silent[0] if len(silent) else torn[0])
            what = "has no value" if len(silent) else f"goes from {least[at]:g} to {most[at]:g}"
            raise DataError(
                f"{name!r} of {table.name} is asked for as static, but {what} in the series "
                f"{ids[at]!r}. What is static is one number a series, the same in all its rows. "
                f"Mend it, or make it a covariate."
            )
        found[:, place] = least
    return found
