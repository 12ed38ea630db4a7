"""What a program decides after an epoch, for every replicate by itself.

These are the rules of `stopping.EarlyStopping` and `schedules.OwnShare`, written for tensors.
"""

from typing import Any

import numpy as np

from autolstm.models.backend import tf

__all__ = ["judged"]


def judged(state: Any, numbers: Any, blind: Any, train: Any, valid: Any) -> tuple[Any, Any]:
    """Keep best weights, go back to them, lower rates and stop.

    Args:
        state: After the epoch, see `chunk.build`.
        numbers: See there.
        blind: Whether there is no validation: the last weights are the best, and nothing waits.
        train: Training losses, shape (R,).
        valid: Validation losses, shape (R,).

    Returns:
        The state, and what is seen of the epoch.
    """
    ran, best_loss = state["running"], state["best_loss"]
    running = ran & tf.math.is_finite(train) & (blind | tf.math.is_finite(valid))
    better = running & (blind | (valid < best_loss - numbers["min_delta"]))
    best_loss = tf.where(better & ~blind, valid, best_loss)
    waited = tf.where(better, 0, state["waited"] + tf.cast(running, tf.int32))
    spent = running & (waited >= numbers["patience"])
    returned = spent & (state["rounds"] < numbers["rounds"])
    running &= returned | ~spent
    weights = (*state["weights"], *state["kept"])
    best = _chosen(better, weights, state["best"])
    held = _chosen(returned, best, weights)
    trained = len(state["weights"])
    after = {
        "weights": held[:trained],
        "kept": held[trained:],
        "best": best,
        "best_loss": best_loss,
        "waited": tf.where(returned, 0, waited),
        "rounds": state["rounds"] + tf.cast(returned, tf.int32),
        **_slowed(state, numbers, better, returned),
        "running": running,
    }
    seen = {
        "train": tf.where(ran, train, np.nan),
        "valid": tf.where(ran, valid, np.nan),
        "best": best_loss,
        "running": tf.cast(running, tf.float32),
    }
    return {**state, **after}, seen


def _slowed(state: Any, numbers: Any, better: Any, returned: Any) -> dict[str, Any]:
    """Return each replicate's share of the rate, and for how long its loss has not fallen."""
    stalled = tf.where(better | returned, 0, state["stalled"] + 1)
    fallen = stalled >= numbers["plateau"]
    share = state["share"] * tf.where(fallen, numbers["decay"], 1.0)
    share *= tf.where(returned, numbers["factor"], 1.0)
    return {"stalled": tf.where(fallen, 0, stalled), "share": share}


def _chosen(which: Any, ones: Any, others: Any) -> list[Any]:
    """Return of every pair of arrays, shape (R, ...), the first for some replicates."""
    return [
        tf.where(tf.reshape(which, [-1] + [1] * (len(one.shape) - 1)), one, other)
        for one, other in zip(ones, others, strict=True)
    ]
