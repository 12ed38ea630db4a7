"""One network and its optimiser, traced once: a function from state to state.

A state is the value of every variable of the network (weights, dropout seeds) and of the
optimiser (slots, step count, learning rate). Batch size, order of the batches and all data are
arguments too, so a trace serves every trial whose network and optimiser are alike.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from autolstm.errors import OutOfMemory
from autolstm.models import build
from autolstm.models.backend import keras, tf
from autolstm.prepare.windows import Windows
from autolstm.seeding import child
from autolstm.settings import Settings, Training

__all__ = [
    "Program",
    "State",
    "fresh_models",
    "memory_watched",
    "new_optimizer",
    "structure",
    "trace",
]

State = list[tf.Tensor]

NUMBERS_AT_ONCE = 2**22
"""Numbers (16 MiB) that one layer may hold while windows are forecast, which bounds memory."""


@dataclass(frozen=True, eq=False, slots=True)
class Program:
    """A traced network. Its variables belong to whichever call runs: one call at a time.

    Attributes:
        model: The network.
        optimizer: Its optimiser.
        untouched: What the optimiser's variables hold before the first step.
        room: Windows that are forecast at once.
        epoch: Function of (state, order, batch size, data) to (training loss, validation loss,
            state); data are those of `arrays`, losses are on the prepared scale.
        forecast: Function of (weights, series, origins) to forecasts, shape (n, horizon).
    """

    model: keras.Model
    optimizer: keras.optimizers.Optimizer
    untouched: tuple[tf.Tensor, ...]
    room: int
    epoch: Any
    forecast: Any

    def state(self, donor: keras.Model, learning_rate: float) -> State:
        """Return the state in which training begins from the weights of ``donor``."""
        slots = list(self.untouched)
        # By identity: Keras variables compare elementwise, so `index` could find another one.
        rate = [one is self.optimizer.learning_rate for one in self.optimizer.variables].index(
            True
        )
        slots[rate] = tf.constant(learning_rate, slots[rate].dtype)
        return [*_values(donor.variables), *slots]

    def network(self, state: State) -> State:
        """Return the part of a state that belongs to the network."""
        return state[: len(self.model.variables)]

    def weights(self, network: State) -> list[np.ndarray]:
        """Return a network's weights as `keras.Model.set_weights` takes them."""
        wanted = {id(one) for one in self.model.weights}
        pairs = zip(self.model.variables, network, strict=True)
        return [value.numpy() for variable, value in pairs if id(variable) in wanted]

    def predict(self, network: State, series: tf.Tensor, origins: np.ndarray) -> np.ndarray:
        """Forecast any number of windows in bounded memory, shape (n, horizon)."""
        starts = range(0, max(1, len(origins)), self.room)
        chunks = [tf.constant(origins[start : start + self.room], tf.int32) for start in starts]
        return np.concatenate([self.forecast(network, series, one).numpy() for one in chunks])


@contextmanager
def memory_watched(windows: Windows, settings: Settings) -> Iterator[None]:
    """Translate every way in which TensorFlow runs out of memory into `OutOfMemory`."""
    try:
        yield
    except (tf.errors.ResourceExhaustedError, tf.errors.InternalError, MemoryError) as error:
        # TensorFlow reports some failed allocations of devices as internal errors.
        internal = isinstance(error, tf.errors.InternalError)
        if internal and not any(word in str(error).lower() for word in ("alloc", "memory")):
            raise
        shape, training = settings.architecture, settings.training
        raise OutOfMemory(
            f"TensorFlow ran out of memory with {shape.layers} x {shape.units} units, "
            f"{windows.window} rows x {windows.features} columns in a window and batches of "
            f"{training.batch_size}. Narrow architecture.units, architecture.layers, "
            f"preparation.window or training.batch_size."
        ) from error


def fresh_models(windows: Windows, settings: Settings, seeds: Sequence[int]) -> list[keras.Model]:
    """Build one network a seed: their weights are where training begins."""
    return [
        build(
            settings.architecture,
            window=windows.window,
            features=windows.features,
            horizon=windows.horizon,
            seed=child(seed, "model"),
        )
        for seed in seeds
    ]


def new_optimizer(training: Training) -> keras.optimizers.Optimizer:
    """Return a fresh optimiser with Keras's defaults for what has no knob."""
    # Named, because Keras would number it and no two structures would be alike.
    name, rate = training.optimizer, training.learning_rate
    match name:
        case "adam":
            return keras.optimizers.Adam(rate, name=name)
        case "rmsprop":
            return keras.optimizers.RMSprop(rate, name=name)
        case _:
            return keras.optimizers.SGD(rate, momentum=training.momentum, name=name)


