"""Keras's optimisers as pure functions of R replicates: one small rule each.

A rule is read off a plain `keras.optimizers.Optimizer`. Its numbers (rates, decays, clipping) are
run-time arguments, so that changing them never compiles; which rule it is belongs to the program.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autolstm.models.backend import keras, tf
from autolstm.train.lowering.base import Unsupported

__all__ = ["Rule", "rule_of"]

Numbers = dict[str, Any]
Step = Callable[[Any, Any, Sequence[Any], Any, Any, Numbers], tuple[Any, list[Any]]]
"""Of (value, gradient, slots, learning rate, step from 1, numbers) to (value, slots)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How an optimiser updates one variable.

    Attributes:
        name: Tells rules apart that make different programs.
        slots: What each slot of a variable begins with.
        numbers: The optimiser's own numbers, by name.
        step: The update.
        clip: How gradients are clipped: ``""``, ``"norm"``, ``"global"`` or ``"value"``.
        decays: Whether weights decay apart from the gradient (Loshchilov & Hutter, 2019).
    """

    name: str
    slots: tuple[float, ...]
    numbers: dict[str, float]
    step: Step
    clip: str
    decays: bool

    def begin(self, values: Sequence[Any]) -> list[list[Any]]:
        """Return the slots of every variable before the first step."""
        return [[tf.fill(tf.shape(one), begin) for begin in self.slots] for one in values]

    def apply(
        self,
        values: Sequence[Any],
        gradients: Sequence[Any],
        slots: Sequence[Sequence[Any]],
        rate: Any,
        number: Any,
        numbers: Numbers,
    ) -> tuple[list[Any], list[list[Any]]]:
        """Update all variables of all replicates by one step.

        Args:
            values: One array of shape (R, ...) per variable.
            gradients: Of the same shapes.
            slots: What `begin` or the last step returned.
            rate: Learning rate, a number.
            number: Number of the step, from 1.
            numbers: `numbers`, as tensors.
        """
        clipped = self._clipped(gradients, numbers)
        if self.decays:
            values = [one - one * numbers["weight_decay"] * rate for one in values]
        done = [
            self.step(value, gradient, own, rate, number, numbers)
            for value, gradient, own in zip(values, clipped, slots, strict=True)
        ]
        return [one for one, _ in done], [own for _, own in done]

    def _clipped(self, gradients: Sequence[Any], numbers: Numbers) -> list[Any]:
        if not self.clip:
            return list(gradients)
        most = numbers["clip"]
        if self.clip == "value":
            return [tf.clip_by_value(one, -most, most) for one in gradients]
        squares = [tf.reduce_sum(one * one, _inner(one), keepdims=True) for one in gradients]
        if self.clip == "global":
            whole = tf.add_n([tf.reshape(one, [-1]) for one in squares])
            squares = [tf.reshape(whole, one.shape) for one in squares]
        # Each replicate is clipped by its own norm.
        return [
            one * most / tf.maximum(tf.sqrt(own), most)
            for one, own in zip(gradients, squares, strict=True)
        ]


def rule_of(optimizer: keras.optimizers.Optimizer) -> Rule:
    """Read the rule off a Keras optimiser.

    Raises:
        Unsupported: The optimiser, or an option of it, has no rule here.
    """
    kind = type(optimizer).__name__
    if kind not in _RULES or type(optimizer).__module__.split(".")[0] != "keras":
        raise Unsupported(f"the optimiser {kind} cannot be compiled")
    for option in ("use_ema", "amsgrad", "centered", "loss_scale_factor"):
        if getattr(optimizer, option, None):
            raise Unsupported(f"{option} of the optimiser {kind} cannot be compiled")
    if getattr(optimizer, "gradient_accumulation_steps", None):
        raise Unsupported(f"gradient accumulation of {kind} cannot be compiled")
    slots, names, step = _RULES[kind](optimizer)
    numbers = {name: float(getattr(optimizer, name)) for name in names}
    # Keras takes these from one before it rounds: in single precision, 1 - 0.999 is not 0.001.
    numbers |= {f"1-{name}": 1.0 - numbers[name] for name in numbers if name in _DECAYS}
    clip = next((k for k in _CLIPS if (getattr(optimizer, _CLIPS[k]) or 0) > 0), "")
    if clip:
        numbers["clip"] = float(getattr(optimizer, _CLIPS[clip]))
    decay = optimizer.weight_decay
    if decay:
        if any(getattr(optimizer, f"_exclude_from_weight_decay{what}", None) for what in _SPARED):
            raise Unsupported(f"weights that {kind} does not let decay cannot be compiled")
        numbers["weight_decay"] = float(decay)
    name = f"{kind}/{len(slots)}/{getattr(optimizer, 'nesterov', False)}/{clip}/{bool(decay)}"
    return Rule(name, slots, numbers, step, clip, bool(decay))


_CLIPS = {"norm": "clipnorm", "global": "global_clipnorm", "value": "clipvalue"}
_DECAYS = ("beta_1", "beta_2", "rho")
_SPARED = ("", "_pattern")


def _inner(value: Any) -> list[int]:
    return list(range(1, len(value.shape)))


def _adam(_: Any) -> tuple[tuple[float, ...], tuple[str, ...], Step]:
    def step(
        value: Any, gradient: Any, slots: Sequence[Any], rate: Any, number: Any, has: Numbers
    ) -> tuple[Any, list[Any]]:
        first, second = slots
        count = tf.cast(number, tf.float32)
        bias = tf.sqrt(1 - tf.pow(has["beta_2"], count)) / (1 - tf.pow(has["beta_1"], count))
        first = first + (gradient - first) * has["1-beta_1"]
        second = second + (gradient * gradient - second) * has["1-beta_2"]
        moved = value - first * (rate * bias) / (tf.sqrt(second) + has["epsilon"])
        return moved, [first, second]

    return (0.0, 0.0), ("beta_1", "beta_2", "epsilon"), step


def _rmsprop(optimizer: Any) -> tuple[tuple[float, ...], tuple[str, ...], Step]:
    moves = optimizer.momentum > 0

    def step(
        value: Any, gradient: Any, slots: Sequence[Any], rate: Any, number: Any, has: Numbers
    ) -> tuple[Any, list[Any]]:
        mean = has["rho"] * slots[0] + has["1-rho"] * gradient * gradient
        change = rate * gradient / tf.sqrt(mean + has["epsilon"])
        if not moves:
            return value - change, [mean]
        speed = has["momentum"] * slots[1] + change
        return value - speed, [mean, speed]

    names = ("rho", "epsilon", "momentum") if moves else ("rho", "epsilon")
    return (0.0,) * (1 + moves), names, step


def _adagrad(optimizer: Any) -> tuple[tuple[float, ...], tuple[str, ...], Step]:
    def step(
        value: Any, gradient: Any, slots: Sequence[Any], rate: Any, number: Any, has: Numbers
    ) -> tuple[Any, list[Any]]:
        total = slots[0] + gradient * gradient
        return value - rate * gradient / tf.sqrt(total + has["epsilon"]), [total]

    return (float(optimizer.initial_accumulator_value),), ("epsilon",), step


def _sgd(optimizer: Any) -> tuple[tuple[float, ...], tuple[str, ...], Step]:
    moves, ahead = optimizer.momentum > 0, optimizer.nesterov

    def step(
        value: Any, gradient: Any, slots: Sequence[Any], rate: Any, number: Any, has: Numbers
    ) -> tuple[Any, list[Any]]:
        change = gradient * rate
        if not moves:
            return value - change, []
        speed = slots[0] * has["momentum"] - change
        return value + (speed * has["momentum"] - change if ahead else speed), [speed]

    return ((0.0,), ("momentum",), step) if moves else ((), (), step)


_RULES: dict[str, Callable[[Any], tuple[tuple[float, ...], tuple[str, ...], Step]]] = {
    "Adam": _adam,
    "AdamW": _adam,
    "RMSprop": _rmsprop,
    "Adagrad": _adagrad,
    "SGD": _sgd,
}
