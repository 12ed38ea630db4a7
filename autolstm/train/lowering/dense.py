"""Layers that treat every step alike: Dense, activations, dropout."""

from typing import Any

from autolstm.models.backend import keras, tf
from autolstm.train.lowering.activations import known
from autolstm.train.lowering.base import (
    Call,
    Lowered,
    Signal,
    Unsupported,
    dropout_mask,
    lowers,
    times,
)

__all__ = [
    "lower_activation",
    "lower_activation_layer",
    "lower_dense",
    "lower_dropout",
    "lower_softmax",
    "lower_spatial_dropout",
]


@lowers(keras.layers.Dense)
def lower_dense(layer: keras.layers.Dense) -> Lowered:
    """Lower a Dense layer."""
    activation = known(layer.activation)

    def apply(call: Call, signal: Signal) -> Signal:
        out = times(signal.value, call[layer.kernel])
        if layer.use_bias:
            out = out + call[layer.bias][:, None, :]
        return Signal(activation(out), signal.mask, signal.steps)

    return apply


@lowers(keras.layers.Activation)
def lower_activation(layer: keras.layers.Activation) -> Lowered:
    """Lower an Activation layer."""
    activation = known(layer.activation)

    def apply(_: Call, signal: Signal) -> Signal:
        return Signal(activation(signal.value), signal.mask, signal.steps)

    return apply


@lowers(
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.ELU,
    keras.layers.Identity,
)
def lower_activation_layer(layer: keras.layers.Layer) -> Lowered:
    """Lower a layer without weights that computes every element by itself."""

    def apply(_: Call, signal: Signal) -> Signal:
        return Signal(layer.call(signal.value), signal.mask, signal.steps)

    return apply


@lowers(keras.layers.Softmax)
def lower_softmax(layer: keras.layers.Softmax) -> Lowered:
    """Lower a Softmax layer over features."""

    def apply(_: Call, signal: Signal) -> Signal:
        if layer.axis not in (-1, 2 if signal.steps else 1) or signal.mask is not None:
            raise Unsupported(f"the softmax {layer.name!r} over steps cannot be compiled")
        return Signal(keras.activations.softmax(signal.value), steps=signal.steps)

    return apply


@lowers(keras.layers.Dropout)
def lower_dropout(layer: keras.layers.Dropout) -> Lowered:
    """Lower a Dropout layer: every step of a sequence is dropped by itself."""
    if layer.noise_shape is not None:
        raise Unsupported(f"noise_shape of the dropout {layer.name!r} cannot be compiled")

    def apply(call: Call, signal: Signal) -> Signal:
        if not call.training or layer.rate == 0:
            return signal
        shape: list[Any] = list(signal.value.shape)
        axis = len(shape) - 3
        mask = dropout_mask(call, layer, "dropout", shape[:axis] + shape[axis + 1 :])
        if axis:
            mask = tf.transpose(mask, [1, 0, 2, 3])
        return Signal(signal.value * mask, signal.mask, signal.steps)

    return apply


@lowers(keras.layers.SpatialDropout1D)
def lower_spatial_dropout(layer: keras.layers.SpatialDropout1D) -> Lowered:
    """Lower a SpatialDropout1D layer: a feature is dropped at all steps or at none."""

    def apply(call: Call, signal: Signal) -> Signal:
        if not call.training or layer.rate == 0:
            return signal
        mask = dropout_mask(call, layer, "dropout", signal.value.shape[2:])
        return Signal(signal.value * mask, signal.mask)

    return apply
