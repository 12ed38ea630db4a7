"""Scores: measured on the untouched target, lost where something diverges. No TensorFlow."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from tiny_fits import question, series, tiny

from autolstm.errors import Diverged
from autolstm.outcome import Cost, Epoch
from autolstm.prepare import Windows
from autolstm.score import evaluate, fit
from autolstm.split import Fold

SEEDS = (1, 2)


@dataclass
class FakeRun:
    """Forecasts the prepared targets, each seed off by its own seed times ``off``."""

    windows: Windows
    seeds: tuple
    losses: list  # of each epoch: training, validation and, where given, who goes on
    off: float

    def __iter__(self):
        for number, (train, valid, *more) in enumerate(self.losses, start=1):
            losses = np.array([train, valid], dtype=float)
            running = np.array(more[0] if more else np.isfinite(losses[0]))
            yield Epoch(number, losses[0], losses[1], losses[1], running)

    def predict(self, origins, lengths=None):
        known = self.windows.valid if len(self.windows.valid) else self.windows.train
        targets = known.targets[-len(origins) :]
        return np.stack([targets + self.off * seed for seed in self.seeds])

    def weights(self):
        return [[] for _ in self.seeds]

    def cost(self):
        return Cost(1.0, 2.0, 3)


@dataclass
class FakeEngine:
    """An engine that trains nothing and remembers what it was given."""

    losses: list = field(default_factory=lambda: [((1.0, 1.0), (1.0, 1.0))])
    off: float = 0.0
    name: str = "fake"
    given: list = field(default_factory=list)

    def start(self, windows, settings, seeds, own=None):
        self.given.append((windows, settings, tuple(seeds)))
        return FakeRun(windows, tuple(seeds), self.losses, self.off)


@pytest.mark.parametrize("scale", ["none", "minmax01", "minmax11", "standard"])
@pytest.mark.parametrize("difference", [0, 1])
@pytest.mark.parametrize("seasonal", [0, 4])
@pytest.mark.parametrize("horizon", [1, 3])
def test_targets_that_are_met_score_zero(scale, difference, seasonal, horizon):
    knobs = {"scale": scale, "difference": difference, "seasonal_difference": seasonal}
    score = evaluate(question(horizon=horizon), tiny(**knobs), SEEDS, FakeEngine())
    np.testing.assert_allclose(score.values, 0, atol=1e-4)


def test_errors_are_measured_in_the_unit_of_the_target():
    asked = question()
    values = asked.framing.data.actual[
        asked.parts.folds[0].train[4:]
    ]  # the first window takes four rows
    found = evaluate(asked, tiny(scale="standard"), SEEDS, FakeEngine(off=0.5))
    np.testing.assert_allclose(found.values, np.array([0.5, 1.0]) * values.std(), rtol=1e-4)


def test_the_engine_is_given_windows_settings_and_seeds():
    engine, settings = FakeEngine(), tiny()
    evaluate(question(), settings, [5, 6], engine)
    windows, given, seeds = engine.given[0]
    assert (given, seeds) == (settings, (5, 6))
    assert (len(windows.train), len(windows.valid)) == (24 - 4, 8)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("place", [0, 1])
def test_a_loss_that_is_not_finite_is_a_divergence(bad, place):
    second = [(1.0, 1.0), (1.0, 1.0)]
    second[place] = (1.0, bad)
    engine = FakeEngine([((1.0, 1.0), (1.0, 1.0)), tuple(second)])
    heard = []
    with pytest.raises(Diverged, match=r"^seed 2 of 2 diverged at epoch 2$"):
        evaluate(question(), tiny(), SEEDS, engine, lambda epoch, cost: heard.append(epoch))
    assert [one.number for one in heard] == [1, 2], "the epoch itself is told before it is judged"


def test_what_has_stopped_may_be_nan():
    first = ((1.0, 1.0), (1.0, 1.0), (True, False))
    second = ((1.0, np.nan), (1.0, np.nan), (True, False))
    assert len(evaluate(question(), tiny(), SEEDS, FakeEngine([first, second])).values) == 2


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_forecast_that_is_not_finite_is_a_divergence(bad):
    with pytest.raises(Diverged, match="seed 1 of 2 forecasts values that are not finite"):
        evaluate(question(), tiny(), SEEDS, FakeEngine(off=bad))


def test_without_validation_rows_only_the_training_loss_is_judged():
    asked = question()
    whole = [Fold(asked.parts.seen, np.array([], dtype=int))]
    engine = FakeEngine([((1.0, 1.0), (np.nan, np.nan))])
    (fitted,) = fit(asked, tiny(), SEEDS, engine, whole)
    assert len(engine.given[0][0].valid) == 0
    assert fitted.predict(asked.framing.examples(asked.parts.test)).shape == (2, 8, 1, 1)
    with pytest.raises(Diverged, match="seed 1 of 2 diverged at epoch 1"):
        fit(asked, tiny(), SEEDS, FakeEngine([((np.nan, 1), (1, 1))]), whole)


class Prune(Exception):
    """What a watcher may raise."""


@pytest.mark.parametrize("raised", [Prune, KeyboardInterrupt])
def test_a_watcher_may_raise(raised):
    heard = []

    def watch(epoch, cost):
        heard.append((epoch.number, cost))
        raise raised

    with pytest.raises(raised):
        evaluate(question(), tiny(), SEEDS, FakeEngine(), watch)
    assert heard == [(1, Cost(1.0, 2.0, 3))]


def test_test_rows_are_not_read():
    asked = question()
    values = asked.framing.data.values.copy()
    values[asked.parts.test] = 1e6
    changed = type(asked.framing.data)("tiny", asked.framing.data.times, values, ("sold",))
    engines = FakeEngine(), FakeEngine()
    for data, engine in zip((series(), changed), engines, strict=True):
        evaluate(question(data), tiny(difference=1), SEEDS, engine)
    one, other = (engine.given[0][0] for engine in engines)
    for part in ("train", "valid"):
        a, b = getattr(one, part), getattr(other, part)
        np.testing.assert_array_equal(a.targets, b.targets)
        np.testing.assert_array_equal(one.inputs(a.origins), other.inputs(b.origins))
    assert one.loss_unit == other.loss_unit
