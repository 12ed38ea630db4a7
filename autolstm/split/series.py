"""Splits of one or several series: always in time order.

Neighbouring rows resemble each other. A part that is drawn at random would be measured on rows
whose neighbours were learnt from, and would promise too much.

Several series stand one behind the other; series ``i`` has the rows ``starts[i]`` to
``starts[i + 1]`` (exclusive). Each is cut at its own end. Where they end at different times, a
training row of one may be later than a validation row of another.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from autolstm.errors import DataError
from autolstm.split.parts import Fold, Parts
from autolstm.split.sizes import FOLDS, SHARE, size_of

__all__ = ["holdout_parts", "rolling_origin"]

LEAST = 2
"""Training rows on top of a horizon: one that is known before it, and two targets."""


def holdout_parts(
    starts: np.ndarray,
    validation: float = SHARE,
    test: float = SHARE,
    horizon: int = 1,
    names: Sequence[str] = (),
) -> Parts:
    """Cut every series in time order: training, then validation, then an untouched test part.

    Args:
        starts: First row of every series, and the number of all rows, shape (series + 1,).
        validation: Share of the rows of each series (below 1), or rows of each series.
        test: The same of the test part.
        horizon: Steps to forecast; a part must hold at least one whole target.
        names: Names of the series, for messages.

    Raises:
        SettingError: A size is not a share and not a whole number of rows.
        DataError: A part of some series is too small for one target, or training would be.
    """
    train, valid, tested = [], [], []
    for first, rows, where in _each(starts, names):
        size = _size("validation", validation, rows, horizon, where)
        end = rows - _size("test", test, rows, horizon, where)
        if end - size < horizon + LEAST:
            raise DataError(
                f"With {size} validation and {rows - end} test rows, {max(end - size, 0)} of "
                f"{rows} rows{where} are left to train on. Give smaller parts or a longer series."
            )
        every = first + np.arange(rows)
        train.append(every[: end - size])
        valid.append(every[end - size : end])
        tested.append(every[end:])
    pair = Fold(np.concatenate(train), np.concatenate(valid))
    seen = [np.concatenate(both) for both in zip(train, valid, strict=True)]
    return Parts((pair,), np.concatenate(seen), np.concatenate(tested))


def rolling_origin(
    starts: np.ndarray,
    validation: float | None = None,
    test: float = SHARE,
    horizon: int = 1,
    *,
    folds: int = FOLDS,
    gap: int = 0,
    train: int | None = None,
    names: Sequence[str] = (),
) -> Parts:
    """Move the origin of the forecasts through the rows before the test part.

    As of Tashman (2000), doi:10.1016/S0169-2070(00)00065-0: every fold learns from what lies
    before its origin, and is measured on the rows that follow. The last validation part ends
    where the test part begins, the others follow one another before it.

    Args:
        starts: First row of every series, and the number of all rows, shape (series + 1,).
        validation: Share of the rows of each series (below 1), or rows of each series, in each
            fold. None for the rows before the test part, without the gap, in ``folds + 1`` equal
            pieces, so that the first fold learns from at least as many as it is measured on;
            smaller ones where it would have too few.
        test: Share of the rows of each series, or rows of each series.
        horizon: Steps to forecast; a part must hold at least one whole target.
        folds: Origins, at least 2.
        gap: Rows that are left out between training and validation.
        train: Most training rows of each series, the latest ones (a sliding window); None for all
            rows since the first (an expanding window).
        names: Names of the series, for messages.

    Raises:
        SettingError: A size is not a share and not a whole number of rows.
        DataError: A part of some series is too small for one target, or training would be.
    """
    # Slow to load, and only a study with several folds needs it.
    from sklearn.model_selection import TimeSeriesSplit

    _check_sliding(train, horizon)
    pieces: list[list[Fold]] = []
    seen, tested = [], []
    for first, rows, where in _each(starts, names):
        end = rows - _size("test", test, rows, horizon, where)
        room = end - gap
        size = max(horizon, min(room // (folds + 1), (room - horizon - LEAST) // folds))
        if validation is not None:
            size = _size("validation", validation, rows, horizon, where)
        left = end - folds * size - gap
        if left < horizon + LEAST:
            raise DataError(
                f"With {folds} folds of {size} validation rows, a gap of {gap} and {rows - end} "
                f"test rows, {max(left, 0)} of {rows} rows{where} are left to train on in the "
                f"first fold. Give fewer folds, smaller parts or a longer series."
            )
        cuts = TimeSeriesSplit(folds, max_train_size=train, test_size=size, gap=gap)
        every = first + np.arange(rows)
        pieces.append([Fold(first + t, first + v) for t, v in cuts.split(every[:end])])
        seen.append(every[:end])
        tested.append(every[end:])
    merged = tuple(
        Fold(np.concatenate([p.train for p in fold]), np.concatenate([p.valid for p in fold]))
        for fold in zip(*pieces, strict=True)
    )
    return Parts(merged, np.concatenate(seen), np.concatenate(tested))


def _each(starts: np.ndarray, names: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Give the first row of every series, its number of rows, and how a message calls it."""
    for place, (first, rows) in enumerate(zip(starts[:-1], np.diff(starts), strict=True)):
        called = repr(names[place]) if names else f"number {place}"
        yield int(first), int(rows), f" of the series {called}" if len(starts) > 2 else ""


def _size(name: str, part: float, rows: int, horizon: int, where: str) -> int:
    """Return the rows of a part of one series, which hold at least one whole target."""
    size = size_of(part, rows, name)
    if size < horizon:
        raise DataError(
            f"The {name} part has {size} of {rows} rows{where}, but a horizon of {horizon} needs "
            f"at least {horizon}. Give split.{name} more rows, or a smaller horizon."
        )
    return size


def _check_sliding(train: int | None, horizon: int) -> None:
    if train is not None and train < horizon + LEAST:
        raise DataError(
            f"split.train = {train} rows are too few to train on: a horizon of {horizon} needs "
            f"at least {horizon + LEAST}. Give split.train more rows, or a smaller horizon."
        )
