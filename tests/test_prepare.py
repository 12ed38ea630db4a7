"""Preparation: learnt on training rows, applied anywhere, undone exactly, blind to the future."""

import json
import re
from dataclasses import FrozenInstanceError
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_series import plain

from autolstm.errors import DataError
from autolstm.prepare import Recipe
from autolstm.prepare.difference import Differences
from autolstm.prepare.scale import learn_scaler
from autolstm.seeding import generator
from autolstm.settings import KNOBS, Preparation
from autolstm.shapes import Shapes

ROWS, SEASON = 60, 4
TRAIN, VALID = np.arange(40), np.arange(40, 50)
SCALES = KNOBS["preparation.scale"].choices or ()

PREPARATIONS = [
    Preparation(scale=scale, difference=order, seasonal_difference=lag, window=window)
    for scale, order, lag, window in product(SCALES, (0, 1, 2), (0, 1, SEASON), (1, 6))
]
EVERY = pytest.mark.parametrize(
    "preparation",
    PREPARATIONS,
    ids=[f"{p.scale}-{p.difference}-{p.seasonal_difference}-{p.window}" for p in PREPARATIONS],
)
HORIZONS = pytest.mark.parametrize("horizon", [1, 3, SEASON, 2 * SEASON])


def series(rows: int = ROWS, columns: int = 2) -> np.ndarray:
    """A trend, a season and noise; the covariate has quite another scale."""
    steps = np.arange(rows, dtype=float)
    noise = generator(1, "series").normal(size=(rows, columns))
    target = 100 + 2 * steps + 10 * np.sin(2 * np.pi * steps / SEASON)
    return np.column_stack([target, *(1e4 * steps for _ in range(columns - 1))]) + noise


def learnt(preparation: Preparation, horizon: int, values: np.ndarray | None = None) -> Recipe:
    return Recipe.learn(plain(series() if values is None else values), TRAIN, preparation, horizon)


def stored(recipe: Recipe) -> str:
    """Everything that a recipe has learnt, to the last bit."""
    return json.dumps(recipe.to_json(), allow_nan=False)


def targets(values: np.ndarray, origins: np.ndarray, horizon: int) -> np.ndarray:
    return np.array([[values[t + h, 0] for h in range(1, horizon + 1)] for t in origins])


# The contract of every preparation -------------------------------------------------------------


@EVERY
@HORIZONS
def test_prepared_targets_are_undone_exactly(preparation: Preparation, horizon: int) -> None:
    values = series()
    recipe = learnt(preparation, horizon)
    # Rows past the training part too, with values that were never seen.
    rest = np.arange(50, ROWS)
    for rows in (TRAIN, np.arange(40, 50), rest):
        part = recipe.windows(plain(values), rows, VALID).train
        assert part.targets.shape == (len(part.origins), horizon)
        assert part.targets.dtype == np.float32
        undone = recipe.undo(part.targets, plain(values), part.origins)[..., 0]
        np.testing.assert_allclose(undone, targets(values, part.origins, horizon), rtol=1e-5)


@EVERY
def test_undoing_keeps_the_replicates_apart(preparation: Preparation) -> None:
    values = series()
    recipe = learnt(preparation, 3)
    origins = np.arange(45, 50)
    prepared = generator(2, "forecast").normal(size=(4, 5, 3)).astype(np.float32)
    undone = recipe.undo(prepared, plain(values), origins)[..., 0]
    assert undone.shape == (4, 5, 3)
    assert undone.dtype == np.float64
    for one, alone in zip(undone, prepared, strict=True):
        np.testing.assert_array_equal(one, recipe.undo(alone, plain(values), origins)[..., 0])


@EVERY
def test_a_recipe_goes_to_json_and_back_to_the_last_bit(preparation: Preparation) -> None:
    values = series()
    recipe = learnt(preparation, 3)
    back = Recipe.from_json(json.loads(stored(recipe)))
    assert stored(back) == stored(recipe)
    origins = np.arange(45, 50)
    np.testing.assert_array_equal(back.series(plain(values)), recipe.series(plain(values)))
    forecast = np.ones((5, 3), np.float32)
    np.testing.assert_array_equal(
        back.undo(forecast, plain(values), origins)[..., 0],
        recipe.undo(forecast, plain(values), origins)[..., 0],
    )


