"""An experiment put to a data set: rows, seeds, origins, and when two questions are one."""

import json
import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from panels import one as rows_of
from panels import panel

from autolstm.baselines import LEARNT, forecasts, naive
from autolstm.data.load import load
from autolstm.dataset import Dataset
from autolstm.errors import DataError, InputError, SettingError
from autolstm.experiment import ask
from autolstm.metrics import metrics_for
from autolstm.prepare import Recipe
from autolstm.question import Question, pose
from autolstm.settings import KNOBS

AIRLINE = replace(load("airline"), split=None)
PHASES = ("search", "confirm", "refit")


def asked(data: Dataset = AIRLINE, **fields: Any) -> Question:
    return pose(ask({"source": "airline", **fields}), data)


def numbers(values: Any, season: int = 0, columns: tuple[str, ...] = ("y",)) -> Dataset:
    table = np.asarray(values, dtype=float).reshape(-1, len(columns))
    return Dataset("tiny", pd.RangeIndex(len(table)), table, columns, season=season)


# Rows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("split", "recommended", "lengths"),
    [
        ({}, None, (100, 22, 22)),
        ({}, (24, 12), (108, 24, 12)),
        ({"test": 30}, (24, 12), (90, 24, 30)),
        ({"validation": 0.25, "test": 30}, (24, 12), (78, 36, 30)),
        ({"validation": 10}, None, (112, 10, 22)),
    ],
)
def test_parts(
    split: dict[str, float], recommended: tuple[float, float] | None, lengths: tuple[int, ...]
) -> None:
    parts = asked(replace(AIRLINE, split=recommended), split=split).parts
    (fold,) = parts.folds
    assert (len(fold.train), len(fold.valid), len(parts.test)) == lengths
    assert fold.train[0] == 0
    assert parts.test[-1] == 143


@pytest.mark.parametrize("horizon", [1, 5, 12])
def test_origins_are_those_whose_targets_all_lie_in_a_part(horizon: int) -> None:
    question = asked(horizon=horizon)
    for rows in (
        question.parts.folds[0].train,
        question.parts.folds[0].valid,
        question.parts.test,
    ):
        obvious = [t for t in range(144) if all(t + h in rows for h in range(1, horizon + 1))]
        origins = question.framing.examples(rows)
        assert origins.tolist() == obvious
        actual = question.framing.actual(origins)
        assert actual.shape == (len(obvious), horizon, 1)
        for t, targets in zip(obvious, actual, strict=True):
            assert targets[:, 0].tolist() == AIRLINE.actual[t + 1 : t + horizon + 1].tolist()


def test_the_first_row_is_no_target() -> None:
    """Row -1 would be the last one, the future itself."""
    assert asked().framing.examples(np.arange(10))[0] == 0


def test_one_score_for_each_replicate() -> None:
    question = asked(horizon=2, metric="mae")
    origins = question.framing.examples(question.parts.folds[0].valid)
    actual = question.framing.actual(origins)
    assert question.measure(np.stack([actual, actual + 1, actual - 3]), origins) == (0, 1, 3)


def test_naive_forecasts_are_measured_on_the_same_rows() -> None:
    question = asked()
    scores = question.baseline_scores()["test"]
    names = "persistence, drift, seasonal naive, seasonal naive plus change, mean of the last 12"
    assert list(scores) == [*names.split(", "), *LEARNT]
    errors = [AIRLINE.actual[t] - AIRLINE.actual[t - 12] for t in question.parts.test]
    assert scores["seasonal naive"] == pytest.approx(math.sqrt(np.mean(np.square(errors))))


def test_baselines_learn_on_all_rows_before_a_part() -> None:
    """As the networks do: the refit, which is measured on the test part, knows the validation."""
    question = asked(horizon=2)
    parts, data = question.parts, question.framing.data
    (fold,) = parts.folds
    for rows, train in ((fold.valid, fold.train), (parts.test, parts.seen)):
        found = question.framing.baselines(train, rows)
        origins = question.framing.examples(rows)
        assert origins[0] == train[-1]
        expected = forecasts(data.actual, origins, 2, data.season, len(train))
        assert list(found) == list(expected)
        for name, one in found.items():
            np.testing.assert_array_equal(one[..., 0], expected[name])


