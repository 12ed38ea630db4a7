"""Dataset rows -> `Fold`: which target rows serve training, validation and test.

A fold holds row numbers, never copies. A window belongs to the part in which all its targets
lie; its inputs may reach back across a cut, never forward.
"""

from dataclasses import dataclass

import numpy as np

from autolstm.errors import DataError, SettingError

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
    sizes = {name: _size(rows, part, name) for name, part in asked.items()}
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


def _size(rows: int, part: float, name: str) -> int:
    if 0 < part < 1:
        return max(1, round(rows * part))
    if part >= 1 and part % 1 == 0:
        return int(part)
    raise SettingError(
        f"split.{name} = {part!r} is not accepted. It takes a share of the rows (0.15) or a "
        f"whole number of rows (12)."
    )
