"""Power, trend and season: one contract for each, for their chain and for whole recipes."""

import json
import math
import re
from dataclasses import FrozenInstanceError
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_series import plain
from scipy.special import inv_boxcox
from sklearn.preprocessing import PowerTransformer

from autolstm.errors import DataError
from autolstm.prepare import Recipe
from autolstm.prepare.level import Level, learn_level
from autolstm.prepare.power import POSITIVE, Power, learn_power
from autolstm.prepare.seasonal import Season, learn_season
from autolstm.prepare.trend import Trend, learn_trend
from autolstm.seeding import generator
from autolstm.settings import KNOBS, Preparation

ROWS, SEASON = 60, 4
TRAIN, VALID = np.arange(40), np.arange(40, 50)
POWERS = KNOBS["preparation.power"].choices or ()
TRENDS = KNOBS["preparation.trend"].choices or ()


def series(rows: int = ROWS, columns: int = 2) -> np.ndarray:
    """A season that grows with an exponential trend, all positive, and a covariate."""
    steps = np.arange(rows, dtype=float)
    noise = generator(1, "series").normal(size=(rows, columns))
    target = 50 * np.exp(steps / 30) * (1 + 0.2 * np.sin(2 * np.pi * steps / SEASON))
    return np.column_stack([target, *(1e4 * steps for _ in range(columns - 1))]) + noise


TARGET = series()[:, 0]


def level(preparation: Preparation, target: np.ndarray = TARGET) -> Level:
    return learn_level(target[TRAIN], TRAIN, preparation)


LEVELS = [
    Preparation(power=power, trend=trend, seasonal_adjustment=period)
    for power, trend, period in product(POWERS, TRENDS, (0, 1, SEASON, 7))
]
TRANSFORMS: dict[str, Any] = {
    **{f"power {kind}": learn_power(kind, TARGET[TRAIN]) for kind in POWERS},
    **{f"trend {kind}": learn_trend(kind, TARGET[TRAIN], TRAIN) for kind in TRENDS},
    **{f"season {one}": learn_season(one, TARGET[TRAIN], TRAIN) for one in (0, 1, SEASON, 7)},
    **{f"{p.power} {p.trend} {p.seasonal_adjustment}": level(p) for p in LEVELS},
}
EACH = pytest.mark.parametrize("one", TRANSFORMS.values(), ids=list(TRANSFORMS))

PREPARATIONS = st.builds(
    Preparation,
    scale=st.sampled_from(KNOBS["preparation.scale"].choices),
    power=st.sampled_from(POWERS),
    trend=st.sampled_from(TRENDS),
    difference=st.integers(0, 2),
    seasonal_difference=st.sampled_from([0, 1, SEASON]),
    seasonal_adjustment=st.sampled_from([0, 1, SEASON, 7]),
    window=st.sampled_from([1, 6]),
)
HORIZONS = st.integers(1, 2 * SEASON)
POSITIVES = st.floats(1.0, 1e6)


# The contract of every transform ----------------------------------------------------------------


@EACH
@given(
    values=st.lists(POSITIVES, min_size=1, max_size=9),
    first=st.integers(-10_000, 10_000),
)
def test_values_of_any_row_come_back(one: Any, values: list[float], first: int) -> None:
    given_values, rows = np.array(values), first + np.arange(len(values))
    back = one.undo(one.apply(given_values, rows), rows)
    np.testing.assert_allclose(back, given_values, rtol=1e-6)
    assert given_values.tolist() == values


@EACH
def test_the_series_comes_back_past_the_fitted_rows(one: Any) -> None:
    rows = np.arange(ROWS)
    np.testing.assert_allclose(one.undo(one.apply(TARGET, rows), rows), TARGET, rtol=1e-9)


@EACH
def test_each_value_is_prepared_by_itself(one: Any) -> None:
    """The slow twin: no value knows another, and every shape is broadcast alike."""
    rows = np.arange(ROWS)
    whole = one.apply(TARGET, rows)
    alone = [float(one.apply(np.array([TARGET[t]]), np.array([t]))[0]) for t in rows]
    np.testing.assert_allclose(whole, alone, rtol=1e-12)
    steps = rows[:6].reshape(2, 3)
    forecasts = np.stack([whole[steps], whole[steps] + 0.01])
    assert one.undo(forecasts, steps).shape == (2, 2, 3)
    np.testing.assert_allclose(one.undo(forecasts, steps)[0], TARGET[steps], rtol=1e-9)