@pytest.mark.parametrize("name", ["mase", "rmsse"])
def test_a_scaled_metric_knows_the_training_rows_alone(name: str) -> None:
    question = asked(metric=name)
    train = question.framing.data.actual[question.parts.folds[0].train]
    gaps = train[12:] - train[:-12]
    scale = np.mean(np.abs(gaps)) if name == "mase" else np.sqrt(np.mean(gaps**2))
    assert question.framing.metrics[0][0].scale == pytest.approx(scale)
    later = question.framing.data.values.copy()
    later[len(train) :] *= 5
    changed = asked(replace(question.framing.data, values=later), metric=name)
    assert changed.framing.metrics[0][0].scale == question.framing.metrics[0][0].scale
    origins = question.framing.examples(question.parts.test)
    off = question.framing.actual(origins)[None] + scale
    assert question.measure(off, origins) == pytest.approx((1.0,))


# Seeds -----------------------------------------------------------------------------------------


@given(root=st.integers(0, 2**63 - 1), fewer=st.integers(1, 30), more=st.integers(0, 30))
def test_phases_share_no_seed_whatever_their_number(root: int, fewer: int, more: int) -> None:
    few, many = asked(seed=root, seeds=fewer), asked(seed=root, seeds=fewer + more)
    seeds = {phase: many.seeds_for(phase) for phase in PHASES}
    assert all(len(one) == fewer + more for one in seeds.values())
    assert len({seed for one in seeds.values() for seed in one}) == 3 * (fewer + more)
    for phase in PHASES:
        assert few.seeds_for(phase) == seeds[phase][:fewer]


def test_another_root_gives_other_seeds() -> None:
    assert asked(seed=1).seeds_for("search") != asked(seed=2).seeds_for("search")


# When two questions are the same ----------------------------------------------------------------


def changed(row: int, column: int = 0) -> Dataset:
    values = AIRLINE.values.copy()
    values[row, column] += 1
    return Dataset("airline", AIRLINE.times, values, AIRLINE.columns, season=AIRLINE.season)


def test_equal_questions_lie_equally_flat() -> None:
    flat = asked().flat()
    assert flat == asked(trials=99, time="1h", confirm=1, sampler="random", name="x").flat()
    assert (
        flat
        == asked(
            Dataset(
                "other", AIRLINE.times, AIRLINE.values, AIRLINE.columns, unit="people", season=12
            )
        ).flat()
    )
    assert json.loads(json.dumps(flat)) == flat


DIFFERENT: dict[str, tuple[str, Question]] = {
    "a value": ("data", asked(changed(5))),
    "the last value": ("data", asked(changed(143))),
    "season": ("season", asked(load("airline", season=6))),
    "horizon": ("horizon", asked(horizon=2)),
    "metric": ("metric", asked(metric="mae")),
    "seeds": ("seeds", asked(seeds=4)),
    "seed": ("seed", asked(seed=1)),
    "validation": ("split.validation", asked(split={"validation": 21})),
    "test": ("split.test", asked(split={"test": 21})),
    "space": (
        "space.architecture.units",
        asked(space={"architecture.units": [8, 16]}),
    ),
    "fixed": ("space.training.epochs", asked(space={"training.epochs": 100})),
}


@pytest.mark.parametrize(("key", "other"), DIFFERENT.values(), ids=list(DIFFERENT))
def test_another_question_lies_otherwise(key: str, other: Question) -> None:
    flat, changed_flat = asked().flat(), other.flat()
    assert flat.keys() == changed_flat.keys()
    assert flat[key] != changed_flat[key]


def test_target_and_covariates_belong_to_the_question() -> None:
    weather = asked(load("weather")).flat()
    wind = asked(load("weather", target="wind")).flat()
    assert (weather["target"], wind["target"]) == ("temp_max", "wind")
    assert weather["covariates"] == ["temp_min", "precipitation", "wind"]
    assert weather["data"] != wind["data"]


def test_most_epochs_are_those_of_the_space() -> None:
    assert asked().most_epochs == 150
    assert asked(space={"training.epochs": [20, 70, 5]}).most_epochs == 70


# What is refused --------------------------------------------------------------------------------

WAVE = 100 + np.sin(np.arange(100))


def test_a_part_shorter_than_the_horizon() -> None:
    with pytest.raises(
        DataError, match="The validation part has 22 of 144 rows, but a horizon of"
    ):
        asked(horizon=23)


