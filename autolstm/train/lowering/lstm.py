"""LSTM (Hochreiter & Schmidhuber, 1997) with backpropagation through time written by hand.

The input projection of all steps is one product, the scan holds only what depends on the step
before it, and the gradient of the recurrent weights is one contraction after the backward scan.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autolstm.models.backend import keras, tf
from autolstm.train.lowering.activations import Activation, activation_of
from autolstm.train.lowering.base import Call, Lowered, lowers
from autolstm.train.lowering.recurrent import (
    Masks,
    back,
    contract,
    ends,
    over_time,
    product,
    record,
    shifted,
)

__all__ = ["lower_lstm"]


@lowers(keras.layers.LSTM)
def lower_lstm(layer: keras.layers.LSTM) -> Lowered:
    """Lower an LSTM layer."""
    cell = layer.cell
    lstm = _Scan(
        units=layer.units,
        outer=activation_of(cell.activation),
        inner=activation_of(cell.recurrent_activation),
        sequences=layer.return_sequences,
        ends=ends(layer),
    )

    def scan(
        call: Call, z: Any, kept: Masks, mask: Any, begin: Sequence[Any]
    ) -> tuple[Any, list[Any]]:
        return lstm.run(z, call[cell.recurrent_kernel], kept, mask, begin)

    return over_time(layer, scan)


@dataclass(frozen=True, slots=True)
class _Scan:
    """The recurrence of one layer.

    Attributes:
        units: Memory cells.
        outer: Activation of the candidate and of the output.
        inner: Activation of the gates.
        sequences: Whether the state of every step is returned, or the last one only.
        ends: Whether the states after the last step are returned, too.
    """

    units: int
    outer: Activation
    inner: Activation
    sequences: bool
    ends: bool

    def run(
        self, z: Any, recurrent: Any, kept: Masks, mask: Any, begin: Sequence[Any]
    ) -> tuple[Any, list[Any]]:
        """Scan over time.

        Args:
            z: Projected inputs, shape (T, R, B, 4 units), in Keras's order i, f, c, o.
            recurrent: Recurrent weights, shape (R, units, 4 units).
            kept: Dropout masks of the recurrent state, shape (R, B, units).
            mask: Shape (T, R, B), false where the state is to be kept as it was, or None.
            begin: Hidden and cell state before the first step, shape (R, B, units); none for
                zeros.

        Returns:
            Hidden states, shape (T, R, B, units) or (R, B, units), and the last hidden and cell
            state if the layer returns them.
        """

        @tf.custom_gradient  # type: ignore[untyped-decorator]
        def states(z: Any, recurrent: Any, *begin: Any) -> tuple[Any, Callable[..., Any]]:
            first = begin or (self._zero(z),) * 2
            gates, cells, hidden = self._forward(z, recurrent, kept, mask, first)

            def gradient(dh: Any, *dc: Any) -> tuple[Any, ...]:
                last = dc[0] if dc else self._zero(z)
                dz, *firsts = self._backward(
                    (dh, last), gates, (cells, first[1]), recurrent, kept, mask
                )
                found = contract(shifted(hidden, first[0]), dz, kept)
                return dz, found, *(firsts if begin else ())

            out = hidden if self.sequences else hidden[-1]
            return ((out, cells[-1]) if self.ends else out), gradient

        if not self.ends:
            return states(z, recurrent, *begin), []
        out, cell = states(z, recurrent, *begin)
        return out, [out[-1] if self.sequences else out, cell]

    def _forward(
        self, z: Any, recurrent: Any, kept: Masks, mask: Any, first: Sequence[Any]
    ) -> tuple[Any, Any, Any]:
        """Return gates (T, R, B, 4 units), cells and hidden states (T, R, B, units)."""
        steps = z.shape[0]

        def step(t: Any, h: Any, c: Any, *past: Any) -> tuple[Any, ...]:
            gates = self._gates(z[t] + product(h, recurrent, kept))
            i, f, g, o = tf.split(gates, 4, axis=-1)
            cell = f * c + i * g
            hidden = o * self.outer.value(cell)
            if mask is not None:
                real = mask[t][..., None]
                cell, hidden = tf.where(real, cell, c), tf.where(real, hidden, h)
            written = zip(past, (gates, cell, hidden), strict=True)
            return t + 1, hidden, cell, *(kind.write(t, one) for kind, one in written)

        past = [record(steps, z.shape[1:]), *(record(steps, first[0].shape) for _ in range(2))]
        _, _, _, *past = tf.while_loop(
            lambda t, *_: t < steps, step, (0, *first, *past), maximum_iterations=steps
        )
        gates, cells, hidden = (one.stack() for one in past)
        return gates, cells, hidden

    def _backward(
        self, last: Any, gates: Any, cells: Any, recurrent: Any, kept: Masks, mask: Any
    ) -> tuple[Any, Any, Any]:
        """Return the gradients of the projected inputs, (T, R, B, 4 units), and first states.

        Args:
            last: Gradients of the returned hidden states and of the last cells.
            gates: Activated gates, shape (T, R, B, 4 units).
            cells: Cells after every step, shape (T, R, B, units), and before the first one.
            recurrent: As in `run`.
            kept: As in `run`.
            mask: As in `run`.
        """
        steps, (dh, dc_last), (cells, first) = gates.shape[0], last, cells
        forget = gates[..., self.units : 2 * self.units]
        slopes, through = self._slopes(gates, cells, shifted(cells, first))

        def step(k: Any, dh_next: Any, dc_next: Any, past: Any) -> tuple[Any, ...]:
            t = steps - 1 - k
            down = dh_next + dh[t] if self.sequences else dh_next
            dc = dc_next + down * through[t]
            dz = slopes[t] * tf.concat([dc, dc, dc, down], -1)
            passed = dc * forget[t]
            if mask is not None:
                dz = tf.where(mask[t][..., None], dz, 0.0)
            under = back(dz, recurrent, kept)
            if mask is not None:
                real = mask[t][..., None]
                under, passed = tf.where(real, under, down), tf.where(real, passed, dc_next)
            return k + 1, under, passed, past.write(t, dz)

        start = self._zero(gates) if self.sequences else dh
        _, dh_first, dc_first, past = tf.while_loop(
            lambda k, *_: k < steps,
            step,
            (0, start, dc_last, record(steps, gates.shape[1:])),
            maximum_iterations=steps,
        )
        return past.stack(), dh_first, dc_first

    def _slopes(self, gates: Any, cells: Any, before: Any) -> tuple[Any, Any]:
        """Return what does not depend on the gradients: how much of them passes at every step.

        Of the cell's gradient to the inputs of i, f, c and of the state's gradient to that of o,
        shape (T, R, B, 4 units); and of the state's gradient to the cell, (T, R, B, units). All
        steps at once, so that the scan has little left to do.
        """
        i, f, g, o = tf.split(gates, 4, axis=-1)
        out = self.outer.value(cells)
        parts = (
            g * self.inner.slope(i),
            before * self.inner.slope(f),
            i * self.outer.slope(g),
            out * self.inner.slope(o),
        )
        return tf.concat(parts, -1), o * self.outer.slope(out)

    def _gates(self, z: Any) -> Any:
        """Activate i, f, c, o, shape (R, B, 4 units)."""
        if (self.inner.name, self.outer.name) == ("sigmoid", "tanh"):
            # One tanh for all four: sigmoid(x) = tanh(x / 2) / 2 + 1 / 2.
            half = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], np.float32), self.units)
            return tf.tanh(z * half) * half + (1 - half)
        i, f, g, o = tf.split(z, 4, axis=-1)
        return tf.concat(
            [self.inner.value(i), self.inner.value(f), self.outer.value(g), self.inner.value(o)],
            -1,
        )

    def _zero(self, z: Any) -> Any:
        return tf.zeros([*z.shape[1:-1], self.units])
