"""Several series, several targets, known covariates and static numbers from a table."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panels import LENGTHS, one, panel, table

from autolstm.data.load import load
from autolstm.dataset import Dataset
from autolstm.errors import DataError, SettingError
from autolstm.sequences import Sequences

# What is loaded --------------------------------------------------------------------------------


def test_all_roles_at_once() -> None:
    data = panel(ahead=3)
    assert data.ids == ("north", "south", "east")
    assert data.starts.tolist() == [0, 60, 110, 154]
    assert (data.columns, data.wide) == (("a", "b", "promo", "rain"), 2)
    assert (data.targets, data.covariates, data.known, data.past) == (
        ("a", "b"),
        ("promo", "rain"),
        ("promo",),
        ("rain",),
    )
    assert (data.frequency, data.season) == ("D", 7)
    assert data.static is not None
    assert data.static.tolist() == [[100 / 7], [400 / 7], [900 / 7]]
    assert data.static_names == ("area",)
    for place, name in enumerate(data.ids):
        mine, rows = data.series(place), one(name, 3)
        assert mine.times.equals(pd.DatetimeIndex(rows["day"][: LENGTHS[name]], freq="D"))
        expected = rows[["a", "b", "promo", "rain"]].to_numpy()
        np.testing.assert_array_equal(mine.values, expected[: LENGTHS[name]])
        assert mine.future is not None
        np.testing.assert_array_equal(mine.future[0], expected[LENGTHS[name] :, 2:3])
    assert data.notes == (
        "3 series of 44 to 60 rows.",
        "The other columns of numbers are past covariates: rain.",
        "Left out, as they hold no numbers: town.",
        "Covariates whose future is known: promo.",
        "What describes a series: area.",
        "The future of promo is known for 3 rows.",
        "A season of 7 rows is assumed, the usual one of the frequency D.",
    )


def test_several_targets_of_one_series() -> None:
    rows = one("north")[["day", "a", "b", "rain"]]
    data = load(rows, target=["b", "a"])
    assert isinstance(data, Dataset)
    assert (data.columns, data.wide, data.ids, data.target) == (
        ("b", "a", "rain"),
        2,
        ("",),
        "b, a",
    )
    np.testing.assert_array_equal(data.values, rows[["b", "a", "rain"]])
    assert load(rows, target="b,a").fingerprint == data.fingerprint
    assert load(rows, target="b").fingerprint != data.fingerprint


def test_every_column_of_numbers_is_a_target() -> None:
    rows = one("north").assign(area=range(60))
    assert load(rows, target="all").columns == ("a", "b", "promo", "rain", "area")
    beside = load(rows, target="all", covariates=["rain", "promo"], known="promo")
    assert (beside.targets, beside.covariates) == (("a", "b", "area"), ("rain", "promo"))
    of_each = load(table(), id_column="shop", target="all", known="promo", static="area")
    assert (of_each.targets, of_each.covariates) == (("a", "b", "rain"), ("promo",))
    # A column of that name is what is meant.
    named = load(rows.rename(columns={"b": "all"}), target="all")
    assert named.targets == ("all",)


def test_order_of_covariates() -> None:
    assert panel(covariates=["rain", "promo"]).covariates == ("rain", "promo")
    assert panel(covariates="all").covariates == ("promo", "rain")
    assert panel(covariates="promo").covariates == ("promo",)
    assert panel(covariates=[], known=None).covariates == ()


def test_plain_steps_are_counted_within_each_series() -> None:
    rows = table().drop(columns="day")
    data = load(rows, id_column="shop", target="a", covariates=[])
    assert isinstance(data, Dataset)
    for place, name in enumerate(data.ids):
        assert data.series(place).times.equals(pd.RangeIndex(LENGTHS[name]))
    assert (data.frequency, data.season) == ("", 0)
    assert data.notes[0] == "3 series of 44 to 60 rows."
    assert "There is no time column" in data.notes[1]


@pytest.mark.parametrize("name", ["ds", "t", "week"])
def test_whole_numbers_count_steps_where_their_name_says_so(name: str) -> None:
    rows = table().drop(columns="day")
    rows[name] = np.concatenate([np.arange(rows_) + 3 for rows_ in LENGTHS.values()])
    shuffled = rows.sample(frac=1, random_state=0)
    data = load(shuffled, id_column="shop", target="a", covariates=[])
    assert isinstance(data, Dataset)
    assert sorted(data.ids) == sorted(LENGTHS)
    for place, id_ in enumerate(data.ids):
        assert data.series(place).times.equals(pd.RangeIndex(3, 3 + LENGTHS[id_], name=name))
        np.testing.assert_array_equal(data.series(place).actual, one(id_)["a"])
    assert any("series were not in the order of time" in note for note in data.notes)
    single = load(rows[rows["shop"] == "east"].drop(columns="shop"), target="a", covariates=[])
    assert single.times[0] == 3


def test_ids_are_texts_whatever_they_were() -> None:
    rows = table(names=("north", "south"))
    for ids in (7, 7.0, "7", " 7"):
        rows["shop"] = [ids] * 60 + [8] * 50
        assert panel_of(rows).ids == ("7", "8")


def panel_of(rows: pd.DataFrame, **options: Any) -> Dataset:
    found = load(rows, **{"id_column": "shop", "target": "a", "covariates": [], **options})
    assert isinstance(found, Dataset)
    return found


def test_one_id_is_one_series() -> None:
    data = panel_of(table(names=("north",)))
    assert (data.ids, data.several, data.frequency) == (("north",), False, "D")
    alone = load(one("north").drop(columns="shop"), target="a", covariates=[])
    assert data.fingerprint == alone.fingerprint


def test_the_task_says_what_the_values_do_not() -> None:
    rows = table()
    rows["a"] = rows["shop"].map({"north": 1.0, "south": 2.0, "east": 3.0})
    options = {"id_column": "shop", "target": "a", "to_learn": False}
    assert isinstance(load(rows, **options), Sequences)
    data = load(rows, **options, task="forecasting")
    assert isinstance(data, Dataset)
    assert len(data.ids) == 3


def test_five_days_of_a_week_fit_business_days() -> None:
    days = pd.bdate_range("2024-01-01", periods=30)
    long = pd.DataFrame({"shop": "long", "day": days, "a": np.arange(30.0)})
    week = pd.DataFrame({"shop": "week", "day": days[:5], "a": np.arange(5.0)})
    lone = pd.DataFrame({"shop": "lone", "day": days[:1], "a": 1.0})
    data = panel_of(pd.concat([week, long, lone, long.assign(shop="other")]), to_learn=False)
    assert data.frequency == "B"
    for place in range(4):
        assert data.series(place).frequency == "B"


def test_a_column_of_times_is_not_the_ids() -> None:
    rows = table(names=("north", "south"))
    rows["shop"] = np.where(rows["shop"] == "north", "2020-01-01", "2020-01-02")
    data = panel_of(rows)
    assert data.ids == ("2020-01-01", "2020-01-02")
    assert data.times.equals(pd.DatetimeIndex(rows["day"]))


# A panel is its series, one by one ---------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    drawn=st.data(),
    frequency=st.sampled_from(["D", "h", "MS", "B", "W-SAT", "QE-DEC", "15min"]),
    lengths=st.lists(st.integers(20, 40), min_size=2, max_size=4),
)
def test_each_series_is_what_it_is_alone(
    drawn: st.DataObject, frequency: str, lengths: list[int]
) -> None:
    every_one = []
    for place, rows in enumerate(lengths):
        later = drawn.draw(st.integers(0, 30))
        times = pd.date_range("2020-02-01", periods=later + rows, freq=frequency)[later:]
        random = np.random.default_rng(place)
        every_one.append(
            pd.DataFrame(
                {"id": f"s{place}", "time": times, "y": random.normal(size=rows), "x": 1.0 * place}
            )
        )
    rows_of_all = pd.concat(every_one, ignore_index=True)
    order = drawn.draw(st.permutations(range(len(rows_of_all))))
    in_order = load(rows_of_all, id_column="id", target="y")
    shuffled = load(rows_of_all.iloc[list(order)], id_column="id", target="y")
    assert isinstance(in_order, Dataset)
    assert isinstance(shuffled, Dataset)
    for place, rows_of_one in enumerate(every_one):
        alone = load(rows_of_one.drop(columns="id"), target="y")
        assert isinstance(alone, Dataset)
        other = shuffled.series(shuffled.ids.index(f"s{place}"))
        for one_ in (in_order.series(place), other):
            assert one_.times.equals(alone.times)
            assert one_.frequency == alone.frequency == in_order.frequency
            np.testing.assert_array_equal(one_.values, alone.values)


def test_a_csv_file_gives_the_same(tmp_path: Any) -> None:
    table(3).to_csv(tmp_path / "shops.csv", index=False)
    options = {"id_column": "shop", "target": "a,b", "known": "promo", "static": "area"}
    data = load(tmp_path / "shops.csv", **options)
    assert isinstance(data, Dataset)
    assert data.fingerprint == panel(3).fingerprint
    np.testing.assert_array_equal(data.future, panel(3).future)  # type: ignore[arg-type]


# Missing values and rows -----------------------------------------------------------------------


def test_what_is_missing_is_filled_within_its_series() -> None:
    rows = table().drop(columns="town")
    rows.loc[[10, 11], "a"] = np.nan  # north
    rows.loc[60:62, "b"] = np.nan  # the first three of south: nothing comes before
    rows = rows.drop(index=[120])  # a day of east
    with pytest.raises(DataError, match=re.escape("'a' of DataFrame (series 'north') has no")):
        load(rows, id_column="shop", target=["a", "b"])
    data = load(rows, id_column="shop", target=["a", "b"], missing="forward")
    assert isinstance(data, Dataset)
    assert data.lengths.tolist() == [60, 47, 44]
    assert data.series(1).times[0] == one("south")["day"][3]
    assert data.holes is not None
    holes = [[10, 0], [11, 0], *([117, column] for column in range(5))]
    assert np.argwhere(data.holes).tolist() == holes
    north, east = data.series(0), data.series(2)
    assert north.values[10, 0] == north.values[11, 0] == north.values[9, 0]
    np.testing.assert_array_equal(east.values[10], east.values[9])
    assert "Rows added for missing times: 1." in data.notes
    assert (
        "The first 3 rows of 1 series were left out: a value was missing and none came before."
        in data.notes
    )


def test_no_series_is_filled_from_the_one_before_it() -> None:
    rows = table()
    rows.loc[60:84, "rain"], rows.loc[85:109, "promo"] = np.nan, np.nan
    message = (
        "No row of DataFrame (series 'south') has a value in every column (a, promo, rain, area)"
    )
    with pytest.raises(DataError, match=re.escape(message)):
        load(rows, id_column="shop", target="a", covariates="promo,rain,area", missing="forward")


# The future ------------------------------------------------------------------------------------


def test_the_future_may_be_longer_for_some_series() -> None:
    rows = pd.concat([one("north", 4), one("south", 0), one("east", 2)])
    for missing in ("refuse", "forward", "interpolate"):
        data = panel_of(rows, covariates="all", known="promo", missing=missing)
        assert data.future is not None
        assert data.future.shape == (3, 4, 1)
        assert (~np.isnan(data.future[..., 0])).sum(axis=1).tolist() == [4, 0, 2]
        assert data.lengths.tolist() == list(LENGTHS.values())
        assert data.holes is None
        assert "The future of promo is known for 0 to 4 rows." in data.notes


def test_the_future_of_one_series() -> None:
    data = load(one("north", 5).drop(columns=["shop", "town"]), target="a", known="promo,area")
    assert isinstance(data, Dataset)
    assert (len(data), data.known) == (60, ("promo", "area"))
    assert data.future is not None
    assert data.future.shape == (1, 5, 2)
    assert data.times[-1] == pd.Timestamp("2024-02-29")
    assert data.times.freqstr == "D"  # type: ignore[union-attr]


def test_what_is_not_known_ahead_is_missing_not_to_come() -> None:
    rows = one("north", 2).drop(columns=["shop", "town"])
    with pytest.raises(DataError, match=r"'a' of DataFrame has no value on row 60 \(2 such"):
        load(rows, target="a")
    rows.loc[60:, "promo"] = np.nan
    with pytest.raises(DataError, match="'a' of DataFrame has no value on row 60"):
        load(rows, target="a", known="promo")
    filled = load(rows, target="a", known="promo", missing="forward")
    assert isinstance(filled, Dataset)
    assert (len(filled), filled.future) == (62, None)


@pytest.mark.parametrize("missing", ["refuse", "forward"])
@pytest.mark.parametrize("drop", [False, True])
def test_a_future_has_no_holes(missing: str, drop: bool) -> None:
    rows = one("north", 3)
    rows.loc[61, "promo"] = np.nan
    if drop:
        if missing == "refuse":
            return
        rows = rows.drop(index=61)
    message = (
        "'promo' of DataFrame (series 'north') is known ahead, but has no value at 2024-03-02, "
        "behind the last target (1 such cell). Every row there needs all of: promo."
    )
    with pytest.raises(DataError, match=re.escape(message)):
        panel_of(rows, covariates="all", known="promo", missing=missing)


def test_a_series_with_nothing_but_a_future() -> None:
    rows = table(3)
    rows.loc[rows["shop"] == "south", "a"] = np.nan
    message = "DataFrame (series 'south') has no row with a target: all 53 of them would be"
    with pytest.raises(DataError, match=re.escape(message)):
        panel_of(rows, covariates="all", known="promo")


# What is refused -------------------------------------------------------------------------------


def bad(change: Any) -> pd.DataFrame:
    rows = table()
    changed = change(rows)
    return rows if changed is None else changed


def setting(row: int, column: str, value: Any) -> Any:
    def change(rows: pd.DataFrame) -> None:
        rows[column] = rows[column].astype(object)
        rows.loc[row, column] = value

    return change


def hourly(rows: pd.DataFrame) -> None:
    east = rows["shop"] == "east"
    rows.loc[east, "day"] = pd.date_range("2024-01-01", periods=east.sum(), freq="h").to_numpy()


def flat(rows: pd.DataFrame) -> None:
    rows.loc[rows["shop"] == "east", "b"] = 3.0


def short(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["shop"] == "north") | (rows.groupby("shop").cumcount() < 12)]


ROLES = {"target": ["a", "b"], "known": "promo"}


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        (lambda rows: rows.drop(index=70), ROLES, "DataFrame (series 'south') has a gap: 2024-01"),
        (
            lambda rows: pd.concat([rows, rows.iloc[[100]]]),
            ROLES,
            "The time 2024-02-15 comes more than once in DataFrame (series 'south'): on row 100",
        ),
        (
            setting(130, "a", "x"),
            ROLES,
            "'a' of DataFrame (series 'east') holds 'x' on row 130",
        ),
        (setting(5, "rain", np.inf), ROLES, "'rain' of DataFrame (series 'north') has an infinit"),
        (
            setting(9, "shop", None),
            ROLES,
            "'shop' of DataFrame has no id on row 9 (1 such cell). Every row belongs to a series.",
        ),
        (
            hourly,
            ROLES,
            "The series of DataFrame are not spaced alike: 'north' has one row every day, but "
            "'east' one every hour (1 of 3 differ). All series need the same spacing.",
        ),
        (
            short,
            ROLES,
            "Of the 3 series of data, 2 have fewer than 20 rows: 'south' with 12, 'east' with 12. "
            "So many are needed",
        ),
        (
            flat,
            ROLES,
            "Of the 3 series of data, 1 has one target 'b' in every row: 'east' (3). A target",
        ),
        (
            setting(3, "area", 5.0),
            {**ROLES, "static": "area"},
            "'area' of DataFrame is asked for as static, but goes from 5 to 14.2857 in the series "
            "'north'. What is static",
        ),
        (
            lambda rows: rows.assign(area=rows["area"].where(rows["shop"] != "east")),
            {**ROLES, "static": "area"},
            "'area' of DataFrame is asked for as static, but has no value in the series 'east'.",
        ),
        (
            lambda rows: None,
            {**ROLES, "static": "town"},
            "'town' of DataFrame holds 'town of north' on row 0, which is no number",
        ),
    ],
)
def test_series_that_cannot_be_used(change: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(DataError, match=re.escape(says)):
        load(bad(change), id_column="shop", **options)


def test_steps_of_two_sizes() -> None:
    rows = pd.concat(
        [
            pd.DataFrame({"shop": name, "t": step * np.arange(30), "a": np.arange(30.0)})
            for name, step in (("x", 1), ("y", 10), ("z", 10), ("w", 3))
        ]
    )
    message = "'y' has one row every 10 steps, but 'x' one every step (2 of 4 differ). All series"
    with pytest.raises(DataError, match=re.escape(message)):
        panel_of(rows)
    tens = panel_of(rows[rows["shop"].isin(["y", "z"])])
    assert tens.series(1).times.tolist() == list(range(30))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            {"target": "a", "covariates": ["rain", "a"]},
            "'a' is the target and a covariate as well. The past of the target is seen anyway. "
            "Leave it out of the covariates.",
        ),
        (
            {"target": ["a", "b"], "covariates": ["rain", "b"]},
            "'b' is a target and a covariate as well. The past of the target is seen anyway.",
        ),
        (
            {"target": ["a", "b"], "known": "b"},
            "'b' is a target and known ahead as well. The past of a target is seen anyway, and "
            "its future is to be forecast. Leave it out of known.",
        ),
        ({"target": "area", "static": "area"}, "'area' is a target and static as well. What is"),
        (
            {"target": "a", "covariates": "area,rain", "static": "area"},
            "'area' is a covariate and static as well. What is static is one number a series",
        ),
        ({"target": "a", "known": "area", "static": "area"}, "'area' is known ahead and static"),
        ({"target": ["a", "b", "a"]}, "target names 'a' twice (a, b, a). A column counts once."),
        ({"target": "a", "known": "promo,promo"}, "known names 'promo' twice"),
        (
            {"target": "a", "covariates": ["rain"], "known": ["promo"]},
            "known names 'promo', which is none of the covariates (rain). What is known ahead is",
        ),
        ({"target": "a", "covariates": [], "known": "rain"}, "none of the covariates (there are"),
        ({"target": "a", "known": "promos"}, "no column 'promos' in DataFrame."),
        ({"target": "a", "known": "promos"}, "Did you mean 'promo'?"),
        ({"target": "aa,b"}, "There is no column 'aa' in DataFrame."),
        (
            {"target": "day", "task": "forecasting"},
            "'day' holds the times of DataFrame, so target cannot name it.",
        ),
        ({"target": "town", "known": "promo"}, "'town' of DataFrame (series 'north') holds 'tow"),
        ({"target": "a", "known": "day"}, "'day' holds the times of DataFrame, so known cannot"),
        (
            {"target": "a", "covariates": "shop"},
            "'shop' holds the ids of the series of DataFrame, so covariates cannot name it.",
        ),
        ({"target": "a", "id_column": "shops"}, "no column 'shops' in DataFrame."),
        (
            {"target": "a", "time_column": "shop"},
            "'shop' of DataFrame is named by time_column and id_column. A column says when",
        ),
        ({"target": "a", "time_column": "days"}, "There is no time column 'days' in DataFrame."),
        (
            {"target": "all", "covariates": "a,b,promo,rain,area"},
            "DataFrame has no column of numbers left for target = 'all'.",
        ),
        ({"id_column": "shop"}, "DataFrame has more than one column of numbers: a, b, promo"),
    ],
)
def test_roles_that_do_not_go_together(options: dict[str, Any], says: str) -> None:
    with pytest.raises(DataError, match=re.escape(says)):
        load(table(), **{"id_column": "shop", **options})


@pytest.mark.parametrize(
    ("source", "options", "says"),
    [
        (
            one("north"),
            {"target": "a", "static": "area"},
            "static = 'area' names what is the same",
        ),
        (table(), {"target": "a", "id_column": "shop", "group_column": "town"}, "group_column = "),
        ("airline", {"id_column": "a"}, "id_column = 'a' names a column of a table, but airline"),
        ("airline", {"static": ["a"]}, "static = ['a'] names a column of a table, but airline"),
        ("digits", {"calendar": "auto"}, "calendar = 'auto' is for series to forecast, but digit"),
        ("digits", {"known": "x"}, "known = 'x' names a column, but digits is no table"),
        ("digits", {"static": "x"}, "static = 'x' names a column, but digits is no table"),
        (
            table(),
            {
                "target": "town",
                "id_column": "shop",
                "known": "promo",
                "task": "classification",
                "to_learn": False,
            },
            "known = 'promo' is for series to forecast, but data holds sequences with answers.",
        ),
        (
            table(),
            {"id_column": "shop", "target": "a", "season": 44},
            "fewer than the 44 rows there are in the shortest series, or 0",
        ),
    ],
)
def test_options_that_do_not_fit(source: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        load(source, **options)


def test_a_season_that_the_shortest_series_does_not_hold() -> None:
    rows = pd.concat([one("north"), one("south")[:20]])
    data = panel_of(rows)
    assert data.season == 0
    assert data.notes[-1] == (
        "No season is assumed: 20 rows in the shortest series are fewer than 3 cycles of 7."
    )


def test_several_series_without_an_id_are_found_out() -> None:
    message = (
        "Times of DataFrame come more than once, but never twice for one 'shop': it seems to "
        "hold several series. One row per time is accepted, or a column that says which series "
        "a row belongs to. Name it: --id shop, or id_column='shop' in Python."
    )
    with pytest.raises(DataError, match=re.escape(message)):
        load(table(), target="a")
    steps = table().drop(columns="day")
    steps["ds"] = np.concatenate([np.arange(rows) for rows in LENGTHS.values()])
    data = load(steps, target="a")
    assert isinstance(data, Dataset)
    assert any(
        note.startswith("'ds' counts up more than once, but never for one 'shop': if that says")
        for note in data.notes
    )
    # Twice the same day is no sign of several series.
    twice = pd.concat([one("north"), one("north").tail(1)])
    with pytest.raises(DataError, match="The time 2024-02-29 comes more than once in DataFrame"):
        load(twice, target="a")


# A data set, chosen again ------------------------------------------------------------------------


def test_roles_are_chosen_again() -> None:
    data = panel(3)
    assert load(data) is data
    assert load(data, target="a,b", covariates="all", known="promo") is data
    again = load(data, target="rain", known=["promo", "b"])
    assert isinstance(again, Dataset)
    assert (again.columns, again.wide, again.known) == (
        ("rain", "a", "b", "promo"),
        1,
        ("b", "promo"),
    )
    assert again.future is None  # that of b is not known
    np.testing.assert_array_equal(again.values, data.values[:, [3, 0, 1, 2]])
    assert (again.ids, again.starts.tolist()) == (data.ids, data.starts.tolist())
    fewer = load(data, target="b", covariates="promo")
    assert isinstance(fewer, Dataset)
    assert (fewer.columns, fewer.known) == (("b", "promo"), ("promo",))
    np.testing.assert_array_equal(fewer.future, data.future)  # type: ignore[arg-type]
    unknown = load(data, known=[])
    assert isinstance(unknown, Dataset)
    assert (unknown.known, unknown.future) == ((), None)
    assert load(data, target="all").columns == ("a", "b", "rain", "promo")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"target": "c"}, "There is no column 'c' in data."),
        ({"known": "a"}, "'a' is a target and known ahead as well."),
        ({"covariates": "rain", "known": "promo"}, "which is none of the covariates (rain)"),
        ({"covariates": ["b"]}, "'b' is a target and a covariate as well."),
    ],
)
def test_roles_that_a_data_set_does_not_take(options: dict[str, Any], says: str) -> None:
    with pytest.raises(DataError, match=re.escape(says)):
        load(panel(), **options)


def test_a_bundled_series_with_roles() -> None:
    data = load("weather", target="temp_max,wind", known="precipitation", calendar="yearday")
    assert isinstance(data, Dataset)
    assert data.targets == ("temp_max", "wind")
    assert data.known == ("precipitation", "yearday_sin", "yearday_cos")
    assert data.unit == ""
