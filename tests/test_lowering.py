"""What lowered layers do besides gradients: dropout, penalties, and what they refuse."""

import contextlib
from collections import deque

import numpy as np
import pytest
from lowering_twins import STEPS, Twins, close, functional, sequential

from autolstm.models.backend import keras, tf
from autolstm.train.lowering import Call, Network, Signal, Unsupported
from autolstm.train.lowering.base import dropout_mask

L = keras.layers
pytestmark = pytest.mark.slow


# Dropout ------------------------------------------------------------------------------------


@contextlib.contextmanager
def given_masks(monkeypatch, model, masks, names, replicate):
    """Let Keras use these masks instead of its own."""
    queues = {}
    for layer in model._flatten_layers():
        drawn = []
        for kind in ("dropout", "recurrent_dropout"):
            mask = masks.get(f"{names.get(id(layer))}/{kind}")
            # At a rate of zero, Keras draws none.
            if mask is not None and getattr(getattr(layer, "cell", layer), kind, 1) != 0:
                own = mask.numpy()[replicate]
                one_a_gate = getattr(getattr(layer, "cell", layer), "dropout_mask_count", None)
                if type(layer) is L.Dropout and own.ndim == 3:
                    own = own.swapaxes(0, 1)
                drawn += list(own) if one_a_gate else [own]
        if drawn:
            # The cell of a recurrent layer draws, and any other layer itself.
            source = getattr(layer, "cell", layer).seed_generator
            queues[id(source)] = deque(drawn)

    def dropout(inputs, rate, noise_shape=None, seed=None):
        mask = queues[id(seed)].popleft()
        return inputs * (mask if noise_shape is None else mask[:, None])

    with monkeypatch.context() as patch:
        patch.setattr("keras.src.backend.random.dropout", dropout)
        yield
    assert not any(queues.values()), "Keras draws fewer masks"


DROPS = {
    "dropout": [lambda: L.Dropout(0.3), lambda: L.Dense(2)],
    "dropout of a vector": [L.Flatten, lambda: L.Dropout(0.3), lambda: L.Dense(2)],
    "spatial": [lambda: L.SpatialDropout1D(0.4), lambda: L.Dense(2)],
    "time distributed": [lambda: L.Dropout(0.3), lambda: L.TimeDistributed(L.Dense(2))],
    "lstm": [lambda: L.LSTM(4, dropout=0.3)],
    "lstm recurrent": [lambda: L.LSTM(4, recurrent_dropout=0.3)],
    "lstm both": [lambda: L.LSTM(4, dropout=0.2, recurrent_dropout=0.3, return_sequences=True)],
    "gru": [lambda: L.GRU(4, dropout=0.3)],
    "gru both": [lambda: L.GRU(4, dropout=0.2, recurrent_dropout=0.3)],
    "gru before": [
        lambda: L.GRU(4, dropout=0.2, recurrent_dropout=0.3, reset_after=False, go_backwards=True)
    ],
    "simple": [lambda: L.SimpleRNN(4, dropout=0.2, recurrent_dropout=0.3)],
    "bidirectional": [
        lambda: L.Bidirectional(L.LSTM(3, dropout=0.2, recurrent_dropout=0.3)),
        lambda: L.Dropout(0.5),
    ],
    "two layers": [
        lambda: L.LSTM(4, recurrent_dropout=0.3, return_sequences=True),
        lambda: L.Dropout(0.2),
        lambda: L.GRU(3, dropout=0.4),
    ],
}


@pytest.mark.parametrize("name", DROPS)
def test_fixed_masks_agree_exactly(name, monkeypatch):
    twins = Twins(sequential(*DROPS[name]))
    value, grads, dx, call = twins.lowered(training=True)
    assert call.masks.keys() == twins.network.rates.keys()
    for r, model in enumerate(twins.models):
        names = {
            id(mine): call.names.get(id(first))
            for mine, first in zip(
                model._flatten_layers(), twins.models[0]._flatten_layers(), strict=True
            )
        }
        with given_masks(monkeypatch, model, call.masks, names, r):
            out, wanted, wanted_dx = twins.keras(r, training=True)
        assert close(value[r], out) < 1e-5
        assert close(dx[r], wanted_dx) < 1e-5
        for found, grad in zip(grads, wanted, strict=True):
            assert close(found[r], grad) < 1e-5


