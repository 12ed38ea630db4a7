"""Cross-validation of sequences: every one is validated on in one fold, learnt from in the others.

Every function takes the sorted numbers that are not in the test part, shape (n,).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autolstm.errors import DataError
from autolstm.seeding import child
from autolstm.split.parts import Fold

__all__ = ["dealt", "group_k_fold", "k_fold", "stratified_k_fold"]


def dealt(
    kind: str,
    numbers: np.ndarray,
    folds: int,
    seed: int,
    *,
    codes: np.ndarray | None,
    groups: np.ndarray | None,
    classes: Sequence[str] = (),
) -> tuple[Fold, ...]:
    """Deal the numbers out as a kind says: ``"group_k_fold"``, ``"stratified_k_fold"`` or any.

    Raises:
        DataError: There are too few numbers, groups or members of a class.
    """
    match kind:
        case "group_k_fold" if groups is not None:
            return group_k_fold(numbers, folds, groups=groups)
        case "stratified_k_fold" if codes is not None:
            return stratified_k_fold(numbers, folds, seed, codes=codes, classes=classes)
        case _:
            return k_fold(numbers, folds, seed)


def k_fold(numbers: np.ndarray, folds: int, seed: int) -> tuple[Fold, ...]:
    """Deal the numbers out at random.

    Raises:
        DataError: There are fewer numbers than folds.
    """
    from sklearn.model_selection import KFold

    if len(numbers) < folds:
        raise DataError(
            f"{len(numbers)} sequences outside the test part are fewer than the {folds} folds. "
            f"Give fewer folds, a smaller test part or more sequences."
        )
    return _pairs(numbers, KFold(folds, shuffle=True, random_state=_state(seed)))


def stratified_k_fold(
    numbers: np.ndarray,
    folds: int,
    seed: int,
    *,
    codes: np.ndarray,
    classes: Sequence[str] = (),
) -> tuple[Fold, ...]:
    """Deal every class out at random, in equal shares.

    Args:
        numbers: What is not in the test part.
        folds: How many.
        seed: Root seed.
        codes: Class of every sequence by its number, whole numbers from 0, shape (all,).
        classes: Names of the classes, for messages.

    Raises:
        DataError: A class has fewer members than there are folds.
    """
    from sklearn.model_selection import StratifiedKFold

    kinds, members = np.unique(codes[numbers], return_counts=True)
    fewest = int(members.min())
    if fewest < folds:
        rare = int(kinds[members.argmin()])
        raise DataError(
            f"The class {classes[rare] if classes else rare!r} has {fewest} of the sequences "
            f"outside the test part, fewer than the {folds} folds. Give fewer folds, leave that "
            f"class out, or take another kind, as in --set split.kind=k_fold."
        )
    splitter = StratifiedKFold(folds, shuffle=True, random_state=_state(seed))
    return _pairs(numbers, splitter, y=codes[numbers])


def group_k_fold(numbers: np.ndarray, folds: int, *, groups: np.ndarray) -> tuple[Fold, ...]:
    """Deal whole groups out so that the folds are about equally large; nothing is drawn.

    Args:
        numbers: What is not in the test part.
        folds: How many.
        groups: Group of every sequence by its number, shape (all,).

    Raises:
        DataError: There are fewer groups than folds.
    """
    from sklearn.model_selection import GroupKFold

    found = len(np.unique(groups[numbers]))
    if found < folds:
        raise DataError(
            f"{found} groups outside the test part are fewer than the {folds} folds. Give fewer "
            f"folds, a smaller test part, or take another kind, as in --set split.kind=k_fold."
        )
    return _pairs(numbers, GroupKFold(folds), groups=groups[numbers])


def _state(seed: int) -> int:
    return child(seed, "split", "validation")


def _pairs(numbers: np.ndarray, splitter: Any, **known: np.ndarray) -> tuple[Fold, ...]:
    return tuple(
        Fold(numbers[train], numbers[valid]) for train, valid in splitter.split(numbers, **known)
    )
