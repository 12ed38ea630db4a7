"""Keras models and their lowered forms, side by side: what the tests of the lowering share."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autolstm.models.backend import keras, tf
from autolstm.train.lowering import Call, Network, Signal

__all__ = [
    "STEPS",
    "Twins",
    "close",
    "functional",
    "ragged",
    "sequential",
]

STEPS, FEATURES, BATCH, REPLICATES = 5, 3, 4, 3

Build = Callable[[], keras.Model]


def sequential(*layers: Callable[[], keras.layers.Layer], shape: Sequence[int] = ()) -> Build:
    """Return a builder of a model of new layers, one after another."""

    def build() -> keras.Model:
        start = keras.Input(tuple(shape) or (STEPS, FEATURES))
        return keras.Sequential([start, *(layer() for layer in layers)])

    return build


def functional(body: Callable[[Any], Any]) -> Build:
    """Return a builder of a model from an input to ``body(input)``."""

    def build() -> keras.Model:
        start = keras.Input((STEPS, FEATURES))
        return keras.Model(start, body(start))

    return build


def ragged(x: np.ndarray) -> np.ndarray:
    """Pad windows, shape (R, B, T, F), with zeros: at the end, at the beginning, in between."""
    x = x.copy()
    for window in range(x.shape[1]):
        x[:, window, STEPS - window :] = 0
    x[:, 0, :2] = 0
    x[:, 1, 2] = 0
    return x


def close(found: Any, wanted: Any) -> float:
    """Return the norm of the difference over the norm."""
    found, wanted = np.asarray(found, np.float64), np.asarray(wanted, np.float64)
    assert found.shape == wanted.shape
    return float(np.linalg.norm(found - wanted) / max(np.linalg.norm(wanted), 1e-12))


class Twins:
    """Some replicates of a model with different weights, in Keras and lowered together.

    Args:
        build: Makes the model.
        replicates: How many.
        seed: Of weights and data.
    """

    def __init__(self, build: Build, replicates: int = REPLICATES, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.models = [build() for _ in range(replicates)]
        for model in self.models:
            model.set_weights([self._value(one) for one in model.weights])
        self.network = Network(self.models[0])
        shape = [one or BATCH for one in self.models[0].inputs[0].shape]
        self.x = self.rng.standard_normal([replicates, *shape]).astype(np.float32)

    def _value(self, variable: keras.Variable) -> np.ndarray:
        value = self.rng.standard_normal(variable.shape).astype(np.float32)
        return value**2 + 0.5 if "variance" in variable.path else 0.4 * value

    def lowered(
        self,
        *,
        training: bool = False,
        counts: Any = None,
        masks: Mapping[str, Any] | None = None,
        seeds: Any = None,
    ) -> tuple[np.ndarray, list[np.ndarray], np.ndarray, Call]:
        """Return output, gradients of all trained weights and of the input, and the pass."""
        rows = [*self.network.trained, *self.network.kept]
        held = [
            tf.constant(np.stack([_of(model, self.models[0], one) for model in self.models]))
            for one in rows
        ]
        if seeds is None:
            seeds = np.arange(2 * len(self.models)).reshape(-1, 2)
        call = Call(
            weights=dict(zip((one.path for one in rows), held, strict=True)),
            rates={name: tf.constant(rate) for name, rate in self.network.rates.items()},
            seeds=tf.constant(seeds, tf.int32) if training else None,
            counts=counts,
            masks=dict(masks or {}),
        )
        vector = self.x.ndim == 3
        x = tf.constant(self.x if vector else self.x.transpose(2, 0, 1, 3))
        with tf.GradientTape() as tape:
            tape.watch([x, *held])
            out = self.network(call, Signal(x, steps=not vector))
            value = out.value
            if out.steps:
                value = tf.transpose(value, [1, 2, 0, 3])
            total = tf.reduce_sum(value * self.pull(value.shape))
        zero = tf.UnconnectedGradients.ZERO
        trained = held[: len(self.network.trained)]
        grads, dx = tape.gradient(total, [trained, x], unconnected_gradients=zero)
        dx = dx.numpy() if vector else dx.numpy().transpose(1, 2, 0, 3)
        return value.numpy(), [one.numpy() for one in grads], dx, call

    def keras(
        self, replicate: int, *, training: bool = False
    ) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
        """Return output, gradients of all trained weights and of the input of one model."""
        model, x = self.models[replicate], tf.constant(self.x[replicate])
        with tf.GradientTape() as tape:
            tape.watch(x)
            out = model(x, training=training)
            pull = self.pull([len(self.models), *out.shape])[replicate]
            total = tf.reduce_sum(out * pull)
        zero = tf.UnconnectedGradients.ZERO
        trained = [one.value for one in model.trainable_weights]
        grads, dx = tape.gradient(total, [trained, x], unconnected_gradients=zero)
        grads = [tf.convert_to_tensor(one).numpy() for one in grads]
        return out.numpy(), grads, dx.numpy()

    def pull(self, shape: Sequence[int]) -> np.ndarray:
        """Return fixed numbers of a shape: the gradient of the output."""
        return np.random.default_rng(7).standard_normal([*shape]).astype(np.float32)

    def check(self, *, training: bool = False, most: float = 1e-5) -> None:
        """Compare everything."""
        value, grads, dx, call = self.lowered(training=training)
        for r, model in enumerate(self.models):
            out, wanted, wanted_dx = self.keras(r, training=training)
            assert close(value[r], out) < most
            assert close(dx[r], wanted_dx) < most
            for variable, found, grad in zip(model.trainable_weights, grads, wanted, strict=True):
                assert close(found[r], grad) < most, variable.path
            for place, variable in enumerate(model.non_trainable_weights):
                path = self.network.kept[place].path
                if path in call.updates:
                    assert close(call.updates[path][r], variable.numpy()) < most, path


def _of(model: keras.Model, first: keras.Model, variable: keras.Variable) -> np.ndarray:
    """Return the value in ``model`` of a variable of ``first``."""
    place = next(k for k, one in enumerate(first.weights) if one is variable)
    return model.weights[place].numpy()
