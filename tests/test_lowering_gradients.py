"""Every lowered layer against Keras: outputs, gradients of weights and inputs, moving averages."""

import numpy as np
import pytest
from lowering_twins import STEPS, Twins, close, functional, ragged, sequential

from autolstm.models.backend import keras, tf
from autolstm.train.lowering import Call, Signal

L = keras.layers
pytestmark = pytest.mark.slow

RECURRENT = {
    "lstm": lambda: L.LSTM(4),
    "lstm sequences": lambda: L.LSTM(4, return_sequences=True),
    "lstm backwards": lambda: L.LSTM(4, go_backwards=True, return_sequences=True),
    "lstm no bias": lambda: L.LSTM(4, use_bias=False, unroll=True),
    "lstm no forget bias": lambda: L.LSTM(4, unit_forget_bias=False, implementation=1),
    "lstm zeros": lambda: L.LSTM(4, return_sequences=True, zero_output_for_mask=True),
    "lstm zeros last": lambda: L.LSTM(4, zero_output_for_mask=True),
    "gru": lambda: L.GRU(4),
    "gru sequences": lambda: L.GRU(4, return_sequences=True),
    "gru backwards": lambda: L.GRU(4, go_backwards=True),
    "gru before": lambda: L.GRU(4, reset_after=False, return_sequences=True),
    "gru before last": lambda: L.GRU(4, reset_after=False),
    "gru no bias": lambda: L.GRU(4, use_bias=False),
    "gru before no bias": lambda: L.GRU(4, use_bias=False, reset_after=False),
    "simple": lambda: L.SimpleRNN(4),
    "simple sequences": lambda: L.SimpleRNN(4, return_sequences=True, go_backwards=True),
    "bi concat": lambda: L.Bidirectional(L.LSTM(4)),
    "bi concat sequences": lambda: L.Bidirectional(L.LSTM(4, return_sequences=True)),
    "bi sum": lambda: L.Bidirectional(L.LSTM(4, return_sequences=True), merge_mode="sum"),
    "bi ave": lambda: L.Bidirectional(L.GRU(4), merge_mode="ave"),
    "bi mul": lambda: L.Bidirectional(L.GRU(4, return_sequences=True), merge_mode="mul"),
    "bi two kinds": lambda: L.Bidirectional(L.LSTM(4), backward_layer=L.GRU(3, go_backwards=True)),
}
ACTIVATIONS = (
    "elu",
    "exponential",
    "hard_sigmoid",
    "linear",
    "relu",
    "sigmoid",
    "softplus",
    "softsign",
    "tanh",
)


@pytest.mark.parametrize("name", RECURRENT)
def test_recurrent(name):
    Twins(sequential(RECURRENT[name])).check()


@pytest.mark.parametrize("name", RECURRENT)
def test_recurrent_with_masks(name):
    twins = Twins(sequential(L.Masking, RECURRENT[name]))
    twins.x = ragged(twins.x)
    twins.check()


@pytest.mark.parametrize("kind", [L.LSTM, L.GRU])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(kind, name):
    options = {"activation": name, "recurrent_activation": name}
    # Few steps: an exponential of an exponential knows no bounds.
    twins = Twins(sequential(lambda: kind(4, **options), shape=(3, 3)), replicates=2)
    for model in twins.models:
        scale = 0.05 if name == "exponential" else 0.5
        model.set_weights([scale * one for one in model.get_weights()])
    twins.check()


VECTORS = {
    "dense": lambda: L.Dense(4, activation="tanh"),
    "dense no bias": lambda: L.Dense(4, use_bias=False),
    "dense softmax": lambda: L.Dense(4, activation="softmax"),
    "activation": lambda: L.Activation("gelu"),
    "relu": lambda: L.ReLU(max_value=1.5, negative_slope=0.1, threshold=0.2),
    "leaky": lambda: L.LeakyReLU(0.2),
    "elu": lambda: L.ELU(0.7),
    "softmax": L.Softmax,
    "identity": L.Identity,
    "batch": L.BatchNormalization,
    "batch bare": lambda: L.BatchNormalization(center=False, scale=False, momentum=0.5),
    "batch frozen": lambda: L.BatchNormalization(trainable=False),
    "layer norm": lambda: L.LayerNormalization(epsilon=1e-2),
    "layer norm bare": lambda: L.LayerNormalization(center=False, scale=False),
}
SEQUENCES = {
    "conv valid": lambda: L.Conv1D(4, 3, activation="relu"),
    "conv same": lambda: L.Conv1D(4, 4, padding="same"),
    "conv causal": lambda: L.Conv1D(4, 3, padding="causal", dilation_rate=2, use_bias=False),
    "conv strides": lambda: L.Conv1D(4, 2, strides=3),
    "conv strides same": lambda: L.Conv1D(4, 2, strides=3, padding="same"),
    "conv strides causal": lambda: L.Conv1D(4, 3, strides=2, padding="causal"),
    "conv dilation same": lambda: L.Conv1D(4, 3, dilation_rate=2, padding="same"),
    "max": L.MaxPooling1D,
    "max same": lambda: L.MaxPooling1D(3, 2, padding="same"),
    "average": lambda: L.AveragePooling1D(3, 1),
    "average same": lambda: L.AveragePooling1D(3, 2, padding="same"),
    "global max": L.GlobalMaxPooling1D,
    "global average": L.GlobalAveragePooling1D,
    "global average kept": lambda: L.GlobalAveragePooling1D(keepdims=True),
    "flatten": L.Flatten,
    "reshape": lambda: L.Reshape((3, STEPS)),
    "reshape free": lambda: L.Reshape((-1,)),
    "permute": lambda: L.Permute((2, 1)),
    "time distributed dense": lambda: L.TimeDistributed(L.Dense(4, activation="tanh")),
    "time distributed norm": lambda: L.TimeDistributed(L.LayerNormalization()),
    "time distributed relu": lambda: L.TimeDistributed(L.ReLU()),
    **VECTORS,
}


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", SEQUENCES)
def test_layers_of_sequences(name, training):
    Twins(sequential(SEQUENCES[name])).check(training=training)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", [*VECTORS, "repeat", "reshape"])