@EACH
def test_to_json_and_back_to_the_last_bit(one: Any) -> None:
    text = json.dumps(one.to_json(), allow_nan=False)
    back = type(one).from_json(json.loads(text))
    assert json.dumps(back.to_json()) == text
    rows = np.arange(ROWS)
    np.testing.assert_array_equal(back.apply(TARGET, rows), one.apply(TARGET, rows))


@EACH
@given(bent=st.floats(-1e300, 1e300), row=st.integers(-(10**9), 10**9))
def test_every_number_stands_for_a_value(one: Any, bent: float, row: int) -> None:
    """A network may forecast what no value is transformed to."""
    value = one.undo(np.array([bent]), np.array([row]))
    assert np.isfinite(value).all()


@EACH
def test_what_is_learnt_is_frozen(one: Any) -> None:
    field = next(iter(type(one).__dataclass_fields__))
    with pytest.raises(FrozenInstanceError, match=field):
        setattr(one, field, None)


@pytest.mark.parametrize("preparation", LEVELS)
def test_the_order_is_power_trend_season(preparation: Preparation) -> None:
    learnt, rows = level(preparation), np.arange(ROWS)
    by_hand = TARGET
    for step in (learnt.power, learnt.trend, learnt.season):
        by_hand = step.apply(by_hand, rows)
    np.testing.assert_array_equal(learnt.apply(TARGET, rows), by_hand)


def test_nothing_asked_changes_nothing() -> None:
    rows = np.arange(ROWS)
    for one in (Level.untouched(), level(Preparation())):
        np.testing.assert_array_equal(one.apply(TARGET, rows), TARGET)
        np.testing.assert_array_equal(one.undo(TARGET, rows), TARGET)


# Power ------------------------------------------------------------------------------------------


def bent_by_hand(power: Power, value: float) -> float:
    """The formulas as the docstring of the module words them."""

    def box_cox(v: float, exponent: float) -> float:
        return math.log(v) if exponent == 0 else (v**exponent - 1) / exponent

    v = value / power.unit
    if power.kind in POSITIVE:
        return box_cox(v, power.exponent)
    if v >= 0:
        return box_cox(1 + v, power.exponent)
    return -box_cox(1 - v, 2 - power.exponent)