@pytest.mark.parametrize("name", ["two layers", "bidirectional"])
def test_masks_that_are_given_are_used(name):
    twins = Twins(sequential(*DROPS[name]))
    drawn = twins.lowered(training=True)
    again = twins.lowered(training=True, masks=drawn[3].masks, seeds=np.full((3, 2), 99))
    assert close(again[0], drawn[0]) == 0
    assert close(twins.lowered(training=True, seeds=np.full((3, 2), 99))[0], drawn[0]) > 0.1


def test_forecasts_drop_nothing():
    Twins(sequential(*DROPS["two layers"])).check()


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_masks_have_mean_and_variance_of_keras(rate):
    layer = L.Dropout(rate, name="one")
    drawn = []
    for step in range(60):
        seeds = tf.constant([[12345 + step, 678], [9876 + step, 54]], tf.int32)
        call = Call({}, {"one/dropout": tf.constant(rate)}, seeds)
        drawn.append(dropout_mask(call, layer, "dropout", [20, 30]).numpy())
    drawn = np.stack(drawn)
    # Zero or 1 / (1 - rate): the mean is 1, the variance rate / (1 - rate).
    sure = 4 * np.sqrt(rate / (1 - rate) / drawn[:, 0].size)
    assert abs(drawn[:, 0].mean() - 1) < sure
    assert abs(drawn[:, 1].mean() - 1) < sure
    assert drawn.var() == pytest.approx(rate / (1 - rate), rel=0.05)
    np.testing.assert_allclose(np.unique(drawn), [0, 1 / (1 - rate)], rtol=1e-6)
    # Neither replicates nor steps have anything to do with each other.
    centred = drawn - 1
    scale = rate / (1 - rate) * np.sqrt(drawn[:, 0].size)
    assert abs((centred[:, 0] * centred[:, 1]).sum()) < 4 * scale
    assert abs((centred[1:, 0] * centred[:-1, 0]).sum()) < 4 * scale


def test_outputs_under_dropout_agree_with_keras_in_distribution():
    twins = Twins(
        sequential(lambda: L.LSTM(3, dropout=0.3, recurrent_dropout=0.3, seed=1)), replicates=1
    )
    # (Besides, so many windows of one replicate crash TensorFlow unless `times` takes care.)
    model, x = twins.models[0], tf.constant(np.repeat(twins.x[0], 500, 0))
    twins.x = x.numpy()[None]
    draws = [twins.lowered(training=True, seeds=[[7 * k, k]])[0][0] for k in range(4)]
    draws = np.stack(draws)
    seen = np.stack([model(x, training=True).numpy() for _ in range(4)])
    windows = len(seen[0]) // 500
    draws, seen = (
        one.reshape(4, windows, 500, 3).transpose(1, 0, 2, 3).reshape(windows, -1, 3)
        for one in (draws, seen)
    )
    spread = seen.std(1)
    assert np.all(np.abs(draws.mean(1) - seen.mean(1)) < 5 * spread * np.sqrt(2 / 2000))
    np.testing.assert_allclose(draws.std(1), spread, rtol=0.12)


@pytest.mark.parametrize("jit", [False, True])
def test_masks_are_decided_by_seeds(jit):
    layer = L.Dropout(0.5, name="one")

    def draw(seeds):
        call = Call({}, {"one/dropout": tf.constant(0.5)}, seeds)
        return dropout_mask(call, layer, "dropout", [70, 50])

    run = tf.function(draw, jit_compile=jit)
    first, second = (run(tf.constant([[seed, 2], [3, 4]], tf.int32)).numpy() for seed in (1, 9))
    again = run(tf.constant([[1, 2], [3, 4]], tf.int32)).numpy()
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first[1], second[1])
    for one, other in ((first[0], second[0]), (first[0], first[1])):
        assert one.mean() == pytest.approx(1, abs=0.07)
        assert np.mean(one == other) == pytest.approx(0.5, abs=0.04)


def test_no_two_masks_are_alike():
    build = sequential(
        lambda: L.LSTM(3, dropout=0.5, recurrent_dropout=0.5, return_sequences=True),
        lambda: L.LSTM(3, dropout=0.5, recurrent_dropout=0.5, return_sequences=True),
        lambda: L.Bidirectional(L.LSTM(3, dropout=0.5, name="a"), name="first"),
        lambda: L.RepeatVector(4),
        lambda: L.Bidirectional(L.LSTM(3, dropout=0.5, name="a"), name="second"),
    )
    twins = Twins(build)
    masks = twins.lowered(training=True)[3].masks
    later = twins.lowered(training=True, seeds=[[1, 1], [3, 3], [5, 5]])[3].masks
    assert len(masks) == 8
    rows = [
        one.numpy()[r].ravel()
        for kind in (masks, later)
        for one in kind.values()
        for r in range(3)
    ]
    least = min(map(len, rows))
    assert len({row[:least].tobytes() for row in rows}) == len(rows)