def test_layers_of_vectors(name, training):
    extra = {"repeat": lambda: L.RepeatVector(3), "reshape": lambda: L.Reshape((3, 2))}
    layer = {**VECTORS, **extra}[name]
    Twins(sequential(layer, shape=(6,))).check(training=training)


KEEPS_MASKS = [
    *(one for one in VECTORS if one != "softmax"),
    "global average",
    "time distributed dense",
]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", KEEPS_MASKS)
def test_layers_hand_masks_on(name, training):
    after = [] if name == "global average" else [lambda: L.LSTM(2)]
    twins = Twins(sequential(L.Masking, SEQUENCES[name], *after))
    twins.x = ragged(twins.x)
    twins.check(training=training)


@pytest.mark.filterwarnings("ignore:.*does not support masking")
@pytest.mark.parametrize("name", ["conv causal", "max", "permute", "reshape", "global max"])
def test_layers_lose_masks(name):
    after = [] if name == "global max" else [lambda: L.LSTM(2)]
    twins = Twins(sequential(L.Masking, SEQUENCES[name], *after))
    twins.x = ragged(twins.x)
    twins.check()


def test_pooling_of_equals():
    """The gradient of a maximum of equals goes where Keras lets it go."""
    for layer in (L.MaxPooling1D, lambda: L.MaxPooling1D(3, 1), L.GlobalMaxPooling1D):
        twins = Twins(sequential(layer))
        twins.x = np.round(twins.x)
        twins.check()


@pytest.mark.parametrize("mask_zero", [False, True])
def test_embedding(mask_zero):
    twins = Twins(
        sequential(
            lambda: L.Embedding(6, 4, mask_zero=mask_zero), lambda: L.GRU(3), shape=(STEPS,)
        )
    )
    twins.x = twins.rng.integers(0, 6, twins.x.shape).astype(np.float32)
    value, grads, _, call = twins.lowered()
    for r in range(len(twins.models)):
        with tf.GradientTape() as tape:
            out = twins.models[r](twins.x[r])
            total = tf.reduce_sum(out * twins.pull([3, *out.shape])[r])
        wanted = tape.gradient(total, [one.value for one in twins.models[r].trainable_weights])
        assert close(value[r], out) < 1e-5
        for found, grad in zip(grads, wanted, strict=True):
            assert close(found[r], tf.convert_to_tensor(grad)) < 1e-5
    # Windows of one column are given as they come from a series: (T, 1, B, 1), for all replicates.
    window = Signal(tf.constant(twins.x[:1].transpose(2, 0, 1)[..., None]))
    shared = twins.network(Call(call.weights, {}), window).value
    assert close(shared[0], value[0]) < 1e-6


def two_paths(merge, **options):
    def body(x):
        left, right = L.Dense(4)(x), L.LSTM(4, return_sequences=True)(x)
        return L.GRU(3)(merge(**options)([left, right]))

    return body


def encoder_decoder(kind, masked=False, **options):
    def body(x):
        x = L.Masking()(x) if masked else x
        _, *states = kind(4, return_state=True)(x)
        start = L.RepeatVector(3)(states[0])
        out = kind(4, return_sequences=True, **options)(start, initial_state=states)
        return L.TimeDistributed(L.Dense(2))(out)

    return body


def bidirectional_states(x):
    _, *states = L.Bidirectional(L.LSTM(4, return_state=True))(x)
    out, *_ = L.Bidirectional(L.LSTM(4, return_sequences=True, return_state=True))(
        x, initial_state=states
    )
    return L.Concatenate()([out, L.Bidirectional(L.GRU(2, return_sequences=True))(x)])


def both_apart(x):
    there, back = L.Bidirectional(L.LSTM(4, return_sequences=True), merge_mode=None)(
        L.Masking()(x)
    )
    return L.Concatenate()([L.LSTM(2)(there), L.GlobalAveragePooling1D()(back)])