@EVERY
@HORIZONS
def test_windows_against_a_loop(preparation: Preparation, horizon: int) -> None:
    values = series()
    recipe = learnt(preparation, horizon)
    windows = recipe.windows(plain(values), TRAIN, VALID)
    assert windows.shapes == Shapes(preparation.window, 2, horizon)
    lost = preparation.difference + preparation.seasonal_difference
    for part, rows in ((windows.train, TRAIN), (windows.valid, VALID)):
        origins = [
            t
            for t in range(ROWS)
            if t - preparation.window + 1 - lost >= 0
            and all(t + h in rows for h in range(1, horizon + 1))
        ]
        assert part.origins.tolist() == origins
        assert len(part) == len(origins)
        gathered = windows.inputs(part.origins)
        assert gathered.shape == (len(origins), preparation.window, 2)
        for window, t in zip(gathered, origins, strict=True):
            for back in range(preparation.window):
                np.testing.assert_array_equal(window[-1 - back], windows.series[t - back])


@EVERY
def test_the_loss_unit_makes_losses_comparable(preparation: Preparation) -> None:
    """The same error in the target's unit is the same loss, whatever the preparation."""
    values = series()
    recipe = learnt(preparation, 1)
    windows = recipe.windows(plain(values), TRAIN, VALID)
    off = recipe.undo(windows.valid.targets + 1.0, plain(values), windows.valid.origins)[..., 0]
    error = off - targets(values, windows.valid.origins, 1)
    loss = np.mean(error**2) / np.var(values[TRAIN, 0])
    assert windows.loss_unit == pytest.approx(loss, rel=1e-4)


def test_a_recipe_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError, match="window"):
        learnt(Preparation(), 1).window = 3  # type: ignore[misc]


# The leak test ---------------------------------------------------------------------------------

ANY = st.floats(-1e6, 1e6)
COLUMN = st.integers(0, 1)


@settings(max_examples=300)
@given(
    preparation=st.sampled_from(PREPARATIONS),
    horizon=st.integers(1, 2 * SEASON),
    row=st.integers(len(TRAIN), ROWS - 1),
    column=COLUMN,
    value=ANY,
)
def test_nothing_after_the_training_rows_is_learnt(
    preparation: Preparation, horizon: int, row: int, column: int, value: float
) -> None:
    values, changed = series(), series()
    changed[row, column] = value
    recipe, other = learnt(preparation, horizon), learnt(preparation, horizon, changed)
    assert stored(recipe) == stored(other)
    before, after = (
        one.windows(plain(v), TRAIN, VALID) for one, v in ((recipe, values), (other, changed))
    )
    origins = before.train.origins
    np.testing.assert_array_equal(before.inputs(origins), after.inputs(origins))
    np.testing.assert_array_equal(before.train.targets, after.train.targets)
    assert before.loss_unit == after.loss_unit


@settings(max_examples=300)
@given(
    preparation=st.sampled_from(PREPARATIONS),
    horizon=st.integers(1, 2 * SEASON),
    origin=st.integers(12, ROWS - 2),
    ahead=st.integers(1, ROWS),
    column=COLUMN,
    value=ANY,
)
def test_no_forecast_knows_what_comes_after_its_origin(
    preparation: Preparation, horizon: int, origin: int, ahead: int, column: int, value: float
) -> None:
    values, changed = series(), series()
    changed[min(origin + ahead, ROWS - 1), column] = value
    recipe = learnt(preparation, horizon)
    origins = np.arange(recipe.reach - 1, origin + 1)
    before, after = (recipe.windows(plain(one), TRAIN, VALID) for one in (values, changed))
    np.testing.assert_array_equal(before.inputs(origins), after.inputs(origins))
    forecast = np.zeros((len(origins), horizon), np.float32)
    np.testing.assert_array_equal(
        recipe.undo(forecast, plain(values), origins)[..., 0],
        recipe.undo(forecast, plain(changed), origins)[..., 0],
    )


@EVERY
def test_every_row_that_a_forecast_may_see_matters(preparation: Preparation) -> None:
    """The leak tests could not fail if nothing were looked at."""
    recipe = learnt(preparation, 1)
    origins = np.array([50])
    for row in range(50 - preparation.window + 1, 51):
        changed = series()
        changed[row, 0] += 50.0
        before, after = (recipe.windows(plain(one), TRAIN, VALID) for one in (series(), changed))
        assert (before.inputs(origins) != after.inputs(origins)).any()


def test_a_training_value_is_learnt_from() -> None:
    changed = series()
    changed[TRAIN[-1], 0] += 50.0
    for preparation in PREPARATIONS:
        if preparation.scale != "none":
            before, after = learnt(preparation, 1), learnt(preparation, 1, changed)
            assert stored(before) != stored(after)


