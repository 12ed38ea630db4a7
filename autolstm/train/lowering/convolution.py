"""Convolution and pooling over time."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autolstm.models.backend import keras, tf
from autolstm.models.front import LastPooling, MaskedConvolution
from autolstm.train.lowering.activations import known
from autolstm.train.lowering.base import Call, Lowered, Signal, Unsupported, lowers
from autolstm.train.lowering.recurrent import project

__all__ = [
    "lower_conv",
    "lower_global_average",
    "lower_global_max",
    "lower_last_pooling",
    "lower_pooling",
]


@lowers(keras.layers.Conv1D, MaskedConvolution)
def lower_conv(layer: keras.layers.Conv1D) -> Lowered:
    """Lower a convolution: one product of what its kernel sees at each place."""
    _channels_last(layer)
    if layer.groups != 1:
        raise Unsupported(f"groups of the convolution {layer.name!r} cannot be compiled")
    size, stride, dilation = layer.kernel_size[0], layer.strides[0], layer.dilation_rate[0]
    activation = known(layer.activation)
    masked = isinstance(layer, MaskedConvolution)

    def apply(call: Call, signal: Signal) -> Signal:
        x = _cleared(signal) if masked else signal.value
        before, after = _padding(layer.padding, x.shape[0], size, stride, dilation)
        x = tf.pad(x, [[before, after], [0, 0], [0, 0], [0, 0]])
        kernel = call[layer.kernel]
        flat = tf.reshape(kernel, [kernel.shape[0], -1, layer.filters])
        seen = tf.concat(_views(x, size, stride, dilation), -1)
        out = project(seen, flat, call[layer.bias] if layer.use_bias else None)
        return Signal(activation(out), signal.mask if masked else None)

    return apply


@lowers(keras.layers.MaxPooling1D, keras.layers.AveragePooling1D)
def lower_pooling(layer: keras.layers.Layer) -> Lowered:
    """Lower a pooling layer."""
    _channels_last(layer)
    size, stride = layer.pool_size[0], layer.strides[0]
    pooled = _highest if layer.pool_mode == "max" else _averaged

    def apply(_: Call, signal: Signal) -> Signal:
        x = signal.value
        padding = _padding(layer.padding, x.shape[0], size, stride, 1)
        return Signal(pooled(x, size, stride, padding))

    return apply


@lowers(LastPooling)
def lower_last_pooling(layer: LastPooling) -> Lowered:
    """Lower pooling that is counted from the last step."""

    def blocks(value: Any) -> Any:
        short = -value.shape[0] % layer.size
        filled = tf.pad(value, [[short, 0], *([0, 0] for _ in value.shape[1:])])
        return tf.reshape(filled, [-1, layer.size, *value.shape[1:]])

    def apply(_: Call, signal: Signal) -> Signal:
        mask = None if signal.mask is None else tf.reduce_any(blocks(signal.mask), 1)
        # The gradient is shared by equals, as `keras.ops.max` does.
        return Signal(tf.reduce_max(blocks(_cleared(signal)), 1), mask)

    return apply


@lowers(keras.layers.GlobalMaxPooling1D)
def lower_global_max(layer: keras.layers.GlobalMaxPooling1D) -> Lowered:
    """Lower a GlobalMaxPooling1D layer; like Keras's, it does not look at masks."""
    _channels_last(layer)

    def apply(_: Call, signal: Signal) -> Signal:
        found = tf.reduce_max(signal.value, 0, keepdims=layer.keepdims)
        return Signal(found, steps=layer.keepdims)

    return apply


@lowers(keras.layers.GlobalAveragePooling1D)
def lower_global_average(layer: keras.layers.GlobalAveragePooling1D) -> Lowered:
    """Lower a GlobalAveragePooling1D layer: masked steps do not count."""
    _channels_last(layer)

    def apply(_: Call, signal: Signal) -> Signal:
        x, keep = signal.value, layer.keepdims
        if signal.mask is None:
            return Signal(tf.reduce_mean(x, 0, keepdims=keep), steps=keep)
        real = signal.mask[..., None]
        total = tf.reduce_sum(tf.where(real, x, 0.0), 0, keepdims=keep)
        count = tf.reduce_sum(tf.cast(real, x.dtype), 0, keepdims=keep)
        return Signal(total / count, steps=keep)

    return apply


def _cleared(signal: Signal) -> Any:
    """Set masked steps to zero."""
    if signal.mask is None:
        return signal.value
    return tf.where(signal.mask[..., None], signal.value, 0.0)


def _channels_last(layer: keras.layers.Layer) -> None:
    if layer.data_format != "channels_last":
        raise Unsupported(f"channels_first of the layer {layer.name!r} cannot be compiled")


def _padding(kind: str, steps: int, size: int, stride: int, dilation: int) -> tuple[int, int]:
    """Return how many steps are added before and after a sequence."""
    reach = (size - 1) * dilation
    if kind == "causal":
        return reach, 0
    if kind == "valid":
        return 0, 0
    missing = max((-(-steps // stride) - 1) * stride + reach + 1 - steps, 0)
    return missing // 2, missing - missing // 2


def _views(x: Any, size: int, stride: int, dilation: int) -> list[Any]:
    """Return what each place of a kernel sees, ``size`` arrays of shape (places, R, B, F)."""
    reach = (size - 1) * dilation
    last = (x.shape[0] - reach - 1) // stride * stride
    return [x[at : at + last + 1 : stride] for at in range(0, reach + 1, dilation)]


def _highest(x: Any, size: int, stride: int, padding: Sequence[int]) -> Any:
    x = tf.pad(x, [padding, [0, 0], [0, 0], [0, 0]], constant_values=-np.inf)
    first, *later = _views(x, size, stride, 1)
    for one in later:
        # The gradient goes to the first of equals, as in Keras; `reduce_max` would share it.
        first = tf.where(one > first, one, first)
    return first


def _averaged(x: Any, size: int, stride: int, padding: Sequence[int]) -> Any:
    """Average; steps added at the ends do not count."""
    real = np.pad(np.ones([x.shape[0], 1, 1, 1], np.float32), [padding, (0, 0), (0, 0), (0, 0)])
    x = tf.pad(x, [padding, [0, 0], [0, 0], [0, 0]])
    return sum(_views(x, size, stride, 1)) / sum(_views(real, size, stride, 1))
