"""The contract of every engine, run over each one that an experiment may ask for."""

from dataclasses import replace

import numpy as np
import pytest
from plain_series import plain
from tiny_fits import ENGINES, series, shared_engine, tiny, windows

from autolstm.prepare import Part, Recipe
from autolstm.seeding import child

pytestmark = pytest.mark.slow

SEEDS = (11, 12, 13)
EXACT = {"reference": 0.0}
"""Relative tolerance between replicates together and alone, where it is not the usual 1e-4."""


@pytest.fixture(params=ENGINES)
def engine(request):
    return shared_engine(request.param)


def close(engine, one, other):
    np.testing.assert_allclose(one, other, rtol=EXACT.get(engine.name, 1e-4))


def stream(run):
    """Train to the end; return losses of shape (epochs, 2, R) and the last epoch."""
    epochs = list(run)
    assert [one.number for one in epochs] == list(range(1, len(epochs) + 1))
    return np.array([(one.train_loss, one.valid_loss) for one in epochs]), epochs[-1]


def network(settings, data, weights):
    from autolstm.models import build

    model = build(settings.architecture, data.shapes, seed=0)
    model.set_weights(weights)
    return model


def without_validation(data):
    return replace(data, valid=Part(data.valid.origins[:0], data.valid.targets[:0]))


@pytest.mark.parametrize("knobs", [{}, {"dropout": 0.4, "recurrent_dropout": 0.2, "layers": 2}])
def test_same_seed_same_stream(engine, knobs):
    settings = tiny(**knobs)
    data = windows(settings)
    runs = [engine.start(data, settings, SEEDS) for _ in range(2)]
    (one, _), (other, _) = stream(runs[0]), stream(runs[1])
    np.testing.assert_array_equal(one, other)
    for a, b in zip(runs[0].weights(), runs[1].weights(), strict=True):
        for left, right in zip(a, b, strict=True):
            np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("knobs", [{}, {"dropout": 0.4, "recurrent_dropout": 0.2, "layers": 2}])
def test_different_seeds_differ(engine, knobs):
    settings = tiny(**knobs)
    losses, _ = stream(engine.start(windows(settings), settings, SEEDS))
    assert len(np.unique(losses[:, 0])) == losses[:, 0].size


def test_together_as_alone_however_early_one_stops(engine):
    settings = tiny(learning_rate=0.1, patience=1, epochs=12)
    data = windows(settings)
    together = engine.start(data, settings, SEEDS)
    losses, last = stream(together)
    lengths = (~np.isnan(losses[:, 0])).sum(axis=0)
    assert len(set(lengths)) > 1, "some replicate must stop before another"
    assert not last.running.any()
    for r, seed in enumerate(SEEDS):
        alone = engine.start(data, settings, [seed])
        single, end = stream(alone)
        assert len(single) == lengths[r]
        close(engine, losses[: lengths[r], :, r], single[:, :, 0])
        assert np.isnan(losses[lengths[r] :, :, r]).all()
        close(engine, last.best_loss[r], end.best_loss[0])
        for a, b in zip(together.weights()[r], alone.weights()[0], strict=True):
            close(engine, a, b)


def test_best_weights_are_restored(engine):
    settings = tiny(learning_rate=0.1, patience=3, epochs=12)
    data = windows(settings)
    run = engine.start(data, settings, SEEDS)
    losses, last = stream(run)
    assert (np.nanargmin(losses[:, 1], axis=0) < len(losses) - 1).any()
    np.testing.assert_array_equal(last.best_loss, np.nanmin(losses[:, 1], axis=0))
    for r, weights in enumerate(run.weights()):
        model = network(settings, data, weights)
        forecast = model(data.inputs(data.valid.origins), training=False).numpy()
        found = np.mean(np.square(forecast - data.valid.targets)) * data.loss_unit
        np.testing.assert_allclose(found, last.best_loss[r], rtol=1e-4)
        forecasts = run.predict(data.valid.origins)
        np.testing.assert_allclose(forecasts[r], forecast, rtol=1e-4, atol=1e-6)


def test_iteration_may_be_left_and_taken_up_again(engine):
    settings = tiny()
    data = windows(settings)
    whole, _ = stream(engine.start(data, settings, SEEDS))
    run = engine.start(data, settings, SEEDS)
    for epoch in run:
        if epoch.number == 2:
            break
    assert run.predict(data.valid.origins[:3]).shape == (3, 3, 1)
    rest = [one.valid_loss for one in run]
    np.testing.assert_array_equal(rest, whole[2:, 1])
    assert list(run) == []


@pytest.mark.parametrize("left", [1, 2, 4])
def test_results_are_those_of_the_epoch_at_which_the_iteration_was_left(engine, left):
    """Whoever trains ahead of what was asked for must not let it be seen."""
    settings, short = (tiny(learning_rate=0.05, epochs=n, patience=2) for n in (40, left))
    data = windows(settings)
    run = engine.start(data, settings, SEEDS)
    for epoch in run:
        if epoch.number == left:
            break
    twin = engine.start(data, short, SEEDS)
    list(twin)
    for a, b in zip(run.weights(), twin.weights(), strict=True):
        for one, other in zip(a, b, strict=True):
            np.testing.assert_array_equal(one, other)
    origins = data.valid.origins
    np.testing.assert_array_equal(run.predict(origins), twin.predict(origins))