@pytest.mark.parametrize(
    ("space", "fields", "says"),
    [
        (
            {"preparation.window": 99},
            {},
            r"\(window 99, seasonal_difference 12\)\. The 100 training rows hold no whole window"
            r".* Such as --set space\.preparation\.window=25\.",
        ),
        ({"preparation.window": [12, 99]}, {}, r"\(window 99, seasonal_difference 12\)"),
        ({"preparation.window": {"low": 3, "high": 200}}, {}, r"\(window 200, "),
        (
            {"preparation.seasonal_difference": 90},
            {},
            r"\(window 24, seasonal_difference 90\).* --set space\.preparation\.window=8\.",
        ),
        (
            {"preparation.seasonal_difference": 98},
            {},
            r"Such as --set space\.preparation\.seasonal_difference=0\.",
        ),
    ],
)
def test_a_space_that_the_data_cannot_hold(
    space: dict[str, Any], fields: dict[str, Any], says: str
) -> None:
    with pytest.raises(SettingError, match=f"The space does not fit the data .*{says}") as caught:
        asked(space=space, **fields)
    # The advice is followed: the study can be asked then.
    name, _, value = str(caught.value).rpartition("--set space.")[2].rstrip(".").partition("=")
    assert asked(space={**space, name: int(value)}, **fields).space.base.flat()[name] == int(value)


def test_the_longest_preparation_that_fits_is_accepted() -> None:
    asked(space={"preparation.window": 86})
    with pytest.raises(SettingError, match="need 101"):
        asked(space={"preparation.window": 87})


@pytest.mark.parametrize("level", [3.0, 0.1])
def test_a_target_that_does_not_vary_in_the_training_rows(level: float) -> None:
    values = np.append(np.full(80, level), WAVE[:20])
    with pytest.raises(DataError, match=f"'y' is {level:g} in all 70 training rows: there is"):
        asked(numbers(values))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (
            1e300,
            r"up to 1e\+300, and varies by .* It takes numbers up to 1e\+100 that vary by 1e-100",
        ),
        (1e-150, "up to 1e-150, and varies by 1e-150 in the training rows"),
    ],
)
def test_numbers_whose_squares_are_none(value: float, says: str) -> None:
    values = np.zeros(100)
    values[40] = value
    with pytest.raises(DataError, match=f"{says}.* Give it in another unit"):
        asked(numbers(values))


@pytest.mark.parametrize("value", [1e-90, 1e90])
def test_numbers_far_from_one(value: float) -> None:
    question = asked(numbers(WAVE * value))
    recipe = Recipe.learn(
        question.framing.data,
        question.parts.folds[0].train,
        question.space.base.preparation,
        1,
    )
    assert 0 < recipe.each[0].variance[0] < math.inf


@pytest.mark.parametrize(
    ("row", "metric", "part"),
    [(75, "mape", "validation"), (99, "mape", "test"), (range(70, 85), "r2", "validation")],
)
def test_a_metric_that_divides_by_zero(row: Any, metric: str, part: str) -> None:
    values = WAVE.copy()
    values[row] = 0.0
    says = f"The metric {metric} is not finite on the {part} part of 'y': it divides by zero there"
    with pytest.raises(DataError, match=says) as refused:
        asked(numbers(values), metric=metric)
    # More rows take a zero away from nothing.
    assert ("a longer" in str(refused.value)) == (metric == "r2")
    assert asked(numbers(values), metric="mae").metric.name == "mae"


def test_a_metric_of_labels() -> None:
    with pytest.raises(SettingError, match="metric 'f1' measures labels, .* here are numbers"):
        asked(metric="f1")


@pytest.mark.parametrize("metric", ["mase", "rmsse"])
def test_a_metric_whose_scale_is_zero(metric: str) -> None:
    values = np.tile([1.0, 5.0, 2.0, 3.0], 25)
    values[70:] += np.arange(30)
    says = (
        f"The metric {metric} divides by the error of the naive forecast on the training rows of "
        f"'y', and that is zero: they repeat exactly. Choose another, such as --metric mae."
    )
    with pytest.raises(DataError, match=says):
        asked(numbers(values, season=4), metric=metric)
    assert asked(numbers(values), metric=metric, season=0).framing.metrics[0][0].scale > 0


