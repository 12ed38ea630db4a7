"""Class weights against a loop and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from autolstm.prepare.weights import balanced_weights


@given(codes=st.lists(st.integers(0, 4), max_size=20), classes=st.integers(5, 7))
def test_against_a_loop(codes: list[int], classes: int) -> None:
    found = balanced_weights(np.array(codes), classes)
    assert found.shape == (classes,)
    for one in range(classes):
        count = sum(code == one for code in codes)
        assert found[one] == pytest.approx(len(codes) / (classes * count) if count else 0.0)


def test_where_every_class_occurs() -> None:
    codes = np.array([0, 0, 0, 1, 2, 2])
    found = balanced_weights(codes, 3)
    assert found.tolist() == [2 / 3, 2.0, 1.0]
    usual = compute_class_weight("balanced", classes=np.arange(3), y=codes)
    assert found.tolist() == usual.tolist()
    assert found[codes].mean() == 1.0


def test_steps_that_are_not_there_do_not_count() -> None:
    codes = np.array([[0.0, 1.0, 1.0], [1.0, np.nan, np.nan]])
    assert balanced_weights(codes, 2).tolist() == [2.0, 4 / 6]