# Differences -----------------------------------------------------------------------------------


def known_base(series_: list[float], t: int, h: int, order: int, lag: int) -> float:
    """The base of one forecast, as the docstring of the module words it."""
    base = 0.0
    if lag:
        k = 1
        while t + h - k * lag > t:
            k += 1
        base += series_[t + h - k * lag]
    change = [now - (series_[row - lag] if lag else 0) for row, now in enumerate(series_)]
    if order:
        base += change[t]
    if order == 2:
        base += h * (change[t] - change[t - 1])
    return base


@given(
    values=st.lists(st.integers(-1000, 1000), min_size=24, max_size=24),
    order=st.integers(0, 2),
    lag=st.integers(0, 6),
    horizon=st.integers(1, 12),
)
def test_the_base_against_a_loop(values: list[int], order: int, lag: int, horizon: int) -> None:
    one = Differences(order, lag)
    floats = [float(value) for value in values]
    origins = np.arange(max(one.lost - 1, lag), len(values))
    base = one.base(np.array(floats), origins, horizon)
    expected = [
        [known_base(floats, int(t), h, order, lag) for h in range(1, horizon + 1)] for t in origins
    ]
    assert base.tolist() == expected


@given(
    values=st.lists(st.integers(-1000, 1000), min_size=1, max_size=24),
    order=st.integers(0, 2),
    lag=st.integers(0, 6),
)
def test_the_difference_against_a_loop(values: list[int], order: int, lag: int) -> None:
    expected = [float(value) for value in values]
    for back in [1] * order + [lag] * (lag > 0):
        expected = [
            now - expected[t - back] if t >= back else np.nan for t, now in enumerate(expected)
        ]
    series_ = np.array(values, dtype=float)
    differenced = Differences(order, lag).apply(series_)
    np.testing.assert_array_equal(differenced, expected)
    assert np.isnan(differenced).sum() == min(order + lag, len(values))
    assert series_.tolist() == values


def test_one_step_is_the_textbook_difference() -> None:
    values = series()[:, 0]
    for order, lag in ((1, 0), (0, SEASON), (1, SEASON), (2, 0), (2, SEASON)):
        one = Differences(order, lag)
        origins = np.arange(one.lost, ROWS - 1)
        change = values[origins + 1] - one.base(values, origins, 1)[:, 0]
        np.testing.assert_allclose(change, one.apply(values)[origins + 1], atol=1e-9)


def test_a_line_is_forecast_by_its_seasonal_difference() -> None:
    line = 3.0 * np.arange(30) + 7
    base = Differences(1, SEASON).base(line, np.array([20]), SEASON)
    assert base.tolist() == [[line[t] for t in range(21, 25)]]


def test_a_line_is_forecast_by_its_second_difference() -> None:
    line = 3.0 * np.arange(30) + 7
    base = Differences(2, 0).base(line, np.array([20]), 9)
    assert base.tolist() == [[line[t] for t in range(21, 30)]]


# Scaling ---------------------------------------------------------------------------------------

THOUSANDTHS = st.integers(-(10**9), 10**9).map(lambda one: one / 1000)
COLUMNS = st.lists(st.tuples(THOUSANDTHS, THOUSANDTHS), min_size=2, max_size=20).map(np.array)


@pytest.mark.parametrize("kind", SCALES)
@given(values=COLUMNS)
def test_scaling_is_undone(kind: str, values: np.ndarray) -> None:
    scaler = learn_scaler(kind, values)
    beyond = np.vstack([values, values * 10 - 3])
    undone = scaler.undo(scaler.apply(beyond))
    np.testing.assert_allclose(undone, beyond, rtol=1e-9, atol=1e-6)
    assert (scaler.gain > 0).all()


@pytest.mark.parametrize("unit", [1e-300, 1e-18, 1.0, 1e9])
@pytest.mark.parametrize(("kind", "low"), [("minmax01", 0.0), ("minmax11", -1.0)])
def test_a_range_is_filled_whatever_the_unit(kind: str, low: float, unit: float) -> None:
    values = np.array([[1.0], [2.0], [5.0]]) * unit
    scaled = learn_scaler(kind, values).apply(values)
    np.testing.assert_allclose([scaled.min(), scaled.max()], [low, 1.0], atol=1e-12)


@pytest.mark.parametrize("unit", [1e-18, 1.0, 1e9])
def test_standard_scaling(unit: float) -> None:
    values = series() * unit
    scaled = learn_scaler("standard", values).apply(values)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(scaled.std(axis=0), 1)


