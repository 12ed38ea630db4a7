"""States that a Keras model carries on from batch to batch: begun anew, and windows passed along.

Keras keeps the states of ``stateful`` layers in variables beside the weights: they are neither
trained nor saved. Sample ``i`` of a batch goes on from sample ``i`` of the batch before.
"""

from typing import Any

from autolstm.models.backend import keras, tf

__all__ = ["answered", "lanes_of", "reset", "walked"]


def lanes_of(model: keras.Model) -> int | None:
    """Return how many windows every batch has; None where a model carries nothing on."""
    size: int | None = model.inputs[0].shape[0]
    return size


def reset(model: keras.Model) -> None:
    """Begin with states of zero; within a graph, or at once."""
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False) and hasattr(layer, "reset_state"):
            layer.reset_state()


def answered(model: keras.Model, inputs: Any, *, training: bool) -> Any:
    """Pass one batch on, filled up with zeros where it is the last one and not whole.

    Args:
        model: A stateful network.
        inputs: Shape (n, window, features), at most `lanes_of` windows.
        training: Whether dropout is active.

    Returns:
        Shape (n, *output).
    """
    count = tf.shape(inputs)[0]
    whole = tf.pad(inputs, [[0, model.input_shape[0] - count], [0, 0], [0, 0]])
    return model(tf.ensure_shape(whole, model.input_shape), training=training)[:count]


def walked(model: keras.Model, inputs: Any) -> Any:
    """Pass windows on in order, batch after batch, in one loop of a graph.

    States are those that the model has, and it keeps those after the last batch.

    Args:
        model: A stateful network.
        inputs: Shape (n, window, features).

    Returns:
        Shape (n, *output).
    """
    lanes, count = model.input_shape[0], tf.shape(inputs)[0]
    steps = -(-count // lanes)
    filled = tf.pad(inputs, [[0, steps * lanes - count], [0, 0], [0, 0]])

    def body(step: Any, found: Any) -> tuple[Any, Any]:
        part = filled[step * lanes : (step + 1) * lanes]
        out = model(tf.ensure_shape(part, model.input_shape), training=False)
        return step + 1, found.write(step, out)

    empty = tf.TensorArray(tf.float32, size=steps, element_shape=model.output_shape)
    _, found = tf.while_loop(lambda step, _: step < steps, body, (0, empty))
    return tf.reshape(found.stack(), (-1, *model.output_shape[1:]))[:count]