def test_zeros_in_the_training_rows_do_no_harm() -> None:
    values = WAVE.copy()
    values[3] = 0.0
    assert asked(numbers(values), metric="mape").metric.name == "mape"


# What preparations demand -----------------------------------------------------------------------


@pytest.mark.parametrize("power", ["log", ["none", "boxcox"]])
def test_a_power_of_values_that_are_not_positive(power: Any) -> None:
    values = WAVE.copy()
    values[[3, 95]] = 0.0, -2.0
    kind = "log" if power == "log" else "boxcox"
    says = (
        rf"preparation.power = {kind} takes positive values, but 'y' is 0 at 3 \(2 such rows\). "
        rf"Take yeojohnson, .* --set space.preparation.power=yeojohnson."
    )
    with pytest.raises(SettingError, match=says):
        asked(numbers(values), space={"preparation.power": power})
    asked(numbers(values), space={"preparation.power": ["none", "yeojohnson"]})
    asked(numbers(WAVE), space={"preparation.power": power})


def test_an_adjustment_by_a_season_of_which_there_is_too_little() -> None:
    asked(space={"preparation.seasonal_adjustment": 50})
    says = (
        "preparation.seasonal_adjustment = 51 needs 2 cycles to learn the season from, but there "
        "are 100 training rows. Such as --set space.preparation.seasonal_adjustment=0."
    )
    with pytest.raises(SettingError, match=re.escape(says)):
        asked(space={"preparation.seasonal_adjustment": [0, 51]})


def test_a_log_is_offered_where_it_matters() -> None:
    def powers(values: Any) -> Any:
        return asked(numbers(values, season=12)).space.table()["preparation.power"]

    assert powers(np.exp(np.arange(100) / 50) + WAVE / 100) == ["none", "log"]
    # Too flat; not positive, be it after the training rows.
    assert powers(WAVE) == "none"
    assert powers(np.append(np.exp(np.arange(99) / 50), 0.0)) == "none"


# Seasons and missing values ---------------------------------------------------------------------

HOURS = np.sin(np.arange(100) * np.pi / 4) + np.arange(100)


def test_a_season_is_suggested_where_nobody_gives_one() -> None:
    question = asked(numbers(HOURS))
    assert question.framing.data.season == 8
    assert "A season of 8 rows is suggested" in question.framing.data.notes[-1]
    assert question.space.table()["preparation.seasonal_difference"] == [0, 8]
    assert "seasonal naive" in question.baseline_scores()["validation"]
    for given_one in (asked(numbers(HOURS, season=4)), asked(numbers(HOURS), season=0)):
        assert given_one.framing.data.season in (0, 4)
        assert not given_one.framing.data.notes


def test_a_target_that_was_missing_is_not_measured() -> None:
    holes = np.zeros((100, 1), dtype=bool)
    holes[75] = True
    data = numbers(WAVE)
    question = asked(replace(data, fill="forward", holes=holes), horizon=2)
    kept = question.framing.examples(question.parts.folds[0].valid).tolist()
    every = asked(data, horizon=2).framing.examples(question.parts.folds[0].valid).tolist()
    assert kept == [one for one in every if one not in (73, 74)]
    holes[70:85] = True
    says = "No forecast of the validation part can be measured: of 1 rows ahead, a value of 'y'"
    with pytest.raises(DataError, match=says):
        asked(replace(data, fill="forward", holes=holes))


def test_lines_are_drawn_in_the_training_rows() -> None:
    values, holes = WAVE.copy(), np.zeros((100, 1), dtype=bool)
    values[11], holes[11] = values[10], True
    data = replace(numbers(values), fill="interpolate", holes=holes)
    assert asked(data).framing.data.actual[11] == (values[10] + values[12]) / 2
    assert asked(replace(data, fill="forward")).framing.data.actual[11] == values[10]


# Anything -------------------------------------------------------------------------------------


