"""One network and its optimiser, traced once: a function from state to state.

A state is the value of every variable of the network (weights, dropout seeds) and of the
optimiser (slots, step count). Batch size, order of the batches, learning rates and all data are
arguments too, so a trace serves every trial whose network and optimiser are alike.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autolstm.models.backend import keras, tf
from autolstm.models.decoder import teaching
from autolstm.models.states import answered, lanes_of, reset, walked
from autolstm.prepare.windows import Part, Windows
from autolstm.settings import Settings
from autolstm.shapes import Shapes
from autolstm.train.losses import Loss, loss_named, trained_loss
from autolstm.train.program_name import program_name

__all__ = [
    "Program",
    "State",
    "structure",
    "trace",
]

State = list[tf.Tensor]
Data = tuple[tf.Tensor, dict[str, tf.Tensor], dict[str, tf.Tensor]]

NUMBERS_AT_ONCE = 2**22
"""Numbers (16 MiB) that one layer may hold while windows are forecast, which bounds memory."""


@dataclass(frozen=True, eq=False, slots=True)
class Program:
    """A traced network. Its variables belong to whichever call runs: one call at a time.

    Attributes:
        name: Told apart by it from programs of another structure.
        model: The network.
        optimizer: Its optimiser.
        untouched: What the optimiser's variables hold before the first step.
        room: Windows that are forecast at once.
        epoch: Function of (state, order, batch size, rate of every batch, data) to (training loss,
            validation loss, state); data are those of `arrays`, losses are on the prepared scale.
        forecast: Function of (weights, windows) to outputs, shape (n, *output).
    """

    name: str
    model: keras.Model
    optimizer: keras.optimizers.Optimizer
    untouched: tuple[tf.Tensor, ...]
    room: int
    epoch: Any
    forecast: Any

    def state(self, donor: keras.Model) -> State:
        """Return the state in which training begins from the weights of ``donor``."""
        return [*_values(donor.variables), *self.untouched]

    def returned(self, state: State, network: State) -> State:
        """Return a state with the weights of another network; draws of dropout and slots stay."""
        wanted = {id(one) for one in self.model.weights}
        held = [
            best if id(variable) in wanted else now
            for variable, best, now in zip(
                self.model.variables, network, self.network(state), strict=True
            )
        ]
        return [*held, *state[len(held) :]]

    def network(self, state: State) -> State:
        """Return the part of a state that belongs to the network."""
        return state[: len(self.model.variables)]

    def weights(self, network: State) -> list[np.ndarray]:
        """Return a network's weights as `keras.Model.set_weights` takes them."""
        wanted = {id(one) for one in self.model.weights}
        pairs = zip(self.model.variables, network, strict=True)
        return [value.numpy() for variable, value in pairs if id(variable) in wanted]

    def respond(
        self, network: State, inputs: Callable[[slice], np.ndarray], count: int
    ) -> np.ndarray:
        """Forecast any number of windows in bounded memory, shape (n, *output).

        Windows of a network that carries its states on are all that it is to see, in order.

        Args:
            network: Whose weights count.
            inputs: Gives some of the windows, shape (n, window, features).
            count: How many there are.
        """
        reset(self.model)
        parts = (slice(at, at + self.room) for at in range(0, max(1, count), self.room))
        given = (tf.constant(inputs(part), tf.float32) for part in parts)
        return np.concatenate([self.forecast(network, one).numpy() for one in given])


def structure(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    settings: Settings,
    windows: Windows,
) -> str:
    """Name everything that a trace cannot change any more; seeds and learning rate it can."""

    def fixed(node: Any) -> Any:
        if isinstance(node, dict):
            return {k: fixed(v) for k, v in node.items() if k not in ("seed", "learning_rate")}
        return [fixed(one) for one in node] if isinstance(node, (list, tuple)) else node

    losses = [trained_loss(settings.training, windows), windows.loss]
    kind = [*losses, windows.weighted, windows.padded]
    parts = [model.get_config(), optimizer.get_config(), kind]
    return json.dumps(fixed(parts), sort_keys=True, default=str)


def arrays(windows: Windows) -> Data:
    """Hand the data to TensorFlow: the series, and origins, targets and so on of both parts.

    Weights and lengths are left out where no part has any.
    """

    def told(part: Part) -> dict[str, tf.Tensor]:
        held = {"origins": tf.constant(part.origins), "targets": tf.constant(part.told)}
        if windows.weighted:
            own = np.ones_like(part.targets) if part.weights is None else part.weights
            held["weights"] = tf.constant(own)
        if windows.padded:
            whole = np.full(len(part), windows.window, np.int32)
            held["lengths"] = tf.constant(whole if part.lengths is None else part.lengths)
        return held

    return tf.constant(windows.series), told(windows.train), told(windows.valid)


