"""Programs in sessions of their own: the same numbers, the same names, nothing left behind."""

import gc

import numpy as np
import pytest

from autolstm.models.backend import tf
from autolstm.train import executable
from autolstm.train.executable import Executable

pytestmark = pytest.mark.slow


def looped(state, count):
    """A function with a loop and a gradient of its own, as programs have."""

    @tf.custom_gradient
    def doubled(x):
        return 2 * x, lambda dy: 3 * dy

    def body(step, x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = doubled(x)
        return step + 1, y + tape.gradient(y, x)

    _, x = tf.while_loop(lambda step, _: step < count, body, (0, state["x"]))
    return {"x": x, "again": [x, count]}


def given(rows=3):
    return {"x": np.arange(rows, dtype=np.float32)}, np.int32(2)


@pytest.mark.parametrize("jit", [False, True])
def test_nests_of_arrays_go_in_and_come_out(jit):
    program = Executable(looped, jit=jit)
    for _ in range(2):
        found = program(*given())
        expected = 2 * (2 * np.arange(3) + 3) + 3
        np.testing.assert_array_equal(found["x"], expected)
        np.testing.assert_array_equal(found["again"][0], expected)
        assert found["again"][1] == 2


def test_names_do_not_depend_on_what_was_traced_before():
    """XLA's cache on disk finds a program by its names."""
    seen = []
    original = executable._named_anew
    for _ in range(2):
        program = Executable(looped, jit=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                executable, "_named_anew", lambda graph: seen.append(original(graph)) or seen[-1]
            )
            program(*given())
    first, second = ({one.signature.name for one in graph.library.function} for graph in seen)
    assert first == second
    assert all(name.startswith("program_") for name in first)


def test_a_program_that_goes_takes_everything_with_it():
    """Graphs, gradients and sessions: what stayed would add up over the trials of a study."""
    from tensorflow.python.framework import ops

    def graphs():
        gc.collect()
        return sum(isinstance(one, tf.Graph) for one in gc.get_objects())

    table = ops.gradient_registry._registry
    noted, before = len(table), graphs()
    program = Executable(looped, jit=False)
    program(*given())
    assert len(table) == noted
    assert graphs() > before
    del program
    assert graphs() <= before


def test_errors_are_those_of_tensorflow():
    program = Executable(lambda x: tf.debugging.check_numerics(x, "bad"), jit=False)
    with pytest.raises(tf.errors.InvalidArgumentError):
        program(np.array([np.nan], np.float32))
