"""Every network that a study can choose, lowered: as Keras computes it, whatever the form."""

import itertools

import numpy as np
import pytest
from lowering_twins import Twins, close, ragged, sequential
from network_samples import NETWORKS, fitting
from test_lowering import given_masks

from autolstm.models import build
from autolstm.models.backend import keras
from autolstm.models.decoder import Decoder
from autolstm.models.front import LastPooling, MaskedConvolution
from autolstm.settings import Architecture
from autolstm.shapes import Shapes
from autolstm.train.lowering import Network, Unsupported, structure

L = keras.layers
pytestmark = pytest.mark.slow

FITS = {
    "vector": Shapes(5, 3, 2),
    "steps": Shapes(5, 3, 2, "steps"),
    "decoder": Shapes(5, 3, 2, "decoder", steps=3),
    "masked vector": Shapes(5, 3, 2, padding=0.0),
    "masked steps": Shapes(5, 3, 2, "steps", padding=0.0),
    "masked decoder": Shapes(5, 3, 2, "decoder", steps=3, padding=0.0, classes=True),
}
EVERY = [(name, fit) for name in NETWORKS for fit in FITS if fitting(name, FITS[fit].form)]


def twins(fit, **asked):
    seeds = itertools.count()
    architecture = Architecture(**{"units": 4, **asked})
    made = Twins(lambda: build(architecture, fit, seed=next(seeds)))
    made.x = made.x if fit.padding is None else ragged(made.x)
    return made


@pytest.mark.parametrize(("name", "form"), EVERY)
def test_forecasts(name, form):
    twins(FITS[form], **NETWORKS[name]).check()


@pytest.mark.parametrize("form", FITS)
@pytest.mark.parametrize("name", ["batch", "attention gru"])
def test_training(name, form):
    if fitting(name, FITS[form].form):
        twins(FITS[form], **NETWORKS[name]).check(training=True)


@pytest.mark.parametrize("drops", [(0.3, 0.0), (0.3, 0.4)])
@pytest.mark.parametrize("name", ["both directions", "state", "attention", "attention gru"])
def test_dropout(name, drops, monkeypatch):
    """Inputs and states of a decoder's cells are dropped like those of any recurrent layer."""
    fit = FITS["masked decoder"]
    made = twins(fit, dropout=drops[0], recurrent_dropout=drops[1], **NETWORKS[name])
    value, grads, dx, call = made.lowered(training=True)
    assert call.masks.keys() == made.network.rates.keys()
    layers = NETWORKS[name].get("layers", 1)
    both = 2 if NETWORKS[name].get("bidirectional") else 1
    assert len(call.masks) == (both + 1) * layers * (2 if drops[1] else 1)
    for r, model in enumerate(made.models):
        pairs = zip(model._flatten_layers(), made.models[0]._flatten_layers(), strict=True)
        names = {id(mine): call.names.get(id(first)) for mine, first in pairs}
        with given_masks(monkeypatch, model, call.masks, names, r):
            out, wanted, wanted_dx = made.keras(r, training=True)
        assert close(value[r], out) < 1e-5
        assert close(dx[r], wanted_dx) < 1e-5
        for found, grad in zip(grads, wanted, strict=True):
            assert close(found[r], grad) < 1e-5


# What a program is compiled for ---------------------------------------------------------------


def told(fit=FITS["decoder"], seed=0, **asked):
    architecture = Architecture(**{"units": 4, "decoder": "state", **asked})
    return structure(build(architecture, fit, seed=seed))


@pytest.mark.parametrize(
    "asked",
    [
        {"seed": 5},
        {"dropout": 0.3},
        {"forget_bias": 0},
        {"kernel_init": "he_normal"},
        {"recurrent_init": "uniform"},
    ],
)
def test_first_weights_and_rates_make_no_other_program(asked):
    assert told(**asked) == told()


