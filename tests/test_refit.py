"""The refit: on all rows before the test part, and on none of the test part."""

from dataclasses import replace

import numpy as np
import pytest
from test_score import FakeEngine
from tiny_fits import question, series, shared_engine, tiny

from autolstm.errors import Diverged
from autolstm.framing.shown import MOST_POINTS
from autolstm.framing.times import time_text
from autolstm.prepare import Recipe
from autolstm.tuned.refit import refit


def test_the_mean_forecast_is_measured_too():
    asked = question()
    found = refit(asked, tiny(), 3, FakeEngine(off=0.3))
    assert found.seeds == asked.seeds_for("refit")
    assert len(found.test.values) == len(found.seeds)
    together = np.mean(np.array(found.forecasts.seeds), axis=0)
    actual = np.array(found.forecasts.actual)
    np.testing.assert_allclose(found.model, np.sqrt(np.mean((together - actual) ** 2)), rtol=1e-6)


def test_epochs_are_those_given_and_nothing_stops_early():
    asked = question()
    engine = FakeEngine()
    found = refit(asked, tiny(epochs=50), 7, engine)
    windows, settings, seeds = engine.given[0]
    assert settings.training.epochs == found.settings.training.epochs == 7
    assert replace(settings, training=tiny(epochs=50).training) == tiny(epochs=50)
    assert seeds == asked.seeds_for("refit")
    assert len(windows.valid) == 0
    assert windows.train.origins[-1] + 1 == asked.parts.folds[0].valid[-1]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_refit_that_diverges(bad):
    with pytest.raises(Diverged, match="seed 1 of 2 forecasts values that are not finite"):
        refit(question(), tiny(), 2, FakeEngine(off=bad))
    with pytest.raises(Diverged, match="seed 2 of 2 diverged at epoch 1"):
        refit(question(), tiny(), 2, FakeEngine([((1.0, bad), (1.0, 1.0))]))


@pytest.mark.parametrize("horizon", [1, 3])
def test_points_follow_one_another(horizon):
    asked = question(horizon=horizon)
    origins = asked.framing.examples(asked.parts.test)
    forecast = np.zeros((2, len(origins), horizon, 1)) + origins[None, :, None, None]
    others = asked.framing.baselines(asked.parts.seen, asked.parts.test)
    points = asked.framing.picture(forecast, others, origins)
    count = len(origins[::-horizon]) * horizon
    data = asked.framing.data
    assert points.times == tuple(time_text(data.times[-count:]))
    assert points.actual == tuple(data.actual[-count:])
    assert points.seeds[0][-horizon:] == (float(origins[-1]),) * horizon
    assert {len(one) for one in (*points.seeds, *points.baselines.values())} == {count}


def test_the_latest_points_are_kept():
    asked = question(series(rows=1000))
    origins = asked.framing.examples(np.arange(500, 1000))
    points = asked.framing.picture(np.zeros((1, len(origins), 1, 1)), {}, origins)
    assert len(points.actual) == MOST_POINTS
    assert points.actual[-1] == asked.framing.data.actual[-1]


@pytest.mark.parametrize(
    ("times", "text"),
    [
        (series().times[:2], ["2020-01-01", "2020-02-01"]),
        (series().times[:1].shift(90, "min"), ["2020-01-01 01:30"]),
        (series(dated=False).times[3:5], ["3", "4"]),
    ],
)
def test_times_as_text(times, text):
    assert time_text(times) == text


@pytest.mark.slow
def test_test_rows_change_nothing_but_the_test_score():
    asked = question()
    values = asked.framing.data.values.copy()
    values[asked.parts.test] += 100
    changed = replace(asked.framing.data, values=values)
    settings = tiny(difference=1)
    one, other = (
        refit(question(data), settings, 3, shared_engine())
        for data in (asked.framing.data, changed)
    )
    assert one.test != other.test
    assert one.recipe.to_json() == other.recipe.to_json()
    for a, b in zip(one.weights, other.weights, strict=True):
        for left, right in zip(a, b, strict=True):
            np.testing.assert_array_equal(left, right)


@pytest.mark.slow
def test_the_recipe_is_learnt_on_training_and_validation_rows():
    asked, settings = question(), tiny()
    found = refit(asked, settings, 1, shared_engine())
    learnt = Recipe.learn(asked.framing.data, asked.parts.seen, settings.preparation, 1)
    assert found.recipe.to_json() == learnt.to_json()
    assert len(found.weights) == len(found.seeds)
