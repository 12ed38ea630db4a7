"""A `Plan` and what is known of the data -> `Parts`."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from autolstm.errors import DataError, SettingError, counted
from autolstm.split.drawing import (
    named_groups,
    take_groups,
    take_last,
    take_random,
    take_stratified,
)
from autolstm.split.folding import dealt
from autolstm.split.parts import Fold, Parts
from autolstm.split.plan import KINDS, SERIES, Plan
from autolstm.split.series import holdout_parts, rolling_origin
from autolstm.split.sizes import SHARE, size_of

__all__ = ["Cases", "Rows", "drawn", "parts_for"]


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """What a split knows of one or several series.

    Attributes:
        starts: First row of every series, and the number of all rows, shape (series + 1,).
        names: Names of the series, for messages.
        recommended: Sizes of validation and test that come with the data, for what a plan leaves
            open.
    """

    starts: np.ndarray
    names: tuple[str, ...] = ()
    recommended: tuple[float, float] = (SHARE, SHARE)


@dataclass(frozen=True, eq=False, slots=True)
class Cases:
    """What a split knows of sequences, which bear the numbers from 0 to ``count - 1``.

    Attributes:
        count: How many there are.
        codes: Class of each, whole numbers from 0, shape (count,); None where the answers are
            numbers, or not one a sequence.
        groups: Group of each, as text, shape (count,); None for none.
        official: Whether each belongs to the test part that came with the data, shape (count,);
            None for none.
        classes: Names of the classes, for messages.
    """

    count: int
    codes: np.ndarray | None = None
    groups: np.ndarray | None = None
    official: np.ndarray | None = None
    classes: tuple[str, ...] = ()


def parts_for(plan: Plan, data: Rows | Cases, horizon: int = 1, seed: int = 0) -> Parts:
    """Split data as a plan says, and as suits them where it says nothing.

    Series are cut in time order (``holdout``). Of sequences, the test part that came with the
    data is kept, unless the plan has a test part of its own; all else is drawn by group where
    there are groups, stratified where there are classes, else at random.

    The test part is drawn first. It depends on the seed, not on what is done with the rest: a
    kind and its k-fold have the same one.

    Args:
        plan: What is asked for.
        data: What is known of the data.
        horizon: Steps to forecast, for series.
        seed: Root seed, for sequences.

    Raises:
        SettingError: The kind does not suit the data, or a group is unknown.
        DataError: The data are too few for these parts.
    """
    if isinstance(data, Rows):
        return _of_series(plan, data, horizon)
    return _of_sequences(plan, data, seed)


def _of_series(plan: Plan, data: Rows, horizon: int) -> Parts:
    if plan.kind not in (None, *SERIES):
        raise SettingError(
            f"split.kind = {plan.kind!r} does not suit a series. Its rows are not independent: a "
            f"network could learn from the neighbours of what it is tested on. A series takes "
            f"{' or '.join(SERIES)}."
        )
    if plan.test_groups is not None:
        raise SettingError(
            f"split.test_groups = {list(plan.test_groups)} does not suit a series, which has no "
            f"groups. It takes split.test, a share of the rows or a number of rows."
        )
    validation, test = (
        recommended if asked is None else asked
        for asked, recommended in zip((plan.validation, plan.test), data.recommended, strict=True)
    )
    if plan.kind == "rolling_origin":
        return rolling_origin(
            data.starts,
            plan.validation,
            test,
            horizon,
            folds=plan.fold_count,
            gap=plan.gap or 0,
            train=plan.train,
            names=data.names,
        )
    return holdout_parts(data.starts, validation, test, horizon, data.names)


def _of_sequences(plan: Plan, data: Cases, seed: int) -> Parts:
    kind, _ = drawn(plan, data)
    _check_kind(kind, plan, data)
    folds = plan.fold_count
    every = np.arange(data.count)
    given = _given_test(plan, data)
    # A share is one of all sequences, or of what a test part that is given leaves of them.
    whole = data.count - (0 if given is None else len(given))
    size = _size(plan.validation, whole, "validation") if folds == 1 else 0
    if given is None:
        count = _size(plan.test, whole, "test")
        _check_room(size, count, data.count)
        test = _take(kind, data, every, count, "test", seed, spare=2)
    else:
        _check_room(size, len(given), data.count)
        test = given
    seen = np.setdiff1d(every, test, assume_unique=True)
    if folds > 1:
        known: Any = {"codes": data.codes, "groups": data.groups, "classes": data.classes}
        return Parts(dealt(kind, seen, folds, seed, **known), seen, test)
    valid = _take(kind, data, seen, size, "validation", seed, spare=1)
    train = np.setdiff1d(seen, valid, assume_unique=True)
    return Parts((Fold(train, valid),), seen, test)


def _size(asked: float | None, whole: int, name: str) -> int:
    return size_of(SHARE if asked is None else asked, whole, name, "sequences")


def drawn(plan: Plan, data: Cases) -> tuple[str, bool]:
    """Return how sequences are split: the kind, and whether the test part came with the data."""
    official = plan.test is None and plan.test_groups is None and _has_official(data)
    if plan.kind:
        return plan.kind, official
    if data.groups is not None or plan.test_groups is not None:
        return "group", official
    return ("random" if data.codes is None else "stratified"), official


def _has_official(data: Cases) -> bool:
    return data.official is not None and bool(data.official.any())


def _given_test(plan: Plan, data: Cases) -> np.ndarray | None:
    """Return the test part where it is named, or came with the data; what a plan says wins."""
    if plan.test_groups is not None and data.groups is not None:
        return named_groups(data.groups, plan.test_groups)
    if plan.test is None and data.official is not None and _has_official(data):
        return np.flatnonzero(data.official)
    return None


def _take(
    kind: str, data: Cases, numbers: np.ndarray, count: int, part: str, seed: int, spare: int
) -> np.ndarray:
    """Draw one part; a k-fold draws its test part as the kind that it is made of."""
    match kind.removesuffix("_k_fold"):
        case "in_order":
            return take_last(numbers, count)
        case "group" if data.groups is not None:
            return take_groups(numbers, count, part, seed, groups=data.groups, spare=spare)
        case "stratified" if data.codes is not None:
            return take_stratified(
                numbers, count, part, seed, codes=data.codes, classes=data.classes
            )
        case _:
            return take_random(numbers, count, part, seed)


def _check_kind(kind: str, plan: Plan, data: Cases) -> None:
    """Refuse a kind for series, and one that needs what the data do not have."""
    if kind in SERIES:
        raise SettingError(
            f"split.kind = {kind!r} does not suit sequences, which do not follow one another in "
            f"time. They take {', '.join(one for one in KINDS if one not in SERIES)}."
        )
    lacks = ""
    if "group" in kind and data.groups is None:
        lacks = "groups, such as the person that each sequence comes from"
    elif "stratified" in kind and data.codes is None:
        lacks = "classes, one for each sequence"
    if lacks:
        asked = f"split.kind = {kind!r}" if plan.kind else "split.test_groups"
        other = "k_fold" if kind.endswith("k_fold") else "random"
        advice = f"Take another kind, as in --set split.kind={other}"
        raise SettingError(
            f"{asked} needs {lacks}, and these data have none. "
            f"{advice if plan.kind else 'Leave it out'}."
        )


def _check_room(validation: int, test: int, count: int) -> None:
    left = count - validation - test
    if left < 1:
        parts = f"{validation} validation and {test} test" if validation else f"{test} test"
        raise DataError(
            f"With {parts} sequences, {max(left, 0)} of {counted(count, 'sequence')} are left to "
            f"train on. Give smaller parts or more sequences."
        )
