"""Dimensions, the default space, and what a study file lays over it."""

import math
import re
import tomllib
import warnings
from typing import Any

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import FixedTrial
from plain_series import plain

from autolstm.errors import SettingError
from autolstm.prepare import Recipe
from autolstm.settings import KNOBS, Architecture, Preparation, Settings, Training
from autolstm.space import (
    PRESETS,
    Choice,
    Dimension,
    Float,
    Int,
    SeriesSize,
    Size,
    Space,
    When,
    check_space,
    overlay,
    preset_space,
    study_text,
)
from autolstm.space.dimensions import Value

SGD = (When("training.optimizer", ("sgd",)),)


def default_space(**size: Any) -> Space:
    return preset_space("default", SeriesSize(**size))


AIRLINE = default_space(train_rows=108, season=12, horizon=1)


@pytest.fixture(autouse=True)
def quiet() -> Any:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield
    optuna.logging.set_verbosity(before)


def laid(**said: Any) -> Space:
    """Lay one group of settings over the default space: ``training__momentum=0.5``."""
    return overlay(AIRLINE, {name.replace("__", "."): value for name, value in said.items()})


def test_full_is_a_batch_size_beside_numbers() -> None:
    assert laid(training__batch_size="full").base.training.batch_size == "full"
    space = laid(training__batch_size=[16, "full", 64])
    text = study_text(space, AIRLINE, {})
    assert tomllib.loads(text)["space"]["training.batch_size"] == [16, "full", 64]
    assert space.extremes("training.batch_size") == (16, "full")
    asked = FixedTrial({**space.default_params(), "training.batch_size": "full"})
    assert space.suggest(asked).training.batch_size == "full"


NORM, VALUE = "training.clip_norm", "training.clip_value"
BESIDE = {"choices": [0.0, 1.0], "when": {NORM: 0.0}}
TWICE = "space: training.clip_norm and training.clip_value could both be above 0 in one trial"


@pytest.mark.parametrize(
    "table",
    [
        {NORM: [0.0, 5.0]},
        {VALUE: {"low": 0.0, "high": 5.0}},
        {NORM: [0.0, 5.0], VALUE: 0.0},
        {NORM: [0.0, 5.0], VALUE: BESIDE},
        {NORM: {"low": 0.0, "high": 5.0, "step": 2.5}, VALUE: BESIDE},
    ],
)
def test_gradients_may_be_clipped_in_one_way_a_trial(table: dict[str, Any]) -> None:
    space = overlay(AIRLINE, table)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(0))
    for _ in range(20):
        space.suggest(study.ask())


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({NORM: [0.0, 5.0], VALUE: [0.0, 1.0]}, TWICE),
        ({NORM: [0.0, 5.0], VALUE: 1.0}, TWICE),
        ({NORM: 5.0, VALUE: {"low": 0.0, "high": 1.0}}, TWICE),
        ({NORM: [0.0, 5.0], VALUE: {"choices": [1.0, 2.0], "when": {NORM: 0.0}}}, TWICE),
        ({NORM: [0.0, 5.0], VALUE: {"choices": [0.0, 1.0], "when": {NORM: 5.0}}}, TWICE),
        ({NORM: 5.0, VALUE: 1.0}, "training.clip_norm = 5 and training.clip_value = 1 exclude"),
        ({NORM: [5.0, 9.0], VALUE: [1.0, 2.0]}, "exclude each other"),
    ],
)
def test_two_ways_to_clip_at_once_are_refused(table: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        overlay(AIRLINE, table)


STATEFUL, SHUFFLE = "architecture.stateful", "training.shuffle"
FALSE_ALONE = f"{SHUFFLE} is true, and takes false beside it"


@pytest.mark.parametrize(
    "table",
    [
        {STATEFUL: True, SHUFFLE: False},
        {STATEFUL: [False, True], SHUFFLE: False},
        {STATEFUL: False, SHUFFLE: [False, True]},
        {
            "architecture.bidirectional": [False, True],
            STATEFUL: {"choices": [False, True], "when": {"architecture.bidirectional": False}},
            SHUFFLE: False,
        },
    ],
)
def test_states_may_be_carried_on_in_order_of_time(table: dict[str, Any]) -> None:
    check_space(table)
    space = overlay(AIRLINE, table)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(0))
    found = {space.suggest(study.ask()).architecture.stateful for _ in range(20)}
    assert found == ({True, False} if space.dimensions.get(STATEFUL) else {table[STATEFUL]})


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({STATEFUL: True}, FALSE_ALONE),
        ({STATEFUL: [False, True]}, FALSE_ALONE),
        ({STATEFUL: [False, True], SHUFFLE: [False, True]}, FALSE_ALONE),
        ({STATEFUL: True, SHUFFLE: [False, True]}, FALSE_ALONE),
        (
            {STATEFUL: [False, True], SHUFFLE: False, "training.batch_size": [8, "full"]},
            "training.batch_size is full, and takes a number of windows",
        ),
        (
            {STATEFUL: [False, True], SHUFFLE: False, "architecture.bidirectional": [False, True]},
            "architecture.bidirectional is true, and takes false",
        ),
        (
            {STATEFUL: True, SHUFFLE: False, "preparation.strategy": ["direct", "decoder"]},
            "a decoder begins anew with every answer",
        ),
        (
            {STATEFUL: True, SHUFFLE: False, "preparation.stride": {"low": 1, "high": 3}},
            "preparation.stride is 3, and takes 1",
        ),
    ],
)
def test_states_that_could_not_be_carried_on_are_refused(table: dict[str, Any], says: str) -> None:
    for read in (check_space, lambda said: overlay(AIRLINE, said)):
        with pytest.raises(SettingError, match=re.escape(says)):
            read(table)


