"""One series and one fold: `Fold` and `holdout`, until everything takes `Parts`."""

from dataclasses import dataclass

import numpy as np

from autolstm.errors import DataError
from autolstm.split.sizes import size_of

__all__ = ["Fold", "holdout"]


@dataclass(frozen=True, eq=False, slots=True)
class Fold:
    """Row numbers of the targets of each part, in time order."""

    train: np.ndarray
    valid: np.ndarray
    test: np.ndarray

    @property
    def seen(self) -> np.ndarray:
        """Training and validation rows: what the refit of the winner learns from."""
        return np.concatenate([self.train, self.valid])


def holdout(rows: int, validation: float, test: float, horizon: int = 1) -> Fold:
    """Cut a series in time order: train, then validation, then an untouched test part.

    Args:
        rows: Rows of the series.
        validation: Share of all rows (below 1) or a number of rows.
        test: Share of all rows (below 1) or a number of rows.
        horizon: Steps to forecast; a part must hold at least one whole target.

    Raises:
        SettingError: A part is not a share and not a whole number of rows.
        DataError: A part is too small for one target, or training would be.
    """
    asked = {"validation": validation, "test": test}
    sizes = {name: size_of(part, rows, name) for name, part in asked.items()}
    for name, size in sizes.items():
        if size < horizon:
            raise DataError(
                f"The {name} part has {size} of {rows} rows, but a horizon of {horizon} needs at "
                f"least {horizon}. Give split.{name} more rows, or a smaller horizon."
            )
    left = rows - sum(sizes.values())
    if left < horizon + 2:
        raise DataError(
            f"With {sizes['validation']} validation and {sizes['test']} test rows, {max(left, 0)} "
            f"of {rows} rows are left to train on. Give smaller parts or a longer series."
        )
    cut = left + sizes["validation"]
    every = np.arange(rows)
    return Fold(train=every[:left], valid=every[left:cut], test=every[cut:])
