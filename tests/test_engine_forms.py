"""The contract of every engine, for every form of network, loss, weight and padding."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from labelled_fits import (
    FORMS,
    LOSSES,
    SYMBOLS,
    TRAIN,
    VALID,
    WINDOW,
    Stock,
    problem,
    settings,
)
from tiny_fits import ENGINES, shared_engine

from autolstm.errors import SettingError
from autolstm.prepare import Part, Windows
from autolstm.shapes import Shapes

pytestmark = pytest.mark.slow

SEEDS = (11, 12)
KINDS = {
    "plain": {},
    "weighted": {"weighted": True},
    "padded": {"padded": True},
    "weighted, padded": {"weighted": True, "padded": True},
    "embedded": {"symbols": SYMBOLS},
    "embedded, padded": {"symbols": SYMBOLS, "padded": True},
    "embedded, weighted, padded": {"symbols": SYMBOLS, "weighted": True, "padded": True},
}
# Every form with every loss, and with every kind: the loss does not know the network's entrance.
MATRIX = [
    *((form, loss, "weighted, padded") for form in FORMS for loss in LOSSES),
    *((form, "cross_entropy", kind) for form in FORMS for kind in KINDS if "embed" in kind),
    *((form, "squared", kind) for form in FORMS for kind in ("plain", "weighted", "padded")),
]


@pytest.fixture(params=ENGINES)
def engine(request):
    return shared_engine(request.param)


def losses(run):
    """Train to the end; return losses of shape (epochs, 2, R)."""
    return np.array([(one.train_loss, one.valid_loss) for one in run])


@cache
def stock(form, measured, kind, seed, **knobs):
    """Return losses, and outputs of the validation windows, of stock Keras."""
    twin = Stock(problem(form, measured, **KINDS[kind]), settings(**knobs), seed)
    found = twin.train()
    return found, twin.respond(twin.data.valid, np.arange(VALID)).numpy()


def check_against_stock(engine, form, measured, kind, **knobs):
    data = problem(form, measured, **KINDS[kind])
    run = engine.start(data, settings(**knobs), SEEDS)
    found = losses(run)
    out = run.predict(data.valid.origins, data.valid.lengths)
    assert out.shape == (2, VALID, *data.shapes.output)
    expected, wanted = stock(form, measured, kind, SEEDS[1], **knobs)
    np.testing.assert_allclose(found[:, :, 1], expected, rtol=2e-5)
    if np.argmin(expected[:, 1]) == len(expected) - 1:
        np.testing.assert_allclose(out[1], wanted, rtol=1e-3, atol=1e-4)
    return run


@pytest.mark.parametrize(("form", "loss", "kind"), MATRIX)
def test_every_kind_is_trained_as_stock_keras_does(engine, form, loss, kind):
    check_against_stock(engine, form, loss, kind)


@pytest.mark.parametrize(
    ("loss", "measured"), [("mse", "pinball90"), ("mae", "squared"), ("huber", "squared")]
)
def test_what_is_minimised_is_not_what_is_told(engine, loss, measured):
    check_against_stock(engine, "steps", measured, "weighted, padded", loss=loss)


@pytest.mark.parametrize("form", FORMS)
def test_layers_are_stacked_in_every_form(engine, form):
    check_against_stock(engine, form, "cross_entropy", "padded", layers=2)


def test_compiled_by_xla_nothing_changes(monkeypatch):
    from autolstm.train import plan
    from autolstm.train.compiled import CompiledEngine

    monkeypatch.setattr(plan, "WORTH_COMPILING", 0)
    engine = CompiledEngine()
    for form, loss, kind in [
        ("vector", "cross_entropy", "embedded, weighted, padded"),
        ("steps", "huber", "weighted, padded"),
        ("decoder", "cross_entropy", "weighted"),
    ]:
        run = check_against_stock(engine, form, loss, kind)
        assert run.cost().engine == "compiled"
        assert run._layout.compiled


def test_early_stopping_follows_what_is_told(engine):
    asked = settings(loss="mae", epochs=60, patience=2, learning_rate=0.1)
    run = engine.start(problem("vector"), asked, SEEDS)
    epochs = list(run)
    valid = np.array([one.valid_loss for one in epochs])
    assert len(epochs) < 60
    np.testing.assert_array_equal(epochs[-1].best_loss, np.nanmin(valid, axis=0))
    assert not epochs[-1].running.any()


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_classes_take_cross_entropy_only(engine, loss):
    message = (
        rf"training\.loss = '{loss}' is not accepted where classes are learnt: it measures "
        r"numbers\. It takes auto there, which is cross-entropy\. Leave training\.loss out, or "
        r"set it to auto\."
    )
    with pytest.raises(SettingError, match=message):
        engine.start(problem("vector", "cross_entropy"), settings(loss=loss), SEEDS)


# Padding and weights ------------------------------------------------------------------------


@pytest.mark.parametrize("symbols", [0, SYMBOLS])
@pytest.mark.parametrize("form", FORMS)
def test_padding_is_invisible(engine, form, symbols):
    """A sequence alone, in a window of its own length, gives what it gives padded."""
    from autolstm.models import build

    data, asked = problem(form, padded=True, symbols=symbols), settings(layers=2)
    run = engine.start(data, asked, SEEDS)
    list(run)
    origins, lengths = data.train.origins, data.train.lengths
    assert set(lengths) == set(range(1, WINDOW + 1))
    out = run.predict(origins, lengths)
    for length in range(1, WINDOW + 1):
        alone = replace(data.shapes, window=length, padding=None)
        model = build(asked.architecture, alone, seed=0)
        rows = np.flatnonzero(lengths == length)
        inputs = np.stack([data.series[at + 1 - length : at + 1] for at in origins[rows]])
        for r, weights in enumerate(run.weights()):
            model.set_weights(weights)
            seen = out[r, rows, -length:] if form == "steps" else out[r, rows]
            np.testing.assert_allclose(seen, model(inputs), rtol=1e-4, atol=1e-6)


def test_the_sequence_before_is_not_seen(engine):
    data = problem("vector", padded=True)
    # Every second sequence is another one; those between must not notice.
    both = np.concatenate([data.train.lengths, data.valid.lengths])
    other = np.repeat(np.arange(len(both)) % 2 == 1, both)
    changed = np.where(other[:, None], data.series + 100, data.series)
    kept = Part(*(one[::2] for one in (data.train.origins, data.train.targets)), None)
    kept = replace(kept, lengths=data.train.lengths[::2])
    runs = [
        engine.start(replace(data, series=series, train=kept, valid=kept), settings(), SEEDS)
        for series in (data.series, changed)
    ]
    np.testing.assert_array_equal(*map(losses, runs))


@pytest.mark.parametrize("loss", ["squared", "cross_entropy"])
@pytest.mark.parametrize("form", FORMS)
def test_a_weight_of_zero_makes_a_target_irrelevant(engine, form, loss):
    data = problem(form, loss, weighted=True)
    parts = {}
    for name, part in (("train", data.train), ("valid", data.valid)):
        assert (part.weights == 0).any()
        nonsense = np.where(np.arange(part.targets.size) % 2, np.nan, -1e9)
        parts[name] = replace(
            part,
            targets=np.where(
                part.weights == 0, nonsense.reshape(part.targets.shape), part.targets
            ).astype(np.float32),
        )
    runs = [engine.start(one, settings(), SEEDS) for one in (data, replace(data, **parts))]
    found = list(map(losses, runs))
    assert np.isfinite(found[0]).all()
    np.testing.assert_array_equal(*found)
    for one, other in zip(runs[0].weights(), runs[1].weights(), strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("form", FORMS)
def test_weights_of_one_and_whole_lengths_change_nothing(engine, form):
    """One part with weights or lengths makes a program that serves the other without."""
    plain = replace(problem(form), shapes=replace(problem(form).shapes, padding=-9.0))
    ones, whole = np.ones_like(plain.train.targets), np.full(TRAIN, WINDOW, np.int32)
    train = Part(plain.train.origins, plain.train.targets, ones, whole)
    found = [
        losses(engine.start(one, settings(), SEEDS))
        for one in (plain, replace(plain, train=train))
    ]
    np.testing.assert_allclose(*found, rtol=1e-5)


# Forecasts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["plain", "padded", "embedded, padded"])
@pytest.mark.parametrize("form", FORMS)
def test_responses_are_predictions_of_the_same_windows(engine, form, kind):
    data = problem(form, **KINDS[kind])
    run = engine.start(data, settings(), SEEDS)
    list(run)
    origins, lengths = data.train.origins, data.train.lengths
    expected = run.predict(origins, lengths)
    inputs = data.inputs(origins, lengths)
    found = run.respond(np.stack([inputs, inputs]))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    # Each replicate is given its own.
    found = run.respond(np.stack([inputs, inputs[::-1]]))
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[1, ::-1], expected[1], rtol=1e-5, atol=1e-6)
    assert run.respond(np.stack([inputs, inputs])[:, :0]).shape == (2, 0, *data.shapes.output)
    assert run.predict(origins[:0]).shape == (2, 0, *data.shapes.output)


def test_responses_come_in_bounded_pieces(engine, monkeypatch):
    from autolstm.train import forecast

    data, asked = problem("steps", padded=True), settings()
    run = engine.start(data, asked, SEEDS)
    list(run)
    origins, lengths = data.train.origins, data.train.lengths
    whole = run.predict(origins, lengths)
    inputs = np.stack([data.inputs(origins, lengths)] * 2)
    if engine.name == "compiled":
        monkeypatch.setattr(forecast, "NUMBERS_AT_ONCE", 3 * WINDOW * 2 * 64)
    else:
        run._program = replace(run._program, room=3)
    np.testing.assert_allclose(run.predict(origins, lengths), whole, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(run.respond(inputs), whole, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_the_networks_of_a_tuned_model_respond_alike(engine, form, monkeypatch):
    from autolstm.tuned import network

    data, asked = problem(form, padded=True, symbols=SYMBOLS), settings()
    run = engine.start(data, asked, SEEDS)
    list(run)
    inputs = data.inputs(data.train.origins, data.train.lengths)
    expected = run.predict(data.train.origins, data.train.lengths)
    for room in (network.NUMBERS_AT_ONCE, 3 * WINDOW * 3):
        monkeypatch.setattr(network, "NUMBERS_AT_ONCE", room)
        networks = network.Networks(asked.architecture, data.shapes, run.weights())
        for r in range(2):
            found = networks.respond(r, inputs)
            np.testing.assert_allclose(found, expected[r], rtol=1e-4, atol=1e-6)
            one = networks.forecast(r, inputs[3])
            np.testing.assert_allclose(one, expected[r, 3], rtol=1e-4, atol=1e-6)
    assert networks.respond(0, inputs[:0]).shape == (0, *data.shapes.output)


# Tiny problems are learnt ---------------------------------------------------------------------


def signs():
    """Tell whether the sum of three numbers is positive."""
    rng = np.random.default_rng(1)
    inputs = rng.choice([-1.0, 1.0], (40, 3, 1)) * rng.uniform(0.5, 1.0, (40, 1, 1))
    labels = (inputs.sum((1, 2)) > 0).astype(float)
    return inputs, labels, Shapes(3, 1, 2), "cross_entropy"


def echo():
    """Say at every step what was seen one step before."""
    rng = np.random.default_rng(2)
    inputs = rng.choice([-1.0, 1.0], (40, 4, 1))
    before = np.concatenate([np.zeros((40, 1, 1)), inputs[:, :-1]], 1)
    return inputs, before, Shapes(4, 1, 1, "steps"), "squared"


def reversal():
    """Say three symbols in the reverse order."""
    codes = np.stack(np.meshgrid(*[[1, 2, 3]] * 3, indexing="ij"), -1).reshape(-1, 3)
    fit = Shapes(3, 1, 3, "decoder", steps=3, padding=0.0, symbols=4)
    return codes[..., None], codes[:, ::-1] - 1, fit, "cross_entropy"


@pytest.mark.parametrize("make", [signs, echo, reversal])
def test_tiny_problems_are_learnt(engine, make):
    inputs, targets, fit, loss = make()
    count = len(inputs)
    series = inputs.reshape(-1, 1).astype(np.float32)
    origins = (np.arange(1, count + 1) * fit.window - 1).astype(np.int32)
    part = Part(origins, targets.astype(np.float32))
    data = Windows(series, fit, part, part, 1.0, loss, most=count)
    asked = settings(
        window=fit.window,
        units=16,
        epochs=200,
        batch_size=9,
        learning_rate=0.02,
        patience=200,
        embedding=4,
    )
    epochs = list(engine.start(data, asked, SEEDS))
    assert (epochs[0].valid_loss > 0.2).all()
    assert (epochs[-1].best_loss < 0.02).all()


def test_keras_squares_gradients_of_repeated_symbols_one_by_one():
    """Why both engines sum up an embedding's gradient first, as Adam (2015) is defined.

    Should this fail, Keras has mended it, and the sums may go.
    """
    from autolstm.models.backend import keras, tf

    moments = []
    for gradient in (
        tf.IndexedSlices(tf.constant([[1.0], [1.0]]), tf.constant([0, 0]), tf.constant([2, 1])),
        tf.constant([[2.0], [0.0]]),
    ):
        variable, adam = keras.Variable(np.zeros((2, 1), np.float32)), keras.optimizers.Adam()
        adam.build([variable])
        adam.apply([gradient], [variable])
        moments.append([float(one.numpy()[0, 0]) for one in adam.variables[2:]])
    np.testing.assert_allclose(moments, [[0.2, 0.002], [0.2, 0.004]], rtol=1e-3)
