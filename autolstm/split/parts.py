"""`Fold` and `Parts`: the numbers that each part holds."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Fold", "Parts"]


@dataclass(frozen=True, eq=False, slots=True)
class Fold:
    """One fold: what is learnt from, and what that is measured on.

    Attributes:
        train: Numbers of rows (of a series, its targets) or of sequences, sorted, int64.
        valid: The same of validation; none of them is in ``train``.
    """

    train: np.ndarray
    valid: np.ndarray


@dataclass(frozen=True, eq=False, slots=True)
class Parts:
    """All parts of one split.

    Attributes:
        folds: One or more; they may share numbers with each other.
        seen: All numbers that are not in the test part, sorted: what the refit of the winner
            learns from.
        test: What no fold has seen, the same for all of them, sorted.
    """

    folds: tuple[Fold, ...]
    seen: np.ndarray
    test: np.ndarray
