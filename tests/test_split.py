"""Holdout: parts in time order that never meet and leave no row out."""

import re
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.errors import DataError, InputError, SettingError
from autolstm.split.series import holdout_parts


@dataclass
class Cut:
    """One series, cut once."""

    train: np.ndarray
    valid: np.ndarray
    test: np.ndarray
    seen: np.ndarray


def holdout(rows: int, validation: float, test: float, horizon: int = 1) -> Cut:
    parts = holdout_parts(np.array([0, rows]), validation, test, horizon)
    (fold,) = parts.folds
    return Cut(fold.train, fold.valid, parts.test, parts.seen)


SIZES = st.floats(0.01, 0.9) | st.integers(1, 40)


@given(rows=st.integers(3, 300), validation=SIZES, test=SIZES, horizon=st.integers(1, 12))
def test_parts_never_meet_and_cover_every_row(
    rows: int, validation: float, test: float, horizon: int
) -> None:
    try:
        fold = holdout(rows, validation, test, horizon)
    except DataError:
        return
    parts = (fold.train, fold.valid, fold.test)
    assert np.concatenate(parts).tolist() == list(range(rows))
    assert fold.seen.tolist() == list(range(len(fold.train) + len(fold.valid)))
    assert all(len(part) >= horizon for part in parts)
    assert len(fold.train) >= horizon + 2
    for part, asked in ((fold.valid, validation), (fold.test, test)):
        wanted = asked if asked >= 1 else rows * asked
        assert abs(len(part) - wanted) <= 0.5 or len(part) == 1


@pytest.mark.parametrize(
    ("validation", "test", "lengths"),
    [
        (0.15, 0.15, (70, 15, 15)),
        (12, 24, (64, 12, 24)),
        (12.0, 0.1, (78, 12, 10)),
        (1, 1, (98, 1, 1)),
        (0.001, 0.5, (49, 1, 50)),
        (np.int64(3), np.float64(0.2), (77, 3, 20)),
    ],
)
def test_shares_and_rows(validation: float, test: float, lengths: tuple[int, ...]) -> None:
    fold = holdout(100, validation, test)
    assert (len(fold.train), len(fold.valid), len(fold.test)) == lengths


@pytest.mark.parametrize("name", ["validation", "test"])
@pytest.mark.parametrize(
    "size", [0, -1, -0.5, 1.5, 12.25, float("nan"), float("inf"), -float("inf")]
)
def test_no_size(name: str, size: float) -> None:
    says = (
        f"split.{name} = {size!r} is not accepted. It takes a share of the rows (0.15) or a whole"
    )
    with pytest.raises(SettingError, match=re.escape(says)):
        holdout(100, **{"validation": 0.1, "test": 0.1, name: size})


@pytest.mark.parametrize(
    ("sizes", "horizon", "says"),
    [
        (
            (5, 20),
            6,
            "The validation part has 5 of 100 rows, but a horizon of 6 needs at least 6.",
        ),
        ((0.2, 0.01), 2, "The test part has 1 of 100 rows, .* Give split.test more rows"),
        ((60, 60), 1, "With 60 validation and 60 test rows, 0 of 100 rows are left"),
        ((0.5, 0.5), 1, "0 of 100 rows are left to train on. Give smaller parts or a longer"),
        ((49, 49), 1, "2 of 100 rows are left"),
        ((10**400, 1), 1, "0 of 100 rows are left"),
    ],
)
def test_parts_that_do_not_fit(sizes: tuple[float, float], horizon: int, says: str) -> None:
    with pytest.raises(DataError, match=says):
        holdout(100, *sizes, horizon)


def test_the_smallest_training_part() -> None:
    assert len(holdout(100, 48, 49, 1).train) == 3


@given(rows=st.integers(0, 50), part=st.floats() | st.integers(), horizon=st.integers(1, 60))
def test_nothing_but_input_errors(rows: int, part: float, horizon: int) -> None:
    try:
        fold = holdout(rows, part, 0.2, horizon)
    except InputError:
        return
    assert len(fold.train) + len(fold.valid) + len(fold.test) == rows
