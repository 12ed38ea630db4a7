"""Several series on their own times -> one spacing of all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from autolstm.dataset import every
from autolstm.errors import DataError

__all__ = ["Spaced", "alike"]


@dataclass(frozen=True, eq=False, slots=True)
class Spaced:
    """One series on equally spaced times.

    Attributes:
        times: Of the rows, with their frequency.
        values: Shape (rows, columns), NaN for what is missing.
        future: The known columns in the rows behind, shape (rows ahead, known columns).
        sorted: Whether its rows had to be put into the order of time.
        added: Rows that were missing.
        step: What whole numbers of steps went up by, 0 for times.
        notes: What became of the times.
    """

    times: pd.Index
    values: np.ndarray
    future: np.ndarray
    sorted: bool
    added: int
    step: int
    notes: tuple[str, ...]

    @property
    def spacing(self) -> tuple[str, int]:
        """Frequency and step; a single row has none."""
        return str(getattr(self.times, "freqstr", None) or ""), self.step

    def fits(self, spacing: tuple[str, int]) -> bool:
        """Whether the rows have this spacing, too."""
        frequency, step = spacing
        if len(self.times) < 2 or self.spacing == spacing:
            return isinstance(self.times, pd.DatetimeIndex) == bool(frequency)
        if not frequency or self.step or step:
            return False
        given = pd.date_range(self.times[0], periods=len(self.times), freq=frequency)
        return bool(given.equals(self.times))


def alike(found: Sequence[Spaced], ids: Sequence[str], table: str) -> tuple[list[Spaced], str]:
    """Check that all series have one spacing.

    The one that most of them have counts. A few rows may look as if they had another one, as five
    days of one week do among business days, and a single row has any.

    Args:
        found: The series.
        ids: Their names.
        table: What messages call the data.

    Returns:
        The series, all with this frequency, and the frequency.

    Raises:
        DataError: Some have another spacing.
    """
    dated = isinstance(found[0].times, pd.DatetimeIndex)
    told = Counter(one.spacing for one in found if len(one.times) > 1)
    spacing = told.most_common(1)[0][0] if told else ("D" if dated else "", 0)
    odd = [at for at, one in enumerate(found) if not one.fits(spacing)]
    if odd:
        first = next(at for at, one in enumerate(found) if one.spacing == spacing)
        raise DataError(
            f"The series of {table} are not spaced alike: {ids[first]!r} has one row every "
            f"{_said(spacing)}, but {ids[odd[0]]!r} one every {_said(found[odd[0]].spacing)} "
            f"({len(odd)} of {len(ids)} differ). All series need the same spacing. "
            f"Resample them, or leave some out."
        )
    frequency = spacing[0]
    if not dated:
        return list(found), ""
    return [
        replace(one, times=pd.DatetimeIndex(one.times, freq=frequency)) for one in found
    ], frequency


def _said(spacing: tuple[str, int]) -> str:
    frequency, step = spacing
    return every(frequency) if step < 2 else f"{step} steps"
