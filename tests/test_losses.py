"""Losses of elements, against their definitions written out number by number."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autolstm.metrics import metric_named

pytestmark = pytest.mark.slow

NUMBERS = arrays(np.float32, (2, 3), elements=st.floats(-50, 50, width=32))


def loss(name):
    from autolstm.train.losses import loss_named

    return loss_named(name)


def huber(found, target):
    gap = abs(found - target)
    return gap * gap / 2 if gap <= 1 else gap - 0.5


def entropy(scores, label):
    return math.log(sum(math.exp(one - scores[label]) for one in scores))


@given(NUMBERS, NUMBERS)
@settings(max_examples=50, deadline=None)
def test_losses_of_numbers(found, targets):
    expected = {
        "squared": metric_named("mse").errors(targets, found),
        "absolute": metric_named("mae").errors(targets, found),
        "huber": np.vectorize(huber)(found.astype(float), targets.astype(float)),
    }
    for percent in (1, 5, 50, 90):
        expected[f"pinball{percent}"] = metric_named(f"pinball{percent}").errors(targets, found)
    expected |= {"pinball05": expected["pinball5"], "pinball": expected["pinball50"]}
    for name, wanted in expected.items():
        np.testing.assert_allclose(loss(name)(found, targets), wanted, rtol=1e-4, atol=1e-4)


@given(NUMBERS, st.lists(st.integers(0, 2), min_size=2, max_size=2))
@settings(max_examples=50, deadline=None)
def test_cross_entropy(found, labels):
    expected = [entropy(row.tolist(), label) for row, label in zip(found, labels, strict=True)]
    seen = loss("cross_entropy")(found, np.array(labels, np.float32))
    np.testing.assert_allclose(seen, expected, rtol=1e-4, atol=1e-5)


def test_cross_entropy_of_sure_scores_is_finite():
    seen = loss("cross_entropy")(np.float32([[1e4, -1e4], [1e4, -1e4]]), np.float32([0, 1]))
    np.testing.assert_allclose(seen, [0, 2e4])


@pytest.mark.parametrize("name", ["cubed", "pinball0", "pinball00", "pinball100", "pinball-5"])
def test_there_is_no_such_loss(name):
    with pytest.raises(ValueError, match=f"no loss is named '{name}'"):
        loss(name)


def test_a_loss_is_one_function():
    """By its identity, engines tell whether what is minimised is what is told."""
    assert loss("pinball90") is loss("pinball90")
