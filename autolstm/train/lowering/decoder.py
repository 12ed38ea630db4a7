"""A decoder that hears its own answers, with gradients that make its steps again.

Each step depends on the answer before it, so nothing of it can be computed for all steps at once.
A loop keeps the states before every step and nothing else; on the way back each step is computed
once more and differentiated (Chen et al., 2016, arXiv:1604.06174). So a program holds one step,
however many there are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autolstm.models.backend import keras, tf
from autolstm.models.decoder import HIDDEN, Decoder
from autolstm.train.lowering.activations import known
from autolstm.train.lowering.base import Call, Lowered, Signal, Unsupported, lowers, times
from autolstm.train.lowering.recurrent import Masks, input_bias, masks_of, product, project, record

__all__ = ["lower_decoder"]

Step = Callable[[Sequence[Any], Sequence[Any], Any], tuple[list[Any], Any]]
"""Of states, of arrays that are the same at every step, and of its number, to the next states and
an answer."""


@lowers(Decoder)
def lower_decoder(layer: Decoder) -> Lowered:
    """Lower a decoder."""
    _check_answers(layer)
    cells = [_Cell.of(one) for one in layer.cells]

    def apply(call: Call, signals: Sequence[Signal]) -> Signal:
        values = [one.value for one in signals]
        memory, seen = [], None
        if layer.looker is not None:
            memory, seen = [tf.transpose(values.pop(0), [1, 2, 0, 3])], signals[0].mask
        weights = [one.weights(call) for one in cells]
        ends = [call[layer.speaker.kernel], call[layer.speaker.bias]]
        looker = [] if layer.looker is None else [call[layer.looker.kernel]]
        replicates, batch = ends[0].shape[0], values[0].shape[1]
        values = [tf.broadcast_to(one, [replicates, batch, one.shape[-1]]) for one in values]
        first = tf.zeros([replicates, batch, layer.speaker.units])
        one = _Step(
            cells,
            [cell.masks(call, batch) for cell in cells],
            None if seen is None else tf.transpose(seen, [1, 2, 0]),
            layer.classes,
            bool(memory),
            _heard(layer, call),
        )
        fixed = [*(weight for own in weights for weight in own), *ends, *looker, *memory]
        return Signal(_scan(one, layer.steps, [first, *values], fixed))

    return apply


def _heard(layer: Decoder, call: Call) -> Any:
    """Return what a teacher says before every step, (steps, R, B, outputs); None for none."""
    if not layer.teacher or call.teacher is None:
        return None
    told, kinds = call.teacher, layer.speaker.units
    told = tf.one_hot(tf.cast(told, tf.int32), kinds) if layer.classes else told
    told = tf.transpose(told, [2, 0, 1, 3])
    return tf.concat([tf.zeros_like(told[:1]), told[:-1]], 0)


def _check_answers(layer: Decoder) -> None:
    """Raise unless answers are made as `autolstm.models` makes them."""
    speaker, looker = layer.speaker, layer.looker
    plain = speaker.use_bias and known(speaker.activation) is keras.activations.linear
    looks = looker is None or (
        not looker.use_bias and known(looker.activation) is keras.activations.tanh
    )
    if not (plain and looks):
        raise Unsupported(f"the answers of {layer.name!r} cannot be compiled")


@dataclass(frozen=True, eq=False, slots=True)
class _Cell:
    """A cell as a function of one step.

    Attributes:
        layer: The cell.
        kinds: How many states it has: 2 for an LSTM, 1 for a GRU.
        outer: Activation of the candidate and of an LSTM's output.
        inner: Activation of the gates.
    """

    layer: keras.layers.Layer
    kinds: int
    outer: Callable[[Any], Any]
    inner: Callable[[Any], Any]

    @classmethod
    def of(cls, cell: keras.layers.Layer) -> "_Cell":
        """Read a cell.

        Raises:
            Unsupported: It is neither an LSTM nor a GRU as `autolstm.models` makes them.
        """
        kind = {keras.layers.LSTMCell: 2, keras.layers.GRUCell: 1}.get(type(cell))
        if kind is None or not cell.use_bias or not getattr(cell, "reset_after", True):
            raise Unsupported(f"the cell {cell.name!r} of a decoder cannot be compiled")
        return cls(cell, kind, known(cell.activation), known(cell.recurrent_activation))

    def weights(self, call: Call) -> list[Any]:
        """Return input weights, recurrent weights, bias and, of a GRU, that of the states."""
        own = [call[self.layer.kernel], call[self.layer.recurrent_kernel]]
        own.append(input_bias(call, self.layer))
        return own if self.kinds == 2 else [*own, call[self.layer.bias][:, 1]]

    def masks(self, call: Call, batch: int) -> tuple[Masks, Masks]:
        """Return dropout masks of inputs and states."""
        return (
            masks_of(call, self.layer, "dropout", [batch, self.layer.kernel.shape[0]]),
            masks_of(call, self.layer, "recurrent_dropout", [batch, self.layer.units]),
        )

    def step(self, x: Any, states: Sequence[Any], weights: Sequence[Any], masks: Any) -> list[Any]:
        """Return the next states, the one that is shown first."""
        kernel, recurrent, bias, *rest = weights
        z, (h, *cell) = project(x[None], kernel, bias, masks[0])[0], states
        made = product(h, recurrent, masks[1])
        if cell:
            i, f, g, o = tf.split(z + made, 4, -1)
            new = self.inner(f) * cell[0] + self.inner(i) * self.outer(g)
            return [self.inner(o) * self.outer(new), new]
        x_update, x_reset, x_new = tf.split(z, 3, -1)
        update, reset, old = tf.split(made + rest[0][:, None, :], 3, -1)
        gate = self.inner(x_update + update)
        candidate = self.outer(x_new + self.inner(x_reset + reset) * old)
        return [gate * h + (1 - gate) * candidate]


@dataclass(frozen=True, eq=False, slots=True)
class _Step:
    """One step: what it heard and the states of all cells -> the next ones and an answer.

    Attributes:
        cells: The cells.
        masks: Their dropout masks.
        seen: Shape (R, B, T), false where the memory is padding, or None.
        classes: Whether answers are scores (logits).
        looks: Whether there is a memory.
        heard: What a teacher says before every step; None where it hears itself.
    """

    cells: Sequence[_Cell]
    masks: Sequence[tuple[Masks, Masks]]
    seen: Any
    classes: bool
    looks: bool
    heard: Any = None

    def __call__(
        self, states: Sequence[Any], fixed: Sequence[Any], number: Any
    ) -> tuple[list[Any], Any]:
        """Answer once, shape (R, B, outputs)."""
        (said, *states), rest = states, list(fixed)
        if self.heard is not None:
            said = self.heard[number]
        after: list[Any] = []
        for cell, masks in zip(self.cells, self.masks, strict=True):
            own, states = states[: cell.kinds], states[cell.kinds :]
            count = 3 if cell.kinds == 2 else 4
            found = cell.step(said, own, rest[:count], masks)
            said, rest, after = found[0], rest[count:], [*after, *found]
        kernel, bias, *rest = rest
        if self.looks:
            looker, memory = rest
            said = tf.tanh(times(tf.concat([self._found(memory, said), said], -1), looker))
        answer = times(said, kernel) + bias[:, None, :]
        return [tf.nn.softmax(answer) if self.classes else answer, *after], answer

    def _found(self, memory: Any, state: Any) -> Any:
        """Return what a state finds in a memory, shape (R, B, units)."""
        scores = tf.reduce_sum(memory * state[:, :, None], -1)
        if self.seen is not None:
            scores = tf.where(self.seen, scores, HIDDEN)
        return tf.reduce_sum(tf.nn.softmax(scores)[..., None] * memory, 2)


def _scan(step: Step, steps: int, begin: Sequence[Any], fixed: Sequence[Any]) -> Any:
    """Take steps one after another, and return what each gives, shape (steps, ...).

    Args:
        step: One step.
        steps: How many.
        begin: States before the first one.
        fixed: What is the same at every step.
    """
    kinds = len(begin)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def run(*given: Any) -> tuple[Any, Callable[[Any], list[Any]]]:
        states, same = given[:kinds], given[kinds:]
        before, answers = _forward(step, steps, states, same)

        def gradient(pull: Any) -> list[Any]:
            return _backward(step, before, same, pull)

        return answers, gradient

    return run(*begin, *fixed)


def _forward(
    step: Step, steps: int, begin: Sequence[Any], fixed: Sequence[Any]
) -> tuple[list[Any], Any]:
    """Return the states before every step and what every step gives."""
    kinds = len(begin)

    def body(t: Any, *held: Any) -> tuple[Any, ...]:
        states, past, said = held[:kinds], held[kinds:-1], held[-1]
        after, answer = step(states, fixed, t)
        kept = (one.write(t, state) for one, state in zip(past, states, strict=True))
        return t + 1, *after, *kept, said.write(t, answer)

    # What a step hears has the shape of what it gives.
    past = [record(steps, one.shape) for one in begin]
    _, *held = tf.while_loop(
        lambda t, *_: t < steps,
        body,
        (0, *begin, *past, record(steps, begin[0].shape)),
        maximum_iterations=steps,
    )
    return [one.stack() for one in held[kinds:-1]], held[-1].stack()


def _backward(step: Step, before: Sequence[Any], fixed: Sequence[Any], pull: Any) -> list[Any]:
    """Return the gradients of the first states and of what is the same at every step."""
    steps, kinds = pull.shape[0], len(before)

    def body(k: Any, *held: Any) -> tuple[Any, ...]:
        t = steps - 1 - k
        states = [one[t] for one in before]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([*states, *fixed])
            after, answer = step(states, fixed, t)
        found = tape.gradient(
            [*after, answer],
            [*states, *fixed],
            output_gradients=[*held[:kinds], pull[t]],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        sums = (one + new for one, new in zip(held[kinds:], found[kinds:], strict=True))
        return k + 1, *found[:kinds], *sums

    gradients: list[Any]
    _, *gradients = tf.while_loop(
        lambda k, *_: k < steps,
        body,
        (0, *(tf.zeros(one.shape[1:]) for one in before), *map(tf.zeros_like, fixed)),
        maximum_iterations=steps,
    )
    return gradients