def test_no_preset_carries_states_on() -> None:
    for preset in PRESETS:
        size = SeriesSize(train_rows=108, season=12, horizon=1)
        assert STATEFUL not in preset_space(preset, size).dimensions


# Dimensions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "value", "nearest"),
    [
        (Int(2, 9), 5, 5),
        (Int(2, 9), 1, 2),
        (Int(2, 9), 100, 9),
        (Int(2, 9, step=3), 4, 5),
        (Int(2, 9, step=3), 3, 2),
        (Int(2, 9, step=3), 9, 8),
        (Int(0, 11, step=3), 11, 9),
        (Float(0.0, 0.5), 0.3, 0.3),
        (Float(0.0, 0.5), -1, 0.0),
        (Float(0.0, 0.5), 3, 0.5),
        (Float(0.0, 0.5, step=0.25), 0.2, 0.25),
        (Float(0.1, 0.4, step=0.1), 0.5, 0.4),
        (Choice((8, 16, 32)), 16, 16),
        (Choice((8, 16, 32)), 21, 16),
        (Choice((8, 16, 32)), 500, 32),
        (Choice((0.1, 0.2)), 0.18, 0.2),
        (Choice(("adam", "sgd")), "sgd", "sgd"),
        (Choice(("adam", "sgd")), "rmsprop", "adam"),
    ],
)
def test_nearest(one: Dimension, value: Value, nearest: Value) -> None:
    assert one.nearest(value) == nearest
    assert type(one.nearest(value)) is type(nearest)


@pytest.mark.parametrize(
    ("one", "ends", "table"),
    [
        (Int(2, 9), (2, 9), {"low": 2, "high": 9}),
        (Int(2, 8, step=3), (2, 8), {"low": 2, "high": 8, "step": 3}),
        (Int(1, 64, log=True), (1, 64), {"low": 1, "high": 64, "log": True}),
        (Float(0.0, 0.5, step=0.25), (0.0, 0.5), {"low": 0.0, "high": 0.5, "step": 0.25}),
        (Choice((32, 8)), (8, 32), [32, 8]),
        (
            Float(0.0, 0.9, when=SGD),
            (0.0, 0.9),
            {"low": 0.0, "high": 0.9, "when": {"training.optimizer": "sgd"}},
        ),
        (
            Choice((1, 2), (When("training.optimizer", ("sgd", "adam")),)),
            (1, 2),
            {"choices": [1, 2], "when": {"training.optimizer": ["sgd", "adam"]}},
        ),
    ],
)
def test_ends_and_tables(one: Dimension, ends: tuple[Value, Value], table: object) -> None:
    assert one.extremes() == ends
    assert one.table() == table


