"""A function of arrays, traced and compiled, in a TensorFlow session of its own.

Why not simply call a `tf.function`? What XLA has compiled for one stays in memory until the
process ends, about 20 MiB for every structure; a session gives it back when it is let go. And a
`tf.function` is named by a counter of the whole process, which XLA's cache on disk takes into its
keys: a program would be found again only by a process that traced the same programs before. Here
names come from the program alone.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any
from weakref import finalize

import numpy as np

from autolstm.models.backend import tf

__all__ = ["Executable"]

_TRACING = Lock()


class Executable:
    """A function of nested numpy arrays to nested numpy arrays.

    It is traced when it is called first, for arrays of these shapes and types, and compiled with
    it. Many threads may call it at the same time.

    Args:
        function: Of nested tensors to nested tensors.
        jit: Whether XLA compiles it; else it runs as a plain graph.
    """

    def __init__(self, function: Callable[..., Any], *, jit: bool) -> None:
        self._function: Callable[..., Any] | None = function
        self._jit = jit
        self._call: Any = None
        self._outputs: Any = None

    def __call__(self, *given: Any) -> Any:
        """Run it.

        Args:
            given: As many nests of arrays as the function takes.

        Raises:
            tf.errors.OpError: It cannot be compiled, or it fails.
        """
        arrays = [np.asarray(one) for one in tf.nest.flatten(given)]
        if self._call is None:
            with _TRACING:
                self._make(tf.nest.pack_sequence_as(given, arrays))
        return tf.nest.pack_sequence_as(self._outputs, self._call(*arrays))

    def _make(self, given: Any) -> None:
        if self._call is not None:
            return  # somebody else has, meanwhile
        inner = tf.function(self._function, jit_compile=self._jit, autograph=False)
        # The outer function is the graph that calls the compiled one.
        outer = tf.function(lambda *every: inner(*every), autograph=False)
        with _gradients_forgotten():
            traced = outer.get_concrete_function(*tf.nest.map_structure(_spec, given))
        inputs, outputs = (
            [one.name for one in every] for every in (traced.inputs, traced.outputs)
        )
        graph = tf.Graph()
        with graph.as_default():
            tf.import_graph_def(_named_anew(traced.graph.as_graph_def()), name="")
        options = tf.compat.v1.ConfigProto(allow_soft_placement=True)
        options.gpu_options.allow_growth = True
        session = tf.compat.v1.Session(graph=graph, config=options)
        # Memory is given back when the program goes, not when Python next looks for cycles.
        finalize(self, session.close)
        self._outputs = tf.nest.map_structure(lambda _: 0, traced.structured_outputs)
        self._call = session.make_callable(outputs, inputs)
        self._function = None


def _spec(array: np.ndarray) -> Any:
    return tf.TensorSpec(array.shape, array.dtype)


@contextmanager
def _gradients_forgotten() -> Iterator[None]:
    """Take back what `tf.custom_gradient` notes while a function is traced.

    It enters every traced gradient, and with it the whole graph, in a table of TensorFlow that is
    never emptied. The table serves `tf.gradients`, which nobody calls here.
    """
    from tensorflow.python.framework import ops

    table = getattr(getattr(ops, "gradient_registry", None), "_registry", {})
    before = set(table)
    try:
        yield
    finally:
        for name in set(table) - before:
            if name.startswith("CustomGradient-"):
                del table[name]


def _named_anew(graph: Any) -> Any:
    """Return a graph whose functions are named by the order in which they are first used."""
    found = {one.signature.name: one for one in graph.library.function}
    names: dict[str, str] = {}

    def visit(nodes: Iterable[Any]) -> None:
        for node in nodes:
            for called in _called(node):
                if called.name in found and called.name not in names:
                    names[called.name] = f"program_{len(names)}"
                    visit(found[called.name].node_def)

    def rename(nodes: Iterable[Any]) -> None:
        for node in nodes:
            # These name functions that were made for gradients and are not used any more.
            for stale in ("_gradient_op_type", "_forward_func_name", "_backward_func_name"):
                node.attr.pop(stale, None)
            for called in _called(node):
                called.name = names.get(called.name, called.name)

    visit(graph.node)
    fresh = tf.compat.v1.GraphDef()
    fresh.CopyFrom(graph)
    fresh.ClearField("library")
    rename(fresh.node)
    for old, new in names.items():
        function = fresh.library.function.add()
        function.CopyFrom(found[old])
        function.signature.name = new
        for stale in ("forward_function_name", "backward_function_name"):
            function.attr.pop(stale, None)
        rename(function.node_def)
    return fresh


def _called(node: Any) -> list[Any]:
    """Return the functions that a node calls, in a fixed order."""
    every = []
    for name in sorted(node.attr):
        value = node.attr[name]
        every += [value.func] if value.HasField("func") else list(value.list.func)
    return every