def said_of(name: str) -> st.SearchStrategy[Any]:
    knob = KNOBS[name]
    one: st.SearchStrategy[Any]
    if knob.kind is bool:
        return st.lists(st.booleans(), min_size=1, max_size=2)
    if knob.written is not None:
        return st.lists(st.sampled_from(["3", "3,5", "x"]), min_size=1, max_size=2)
    if knob.choices:
        return st.lists(st.sampled_from(knob.choices), min_size=1, max_size=3)
    if not knob.numeric:
        # Truth values, and texts of no choice, right and wrong.
        return st.lists(st.booleans() | st.sampled_from(["3", "3,5", "5,3"]), max_size=2)
    assert knob.high is not None
    # As people write numbers: Optuna warns of steps that do not divide 17 digits.
    one = st.integers(0, 100)
    if knob.kind is float:
        one = st.integers(0, 1000).map(lambda number: number / 1000)
    ends = st.fixed_dictionaries(
        {"low": one, "high": one},
        optional={
            "step": st.sampled_from([1, 2, 3, 0.1, 0.25]),
            "log": st.booleans(),
            "when": st.sampled_from(
                [{"training.optimizer": "sgd"}, {"preparation.difference": [0, 1]}]
            ),
        },
    )
    return st.one_of(one, st.lists(one, max_size=3), ends)


SPACES = st.lists(st.sampled_from(list(KNOBS)), max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: said_of(name) for name in names})
)
SIZES = st.one_of(st.none(), st.floats(0.05, 0.6), st.integers(1, 60))
SERIES = st.lists(st.integers(-3, 3) | st.floats(-1e9, 1e9), min_size=20, max_size=60)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(
    values=SERIES,
    season=st.sampled_from([0, 2, 3, 7, 12, 19, 5000]),
    horizon=st.integers(1, 20),
    metric=st.sampled_from(metrics_for("numbers")),
    validation=SIZES,
    test=SIZES,
    space=SPACES,
)
def test_whatever_can_be_asked_can_be_tried(
    values: list[float],
    season: int,
    horizon: int,
    metric: str,
    validation: float | None,
    test: float | None,
    space: dict[str, Any],
) -> None:
    data = numbers(values, season)
    sizes = {"validation": validation, "test": test}
    split = {name: size for name, size in sizes.items() if size is not None}
    try:
        question = asked(data, horizon=horizon, metric=metric, split=split, space=space)
    except InputError:
        return
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(0))
    study.enqueue_trial(question.space.default_params())
    assert question.space.suggest(study.ask()) == question.space.base
    tried = question.space.suggest(study.ask())
    recipe = Recipe.learn(data, question.parts.folds[0].train, tried.preparation, horizon)
    windows = recipe.windows(data, question.parts.folds[0].train, question.parts.folds[0].valid)
    assert len(windows.train) > 0
    measured = question.framing.examples(question.parts.folds[0].valid).tolist()
    # One row ahead there are more windows: those of the last rows as well.
    assert windows.valid.origins.tolist()[: len(measured)] == measured
    assert math.isfinite(windows.loss_unit)
    for rows in (question.parts.folds[0].valid, question.parts.test):
        origins = question.framing.examples(rows)
        made = naive.forecasts(data.actual, origins, horizon, season)
        assert np.isfinite(
            question.measure(np.stack(list(made.values()))[..., None], origins)
        ).all()


# Several series ----------------------------------------------------------------------------------


def test_a_question_of_series_says_what_is_known_and_how_many_they_are() -> None:
    flat = asked(panel(calendar="weekday")).flat()
    assert flat["series"] == 3
    assert flat["known"] == ["promo", "weekday_sin", "weekday_cos"]
    assert (flat["target"], flat["covariates"]) == (
        "a, b",
        ["promo", "rain", "weekday_sin", "weekday_cos"],
    )
    fewer = [panel(), panel(static=None), panel(known=None), panel(target="a")]
    assert len({json.dumps(asked(one).flat(), sort_keys=True) for one in fewer}) == 4


def test_a_question_of_one_series_says_nothing_new() -> None:
    """Studies that were begun before there could be several go on."""
    assert not {"known", "series", "static"} & set(asked().flat())
    assert asked().flat()["data"] == "9e0f705cb4d43f17"


@pytest.mark.parametrize("short", [20, 25])
def test_series_of_quite_different_lengths(short: int) -> None:
    rows = pd.concat([rows_of("north"), rows_of("south")[:short]])
    data = load(rows, id_column="shop", target="a", covariates=[])
    assert isinstance(data, Dataset)
    parts = asked(data, horizon=2).parts
    for part in (parts.folds[0].train, parts.folds[0].valid, parts.test):
        assert set(data.of_rows(part)) == {0, 1}
