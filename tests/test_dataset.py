"""`Dataset`: a value that cannot change, with a fingerprint and a future."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm import dataset
from autolstm.dataset import Dataset

MONTHS = pd.date_range("2020-01-01", periods=6, freq="MS", name="month")


def series(times: pd.Index = MONTHS, columns: tuple[str, ...] = ("y", "x")) -> Dataset:
    values = np.arange(len(times) * len(columns), dtype=float).reshape(len(times), -1)
    return Dataset("tiny", times, values, columns)


def test_columns_have_their_roles() -> None:
    data = series()
    assert (data.target, data.covariates, len(data)) == ("y", ("x",), 6)
    assert data.actual.tolist() == [0, 2, 4, 6, 8, 10]
    assert data.frequency == "MS"


def test_values_are_read_only_and_a_copy() -> None:
    given_values = np.zeros((6, 1))
    data = Dataset("tiny", MONTHS, given_values, ("y",))
    given_values[0] = 9
    assert data.values[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        data.values[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        data.actual[0] = 1


def test_shape_must_fit() -> None:
    with pytest.raises(ValueError, match=r"shape \(6, 2\), expected \(6 rows, 1 columns\)"):
        Dataset("tiny", MONTHS, np.zeros((6, 2)), ("y",))


@given(row=st.integers(0, 5), column=st.integers(0, 1))
def test_fingerprint_changes_with_any_value(row: int, column: int) -> None:
    data = series()
    values = data.values.copy()
    values[row, column] = np.nextafter(values[row, column], np.inf)
    other = Dataset("tiny", MONTHS, values, data.columns)
    assert other.fingerprint != data.fingerprint


def test_fingerprint_is_that_of_the_data_alone() -> None:
    data = series()
    named = Dataset("other", MONTHS, data.values, data.columns, unit="°C", season=12)
    assert named.fingerprint == data.fingerprint
    later = series(MONTHS + pd.DateOffset(years=1))
    assert later.fingerprint != data.fingerprint
    assert series(columns=("y", "z")).fingerprint != data.fingerprint


@pytest.mark.parametrize("chunk", [4, 100])
@pytest.mark.parametrize("frequency", ["D", "h", "7s", "250ms", "MS", ""])
def test_fingerprint_against_times_written_one_by_one(
    monkeypatch: pytest.MonkeyPatch, chunk: int, frequency: str
) -> None:
    """Studies remember it, so it must never change."""
    monkeypatch.setattr(dataset, "CHUNK", chunk)
    rows = pd.RangeIndex(5, 14)
    times = pd.date_range("1949-12-31", periods=9, freq=frequency) if frequency else rows
    data = series(times)
    digest = hashlib.sha256(b"y\x1fx")
    digest.update("\x1f".join(str(one) for one in times).encode())
    digest.update(data.values.tobytes())
    assert data.fingerprint == digest.hexdigest()[:16]


def test_future_of_dates() -> None:
    future = series().future_times(2)
    assert [str(one.date()) for one in future] == ["2020-07-01", "2020-08-01"]


def test_future_of_business_days_leaves_weekends_out() -> None:
    data = series(pd.date_range("2024-01-05", periods=6, freq="B"))
    assert [one.day for one in data.future_times(2)] == [15, 16]


def test_future_of_plain_steps() -> None:
    data = series(pd.RangeIndex(5, 11, name="t"))
    assert data.future_times(3).tolist() == [11, 12, 13]
    assert data.frequency == ""
