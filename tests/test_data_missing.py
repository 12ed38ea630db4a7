"""Missing values: refused unless asked, filled from the past, lines in training rows only."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.data.load import load
from autolstm.data.missing import FILLS, carry_forward, interpolate
from autolstm.dataset import Dataset
from autolstm.errors import DataError, SettingError

NAN = float("nan")
CELLS = st.one_of(st.just(NAN), st.integers(-9, 9).map(float))


def data(*columns: list[float], fill: str = "forward") -> Dataset:
    values = np.column_stack(columns)
    names = ("y", "x", "z")[: len(columns)]
    return carry_forward(Dataset("tiny", pd.RangeIndex(len(values)), values, names), fill)


def frame(values: Any, times: Any = None) -> pd.DataFrame:
    index = pd.date_range("2024-01-01", periods=len(values)) if times is None else times
    return pd.DataFrame({"y": values}, index=index)


WAVE = np.round(10 + np.sin(np.arange(40.0)), 3)


def holed(*rows: int) -> np.ndarray:
    values = WAVE.copy()
    values[list(rows)] = NAN
    return values


# Filling ----------------------------------------------------------------------------------------


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20))
def test_forward_against_a_loop(rows: list[tuple[float, float]]) -> None:
    whole = [at for at, row in enumerate(rows) if not np.isnan(row).any()]
    if not whole:
        with pytest.raises(DataError, match="No row of tiny has a value in every column"):
            data([row[0] for row in rows], [row[1] for row in rows])
        return
    filled = data([row[0] for row in rows], [row[1] for row in rows])
    expected: list[list[float]] = []
    for row in rows[whole[0] :]:
        known = expected[-1] if expected else list(row)
        expected.append(
            [one if one == one else past for one, past in zip(row, known, strict=True)]
        )
    assert filled.values.tolist() == expected
    holes = np.isnan(rows[whole[0] :])
    assert (filled.holes is None) == (not holes.any())
    if filled.holes is not None:
        np.testing.assert_array_equal(filled.holes, holes)
    assert filled.times[0] == whole[0]


@given(
    values=st.lists(CELLS, min_size=4, max_size=20),
    train=st.integers(1, 20),
    after=CELLS,
    row=st.integers(0, 20),
)
def test_lines_rest_on_training_rows_alone(
    values: list[float], train: int, after: float, row: int
) -> None:
    values = [1.0, *values]
    train = min(train, len(values))
    other = values[:train] + [after if at == row else one for at, one in enumerate(values[train:])]
    one, changed = (
        interpolate(data(v, fill="interpolate"), np.arange(train)) for v in (values, other)
    )
    np.testing.assert_array_equal(one.values[:train], changed.values[:train])
    # After them, every value is the last one before it.
    np.testing.assert_array_equal(one.values[train:], data(values).values[train:])


def test_lines_by_hand() -> None:
    filled = data([0.0, NAN, NAN, 6.0, NAN, 9.0, NAN, 3.0], fill="interpolate")
    assert filled.actual.tolist() == [0, 0, 0, 6, 6, 9, 9, 3]
    # Row 5 is no training row, so nothing is known after row 3 in training.
    assert interpolate(filled, np.arange(5)).actual.tolist() == [0, 2, 4, 6, 6, 9, 9, 3]
    assert interpolate(filled, np.arange(8)).actual.tolist() == [0, 2, 4, 6, 7.5, 9, 6, 3]


def test_forward_is_left_alone() -> None:
    filled = data([0.0, NAN, 6.0])
    assert interpolate(filled, np.arange(3)) is filled


# Loading ----------------------------------------------------------------------------------------


def test_missing_values_are_refused_and_the_way_out_is_said() -> None:
    with pytest.raises(DataError, match=r"no value on row 9 \(2 such cells\).* missing=forward"):
        load(frame(holed(9, 20)))


@pytest.mark.parametrize("fill", FILLS[1:])
def test_missing_values_are_filled(fill: str) -> None:
    loaded = load(frame(holed(9, 10, 20)), missing=fill)
    assert loaded.actual[[9, 10, 20]].tolist() == WAVE[[8, 8, 19]].tolist()
    assert (loaded.fill, np.flatnonzero(loaded.holes[:, 0]).tolist()) == (fill, [9, 10, 20])
    note = next(one for one in loaded.notes if one.startswith("Missing values"))
    assert "3 of y. Forecasts of such rows are not measured." in note
    assert ("a straight line" in note) == (fill == "interpolate")


def test_rows_before_the_first_whole_one_are_left_out() -> None:
    loaded = load(frame(holed(0, 1)), missing="forward")
    assert (len(loaded), loaded.times[0]) == (38, pd.Timestamp("2024-01-03"))
    assert any("The first 2 rows were left out" in one for one in loaded.notes)
    assert loaded.holes is None


def test_missing_rows_are_added() -> None:
    times = pd.date_range("2024-01-01", periods=40)
    kept = np.delete(np.arange(40), [5, 6, 30])
    loaded = load(frame(WAVE[kept], times[kept]), missing="forward")
    assert loaded.times.equals(times)
    assert loaded.actual[[5, 6, 30]].tolist() == WAVE[[4, 4, 29]].tolist()
    assert "Rows added for missing times: 3." in loaded.notes
    with pytest.raises(DataError, match=r"a gap: 2024-01-06 is missing.* missing=forward"):
        load(frame(WAVE[kept], times[kept]))


def test_missing_steps_are_added() -> None:
    kept = np.delete(np.arange(40), [5])
    table = pd.DataFrame({"step": 3 * kept, "y": WAVE[kept]})
    loaded = load(table, target="y", covariates=[], missing="forward")
    assert (len(loaded), loaded.actual[5]) == (40, WAVE[4])
    with pytest.raises(DataError, match=r"are not even.* missing=forward"):
        load(table, target="y", covariates=[])


def test_a_frequency_that_is_mostly_missing_is_refused() -> None:
    times = pd.date_range("2024-01-01", periods=100)
    kept = np.sort(np.append(np.arange(0, 99, 3), [1]))
    with pytest.raises(DataError, match="equally spaced|a gap"):
        load(frame(np.arange(float(len(kept))), times[kept]), missing="forward")


def test_infinite_values_and_text_are_refused_whatever_is_asked() -> None:
    values = WAVE.copy()
    values[3] = np.inf
    with pytest.raises(DataError, match="an infinite value on row 3"):
        load(frame(values), missing="forward")
    with pytest.raises(DataError, match="'oops' on row 3"):
        load(frame([*map(str, WAVE[:3]), "oops", *map(str, WAVE[3:])]), missing="forward")


@pytest.mark.parametrize("given_value", ["forwrd", "", None, 3])
def test_a_fill_that_is_none(given_value: Any) -> None:
    says = r"missing = .* is not accepted\..* It takes one of refuse, forward, interpolate, mask\."
    with pytest.raises(SettingError, match=says) as refused:
        load(frame(WAVE), missing=given_value)
    assert ("Did you mean 'forward'?" in str(refused.value)) == (given_value == "forwrd")


def test_holes_follow_their_columns() -> None:
    table = frame(holed(9)).assign(x=WAVE)
    loaded = load(table, target="y", missing="forward")
    turned = load(loaded, target="x")
    assert (turned.columns, turned.fill) == (("x", "y"), "forward")
    assert turned.holes.sum(axis=0).tolist() == [0, 1]


def test_a_filled_value_is_another_one_than_a_known_one() -> None:
    """So a study does not go on with data whose holes were mended."""
    loaded = load(frame(holed(9)), missing="forward")
    assert loaded.fingerprint != replace(loaded, holes=None).fingerprint


# Marks ------------------------------------------------------------------------------------------


def test_marks_stand_beside_the_columns_with_holes() -> None:
    table = frame(holed(9, 20)).assign(x=WAVE, z=holed(3))
    loaded = load(table, target="y", missing="mask")
    assert loaded.columns == ("y", "x", "z", "y missing", "z missing")
    assert loaded.marks == loaded.past[2:] == ("y missing", "z missing")
    assert np.flatnonzero(loaded.values[:, 3]).tolist() == [9, 20]
    assert np.flatnonzero(loaded.values[:, 4]).tolist() == [3]
    assert loaded.holes.shape == loaded.values.shape
    plain = load(table, target="y", missing="forward")
    np.testing.assert_array_equal(loaded.values[:, :3], plain.values)
    assert any("and a column marks each: 2 of y, 1 of z." in one for one in loaded.notes)
    assert not np.isnan(loaded.values).any()


def test_without_holes_there_is_nothing_to_mark() -> None:
    loaded = load(frame(WAVE), missing="mask")
    assert (loaded.columns, loaded.marks, loaded.fill) == (("y",), (), "mask")


def test_marks_of_missing_rows_of_several_series() -> None:
    times = pd.date_range("2024-01-01", periods=40)
    parts = [
        pd.DataFrame({"id": name, "time": times, "y": WAVE}).drop(index=[gap])
        for name, gap in (("a", 7), ("b", 30))
    ]
    loaded = load(pd.concat(parts), id_column="id", target="y", missing="mask")
    assert np.flatnonzero(loaded.values[:, 1]).tolist() == [7, 70]


def test_a_column_of_the_name_of_a_mark() -> None:
    table = frame(holed(9)).assign(**{"y missing": WAVE})
    with pytest.raises(DataError, match="has a column 'y missing', which is the name of the col"):
        load(table, target="y", missing="mask")


def test_marks_go_with_their_columns() -> None:
    loaded = load(frame(holed(9)).assign(x=WAVE), target="y", missing="mask")
    alone = load(loaded, target="y", covariates="x")
    assert (alone.columns, alone.marks) == (("y", "x"), ())


# Rows of new data -------------------------------------------------------------------------------


@pytest.mark.parametrize("freq", ["MS", "ME", "D", "B", "W-SAT", "h", "30min", "QS-JAN", "YS-JAN"])
@pytest.mark.parametrize("rows", [-7, -1, 0, 1, 5, 29])
def test_rows_to_a_time(freq: str, rows: int) -> None:
    times = pd.date_range("2000-01-05", periods=60, freq=freq)
    known = Dataset("tiny", times[20:30], np.zeros((10, 1)), ("y",))
    assert known.rows_to(times[20 + rows]) == rows


def test_rows_to_a_step() -> None:
    known = Dataset("tiny", pd.RangeIndex(5, 9), np.zeros((4, 1)), ("y",))
    assert [known.rows_to(one) for one in (2, 5, 30)] == [-3, 0, 25]