def test_masks_do_not_depend_on_names():
    first, second = (Twins(sequential(*DROPS["two layers"])) for _ in range(2))
    assert first.models[0].layers[0].name != second.models[0].layers[0].name
    assert first.network.rates == second.network.rates
    assert close(first.lowered(training=True)[0], second.lowered(training=True)[0]) == 0


# Penalties ----------------------------------------------------------------------------------


REGULARISED = {
    "lstm": [
        lambda: L.LSTM(
            3,
            kernel_regularizer="l1",
            recurrent_regularizer="l2",
            bias_regularizer=keras.regularizers.L1L2(0.1, 0.2),
        )
    ],
    "gru": [lambda: L.GRU(3, kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2))],
    "dense": [L.Flatten, lambda: L.Dense(3, kernel_regularizer="l2", bias_regularizer="l1")],
    "conv": [lambda: L.Conv1D(3, 2, kernel_regularizer="l2", bias_regularizer="l1")],
    "bidirectional": [lambda: L.Bidirectional(L.LSTM(3, recurrent_regularizer="l2"))],
    "normalised": [
        lambda: L.BatchNormalization(gamma_regularizer="l2", beta_regularizer="l1"),
        lambda: L.LayerNormalization(gamma_regularizer="l1"),
    ],
    "distributed": [lambda: L.TimeDistributed(L.Dense(2, kernel_regularizer="l2"))],
    "frozen": [
        lambda: L.Dense(2, kernel_regularizer="l1", trainable=False),
        lambda: L.Dense(2, kernel_regularizer="l2"),
    ],
}


@pytest.mark.parametrize("name", REGULARISED)
def test_penalties(name):
    twins = Twins(sequential(*REGULARISED[name]))
    network = twins.network
    factors = tf.constant(np.stack(list(network.penalties.values())))
    held = {
        one.path: tf.constant(
            np.stack([model.trainable_weights[k].numpy() for model in twins.models])
        )
        for k, one in enumerate(network.trained)
    }
    with tf.GradientTape() as tape:
        tape.watch(held)
        total = network.penalty(held, factors)
    zero = tf.UnconnectedGradients.ZERO
    found = list(tape.gradient(total, held, unconnected_gradients=zero).values())
    losses = 0.0
    for r, model in enumerate(twins.models):
        with tf.GradientTape() as tape:
            loss = tf.add_n(model.losses)
        losses += float(loss)
        own = [one.value for one in model.trainable_weights]
        wanted = tape.gradient(loss, own, unconnected_gradients=zero)
        for one, grad in zip(found, wanted, strict=True):
            assert close(one[r], grad) < 1e-5
    assert float(total) == pytest.approx(losses, rel=1e-5)


def test_frozen_layers_are_no_trained_weights():
    twins = Twins(sequential(lambda: L.LSTM(3, trainable=False), lambda: L.Dense(2)))
    assert [len(twins.network.trained), len(twins.network.kept)] == [2, 3]
    twins.check(training=True)
    assert not twins.lowered(training=True)[3].updates


# What is refused ----------------------------------------------------------------------------


class OwnLayer(L.Dense):
    pass


def own_activation(x):
    return x


REFUSED = {
    "OwnLayer": [lambda: OwnLayer(2)],
    "own_activation": [lambda: L.Dense(2, activation=own_activation)],
    "softmax": [lambda: L.LSTM(2, activation="softmax")],
    "activity_regularizer": [lambda: L.Dense(2, activity_regularizer="l2")],
    "constraint": [lambda: L.LSTM(2, recurrent_constraint="unit_norm")],
    "float16": [lambda: L.Dense(2, dtype="mixed_float16")],
    "drops everything": [lambda: L.Dropout(1.0)],
    "noise_shape": [lambda: L.Dropout(0.5, noise_shape=(None, 1, 3))],
    "groups": [lambda: L.Conv1D(3, 2, groups=3)],
    "channels_first": [lambda: L.MaxPooling1D(data_format="channels_first")],
    "GaussianNoise": [lambda: L.GaussianNoise(0.1)],
    "OrthogonalRegularizer": [lambda: L.Dense(2, kernel_regularizer="orthogonal_regularizer")],
    "Conv1D in": [lambda: L.Reshape((STEPS, 3, 1)), lambda: L.TimeDistributed(L.Conv1D(2, 2))],
    "BatchNormalization in": [lambda: L.TimeDistributed(L.BatchNormalization())],
    "renorm": [lambda: L.BatchNormalization(renorm=True)],
    "too many axes": [lambda: L.Reshape((STEPS, 3, 1))],
    "several axes": [lambda: L.LayerNormalization(axis=[1, 2])],
    "Bidirectional": [lambda: L.Bidirectional(L.RNN(L.LSTMCell(2)))],
}


