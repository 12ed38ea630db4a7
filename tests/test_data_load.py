"""`load`: what it accepts, what it assumes, and what it says where it cannot go on."""

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autolstm.data.load import load
from autolstm.errors import DataError, SettingError

ROWS = 30
DAYS = [f"2024-01-{day:02d}" for day in range(1, 31)]
Write = Callable[..., Path]


def lines(**cells: str) -> list[str]:
    """Thirty days of two columns; ``line5="..."`` puts another text on that line of the file."""
    body = ["date,sales", *(f"{day},{at}.5" for at, day in enumerate(DAYS))]
    for name, text in cells.items():
        body[int(name.removeprefix("line")) - 1] = text
    return body


def frame(times: Any = None, **columns: Any) -> pd.DataFrame:
    index = pd.date_range("2024-01-01", periods=ROWS, freq="D") if times is None else times
    held = columns or {"sales": np.arange(float(len(index)))}
    return pd.DataFrame(held, index=index)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(
        body: list[str] | str | bytes, name: str = "sales.csv", encoding: str = "utf-8"
    ) -> Path:
        path = tmp_path / name
        text = "\n".join(body) + "\n" if isinstance(body, list) else body
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return to_file


# What is accepted ------------------------------------------------------------------------------


def test_csv(write: Write) -> None:
    path = write(lines())
    data = load(path)
    assert (data.name, data.columns, data.source) == ("sales", ("sales",), str(path))
    assert data.actual.tolist() == [at + 0.5 for at in range(ROWS)]
    assert (data.frequency, data.season, data.times.name) == ("D", 7, "date")
    assert any("season of 7 rows" in note for note in data.notes)