@pytest.mark.parametrize("unit", [1e-18, 1.0, 1e9])
def test_robust_scaling(unit: float) -> None:
    """By hand: quartiles 2 and 6, median 4, however far the largest value lies."""
    values = np.array([[1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [1e6]])
    values[[1, 2, 4, 5], 0] = [1.0, 3.0, 5.0, 7.0]
    scaler = learn_scaler("robust", values * unit)
    np.testing.assert_allclose([scaler.offset[0], scaler.gain[0]], [4 * unit, 4 * unit])


def test_robust_scaling_of_values_that_are_mostly_equal() -> None:
    rain = np.array([[0.0]] * 9 + [[10.0]])
    scaler = learn_scaler("robust", rain)
    assert (scaler.offset[0], scaler.gain[0]) == (0.0, np.std(rain))


@pytest.mark.parametrize("kind", SCALES)
def test_a_constant_column_keeps_its_unit(kind: str) -> None:
    values = np.column_stack([np.arange(5.0), np.full(5, 0.1)])
    scaler = learn_scaler(kind, values)
    assert scaler.gain[1] == 1.0
    assert scaler.apply(np.array([[0.0, 1.1]]))[0, 1] - scaler.apply(values)[0, 1] == 1.0


@pytest.mark.parametrize("kind", SCALES)
def test_missing_rows_are_left_out(kind: str) -> None:
    values = series()[:10]
    holes = np.vstack([np.full((3, 2), np.nan), values])
    whole, holed = learn_scaler(kind, values), learn_scaler(kind, holes)
    np.testing.assert_allclose(holed.gain, whole.gain)
    np.testing.assert_allclose(holed.offset, whole.offset)


# Edges -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("preparation", [Preparation(difference=1, seasonal_difference=SEASON)])
def test_lost_rows_are_zero_and_seen_by_no_window(preparation: Preparation) -> None:
    recipe = learnt(preparation, 1)
    prepared = recipe.series(plain(series()))
    assert (prepared[: SEASON + 1] == 0).all()
    assert np.isfinite(prepared).all()
    assert recipe.reach == preparation.window + SEASON + 1
    first = recipe.windows(plain(series()), TRAIN, VALID).train.origins[0]
    assert first - preparation.window + 1 == SEASON + 1


def test_covariates_are_not_differenced() -> None:
    values = series()
    recipe = learnt(Preparation(scale="none", difference=1), 1)
    np.testing.assert_array_equal(
        recipe.series(plain(values))[1:, 1], values[1:, 1].astype(np.float32)
    )


def test_preparing_changes_no_value_of_the_data() -> None:
    values = series()
    for preparation in PREPARATIONS:
        learnt(preparation, 1, values).windows(plain(values), TRAIN, VALID)
    np.testing.assert_array_equal(values, series())


@pytest.mark.parametrize("level", [0.0, 0.1, 3.0])
def test_a_constant_target_has_a_yardstick(level: float) -> None:
    """0.1 has a variance of 2e-34 in floating point, which is none to divide by."""
    values = np.full((ROWS, 1), level)
    for preparation in PREPARATIONS:
        recipe = learnt(preparation, 1, values)
        assert recipe.each[0].variance[0] == 1.0
        windows = recipe.windows(plain(values), TRAIN, VALID)
        assert windows.loss_unit == 1.0
        assert np.isfinite(windows.series).all()


def test_no_validation_rows() -> None:
    recipe = learnt(Preparation(), 3)
    none = recipe.windows(plain(series()), TRAIN, np.array([], dtype=int)).valid
    assert (len(none), none.targets.shape) == (0, (0, 3))


@EVERY
@HORIZONS
def test_the_fewest_rows_that_hold_a_window(preparation: Preparation, horizon: int) -> None:
    need = preparation.window + preparation.difference + preparation.seasonal_difference + horizon
    recipe = Recipe.learn(plain(series()), np.arange(need), preparation, horizon)
    assert len(recipe.origins(plain(series()), np.arange(need))) == 1
    says = (
        f"The {need - 1} training rows hold no whole window: a window of {preparation.window} "
        f"rows, {need - horizon - preparation.window} rows for differencing and a horizon of "
        f"{horizon} need {need}. Choose a shorter preparation.window or give more rows."
    )
    with pytest.raises(DataError, match=re.escape(says)):
        Recipe.learn(plain(series()), np.arange(need - 1), preparation, horizon)
