"""The reference engine: stock Keras layers, gradients and optimisers, one traced epoch.

One model is built and one epoch traced; the R replicates are R states (weights, optimiser
slots, dropout seeds) that take turns in it, epoch by epoch. Tracing costs seconds and an epoch
of a small network milliseconds, so sharing the trace between seeds, and between trials of the
same structure, is most of the speed.
"""

import json
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

# Before TensorFlow is imported: its start-up messages are not for our users.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

from autolstm.errors import OutOfMemory
from autolstm.models import build
from autolstm.outcome import Cost, Epoch
from autolstm.prepare.windows import Windows
from autolstm.seeding import child, generator
from autolstm.settings import Settings, Training
from autolstm.train.stopping import EarlyStopping

__all__ = ["ReferenceEngine", "ReferenceRun", "batch_order"]

State = list[np.ndarray]

_OPTIMIZERS: dict[str, Callable[[Training], keras.optimizers.Optimizer]] = {
    "adam": lambda knobs: keras.optimizers.Adam(knobs.learning_rate),
    "rmsprop": lambda knobs: keras.optimizers.RMSprop(knobs.learning_rate),
    "sgd": lambda knobs: keras.optimizers.SGD(knobs.learning_rate, momentum=knobs.momentum),
}


def batch_order(seed: int, epoch: int, windows: int) -> np.ndarray:
    """Return the order in which a replicate sees its training windows in one epoch."""
    return generator(seed, "order", epoch).permutation(windows).astype(np.int32)


@dataclass(frozen=True, eq=False, slots=True)
class _Program:
    """A model with one traced epoch, shared by every run of the same structure."""

    model: keras.Model
    optimizer: keras.optimizers.Optimizer
    epoch: Callable[..., tuple[tf.Tensor, tf.Tensor]]
    predict: Callable[..., tf.Tensor]

    def variables(self) -> list[keras.Variable]:
        return [*self.model.variables, *self.optimizer.variables]


class ReferenceEngine:
    """Trains with stock Keras, one replicate after the other within each epoch.

    Args:
        programs: How many traced structures are kept; the one unused for longest goes first.
    """

    name = "reference"

    def __init__(self, programs: int = 8) -> None:
        self._room = programs
        self._programs: OrderedDict[str, _Program] = OrderedDict()

    def start(self, windows: Windows, settings: Settings, seeds: Sequence[int]) -> "ReferenceRun":
        """See `autolstm.train.engine.Engine.start`."""
        started = time.perf_counter()
        donor = _model(settings, windows, seeds[0])
        optimizer = _OPTIMIZERS[settings.training.optimizer](settings.training)
        key = _structure(donor, optimizer, settings.training, windows)
        program = self._programs.pop(key, None) or _trace(donor, optimizer, settings, windows)
        self._programs[key] = program
        while len(self._programs) > self._room:
            self._programs.popitem(last=False)
        return ReferenceRun(program, windows, settings, tuple(seeds), started)


