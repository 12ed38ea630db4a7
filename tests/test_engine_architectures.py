"""The contract of every engine, for every network that a study can choose."""

import numpy as np
import pytest
from labelled_fits import problem, settings
from network_samples import NETWORKS
from test_compiled import counted, engine, trained  # noqa: F401  (fixtures)
from test_engine_forms import SEEDS, check_against_stock, losses
from tiny_fits import ENGINES, shared_engine, tiny, windows

pytestmark = pytest.mark.slow

FITS = {
    "both directions": ("steps", "cross_entropy", "weighted, padded"),
    "pooled": ("vector", "squared", "padded"),
    "batch": ("steps", "squared", "padded"),
    "state gru": ("decoder", "squared", "weighted"),
    "attention": ("decoder", "cross_entropy", "weighted, padded"),
    "taught": ("decoder", "squared", "plain"),
    "taught, attention": ("decoder", "cross_entropy", "weighted, padded"),
    "penalties": ("vector", "squared", "plain"),
}
"""Networks with what engines have to do for them; `test_lowering_architectures` has them all."""


@pytest.mark.parametrize("of", ENGINES)
@pytest.mark.parametrize("name", FITS)
def test_networks_are_trained_as_stock_keras_does(name, of):
    run = check_against_stock(shared_engine(of), *FITS[name], **NETWORKS[name])
    assert run.cost().engine == of  # no network that a study can choose falls back
    for weights in run.weights():
        assert all(np.isfinite(one).all() for one in weights)


def test_compiled_by_xla_nothing_changes(monkeypatch):
    """Loops of a decoder run inside others there, and are differentiated."""
    from autolstm.train import plan
    from autolstm.train.compiled import CompiledEngine

    monkeypatch.setattr(plan, "WORTH_COMPILING", 0)
    run = check_against_stock(CompiledEngine(), *FITS["attention"], **NETWORKS["attention"])
    assert run.cost().engine == "compiled"
    assert run._layout.compiled


@pytest.mark.parametrize("of", ENGINES)
def test_dropout_of_a_decoder_acts_in_training_only(of):
    knobs = {"decoder": "state", "epochs": 1}
    asked = settings(dropout=0.4, recurrent_dropout=0.3, **knobs)
    data = problem("decoder", padded=True)
    run, again, other = (
        shared_engine(of).start(data, asked, seeds) for seeds in (SEEDS, SEEDS, (3, 4))
    )
    first = losses(run)
    np.testing.assert_array_equal(first, losses(again))
    assert np.abs(first - losses(other)).max() > 1e-4
    plain = losses(shared_engine(of).start(data, settings(**knobs), SEEDS))
    assert np.abs(first - plain).max() > 1e-4
    out = [one.predict(data.valid.origins, data.valid.lengths) for one in (run, run, again)]
    np.testing.assert_array_equal(out[0], out[1])
    np.testing.assert_array_equal(out[0], out[2])


def test_penalties_are_numbers_of_one_program(engine, counted):  # noqa: F811
    knobs = [f"{power}_{one}" for power in ("l1", "l2") for one in ("kernel", "recurrent", "bias")]
    found = []
    for asked in ({one: 0.05} for one in knobs):
        found.append(trained(engine, tiny(**asked), windows(tiny()))[1])
    assert len(counted) == 1
    assert len({one.tobytes() for one in found}) == len(knobs)


def test_penalties_make_weights_small():
    def size(**asked):
        run = shared_engine("compiled").start(
            problem("vector"), settings(epochs=8, **asked), SEEDS
        )
        list(run)
        return [sum(float(np.abs(one).sum()) for one in weights[:2]) for weights in run.weights()]

    free, held = size(), size(l2_kernel=1.0, l1_recurrent=1.0)
    assert all(one < 0.9 * other for one, other in zip(held, free, strict=True))


# Sizes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_more_of_everything_needs_more_memory(name):
    from autolstm.models import build
    from autolstm.train.plan import bytes_of, plan

    form = "decoder" if "decoder" in NETWORKS[name] else "vector"
    data = problem(form, padded=True)

    def needed(**more):
        asked = settings(**{**NETWORKS[name], **more})
        model = build(asked.architecture, data.shapes, seed=0)
        layout = plan(model, data, asked.training, 2, 1)
        return bytes_of(model, layout.shape)

    assert needed(units=64) > 1.5 * needed(units=8) > needed()