@pytest.mark.parametrize(
    ("one", "distribution"),
    [
        (Int(2, 8, step=3), optuna.distributions.IntDistribution(2, 8, step=3)),
        (Int(1, 64, log=True), optuna.distributions.IntDistribution(1, 64, log=True)),
        (Float(1e-4, 1.0, log=True), optuna.distributions.FloatDistribution(1e-4, 1, log=True)),
        (Float(0, 1, step=0.5), optuna.distributions.FloatDistribution(0, 1, step=0.5)),
        (Choice((8, 16)), optuna.distributions.CategoricalDistribution((8, 16))),
    ],
)
def test_what_a_trial_is_asked(
    one: Dimension, distribution: optuna.distributions.BaseDistribution
) -> None:
    trial = optuna.create_study().ask()
    value = one.suggest(trial, "knob")
    assert trial.distributions == {"knob": distribution}
    assert one.nearest(value) == value


def test_conditions_forgive_the_rounding_of_a_step() -> None:
    third = When("architecture.dropout", (0.3,))
    assert third.holds({"architecture.dropout": 0.1 * 3})
    assert not third.holds({"architecture.dropout": 0.31})


# Space -----------------------------------------------------------------------------------------


def test_a_trial_gets_every_knob_and_is_asked_in_order() -> None:
    asked = {
        "preparation.window": 24,
        "training.optimizer": "sgd",
        "training.momentum": 0.25,
    }
    space = Space(
        Settings(),
        {
            "training.momentum": Float(0.0, 0.9, when=SGD),
            "training.optimizer": Choice(("adam", "sgd")),
            "preparation.window": Choice((12, 24)),
        },
    )
    assert list(space.dimensions) == list(asked)
    chosen = space.suggest(FixedTrial(asked))
    assert chosen == Settings(
        Preparation(window=24), Architecture(), Training(optimizer="sgd", momentum=0.25)
    )


def test_a_dimension_is_asked_under_its_condition_only() -> None:
    space = Space(
        Settings(),
        {
            "training.optimizer": Choice(("adam", "sgd")),
            "training.momentum": Float(0.0, 0.5, when=SGD),
        },
    )
    trial = optuna.create_study(sampler=optuna.samplers.RandomSampler(0)).ask()
    frozen = FixedTrial({"training.optimizer": "adam"})
    assert space.suggest(frozen).training.momentum == 0.5
    assert list(frozen.params) == ["training.optimizer"]
    assert space.default_params() == {"training.optimizer": "adam"}
    assert space.suggest(trial).training.optimizer in ("adam", "sgd")


def test_the_default_is_moved_inside() -> None:
    space = Space(
        Settings(), {"architecture.units": Choice((64, 128)), "training.epochs": Int(1, 9)}
    )
    assert space.base.architecture.units == 64
    assert space.default_params() == {"architecture.units": 64, "training.epochs": 9}


@pytest.mark.parametrize(
    ("optimizer", "alive"),
    [("sgd", True), ("adam", False), (["adam", "rmsprop"], False), (["adam", "sgd"], True)],
)
def test_a_condition_that_cannot_hold_takes_its_dimension_away(
    optimizer: object, alive: bool
) -> None:
    space = laid(training__optimizer=optimizer)
    assert ("training.momentum" in space.dimensions) == alive
    assert (space.table()["training.momentum"] == 0.9) != alive


def test_ends_of_searched_and_fixed_knobs() -> None:
    assert AIRLINE.extremes("preparation.window") == (6, 24)
    assert laid(preparation__window=30).extremes("preparation.window") == (30, 30)


# The default space -----------------------------------------------------------------------------

SHAPES = st.tuples(st.integers(3, 3000), st.sampled_from([0, 2, 3, 4, 7, 12, 24, 52, 365, 5000]))


@settings(max_examples=200)
@given(rows_season=SHAPES, horizon=st.integers(1, 400), seed=st.integers(0, 2**31))
def test_the_default_space_fits_the_data(
    rows_season: tuple[int, int], horizon: int, seed: int
) -> None:
    rows, season = rows_season
    rows = max(rows, horizon + 2)
    space = default_space(train_rows=rows, season=season, horizon=horizon)
    # The default lies inside, so that it is the first trial.
    for name, one in space.dimensions.items():
        assert one.nearest(space.base.flat()[name]) == space.base.flat()[name]
        low, high = one.extremes()
        assert low != high
        if isinstance(one, Choice):
            assert len(set(one.options)) == len(one.options) >= 2
    assert space.suggest(FixedTrial(space.default_params())) == space.base
    # The longest preparation leaves a window, and every value is one that a knob takes.
    longest = {
        short: space.extremes(f"preparation.{short}")[1]
        for short in ("window", "difference", "seasonal_difference")
    }
    values = np.arange(float(rows))[:, None]
    Recipe.learn(plain(values), np.arange(rows), Preparation(**longest), horizon)  # type: ignore[arg-type]
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed))
    space.suggest(study.ask())


