"""Dimensions of how a network is fitted, which the larger presets have in common."""

from autolstm.space.dimensions import Choice, Dimension, Float, Int, When

__all__ = ["SGD", "clipped", "finetuned", "optimised", "scheduled"]

SGD = (When("training.optimizer", ("sgd",)),)
"""Momentum is for sgd only."""


def optimised(names: tuple[str, ...], slowest: float, fastest: float) -> dict[str, Dimension]:
    """Return optimisers, the range of their rates, and what is for one of them only."""
    found: dict[str, Dimension] = {
        "training.optimizer": Choice(names),
        "training.learning_rate": Float(slowest, fastest, log=True),
        "training.momentum": Float(0.0, 0.99, when=SGD),
        "training.nesterov": Choice((False, True), SGD),
    }
    if "adamw" in names:
        decayed = (When("training.optimizer", ("adamw",)),)
        found["training.weight_decay"] = Float(1e-4, 1e-1, log=True, when=decayed)
    return found


def scheduled(names: tuple[str, ...], epochs: tuple[int, ...]) -> dict[str, Dimension]:
    """Return schedules of the rate, constant besides, and the epochs of one fall."""
    falls = (When("training.schedule", names),)
    return {
        "training.schedule": Choice(("constant", *names)),
        "training.decay": Choice((0.01, 0.1, 0.5), falls),
        "training.decay_epochs": Choice(epochs, falls),
        "training.warmup": Choice((0, 5)),
    }


def clipped(*limits: float) -> dict[str, Dimension]:
    """Return limits of the gradient's norm, none besides."""
    return {"training.clip_norm": Choice((0.0, *limits))}


def finetuned() -> dict[str, Dimension]:
    """Return rounds of fine-tuning.

    For sequences only: the last fit of a series has no validation rows that say when a round
    begins (decision 014), so its rate would not fall as it did in the search.
    """
    tuned = (When("training.finetune", (1, 2)),)
    return {
        "training.finetune": Int(0, 2),
        "training.finetune_factor": Choice((0.1, 0.3), tuned),
    }
