"""Calendar features: phases of every cycle, and which cycles suit which rows."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from panels import LENGTHS, panel

from autolstm.data.calendar import CYCLES, calendar_columns, calendar_values, suited
from autolstm.data.load import load
from autolstm.dataset import Dataset
from autolstm.errors import DataError, SettingError

FREQUENCIES = {
    **dict.fromkeys(("YS-JAN", "2YE-DEC", "", "100ms", "us", "ns"), ()),
    **dict.fromkeys(("QS-OCT", "QE-DEC", "MS", "ME", "2MS", "6ME"), ("month",)),
    **dict.fromkeys(("W-SUN", "2W-TUE"), ("yearday",)),
    **dict.fromkeys(("D", "2D", "B"), ("weekday", "yearday")),
    **dict.fromkeys(("h", "3h", "15min", "min"), ("hour", "weekday", "yearday")),
    **dict.fromkeys(("s", "30s"), ("hour",)),
}


@pytest.mark.parametrize(("frequency", "cycles"), FREQUENCIES.items())
def test_cycles_that_suit(frequency: str, cycles: tuple[str, ...]) -> None:
    assert suited(frequency) == cycles
    names = calendar_columns("auto", frequency)
    assert names == tuple(f"{one}_{wave}" for one in cycles for wave in ("sin", "cos"))


@pytest.mark.parametrize(
    ("cycle", "time", "phase"),
    [
        ("hour", "2024-05-17 00:00", 0),
        ("hour", "2024-05-17 18:00", 3 / 4),
        ("hour", "2024-05-17 00:00:00.864", 1e-5),
        ("weekday", "2024-05-13", 0),  # a Monday
        ("weekday", "2024-05-19 12:00", 6.5 / 7),
        ("monthday", "2024-02-01", 0),
        ("monthday", "2024-02-29", 28 / 29),
        ("yearday", "2023-01-01", 0),
        ("yearday", "2024-12-31", 365 / 365.25),
        ("month", "2024-01-31", 0),
        ("month", "2024-10-01", 3 / 4),
    ],
)
def test_phases_by_hand(cycle: str, time: str, phase: float) -> None:
    times = pd.DatetimeIndex([time])
    np.testing.assert_allclose(CYCLES[cycle](times), [phase], rtol=1e-12)
    found = calendar_values(times, [f"{cycle}_cos", f"{cycle}_sin"])
    angle = 2 * np.pi * phase
    np.testing.assert_allclose(found, [[np.cos(angle), np.sin(angle)]], atol=1e-12)


@given(st.datetimes(pd.Timestamp("1700-01-01"), pd.Timestamp("2200-01-01")))
def test_phases_go_from_0_to_below_1(time: Any) -> None:
    for phase in CYCLES.values():
        assert 0 <= phase(pd.DatetimeIndex([time]))[0] < 1


def test_columns_are_added_to_every_series_and_its_future() -> None:
    plain, data = panel(ahead=2), panel(ahead=2, calendar="auto")
    names = ("weekday_sin", "weekday_cos", "yearday_sin", "yearday_cos")
    assert (data.columns, data.wide) == ((*plain.columns, *names), 2)
    assert (data.known, data.calendar) == (("promo", *names), names)
    np.testing.assert_array_equal(data.values[:, :4], plain.values)
    assert data.future is not None
    np.testing.assert_array_equal(data.future[..., :1], plain.future)  # type: ignore[arg-type]
    for place in range(3):
        one = data.series(place)
        np.testing.assert_array_equal(one.values[:, 4:], calendar_values(one.times, names))  # type: ignore[arg-type]
        times = one.future_times(2)
        assert len(one) == list(LENGTHS.values())[place]
        np.testing.assert_array_equal(one.future[0, :, 1:], calendar_values(times, names))  # type: ignore[index,arg-type]
    assert data.notes[-1] == "Calendar features are added: weekday, yearday."
    assert panel().future is None
    assert panel(calendar="auto").future is None


def test_holes_and_what_is_asked_for_twice() -> None:
    times = pd.date_range("2020-01-01", periods=60, freq="MS")
    rows = pd.DataFrame({"y": np.arange(60.0)}, index=times)
    rows.iloc[7] = np.nan
    data = load(rows, missing="forward", calendar="month, yearday")
    assert isinstance(data, Dataset)
    assert data.holes is not None
    assert data.holes.shape == (60, 5)
    assert np.argwhere(data.holes).tolist() == [[7, 0]]
    again = load(data, calendar=["month"])
    assert again is data
    assert load("airline", calendar="auto").calendar == ("month_sin", "month_cos")  # type: ignore[union-attr]
    # What is chosen again without them, has none.
    assert load(data, covariates=[]).calendar == ()  # type: ignore[union-attr]


def test_rows_without_a_calendar() -> None:
    years = pd.Series(np.arange(30.0), pd.date_range("1950", periods=30, freq="YS"))
    data = load(years, calendar="auto")
    assert data.columns == ("value",)  # type: ignore[union-attr]
    assert data.notes[-1] == "No calendar is added: none suits rows of one a year."
    steps = load(pd.Series(np.arange(30.0)), calendar="auto")
    assert steps.notes[-1] == "No calendar is added: none suits rows of one a step."


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        (
            {"calendar": "weekdays"},
            SettingError,
            "'weekdays' is not accepted. Did you mean 'weekd",
        ),
        (
            {"calendar": ["hour", "aut"]},
            SettingError,
            "Did you mean 'auto'? It takes auto, or som",
        ),
        ({"calendar": ["hour", 5]}, SettingError, "calendar = '5' is not accepted."),
        ({"calendar": ""}, SettingError, "calendar = '' is not accepted."),
        (
            {"source": pd.Series(np.arange(30.0)), "calendar": "hour"},
            SettingError,
            "calendar = hour needs times, and these rows are plain steps.",
        ),
        (
            {
                "source": pd.DataFrame(
                    {"y": np.arange(30.0), "hour_sin": np.arange(30.0)},
                    index=pd.date_range("2020-01-01", periods=30, freq="h"),
                ),
                "target": "y",
                "calendar": "hour",
            },
            DataError,
            "data has a column 'hour_sin', which is the name of a calendar feature.",
        ),
    ],
)
def test_refused(options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=re.escape(says)):
        load(**{"source": "airline", **options})