def test_without_validation_the_last_weights_count(engine):
    settings = tiny(patience=1, learning_rate=0.1, epochs=5)
    data = windows(settings)
    run = engine.start(without_validation(data), settings, SEEDS)
    losses, last = stream(run)
    assert (len(losses), last.running.all()) == (5, True)
    assert np.isfinite(losses[:, 0]).all()
    assert np.isnan(losses[:, 1]).all()
    patient = tiny(patience=99, learning_rate=0.1, epochs=5)
    followed = engine.start(data, patient, SEEDS)
    close(engine, stream(followed)[0][:, 0], losses[:, 0])


def test_training_begins_at_the_weights_of_a_fresh_model(engine):
    from autolstm.models import build

    settings = tiny(layers=2)
    data = windows(settings)
    run = engine.start(data, settings, SEEDS)
    for seed, weights in zip(SEEDS, run.weights(), strict=True):
        fresh = build(settings.architecture, data.shapes, seed=child(seed, "model"))
        for a, b in zip(weights, fresh.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
def test_plain_keras_fit_agrees(engine, optimizer):
    """`keras.Model.fit`, given the same order of batches, ends at the same weights."""
    from autolstm.models import build
    from autolstm.models.backend import keras
    from autolstm.train.reference import batch_order

    # 20 windows in batches of 8 leave a smaller last batch.
    settings = tiny(optimizer=optimizer, momentum=0.8, epochs=3)
    data = windows(settings, series(columns=2), horizon=2)
    assert len(data.train) % 8
    run = engine.start(without_validation(data), settings, SEEDS[:1])
    losses, _ = stream(run)
    followed, _ = stream(engine.start(data, settings, SEEDS[:1]))

    model = build(settings.architecture, data.shapes, seed=child(SEEDS[0], "model"))
    kinds = {
        "adam": lambda: keras.optimizers.Adam(0.01),
        "rmsprop": lambda: keras.optimizers.RMSprop(0.01),
        "sgd": lambda: keras.optimizers.SGD(0.01, momentum=0.8),
    }
    model.compile(optimizer=kinds[optimizer](), loss="mse")
    inputs, targets = data.inputs(data.train.origins), data.train.targets
    valid = data.inputs(data.valid.origins), data.valid.targets
    for epoch in range(1, 4):
        order = batch_order(SEEDS[0], epoch, len(data.train))
        seen = model.fit(
            inputs[order],
            targets[order],
            batch_size=8,
            shuffle=False,
            verbose=0,
            validation_data=valid,
        ).history
        unit = data.loss_unit
        np.testing.assert_allclose(losses[epoch - 1, 0, 0], seen["loss"][0] * unit, rtol=1e-4)
        found = followed[epoch - 1, 1, 0]
        np.testing.assert_allclose(found, seen["val_loss"][0] * unit, rtol=1e-4)
    for a, b in zip(run.weights()[0], model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_dropout_acts_in_training_only(engine):
    # With next to no learning the weights stay, so what is left of dropout is seen alone.
    knobs = {"learning_rate": 1e-8, "epochs": 1}
    plain, dropped = tiny(**knobs), tiny(**knobs, dropout=0.4, recurrent_dropout=0.2)
    data = windows(plain)
    runs = [engine.start(data, one, SEEDS) for one in (plain, dropped)]
    (one, _), (other, _) = stream(runs[0]), stream(runs[1])
    np.testing.assert_allclose(one[:, 1], other[:, 1], rtol=1e-4)
    assert (one[:, 0] != other[:, 0]).all()
    np.testing.assert_array_equal(
        runs[1].predict(data.valid.origins), runs[1].predict(data.valid.origins)
    )


@pytest.mark.parametrize("scale", ["none", "minmax01", "minmax11", "standard"])
def test_losses_are_in_units_of_the_variance_of_the_training_target(engine, scale):
    settings = tiny(scale=scale, difference=1, epochs=2)
    values = series().values
    train, valid = np.arange(24), np.arange(24, 32)
    recipe = Recipe.learn(plain(values), train, settings.preparation, 1)
    data = recipe.windows(plain(values), train, valid)
    run = engine.start(data, settings, SEEDS)
    _, last = stream(run)
    forecast = recipe.undo(run.predict(data.valid.origins), plain(values), data.valid.origins)[
        ..., 0
    ]
    errors = forecast[..., 0] - values[valid, 0]
    expected = np.mean(np.square(errors), axis=1) / np.var(values[train, 0])
    np.testing.assert_allclose(last.best_loss, expected, rtol=1e-3)


def test_what_diverges_stops_at_once(engine):
    settings = tiny(epochs=50, patience=50)
    data = windows(settings)
    targets = data.train.targets.copy()
    targets[3] = np.inf
    broken = replace(data, train=Part(data.train.origins, targets))
    for given in (broken, without_validation(broken)):
        losses, last = stream(engine.start(given, settings, SEEDS))
        assert len(losses) == 1
        assert not np.isfinite(losses[0, 0]).any()
        assert not last.running.any()


def test_cost_is_told_apart(engine):
    settings = tiny()
    run = engine.start(windows(settings), settings, SEEDS)
    before = run.cost()
    assert before.trace_seconds > 0
    assert before.train_seconds == 0
    assert before.parameters == 4 * 3 * (1 + 3 + 1) + 3 + 1
    list(run)
    assert run.cost().trace_seconds == before.trace_seconds
    assert run.cost().train_seconds > 0