@pytest.mark.parametrize("why", REFUSED)
def test_refuses(why):
    kinds = {"Conv1D in": "too many axes", "Bidirectional": "RNN"}
    with pytest.raises(Unsupported, match=kinds.get(why, why)):
        Network(sequential(*REFUSED[why])())


def test_refuses_axes_other_than_features():
    for layer in (lambda: L.BatchNormalization(axis=1), lambda: L.LayerNormalization(axis=1)):
        with pytest.raises(Unsupported, match="axis 1"):
            Twins(sequential(layer)).lowered()


def test_refuses_graphs():
    def sliced(x):
        return L.LSTM(2)(x[:, 1:])

    def own_mask(x):
        return L.LSTM(2)(x, mask=keras.ops.any(x > 1, -1))

    def mask_and_states(x):
        x = L.Masking()(x)
        return L.GRU(2)(x, mask=x._keras_mask, initial_state=L.GRU(2)(x))

    def dropped_twice(x):
        drop = L.Dropout(0.5)
        return drop(L.Dense(2)(drop(x)))

    for body, why in (
        (sliced, "get_item"),
        (own_mask, "the mask that is given"),
        (mask_and_states, "the mask that is given"),
        (dropped_twice, "used twice"),
        (lambda x: keras.Sequential([L.Dense(2)])(x), "Sequential"),
        (lambda x: [x, L.Dense(2)(x)], "several inputs or outputs"),
        (lambda x: x + 1, "add"),
    ):
        with pytest.raises(Unsupported, match=why):
            Network(functional(body)())
    with pytest.raises(Unsupported, match="no graph of layers"):
        Network(keras.Sequential([L.Dense(2)]))


@pytest.mark.parametrize("kind", [L.LSTM, L.GRU, L.SimpleRNN])
def test_stateful_layers_go_on_from_the_states_that_they_are_given(kind):
    inputs = np.random.default_rng(0).normal(size=(2, 2, STEPS, 3)).astype(np.float32)
    layers = [kind(4, stateful=True, return_sequences=True), kind(2, stateful=True), L.Dense(1)]
    model = keras.Sequential([keras.Input(batch_shape=(2, STEPS, 3)), *layers])
    network, carried = Network(model), {}
    weights = {one.path: one.numpy()[None] for one in model.weights}
    assert [len(one) for one in network.states.values()] == [2 if kind is L.LSTM else 1] * 2
    # States of zero are what a layer begins with that is given none.
    for begun in ({}, network.begun(1, 2)):
        carried = begun
        for layer in layers[:2]:
            layer.reset_state()
        for batch in inputs:
            call = Call(weights=weights, rates={}, carried=carried)
            found = network(call, Signal(batch.transpose(1, 0, 2)[:, None])).value[0]
            np.testing.assert_allclose(found, model(batch), rtol=1e-5, atol=1e-6)
            carried = call.ended
        for layer, states in zip(layers, carried.values(), strict=False):
            for one, other in zip(layer.states, states, strict=True):
                np.testing.assert_allclose(one.value, other[0], rtol=1e-5, atol=1e-6)


def test_stateful_layers_that_go_backwards_or_are_used_twice_are_refused():
    start = keras.Input(batch_shape=(2, STEPS, 3))
    back = L.LSTM(2, stateful=True, go_backwards=True)
    with pytest.raises(Unsupported, match="stateful and goes backwards"):
        Network(keras.Sequential([start, back]))
    both = L.Bidirectional(L.LSTM(2, stateful=True))
    with pytest.raises(Unsupported, match="stateful and goes backwards"):
        Network(keras.Sequential([start, both]))
    twice = L.LSTM(3, stateful=True, return_sequences=True)
    with pytest.raises(Unsupported, match="used twice"):
        Network(keras.Model(start, twice(twice(start))))


def test_windows_of_several_columns_are_no_vectors():
    network = Network(sequential(lambda: L.Embedding(4, 2), shape=(STEPS,))())
    with pytest.raises(Unsupported, match="one column"):
        network(Call({}, {}), Signal(tf.zeros([STEPS, 1, 2, 3])))
