"""Networks of every architecture: what they compute, and that every knob changes something."""

import itertools
import json
from dataclasses import fields, replace

import numpy as np
import pytest
from network_samples import DECODED, NETWORKS, fitting

from autolstm.errors import SettingError
from autolstm.seeding import child
from autolstm.settings import KNOBS, Architecture
from autolstm.shapes import Shapes

pytestmark = pytest.mark.slow

FITS = {
    "vector": Shapes(5, 3, 2),
    "steps": Shapes(5, 3, 2, "steps"),
    "decoder": Shapes(5, 3, 2, "decoder", steps=4),
    "padded vector": Shapes(5, 3, 2, padding=-9.0),
    "padded steps": Shapes(5, 3, 2, "steps", padding=-9.0),
    "padded decoder": Shapes(5, 3, 2, "decoder", steps=4, padding=-9.0, classes=True),
    "embedded": Shapes(5, 1, 2, symbols=6),
    "embedded, padded": Shapes(5, 1, 2, "decoder", steps=4, padding=0.0, symbols=6, classes=True),
}
ALL = [(name, fit) for name in NETWORKS for fit in FITS if fitting(name, FITS[fit].form)]
EVERY = [
    (name, fit)
    for name, fit in ALL
    if fit in ("vector", "padded steps")
    or (fit == "padded decoder" and name in (*DECODED, "several kernels"))
    or (fit, name) in (("decoder", "attention"), ("embedded, padded", "attention gru"))
]
"""Every network in the forms in which there is something to see."""


def built(fit, seed=1, **asked):
    from autolstm.models import build

    # As many windows as `inputs` gives, where a batch has a fixed number of them.
    lanes = 3 if asked.get("stateful") else None
    return build(Architecture(**{"units": 4, **asked}), fit, seed=seed, lanes=lanes)


def inputs(fit, count=3):
    """Return windows, shape (count, window, features), the first of which are padded."""
    rng = np.random.default_rng(0)
    made = rng.normal(size=(count, fit.window, fit.features))
    if fit.symbols:
        made = rng.integers(1, fit.symbols, made.shape)
    if fit.padding is not None:
        for at in range(count - 1):
            made[at, : at + 1] = fit.padding
    return made.astype(np.float32)


