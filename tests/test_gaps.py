"""Missing values of sequences: refused unless asked, filled from the sequence, marked, undone."""

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_sequences import adding, learnt

from autolstm import load
from autolstm.data.gaps import unfilled
from autolstm.errors import DataError
from autolstm.sequences import Sequences
from autolstm.tuned.stored import model_from_json, model_to_json

NAN = float("nan")
STEPS = st.lists(st.one_of(st.just(NAN), st.integers(-9, 9).map(float)), min_size=1, max_size=6)
HALF = ["a", "b"] * 6


def taken(inputs: list[Any], missing: str, answers: Any = HALF) -> Sequences:
    data = load((inputs, answers), missing=missing)
    assert isinstance(data, Sequences)
    return data


def pieces(data: Sequences, column: int = 0) -> list[list[float]]:
    return [data.values[start:end, column].tolist() for start, end in pairwise(data.starts)]


def by_hand(steps: list[float], how: str) -> list[float]:
    """Slow and obvious."""
    known = [at for at, one in enumerate(steps) if one == one]
    filled = []
    for at, one in enumerate(steps):
        before = [k for k in known if k <= at]
        after = [k for k in known if k >= at]
        if one == one:
            filled.append(one)
        elif not before:
            filled.append(steps[known[0]])
        elif how == "interpolate" and after:
            low, high = before[-1], after[0]
            share = (at - low) / (high - low)
            filled.append(steps[low] + share * (steps[high] - steps[low]))
        else:
            filled.append(steps[before[-1]])
    return filled


@pytest.mark.parametrize("how", ["forward", "interpolate", "mask"])
@given(st.lists(STEPS, min_size=12, max_size=12))
def test_filling_against_a_loop(how: str, inputs: list[list[float]]) -> None:
    inputs = [one if any(v == v for v in one) else [*one, 1.0] for one in inputs]
    data = taken([np.array(one) for one in inputs], how)
    np.testing.assert_allclose(
        np.concatenate(pieces(data)), np.concatenate([by_hand(one, how) for one in inputs])
    )
    holes = np.isnan(np.concatenate(inputs))
    assert data.marks == (("x missing",) if how == "mask" and holes.any() else ())
    if data.marks:
        assert data.features == ("x", "x missing")
        np.testing.assert_array_equal(data.values[:, 1], holes)
        back = unfilled(data)
        np.testing.assert_array_equal(back.values[:, 0], np.concatenate(inputs))
        assert (back.features, back.marks) == (("x",), ())


def holed(count: int = 12) -> np.ndarray:
    values = np.random.default_rng(0).normal(size=(count, 4, 2))
    values[1, 2, 0] = values[3, 0, 0] = values[5, :3, 0] = NAN
    return values


def test_what_was_filled_is_said() -> None:
    assert taken(holed(), "mask").notes[-1] == (
        "Missing values take the last value before them in their sequence, and a column marks "
        "each: 5 of x1."
    )
    assert "straight line" in taken(holed(), "interpolate").notes[-1]
    assert "else the first one there: 5 of x1." in taken(holed(), "forward").notes[-1]


def test_refused_unless_asked() -> None:
    says = r"'x1' .* no value in sequence 1, step 2.*5 such values.* ask for missing=forward or ma"
    with pytest.raises(DataError, match=says):
        load((holed(), HALF))


def test_nothing_to_fill_from() -> None:
    values = holed()
    values[4, :, 1] = NAN
    says = r"'x2' .* no value at all in sequence 4 \(1 such sequence\), .* Leave these sequences"
    with pytest.raises(DataError, match=says):
        load((values, HALF), missing="mask")


def test_a_feature_of_the_name_of_a_mark() -> None:
    given_names = {"X": holed(), "y": HALF, "feature_names": ["heat", "heat missing"]}
    with pytest.raises(DataError, match="has a column 'heat missing', which is the name of the"):
        load(given_names, missing="mask")


@pytest.mark.parametrize(
    ("answers", "says"),
    [([NAN, 1.5] * 6, "answer 'y' .* has no value in sequence 0, counted")],
)
def test_answers_are_never_filled(answers: list[float], says: str) -> None:
    with pytest.raises(DataError, match=says) as refused:
        load((holed(), answers), missing="mask", task="regression")
    assert "missing=" not in str(refused.value)


def test_long_tables_and_ts_files(tmp_path: Any) -> None:
    table = pd.DataFrame(
        {
            "id": np.repeat(np.arange(12), 3),
            "heat": [1.0, NAN, 3.0] * 12,
            "mood": np.repeat(HALF, 3),
        }
    )
    data = load(table, id_column="id", target="mood", missing="interpolate")
    assert isinstance(data, Sequences)
    assert pieces(data) == [[1, 2, 3]] * 12
    lines = ["@univariate true", "@classLabel true a b", "@data"]
    path = tmp_path / "Waves.ts"
    path.write_text("\n".join([*lines, *(f"1,?,3:{one}" for one in HALF)]))
    data = load(path, missing="mask")
    assert isinstance(data, Sequences)
    assert pieces(data, 1) == [[0, 1, 0]] * 12


# Models -----------------------------------------------------------------------------------------


def test_new_data_are_filled_as_the_study_filled_them() -> None:
    data = taken(holed(30), "mask", ["a", "b"] * 15)
    model = adding(data, window=4)
    expected = model.predict(data)
    pd.testing.assert_frame_equal(model.predict(holed(30)), expected)
    # Marked as the study marked them: a hole of another feature has no column.
    values = holed(30)[:2]
    values[0, 1, 1] = NAN
    assert len(model.predict(values)) == 2
    # And a feature without holes here has one.
    assert len(model.predict(np.ones((2, 4, 2)))) == 2
    assert model.like.features == ("x1", "x2")
    assert model.like.marked == ("x1",)


def test_without_marks_new_data_are_filled_too() -> None:
    data = taken(holed(30), "forward", ["a", "b"] * 15)
    model = adding(data, window=4)
    pd.testing.assert_frame_equal(model.predict(holed(30)), model.predict(data))
    whole = adding(
        taken(np.ones((30, 4, 2)) * np.arange(30)[:, None, None], "refuse", HALF * 2 + HALF[:6])
    )
    with pytest.raises(DataError, match="no value in sequence 1"):
        whole.predict(holed(30))


@pytest.mark.slow
def test_a_saved_model_fills_as_before() -> None:
    data = taken(holed(30), "mask", ["a", "b"] * 15)
    model, found, asked = learnt(data)
    stored, values = model_to_json(model)
    back = model_from_json(json.loads(json.dumps(stored)), values, model.weights)
    pd.testing.assert_frame_equal(back.predict(holed(30)), model.predict(data))
    test = model.predict(holed(30)).loc[asked.parts.test]
    assert len(test) == found.windows
    del stored["data"]["fill"], stored["data"]["marks"]
    assert model_from_json(stored, values, model.weights).fill == "refuse"
