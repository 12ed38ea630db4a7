"""Layers that change the shape of a signal, mark its padding or join several."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from autolstm.models.backend import keras, tf
from autolstm.train.lowering.base import Call, Lowered, Signal, Unsupported, lowers

__all__ = [
    "lower_concatenate",
    "lower_flatten",
    "lower_masking",
    "lower_merge",
    "lower_permute",
    "lower_repeat",
    "lower_reshape",
]


@lowers(keras.layers.RepeatVector)
def lower_repeat(layer: keras.layers.RepeatVector) -> Lowered:
    """Lower a RepeatVector layer."""

    def apply(_: Call, signal: Signal) -> Signal:
        return Signal(tf.tile(signal.value[None], [layer.n, 1, 1, 1]))

    return apply


@lowers(keras.layers.Flatten)
def lower_flatten(layer: keras.layers.Flatten) -> Lowered:
    """Lower a Flatten layer: (T, R, B, F) -> (R, B, T F)."""
    if layer.data_format != "channels_last":
        raise Unsupported(f"channels_first of the layer {layer.name!r} cannot be compiled")

    def apply(_: Call, signal: Signal) -> Signal:
        return _reshaped(signal, [-1])

    return apply


@lowers(keras.layers.Reshape)
def lower_reshape(layer: keras.layers.Reshape) -> Lowered:
    """Lower a Reshape layer to vectors or sequences."""
    if len(layer.target_shape) > 2:
        raise Unsupported(f"the shape that {layer.name!r} makes has too many axes to be compiled")

    def apply(_: Call, signal: Signal) -> Signal:
        return _reshaped(signal, layer.target_shape)

    return apply


def _reshaped(signal: Signal, shape: Sequence[int]) -> Signal:
    """Reshape what Keras sees of one window."""
    value = signal.value
    whole = tf.transpose(value, [1, 2, 0, 3]) if signal.steps else value
    if -1 in shape:
        rest = int(np.prod(whole.shape[2:])) // int(np.prod([one for one in shape if one != -1]))
        shape = [rest if one == -1 else one for one in shape]
    made = tf.reshape(whole, [*whole.shape[:2], *shape])
    if len(shape) == 1:
        return Signal(made, steps=False)
    return Signal(tf.transpose(made, [2, 0, 1, 3]))


@lowers(keras.layers.Permute)
def lower_permute(layer: keras.layers.Permute) -> Lowered:
    """Lower a Permute layer."""

    def apply(_: Call, signal: Signal) -> Signal:
        swaps = tuple(layer.dims) == (2, 1)
        value = tf.transpose(signal.value, [3, 1, 2, 0]) if swaps else signal.value
        return Signal(value, steps=signal.steps)

    return apply


@lowers(keras.layers.Masking)
def lower_masking(layer: keras.layers.Masking) -> Lowered:
    """Lower a Masking layer over sequences."""
    hidden = np.float32(layer.mask_value)

    def apply(_: Call, signal: Signal) -> Signal:
        if not signal.steps:
            raise Unsupported(f"the layer {layer.name!r} masks no steps, it cannot be compiled")
        real = tf.reduce_any(signal.value != hidden, -1)
        return Signal(tf.where(real[..., None], signal.value, 0.0), real)

    return apply


_MERGES: dict[type, Callable[[Sequence[Any]], Any]] = {
    keras.layers.Add: lambda values: reduce(tf.add, values),
    keras.layers.Subtract: lambda values: values[0] - values[1],
    keras.layers.Multiply: lambda values: reduce(tf.multiply, values),
    keras.layers.Average: lambda values: reduce(tf.add, values) / len(values),
    keras.layers.Maximum: lambda values: reduce(tf.maximum, values),
    keras.layers.Minimum: lambda values: reduce(tf.minimum, values),
}


@lowers(*_MERGES)
def lower_merge(layer: keras.layers.Layer) -> Lowered:
    """Lower a merge of signals, element by element; vectors count for every step."""
    merge = _MERGES[type(layer)]

    def apply(_: Call, signals: Sequence[Signal]) -> Signal:
        masks = [one.mask for one in signals]
        hidden = any(one is None for one in masks)
        mask = None if hidden else reduce(tf.logical_or, masks)
        steps = any(one.steps for one in signals)
        return Signal(merge([one.value for one in signals]), mask, steps)

    return apply


@lowers(keras.layers.Concatenate)
def lower_concatenate(layer: keras.layers.Concatenate) -> Lowered:
    """Lower a Concatenate layer, over features or over steps."""

    def apply(_: Call, signals: Sequence[Signal]) -> Signal:
        steps = signals[0].steps
        axis = {-1: -1, 1: 0 if steps else -1, 2: -1, -2: 0}.get(layer.axis)
        if axis is None or (axis == 0 and not steps):
            raise Unsupported(f"axis {layer.axis} of {layer.name!r} cannot be compiled")
        most = max(one.value.shape[-3] for one in signals)
        value = tf.concat([_spread(one.value, -3, most) for one in signals], axis)
        if all(one.mask is None for one in signals):
            return Signal(value, steps=steps)
        masks = [
            tf.ones(one.value.shape[:-1], tf.bool) if one.mask is None else one.mask
            for one in signals
        ]
        masks = [_spread(one, -2, most) for one in masks]
        return Signal(value, tf.concat(masks, 0) if axis == 0 else reduce(tf.logical_or, masks))

    return apply


def _spread(value: Any, axis: int, replicates: int) -> Any:
    """Give every replicate its own copy of what all share."""
    if value.shape[axis] == replicates:
        return value
    return tf.repeat(value, replicates, axis)
