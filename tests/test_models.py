"""Models: shapes, sizes, and seeds that decide everything."""

import os
import random
import subprocess
import sys

import numpy as np
import pytest

from autolstm.settings import Architecture
from autolstm.shapes import Shapes

pytestmark = pytest.mark.slow

TABLE = [
    # layers, units, window, features, horizon
    (1, 1, 1, 1, 1),
    (1, 8, 12, 1, 1),
    (2, 5, 3, 2, 4),
    (3, 2, 6, 4, 7),
]


def built(layers=1, units=3, window=4, features=1, horizon=1, seed=1, fit=None, **more):
    from autolstm.models import build

    shape = Architecture(layers=layers, units=units, **more)
    return build(shape, fit or Shapes(window, features, horizon), seed=seed)


FITS = {
    "steps": Shapes(4, 2, 3, "steps"),
    "decoder": Shapes(4, 2, 3, "decoder", steps=5),
    "one to many": Shapes(1, 2, 3, "decoder", steps=5),
    "masked": Shapes(4, 2, 3, padding=-9.0),
    "embedded": Shapes(4, 1, 3, symbols=6),
    "embedded and masked": Shapes(4, 1, 3, "steps", padding=0.0, symbols=6),
}
"""Shapes beyond the usual ones."""


def lstm(inputs, units):
    """Count weights: four gates, each with input weights, recurrent weights and a bias."""
    return 4 * units * (inputs + units + 1)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("name", FITS)
def test_shapes_and_sizes_of_other_forms(name, layers):
    fit, units = FITS[name], 4
    model = built(layers, units, fit=fit, embedding=7)
    inputs = np.random.default_rng(0).integers(1, 6, (2, fit.window, fit.features))
    assert model(inputs.astype(np.float32)).shape == (2, *fit.output)
    seen = 7 if fit.symbols else fit.features
    wanted = lstm(seen, units) + (layers - 1) * lstm(units, units) + 3 * (units + 1)
    wanted += layers * lstm(units, units) if fit.form == "decoder" else 0
    assert model.count_params() == wanted + 7 * fit.symbols


@pytest.mark.parametrize("name", ["decoder", "embedded and masked"])
def test_a_seed_decides_every_weight_of_other_forms(name):
    fit = FITS[name]
    one, same, other = (built(2, seed=seed, fit=fit).get_weights() for seed in (1, 1, 2))
    for a, b, c in zip(one, same, other, strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.ndim == 1 or not np.array_equal(a, c)  # biases begin alike
    recurrent = [a for a in one if a.shape == (3, 12)]
    assert len({a.tobytes() for a in recurrent}) == len(recurrent) >= 2


def test_a_decoder_says_what_it_is_shown_at_every_step():
    """Outputs differ from step to step, for the decoder has a memory, and between windows."""
    model = built(fit=FITS["decoder"], units=8)
    out = model(np.random.default_rng(0).normal(size=(2, 4, 2)).astype(np.float32)).numpy()
    assert np.abs(np.diff(out, axis=1)).min() > 1e-6
    assert np.abs(out[0] - out[1]).max() > 1e-3


@pytest.mark.parametrize(("layers", "units", "window", "features", "horizon"), TABLE)
def test_shapes_and_sizes(layers, units, window, features, horizon):
    model = built(layers, units, window, features, horizon)
    assert model(np.zeros((5, window, features), np.float32)).shape == (5, horizon)
    # Four gates, each with input weights, recurrent weights and a bias.
    first = 4 * units * (features + units + 1)
    further = 4 * units * (units + units + 1)
    assert model.count_params() == first + (layers - 1) * further + horizon * (units + 1)


def test_a_seed_decides_every_weight():
    one, same, other = (built(layers=2, seed=seed).get_weights() for seed in (1, 1, 2))
    for a, b, c in zip(one, same, other, strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.ndim == 1 or not np.array_equal(a, c)  # biases begin alike
    assert not np.array_equal(one[1], one[4]), "the layers must not be copies of each other"


def test_a_seed_decides_every_dropout_mask():
    window = np.ones((1, 4, 1), np.float32)

    def twice(seed):
        model = built(dropout=0.5, recurrent_dropout=0.5, units=16, seed=seed)
        return [float(model(window, training=True)[0, 0]) for _ in range(2)]

    assert twice(1) == twice(1)
    assert twice(1)[0] != twice(1)[1]


def test_dropout_is_off_in_forecasts():
    window = np.ones((1, 4, 1), np.float32)
    dropped, plain = built(dropout=0.5, recurrent_dropout=0.5), built()
    np.testing.assert_array_equal(dropped(window), plain(window))


def test_no_global_random_state_is_touched():
    from autolstm.models.backend import keras

    keras.utils.set_random_seed(3)
    before = random.getstate(), np.random.get_state()[1].tolist()
    expected = keras.random.normal((3,))
    keras.utils.set_random_seed(3)
    built(dropout=0.5)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before
    np.testing.assert_array_equal(keras.random.normal((3,)), expected)


def test_every_model_of_a_shape_has_the_same_names():
    one, other = built().get_config(), built().get_config()
    assert [a["config"]["name"] for a in one["layers"]] == ["window", "lstm_1", "output"]
    assert [a["config"]["name"] for a in other["layers"]] == ["window", "lstm_1", "output"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (None, "--xla_backend_optimization_level=2"),
        ("--xla_dump_to=", "--xla_dump_to= --xla_backend_optimization_level=2"),
        ("--xla_backend_optimization_level=0", "--xla_backend_optimization_level=0"),
    ],
)
def test_whoever_tells_xla_otherwise_is_heard(said, told):
    code = "import os, autolstm.models.backend; print(os.environ['XLA_FLAGS'])"
    environment = {name: one for name, one in os.environ.items() if name != "XLA_FLAGS"}
    environment |= {"XLA_FLAGS": said} if said is not None else {}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == told