class ReferenceRun:
    """See `autolstm.train.engine.Run`."""

    def __init__(
        self,
        program: _Program,
        windows: Windows,
        settings: Settings,
        seeds: tuple[int, ...],
        started: float,
    ) -> None:
        self._program = program
        self._windows = windows
        self._training = settings.training
        self._seeds = seeds
        self._data = tuple(
            tf.constant(array)
            for array in (
                windows.series,
                windows.train.origins,
                windows.train.targets,
                windows.valid.origins,
                windows.valid.targets,
            )
        )
        self._states = [self._initial(settings, seed) for seed in seeds]
        self._best = [state[: len(program.model.variables)] for state in self._states]
        self._trace_seconds = time.perf_counter() - started
        self._train_seconds = 0.0

    def __iter__(self) -> Iterator[Epoch]:
        """See `autolstm.train.engine.Run.__iter__`."""
        validated = len(self._windows.valid) > 0
        stopping = EarlyStopping(
            len(self._seeds), patience=self._training.patience, min_delta=self._training.min_delta
        )
        for number in range(1, self._training.epochs + 1):
            losses = np.full((2, len(self._seeds)), np.nan)
            for r in np.flatnonzero(stopping.running):
                losses[:, r] = self._advance(int(r), number)
            losses *= self._windows.loss_unit
            if validated:
                for r in np.flatnonzero(stopping.see(number, losses[1])):
                    self._keep(int(r))
            else:
                losses[1] = np.nan
                for r in range(len(self._seeds)):
                    self._keep(r)
            yield Epoch(number, losses[0], losses[1], stopping.best_loss, stopping.running)
            if not stopping.running.any():
                return

    def predict(self, origins: np.ndarray) -> np.ndarray:
        """See `autolstm.train.engine.Run.predict`."""
        series, rows = self._data[0], tf.constant(origins, tf.int32)
        forecasts = []
        for weights in self._best:
            for variable, value in zip(self._program.model.variables, weights, strict=True):
                variable.assign(value)
            forecasts.append(self._program.predict(series, rows).numpy())
        return np.stack(forecasts)

    def weights(self) -> list[list[np.ndarray]]:
        """See `autolstm.train.engine.Run.weights`."""
        model = self._program.model
        # Keras variables compare elementwise, so they are matched by identity.
        wanted = {id(one) for one in model.weights}
        places = [i for i, one in enumerate(model.variables) if id(one) in wanted]
        return [[best[i] for i in places] for best in self._best]

    def cost(self) -> Cost:
        """See `autolstm.train.engine.Run.cost`."""
        parameters = sum(int(np.prod(one.shape)) for one in self._program.model.trainable_weights)
        return Cost(self._trace_seconds, self._train_seconds, parameters)

    def _initial(self, settings: Settings, seed: int) -> State:
        """What a fresh model and a fresh optimiser would hold; the trace is not needed for it."""
        fresh = [one.numpy() for one in _model(settings, self._windows, seed).variables]
        slots = [np.zeros(one.shape, one.dtype) for one in self._program.optimizer.variables]
        state = [*fresh, *slots]
        rate = self._program.optimizer.variables.index(self._program.optimizer.learning_rate)
        state[len(fresh) + rate] = np.float32(settings.training.learning_rate)
        return state

    def _advance(self, replicate: int, epoch: int) -> tuple[float, float]:
        """Train one replicate for one epoch; return its losses on the prepared scale."""
        order = batch_order(self._seeds[replicate], epoch, len(self._windows.train))
        variables = self._program.variables()
        first = epoch == 1
        started = time.perf_counter()
        for variable, value in zip(variables, self._states[replicate], strict=True):
            variable.assign(value)
        try:
            train, valid = self._program.epoch(tf.constant(order), *self._data)
        except (tf.errors.ResourceExhaustedError, MemoryError) as error:
            raise OutOfMemory(_too_big(self._windows, self._training)) from error
        self._states[replicate] = [one.numpy() for one in variables]
        spent = time.perf_counter() - started
        if first and replicate == 0:
            self._trace_seconds += spent
        else:
            self._train_seconds += spent
        return float(train), float(valid)

    def _keep(self, replicate: int) -> None:
        self._best[replicate] = self._states[replicate][: len(self._program.model.variables)]


def _model(settings: Settings, windows: Windows, seed: int) -> keras.Model:
    return build(
        settings.architecture,
        window=windows.window,
        features=windows.features,
        horizon=windows.horizon,
        seed=child(seed, "model"),
    )


def _structure(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    training: Training,
    windows: Windows,
) -> str:
    """Name everything that is baked into a trace; seeds and the learning rate are not."""

    def unseeded(node: Any) -> Any:
        if isinstance(node, dict):
            return {k: unseeded(v) for k, v in node.items() if k not in ("seed", "learning_rate")}
        return [unseeded(one) for one in node] if isinstance(node, (list, tuple)) else node

    shapes = [windows.series.shape, len(windows.train), len(windows.valid), training.batch_size]
    parts = [model.get_config(), optimizer.get_config(), shapes]
    return json.dumps(unseeded(parts), sort_keys=True, default=str)


def _trace(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    settings: Settings,
    windows: Windows,
) -> _Program:
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.MeanSquaredError()
    count = len(windows.train)
    batch = min(settings.training.batch_size, count)
    whole, rest = divmod(count, batch)
    back = np.arange(1 - windows.window, 1, dtype=np.int32)

    def gather(series: tf.Tensor, origins: tf.Tensor) -> tf.Tensor:
        return tf.gather(series, origins[:, None] + back[None, :])

    def step(inputs: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = loss_of(targets, model(inputs, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    # Traced once per structure by its caller; retracing would be a bug, so shapes are fixed.
    @tf.function
    def epoch(
        order: tf.Tensor,
        series: tf.Tensor,
        origins: tf.Tensor,
        targets: tf.Tensor,
        valid_origins: tf.Tensor,
        valid_targets: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        total = tf.zeros(())
        for number in tf.range(whole):
            chosen = order[number * batch : (number + 1) * batch]
            inputs = gather(series, tf.gather(origins, chosen))
            total += batch * step(inputs, tf.gather(targets, chosen))
        if rest:
            chosen = order[whole * batch :]
            inputs = gather(series, tf.gather(origins, chosen))
            total += rest * step(inputs, tf.gather(targets, chosen))
        forecast = model(gather(series, valid_origins), training=False)
        return total / count, tf.reduce_mean(tf.square(forecast - valid_targets))

    @tf.function(reduce_retracing=True)
    def predict(series: tf.Tensor, origins: tf.Tensor) -> tf.Tensor:
        return model(gather(series, origins), training=False)

    return _Program(model, optimizer, epoch, predict)


def _too_big(windows: Windows, training: Training) -> str:
    return (
        f"TensorFlow ran out of memory with {windows.window} rows x {windows.features} columns "
        f"in a window and batches of {training.batch_size}. Narrow architecture.units, "
        f"architecture.layers, preparation.window or training.batch_size."
    )