def test_penalties_make_one_other_program():
    groups = ("kernel", "recurrent", "bias")
    knobs = [f"{power}_{group}" for power in ("l1", "l2") for group in groups]
    found = {told(**{knob: value}) for knob in knobs for value in (0.1, 0.2)}
    found.add(told(**dict.fromkeys(knobs, 0.3)))
    assert len(found) == 1
    assert told(**dict.fromkeys(knobs, 0.0)) == told() not in found


def test_penalties_are_told():
    made = Network(
        build(Architecture(units=4, l1_kernel=0.1, l2_bias=0.2), FITS["vector"], seed=0)
    )
    told = {path.rpartition("/")[2]: one.tolist() for path, one in made.penalties.items()}
    wanted = {"kernel": [0.1, 0], "recurrent_kernel": [0, 0], "bias": [0, 0.2]}
    assert told.keys() == wanted.keys()
    for name, both in wanted.items():
        assert told[name] == pytest.approx(both)


@pytest.mark.parametrize(
    "asked",
    [
        {"cell": "gru"},
        {"attention": True},
        {"units": 5},
        {"bidirectional": True},
        {"recurrent_dropout": 0.1},
        {"filters": 2},
        {"normalise": "layer", "layers": 2},
        {"activation": "relu"},
    ],
)
def test_another_network_makes_another_program(asked):
    assert told(**asked) != told()


# What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        lambda: L.SimpleRNNCell(4, name="odd"),
        lambda: L.LSTMCell(4, use_bias=False, name="odd"),
        lambda: L.GRUCell(4, reset_after=False, name="odd"),
    ],
)
def test_a_decoder_of_other_cells_is_refused(cell):
    start = keras.Input((5, 4))
    made = cell()
    states = [L.LSTM(4)(start) for _ in range(2 if isinstance(made, L.LSTMCell) else 1)]
    model = keras.Model(start, Decoder([made], L.Dense(2), 3)(states))
    with pytest.raises(Unsupported, match="the cell 'odd' of a decoder cannot be compiled"):
        Network(model)


@pytest.mark.parametrize(
    ("speaker", "looker"),
    [
        (lambda: L.Dense(2, activation="relu"), lambda: None),
        (lambda: L.Dense(2, use_bias=False), lambda: None),
        (lambda: L.Dense(2), lambda: L.Dense(4, activation="tanh")),
        (lambda: L.Dense(2), lambda: L.Dense(4, use_bias=False)),
    ],
)
def test_a_decoder_that_speaks_otherwise_is_refused(speaker, looker):
    start = keras.Input((5, 4))
    memory, state = L.GRU(4, return_sequences=True, return_state=True)(start)
    made = Decoder([L.GRUCell(4)], speaker(), 3, looker=looker(), name="odd")
    model = keras.Model(start, made([memory, state] if made.looker else [state]))
    with pytest.raises(Unsupported, match="the answers of 'odd' cannot be compiled"):
        Network(model)


def test_masks_that_are_given_to_a_decoder_are_refused():
    start = keras.Input((5, 4))
    masked = L.Masking()(start)
    out, *states = L.LSTM(4, return_sequences=True, return_state=True)(masked)
    decoder = Decoder([L.LSTMCell(4)], L.Dense(2), 3, looker=L.Dense(4, "tanh", use_bias=False))
    other = L.Masking(1.0)(start)._keras_mask
    model = keras.Model(start, decoder([out, *states], mask=[other, None, None]))
    with pytest.raises(Unsupported, match="the mask that is given to .* cannot be compiled"):
        Network(model)


# Layers that Keras does not have -----------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("masked", [False, True])
def test_pooling(size, masked):
    first = [L.Masking] if masked else []
    made = Twins(
        sequential(
            *first,
            lambda: MaskedConvolution(4, 2, padding="causal", activation="relu"),
            lambda: LastPooling(size),
            lambda: L.GRU(3, return_sequences=True),
            lambda: L.LSTM(3),
        )
    )
    made.x = ragged(made.x) if masked else made.x
    made.check()


def test_equals_share_the_gradient_of_pooling():
    made = Twins(sequential(lambda: LastPooling(2), lambda: L.Dense(2)))
    made.x = np.abs(np.round(made.x)).astype(np.float32)
    made.check()
