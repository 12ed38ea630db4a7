"""What fits leave behind: curves that go to JSON and back, scores over seeds."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.outcome import Curve, Epoch, Score, rounded

NAN = math.nan
LOSS = st.floats(1e-6, 1e6) | st.sampled_from([0.0, math.inf])


def curve(*replicates: list[float], train: list[list[float]] | None = None) -> Curve:
    """Validation losses of each replicate, NaN after the last."""
    longest = max(map(len, replicates), default=0)

    def stacked(rows: list[list[float]]) -> np.ndarray:
        padded = [one + [NAN] * (longest - len(one)) for one in rows]
        return np.array(padded).reshape(len(rows), longest).T

    return Curve(stacked(list(train or replicates)), stacked(list(replicates)))


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    lengths = draw(st.lists(st.integers(0, 6), min_size=1, max_size=4))
    valid, train = (
        [draw(st.lists(LOSS, min_size=n, max_size=n)) for n in lengths] for _ in range(2)
    )
    return curve(*valid, train=train)


@given(curves())
def test_curves_go_to_json_and_back(one: Curve) -> None:
    text = json.dumps(one.to_json(), allow_nan=False)
    back = Curve.from_json(json.loads(text))
    for before, after in ((one.train_loss, back.train_loss), (one.valid_loss, back.valid_loss)):
        assert after.shape == before.shape
        finite = np.isfinite(before)
        np.testing.assert_allclose(after[finite], before[finite], rtol=1e-5)
        assert np.isnan(after[~finite]).all()
    assert Curve.from_json(back.to_json()).to_json() == back.to_json()


def test_json_of_a_curve_is_cut_where_each_replicate_stopped() -> None:
    one = curve([0.5, 0.25, 0.125], [0.75], train=[[1.0, 0.1234567, math.inf], [2.0]])
    assert one.to_json() == {
        "train": [[1.0, 0.123457, None], [2.0]],
        "valid": [[0.5, 0.25, 0.125], [0.75]],
    }
    assert one.lengths == (3, 1)


def test_a_lost_loss_in_between_shortens_no_curve() -> None:
    one = curve([0.5, NAN, 0.125, NAN], [0.5, 0.4], train=[[1.0, NAN, 0.5, 0.25], [2.0, NAN]])
    assert one.lengths == (4, 2)
    back = Curve.from_json(one.to_json())
    np.testing.assert_array_equal(back.valid_loss, one.valid_loss)
    np.testing.assert_array_equal(back.train_loss, one.train_loss)


def test_training_without_validation_has_a_length() -> None:
    assert curve([NAN, NAN], train=[[2.0, 1.0]]).lengths == (2,)


@pytest.mark.parametrize("replicates", [1, 3])
def test_an_empty_curve(replicates: int) -> None:
    empty = Curve.of([], replicates)
    back = Curve.from_json(json.loads(json.dumps(empty.to_json())))
    for one in (empty, back):
        assert one.train_loss.shape == one.valid_loss.shape == (0, replicates)
        assert one.best_epochs == one.lengths == (0,) * replicates


def test_a_stream_of_epochs_becomes_a_curve() -> None:
    running = np.array([True, False])
    stream = [
        Epoch(n, np.array([n, 1.0]), np.array([n, 2.0]), np.array([1.0, 2.0]), running)
        for n in (1, 2, 3)
    ]
    one = Curve.of(stream, 2)
    assert one.train_loss.tolist() == [[1, 1], [2, 1], [3, 1]]
    assert one.valid_loss.tolist() == [[1, 2], [2, 2], [3, 2]]


@pytest.mark.parametrize(
    ("losses", "best"),
    [
        ([3.0, 1.0, 2.0], 2),
        ([1.0], 1),
        ([2.0, 1.0, 1.0], 2),
        ([NAN, 2.0, 1.0], 3),
        ([1.0, NAN], 1),
        ([math.inf, 5.0], 2),
        ([NAN, NAN], 0),
        ([math.inf], 0),
        ([-math.inf, 1.0], 2),
    ],
)
def test_the_best_epoch_is_the_first_with_the_smallest_finite_loss(
    losses: list[float], best: int
) -> None:
    assert curve(losses).best_epochs == (best,)


@given(curves())
def test_best_epochs_against_a_loop(one: Curve) -> None:
    for replicate, best in enumerate(one.best_epochs):
        losses = one.valid_loss[:, replicate].tolist()
        finite = [loss for loss in losses if math.isfinite(loss)]
        assert best == (losses.index(min(finite)) + 1 if finite else 0)


def test_rounding_keeps_six_digits() -> None:
    assert rounded([123456.789, 1.23456789e-7, NAN, -math.inf]) == [
        123457,
        1.23457e-07,
        None,
        None,
    ]
    assert rounded(np.array([0.123]), digits=2) == [0.12]


def test_score_over_seeds() -> None:
    score = Score((1.0, 2.0, 4.0))
    assert score.mean == pytest.approx(7 / 3)
    assert score.std == pytest.approx(math.sqrt((16 + 1 + 25) / 9 / 2))
    assert score.to_json() == {"mean": score.mean, "std": score.std, "scores": [1.0, 2.0, 4.0]}


def test_score_of_one_seed_has_no_spread() -> None:
    assert (Score((3.0,)).mean, Score((3.0,)).std) == (3.0, 0.0)
