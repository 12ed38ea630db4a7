"""Numbers as a data set of plain steps."""

import numpy as np
import pandas as pd

from autolstm.dataset import Dataset


def plain(values: np.ndarray, first: int = 0) -> Dataset:
    """Make one series of values of shape (rows,) or (rows, columns), its first row ``first``."""
    table = np.asarray(values, dtype=float)
    table = table[:, None] if table.ndim == 1 else table
    columns = tuple(f"x{place}" for place in range(table.shape[1]))
    return Dataset("plain", pd.RangeIndex(len(table)), table, columns, firsts=np.array([first]))
