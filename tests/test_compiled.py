"""What the compiled engine does beyond the contract of all engines (`test_engine.py`)."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_fits import series, tiny, windows

from autolstm.errors import OutOfMemory
from autolstm.prepare import Part

pytestmark = pytest.mark.slow

SEEDS = (11, 12, 13, 14, 15)


def made(**options):
    from autolstm.train.compiled import CompiledEngine

    return CompiledEngine(**options)


def trained(engine, settings, data, seeds=SEEDS):
    """Return the run and its losses, shape (epochs, 2, R)."""
    run = engine.start(data, settings, seeds)
    return run, np.array([(one.train_loss, one.valid_loss) for one in run])


@pytest.fixture(scope="module")
def engine():
    return made(threads=1)


@pytest.fixture
def counted(engine, monkeypatch):
    """Count the programs that are made."""
    from autolstm.train import chunk

    built = []
    build = chunk.build

    def counting(*given, **named):
        built.append(named)
        return build(*given, **named)

    monkeypatch.setattr(chunk, "build", counting)
    return built


@pytest.mark.parametrize("jit", [False, True])
def test_compiled_or_not_the_reference_engine_agrees(jit, monkeypatch):
    from autolstm.train import plan
    from autolstm.train.reference import ReferenceEngine

    monkeypatch.setattr(plan, "WORTH_COMPILING", 0)
    settings = tiny(layers=2, batch_size=7, epochs=6)
    data = windows(settings, series(columns=2), horizon=2)
    run, losses = trained(made(threads=2, jit=jit), settings, data)
    twin, expected = trained(ReferenceEngine(), settings, data)
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    origins = data.valid.origins
    np.testing.assert_allclose(run.predict(origins), twin.predict(origins), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    "changed",
    [
        {"learning_rate": 0.05},
        {"dropout": 0.3},
        {"recurrent_dropout": 0.4},
        {"scale": "minmax01"},
        {"patience": 2, "min_delta": 0.1},
        {"schedule": "cosine", "decay": 0.5, "decay_epochs": 2, "warmup": 1},
        {"schedule": "plateau", "decay_epochs": 1},
        {"finetune": 2, "finetune_factor": 0.5, "patience": 1},
        {"clip_norm": 5.0},
        {"clip_value": 0.5},
        {"shuffle": False},
    ],
)
def test_numbers_never_make_a_new_program(engine, counted, changed):
    first = {"dropout": 0.1, "recurrent_dropout": 0.1}
    trained(engine, tiny(**first), windows(tiny(**first)))
    before = len(counted)
    settings = tiny(**{**first, **changed})
    trained(engine, settings, windows(settings))
    assert len(counted) == before


def test_the_optimiser_is_a_number_too(counted):
    engine = made(threads=1)
    for changed in (
        {},
        {"optimizer": "rmsprop"},
        {"optimizer": "sgd", "momentum": 0.0},
        {"optimizer": "sgd", "momentum": 0.9},
        {"optimizer": "sgd", "nesterov": True},
        {"optimizer": "adamw", "weight_decay": 0.1},
        {"optimizer": "adagrad"},
        {"dropout": 0.0},
        {"dropout": 0.4},
        {"epochs": 7},
    ):
        settings = tiny(**changed)
        trained(engine, settings, windows(settings))
    assert len(counted) == 1


def test_a_fit_without_validation_shares_the_program_of_one_with_it(counted):
    engine, settings, data = made(threads=1), tiny(), windows(tiny())
    trained(engine, settings, data)
    none = Part(data.valid.origins[:0], data.valid.targets[:0])
    blind = replace(data, valid=none)
    _, shared = trained(engine, settings, blind)
    assert len(counted) == 1
    _, alone = trained(made(threads=1), settings, blind)
    assert len(counted) == 2
    np.testing.assert_allclose(shared, alone, rtol=1e-5)


def test_another_structure_makes_another_program(counted):
    engine = made(threads=1, programs=2)
    for units in (2, 3, 4, 3, 2):
        trained(engine, tiny(units=units, epochs=1), windows(tiny()))
    # Two are kept: 3 is still there when it comes again, 2 is not.
    assert len(counted) == 4


def test_the_number_of_threads_changes_rounding_only():
    settings = tiny(dropout=0.2, epochs=5)
    data = windows(settings)
    one, two, five = (trained(made(threads=n), settings, data)[1] for n in (1, 2, 5))
    np.testing.assert_allclose(two, one, rtol=1e-5)
    np.testing.assert_allclose(five, one, rtol=1e-5)


def test_whoever_forecasts_again_and_again_trains_nothing_again(monkeypatch):
    """As recursive forecasts do, perhaps from an epoch that a group has left behind."""
    engine, settings = made(threads=1), tiny(epochs=40, patience=40)
    data = windows(settings)
    run = engine.start(data, settings, SEEDS)
    for epoch in run:
        if epoch.number == 2:
            break
    inputs = np.stack([data.inputs(data.valid.origins)] * len(SEEDS))
    first = run.respond(inputs)
    worked = []
    monkeypatch.setattr(run, "_run", lambda *given: worked.append(given))
    np.testing.assert_array_equal(run.respond(inputs), first)
    assert not worked
    monkeypatch.undo()
    next(iter(run))
    assert (run.respond(inputs) != first).any()


def test_few_windows_of_many_rows_make_small_programs(counted):
    """Labelled sequences have one window each, whatever their length and the preparation."""
    from labelled_fits import problem
    from labelled_fits import settings as labelled

    data = problem("vector", "cross_entropy", padded=True)
    engine, asked = made(threads=1), labelled(epochs=1)
    plain = engine.start(data, asked, SEEDS[:2])
    sized = engine.start(replace(data, most=20), asked, SEEDS[:2])
    rows = len(data.series)
    assert rows > 40
    assert plain._layout.shape.steps == -(-rows // 6)
    assert (sized._layout.shape.steps, sized._layout.shape.valid_steps) == (4, 4)
    assert len(counted) == 2
    # Fewer windows of the same data train in the same program.
    fewer = replace(
        data,
        train=Part(*(one[:9] for one in (data.train.origins, data.train.targets)), None),
        most=20,
    )
    fewer = replace(fewer, train=replace(fewer.train, lengths=data.train.lengths[:9]))
    trained(engine, asked, fewer, SEEDS[:2])
    assert len(counted) == 2


@pytest.mark.parametrize(
    "changed", [{"weighted": True}, {"padded": True}, {"loss": "cross_entropy"}, {"symbols": 4}]
)
def test_what_a_fit_does_not_need_is_not_in_its_program(counted, changed):
    from labelled_fits import problem
    from labelled_fits import settings as labelled

    engine, asked = made(threads=1), labelled(epochs=1)
    engine.start(problem("vector"), asked, SEEDS[:2])
    held = next(iter(engine._programs.values())).shape
    assert (held.weighted, held.padded, held.trained) == (False, False, "squared")
    engine.start(problem("vector", **changed), asked, SEEDS[:2])
    assert len(counted) == 2


def test_what_cannot_be_compiled_is_trained_by_the_reference_engine(monkeypatch):
    from autolstm.train import compiled
    from autolstm.train.lowering import Unsupported

    def refuse(model):
        raise Unsupported("the layer 'mine' (Mine) cannot be compiled")

    monkeypatch.setattr(compiled, "Network", refuse)
    run, losses = trained(made(), tiny(epochs=2), windows(tiny()))
    assert np.isfinite(losses).all()
    assert run.cost().engine == "reference: the layer 'mine' (Mine) cannot be compiled"


def test_the_cost_names_the_engine(engine):
    run, _ = trained(engine, tiny(epochs=1), windows(tiny()))
    cost = run.cost()
    assert (cost.engine, cost.parameters) == ("compiled", 4 * 3 * (1 + 3 + 1) + 4)
    assert cost.trace_seconds > 0
    assert cost.train_seconds > 0


def test_without_xla_the_same_program_runs_as_a_graph(monkeypatch, tmp_path):
    """A machine without XLA fails when it compiles; nobody notices."""
    from autolstm.models import xla_cache
    from autolstm.models.backend import tf
    from autolstm.train import chunk, plan

    monkeypatch.setattr(plan, "WORTH_COMPILING", 0)
    monkeypatch.setenv(xla_cache.SWITCH, str(tmp_path))
    build, asked = chunk.build, []

    def without(network, rule, shape, *, jit):
        asked.append(jit)
        if not jit:
            return build(network, rule, shape, jit=jit)

        def fail(*given):
            raise tf.errors.UnimplementedError(None, None, "no XLA here")

        return fail

    monkeypatch.setattr(chunk, "build", without)
    _, losses = trained(made(), tiny(epochs=2), windows(tiny()))
    assert np.isfinite(losses).all()
    assert asked == [True, True, False]


def test_groups_shrink_until_they_fit(monkeypatch):
    from autolstm.train import plan

    settings, data = tiny(epochs=2), windows(tiny())
    _, expected = trained(made(threads=1), settings, data)
    engine = made(threads=1)
    model_bytes = []
    real = plan.bytes_of

    def measured(model, shape):
        model_bytes.append((shape.replicates, real(model, shape)))
        return real(model, shape)

    monkeypatch.setattr(plan, "bytes_of", measured)
    engine.start(data, settings, SEEDS)
    per_group = dict(model_bytes)
    assert list(per_group) == [plan.TOGETHER]
    monkeypatch.setattr(plan, "free", lambda: per_group[plan.TOGETHER] / plan.SHARE - 1)
    run, losses = trained(engine, settings, data)
    assert run._layout.shape.replicates < plan.TOGETHER
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


def test_what_does_not_fit_at_all_is_said(monkeypatch):
    from autolstm.train import plan

    monkeypatch.setattr(plan, "free", lambda: 1000)
    with pytest.raises(OutOfMemory, match=r"One fit needs about .* GiB .* Narrow architecture"):
        made().start(windows(tiny()), tiny(), SEEDS)


def test_a_single_replicate_with_several_columns():
    """oneDNN's product of broadcast batches is wrong for this, and breaks the heap."""
    from autolstm.train.reference import ReferenceEngine

    settings = tiny(layers=2, epochs=3)
    data = windows(settings, series(columns=3))
    _, losses = trained(made(), settings, data, SEEDS[:1])
    _, expected = trained(ReferenceEngine(), settings, data, SEEDS[:1])
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
