"""Layers around layers: Bidirectional, TimeDistributed."""

from collections.abc import Sequence
from typing import Any

from autolstm.models.backend import keras, tf
from autolstm.train.lowering.base import Call, Lowered, Signal, Unsupported, lower, lowers

__all__ = ["lower_bidirectional", "lower_time_distributed"]


@lowers(keras.layers.Bidirectional)
def lower_bidirectional(layer: keras.layers.Bidirectional) -> Lowered:
    """Lower a Bidirectional layer around recurrent layers."""
    there, back = lower(layer.forward_layer), lower(layer.backward_layer)
    for one in (layer.forward_layer, layer.backward_layer):
        if not hasattr(one, "cell") or one.stateful:
            raise Unsupported(f"{one.name!r} in {layer.name!r} cannot be compiled")

    def apply(call: Call, signal: Signal, initial_state: Any = None) -> Any:
        shown, states = signal.mask, list(initial_state or ())
        if states:
            signal = Signal(signal.value)
        half = len(states) // 2
        first = _outputs(there(call, signal, states[:half] or None))
        second = _outputs(back(call, signal, states[half:] or None))
        values = [first[0].value, second[0].value]
        if layer.return_sequences:
            values[1] = values[1][::-1]
        mask = shown if layer.return_sequences else None
        merged = values if layer.merge_mode is None else [_merged(layer.merge_mode, *values)]
        out = [Signal(value, mask, layer.return_sequences) for value in merged]
        out += [*first[1:], *second[1:]]
        return out[0] if len(out) == 1 else out

    return apply


def _outputs(found: Signal | Sequence[Signal]) -> list[Signal]:
    return [found] if isinstance(found, Signal) else list(found)


def _merged(mode: str, there: Any, back: Any) -> Any:
    """Merge both directions, as `merge_mode` says."""
    if mode == "concat":
        return tf.concat([there, back], -1)
    if mode == "mul":
        return there * back
    return there + back if mode == "sum" else (there + back) / 2


_ALIKE = (
    keras.layers.Activation,
    keras.layers.Dense,
    keras.layers.Dropout,
    keras.layers.ELU,
    keras.layers.Identity,
    keras.layers.LayerNormalization,
    keras.layers.LeakyReLU,
    keras.layers.ReLU,
)
"""Layers of vectors whose lowered form works on all steps at once."""


@lowers(keras.layers.TimeDistributed)
def lower_time_distributed(layer: keras.layers.TimeDistributed) -> Lowered:
    """Lower a TimeDistributed layer around one that works on vectors."""
    inner = layer.layer
    if type(inner) not in _ALIKE:
        raise Unsupported(f"the layer {type(inner).__name__} in {layer.name!r} cannot be compiled")
    lowered = lower(inner)

    def apply(call: Call, signal: Signal) -> Signal:
        # Inside, a step is a vector, and axes are counted without time.
        made = lowered(call, Signal(signal.value, steps=False))
        return Signal(made.value, signal.mask)

    return apply