def structure(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> str:
    """Name everything that a trace cannot change any more; seeds and learning rate it can."""

    def fixed(node: Any) -> Any:
        if isinstance(node, dict):
            return {k: fixed(v) for k, v in node.items() if k not in ("seed", "learning_rate")}
        return [fixed(one) for one in node] if isinstance(node, (list, tuple)) else node

    parts = [model.get_config(), optimizer.get_config()]
    return json.dumps(fixed(parts), sort_keys=True, default=str)


def arrays(windows: Windows) -> tuple[tf.Tensor, ...]:
    """Hand series, training origins and targets, validation origins and targets to TensorFlow."""
    return (
        tf.constant(windows.series),
        *(tf.constant(one) for one in (windows.train.origins, windows.train.targets)),
        *(tf.constant(one) for one in (windows.valid.origins, windows.valid.targets)),
    )


def trace(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    settings: Settings,
    windows: Windows,
) -> Program:
    """Trace a network with its optimiser, and let TensorFlow optimise the graph."""
    optimizer.build(model.trainable_variables)
    numbers = windows.window * (windows.features + settings.architecture.units)
    room = max(1, NUMBERS_AT_ONCE // numbers)
    untouched = _values(optimizer.variables)
    epoch = _epoch(model, optimizer, room)
    # An epoch without windows trains nothing, but makes everything ready for the first one.
    series, *parts = arrays(windows)
    nothing = np.zeros(0, np.int32)
    epoch([*_values(model.variables), *untouched], nothing, 1, series, *(p[:0] for p in parts))
    return Program(model, optimizer, tuple(untouched), room, epoch, _forecast(model))


def _epoch(model: keras.Model, optimizer: keras.optimizers.Optimizer, room: int) -> Any:
    """Define one epoch of training and the validation after it."""
    variables = [*model.variables, *optimizer.variables]
    window = model.input_shape[1]

    def epoch(
        state: State,
        order: tf.Tensor,
        batch: tf.Tensor,
        series: tf.Tensor,
        train_origins: tf.Tensor,
        train_targets: tf.Tensor,
        valid_origins: tf.Tensor,
        valid_targets: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor, State]:
        _assign(variables, state)
        total, squares = tf.zeros(()), tf.zeros(())
        for start in tf.range(0, tf.size(order), batch):
            chosen = order[start : start + batch]
            inputs = _gather(series, tf.gather(train_origins, chosen), window)
            loss = _step(model, optimizer, inputs, tf.gather(train_targets, chosen))
            total += loss * tf.cast(tf.size(chosen), tf.float32)
        for start in tf.range(0, tf.size(valid_origins), room):
            inputs = _gather(series, valid_origins[start : start + room], window)
            errors = model(inputs, training=False) - valid_targets[start : start + room]
            squares += tf.reduce_sum(tf.square(errors))
        train = total / tf.cast(tf.size(order), tf.float32)
        valid = squares / tf.cast(tf.size(valid_targets), tf.float32)
        return train, valid, _values(variables)

    rows, size = tf.TensorSpec([None], tf.int32), tf.TensorSpec([], tf.int32)
    part = [rows, tf.TensorSpec([None, *model.output_shape[1:]], tf.float32)]
    signature = [_specs(variables), rows, size, _series_spec(model), *part, *part]
    return tf.function(epoch, input_signature=signature)


def _step(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    inputs: tf.Tensor,
    targets: tf.Tensor,
) -> tf.Tensor:
    """Update the weights by one batch; return its mean squared error."""
    with tf.GradientTape() as tape:
        loss = keras.losses.MeanSquaredError()(targets, model(inputs, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply(gradients, model.trainable_variables)
    return loss


def _forecast(model: keras.Model) -> Any:
    """Define a forecast."""
    window = model.input_shape[1]

    def forecast(network: State, series: tf.Tensor, origins: tf.Tensor) -> tf.Tensor:
        _assign(model.variables, network)
        return model(_gather(series, origins, window), training=False)

    signature = [_specs(model.variables), _series_spec(model), tf.TensorSpec([None], tf.int32)]
    return tf.function(forecast, input_signature=signature)


def _values(variables: list[keras.Variable]) -> State:
    return [tf.identity(one.value) for one in variables]


def _assign(variables: list[keras.Variable], values: State) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _specs(variables: list[keras.Variable]) -> list[tf.TensorSpec]:
    return [tf.TensorSpec(one.shape, one.dtype) for one in variables]


def _series_spec(model: keras.Model) -> tf.TensorSpec:
    return tf.TensorSpec([None, model.input_shape[2]], tf.float32)


def _gather(series: tf.Tensor, origins: tf.Tensor, window: int) -> tf.Tensor:
    """Materialise windows, shape (n, window, features)."""
    return tf.gather(series, origins[:, None] + np.arange(1 - window, 1, dtype=np.int32)[None, :])
