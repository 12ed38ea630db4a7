"""Losses of single elements: what training minimises, and what is measured.

Every loss is a function of (outputs, targets) to the loss of each element, of the shape of the
targets; whoever calls it weighs and sums up. They are:

- ``squared``, ``absolute`` errors;
- ``huber``: half the squared error up to 1 on the prepared scale, and a line beyond (Huber, 1964,
  doi:10.1214/aoms/1177703732);
- ``pinball`` and a per cent behind it, as `autolstm.metrics` names them (Koenker & Bassett, 1978);
- ``cross_entropy`` of scores (logits), one for every class, and the number of the right one.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from autolstm.errors import SettingError
from autolstm.models.backend import tf
from autolstm.prepare.windows import Windows
from autolstm.settings import Training

__all__ = ["Loss", "loss_named", "trained_loss"]

Loss = Callable[[Any, Any], Any]
"""Of outputs and targets to the loss of every element."""

_TRAINED = {"mse": "squared", "mae": "absolute", "huber": "huber"}
"""Names of losses by those of the knob ``training.loss``."""


def trained_loss(training: Training, windows: Windows) -> str:
    """Return the name of the loss that training minimises.

    Raises:
        SettingError: A loss of numbers is to be minimised, but there are classes.
    """
    if training.loss == "auto":
        return windows.loss
    if windows.loss == "cross_entropy":
        raise SettingError(
            f"training.loss = {training.loss!r} is not accepted where classes are learnt: it "
            f"measures numbers. It takes auto there, which is cross-entropy. Leave training.loss "
            f"out, or set it to auto."
        )
    return _TRAINED[training.loss]


@cache
def loss_named(name: str) -> Loss:
    """Look a loss up.

    Raises:
        ValueError: There is no loss of this name.
    """
    at = re.fullmatch(r"pinball(\d{0,2})", name)
    if at and at[1] not in ("0", "00"):
        return _pinball(int(at[1] or 50) / 100)
    if name not in _LOSSES:
        raise ValueError(f"no loss is named {name!r}")
    return _LOSSES[name]


def _squared(found: Any, targets: Any) -> Any:
    return tf.square(found - targets)


def _absolute(found: Any, targets: Any) -> Any:
    return tf.abs(found - targets)


def _huber(found: Any, targets: Any) -> Any:
    gap = tf.abs(found - targets)
    near = tf.minimum(gap, 1.0)
    return near * (gap - 0.5 * near)


def _pinball(level: float) -> Loss:
    def loss(found: Any, targets: Any) -> Any:
        gap = targets - found
        return tf.maximum(level * gap, (level - 1) * gap)

    return loss


def _cross_entropy(found: Any, targets: Any) -> Any:
    right = tf.one_hot(tf.cast(targets, tf.int32), found.shape[-1])
    return -tf.reduce_sum(right * tf.nn.log_softmax(found), -1)


_LOSSES: dict[str, Loss] = {
    "squared": _squared,
    "absolute": _absolute,
    "huber": _huber,
    "cross_entropy": _cross_entropy,
}