@pytest.mark.parametrize("exponent", [0.0, 0.3, 1.0, 1.7, 2.0])
@pytest.mark.parametrize("kind", [*POSITIVE, "yeojohnson"])
@given(value=st.floats(1e-3, 1e3), negative=st.booleans())
def test_the_formulas(kind: str, exponent: float, value: float, negative: bool) -> None:
    value = -value if negative and kind == "yeojohnson" else value
    power = Power(kind, exponent, 2.5)
    bent = power.apply(np.array([value]), TRAIN)
    np.testing.assert_allclose(bent, bent_by_hand(power, value), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(power.undo(bent, TRAIN), value, rtol=1e-6)


@pytest.mark.parametrize(("kind", "name"), [("boxcox", "box-cox"), ("yeojohnson", "yeo-johnson")])
def test_the_exponent_is_the_one_of_scikit_learn(kind: str, name: str) -> None:
    power = learn_power(kind, TARGET[TRAIN])
    scaled = (TARGET[TRAIN] / power.unit)[:, None]
    learnt = PowerTransformer(method=name, standardize=False).fit(scaled)
    assert power.exponent == pytest.approx(np.clip(learnt.lambdas_[0], 0, 2), abs=1e-3)


def test_an_exponent_inside_its_ends_is_met_by_both() -> None:
    # The square root of these is normal.
    values = (10 + generator(3, "normal").normal(size=2000)) ** 2
    power = learn_power("boxcox", values)
    learnt = PowerTransformer(method="box-cox", standardize=False).fit(values[:, None])
    assert 0.2 < power.exponent < 0.8
    assert power.exponent == pytest.approx(learnt.lambdas_[0], abs=1e-4)


@pytest.mark.parametrize("kind", POWERS)
@pytest.mark.parametrize("unit", [1e-30, 1e-3, 1e6, 1e30])
def test_the_unit_of_the_target_does_not_matter(kind: str, unit: float) -> None:
    one, other = learn_power(kind, TARGET), learn_power(kind, TARGET * unit)
    assert other.exponent == pytest.approx(one.exponent, abs=1e-6)
    if kind != "none":
        np.testing.assert_allclose(
            other.apply(TARGET * unit, TRAIN), one.apply(TARGET, TRAIN), rtol=1e-4, atol=1e-6
        )


@settings(max_examples=200)
@given(
    values=st.lists(st.floats(-1e90, 1e90), min_size=3, max_size=20),
    kind=st.sampled_from(POWERS),
)
def test_exponents_stay_between_log_and_square(values: list[float], kind: str) -> None:
    given_values = np.array(values)
    if kind in POSITIVE:
        given_values = np.abs(given_values) + 1e-90
    power = learn_power(kind, given_values)
    assert 0 <= power.exponent <= 2
    assert power.unit > 0
    assert np.isfinite(power.apply(given_values, TRAIN)).all()


def test_below_the_range_of_box_cox_lies_nothing_but_zero() -> None:
    power = Power("boxcox", 0.5, 3.0)
    assert np.isnan(inv_boxcox(-2.5, 0.5))
    assert power.undo(np.array([-2.0, -2.5, -1e9]), TRAIN).tolist() == [1e-100] * 3
    # What was undone can be prepared again: forecasts are fed back as known values.
    np.testing.assert_allclose(power.apply(np.array([1e-100]), TRAIN), -2.0)


def test_what_would_overflow_is_cut() -> None:
    assert Power("log", 0.0, 1.0).undo(np.array([-1e4, 1e4]), TRAIN).tolist() == [1e-100, 1e100]
    both = Power("yeojohnson", 0.0, 1.0).undo(np.array([-1e300, 1e300]), TRAIN)
    assert both.tolist() == [-1e100, 1e100]


@pytest.mark.parametrize("kind", POSITIVE)
@pytest.mark.parametrize("value", [0.0, -3.0, np.nan])
def test_a_power_of_positive_values_refuses_others(kind: str, value: float) -> None:
    values = np.array([4.0, value, 5.0])
    says = re.escape(f"preparation.power = {kind} takes positive values, but the target goes down")
    with pytest.raises(DataError, match=f"{says} to .* Choose yeojohnson, which takes any"):
        learn_power(kind, values)
    with pytest.raises(DataError, match=says):
        Power(kind, 0.0, 1.0).apply(values, TRAIN)


@pytest.mark.parametrize("kind", POWERS)
def test_the_stretch_against_a_loop(kind: str) -> None:
    power, rows = learn_power(kind, TARGET[TRAIN]), np.arange(ROWS)
    bent = power.apply(TARGET, rows)
    before = sum((TARGET[t] - TARGET[t - 1]) ** 2 for t in rows[1:])
    after = sum((bent[t] - bent[t - 1]) ** 2 for t in rows[1:])
    assert power.stretch(TARGET) == pytest.approx(before / after)
    assert power.stretch(np.full(5, 3.0)) == (1.0 if kind == "none" else 0.0)


# Trend ------------------------------------------------------------------------------------------


def test_a_line_is_nothing_without_its_trend() -> None:
    line = 3.0 * np.arange(ROWS) + 7
    trend = learn_trend("linear", line[TRAIN], TRAIN)
    assert (trend.start, trend.slope) == (pytest.approx(7), pytest.approx(3))
    # It goes on after the training rows, and went on before them.
    np.testing.assert_allclose(trend.apply(line, np.arange(ROWS)), 0, atol=1e-9)
    assert trend.undo(np.array([0.0]), np.array([-2]))[0] == pytest.approx(1)


def test_the_trend_is_the_least_squares_line() -> None:
    trend = learn_trend("linear", TARGET[TRAIN], TRAIN)
    mean, middle = TARGET[TRAIN].mean(), TRAIN.mean()
    rises = [(t - middle) * (TARGET[t] - mean) for t in TRAIN]
    slope = sum(rises) / sum((t - middle) ** 2 for t in TRAIN)
    assert trend.slope == pytest.approx(slope)
    assert trend.start == pytest.approx(mean - slope * middle)
    assert learn_trend("none", TARGET[TRAIN], TRAIN) == Trend()


# Season -----------------------------------------------------------------------------------------

PATTERN = np.array([3.0, -1.0, 5.0, -7.0])


@pytest.mark.parametrize("rows", [8, 9, 11, 40, 43])
def test_a_pure_season_is_found_whatever_the_trend(rows: int) -> None:
    at = np.arange(rows)
    season = learn_season(SEASON, PATTERN[at % SEASON] + 0.5 * at + 100, at)
    np.testing.assert_allclose(season.pattern, PATTERN, atol=0.1)
    assert season.pattern.sum() == pytest.approx(0, abs=1e-9)


def test_the_pattern_starts_where_row_0_does() -> None:
    at = np.arange(3, 43)
    season = learn_season(SEASON, PATTERN[at % SEASON], at)
    np.testing.assert_allclose(season.pattern, PATTERN, atol=1e-6)


@given(first=st.integers(-100, 10**9), count=st.integers(1, 20))
def test_the_season_against_a_loop(first: int, count: int) -> None:
    season, rows = Season(PATTERN), np.arange(first, first + count)
    values = np.zeros(count)
    expected = [0.0 - float(PATTERN[row % SEASON]) for row in rows.tolist()]
    assert season.apply(values, rows).tolist() == expected


@pytest.mark.parametrize("period", [0, 1])
def test_no_season(period: int) -> None:
    assert len(learn_season(period, TARGET, np.arange(ROWS)).pattern) == 0


def test_too_few_cycles() -> None:
    learn_season(20, TARGET[TRAIN], TRAIN)
    says = "The 40 training rows hold no 2 cycles of 21 rows, .* preparation.seasonal_adjustment"
    with pytest.raises(DataError, match=says):
        learn_season(21, TARGET[TRAIN], TRAIN)


@pytest.mark.parametrize("value", [0.0, 0.1, 3.0])
def test_a_constant_has_no_season(value: float) -> None:
    season = learn_season(SEASON, np.full(40, value), TRAIN)
    np.testing.assert_allclose(season.pattern, 0, atol=1e-12)


# Whole recipes ----------------------------------------------------------------------------------


def stored(recipe: Recipe) -> str:
    return json.dumps(recipe.to_json(), allow_nan=False)


@settings(max_examples=400, deadline=None)
@given(preparation=PREPARATIONS, horizon=HORIZONS)
def test_prepared_targets_are_undone(preparation: Preparation, horizon: int) -> None:
    values = series()
    recipe = Recipe.learn(plain(values), TRAIN, preparation, horizon)
    back = Recipe.from_json(json.loads(stored(recipe)))
    assert stored(back) == stored(recipe)
    prepared = recipe.series(plain(values))
    assert prepared.shape == values.shape
    assert np.isfinite(prepared).all()
    assert (prepared[: preparation.difference + preparation.seasonal_difference] == 0).all()
    for rows in (TRAIN, VALID, np.arange(50, ROWS)):
        part = recipe.windows(plain(values), rows, VALID).train
        steps = part.origins[:, None] + np.arange(1, horizon + 1)
        undone = back.undo(part.targets, plain(values), part.origins)[..., 0]
        # Targets are float32; a second difference far ahead is a large number.
        np.testing.assert_allclose(undone, values[steps, 0], rtol=1e-4)


@settings(max_examples=300, deadline=None)
@given(
    preparation=PREPARATIONS,
    horizon=HORIZONS,
    row=st.integers(len(TRAIN), ROWS - 1),
    value=POSITIVES,
)
def test_nothing_after_the_training_rows_is_learnt(
    preparation: Preparation, horizon: int, row: int, value: float
) -> None:
    values, changed = series(), series()
    changed[row, 0] = value
    recipe, other = (
        Recipe.learn(plain(one), TRAIN, preparation, horizon) for one in (values, changed)
    )
    assert stored(recipe) == stored(other)
    before, after = (
        recipe.windows(plain(values), TRAIN, VALID),
        other.windows(plain(changed), TRAIN, VALID),
    )
    origins = before.train.origins
    np.testing.assert_array_equal(before.inputs(origins), after.inputs(origins))
    np.testing.assert_array_equal(before.train.targets, after.train.targets)
    # A unit of losses that is measured on validation rows is no more learnt than a loss on them.
    assert preparation.power != "none" or before.loss_unit == after.loss_unit


@settings(max_examples=300, deadline=None)
@given(
    preparation=PREPARATIONS,
    horizon=HORIZONS,
    origin=st.integers(13, ROWS - 2),
    ahead=st.integers(1, ROWS),
    value=POSITIVES,
)
def test_no_forecast_knows_what_comes_after_its_origin(
    preparation: Preparation, horizon: int, origin: int, ahead: int, value: float
) -> None:
    values, changed = series(), series()
    changed[min(origin + ahead, ROWS - 1), 0] = value
    recipe = Recipe.learn(plain(values), TRAIN, preparation, horizon)
    origins = np.arange(recipe.reach - 1, origin + 1)
    before, after = (recipe.windows(plain(one), TRAIN, VALID) for one in (values, changed))
    np.testing.assert_array_equal(before.inputs(origins), after.inputs(origins))
    forecast = np.zeros((len(origins), horizon), np.float32)
    undone = [recipe.undo(forecast, plain(one), origins)[..., 0] for one in (values, changed)]
    np.testing.assert_array_equal(*undone)


@settings(max_examples=200, deadline=None)
@given(preparation=PREPARATIONS, horizon=HORIZONS, first=st.integers(0, 40))
def test_rows_that_begin_elsewhere_are_prepared_alike(
    preparation: Preparation, horizon: int, first: int
) -> None:
    """What a saved model does with the last rows that it kept."""
    values = series()
    recipe = Recipe.learn(plain(values), TRAIN, preparation, horizon)
    lost = preparation.difference + preparation.seasonal_difference
    late = recipe.series(plain(values[first:], first))
    np.testing.assert_allclose(
        late[lost:], recipe.series(plain(values))[first + lost :], rtol=1e-6
    )
    origin = np.array([ROWS - 1])
    forecast = np.full((1, horizon), 0.3, np.float32)
    np.testing.assert_allclose(
        recipe.undo(forecast, plain(values[first:], first), origin - first)[..., 0],
        recipe.undo(forecast, plain(values), origin)[..., 0],
        rtol=1e-9,
    )


def test_covariates_are_scaled_and_no_more() -> None:
    values = series()
    asked = Preparation("none", "log", "linear", 1, SEASON, SEASON)
    prepared = Recipe.learn(plain(values), TRAIN, asked, 1).series(plain(values))
    np.testing.assert_array_equal(prepared[5:, 1], values[5:, 1].astype(np.float32))


def test_a_target_that_is_constant_in_training_is_no_fault() -> None:
    for power, trend, period in product(POWERS, TRENDS, (0, SEASON)):
        asked = Preparation(power=power, trend=trend, seasonal_adjustment=period)
        values = np.full((ROWS, 1), 3.0)
        windows = Recipe.learn(plain(values), TRAIN, asked, 1).windows(plain(values), TRAIN, VALID)
        assert np.isfinite(windows.series).all()
        assert np.isfinite(windows.loss_unit)


RECIPE_OF_0_1 = """{"window": 4, "horizon": 2, "difference": 1, "seasonal_difference": 4,
"inputs": {"offset": [0.5], "gain": [2.0]}, "target": {"offset": [0.25], "gain": [4.0]},
"variance": 9.0}"""


def test_a_recipe_of_0_1_is_read() -> None:
    recipe = Recipe.from_json(json.loads(RECIPE_OF_0_1))
    values = np.arange(10.0) ** 2
    undone = recipe.undo(np.zeros((1, 2)), plain(values), np.array([9]))[..., 0]
    change = values[9] - values[5]
    assert undone.tolist() == [[values[6] + change + 0.25, values[7] + change + 0.25]]
    assert (
        recipe.series(plain(values[:, None]))[5, 0]
        == (values[5] - values[1] - values[4] - 0.5) / 2
    )


# Units of losses --------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(preparation=PREPARATIONS, no_rows=st.booleans())
def test_the_forecast_that_nothing_changes_has_one_loss(
    preparation: Preparation, no_rows: bool
) -> None:
    """Whatever the preparation: in units of the variance of the training target."""
    values = series()
    recipe = Recipe.learn(plain(values), TRAIN, preparation, 1)
    valid = VALID[:0] if no_rows else VALID
    measured = TRAIN if no_rows else VALID
    unit = recipe.windows(plain(values), TRAIN, valid).loss_unit
    rows = np.arange(ROWS)
    levels = (
        recipe.each[0].levels[0].power.apply(values[:, 0], rows) / recipe.each[0].target.gain[0]
    )
    prepared = np.mean((levels[measured[1:]] - levels[measured[:-1]]) ** 2)
    actual = np.mean((values[measured[1:], 0] - values[measured[:-1], 0]) ** 2)
    assert prepared * unit == pytest.approx(actual / np.var(values[TRAIN, 0]))


@pytest.mark.parametrize("power", POWERS)
def test_equal_errors_have_nearly_equal_losses_under_every_power(power: str) -> None:
    """Validation rows lie high above the training rows: their own variance would say a third."""
    values = series()
    recipe = Recipe.learn(plain(values), TRAIN, Preparation(power=power), 1)
    windows = recipe.windows(plain(values), TRAIN, VALID)
    actual = values[VALID, 0]
    errors = generator(4, "errors").normal(size=(500, len(VALID))) * 0.05 * actual
    forecast = recipe.each[0].levels[0].power.apply(actual + errors, VALID)
    scaled = (forecast - recipe.each[0].target.offset[0]) / recipe.each[0].target.gain[0]
    loss = np.mean((scaled - windows.valid.targets[:, 0]) ** 2) * windows.loss_unit
    assert loss == pytest.approx(np.mean(errors**2) / recipe.each[0].variance[0], rel=0.1)
    if power == "log":
        own = np.var(recipe.each[0].levels[0].power.apply(values[TRAIN, 0], TRAIN))
        unfair = recipe.each[0].target.gain[0] ** 2 / own / windows.loss_unit
        assert unfair < 0.5
