"""What is particular to the reference engine: its traces, its memory, its faults."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_fits import series, shared_engine, tiny, windows

from autolstm.errors import OutOfMemory

pytestmark = pytest.mark.slow


@pytest.fixture
def engine():
    return shared_engine()


def losses(run):
    return np.array([(one.train_loss, one.valid_loss) for one in run])


def fail(error):
    def raising(*_args):
        raise error

    return raising


@pytest.mark.parametrize(
    "knobs",
    [
        {"optimizer": "adam", "dropout": 0.3},
        {"optimizer": "sgd", "momentum": 0.5, "learning_rate": 0.02},
        {"optimizer": "sgd", "momentum": 0.0},
    ],
)
def test_a_used_program_is_as_good_as_a_new_one(knobs):
    from autolstm.train.reference import ReferenceEngine

    wanted = tiny(**knobs)
    used, new = ReferenceEngine(), ReferenceEngine()
    # The same network with another rate, order, batch size, data and seeds, and another momentum.
    for other in ({"learning_rate": 0.5, "batch_size": 5, "difference": 1}, {"momentum": 0.9}):
        before = tiny(**{**knobs, **other})
        list(used.start(windows(before), before, (7, 8, 9)))
    runs = [one.start(windows(wanted), wanted, (1, 2)) for one in (used, new)]
    np.testing.assert_array_equal(losses(runs[0]), losses(runs[1]))
    for a, b in zip(runs[0].weights(), runs[1].weights(), strict=True):
        for left, right in zip(a, b, strict=True):
            np.testing.assert_array_equal(left, right)


def test_only_structure_is_traced_anew():
    from autolstm.train.reference import ReferenceEngine

    engine = ReferenceEngine()

    def programs(**knobs):
        settings = tiny(**knobs)
        engine.start(windows(settings), settings, (1,))
        return len(engine._programs)

    assert programs() == 1
    alike = ({"learning_rate": 0.1}, {"batch_size": 3}, {"scale": "none"}, {"difference": 1})
    assert [programs(**one) for one in (*alike, {"momentum": 0.1}, {"epochs": 2})] == [1] * 6
    assert [programs(units=4), programs(optimizer="sgd")] == [2, 3]
    assert programs(optimizer="sgd", momentum=0.1) == 4


def test_traces_are_bounded():
    from autolstm.train.reference import ReferenceEngine

    engine = ReferenceEngine(programs=1)
    kept = []
    for units in (3, 4, 3):
        settings = tiny(units=units)
        engine.start(windows(settings), settings, (1,))
        kept.append(next(iter(engine._programs.values())))
    assert len(engine._programs) == 1
    assert kept[0] is not kept[2]


def test_a_run_goes_on_after_its_program_was_dropped_or_used():
    from autolstm.train.reference import ReferenceEngine

    engine = ReferenceEngine(programs=1)
    settings, wider = tiny(), tiny(units=4)
    whole = losses(engine.start(windows(settings), settings, (1, 2)))
    run = engine.start(windows(settings), settings, (1, 2))
    stream = iter(run)
    next(stream)
    list(engine.start(windows(settings), settings, (5,)))
    list(engine.start(windows(wider), wider, (5,)))
    np.testing.assert_array_equal(losses(stream), whole[1:])


def test_windows_are_forecast_in_bounded_batches(engine, monkeypatch):
    from autolstm.train import program
    from autolstm.train.reference import ReferenceEngine

    settings = tiny()
    data = windows(settings, series(), horizon=2)
    whole = engine.start(data, settings, (1, 2))
    monkeypatch.setattr(program, "NUMBERS_AT_ONCE", 3 * 4 * (1 + 3))
    small = ReferenceEngine().start(data, settings, (1, 2))
    assert small._program.room == 3
    np.testing.assert_allclose(losses(small), losses(whole), rtol=1e-5)
    origins = np.arange(3, 38)
    forecasts = small.predict(origins)
    assert forecasts.shape == (2, 35, 2)
    np.testing.assert_allclose(forecasts, whole.predict(origins), rtol=1e-4, atol=1e-6)
    assert small.predict(origins[:0]).shape == (2, 0, 2)


def memory_errors():
    from autolstm.models.backend import tf

    return [
        tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor"),
        tf.errors.InternalError(None, None, "Failed to allocate 12 bytes"),
        MemoryError(),
    ]


@pytest.mark.parametrize("which", range(3))
def test_memory_that_runs_out_is_said(engine, which, monkeypatch):
    from autolstm.train import reference

    error = memory_errors()[which]
    message = (
        r"ran out of memory with 1 x 3 units, 4 rows x 1 columns in a window and batches of 8\. "
        r"Narrow architecture\.units, .* or training\.batch_size\."
    )
    settings = tiny()
    data = windows(settings)
    run = engine.start(data, settings, (1, 2))
    run._program = replace(run._program, epoch=fail(error), forecast=fail(error))
    with pytest.raises(OutOfMemory, match=message):
        next(iter(run))
    with pytest.raises(OutOfMemory, match=message):
        run.predict(data.valid.origins)
    monkeypatch.setattr(reference.programs, "trace", fail(error))
    with pytest.raises(OutOfMemory, match=message):
        reference.ReferenceEngine().start(data, settings, (1, 2))
    monkeypatch.setattr(reference.programs, "arrays", fail(error))
    with pytest.raises(OutOfMemory, match=message):
        engine.start(data, settings, (1, 2))


def test_other_errors_are_not_taken_for_a_lack_of_memory(engine):
    from autolstm.models.backend import tf

    settings = tiny()
    run = engine.start(windows(settings), settings, (1,))
    error = tf.errors.InternalError(None, None, "something else")
    run._program = replace(run._program, epoch=fail(error))
    with pytest.raises(tf.errors.InternalError, match="something else"):
        next(iter(run))


def test_an_interrupt_passes_through(engine):
    settings = tiny()
    data = windows(settings)
    run = engine.start(data, settings, (1, 2))
    before = run.weights()
    run._program = replace(run._program, epoch=fail(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        next(iter(run))
    for a, b in zip(before[0], run.weights()[0], strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_second_run_of_a_structure_traces_nothing(engine):
    settings = tiny()
    first = engine.start(windows(settings), settings, (1,))
    list(first)
    epoch = first._program.epoch
    again = tiny(batch_size=5, learning_rate=0.1)
    list(engine.start(windows(again), again, (3, 4)))
    assert epoch.experimental_get_tracing_count() == 1


def test_what_was_dropped_stays_out():
    from autolstm.train.stopping import EarlyStopping

    stopping = EarlyStopping(2, patience=9)
    stopping.drop(np.array([False, True]))
    assert stopping.running.tolist() == [True, False]
    assert stopping.see(1, np.array([1.0, 1.0])).tolist() == [True, False]


def test_one_that_diverges_leaves_the_others_alone(engine):
    """Its weights of the last good epoch stay; the others train to their end."""
    settings = tiny(epochs=6)
    data = windows(settings)
    whole = losses(engine.start(data, settings, (1, 2)))
    run = engine.start(data, settings, (1, 2))
    stream = iter(run)
    first = next(stream)
    good = run.weights()[1]
    run._states[1] = [one * np.nan if one.dtype.is_floating else one for one in run._states[1]]
    rest = list(stream)
    assert first.running.all()
    assert [one.running.tolist() for one in rest] == [[True, False]] * 5
    np.testing.assert_array_equal([one.valid_loss[0] for one in rest], whole[1:, 1, 0])
    for a, b in zip(good, run.weights()[1], strict=True):
        np.testing.assert_array_equal(a, b)
