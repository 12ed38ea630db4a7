"""Batch and layer normalisation."""

from typing import Any

from autolstm.models.backend import keras, tf
from autolstm.train.lowering.base import Call, Lowered, Signal, Unsupported, lowers

__all__ = ["lower_batch_normalization", "lower_layer_normalization"]


@lowers(keras.layers.BatchNormalization)
def lower_batch_normalization(layer: keras.layers.BatchNormalization) -> Lowered:
    """Lower a BatchNormalization layer: each replicate has statistics of its own."""
    if layer.renorm or layer.synchronized:
        raise Unsupported(f"renorm of the layer {layer.name!r} cannot be compiled")

    def apply(call: Call, signal: Signal) -> Signal:
        _over_features(layer, layer.axis, signal)
        mean, variance = call[layer.moving_mean], call[layer.moving_variance]
        # A frozen layer forecasts, even while others train.
        if call.training and layer.trainable:
            new = _moments(call, signal)
            for variable, old, found in zip(
                (layer.moving_mean, layer.moving_variance), (mean, variance), new, strict=True
            ):
                rest = 1.0 - layer.momentum
                call.updates[variable.path] = old * layer.momentum + found * rest
            mean, variance = new
        scale = tf.math.rsqrt(variance + layer.epsilon)
        if layer.scale:
            scale = scale * call[layer.gamma]
        shift = -mean * scale
        if layer.center:
            shift = shift + call[layer.beta]
        value = signal.value * scale[:, None, :] + shift[:, None, :]
        return Signal(value, signal.mask, signal.steps)

    return apply


def _moments(call: Call, signal: Signal) -> tuple[Any, Any]:
    """Return mean and variance over what counts of a batch, each of shape (R, features)."""
    value = signal.value
    axes = [0, 2] if signal.steps else [1]
    weights = None if call.counts is None else call.counts[..., None]
    if signal.mask is not None:
        own = tf.cast(signal.mask, value.dtype)[..., None]
        weights = own if weights is None else own * weights
    if weights is None:
        mean = tf.reduce_mean(value, axes, keepdims=True)
        variance = tf.reduce_mean(tf.square(value - tf.stop_gradient(mean)), axes)
        return tf.reduce_sum(mean, axes), variance
    if signal.steps:
        weights = tf.broadcast_to(weights, [value.shape[0], *weights.shape[-3:]])
    # With a mask Keras adds its small number, so that nothing is divided by zero.
    most = tf.reduce_sum(weights, axes, keepdims=True)
    most += keras.backend.epsilon() if signal.mask is not None else 0.0
    mean = tf.reduce_sum(value * weights, axes, keepdims=True) / most
    around = tf.square(value - mean) * weights
    variance = tf.reduce_sum(around, axes, keepdims=True) / most
    return tf.reduce_sum(mean, axes), tf.reduce_sum(variance, axes)


@lowers(keras.layers.LayerNormalization)
def lower_layer_normalization(layer: keras.layers.LayerNormalization) -> Lowered:
    """Lower a LayerNormalization layer over features."""
    if layer.rms_scaling:
        raise Unsupported(f"rms_scaling of the layer {layer.name!r} cannot be compiled")
    if len(layer.axis) > 1:
        raise Unsupported(f"several axes of the layer {layer.name!r} cannot be compiled")

    def apply(call: Call, signal: Signal) -> Signal:
        _over_features(layer, layer.axis[0], signal)
        mean, variance = tf.nn.moments(signal.value, [-1], keepdims=True)
        scale = tf.math.rsqrt(variance + layer.epsilon)
        if layer.scale:
            scale = scale * call[layer.gamma][:, None, :]
        shift = -mean * scale
        if layer.center:
            shift = shift + call[layer.beta][:, None, :]
        return Signal(signal.value * scale + shift, signal.mask, signal.steps)

    return apply


def _over_features(layer: keras.layers.Layer, axis: int, signal: Signal) -> None:
    if axis not in (-1, 2 if signal.steps else 1):
        raise Unsupported(f"axis {axis} of the layer {layer.name!r} cannot be compiled")
