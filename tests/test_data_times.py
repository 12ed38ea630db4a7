"""Times: how they are written, time zones, changes of the clock and of the spacing."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autolstm.data.clocks import clock_changes
from autolstm.data.load import load
from autolstm.data.stamps import read_stamps
from autolstm.errors import DataError


def frame(times: list[str] | pd.Index, name: str = "date") -> pd.DataFrame:
    return pd.DataFrame({name: times, "y": np.arange(len(times)) % 7})


def stamps(*cells: str) -> list[str]:
    found = read_stamps(pa.chunked_array([list(cells)], pa.large_string()), "it")
    assert found is not None
    return [str(one) for one in found]


# How they are written ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("01/22/2024 12:00 AM", "2024-01-22 00:00:00"),
        ("01/22/2024 12:30 PM", "2024-01-22 12:30:00"),
        ("01/22/2024 1:05 am", "2024-01-22 01:05:00"),
        ("01/22/2024 11:59:30 PM", "2024-01-22 23:59:30"),
        ("31.12.20", "2020-12-31 00:00:00"),
        ("12/31/20", "2020-12-31 00:00:00"),
        ("31/12/20 05:00", "2020-12-31 05:00:00"),
        ("31-Dec-20", "2020-12-31 00:00:00"),
        ("2024-01-31T05:00:00.25", "2024-01-31 05:00:00.250000"),
        ("2024-01-31 05:00:30+05:30", "2024-01-30 23:30:30"),
        ("2024-01-31 05:00-0230", "2024-01-31 07:30:00"),
        ("2024-01-31 05:00 UTC", "2024-01-31 05:00:00"),
    ],
)
def test_ways_to_write_a_time(written: str, read: str) -> None:
    # The second cell has another clock: with one clock in all cells, local times are kept.
    assert stamps(written, re.sub(r"\d\d:\d\d", "03:17", written))[0] == read


FORMS = ("%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S", "%Y/%m/%d", "%b %d, %Y %I:%M %p", "%Y-%m-%dT%H:%M")


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.datetimes(min_value=pd.Timestamp("1970-01-01"), max_value=pd.Timestamp("2060-01-01")),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(FORMS),
    st.booleans(),
)
def test_every_time_is_read_as_if_it_were_alone(
    moments: list[pd.Timestamp], form: str, holed: bool
) -> None:
    cells = [one.strftime(form) for one in moments] + [""] * holed
    expected = [str(pd.to_datetime(one, format=form)) for one in cells[: len(moments)]]
    assert stamps(*cells) == expected + ["NaT"] * holed


def test_a_date_that_two_countries_read_differently_is_said() -> None:
    days = pd.date_range("2024-01-01", periods=40)
    assert "The date 01/01/2024 was read as" in load(frame(days.strftime("%d/%m/%Y"))).notes[0]
    assert "The date 01.01.24 was read as" in load(frame(days.strftime("%d.%m.%y"))).notes[0]
    assert not any("was read" in one for one in load(frame(days.strftime("%Y-%m-%d"))).notes)


def test_dates_with_two_readings_that_are_both_regular_are_refused() -> None:
    months = [f"{month:02d}/01/2024" for month in range(1, 13)]
    with pytest.raises(
        DataError,
        match=r"'date' of DataFrame holds '02/01/2024', which may be 01 February 2024 or "
        r"02 January 2024; the other rows do not tell which\. Write the dates like 2024-01-31",
    ):
        load(frame(months), to_learn=False)
    assert load(frame([*months, "01/01/2025"]), to_learn=False).frequency == "MS"


def test_a_time_column_that_cannot_be_read_is_named() -> None:
    cells = [f"2024-01-{day:02d} 05:00 CET" for day in range(1, 31)]
    note = load(frame(cells)).notes[0]
    assert "('date' holds '2024-01-01 05:00 CET', which is not read as a time)" in note


# Time zones -------------------------------------------------------------------------------------


def test_offsets_for_some_rows_only_are_refused() -> None:
    hours = [f"2024-01-01T{hour:02d}:00+01:00" for hour in range(23)]
    with pytest.raises(
        DataError, match=r"Some times of 'date' of DataFrame carry an offset .* '2024-01-01T23:00'"
    ):
        load(frame([*hours, "2024-01-01T23:00"]))


def test_offsets_that_change_with_summer_time_become_utc() -> None:
    hours = pd.date_range("2024-10-26", periods=60, freq="h", tz="Europe/Berlin")
    data = load(frame([one.isoformat() for one in hours]))
    assert data.times.equals(hours.tz_convert("UTC").tz_localize(None))
    assert "kept as UTC" in data.notes[0]


LOCAL = {
    "half hours": (pd.date_range("2024-10-26", periods=99, freq="30min", tz="Europe/Paris"), 0, 1),
    "a year": (pd.date_range("2024-01-01", periods=8784, freq="h", tz="America/New_York"), 1, 1),
    "south": (pd.date_range("2024-01-01", periods=8784, freq="h", tz="Australia/Sydney"), 1, 1),
    "no change": (pd.date_range("2024-01-01", periods=99, freq="h", tz="Europe/Berlin"), 0, 0),
    "days": (pd.date_range("2024-01-01", periods=366, tz="Europe/Berlin"), 0, 0),
}


@pytest.mark.parametrize("case", LOCAL)
def test_changes_of_the_clock_are_seen(case: str) -> None:
    times, lost, doubled = LOCAL[case]
    found = clock_changes(times.tz_localize(None).sort_values())
    assert (len(found[0]), len(found[1])) == (lost, doubled)


def test_another_fault_is_no_change_of_the_clock() -> None:
    times = LOCAL["a year"][0].tz_localize(None).sort_values()
    assert not len(clock_changes(times.delete(50))[0])
    monday = pd.date_range("2024-04-01", periods=40, freq="h").delete(2)
    assert not len(clock_changes(monday)[0])


def test_message_about_changes_of_the_clock_and_its_advice(tmp_path: Path) -> None:
    hours = pd.date_range("2024-01-01", periods=8784, freq="h", tz="Europe/Berlin")
    table = frame(hours.tz_localize(None)).set_index("date")
    says = (
        "local times that change to and from summer time: the hour from 2024-03-31 02:00 is "
        "missing (1 such day), the hour from 2024-10-27 02:00 comes twice (1 such day). Equally"
    )
    with pytest.raises(DataError, match=re.escape(says)):
        load(table)
    with pytest.raises(DataError, match="comes twice"):
        load(table, missing="forward")
    # What the message says to do.
    advised = table.tz_localize("Europe/Berlin", ambiguous="infer")
    assert load(advised).times.equals(hours.tz_convert("UTC").tz_localize(None))


def test_a_missing_hour_is_filled_where_that_is_asked_for() -> None:
    hours = pd.date_range("2024-03-30", periods=60, freq="h", tz="Europe/Berlin")
    data = load(frame(hours.tz_localize(None)), missing="forward")
    assert len(data) == 61


# Changes of the spacing -------------------------------------------------------------------------

HOURS = pd.date_range("2024-01-01", periods=48, freq="h")
DAYS = pd.date_range("2024-01-03", periods=40)


@pytest.mark.parametrize(
    ("times", "says"),
    [
        (
            HOURS.append(DAYS),
            "changes at 2024-01-03 (row 48): one row every hour up to there, one row every day "
            "from there on. One spacing is needed. Bring all rows to the coarser one, as in "
            "frame.resample('D').mean()",
        ),
        (
            pd.date_range("2023-11-24", periods=38).append(HOURS),
            "changes at 2024-01-01 (row 38): one row every day up to there, one row every hour",
        ),
        (
            pd.date_range("2024-01-01", periods=100).append(
                pd.date_range("2024-04-14", periods=20, freq="W")
            ),
            "changes at 2024-04-14 (row 100): one row every day up to there, one row every week",
        ),
        (
            pd.date_range("2023-12-01", periods=62).append(
                pd.date_range("2024-02-01", periods=12, freq="MS")
            ),
            "one row every day up to there, one row every month from there on",
        ),
        (
            HOURS.append(pd.date_range("2024-01-03 00:45", periods=30, freq="45min")),
            "one row every hour up to there, one row every 45min from there on",
        ),
    ],
)
def test_message_about_a_change_of_the_spacing(times: pd.DatetimeIndex, says: str) -> None:
    with pytest.raises(DataError, match=re.escape(says)):
        load(frame(times))


def test_a_few_odd_rows_are_no_change_of_the_spacing() -> None:
    times = HOURS.append(HOURS[[-1]] + pd.Timedelta(minutes=30))
    with pytest.raises(DataError, match=r"not equally spaced: .* as in frame\.resample\('h'\)"):
        load(frame(times.sort_values()))


# What is assumed about columns ------------------------------------------------------------------


def test_empty_and_constant_columns_are_named() -> None:
    table = frame(pd.date_range("2024-01-01", periods=30)).assign(
        empty=np.nan, flat=5.0, town="Rome"
    )
    data = load(table, target="y")
    assert data.columns == ("y", "flat")
    assert "Left out, as they are empty: empty." in data.notes
    assert "Left out, as they hold no numbers: town." in data.notes
    assert "Covariates that never change tell nothing: flat." in data.notes
    named = load(table, target="y", covariates=["flat"])
    assert "Covariates that never change tell nothing: flat." in named.notes