# The default --------------------------------------------------------------------------------


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("name", FITS)
def test_the_default_is_the_network_of_earlier_versions(name, layers):
    """Layer by layer as they were built before there was any other architecture."""
    from autolstm.models.backend import keras

    fit, seed, kl = FITS[name], 5, keras.layers

    def lstm(title, place, every):
        return kl.LSTM(
            4,
            return_sequences=every,
            dropout=0.1,
            recurrent_dropout=0.2,
            kernel_initializer=keras.initializers.GlorotUniform(child(seed, "kernel", place)),
            recurrent_initializer=keras.initializers.Orthogonal(
                seed=child(seed, "recurrent", place)
            ),
            seed=child(seed, "dropout", place),
            name=title,
        )

    stack = [keras.Input((fit.window, fit.features), name="window")]
    if fit.symbols:
        first = keras.initializers.RandomUniform(-0.05, 0.05, seed=child(seed, "embedding"))
        stack += [
            kl.Reshape((fit.window,), name="codes"),
            kl.Embedding(
                fit.symbols,
                16,
                embeddings_initializer=first,
                mask_zero=fit.padding is not None,
                name="embedding",
            ),
        ]
    elif fit.padding is not None:
        stack.append(kl.Masking(fit.padding, name="masking"))
    for number in range(layers):
        every = number < layers - 1 or fit.form == "steps"
        stack.append(lstm(f"lstm_{number + 1}", number, every))
    if fit.form == "decoder":
        stack.append(kl.RepeatVector(fit.steps, name="repeat"))
        stack += [lstm(f"decoder_{one + 1}", layers + one, True) for one in range(layers)]
    last = keras.initializers.GlorotUniform(child(seed, "output"))
    stack.append(kl.Dense(fit.outputs, kernel_initializer=last, name="output"))
    before = keras.Sequential(stack, name="lstm")
    now = built(fit, seed, layers=layers, dropout=0.1, recurrent_dropout=0.2)
    assert now.get_config() == before.get_config()
    for one, other in zip(now.get_weights(), before.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(now(inputs(fit)), before(inputs(fit)))


# Every network ------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "form"), EVERY)
def test_shape_and_names(name, form):
    fit = FITS[form]
    model = built(fit, **NETWORKS[name])
    assert model(inputs(fit)).shape == (3, *fit.output)
    assert model.output_shape == (None, *fit.output)
    assert np.isfinite(model(inputs(fit))).all()
    again = built(fit, 2, **NETWORKS[name])
    assert [one.path for one in again.weights] == [one.path for one in model.weights]


@pytest.mark.parametrize(("name", "form"), EVERY)
def test_a_seed_decides_every_weight_and_no_two_are_alike(name, form):
    one, same, other = (built(FITS[form], seed, **NETWORKS[name]) for seed in (1, 1, 2))
    drawn = []
    for a, b, c in zip(one.weights, same.weights, other.weights, strict=True):
        np.testing.assert_array_equal(a, b)
        if len(a.shape) > 1 and "bias" not in a.path:
            assert not np.array_equal(a, c)
            drawn.append(np.ravel(a)[:4].tobytes())
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize(("name", "form"), EVERY)
def test_keras_reads_what_is_saved(name, form):
    """Of the layers that are not Keras's own, it knows by `autolstm.models`."""
    from autolstm.models.backend import keras

    fit = FITS[form]
    model = built(fit, dropout=0.1, **NETWORKS[name])
    back = keras.models.model_from_json(model.to_json())
    back.set_weights(model.get_weights())
    np.testing.assert_allclose(back(inputs(fit)), model(inputs(fit)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "form"), [*EVERY, ("pooled", "padded vector"), ("batch", "padded vector")]
)
def test_padding_is_invisible(name, form):
    fit = FITS[form]
    if fit.padding is None:
        fit = replace(fit, padding=-9.0)
    padded = built(fit, **NETWORKS[name])
    rng = np.random.default_rng(2)
    for weight in padded.weights:
        # Biases are zero at first, and would hide much.
        if "seed" not in weight.path and "variance" not in weight.path:
            weight.assign(weight + 0.3 * rng.normal(size=weight.shape))
    given = inputs(fit)
    for at, length in ((0, 4), (1, 3)):
        alone = built(replace(fit, window=length, padding=None), **NETWORKS[name])
        alone.set_weights(padded.get_weights())
        wanted, found = alone(given[at : at + 1, -length:]), padded(given)[at : at + 1]
        seen = found[:, -length:] if fit.form == "steps" else found
        np.testing.assert_allclose(seen, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [one for one in NETWORKS if fitting(one, "steps")])
def test_only_both_directions_look_ahead(name):
    fit = FITS["steps"]
    model, first = built(fit, **NETWORKS[name]), inputs(fit)
    second = first.copy()
    second[:, 3:] += 1
    ahead = np.abs(model(first)[:, :3] - model(second)[:, :3]).max()
    assert bool(ahead > 1e-6) is bool(NETWORKS[name].get("bidirectional"))
    assert np.abs(model(first)[:, 3:] - model(second)[:, 3:]).max() > 1e-4


# No dimension is dead -----------------------------------------------------------------------

DEEP = {"layers": 4, "widths": "free"}
STATE = {"decoder": "state"}
WHEN = {
    # Knob: another value, and the knobs and the form with which it counts.
    "cell": ("gru", {}, "vector"),
    "bidirectional": (True, {}, "vector"),
    "stateful": (True, {}, "vector"),
    "layers": (2, {}, "vector"),
    "widths": ("shrinking", {"layers": 2}, "vector"),
    "units": (5, {}, "vector"),
    "units_2": (5, DEEP, "vector"),
    "units_3": (5, DEEP, "vector"),
    "units_4": (5, DEEP, "vector"),
    "filters": (2, {}, "vector"),
    "kernel_sizes": ("2", {"filters": 2}, "vector"),
    "pooling": (2, {"filters": 2}, "vector"),
    "decoder": ("state", {}, "decoder"),
    "attention": (True, STATE, "decoder"),
    "teacher_forcing": (True, STATE, "decoder"),
    "activation": ("relu", {}, "vector"),
    "normalise": ("layer", {}, "vector"),
    "kernel_init": ("he_normal", {}, "vector"),
    "recurrent_init": ("uniform", {}, "vector"),
    "forget_bias": (0, {}, "vector"),
    "dropout": (0.5, {}, "vector"),
    "recurrent_dropout": (0.5, {}, "vector"),
    "l1_kernel": (0.1, {}, "vector"),
    "l2_kernel": (0.1, {}, "vector"),
    "l1_recurrent": (0.1, {}, "vector"),
    "l2_recurrent": (0.1, {}, "vector"),
    "l1_bias": (0.1, {}, "vector"),
    "l2_bias": (0.1, {}, "vector"),
    "embedding": (5, {}, "embedded"),
}


def test_every_knob_says_when_it_counts():
    own = [name for name in KNOBS if name.startswith("architecture.")]
    assert own == [f"architecture.{short}" for short in WHEN]
    assert list(WHEN) == [one.name for one in fields(Architecture)]


def trained(fit, asked):
    """Return the loss of a batch and a forecast after one step of training on it."""
    from autolstm.models.backend import keras, tf
    from autolstm.models.decoder import teaching

    model = built(fit, **asked)
    given = inputs(fit)
    told = np.ones((len(given), *fit.output), np.float32)
    with tf.GradientTape() as tape, teaching(model, told):
        out = model(given, training=True)
        total = tf.add_n([tf.reduce_mean(tf.square(out - 1.0)), *model.losses])
    own = model.trainable_variables
    gradients = map(tf.convert_to_tensor, tape.gradient(total, own))
    keras.optimizers.SGD(0.5).apply(list(gradients), own)
    return float(total), np.ravel(model(given)).tolist()


@pytest.mark.parametrize("short", WHEN)
def test_no_knob_is_dead(short):
    value, beside, form = WHEN[short]
    assert value != KNOBS[f"architecture.{short}"].default
    fit = FITS[form]
    default, other = (trained(fit, {**beside, **one}) for one in ({}, {short: value}))
    # Biases begin with zero, but for that of the forget gate, and grow.
    assert default[1] != pytest.approx(other[1], rel=1e-5)


@pytest.mark.parametrize("short", [one for one in WHEN if KNOBS[f"architecture.{one}"].choices])
def test_every_choice_is_another_network(short):
    _, beside, form = WHEN[short]
    found = [
        trained(FITS[form], {"layers": 2, **beside, short: one})[1]
        for one in KNOBS[f"architecture.{short}"].choices
    ]
    for one, other in itertools.combinations(found, 2):
        assert one != pytest.approx(other, rel=1e-5)


def test_idle_knobs_change_nothing():
    plain = built(FITS["vector"])
    idle = built(
        FITS["vector"],
        units_2=9,
        kernel_sizes="2,3",
        pooling=3,
        decoder="state",
        attention=True,
        embedding=3,
    )
    assert json.dumps(plain.get_config()) == json.dumps(idle.get_config())


@pytest.mark.parametrize(
    ("form", "asked", "says"),
    [
        ("steps", {"filters": 2, "pooling": 3}, "architecture.pooling = 3 leaves fewer steps"),
        ("decoder", {"attention": True}, "architecture.attention = true needs a decoder"),
    ],
)
def test_what_cannot_be_built_is_refused(form, asked, says):
    with pytest.raises(SettingError, match=says):
        built(FITS[form], **asked)


# Weights ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KNOBS["architecture.kernel_init"].choices)
def test_first_weights(name):
    model = built(Shapes(4, 60, 1), units=50, kernel_init=name, recurrent_init=name)
    for weights, inside in ((model.weights[0], 60), (model.weights[1], 50)):
        drawn, outside = np.asarray(weights), 200
        fan = {"glorot": (inside + outside) / 2, "he": inside}.get(name.partition("_")[0])
        deviation = 0.05 if fan is None else np.sqrt((1 if "glorot" in name else 2) / fan)
        if name == "orthogonal":
            np.testing.assert_allclose(drawn @ drawn.T, np.eye(inside), atol=1e-5)
            continue
        if "uniform" in name:
            most = deviation if name == "uniform" else deviation * np.sqrt(3)
            assert 0.98 * most < np.abs(drawn).max() <= most * (1 + 1e-6)
            deviation = most / np.sqrt(3)
        assert drawn.std() == pytest.approx(deviation, rel=0.05)
        assert abs(drawn.mean()) < 0.1 * deviation


@pytest.mark.parametrize("forget", [0, 1])
@pytest.mark.parametrize("form", ["vector", "decoder"])
def test_the_bias_of_the_forget_gate(form, forget):
    model = built(FITS[form], forget_bias=forget, decoder="state")
    biases = [np.asarray(one) for one in model.weights if one.path.endswith("/bias")]
    gates = [one for one in biases if len(one) == 16]
    assert len(gates) == (2 if form == "decoder" else 1)
    for one in gates:
        np.testing.assert_array_equal(one, np.repeat([0, forget, 0, 0], 4))


# What Keras does not have -------------------------------------------------------------------


@pytest.mark.parametrize("size", [2, 3, 7])
@pytest.mark.parametrize("masked", [False, True])
def test_pooling_counts_from_the_last_step(size, masked):
    from autolstm.models.backend import keras
    from autolstm.models.front import LastPooling

    rng = np.random.default_rng(0)
    x = rng.uniform(size=(3, 5, 2)).astype(np.float32)
    real = np.arange(5) >= [[0], [2], [4]] if masked else np.ones((3, 5), bool)
    layer = LastPooling(size)
    out = layer(x, mask=keras.ops.convert_to_tensor(real) if masked else None)
    mask = layer.compute_mask(x, keras.ops.convert_to_tensor(real) if masked else None)
    blocks = [range(max(0, end - size), end) for end in range(5, 0, -size)][::-1]
    assert out.shape == (3, len(blocks), 2)
    for at, (window, block) in itertools.product(
        range(len(blocks)), itertools.product(range(3), [0])
    ):
        assert block == 0
        steps = [one for one in blocks[at] if real[window, one]]
        wanted = x[window, steps].max(0) if steps else np.zeros(2)
        np.testing.assert_array_equal(out[window, at], wanted)
        assert mask is None or bool(mask[window, at]) is bool(steps)
    assert (mask is None) is not masked


def decoded(model, given, architecture, fit, heard=None):
    """Slow and obvious: a decoder as stock layers that are called step by step."""
    from autolstm.models.backend import keras

    own = model.get_layer("decoder")
    encoder = keras.Model(model.input, own.input)
    held = [np.asarray(one) for one in encoder(given)]
    memory = held.pop(0) if architecture.attention else None
    kind = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[architecture.cell]
    each = 2 if architecture.cell == "lstm" else 1
    layers, states = [], []
    for cell in own.cells:
        layer = kind(cell.units, activation=architecture.activation, return_state=True)
        layer.build((None, 1, cell.kernel.shape[0]))
        layer.set_weights([np.asarray(one) for one in cell.weights])
        layers.append(layer)
        states.append(held[:each])
        held = held[each:]
    said, answers = np.zeros((len(given), fit.outputs), np.float32), []
    kernel, bias = (np.asarray(one) for one in own.speaker.weights)
    for step in range(fit.steps):
        shown = said if heard is None or not step else heard[:, step - 1]
        for place, layer in enumerate(layers):
            shown, *states[place] = layer(shown[:, None], initial_state=states[place])
            shown = np.asarray(shown)
        if memory is not None:
            found = np.zeros_like(shown)
            for at, window in enumerate(memory):
                real = [
                    k for k in range(len(window)) if not is_padding(given[at], k, len(window), fit)
                ]
                scores = np.exp([window[k] @ shown[at] for k in real])
                found[at] = (scores / scores.sum()) @ window[real]
            shown = np.tanh(np.concatenate([found, shown], 1) @ np.asarray(own.looker.kernel))
        answers.append(shown @ kernel + bias)
        said = answers[-1]
        if fit.classes:
            said = np.exp(said) / np.exp(said).sum(1, keepdims=True)
    return np.stack(answers, 1)


def is_padding(window, step, steps, fit):
    """Whether a step of the memory, perhaps of several of the window, is made of padding only."""
    each = -(-len(window) // steps)
    end = len(window) - (steps - 1 - step) * each
    return fit.padding is not None and (window[max(0, end - each) : end] == fit.padding).all()


@pytest.mark.parametrize("form", ["decoder", "padded decoder"])
@pytest.mark.parametrize("name", [one for one in NETWORKS if "decoder" in NETWORKS[one]])
def test_a_decoder_begins_with_the_states_and_hears_its_own_answers(name, form):
    fit, asked = FITS[form], NETWORKS[name]
    model, given = built(fit, **asked), inputs(fit)
    architecture = Architecture(**{"units": 4, **asked})
    wanted = decoded(model, given, architecture, fit)
    np.testing.assert_allclose(model(given), wanted, rtol=1e-4, atol=1e-5)
    assert np.abs(wanted[0] - wanted[-1]).max() > 1e-3


@pytest.mark.parametrize("form", ["decoder", "padded decoder"])
@pytest.mark.parametrize("name", [one for one in NETWORKS if "teacher_forcing" in NETWORKS[one]])
def test_a_taught_decoder_hears_true_answers_in_training_alone(name, form):
    from autolstm.models.decoder import teaching

    fit, asked = FITS[form], NETWORKS[name]
    model, given = built(fit, **asked), inputs(fit)
    architecture = Architecture(**{"units": 4, **asked})
    rng = np.random.default_rng(1)
    heard = rng.normal(size=(len(given), *fit.output)).astype(np.float32)
    told = heard
    if fit.classes:
        told = rng.integers(fit.outputs, size=(len(given), fit.steps))
        heard = np.eye(fit.outputs, dtype=np.float32)[told]
    with teaching(model, told):
        taught, free = (np.asarray(model(given, training=one)) for one in (True, False))
    wanted = decoded(model, given, architecture, fit, heard)
    np.testing.assert_allclose(taught, wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(taught[:, 0], free[:, 0])
    assert np.abs(taught - free)[:, 1:].max() > 1e-3
    # Nothing is heard any more when the lesson is over.
    np.testing.assert_array_equal(model(given, training=True), model(given))
    np.testing.assert_array_equal(model(given), free)


def test_a_decoder_draws_dropout_once_a_pass():
    model = built(FITS["decoder"], decoder="state", dropout=0.5, recurrent_dropout=0.5, units=16)
    given = inputs(FITS["decoder"])
    first, second = (np.asarray(model(given, training=True)) for _ in range(2))
    assert np.abs(first - second).max() > 1e-3
    np.testing.assert_array_equal(model(given), model(given))
