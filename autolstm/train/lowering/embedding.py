"""Embedding."""

from typing import Any

from autolstm.models.backend import keras, tf
from autolstm.train.lowering.base import Call, Lowered, Signal, Unsupported, lowers

__all__ = ["lower_embedding"]


@lowers(keras.layers.Embedding)
def lower_embedding(layer: keras.layers.Embedding) -> Lowered:
    """Lower an Embedding layer: (R, B, T) -> (T, R, B, n), or steps of one feature.

    Keras gives it sequences of numbers without a feature axis, `Input((T,))`. They are vectors
    here; `Network` makes them from windows of one column.
    """

    def apply(call: Call, signal: Signal) -> Signal:
        if signal.steps:
            raise Unsupported(f"{layer.name!r} embeds several features, it cannot be compiled")
        numbers, weights = tf.cast(signal.value, tf.int32), call[layer.embeddings]
        numbers = tf.where(numbers < 0, numbers + layer.input_dim, numbers)
        return Signal(_looked_up(weights, numbers), _real(layer, signal.value))

    return apply


def _looked_up(weights: Any, numbers: Any) -> Any:
    """Return rows of every replicate's weights, shape (T, R, B, n)."""
    if numbers.shape[0] == 1:
        return tf.transpose(tf.gather(weights, numbers[0], axis=1), [2, 0, 1, 3])
    return tf.transpose(tf.gather(weights, numbers, batch_dims=1), [2, 0, 1, 3])


def _real(layer: keras.layers.Embedding, numbers: Any) -> Any:
    """Return the mask of zeros, shape (T, R, B), or None."""
    return tf.transpose(numbers != 0, [2, 0, 1]) if layer.mask_zero else None