def trace(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    settings: Settings,
    windows: Windows,
) -> Program:
    """Trace a network with its optimiser, and let TensorFlow optimise the graph."""
    optimizer.build(model.trainable_variables)
    numbers = windows.window * (windows.features + max(settings.architecture.sizes))
    lanes = lanes_of(model) or 1
    room = max(1, NUMBERS_AT_ONCE // numbers // lanes) * lanes
    untouched = _values(optimizer.variables)
    work = _Work(
        model,
        optimizer,
        windows.shapes,
        loss_named(trained_loss(settings.training, windows)),
        loss_named(windows.loss),
    )
    series, *parts = arrays(windows)
    epoch = work.traced(room, [series, *parts])
    # An epoch without windows trains nothing, but makes everything ready for the first one.
    nothing = [{name: one[:0] for name, one in part.items()} for part in parts]
    first = [*_values(model.variables), *untouched]
    epoch(first, np.zeros(0, np.int32), 1, np.zeros(0, np.float32), series, *nothing)
    name = program_name(structure(model, optimizer, settings, windows))
    return Program(name, model, optimizer, tuple(untouched), room, epoch, _forecast(model))


@dataclass(frozen=True, eq=False, slots=True)
class _Work:
    """An epoch of training and the validation after it.

    Attributes:
        model: The network.
        optimizer: Its optimiser.
        shapes: What the network is given.
        trained: The loss that is minimised.
        measured: The loss that is told.
    """

    model: keras.Model
    optimizer: keras.optimizers.Optimizer
    shapes: Shapes
    trained: Loss
    measured: Loss

    def traced(self, room: int, data: Any) -> Any:
        """Return an epoch on data like these, ``room`` windows of which are validated at once."""
        variables = [*self.model.variables, *self.optimizer.variables]
        room = lanes_of(self.model) or room

        def epoch(
            state: State, order: Any, batch: Any, rates: Any, series: Any, train: Any, valid: Any
        ) -> tuple[Any, Any, State]:
            _assign(variables, state)
            reset(self.model)
            total, missed = tf.zeros(()), tf.zeros(())
            for start in tf.range(0, tf.size(order), batch):
                chosen = order[start : start + batch]
                self.optimizer.learning_rate.assign(rates[start // batch])
                loss = self._step(series, {name: tf.gather(train[name], chosen) for name in train})
                total += loss * tf.cast(tf.size(chosen), tf.float32)
            for start in tf.range(0, tf.size(valid["origins"]), room):
                part = {name: valid[name][start : start + room] for name in valid}
                found = self._answers(series, part, training=False)
                loss = _mean(self.measured, found, part)
                missed += loss * tf.cast(tf.size(part["origins"]), tf.float32)
            trained = total / tf.cast(tf.size(order), tf.float32)
            return (
                trained,
                missed / tf.cast(tf.size(valid["origins"]), tf.float32),
                _values(variables),
            )

        loose = tf.nest.map_structure(lambda x: tf.TensorSpec([None, *x.shape[1:]], x.dtype), data)
        rows, rates = (tf.TensorSpec([None], kind) for kind in (tf.int32, tf.float32))
        given = [_specs(variables), rows, tf.TensorSpec([], tf.int32), rates, *loose]
        return tf.function(epoch, input_signature=given)

    def _step(self, series: Any, part: Any) -> Any:
        """Update the weights by one batch; return its measured loss."""
        with tf.GradientTape() as tape, teaching(self.model, part["targets"]):
            found = self._answers(series, part, training=True)
            loss = _mean(self.trained, found, part)
            total = tf.add_n([loss, *self.model.losses])
        # An embedding's gradient is a list of rows, each of which Keras's optimisers would square
        # by itself where a symbol is there several times; the gradient is their sum.
        gradients = [
            tf.convert_to_tensor(one)
            for one in tape.gradient(total, self.model.trainable_variables)
        ]
        self.optimizer.apply(gradients, self.model.trainable_variables)
        return loss if self.trained is self.measured else _mean(self.measured, found, part)

    def _answers(self, series: Any, part: Any, *, training: bool) -> Any:
        """Pass the windows of a batch through the network, shape (n, *output)."""
        inputs = self._inputs(series, part)
        if lanes_of(self.model) is None:
            return self.model(inputs, training=training)
        return answered(self.model, inputs, training=training)

    def _inputs(self, series: Any, part: Any) -> Any:
        """Gather windows, shape (n, window, features)."""
        back = np.arange(1 - self.shapes.window, 1, dtype=np.int32)[None, :]
        inputs = tf.gather(series, tf.maximum(part["origins"][:, None] + back, 0))
        if "lengths" not in part:
            return inputs
        there = back > -part["lengths"][:, None]
        return tf.where(there[..., None], inputs, np.float32(self.shapes.padding))


def _mean(loss: Loss, found: Any, part: Any) -> Any:
    """Return the mean over windows and elements of what a loss gives, weighted."""
    losses = loss(found, part["targets"])
    return tf.reduce_mean(losses * part["weights"] if "weights" in part else losses)


def _forecast(model: keras.Model) -> Any:
    """Define a forecast."""

    def forecast(network: State, inputs: tf.Tensor) -> tf.Tensor:
        _assign(model.variables, network)
        return model(inputs, training=False) if lanes is None else walked(model, inputs)

    lanes = lanes_of(model)
    windows = tf.TensorSpec([None, *model.input_shape[1:]], tf.float32)
    return tf.function(forecast, input_signature=[_specs(model.variables), windows])


def _values(variables: list[keras.Variable]) -> State:
    return [tf.identity(one.value) for one in variables]


def _assign(variables: list[keras.Variable], values: State) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _specs(variables: list[keras.Variable]) -> list[tf.TensorSpec]:
    return [tf.TensorSpec(one.shape, one.dtype) for one in variables]