@pytest.mark.parametrize(
    ("rows", "season", "horizon", "windows", "window", "lags"),
    [
        (108, 12, 1, [6, 12, 24], 12, [0, 12]),
        (108, 0, 1, [8, 24], 24, 0),
        (108, 365, 1, [8, 24], 24, 0),
        (900, 52, 1, [26, 52, 104], 52, [0, 52]),
        (900, 61, 1, [8, 24, 64], 24, [0, 61]),
        (36, 12, 1, [6, 12], 12, 0),
        (37, 12, 1, [1, 5], 5, [0, 12]),
        (20, 0, 5, [1, 3], 3, 0),
        (3, 0, 1, 1, 1, 0),
        (1000, 12, 980, [1, 4], 4, 0),
    ],
)
def test_windows_and_lags(
    rows: int, season: int, horizon: int, windows: object, window: int, lags: object
) -> None:
    table = default_space(train_rows=rows, season=season, horizon=horizon).table()
    assert table["preparation.window"] == windows
    assert table["preparation.seasonal_difference"] == lags
    base = default_space(train_rows=rows, season=season, horizon=horizon).base
    assert base.preparation.window == window


def test_a_log_and_an_adjustment_are_offered_where_they_fit() -> None:
    plain = default_space(train_rows=108, season=0, horizon=1)
    bent = default_space(train_rows=108, season=12, horizon=1, bend=True)
    assert plain.table()["preparation.power"] == "none"
    assert plain.table()["preparation.seasonal_adjustment"] == 0
    assert bent.table()["preparation.power"] == ["none", "log"]
    # A season is differenced or adjusted for, never both.
    when = {"preparation.seasonal_difference": 0}
    table = {"choices": [0, 12], "when": when}
    assert bent.table()["preparation.seasonal_adjustment"] == table
    fixed = overlay(bent, {"preparation.seasonal_difference": 12})
    assert "preparation.seasonal_adjustment" not in fixed.dimensions


def test_the_words_that_a_knob_can_take() -> None:
    bent = default_space(train_rows=108, season=12, horizon=1, bend=True)
    assert bent.values("preparation.power") == ("none", "log")
    assert bent.values("preparation.trend") == ("none",)


def test_a_season_that_no_knob_takes_is_not_offered() -> None:
    table = default_space(train_rows=1_000_000, season=200_000, horizon=1).table()
    assert table["preparation.seasonal_difference"] == 0


@pytest.mark.parametrize(
    ("rows", "batches"), [(50, [8, 32]), (300, [16, 64]), (100_000, [128, 512])]
)
def test_batches_grow_with_the_data(rows: int, batches: list[int]) -> None:
    space = default_space(train_rows=rows, season=0, horizon=1)
    assert space.table()["training.batch_size"] == batches
    assert space.base.training.batch_size == batches[0]


@pytest.mark.parametrize("season", [0, 12, 365])
@pytest.mark.parametrize("rows", [100, 1000, 100_000])
def test_few_structures_have_to_be_compiled(rows: int, season: int) -> None:
    """Of what a program is compiled for there are at most 48 combinations."""
    table = default_space(train_rows=rows, season=season, horizon=1).table()
    shaping = ("preparation.window", "training.batch_size", "architecture.units")
    count = 2 * np.prod([len(np.atleast_1d(table[one])) for one in shaping])
    assert table["architecture.layers"] == {"low": 1, "high": 2}
    assert count <= 48


