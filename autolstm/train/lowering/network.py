"""A whole Keras model, lowered: its graph is walked once, its weights are arguments."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autolstm.models.backend import keras, tf
from autolstm.models.decoder import Decoder
from autolstm.train.lowering.base import Call, Lowered, Signal, Unsupported, lower

__all__ = ["Network"]


class Network:
    """A Keras model as a function of R replicates.

    Args:
        model: Sequential or functional, with one input and one output.

    Attributes:
        model: The model itself.
        trained: Its trainable variables.
        kept: Its other variables that are data, such as moving averages; no seeds.
        rates: Dropout rate of every mask that is drawn, by its layer's name and its kind.
        penalties: L1 and L2 factor of every trainable variable, shape (2,), by its path.
        states: Sizes of the states that every stateful layer carries on, by its name.

    Raises:
        Unsupported: A layer, or an option of one, has no lowered form.
    """

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self.trained = list(model.trainable_weights)
        self.kept = list(model.non_trainable_weights)
        layers = [one for one in model._flatten_layers() if not isinstance(one, keras.Model)]
        self._names = {id(one): f"{place}" for place, one in enumerate(layers)}
        # Lowered before the first pass, so that what is not supported is known at once.
        self._graph = _graph_of(model)
        self._steps = _steps_of(self._graph)
        self.rates = _rates(layers, self._names)
        self.penalties = _penalties(self.trained)
        carrying = (one for one in layers if hasattr(one, "cell") and one.stateful)
        self.states = {self._names[id(one)]: list(one.state_size) for one in carrying}
        _check_shared(self._steps)
        _check_variables([*self.trained, *self.kept], self.trained)

    @property
    def paths(self) -> list[str]:
        """Names of all variables, the trained ones first."""
        return [one.path for one in (*self.trained, *self.kept)]

    def __call__(self, call: Call, signal: Signal) -> Signal:
        """Pass a signal through all layers.

        Args:
            call: The pass.
            signal: Windows, shape (T, R or 1, B, F). To a model of `Input((T,))` their only
                column is given as a vector.
        """
        call.names = self._names
        entrance = self._graph.inputs[0]
        if len(entrance.shape) == 2 and signal.steps:
            if signal.value.shape[-1] != 1:
                raise Unsupported("a model without a feature axis takes windows of one column")
            signal = Signal(tf.transpose(signal.value[..., 0], [1, 2, 0]), steps=False)
        table = {id(entrance): signal}
        for step in self._steps:
            args, kwargs = step.arguments.fill_in(table)
            found = step.lowered(call, *args, **_inputs_only(kwargs))
            outputs = [found] if isinstance(found, Signal) else found
            table.update(zip(map(id, step.outputs), outputs, strict=True))
        return table[id(self._graph.outputs[0])]

    def begun(self, replicates: int, batch: int) -> dict[str, list[Any]]:
        """Return states of zero for every stateful layer, each of shape (R, batch, units)."""
        return {
            name: [tf.zeros([replicates, batch, size]) for size in sizes]
            for name, sizes in self.states.items()
        }

    def penalty(self, weights: Mapping[str, Any], factors: Any) -> Any:
        """Return the L1 and L2 penalties, summed over replicates.

        Args:
            weights: Value of every variable by its path, shape (R, ...).
            factors: Shape (variables with a penalty, 2): L1 and L2.
        """
        total = tf.zeros(())
        for place, path in enumerate(self.penalties):
            value = weights[path]
            l1, l2 = factors[place, 0], factors[place, 1]
            total += l1 * tf.reduce_sum(tf.abs(value)) + l2 * tf.reduce_sum(tf.square(value))
        return total


@dataclass(frozen=True, eq=False, slots=True)
class _Step:
    """One use of a layer.

    Attributes:
        layer: The layer.
        lowered: Its lowered form.
        arguments: Which of Keras's symbolic tensors it is given.
        outputs: Which ones it makes.
    """

    layer: keras.layers.Layer
    lowered: Lowered
    arguments: Any
    outputs: Sequence[Any]


def _graph_of(model: keras.Model) -> Any:
    """Return the graph of layers."""
    graph = getattr(model, "_functional", None) or model
    kind = type(model)
    if not hasattr(graph, "_nodes_by_depth") or kind.__module__.split(".")[0] != "keras":
        raise Unsupported(f"the model {model.name!r} ({kind.__name__}) is no graph of layers")
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise Unsupported(f"the model {model.name!r} has several inputs or outputs")
    return graph


def _steps_of(graph: Any) -> list[_Step]:
    """Return the uses of layers in the order in which they can be computed."""
    steps, lowered, odd = [], {}, {}
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            layer = node.operation
            if node.is_input:
                continue
            if not isinstance(layer, keras.layers.Layer):
                # Keras computes masks by operations between the layers; here signals carry them.
                odd.update(dict.fromkeys(map(id, node.outputs), layer.name))
                continue
            _check_arguments(layer, node.arguments, odd)
            if id(layer) not in lowered:
                lowered[id(layer)] = lower(layer)
            steps.append(_Step(layer, lowered[id(layer)], node.arguments, node.outputs))
    for one in graph.outputs:
        if id(one) in odd:
            raise Unsupported(f"the operation {odd[id(one)]!r} cannot be compiled")
    return steps


def _check_arguments(layer: keras.layers.Layer, arguments: Any, odd: dict[int, str]) -> None:
    """Raise unless a layer is given outputs of layers, and the mask that Keras itself gives."""
    args, kwargs = arguments.args, arguments.kwargs
    given, masks = (_listed(one) for one in (args[:1], kwargs.get("mask")))
    masks = [(place, one) for place, one in enumerate(masks) if one is not None]
    states = len(args) > 1 or kwargs.get("initial_state") is not None
    own = [getattr(one, "_keras_mask", None) for one in given]
    if masks and (states or any(one is not own[place] for place, one in masks)):
        raise Unsupported(f"the mask that is given to {layer.name!r} cannot be compiled")
    # A model tells its layers whether it trains, whatever they were told while it was built.
    known = {"mask", "initial_state", "training"}
    if not args or any(one is not None for name, one in kwargs.items() if name not in known):
        raise Unsupported(f"the way in which {layer.name!r} is called cannot be compiled")
    for one in arguments.keras_tensors:
        if id(one) in odd and all(one is not mask for _, mask in masks):
            raise Unsupported(f"the operation {odd[id(one)]!r} cannot be compiled")


def _listed(given: Any) -> list[Any]:
    """Return one thing, or what stands in nested lists, as one list."""
    if isinstance(given, (list, tuple)):
        return [found for one in given for found in _listed(one)]
    return [given]


def _inputs_only(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in kwargs.items() if name == "initial_state"}


def _rates(layers: Sequence[keras.layers.Layer], names: dict[int, str]) -> dict[str, float]:
    """Return the dropout rate of every mask that is drawn, by its name and kind.

    A mask for the inputs of a recurrent layer costs next to nothing, so it is drawn at a rate of
    zero too, and trials with and without dropout share a program.
    """
    rates: dict[str, float] = {}
    cells = {id(one): one.cell for one in layers if hasattr(one, "cell")}
    for decoder in layers:
        if isinstance(decoder, Decoder):
            cells |= {id(cell): cell for cell in decoder.cells}
    for layer in layers:
        if isinstance(layer, keras.layers.Dropout):
            own = {"dropout": layer.rate}
        elif id(layer) in cells:
            cell, kinds = cells[id(layer)], ("dropout", "recurrent_dropout")
            own = {kind: getattr(cell, kind) for kind in kinds if hasattr(cell, kind)}
        else:
            continue
        if max(own.values(), default=0) >= 1:
            raise Unsupported(f"the layer {layer.name!r} drops everything")
        for kind, rate in own.items():
            if rate or (kind == "dropout" and id(layer) in cells):
                rates[f"{names[id(layer)]}/{kind}"] = float(rate)
    return rates


def _penalties(trained: Sequence[keras.Variable]) -> dict[str, np.ndarray]:
    """Return the L1 and L2 factors of regularised variables, by path."""
    factors = {}
    for variable in trained:
        rule = getattr(variable, "regularizer", None)
        if rule is None:
            continue
        kinds = (keras.regularizers.L1, keras.regularizers.L2, keras.regularizers.L1L2)
        if type(rule) not in kinds:
            raise Unsupported(f"the regulariser {type(rule).__name__} cannot be compiled")
        both = [float(getattr(rule, kind, 0.0)) for kind in ("l1", "l2")]
        factors[variable.path] = np.array(both, np.float32)
    return factors


def _check_shared(steps: Sequence[_Step]) -> None:
    """Raise where a layer that is used twice would draw, count or carry states twice."""
    uses = Counter(id(step.layer) for step in steps)
    for layer in (step.layer for step in steps if uses[id(step.layer)] > 1):
        for one in layer._flatten_layers():
            drops = [getattr(one, kind, 0) for kind in ("rate", "dropout", "recurrent_dropout")]
            drops.append(getattr(one, "stateful", False))
            if any(drops) or isinstance(one, keras.layers.BatchNormalization):
                raise Unsupported(f"the layer {layer.name!r} is used twice, it cannot be compiled")


def _check_variables(variables: Sequence[keras.Variable], trained: Sequence[Any]) -> None:
    if len({one.path for one in variables}) < len(variables):
        raise Unsupported("two weights of the model have one name")
    for one in trained:
        if getattr(one, "constraint", None) is not None:
            raise Unsupported(f"the constraint of {one.path!r} cannot be compiled")
