"""What recurrent layers share: everything before and after the scan over time.

A scan is given projected inputs and works through them step by step; it writes its own gradient
(`lstm`, `gru`). Inputs, masks, dropout and states are handled here.
"""

from collections.abc import Callable, Sequence
from typing import Any

from autolstm.models.backend import keras, tf
from autolstm.train.lowering.base import (
    Call,
    Lowered,
    Signal,
    Unsupported,
    dropout_mask,
    times,
)

__all__ = [
    "Masks",
    "back",
    "contract",
    "ends",
    "input_bias",
    "masks_of",
    "over_time",
    "product",
    "project",
    "record",
    "shifted",
]

Masks = tuple[Any, ...]
"""Dropout masks, each of shape (R, B, n): none, one for all gates, or one for every gate."""

Scan = Callable[[Call, Any, Masks, Any, Sequence[Any]], tuple[Any, list[Any]]]
"""Of (pass, projected inputs, recurrent dropout, mask, initial states) to (outputs, states).

Outputs are of shape (T, R, B, units) or, where only the last one is returned, (R, B, units);
states after the last step are a list where `ends` says that they are needed, else an empty one.
"""


def ends(layer: keras.layers.Layer) -> bool:
    """Whether somebody needs a layer's states after the last step."""
    return bool(layer.return_state or layer.stateful)


def over_time(layer: keras.layers.Layer, scan: Scan) -> Lowered:
    """Lower a recurrent layer whose recurrence is a scan."""
    if layer.stateful and layer.go_backwards:
        raise Unsupported(f"the layer {layer.name!r} is stateful and goes backwards")
    cell = layer.cell

    def apply(call: Call, signal: Signal, initial_state: Any = None) -> Any:
        x, mask, begin = signal.value, signal.mask, _states(initial_state)
        # Keras hands masks on by itself only where a layer has no other input.
        mask = None if begin else mask
        if layer.stateful:
            begin = begin or list(call.carried.get(call.name_of(layer), ()))
        if layer.go_backwards:
            x, mask = x[::-1], None if mask is None else mask[::-1]
        dropped = masks_of(call, layer, "dropout", x.shape[2:])
        kept = masks_of(call, layer, "recurrent_dropout", [x.shape[2], layer.units])
        z = project(x, call[cell.kernel], input_bias(call, cell), dropped)
        begin = [tf.broadcast_to(one, [*z.shape[1:3], layer.units]) for one in begin]
        found, states = scan(call, z, kept, mask, begin)
        if layer.stateful:
            call.ended[call.name_of(layer)] = states
            states = states if layer.return_state else []
        found = _shown(layer, found, mask)
        # Keras does not turn the mask round, even where the layer runs backwards.
        out = Signal(found, signal.mask) if layer.return_sequences else Signal(found, steps=False)
        return [out, *(Signal(one, steps=False) for one in states)] if states else out

    return apply


def _states(given: Any) -> list[Any]:
    """Return the values of initial states: none, one signal or several."""
    if given is None:
        return []
    return [one.value for one in (given if isinstance(given, (list, tuple)) else [given])]


def masks_of(call: Call, layer: keras.layers.Layer, kind: str, shape: Sequence[int]) -> Masks:
    """Return masks of a layer, or of a cell, that are the same at every step.

    Keras draws one for every gate where it multiplies gate by gate: with recurrent dropout.
    """
    if not call.draws(layer, kind):
        return ()
    count = getattr(getattr(layer, "cell", layer), "dropout_mask_count", None)
    if count is None:
        return (dropout_mask(call, layer, kind, shape),)
    return tuple(tf.unstack(dropout_mask(call, layer, kind, [count, *shape]), axis=1))


def input_bias(call: Call, cell: keras.layers.Layer) -> Any:
    """Return the bias of the projection, shape (R, n), or None."""
    if not cell.use_bias:
        return None
    # A GRU that resets after the product has a second bias, for the states.
    bias = call[cell.bias]
    return bias[:, 0] if len(bias.shape) == 3 else bias


def _shown(layer: keras.layers.Layer, found: Any, mask: Any) -> Any:
    """Return what a layer shows of its states at masked steps."""
    if mask is None or not layer.zero_output_for_mask:
        return found
    return tf.where((mask if layer.return_sequences else mask[-1])[..., None], found, 0.0)


def project(x: Any, kernel: Any, bias: Any = None, dropped: Masks = ()) -> Any:
    """Multiply every step by the input weights: (T, R, B, F) x (R, F, n) -> (T, R, B, n).

    Args:
        x: Inputs, or shared ones of shape (T, 1, B, F).
        kernel: Weights.
        bias: Shape (R, n), or None.
        dropped: Dropout masks of the inputs, shape (R, B, F).
    """
    if len(dropped) > 1:
        parts = tf.split(kernel, len(dropped), -1)
        z = tf.concat([project(x * m, part) for m, part in zip(dropped, parts, strict=True)], -1)
    else:
        x = x * dropped[0] if dropped else x
        # A product over one feature is an outer product, which XLA fuses with what follows.
        single = x.shape[-1] == 1
        z = x * kernel[None] if single else times(x, kernel)
    return z if bias is None else z + bias[None, :, None, :]


def product(h: Any, recurrent: Any, kept: Masks) -> Any:
    """Multiply a state by the recurrent weights: (R, B, u) x (R, u, n) -> (R, B, n)."""
    if not kept:
        return tf.matmul(h, recurrent)
    parts = tf.split(recurrent, len(kept), -1)
    return _joined([tf.matmul(h * m, part) for m, part in zip(kept, parts, strict=True)])


def back(dz: Any, recurrent: Any, kept: Masks) -> Any:
    """Return the gradient of the state in `product`, shape (R, B, u)."""
    if not kept:
        return tf.matmul(dz, recurrent, transpose_b=True)
    parts = zip(kept, tf.split(dz, len(kept), -1), tf.split(recurrent, len(kept), -1), strict=True)
    return sum(tf.matmul(own, part, transpose_b=True) * m for m, own, part in parts)


def contract(before: Any, dz: Any, kept: Masks) -> Any:
    """Return the gradient of the weights in `product`, over all steps, shape (R, u, n).

    Args:
        before: States, shape (T, R, B, u).
        dz: Gradients of the products, shape (T, R, B, n).
        kept: Dropout masks of the states.
    """
    if not kept:
        return tf.einsum("trbu,trbk->ruk", before, dz)
    parts = zip(kept, tf.split(dz, len(kept), -1), strict=True)
    return _joined([tf.einsum("trbu,trbk->ruk", before * m, own) for m, own in parts])


def shifted(states: Any, begin: Any) -> Any:
    """Return the state before every step: ``begin``, shape (R, B, u), then all but the last."""
    return tf.concat([begin[None], states[:-1]], 0)


def record(steps: int, shape: Any) -> Any:
    """Return an empty array of a value at every step."""
    return tf.TensorArray(tf.float32, size=steps, element_shape=shape)


def _joined(parts: Sequence[Any]) -> Any:
    return parts[0] if len(parts) == 1 else tf.concat(parts, -1)