# A study file over a space ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said", "table"),
    [
        ("architecture.units", 48, 48),
        ("architecture.units", 48.0, 48),
        ("architecture.units", [48], 48),
        ("architecture.units", (8, 48, 8), [8, 48]),
        ("training.optimizer", "sgd", "sgd"),
        ("training.optimizer", ["sgd", "adam"], ["sgd", "adam"]),
        ("architecture.units", {"choices": [8, 48]}, [8, 48]),
        ("architecture.units", {"low": 8, "high": 48}, {"low": 8, "high": 48}),
        (
            "architecture.units",
            {"low": 8, "high": 50, "step": 8.0},
            {"low": 8, "high": 48, "step": 8},
        ),
        (
            "architecture.units",
            {"low": 8, "high": 48, "log": True},
            {"low": 8, "high": 48, "log": True},
        ),
        ("architecture.dropout", [0, 0.5], [0.0, 0.5]),
        ("architecture.dropout", {"low": 0, "high": 0.5}, {"low": 0.0, "high": 0.5}),
        (
            "architecture.dropout",
            {"low": 0.1, "high": 0.5, "step": 0.15},
            {"low": 0.1, "high": 0.4, "step": 0.15},
        ),
        (
            "architecture.dropout",
            {"low": 0.1, "high": 0.3, "step": 0.2},
            {"low": 0.1, "high": 0.3, "step": 0.2},
        ),
        (
            "training.min_delta",
            {"low": 0, "high": 1, "when": {"training.optimizer": ["sgd"]}},
            {"low": 0.0, "high": 1.0, "when": {"training.optimizer": "sgd"}},
        ),
        (
            "training.min_delta",
            {"choices": [0.5], "when": {"architecture.layers": 2}},
            {"choices": [0.5], "when": {"architecture.layers": 2}},
        ),
    ],
)
def test_what_a_study_file_may_say(name: str, said: object, table: object) -> None:
    check_space({name: said})
    space = overlay(AIRLINE, {name: said})
    written = space.table()
    assert written[name] == table
    assert {key: one for key, one in written.items() if key != name} == {
        key: one for key, one in AIRLINE.table().items() if key != name
    }
    with warnings.catch_warnings():
        # Optuna warns where a range does not end on a step.
        warnings.simplefilter("error")
        for seed in range(3):
            study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed))
            space.suggest(study.ask())


@st.composite
def stepped(draw: st.DrawFn, kind: type) -> dict[str, Any]:
    """A range with a step, written with three digits where it is no whole number."""
    low, span = draw(st.integers(1, 400)), draw(st.integers(1, 500))
    step = draw(st.integers(1, span))
    unit = 1 if kind is int else 1000
    return {"low": low / unit, "high": (low + span) / unit, "step": step / unit}


def ranges(name: str) -> st.SearchStrategy[Any]:
    knob = KNOBS[name]
    if knob.kind is bool:
        return st.lists(st.booleans(), min_size=1, max_size=2)
    if knob.written is not None:
        return st.lists(st.sampled_from(["3", "2,4"]), min_size=1, max_size=2)
    if knob.choices:
        return st.lists(st.sampled_from(knob.choices), min_size=1, max_size=3)
    assert knob.low is not None
    assert knob.high is not None
    one: st.SearchStrategy[Any] = (
        st.integers(int(knob.low), int(knob.high))
        if knob.kind is int
        else st.floats(knob.low, knob.high)
    )
    worded = one | st.sampled_from(knob.words) if knob.words else one
    ends = st.lists(one, min_size=2, max_size=2, unique=True).map(sorted)
    plain = ends.map(lambda two: {"low": two[0], "high": two[1]})
    return st.one_of(
        worded,
        st.lists(worded, min_size=1, max_size=3),
        plain,
        stepped(knob.kind) if knob.high >= 1000 or knob.kind is float else plain,
        st.tuples(plain, WHENS).map(lambda both: {**both[0], "when": both[1]}),
    )


ASKED_FIRST = ("preparation.scale", "preparation.power")
WHENS = st.fixed_dictionaries(
    {},
    optional={
        "preparation.scale": st.sampled_from(["standard", ["standard", "minmax01"]]),
        "preparation.power": st.just("none"),
    },
)
"""Conditions on settings that come first, and keep these values in every space below."""


def sane(table: dict[str, Any]) -> dict[str, Any]:
    # Beside anything else that a table may ask for, carrying states on is mostly refused.
    table = {name: said for name, said in table.items() if name != STATEFUL}
    if "training.clip_norm" not in table:
        return table
    return {name: said for name, said in table.items() if name != "training.clip_value"}


TABLES = st.fixed_dictionaries(
    {}, optional={name: ranges(name) for name in KNOBS if name not in ASKED_FIRST}
).map(sane)


