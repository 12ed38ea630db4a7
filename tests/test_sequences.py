"""`Sequences` holds together what belongs together, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from autolstm.sequences import Sequences


def ragged() -> Sequences:
    return Sequences(
        name="three",
        values=np.arange(12.0).reshape(6, 2),
        starts=np.array([0, 1, 3, 6]),
        features=("x", "y"),
        symbols=((), ()),
        answers=np.array([[0.0], [1.0], [0.0]]),
        answer_starts=np.arange(4),
        targets=("label",),
        classes=("no", "yes"),
        groups=np.array(["a", "a", "b"]),
    )


def test_lengths_of_ragged_sequences() -> None:
    data = ragged()
    assert len(data) == 3
    assert data.lengths.tolist() == [1, 2, 3]
    assert data.answer_lengths.tolist() == [1, 1, 1]
    assert not data.stepwise


def test_an_answer_at_every_step() -> None:
    data = replace(ragged(), answers=np.zeros((6, 1)), answer_starts=np.array([0, 1, 3, 6]))
    assert data.stepwise
    assert not replace(data, apart=True).stepwise


def test_arrays_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        ragged().values[0] = 1.0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"values": np.zeros((5, 2))}, r"values have the shape \(5, 2\), expected \(6, 2\)"),
        ({"answers": np.zeros((2, 1))}, r"answers have the shape \(2, 1\), expected \(3, 1\)"),
        ({"groups": np.array(["a"])}, r"groups have the shape \(1,\), expected \(3,\)"),
        ({"symbols": ((),)}, "symbols of 1 features, expected 2"),
        ({"starts": np.array([0, 3, 1, 6])}, "starts must begin with 0 and rise"),
    ],
)
def test_what_does_not_fit_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(ragged(), **wrong)  # type: ignore[arg-type]


def test_equal_data_have_equal_fingerprints() -> None:
    assert ragged().fingerprint == replace(ragged(), name="other").fingerprint


@pytest.mark.parametrize(
    "other",
    [
        {"values": np.arange(12.0).reshape(6, 2) + 1e-9},
        {"starts": np.array([0, 2, 3, 6])},
        {"classes": ("no", "maybe")},
        {"groups": None},
        {"groups": np.array(["a", "b", "b"])},
        {"official": np.array([False, False, True])},
        {"apart": True},
    ],
)
def test_other_data_have_other_fingerprints(other: dict[str, object]) -> None:
    assert ragged().fingerprint != replace(ragged(), **other).fingerprint  # type: ignore[arg-type]
