"""GRU (Cho et al., 2014) and simple recurrence, with gradients through time written by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

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

__all__ = ["lower_gru", "lower_simple_rnn"]


@lowers(keras.layers.GRU)
def lower_gru(layer: keras.layers.GRU) -> Lowered:
    """Lower a GRU layer."""
    cell = layer.cell
    gru = _Scan(
        units=layer.units,
        outer=activation_of(cell.activation),
        inner=activation_of(cell.recurrent_activation),
        after=bool(cell.reset_after),
    )

    def scan(
        call: Call, z: Any, kept: Masks, mask: Any, begin: Sequence[Any]
    ) -> tuple[Any, list[Any]]:
        biased = cell.use_bias and cell.reset_after
        bias = call[cell.bias][:, 1] if biased else tf.zeros([z.shape[1], z.shape[-1]])
        states = gru.run(z, (call[cell.recurrent_kernel], bias), kept, mask, begin)
        out = states if layer.return_sequences else states[-1]
        return out, [states[-1]] if ends(layer) else []

    return over_time(layer, scan)


@dataclass(frozen=True, slots=True)
class _Scan:
    """The recurrence of one GRU.

    Attributes:
        units: Size of the state.
        outer: Activation of the candidate.
        inner: Activation of the gates.
        after: Whether the reset gate is applied after the product with the recurrent weights.
    """

    units: int
    outer: Activation
    inner: Activation
    after: bool

    def run(self, z: Any, weights: Any, kept: Masks, mask: Any, begin: Sequence[Any]) -> Any:
        """Scan over time.

        Args:
            z: Projected inputs, shape (T, R, B, 3 units), in Keras's order z, r, h.
            weights: Recurrent weights, shape (R, units, 3 units), and bias, shape (R, 3 units).
            kept: Dropout masks of the recurrent state, shape (R, B, units).
            mask: Shape (T, R, B), false where the state is to be kept as it was, or None.
            begin: State before the first step, shape (R, B, units); none for zeros.

        Returns:
            States, shape (T, R, B, units).
        """

        @tf.custom_gradient  # type: ignore[untyped-decorator]
        def states(
            z: Any, recurrent: Any, bias: Any, *begin: Any
        ) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
            first = begin[0] if begin else tf.zeros([*z.shape[1:-1], self.units])
            gates, hidden = self._forward(z, (recurrent, bias), kept, mask, first)
            before = shifted(hidden, first)

            def gradient(dh: Any) -> tuple[Any, ...]:
                dz, dh_first = self._backward(dh, gates, before, recurrent, kept, mask)
                dr, db = self._weight_gradients(dz, gates, before, kept)
                return dz, dr, db, *((dh_first,) if begin else ())

            return hidden, gradient

        return states(z, *weights, *begin)

    def _forward(
        self, z: Any, weights: Any, kept: Masks, mask: Any, first: Any
    ) -> tuple[Any, Any]:
        """Return gates (T, R, B, 4 units) and states (T, R, B, units).

        The gates are update, reset, candidate, and the product that makes the candidate.
        """
        steps, size = z.shape[0], self.units
        recurrent, bias = weights
        bias = bias[:, None, :]

        def step(t: Any, h: Any, *past: Any) -> tuple[Any, ...]:
            xs, x_new = z[t][..., : 2 * size], z[t][..., 2 * size :]
            if self.after:
                all_three = product(h, recurrent, kept) + bias
                two, made = all_three[..., : 2 * size], all_three[..., 2 * size :]
            else:
                two = product(h, recurrent[..., : 2 * size], kept[:2])
            update, reset = tf.split(self.inner.value(xs + two), 2, -1)
            if self.after:
                candidate = self.outer.value(x_new + reset * made)
            else:
                made = product(reset * h, recurrent[..., 2 * size :], kept[2:])
                candidate = self.outer.value(x_new + made)
            hidden = update * h + (1 - update) * candidate
            if mask is not None:
                hidden = tf.where(mask[t][..., None], hidden, h)
            gates = tf.concat([update, reset, candidate, made], -1)
            return t + 1, hidden, past[0].write(t, gates), past[1].write(t, hidden)

        past = record(steps, [*first.shape[:-1], 4 * size]), record(steps, first.shape)
        _, _, gates, hidden = tf.while_loop(
            lambda t, *_: t < steps, step, (0, first, *past), maximum_iterations=steps
        )
        return gates.stack(), hidden.stack()

    def _backward(
        self, dh: Any, gates: Any, before: Any, recurrent: Any, kept: Masks, mask: Any
    ) -> tuple[Any, Any]:
        """Return the gradients of the projected inputs, (T, R, B, 3 units), and first state."""
        steps, size = gates.shape[0], self.units

        def step(k: Any, dh_next: Any, past: Any) -> tuple[Any, ...]:
            t = steps - 1 - k
            down, h = dh_next + dh[t], before[t]
            update, reset, candidate, made = tf.split(gates[t], 4, -1)
            d_update = down * (h - candidate) * self.inner.slope(update)
            d_new = down * (1 - update) * self.outer.slope(candidate)
            if self.after:
                d_reset = d_new * made * self.inner.slope(reset)
                under = back(tf.concat([d_update, d_reset, d_new * reset], -1), recurrent, kept)
            else:
                inside = back(d_new, recurrent[..., 2 * size :], kept[2:])
                d_reset = inside * h * self.inner.slope(reset)
                two = tf.concat([d_update, d_reset], -1)
                under = back(two, recurrent[..., : 2 * size], kept[:2]) + inside * reset
            dz, under = tf.concat([d_update, d_reset, d_new], -1), under + down * update
            if mask is not None:
                real = mask[t][..., None]
                dz, under = tf.where(real, dz, 0.0), tf.where(real, under, down)
            return k + 1, under, past.write(t, dz)

        shape = [*gates.shape[1:-1], 3 * size]
        _, dh_first, past = tf.while_loop(
            lambda k, *_: k < steps,
            step,
            (0, tf.zeros(before.shape[1:]), record(steps, shape)),
            maximum_iterations=steps,
        )
        return past.stack(), dh_first

    def _weight_gradients(self, dz: Any, gates: Any, before: Any, kept: Masks) -> tuple[Any, Any]:
        """Return the gradients of the recurrent weights and of their bias."""
        size = self.units
        two, d_new, reset = dz[..., : 2 * size], dz[..., 2 * size :], gates[..., size : 2 * size]
        if self.after:
            products = tf.concat([two, d_new * reset], -1)
            return contract(before, products, kept), tf.reduce_sum(products, [0, 2])
        found = contract(before, two, kept[:2]), contract(reset * before, d_new, kept[2:])
        # There is no such bias then; what was given are zeros that nobody trains.
        return tf.concat(found, -1), tf.zeros([before.shape[1], 3 * size])


@lowers(keras.layers.SimpleRNN)
def lower_simple_rnn(layer: keras.layers.SimpleRNN) -> Lowered:
    """Lower a SimpleRNN layer."""
    cell = layer.cell
    outer = activation_of(cell.activation)

    def scan(
        call: Call, z: Any, kept: Masks, mask: Any, begin: Sequence[Any]
    ) -> tuple[Any, list[Any]]:
        states = _simple(z, call[cell.recurrent_kernel], kept, mask, (outer, *begin))
        out = states if layer.return_sequences else states[-1]
        return out, [states[-1]] if ends(layer) else []

    return over_time(layer, scan)


def _simple(z: Any, recurrent: Any, kept: Masks, mask: Any, rest: Sequence[Any]) -> Any:
    """Scan a simple recurrence, shape (T, R, B, units); TensorFlow finds the gradient.

    Steps are unrolled: few use this layer, and loops inside loops are slow to differentiate.
    """
    outer, *begin = rest
    h = begin[0] if begin else tf.zeros_like(z[0])
    states = []
    for t in range(z.shape[0]):
        new = outer.value(z[t] + product(h, recurrent, kept))
        h = new if mask is None else tf.where(mask[t][..., None], new, h)
        states.append(h)
    return tf.stack(states)