@settings(max_examples=200)
@given(table=TABLES, shape=SHAPES, preset=st.sampled_from(list(PRESETS)), few=st.booleans())
def test_a_space_goes_to_toml_and_back(
    table: dict[str, Any], shape: tuple[int, int], preset: str, few: bool
) -> None:
    rows, season = shape
    size: Size = SeriesSize(train_rows=max(rows, 4), season=season, horizon=2, bend=few)
    under = preset_space(preset, size)
    names = list(under.dimensions)[:2] if few else []
    removed = [name for name in names if name not in table]
    try:
        space = overlay(under, {**table, "remove": removed})
    except SettingError as error:
        # What the preset searches and the table says exclude each other.
        assert re.search("is searched only when|could both be above 0", str(error))
        return
    written = tomllib.loads(study_text(space, under, {"source": "x", "preset": preset}))
    assert written["preset"] == preset
    check_space(written["space"])
    back = overlay(under, written["space"])
    assert back.table() == space.table()
    assert dict(back.dimensions) == dict(space.dimensions)
    assert back.base == space.base
    # Warnings are errors: Optuna warns where a range does not end on a step.
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(0))
    space.suggest(study.ask())
    # Python says the same thing: a table is what a study file holds.
    assert overlay(under, space.table() | kept_open(space, under)).table() == space.table()


def kept_open(space: Space, under: Space) -> dict[str, Any]:
    """Dimensions whose condition was lifted, as Python says it."""
    return {
        name: {"choices": list(one.options), "when": {}}
        if isinstance(one, Choice)
        else {**dict(one.table()), "when": {}}  # type: ignore[call-overload]
        for name, one in space.dimensions.items()
        if not one.when and name in under.dimensions and under.dimensions[name].when
    }


WHEN = "when takes a table of other settings, such as"
REFUSED: dict[str, tuple[str, object, str]] = {
    "unknown": (
        "architecture.unit",
        3,
        "space: there is no setting 'architecture.unit'. Did you mean 'architecture.units'? `aut",
    ),
    "value": ("architecture.units", 0, "architecture.units = 0 is not accepted. It takes a whole"),
    "value in a list": (
        "architecture.units",
        [8, "x"],
        "architecture.units = 'x' is not accepted",
    ),
    "value in choices": ("architecture.units", {"choices": [True]}, "= True is not accepted"),
    "a list in a list": ("architecture.units", [[8]], "architecture.units = [8] is not accepted"),
    "no value": ("architecture.units", None, "architecture.units = None is not accepted"),
    "empty list": ("architecture.units", [], "has an empty list. Give at least one value"),
    "empty choices": ("architecture.units", {"choices": []}, "has an empty list"),
    "choices": ("architecture.units", {"choices": 8}, "architecture.units: choices takes a list"),
    "choices and a range": (
        "architecture.units",
        {"choices": [8], "low": 1, "log": True},
        "has both choices and low, log. Write a list",
    ),
    "unknown entry": (
        "architecture.units",
        {"low": 1, "hihg": 9},
        "has an unknown entry 'hihg'. Did you mean 'high'? A range takes low, high, step, log",
    ),
    "no entries": (
        "architecture.units",
        {},
        "has a range without low and high. Write {low = ..., high = ...}; it takes a whole number",
    ),
    "one end": ("architecture.units", {"low": 1}, "has a range without high."),
    "end": ("architecture.units", {"low": 0, "high": 9}, "architecture.units = 0 is not accepted"),
    "end of nothing": (
        "training.momentum",
        {"low": math.nan, "high": 0.5},
        "= nan is not accepted",
    ),
    "reversed": (
        "architecture.units",
        {"low": 9, "high": 1},
        "has the empty range 9 to 1. low must be smaller than high; to fix the value write "
        "architecture.units = 9.",
    ),
    "range of one": ("architecture.units", {"low": 9, "high": 9}, "has the empty range 9 to 9."),
    "range of words": (
        "training.optimizer",
        {"low": 1, "high": 2},
        "training.optimizer is a word and has no range. Give a list of words: it takes one of",
    ),
    "range of true and false": (
        "training.shuffle",
        {"low": False, "high": True},
        "training.shuffle is true or false and has no range. Give a list of both: it takes true",
    ),
    "range to a word": (
        "training.batch_size",
        {"low": 8, "high": "full"},
        "has a range that ends at the word 'full', which is no number. Give a list of choices "
        'instead, such as [32, 128, "full"].',
    ),
    "range of truth": (
        "architecture.bidirectional",
        {"low": False, "high": True},
        "architecture.bidirectional is true or false and has no range. Give a list of both: it "
        "takes true or false.",
    ),
    "range of texts": (
        "architecture.kernel_sizes",
        {"low": 1, "high": 3},
        "architecture.kernel_sizes is a word and has no range. Give a list of words: it takes",
    ),
    "log": (
        "architecture.units",
        {"low": 1, "high": 9, "log": 1},
        "log takes true or false, not 1",
    ),
    "log from 0": (
        "training.momentum",
        {"low": 0, "high": 0.9, "log": True},
        "cannot be searched on a log scale from 0. Give a low above 0, or leave log out.",
    ),
    "log and step": (
        "architecture.units",
        {"low": 1, "high": 9, "log": True, "step": 2},
        "has both log and step. Leave one of them out.",
    ),
    "other knobs after": (
        "training.optimizer",
        {"choices": ["adam", "sgd"], "when": {"training.momentum": 0.5}},
        "training.optimizer cannot depend on training.momentum, which is chosen after it. It may "
        "depend on what `autolstm space` lists before it.",
    ),
    "itself": (
        "preparation.scale",
        {"choices": ["none", "standard"], "when": {"preparation.scale": "none"}},
        "cannot depend on preparation.scale, which is chosen after it. It may depend on what "
        "`autolstm space` lists before it, which is nothing.",
    ),
    "when of a word": ("training.momentum", {"choices": [0.5], "when": "sgd"}, WHEN),
    "when of a list": ("training.momentum", {"choices": [0.5], "when": ["sgd"]}, WHEN),
    "when unknown": (
        "training.momentum",
        {"choices": [0.5], "when": {"optimizer": "sgd"}},
        "space: there is no setting 'optimizer'.",
    ),
    "when never": (
        "training.momentum",
        {"choices": [0.5], "when": {"training.optimizer": "sdg"}},
        "training.optimizer = 'sdg' is not accepted. Did you mean 'sgd'?",
    ),
    "when without a value": (
        "training.momentum",
        {"choices": [0.5], "when": {"training.optimizer": []}},
        "when names no value of training.optimizer. It takes one value or a list of them;",
    ),
}
STEP = "step takes a whole number above 0 and not above the width of the range, 8, not "
for step in (0, -2, 2.5, True, "2", math.nan, math.inf, 9, 10**400):
    REFUSED[f"whole step {str(step)[:5]}"] = (
        "architecture.units",
        {"low": 1, "high": 9, "step": step},
        STEP + repr(step)[:20],
    )