def every_state(x):
    out, h, c = L.LSTM(4, return_sequences=True, return_state=True)(L.Masking()(x))
    gru, g = L.GRU(4, return_sequences=True, return_state=True)(out)
    _, s = L.SimpleRNN(4, return_state=True)(gru)
    return L.Concatenate()([h, c, g, s])


def masked_with_states(x):
    """Keras does not give masks to layers with initial states, but hands them on."""
    masked = L.Masking()(x)
    out = L.LSTM(4, return_sequences=True)(masked, initial_state=[L.GRU(4)(x), L.GRU(4)(x)])
    return L.LSTM(3)(out)


def merged_masks(merge, **options):
    def body(x):
        left, right = L.Masking()(x), L.Dense(3)(L.Masking()(x))
        return L.GRU(3)(merge(**options)([left, right]))

    return body


def one_masked(x):
    return L.GRU(3)(L.Concatenate()([L.Masking()(x), L.Dense(3)(x)]))


def residual(x):
    around = L.Add()([x, L.Conv1D(3, 2, padding="causal")(x)])
    return L.LSTM(2)(L.LayerNormalization()(around))


def shared_layer(x):
    dense = L.Dense(3, activation="tanh")
    return L.GRU(3)(dense(L.Dropout(0.0)(dense(x))))


GRAPHS = {
    "add": two_paths(L.Add),
    "average": two_paths(L.Average),
    "concatenate": two_paths(L.Concatenate),
    "concatenate steps": two_paths(L.Concatenate, axis=1),
    "maximum": two_paths(L.Maximum),
    "minimum": two_paths(L.Minimum),
    "multiply": two_paths(L.Multiply),
    "subtract": two_paths(L.Subtract),
    "vector to steps": lambda x: L.Add()([L.LSTM(3)(x), x]),
    "concatenate shared": lambda x: L.Concatenate()([x, L.Dense(2)(x)]),
    "residual": residual,
    "encoder decoder lstm": encoder_decoder(L.LSTM),
    "encoder decoder gru": encoder_decoder(L.GRU, reset_after=False),
    "encoder decoder masked": encoder_decoder(L.LSTM, masked=True),
    "encoder decoder simple": encoder_decoder(L.SimpleRNN),
    "bidirectional states": bidirectional_states,
    "both directions apart": both_apart,
    "every state": every_state,
    "masked with states": masked_with_states,
    "add masks": merged_masks(L.Add),
    "concatenate masks": merged_masks(L.Concatenate),
    "concatenate masks in time": merged_masks(L.Concatenate, axis=1),
    "one masked": one_masked,
    "shared layer": shared_layer,
}


@pytest.mark.parametrize("name", GRAPHS)
def test_graphs(name):
    twins = Twins(functional(GRAPHS[name]), replicates=2)
    twins.x = ragged(twins.x)
    twins.check()


def test_shared_inputs():
    """A replicate axis of 1 gives the same as R copies."""
    for body in (GRAPHS["encoder decoder lstm"], GRAPHS["concatenate shared"], two_paths(L.Add)):
        twins = Twins(functional(body), replicates=2)
        twins.x = np.repeat(twins.x[:1], 2, 0)
        value, _, _, call = twins.lowered()
        one = Signal(tf.constant(twins.x[:1].transpose(2, 0, 1, 3)))
        found = twins.network(Call(call.weights, {}), one)
        found = found.value if not found.steps else tf.transpose(found.value, [1, 2, 0, 3])
        assert close(found, value) < 1e-6


def test_replicates_together_are_replicates_alone():
    def build():
        body = [
            L.Conv1D(4, 2, use_bias=False),
            L.BatchNormalization(),
            L.Bidirectional(L.LSTM(3)),
            L.Dense(2),
        ]
        return keras.Sequential([keras.Input((STEPS, 3)), *body])

    twins = Twins(build)
    value, grads, dx, _ = twins.lowered(training=True)
    models, x, pull = twins.models, twins.x, twins.pull
    for r in range(len(models)):
        twins.models, twins.x = [models[0], models[r]], x[[r, r]]
        twins.pull = lambda shape, r=r: np.stack([pull([3, *shape[1:]])[r]] * 2)
        alone = twins.lowered(training=True)
        assert close(alone[0][1], value[r]) < 1e-6
        assert close(alone[2][1], dx[r]) < 3e-6
        for found, wanted in zip(alone[1], grads, strict=True):
            assert close(found[1], wanted[r]) < 3e-6


def test_padded_windows_do_not_count_in_batch_statistics():
    for masked in (False, True):
        front = [L.Masking] if masked else []
        twins = Twins(sequential(*front, L.BatchNormalization))
        twins.x = ragged(twins.x)
        value, *_, call = twins.lowered(training=True, counts=tf.constant([[1.0, 1, 1, 0]]))
        for r in range(len(twins.models)):
            twins_out = twins.models[r](twins.x[r][:3], training=True)
            assert close(value[r][:3], twins_out) < 1e-5
            for place, variable in enumerate(twins.models[r].non_trainable_weights):
                found = call.updates[twins.network.kept[place].path][r]
                assert close(found, variable.numpy()) < 1e-5
