"""Keras's optimisers as one recurrence of R replicates, told apart by numbers alone.

Adam, AdamW, RMSprop, Adagrad and SGD, with momentum or Nesterov's, all do this with a gradient g:

    second <- keep * second + take * g^2
    scale   = 1 / (sqrt(second + inside) + outside)
    step    = g, or g * scale where the scale comes first (RMSprop, Adagrad)
    first  <- hold * first + pull * step
    value  <- value - lead * (hold * first + pull * step, looking ahead as Nesterov, or first),
              times scale where the scale comes last (Adam)

so which of them it is, is a run-time argument like their rates and decays, and choosing another
one never compiles. So is clipping, by the norm of each variable, the norm of all, or by values: a
limit for each, which is infinite where gradients are not clipped in this way.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autolstm.models.backend import keras, tf
from autolstm.train.lowering.base import Unsupported

__all__ = ["Rule", "rule_of"]

Numbers = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """How an optimiser updates the weights.

    Attributes:
        numbers: The coefficients of the recurrence and the limits of clipping, by name.
        begin: What the second slot of every variable begins with; the first begins with zeros.
    """

    numbers: dict[str, float]
    begin: float = 0.0

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
            slots: First and second slot of every variable.
            rate: Learning rate, a number or one for each replicate, shape (R,).
            number: Number of the step, from 1.
            numbers: `numbers`, as tensors.
        """
        count = tf.cast(number, tf.float32)
        # Adam's moments begin at zero and are put right for that (Kingma & Ba, 2015, section 3).
        bias = tf.sqrt(1 - tf.pow(numbers["decay_2"], count))
        bias /= 1 - tf.pow(numbers["decay_1"], count)
        last = numbers["last"] > 0
        now = {
            **numbers,
            "pull": tf.where(last, numbers["pull"], rate),
            "lead": tf.where(last, rate * bias, 1.0),
            "fade": 1 - numbers["weight_decay"] * rate,
        }
        clipped = self._clipped(gradients, numbers)
        done = [_step(*each, now) for each in zip(values, clipped, slots, strict=True)]
        return [one for one, _ in done], [own for _, own in done]

    def _clipped(self, gradients: Sequence[Any], numbers: Numbers) -> list[Any]:
        # Each replicate is clipped by its own norm.
        squares = [tf.reduce_sum(one * one, _inner(one)) for one in gradients]
        whole = _left(tf.add_n(squares), numbers["clip_global"])
        shares = [whole * _left(own, numbers["clip_norm"]) for own in squares]
        most = numbers["clip_value"]
        return [
            tf.clip_by_value(one * _wide(share, one), -most, most)
            for one, share in zip(gradients, shares, strict=True)
        ]


def _left(square: Any, most: Any) -> Any:
    """Return the share of a gradient that clipping leaves, from its squared norm, shape (R,)."""
    norm = tf.sqrt(square)
    return tf.where(norm > most, most / norm, 1.0)


def _wide(one: Any, like: Any) -> Any:
    """Shape a number for each replicate so that it multiplies arrays of shape (R, ...)."""
    return tf.reshape(one, [-1] + [1] * (len(like.shape) - 1)) if len(one.shape) else one


def _step(value: Any, gradient: Any, slots: Sequence[Any], now: Numbers) -> Any:
    """Update one variable; return its value and slots."""
    now = {name: _wide(one, value) for name, one in now.items()}
    last = now["last"] > 0
    second = now["keep"] * slots[1] + now["take"] * tf.square(gradient)
    scale = 1 / (tf.sqrt(second + now["inside"]) + now["outside"])
    push = now["pull"] * gradient * tf.where(last, 1.0, scale)
    first = now["hold"] * slots[0] + push
    move = tf.where(now["ahead"] > 0, now["hold"] * first + push, first)
    move *= now["lead"] * tf.where(last, scale, 1.0)
    return value * now["fade"] - move, [first, second]


def rule_of(optimizer: keras.optimizers.Optimizer) -> Rule:
    """Read the rule off a Keras optimiser.

    Raises:
        Unsupported: The optimiser, or an option of it, has no rule here.
    """
    kind = type(optimizer).__name__
    if kind not in _KINDS or type(optimizer).__module__.split(".")[0] != "keras":
        raise Unsupported(f"the optimiser {kind} cannot be compiled")
    for option in ("use_ema", "amsgrad", "centered", "loss_scale_factor"):
        if getattr(optimizer, option, None):
            raise Unsupported(f"{option} of the optimiser {kind} cannot be compiled")
    if getattr(optimizer, "gradient_accumulation_steps", None):
        raise Unsupported(f"gradient accumulation of {kind} cannot be compiled")
    decay = optimizer.weight_decay or 0.0
    if decay and any(getattr(optimizer, one, None) for one in _SPARED):
        raise Unsupported(f"weights that {kind} does not let decay cannot be compiled")
    numbers = {**_PLAIN, **_KINDS[kind](optimizer), "weight_decay": float(decay)}
    # Keras takes a limit of zero for none.
    numbers |= {k: float(getattr(optimizer, one) or 0) or math.inf for k, one in _CLIPS.items()}
    return Rule(numbers, getattr(optimizer, "initial_accumulator_value", 0.0))


_CLIPS = {"clip_norm": "clipnorm", "clip_global": "global_clipnorm", "clip_value": "clipvalue"}
_SPARED = ("_exclude_from_weight_decay", "_exclude_from_weight_decay_pattern")
_PLAIN = {
    "keep": 0.0,
    "take": 0.0,
    "inside": 1.0,
    "outside": 0.0,
    "hold": 0.0,
    "pull": 0.0,
    "ahead": 0.0,
    "last": 0.0,
    "decay_1": 0.0,
    "decay_2": 0.0,
}
"""Plain gradient descent: the scale is 1, nothing is held."""


def _inner(value: Any) -> list[int]:
    return list(range(1, len(value.shape)))


def _adam(one: Any) -> Numbers:
    # The complements are taken before rounding: in single precision, 1 - 0.999 is not 0.001.
    return {
        "keep": float(one.beta_2),
        "take": 1.0 - float(one.beta_2),
        "inside": 0.0,
        "outside": float(one.epsilon),
        "hold": float(one.beta_1),
        "pull": 1.0 - float(one.beta_1),
        "last": 1.0,
        "decay_1": float(one.beta_1),
        "decay_2": float(one.beta_2),
    }


def _rmsprop(one: Any) -> Numbers:
    return {
        "keep": float(one.rho),
        "take": 1.0 - float(one.rho),
        "inside": float(one.epsilon),
        "hold": float(one.momentum),
    }


def _adagrad(one: Any) -> Numbers:
    return {"keep": 1.0, "take": 1.0, "inside": float(one.epsilon)}


def _sgd(one: Any) -> Numbers:
    return {"hold": float(one.momentum), "ahead": float(one.nesterov and one.momentum > 0)}


_KINDS: dict[str, Callable[[Any], Numbers]] = {
    "Adam": _adam,
    "AdamW": _adam,
    "RMSprop": _rmsprop,
    "Adagrad": _adagrad,
    "SGD": _sgd,
}