@pytest.mark.parametrize("name", ["sales.txt", "sales.tsv", "SALES.CSV", "q1.sales.csv"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_endings(write: Write, name: str, separator: str) -> None:
    data = load(write([one.replace(",", separator) for one in lines()], name))
    assert data.actual[-1] == 29.5
    assert data.name == name[:-4]


def test_gzip(write: Write) -> None:
    packed = gzip.compress("\n".join(lines()).encode())
    assert load(write(packed, "sales.csv.gz")).name == "sales"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_byte_order_marks(write: Write, encoding: str) -> None:
    body = lines(line1="date,Umsätze")
    assert load(write(body, encoding=encoding)).target == "Umsätze"


def test_blank_lines_and_spaces_do_not_matter(write: Write) -> None:
    body = lines(line1=" date , sales ")
    assert load(write(["", *body[:9], "", *body[9:], "", ",", ""])).actual[-1] == 29.5


@pytest.mark.parametrize("ending", [".parquet", ".pq"])
@pytest.mark.parametrize("indexed", [True, False])
def test_parquet(tmp_path: Path, ending: str, indexed: bool) -> None:
    path = tmp_path / f"sales{ending}"
    table = frame().rename_axis("date")
    (table if indexed else table.reset_index()).to_parquet(path)
    assert load(path).fingerprint == load(table).fingerprint


def test_series_and_frames_agree() -> None:
    table = frame()
    data = load(table["sales"])
    assert (data.name, data.target, data.source) == ("sales", "sales", "a pandas Series")
    for other in (table, table.reset_index(names="ds"), table.to_period("D")):
        assert load(other).fingerprint == data.fingerprint
    assert load(pd.Series(table["sales"].to_numpy())).target == "value"


def test_date_in_a_column_wins_over_rows_that_are_left_of_a_longer_frame() -> None:
    table = frame().reset_index(names="ds").tail(25)
    data = load(table)
    assert data.columns == ("sales",)
    assert data.times[0] == pd.Timestamp("2024-01-06")


def test_names_given_win() -> None:
    data = load(frame(), name="shop", unit="€", season=10)
    assert (data.name, data.unit, data.season) == ("shop", "€", 10)
    assert load(frame(), season=0).season == 0


def test_covariates(write: Write) -> None:
    body = [f"{one},{at},w{at},{2 * at}" for at, one in enumerate(lines()[1:])]
    path = write([f"{lines()[0]},price,city,staff", *body])
    data = load(path, target="sales")
    assert data.columns == ("sales", "price", "staff")
    assert "past covariates: price, staff." in data.notes[0]
    assert data.notes[1] == "Left out, as they hold no numbers: city."
    assert load(path, target="sales", covariates="all").columns == data.columns
    assert load(path, target="sales", covariates=[]).columns == ("sales",)
    assert load(path, target="sales", covariates=["staff"]).columns == ("sales", "staff")
    assert load(path, target="price", covariates="staff, sales").columns == (
        *("price", "staff", "sales"),
    )


def test_columns_of_a_data_set_are_chosen_again() -> None:
    weather = load("weather")
    assert load(weather) is weather
    again = load(weather, target="wind", covariates=["temp_max"])
    assert (again.columns, again.unit) == (("wind", "temp_max"), "")
    assert (again.actual == weather.values[:, 3]).all()
    assert load("weather", covariates=[]).unit == "°C"
    assert load("airline", season=6).season == 6


@pytest.mark.parametrize(
    "written",
    [
        *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y"),
        *("%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y%m%d"),
    ],
)
def test_ways_to_write_a_day(written: str) -> None:
    days = pd.date_range("2023-12-05", periods=40, freq="D")
    data = load(pd.DataFrame({"date": days.strftime(written), "y": np.arange(40)}))
    assert data.times.equals(days)


@pytest.mark.parametrize(
    "written", ["%Y-%m", "%Y/%m", "%m/%Y", "%b %Y", "%B %Y", "%b-%y", "%YM%m", "%Y%m", "%d/%m/%Y"]
)
def test_ways_to_write_a_month(written: str) -> None:
    months = pd.date_range("2020-01-01", periods=40, freq="MS")
    data = load(pd.DataFrame({"month": months.strftime(written), "y": np.arange(40)}))
    assert data.times.equals(months)
    assert data.season == 12


def test_quarters_weeks_years_and_seconds() -> None:
    y = np.arange(40.0)
    quarters = [f"{2000 + at // 4}-Q{at % 4 + 1}" for at in range(40)]
    weeks = [f"2020-W{at + 1:02d}" for at in range(40)]
    seconds = 1_704_067_200 + 3600 * np.arange(40)
    for times, frequency in ((quarters, "QS-JAN"), (weeks, "W-MON"), (seconds, "h")):
        assert load(pd.DataFrame({"time": times, "y": y})).frequency == frequency
    years = load(pd.DataFrame({"Year": 1900 + np.arange(40), "y": y}))
    assert (years.frequency, years.season) == ("YS-JAN", 0)


@pytest.mark.parametrize(
    ("frequency", "season"),
    [
        *(("MS", 12), ("ME", 12), ("2MS", 6), ("QS-JAN", 4), ("QS-MAR", 4), ("QE-DEC", 4)),
        *(("YS-JAN", 0), ("YS-APR", 0), ("YE-DEC", 0), ("W-SUN", 52), ("2W-TUE", 26)),
        *(("D", 7), ("2D", 0), ("B", 5), ("h", 24), ("3h", 8), ("15min", 96), ("7min", 0)),
        *(("s", 0), ("100ms", 0)),
    ],
)
def test_frequencies_and_their_seasons(frequency: str, season: int) -> None:
    times = pd.date_range("2000-01-01", periods=300, freq=frequency)
    data = load(pd.Series(np.arange(300.0), times))
    assert data.times.equals(times)
    assert (data.frequency, data.season) == (frequency, season)
    assert data.future_times(1)[0] == times[-1] + times.freq


def test_a_quarter_has_one_name_wherever_the_series_begins() -> None:
    times = pd.date_range("2000-01-01", periods=60, freq="QS")
    whole = pd.Series(np.arange(60.0), times)
    assert load(whole).frequency == load(whole[1:]).frequency == load(whole[3:]).frequency


def test_no_season_is_assumed_from_fewer_than_three_cycles() -> None:
    data = load(frame(pd.date_range("2020-01-01", periods=35, freq="MS")))
    assert data.season == 0
    assert "35 rows are fewer than 3 cycles of 12" in data.notes[-1]


@pytest.mark.parametrize("frequency", ["BME", "BMS"])
def test_one_row_a_month_is_a_month(frequency: str) -> None:
    data = load(frame(pd.date_range("2020-01-01", periods=40, freq=frequency)))
    assert (data.frequency, str(data.times[0].date())) == ("MS", "2020-01-01")
    assert "first of the month" in data.notes[0]


def test_middle_of_the_month_is_a_month() -> None:
    data = load(frame(pd.date_range("2020-01-15", periods=40, freq=pd.DateOffset(months=1))))
    assert data.frequency == "MS"


def test_unsorted_rows_are_sorted_with_a_note() -> None:
    table = frame()
    data = load(table.iloc[::-1])
    assert data.fingerprint == load(table).fingerprint
    assert any("sorted" in note for note in data.notes)


def test_plain_steps() -> None:
    y = np.arange(40.0) ** 2
    data = load(pd.DataFrame({"y": y}))
    assert isinstance(data.times, pd.RangeIndex)
    assert "no time column" in data.notes[0]
    counted = load(pd.DataFrame({"t": np.arange(5, 45), "y": y}))
    assert (counted.times[0], counted.times.name) == (5, "t")
    tens = load(pd.DataFrame({"step": np.arange(0, 400, 10), "y": y}))
    assert tens.times[-1] == 39
    assert "goes up by 10" in tens.notes[0]


def test_saved_index_without_a_name_is_no_covariate(write: Write) -> None:
    path = write(pd.DataFrame({"y": np.arange(30.0) ** 2}).to_csv())
    assert load(path).columns == ("y",)


def test_hours_with_a_zone_become_utc_across_a_clock_change(write: Write) -> None:
    hours = pd.date_range("2024-03-30", periods=60, freq="h", tz="Europe/Berlin")
    data = load(pd.Series(np.arange(60.0), hours))
    assert data.times.equals(hours.tz_convert("UTC").tz_localize(None))
    assert "kept as UTC" in data.notes[0]
    path = write(["time,y", *(f"{one.isoformat()},{at}" for at, one in enumerate(hours))])
    assert load(path).times.equals(data.times)


def test_days_with_a_zone_stay_local_days() -> None:
    days = pd.date_range("2024-03-20", periods=30, freq="D", tz="Europe/Berlin")
    data = load(pd.Series(np.arange(30.0), days))
    assert data.times.equals(days.tz_localize(None))
    assert "kept as local time" in data.notes[0]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_decimal_commas(write: Write, separator: str) -> None:
    body = [one.replace(",", separator).replace(".", ",") for one in lines()]
    data = load(write(body))
    assert data.actual[:2].tolist() == [0.5, 1.5]
    assert "Numbers have a decimal comma: 0,5 was read as 0.5." in data.notes


def test_rows_to_forecast_from_may_be_few_and_flat() -> None:
    flat = frame(sales=np.ones(ROWS)).head(8)
    data = load(flat, to_learn=False, season=12)
    assert (len(data), data.season) == (8, 12)
    one = load(flat.head(1), to_learn=False)
    assert len(one) == 1


COLUMNS = (
    st.text("abcxyz éß_0", min_size=1, max_size=8)
    .map(str.strip)
    .filter(lambda one: one not in ("", "t", "date") and not one[0].isdigit())
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    names=st.lists(COLUMNS, min_size=1, max_size=4, unique_by=str.casefold),
    rows=st.integers(20, 60),
    frequency=st.sampled_from(["MS", "ME", "QS-OCT", "YS-JAN", "W-SAT", "D", "B", "h", "5min"]),
    drawn=st.data(),
)
def test_round_trip_through_csv(
    tmp_path: Path, names: list[str], rows: int, frequency: str, drawn: st.DataObject
) -> None:
    finite = st.floats(allow_nan=False, allow_infinity=False)
    values = drawn.draw(arrays(np.float64, (rows, len(names)), elements=finite))
    values[:2, 0] = 0.0, 1.0
    times = pd.date_range("1950-03-01", periods=rows, freq=frequency, name="date")
    table = pd.DataFrame(values, index=times, columns=names)
    path = tmp_path / "trip.csv"
    table.to_csv(path)
    data = load(path, target=names[0])
    assert data.columns == tuple(names)
    assert (data.values == values).all()
    assert list(data.times) == list(times)
    assert data.fingerprint == load(table, target=names[0]).fingerprint


# What is refused, and what is said --------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A file or frame, arguments, and what the message must say, in this order."""

    body: Any
    says: tuple[str, ...]
    name: str = "sales.csv"
    args: tuple[tuple[str, Any], ...] = ()


FILES = {
    "empty": Case("", ("sales.csv is empty", "one line per time", "Check")),
    "blank": Case("\n \n\t\n", ("sales.csv is empty",)),
    "header only": Case("date,sales\n", ("column names (date, sales) but no rows", "Give")),
    "no header": Case(lines()[1:], ("first line of sales.csv", "2024-01-01, 0.5", "date,sales")),
    "duplicate columns": Case(
        lines(line1="sales, sales"), ("more than one column named 'sales'", "Rename")
    ),
    "ragged": Case(lines(line7="2024-01-06"), ("Line 7 of sales.csv has 1 cell,", "2 column")),
    "too many cells": Case(lines(line7="2024-01-06,1,5"), ("Line 7", "has 3 cells", "quotes")),
    "quotes": Case(
        ["date,sales", '2024-01-01,"' + 200_000 * "x"], ("cannot be read past line", "quotes")
    ),
    "no encoding": Case(
        b"date,sales\n2024-01-01,5 \x81\n",
        ("not UTF-8 text: line 2 holds the byte 0x81", "Windows-1252", "UTF-8'"),
    ),
    "control characters": Case(
        b"date,sales\n2024-01-01,5 \xb0\x07\n", ("line 2 holds the byte 0xb0", "UTF-8'")
    ),
    "broken utf-16": Case(b"\xff\xfed\0a", ("not UTF-16 text", "Save")),
    "binary": Case(
        bytes(range(256)) * 4, ("is not text, whatever its name says", "save it as CSV")
    ),
    "workbook": Case(b"PK\x03\x04junk", ("is not text", "workbook")),
    "cut gzip": Case(
        gzip.compress(b"date,sales\n" * 99)[:-9], ("not a whole gzip file",), "sales.csv.gz"
    ),
    "no gzip": Case("date,sales\n", ("not a whole gzip file", "packed"), "sales.csv.gz"),
    "ending": Case(b"PK", ("not read (.xlsx)", ".csv", "Save it as CSV"), "sales.xlsx"),
    "no ending": Case(lines(), ("not read (no ending)", ".parquet"), "sales"),
    "parquet": Case(b"PAR1 junk", ("not a readable Parquet file", "CSV"), "sales.parquet"),
    "wrong target": Case(
        lines(),
        ("no column 'salse' in sales.csv", "columns are: date, sales.", "mean 'sales'?"),
        args=(("target", "salse"),),
    ),
    "time as target": Case(
        lines(), ("'date' holds the times", "Accepted are: sales"), args=(("target", "date"),)
    ),
    "wrong time column": Case(
        lines(),
        ("no time column 'dat' in sales.csv", "date, sales", "mean 'date'?"),
        args=(("time_column", "dat"),),
    ),
    "values as time column": Case(
        lines(),
        ("time column 'sales'", "'0.5' on line 2", "no time (30 such", "another time column"),
        args=(("time_column", "sales"),),
    ),
    "bad time": Case(
        lines(line9="soon,7"),
        ("'date'", "'soon' on line 9", "(1 such cell)", "2024-01-31", "Mend"),
    ),
    "missing time": Case(lines(line9=",7"), ("'date'", "an empty cell on line 9")),
    "impossible day": Case(lines(line9="2024-02-31,7"), ("'2024-02-31' on line 9",)),
    "stray text": Case(
        lines(line9="2024-01-08, n.n."),
        ("'sales' of sales.csv holds 'n.n.' on line 9", "no number (1 such cell)", "Mend"),
    ),
    "unit in a cell": Case(
        lines(line9="2024-01-08,7 kg"), ("'7 kg' on line 9", "without a unit", "leave it empty")
    ),
    "two meanings": Case(
        [lines()[0].replace(",", ";"), *(f"{day};{at + 1},234" for at, day in enumerate(DAYS))],
        (
            "'sales' of sales.csv holds '1,234', which may be 1.234 (a decimal comma) or 1234 "
            "(commas between thousands)",
            "Write such numbers like 1234.5",
        ),
    ),
    "points and commas": Case(
        [one.replace(",", ";") for one in lines(line9="2024-01-08;1,5")[:8]]
        + ["2024-01-08;1,5"]
        + [one.replace(",", ";") for one in lines()[9:]],
        ("'1,5' on line 9", "1234.5"),
    ),
    "missing value": Case(
        lines(line9="2024-01-08,", line12="2024-01-11,NaN"),
        (
            "'sales' of sales.csv has no value on line 9 (2 such cells)",
            "needs a number",
            "interpolate()",
        ),
    ),
    "missing in one column": Case(
        ["y", *map(str, range(12)), "", *map(str, range(12))], ("'y'", "no value on line 14")
    ),
    "infinite": Case(
        lines(line9="2024-01-08,-Inf"),
        ("an infinite value on line 9 (1 such cell): '-Inf'", "1e308", "missing=forward"),
    ),
    "too large": Case(
        lines(line9="2024-01-08,1e999"), ("an infinite value on line 9 (1 such cell): '1e999'",)
    ),
    "empty target": Case(
        ["date,sales,staff", *(f"{day},,{at}" for at, day in enumerate(DAYS))],
        ("'sales' of sales.csv is empty: none of its 30 rows", "Choose other columns"),
        args=(("target", "sales"), ("missing", "forward")),
    ),
    "empty covariate that was named": Case(
        ["date,sales,staff", *(f"{day},{at}," for at, day in enumerate(DAYS))],
        ("'staff' of sales.csv is empty",),
        args=(("target", "sales"), ("covariates", "staff")),
    ),
    "title": Case(
        ["Sales of the shop", "", *lines()],
        ("Line 3 of sales.csv has 2 cells, but there is 1 column name", "If a title stands"),
    ),
    "total": Case(
        [*lines(), "Total,450"],
        ("'date' of sales.csv holds 'Total' on line 32", "A total", "take off line 32."),
    ),
    "remarks only": Case("# nothing\n# yet\n", ("sales.csv is empty",)),
    "separator only": Case("sep=;\n", ("sales.csv is empty",)),
    "quoted line breaks": Case(
        [*lines(line1='date,"sales\nper day"')[:8], "2024-01-08,x", *lines()[9:]],
        ("'x' on line 10",),
    ),
    "duplicate time": Case(
        lines(line9="2024-01-07,3"),
        (
            "2024-01-07 comes more than once in sales.csv",
            "line 8 and line 9",
            "(1 repeated",
            "Keep",
        ),
    ),
    "gap": Case(
        [*lines()[:8], *lines()[10:]],
        ("a gap: 2024-01-08 is missing", "line 8 and line 9 (2 missing of frequency D", "asfreq"),
    ),
    "odd step": Case(
        lines(line9="2024-01-08 05:00,7"),
        (
            *("from 2024-01-07 (line 8) to 2024-01-08 05:00:00 (line 9)", "1 days 05:00:00"),
            *("most frequent step is 1 days 00:00:00", "Resample"),
        ),
    ),
    "constant": Case(
        [lines()[0], *(f"{day},3" for day in DAYS)],
        ("target 'sales' of sales is 3 in every row", "must vary", "another column"),
    ),
    "short": Case(lines()[:6], ("has 5 rows", "At least 20", "longer series")),
    "only text": Case(
        ["date,city", *(f"{day},Rome" for day in DAYS)],
        (
            "no column of numbers",
            "date, city",
            "'city' holds 'Rome' on line 2, which",
            "like 1234.5",
        ),
    ),
    "no target": Case(
        ["date,a,b", *(f"{day},1,2" for day in DAYS)],
        ("more than one column of numbers: a, b", "--target a, or target='a' in Python"),
    ),
}


@pytest.mark.parametrize("case", FILES.values(), ids=list(FILES))
def test_message_about_a_file(write: Write, case: Case) -> None:
    path = write(case.body, case.name)
    with pytest.raises(DataError, match=".*".join(map(re.escape, case.says))) as caught:
        load(path, **dict(case.args))
    assert caught.value.__cause__ is None


HOURS = pd.date_range("2024-10-27", periods=30, freq="h", tz="Europe/Berlin").tz_localize(None)
SPRING = pd.date_range("2024-03-31", periods=30, freq="h", tz="Europe/Berlin").tz_localize(None)
TEXT = {"sales": np.arange(ROWS), "city": ["Rome"] * ROWS}

FRAMES = {
    "no rows": Case(frame().head(0), ("DataFrame has no rows", "Give")),
    "levels": Case(frame().set_index("sales", append=True), ("several levels", "reset_index()")),
    "duplicate": Case(
        pd.concat([frame(), frame()], axis=1),
        ("DataFrame has more than one column named 'sales'",),
    ),
    "text covariate": Case(
        frame(**TEXT),
        ("'city' of DataFrame holds 'Rome' on row 0", "(30 such", "as target and covariates."),
        args=(("target", "sales"), ("covariates", ["city"])),
    ),
    "unknown covariate": Case(
        frame(**TEXT),
        ("no column 'citty' in DataFrame", "mean 'city'?"),
        args=(("target", "sales"), ("covariates", ["citty"])),
    ),
    "target as covariate": Case(
        frame(),
        ("'sales' is the target and a covariate", "Leave it out"),
        args=(("covariates", "sales"),),
    ),
    "doubled hour": Case(
        frame(HOURS), ("hour from 2024-10-27 02:00 comes twice (1 such", "+01:00")
    ),
    "lost hour": Case(
        frame(SPRING), ("hour from 2024-03-31 02:00 is missing (1 such", "in UTC or")
    ),
    "month gap": Case(
        frame(pd.date_range("2020-01-01", periods=32, freq="MS").delete([9, 10])),
        ("2020-10-01 is missing", "row 8 and row 9 (2 missing of frequency MS"),
    ),
    "holiday": Case(
        frame(pd.bdate_range("2024-01-01", periods=31).delete(14)),
        ("2024-01-19 is missing", "frequency B", "Holidays count as gaps"),
    ),
    "step missing": Case(
        pd.DataFrame({"t": np.delete(np.arange(31), 7), "y": np.arange(30.0)}),
        (
            "'t' goes from 6 (row 6) to 8 (row 7), elsewhere it goes up by 1",
            "Add the missing rows",
        ),
    ),
    "filtered frame": Case(
        pd.DataFrame({"y": np.arange(31.0)}).drop(index=7), ("'index' goes from 6 (row 6) to 8",)
    ),
    "not a time": Case(
        frame().set_axis(pd.DatetimeIndex([*frame().index[:-1], pd.NaT])),
        ("an empty cell on row 29",),
    ),
}


@pytest.mark.parametrize("case", FRAMES.values(), ids=list(FRAMES))
def test_message_about_a_frame(case: Case) -> None:
    with pytest.raises(DataError, match=".*".join(map(re.escape, case.says))):
        load(case.body, **dict(case.args))


@pytest.mark.parametrize("season", [1, -3, 30, 2.5, True])
def test_message_about_a_season(season: Any) -> None:
    with pytest.raises(SettingError, match=r"season = .* not accepted.*2 or more.*Monthly"):
        load(frame(), season=season)


@pytest.mark.parametrize("source", [[1, 2, 3], None, {1}, (1, 2, 3), np.arange(30)])
def test_message_about_a_source(source: Any) -> None:
    with pytest.raises(DataError, match=r"cannot be loaded\. Accepted are .*airline.*Give one"):
        load(source)


def test_message_about_a_missing_file(write: Write) -> None:
    path = write(lines())
    with pytest.raises(DataError, match=r"no file .*sale\.csv.*mean 'sales\.csv'\? Bundled are"):
        load(path.with_name("sale.csv"))
    with pytest.raises(DataError, match=r"Did you mean 'airline'\?"):
        load("airlines")
    with pytest.raises(DataError, match="no file"):
        load(path.with_name("nowhere") / "sales.csv")
    with pytest.raises(DataError, match="no file"):
        load("x" * 5000)


def test_a_path_is_never_a_bundled_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="no file 'airline'"):
        load(Path("airline"))


def test_message_about_a_folder(write: Write) -> None:
    path = write(lines())
    with pytest.raises(DataError, match=r"is a folder\..*one file.*such as 'sales\.csv'"):
        load(path.parent)


@pytest.mark.parametrize("name", ["sales.csv", "sales.parquet"])
def test_message_about_permission(
    write: Write, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = write(lines(), name)

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    monkeypatch.setattr("pyarrow.parquet.read_metadata", refuse)
    with pytest.raises(DataError, match=r"cannot be read: Permission denied\. Check"):
        load(path)


def test_message_about_a_column_of_a_bundled_set() -> None:
    with pytest.raises(DataError, match=r"no column 'temp' in weather\. .*temp_max, temp_min"):
        load("weather", target="temp")