for step in (0, -0.1, True, "2", math.nan, math.inf, 0.51, 10**400):
    REFUSED[f"step {str(step)[:5]}"] = (
        "training.momentum",
        {"low": 0.2, "high": 0.7, "step": step},
        f"step takes a number above 0 and not above the width of the range, 0.5, not "
        f"{repr(step)[:20]}",
    )


@pytest.mark.parametrize(("name", "said", "says"), REFUSED.values(), ids=list(REFUSED))
def test_refused(name: str, said: object, says: str) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        check_space({name: said})
    with pytest.raises(SettingError, match=re.escape(says)):
        overlay(AIRLINE, {name: said})


@pytest.mark.parametrize(
    ("optimizer", "takes"), [("adam", "adam"), (["adam", "rmsprop"], "['adam', 'rmsprop']")]
)
def test_a_condition_that_never_holds_is_refused(optimizer: object, takes: str) -> None:
    momentum = {"low": 0.0, "high": 0.5, "when": {"training.optimizer": "sgd"}}
    says = (
        f"space: training.momentum is searched only when training.optimizer is sgd, but "
        f"training.optimizer takes {takes}. Leave training.momentum out"
    )
    with pytest.raises(SettingError, match=re.escape(says)):
        laid(training__optimizer=optimizer, training__momentum=momentum)


def test_a_condition_on_a_range() -> None:
    def under(layers: int) -> dict[str, object]:
        return {"choices": [8, 16], "when": {"architecture.layers": layers}}

    assert "training.batch_size" in laid(training__batch_size=under(2)).dimensions
    with pytest.raises(SettingError, match=r"only when architecture\.layers is 3, but"):
        laid(training__batch_size=under(3))


def test_laying_changes_nothing_below() -> None:
    before = AIRLINE.table()
    laid(architecture__units=3, training__optimizer="adam")
    assert AIRLINE.table() == before
    with pytest.raises(TypeError, match="mappingproxy"):
        AIRLINE.dimensions["architecture.units"] = Int(1, 2)  # type: ignore[index]
