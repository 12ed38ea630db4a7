"""Splits of series against slow twins that take one row after another, and what they refuse."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.errors import DataError, InputError, SettingError
from autolstm.split import Parts
from autolstm.split.series import holdout_parts, rolling_origin

SIZES = st.floats(0.01, 0.5) | st.integers(1, 30)
LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=4)
HORIZONS = st.integers(1, 5)


def stacked(lengths: list[int]) -> np.ndarray:
    return np.cumsum([0, *lengths])


def listed(parts: Parts) -> tuple[list[tuple[list[int], list[int]]], list[int], list[int]]:
    folds = [(fold.train.tolist(), fold.valid.tolist()) for fold in parts.folds]
    return folds, parts.seen.tolist(), parts.test.tolist()


def wanted(size: float, rows: int) -> int:
    return max(1, round(size * rows)) if size < 1 else int(size)


# Holdout ----------------------------------------------------------------------------------------


@given(lengths=LENGTHS, validation=SIZES, test=SIZES, horizon=HORIZONS)
def test_holdout_against_a_loop(
    lengths: list[int], validation: float, test: float, horizon: int
) -> None:
    train: list[int] = []
    valid: list[int] = []
    tested: list[int] = []
    fits = True
    row = 0
    for rows in lengths:
        sizes = (wanted(validation, rows), wanted(test, rows))
        fits &= min(sizes) >= horizon and rows - sum(sizes) >= horizon + 2
        for to_come in range(rows - 1, -1, -1):
            part = tested if to_come < sizes[1] else valid if to_come < sum(sizes) else train
            part.append(row)
            row += 1
    if not fits:
        with pytest.raises(DataError, match=r"The \w+ part has|With \d+ validation"):
            holdout_parts(stacked(lengths), validation, test, horizon)
        return
    found = listed(holdout_parts(stacked(lengths), validation, test, horizon))
    assert found == ([(train, valid)], sorted(train + valid), tested)


def test_every_series_is_cut_at_its_own_end() -> None:
    found = listed(holdout_parts(np.array([0, 10, 16]), validation=0.2, test=1))
    assert found == (
        [([0, 1, 2, 3, 4, 5, 6, 10, 11, 12, 13], [7, 8, 14])],
        [*range(9), *range(10, 15)],
        [9, 15],
    )


# Rolling origin ---------------------------------------------------------------------------------


@given(
    lengths=LENGTHS,
    validation=SIZES | st.none(),
    test=SIZES,
    horizon=HORIZONS,
    folds=st.integers(2, 5),
    gap=st.integers(0, 4),
    train=st.integers(3, 20) | st.none(),
)
def test_rolling_origin_against_a_loop(
    lengths: list[int],
    validation: float | None,
    test: float,
    horizon: int,
    folds: int,
    gap: int,
    train: int | None,
) -> None:
    sizes = [wanted(test, rows) for rows in lengths]
    fits = train is None or train >= horizon + 2
    for rows, tested in zip(lengths, sizes, strict=True):
        size = horizon if validation is None else wanted(validation, rows)
        fits &= min(size, tested) >= horizon
        fits &= rows - tested - gap - folds * size >= horizon + 2
    try:
        parts = rolling_origin(
            stacked(lengths), validation, test, horizon, folds=folds, gap=gap, train=train
        )
    except DataError:
        assert not fits
        return
    assert fits
    starts = stacked(lengths)
    for number, fold in enumerate(parts.folds):
        learnt: list[int] = []
        measured: list[int] = []
        for series, rows in enumerate(lengths):
            first, end = int(starts[series]), int(starts[series]) + rows - sizes[series]
            mine = [row for row in fold.valid.tolist() if first <= row < first + rows]
            size = len(mine) if validation is None else wanted(validation, rows)
            origin = end - (folds - number) * size
            measured += [row for row in range(first, end) if origin <= row < origin + size]
            before = [row for row in range(first, end) if row < origin - gap]
            learnt += before[-train:] if train else before
            assert size >= horizon
            assert len(before) >= horizon + 2
        assert fold.valid.tolist() == measured
        assert fold.train.tolist() == learnt
    assert len(parts.folds) == folds
    assert sorted([*parts.seen, *parts.test]) == list(range(sum(lengths)))
    assert len(parts.test) == sum(sizes)


@given(rows=st.integers(20, 200), horizon=HORIZONS, folds=st.integers(2, 6), gap=st.integers(0, 9))
def test_the_default_pieces_are_equal(rows: int, horizon: int, folds: int, gap: int) -> None:
    """Those of scikit-learn, where each of them holds enough to learn from."""
    before = rows - horizon
    if (before - gap) // (folds + 1) < horizon + 2:
        return
    parts = rolling_origin(np.array([0, rows]), None, horizon, horizon, folds=folds, gap=gap)
    for fold in parts.folds:
        assert len(fold.valid) == (before - gap) // (folds + 1)
    assert len(parts.folds[0].train) >= len(parts.folds[0].valid)


def test_an_expanding_and_a_sliding_window() -> None:
    one = np.array([0, 12])
    assert listed(rolling_origin(one, 2, 2, folds=2, gap=1))[0] == [
        ([0, 1, 2, 3, 4], [6, 7]),
        ([0, 1, 2, 3, 4, 5, 6], [8, 9]),
    ]
    assert listed(rolling_origin(one, 2, 2, folds=2, train=3))[0] == [
        ([3, 4, 5], [6, 7]),
        ([5, 6, 7], [8, 9]),
    ]


# What is refused --------------------------------------------------------------------------------

ONE, TWO = np.array([0, 100]), np.array([0, 100, 120])


@pytest.mark.parametrize("size", [0, -1, -0.5, 1.5, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["validation", "test"])
@pytest.mark.parametrize("cut", [holdout_parts, rolling_origin])
def test_no_size(cut: Any, name: str, size: float) -> None:
    says = f"split.{name} = {size!r} is not accepted. It takes a share of the rows (0.15) or a"
    with pytest.raises(SettingError, match=re.escape(says)):
        cut(ONE, **{name: size})


@pytest.mark.parametrize(
    ("starts", "asked", "says"),
    [
        (
            ONE,
            {"validation": 5, "horizon": 6},
            "The validation part has 5 of 100 rows, but a horizon of 6 needs at least 6. Give "
            "split.validation more rows, or a smaller horizon.",
        ),
        (
            TWO,
            {"test": 0.1, "horizon": 3, "names": ("north", "south")},
            "The test part has 2 of 20 rows of the series 'south', but a horizon of 3 needs",
        ),
        (
            TWO,
            {"test": 10, "validation": 8},
            "With 8 validation and 10 test rows, 2 of 20 rows of the series number 1 are left to "
            "train on. Give smaller parts or a longer series.",
        ),
        (ONE, {"test": 60, "validation": 60}, "0 of 100 rows are left to train on. Give smaller"),
    ],
)
def test_a_holdout_that_does_not_fit(starts: np.ndarray, asked: dict[str, Any], says: str) -> None:
    with pytest.raises(DataError, match=re.escape(says)):
        holdout_parts(starts, **asked)


@pytest.mark.parametrize(
    ("starts", "asked", "says"),
    [
        (
            ONE,
            {"validation": 20, "test": 10, "gap": 3, "folds": 4, "horizon": 6},
            "With 4 folds of 20 validation rows, a gap of 3 and 10 test rows, 7 of 100 rows are "
            "left to train on in the first fold. Give fewer folds, smaller parts or a longer",
        ),
        (
            TWO,
            {"test": 2, "folds": 30, "names": ("north", "south")},
            "With 30 folds of 1 validation rows, a gap of 0 and 2 test rows, 0 of 20 rows of the "
            "series 'south' are left to train on in the first fold.",
        ),
        (
            ONE,
            {"validation": 4, "horizon": 5},
            "The validation part has 4 of 100 rows, but a horizon of 5 needs at least 5.",
        ),
        (
            ONE,
            {"test": 4, "horizon": 5},
            "The test part has 4 of 100 rows, but a horizon of 5 needs at least 5.",
        ),
        (
            ONE,
            {"train": 6, "horizon": 5},
            "split.train = 6 rows are too few to train on: a horizon of 5 needs at least 7. Give "
            "split.train more rows, or a smaller horizon.",
        ),
        (ONE, {"gap": 10**18}, "0 of 100 rows are left to train on in the first fold."),
    ],
)
def test_folds_that_do_not_fit(starts: np.ndarray, asked: dict[str, Any], says: str) -> None:
    with pytest.raises(DataError, match=re.escape(says)):
        rolling_origin(starts, **asked)


@given(
    lengths=st.lists(st.integers(0, 30), min_size=1, max_size=3),
    validation=st.floats() | st.integers(),
    test=st.floats(0, 2) | st.integers(-1, 20),
    horizon=HORIZONS,
    folds=st.integers(2, 9),
    gap=st.integers(0, 30),
    train=st.integers(1, 20) | st.none(),
)
def test_nothing_but_input_errors(
    lengths: list[int],
    validation: float,
    test: float,
    horizon: int,
    folds: int,
    gap: int,
    train: int | None,
) -> None:
    starts = stacked(lengths)
    for cut in (
        lambda: holdout_parts(starts, validation, test, horizon),
        lambda: rolling_origin(
            starts, validation, test, horizon, folds=folds, gap=gap, train=train
        ),
    ):
        try:
            parts = cut()
        except InputError:
            continue
        assert len(parts.seen) + len(parts.test) == sum(lengths)
