"""Activations and their derivatives, as recurrent layers need them in their own gradients."""

from collections.abc import Callable
from typing import Any, NamedTuple

from autolstm.models.backend import keras, tf
from autolstm.train.lowering.base import Unsupported

__all__ = ["Activation", "activation_of", "known"]


class Activation(NamedTuple):
    """An activation function.

    Attributes:
        name: Its Keras name.
        value: Of an input.
        slope: Its derivative, from the output.
    """

    name: str
    value: Callable[[Any], Any]
    slope: Callable[[Any], Any]


def _relu_slope(out: Any) -> Any:
    return tf.cast(out > 0, out.dtype)


def _hard_slope(out: Any) -> Any:
    return tf.where((out > 0) & (out < 1), tf.constant(1 / 6, out.dtype), 0.0)


ACTIVATIONS = {
    one.name: one
    for one in (
        Activation("linear", lambda x: x, tf.ones_like),
        Activation("tanh", tf.tanh, lambda y: 1 - y * y),
        # As one tanh: XLA has a fast form of it, and none of the exponential.
        Activation("sigmoid", lambda x: 0.5 * tf.tanh(0.5 * x) + 0.5, lambda y: y * (1 - y)),
        Activation("relu", tf.nn.relu, _relu_slope),
        Activation("softsign", tf.nn.softsign, lambda y: tf.square(1 - tf.abs(y))),
        Activation("softplus", tf.nn.softplus, lambda y: 1 - tf.exp(-y)),
        Activation("hard_sigmoid", lambda x: tf.nn.relu6(x + 3) / 6, _hard_slope),
        Activation("elu", tf.nn.elu, lambda y: tf.where(y > 0, tf.ones_like(y), y + 1)),
        Activation("exponential", tf.exp, lambda y: y),
    )
}


def activation_of(function: Callable[[Any], Any]) -> Activation:
    """Return the activation that a Keras layer names.

    Raises:
        Unsupported: It is not one of those whose derivative is written here.
    """
    name = getattr(known(function), "__name__", "")
    if name not in ACTIVATIONS:
        raise Unsupported(f"the activation {name!r} cannot be compiled in a recurrent layer")
    return ACTIVATIONS[name]


def known(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return an activation, to be used as it is on values of any rank.

    Raises:
        Unsupported: It is none of Keras's own, and may mix what belongs to several replicates.
    """
    name = getattr(function, "__name__", type(function).__name__)
    if function is not getattr(keras.activations, name, None):
        raise Unsupported(f"the activation {name!r} cannot be compiled")
    found: Callable[[Any], Any] = function
    return found
