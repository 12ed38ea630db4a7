"""The refit: on all rows before the test part, and on none of the test part."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from test_score import FakeEngine, FakeRun
from tiny_fits import question, series, shared_engine, tiny
from tiny_sequences import question as sequence_question
from tiny_sequences import sequences
from tiny_sequences import settings as sequence_settings

from autolstm.errors import Diverged
from autolstm.framing.shown import MOST_POINTS
from autolstm.framing.times import time_text
from autolstm.prepare import Recipe
from autolstm.tuned.refit import for_refit, refit


def test_the_mean_forecast_is_measured_too():
    asked = question()
    found = refit(asked, tiny(), FakeEngine(off=0.3))
    assert found.seeds == asked.seeds_for("refit")
    assert len(found.test.values) == len(found.seeds)
    together = np.mean(np.array(found.forecasts.seeds), axis=0)
    actual = np.array(found.forecasts.actual)
    np.testing.assert_allclose(found.model, np.sqrt(np.mean((together - actual) ** 2)), rtol=1e-6)


def test_epochs_are_those_given_and_nothing_stops_early():
    asked = question()
    engine = FakeEngine()
    asked_for = for_refit(asked, tiny(epochs=50), 7)
    found = refit(asked, asked_for, engine)
    windows, settings, seeds = engine.given[0]
    assert settings.training.epochs == found.settings.training.epochs == found.epochs == 7
    assert found.held_out == 0
    assert replace(settings, training=tiny(epochs=50).training) == tiny(epochs=50)
    assert seeds == asked.seeds_for("refit")
    assert len(windows.valid) == 0
    assert windows.train.origins[-1] + 1 == asked.parts.folds[0].valid[-1]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_refit_that_diverges(bad):
    with pytest.raises(Diverged, match="seed 1 of 2 forecasts values that are not finite"):
        refit(question(), tiny(), FakeEngine(off=bad))
    with pytest.raises(Diverged, match="seed 2 of 2 diverged at epoch 1"):
        refit(question(), tiny(), FakeEngine([((1.0, bad), (1.0, 1.0))]))


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
        refit(question(data), settings, shared_engine()) for data in (asked.framing.data, changed)
    )
    assert one.test != other.test
    assert one.recipe.to_json() == other.recipe.to_json()
    for a, b in zip(one.weights, other.weights, strict=True):
        for left, right in zip(a, b, strict=True):
            np.testing.assert_array_equal(left, right)


@pytest.mark.slow
def test_the_recipe_is_learnt_on_training_and_validation_rows():
    asked, settings = question(), tiny()
    found = refit(asked, settings, shared_engine())
    learnt = Recipe.learn(asked.framing.data, asked.parts.seen, settings.preparation, 1)
    assert found.recipe.to_json() == learnt.to_json()
    assert len(found.weights) == len(found.seeds)


class Stopped(FakeRun):
    """Has its best epoch where its seed says, and answers by that seed."""

    def predict(self, origins, lengths=None):
        rows = (1, len(origins), *self.windows.shapes.output)
        return np.zeros(rows) + self.seeds[0] % 7


@dataclass
class Committee(FakeEngine):
    """Gives every run losses of its own: its best epoch is the number of the run."""

    def start(self, windows, settings, seeds, own=None):
        self.given.append((windows, settings, tuple(seeds)))
        best = len(self.given)
        losses = [((1.0,), (abs(epoch - best) + 1.0,)) for epoch in range(1, 6)]
        return Stopped(windows, tuple(seeds), losses, 0.0)


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_of_sequences_every_seed_is_stopped_by_others(kind):
    data = sequences(kind=kind)
    asked = replace(sequence_question(data), seeds=3)
    settings = sequence_settings(data, epochs=50)
    engine = Committee()
    found = refit(asked, for_refit(asked, settings, 7), engine)
    assert found.settings == settings  # stopped early, not after 7 epochs
    assert found.epochs == 2  # the median of 1, 2, 3
    assert found.held_out > 0
    assert found.seeds == asked.seeds_for("refit")
    assert [seeds for _, _, seeds in engine.given] == [(one,) for one in found.seeds]
    held = [set(windows.valid.origins.tolist()) for windows, _, _ in engine.given]
    assert not set.intersection(*held)
    test = set((data.starts[asked.parts.test + 1] - 1).tolist())
    for windows, _, _ in engine.given:
        used = {*windows.train.origins.tolist(), *windows.valid.origins.tolist()}
        assert len(used) == len(asked.parts.seen)
        assert not used & test
        # One preparation for all, and so one model.
        np.testing.assert_array_equal(windows.series, engine.given[0][0].series)


def test_a_refit_of_sequences_that_diverges():
    data = sequences()
    asked = sequence_question(data)
    engine = FakeEngine([((np.nan,), (1.0,))])
    with pytest.raises(Diverged, match="seed 1 of 1 diverged at epoch 1 in fold 1 of 2"):
        refit(asked, sequence_settings(data), engine)
