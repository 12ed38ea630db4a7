"""Windows: what is cut out of a series, what is padded, and what does not fit together."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.prepare import Part, Windows
from autolstm.shapes import Shapes

SERIES = np.arange(1, 13, dtype=np.float32).reshape(6, 2)
FIT = Shapes(3, 2, 1, padding=-9.0)
NONE = Part(np.zeros(0, np.int32), np.zeros((0, 1), np.float32))


def part(**more):
    return Part(np.array([2, 4], np.int32), np.ones((2, 1), np.float32), **more)


def windows(train=None, **more):
    return Windows(SERIES, **{"shapes": FIT, "loss_unit": 1.0, "valid": NONE, **more}, train=train)


def one(series, window, origin, length, padding):
    """Cut one window out, row by row."""
    rows = []
    for back in range(window - 1, -1, -1):
        there = back < length
        rows.append(list(series[origin - back]) if there else [padding] * series.shape[1])
    return rows


@given(st.data())
def test_windows_are_cut_out_row_by_row(data):
    window = data.draw(st.integers(1, 6))
    ends = data.draw(st.lists(st.integers(0, 5), max_size=5))
    lengths = [data.draw(st.integers(0, min(window, end + 1))) for end in ends]
    made = windows(NONE, shapes=replace(FIT, window=window))
    found = made.inputs(np.array(ends, np.int32), np.array(lengths, np.int32))
    assert found.shape == (len(ends), window, 2)
    assert found.dtype == np.float32
    pairs = zip(ends, lengths, strict=True)
    assert found.tolist() == [one(SERIES, window, *pair, -9.0) for pair in pairs]
    whole = [end for end in ends if end >= window - 1]
    expected = [one(SERIES, window, end, window, 0) for end in whole]
    assert made.inputs(np.array(whole, np.int32)).tolist() == expected


@pytest.mark.parametrize(
    ("form", "loss", "target"),
    [
        ("vector", "squared", (4,)),
        ("steps", "huber", (3, 4)),
        ("decoder", "pinball10", (2, 4)),
        ("vector", "cross_entropy", ()),
        ("steps", "cross_entropy", (3,)),
        ("decoder", "cross_entropy", (2,)),
    ],
)
def test_targets_have_the_shape_of_outputs_or_one_number_for_all_classes(form, loss, target):
    steps = 2 if form == "decoder" else 1
    empty = Part(np.zeros(0, np.int32), np.zeros((0, *target), np.float32))
    made = windows(empty, shapes=Shapes(3, 2, 4, form, steps), valid=empty, loss=loss)
    assert made.target == target


def test_what_does_not_count_is_not_told():
    own = np.array([[0.0], [2.0]], np.float32)
    targets = np.array([[np.nan], [3.0]], np.float32)
    assert Part(NONE.origins, targets, own).told.tolist() == [[0], [3]]
    assert Part(NONE.origins, targets).told is targets


def test_parts_say_what_they_need():
    plain, own = part(), part(weights=np.ones((2, 1)), lengths=np.array([1, 2]))
    for train, valid, told in ((plain, plain, False), (plain, own, True), (own, NONE, True)):
        made = windows(train, valid=valid)
        assert (made.weighted, made.padded) == (told, told)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"train": replace(part(), targets=np.ones((2, 2)))}, r"targets .* \(2, 2\), .* \(2, 1\)"),
        ({"train": part(weights=np.ones(2))}, r"weights have the shape \(2,\), .* \(2, 1\)"),
        ({"train": part(lengths=np.ones((2, 1)))}, r"lengths have the shape \(2, 1\), .* \(2,\)"),
        ({"valid": part(weights=np.ones(2))}, "weights have"),
        ({"most": 1}, "2 windows, expected at most 1"),
        (
            {"train": part(lengths=np.ones(2)), "shapes": replace(FIT, padding=None)},
            "windows that are not whole, and no padding",
        ),
    ],
)
def test_what_does_not_fit_together_is_said(given, message):
    with pytest.raises(ValueError, match=message):
        windows(**{"train": part(), **given})


def test_windows_that_are_not_whole_need_padding():
    made = windows(part(), shapes=replace(FIT, padding=None))
    with pytest.raises(ValueError, match="not whole, and no padding"):
        made.inputs(np.array([2]), np.array([1]))
