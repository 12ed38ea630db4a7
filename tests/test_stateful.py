"""States carried from batch to batch: both engines against stock Keras, batch by batch."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_fits import ENGINES, series, shared_engine, tiny, windows

from autolstm.prepare import Part, Recipe
from autolstm.seeding import child

pytestmark = pytest.mark.slow

SEEDS = (11, 12)
CASES = {
    "lstm": {"batch_size": 4},
    # Long enough to be compiled.
    "one at a time": {"batch_size": 1, "window": 2, "epochs": 40, "learning_rate": 3e-3},
    "gru": {"batch_size": 3, "cell": "gru"},
    "two layers": {"batch_size": 4, "layers": 2, "optimizer": "rmsprop"},
    "convolution": {"batch_size": 5, "filters": 2, "kernel_sizes": "2", "l2_kernel": 0.1},
    "normalised": {"batch_size": 4, "normalise": "batch"},
}


@pytest.fixture(params=ENGINES)
def engine(request):
    return shared_engine(request.param)


def stateful(**knobs):
    return tiny(stateful=True, shuffle=False, **{"batch_size": 4, **knobs})


class Twin:
    """A stock Keras model, trained batch by batch in order, its states reset every epoch."""

    def __init__(self, settings, data):
        from autolstm.models import build
        from autolstm.models.backend import keras

        training = settings.training
        self.lanes, self.data = training.batch_size, data
        self.model = build(
            settings.architecture,
            data.shapes,
            seed=child(SEEDS[0], "model"),
            lanes=self.lanes,
        )
        kind = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}
        self.model.compile(kind[training.optimizer](training.learning_rate), loss="mse")
        dropped = len(data.train) % self.lanes
        self.origins = data.train.origins[dropped:]
        self.targets = data.train.targets[dropped:]

    def reset(self):
        for layer in self.model.layers:
            if hasattr(layer, "reset_state"):
                layer.reset_state()

    def fit(self):
        """Train one epoch; its states are those after the last batch then."""
        self.reset()
        for at in range(0, len(self.origins), self.lanes):
            part = slice(at, at + self.lanes)
            inputs = self.data.inputs(self.origins[part])
            self.model.train_on_batch(inputs, self.targets[part])

    def walk(self, origins):
        """Predict whole batches in order, the last one filled up, from the states that it has."""
        found = []
        for at in range(0, len(origins), self.lanes):
            part = origins[at : at + self.lanes]
            filled = np.resize(part, self.lanes)
            out = self.model.predict_on_batch(self.data.inputs(filled))
            found.append(out[: len(part)])
        return np.concatenate(found)

    def warm(self, last):
        """Predict every window from the first training window on, from states of zero."""
        self.reset()
        return self.walk(np.arange(self.origins[0], last + 1))


def losses_of(run):
    return np.array([(one.train_loss, one.valid_loss) for one in run])


def unvalidated(data):
    return replace(data, valid=Part(data.valid.origins[:0], data.valid.targets[:0]))


@pytest.mark.parametrize("case", CASES)
def test_stock_keras_agrees(engine, case):
    settings = stateful(**CASES[case], patience=99)
    data = windows(settings, series(rows=46, columns=2))
    twin = Twin(settings, data)
    found = []
    for _ in range(settings.training.epochs):
        twin.fit()
        missed = twin.walk(data.valid.origins) - data.valid.targets
        found.append(np.mean(missed**2) * data.loss_unit)
    run = engine.start(data, settings, SEEDS)
    np.testing.assert_allclose(losses_of(run)[:, 1, 0], found, rtol=2e-3)
    # Without validation, the last weights are what is kept.
    run = engine.start(unvalidated(data), settings, SEEDS)
    list(run)
    assert run.cost().engine == engine.name
    for one, other in zip(run.weights()[0], twin.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5)
    origins = np.array([44, 30, 31, 40])
    twice = [run.predict(origins)[0] for _ in range(2)]
    np.testing.assert_array_equal(*twice)
    wanted = twin.warm(44)[origins - twin.origins[0]]
    np.testing.assert_allclose(twice[0], wanted, rtol=1e-3, atol=1e-4)


def test_lanes_go_on():
    """A forecast depends on every window of its own lane before it, and on no other."""
    settings = stateful(batch_size=3, window=1)
    data = windows(settings)
    twin, last = Twin(settings, data), int(data.valid.origins[-1])
    before = twin.warm(last)[-1]
    for back in range(7):
        changed = data.series.copy()
        changed[last - back] += 1
        twin.data = replace(data, series=changed)
        assert (np.abs(twin.warm(last)[-1] - before).max() > 1e-6) == (back % 3 == 0)


def test_validation_is_what_is_forecast_then(engine):
    """Also where targets of several rows leave windows between the parts."""
    settings = stateful(batch_size=4, epochs=3)
    data = windows(settings, horizon=3)
    assert data.valid.origins[0] - data.train.origins[-1] == 3
    run = engine.start(data, settings, SEEDS)
    losses = losses_of(run)[:, 1]
    assert (losses.argmin(axis=0) == 2).all(), "the last epoch is the best one"
    missed = run.predict(data.valid.origins) - data.valid.targets
    # States go through training with the weights of their time, and through a forecast with the
    # last ones: near, not equal.
    found = np.mean(missed**2, axis=(1, 2)) * data.loss_unit
    np.testing.assert_allclose(losses[-1], found, rtol=0.05)


def test_the_engines_agree_with_dropout_switched_off_in_forecasts():
    settings = stateful(dropout=0.3, recurrent_dropout=0.2, epochs=2)
    data = windows(settings)
    for name in ENGINES:
        one, other = (shared_engine(name).start(data, settings, SEEDS) for _ in range(2))
        np.testing.assert_array_equal(losses_of(one), losses_of(other))
        np.testing.assert_array_equal(
            one.predict(data.valid.origins), other.predict(data.valid.origins)
        )
    runs = [shared_engine(name).start(data, stateful(), SEEDS) for name in ENGINES]
    one, other = (losses_of(run) for run in runs)
    np.testing.assert_allclose(one, other, rtol=1e-3)


def test_without_states_the_same_windows_train_to_other_weights(engine):
    settings = stateful()
    plain = tiny(shuffle=False, batch_size=4)
    data = windows(settings)
    one, other = (losses_of(engine.start(data, each, SEEDS)) for each in (settings, plain))
    assert not np.allclose(one, other, rtol=1e-3)


def test_rolled_up_epochs_as_one_by_one(engine):
    """Leaving the iteration early gives what a shorter fit gives."""
    settings, short = (stateful(epochs=n, learning_rate=0.05) for n in (30, 2))
    data = windows(settings)
    run = engine.start(data, settings, SEEDS)
    for epoch in run:
        if epoch.number == 2:
            break
    twin = engine.start(data, short, SEEDS)
    list(twin)
    np.testing.assert_array_equal(
        run.predict(data.valid.origins), twin.predict(data.valid.origins)
    )


def test_all_of_a_longer_series_may_be_forecast(engine):
    """Rows behind the validation part are forecast from states that went through it."""
    settings = stateful(epochs=1)
    data = series()
    held = windows(settings, data)
    run = engine.start(held, settings, SEEDS)
    list(run)
    every = np.arange(int(held.train.origins[-1]), len(data))
    whole = run.predict(every)
    np.testing.assert_array_equal(whole[:, 3:5], run.predict(every[3:5]))
    assert run.predict(every[:0]).shape == (2, 0, 1)
    with pytest.raises(ValueError, match="before the first training window"):
        run.predict(np.array([0]))


def test_recipes_give_windows_that_can_be_carried_through():
    settings = stateful()
    data = series()
    recipe = Recipe.learn(data, np.arange(24), settings.preparation, 1)
    held = recipe.windows(data, np.arange(24), np.arange(24, 32))
    assert (np.diff(held.train.origins) == 1).all()
