"""What a program is fed: groups of seeds, their first state, data, numbers, orders of batches."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autolstm.models.backend import keras
from autolstm.prepare.windows import Windows
from autolstm.seeding import child
from autolstm.settings import Settings
from autolstm.train.chunk import Shape
from autolstm.train.lowering import Network
from autolstm.train.reference import batch_order
from autolstm.train.rules import Rule
from autolstm.train.schedules import plateau_patience, shares

__all__ = ["arguments", "chunk", "constants", "dropout_seeds", "first_state", "groups"]


def groups(size: int, count: int) -> list[list[int]]:
    """Split ``count`` replicates into groups of equal size, the last filled up with its last."""
    return [
        [min(first + place, count - 1) for place in range(size)] for first in range(0, count, size)
    ]


def first_state(donors: Sequence[keras.Model], rule: Rule) -> dict[str, Any]:
    """Return the state in which a group begins, with the weights of fresh Keras models."""
    trained, kept = (
        [np.stack([one.numpy() for one in each]) for each in zip(*every, strict=True)]
        for every in (
            [one.trainable_weights for one in donors],
            [one.non_trainable_weights for one in donors],
        )
    )
    size = len(donors)
    return {
        "weights": trained,
        "kept": kept,
        "slots": [[np.zeros_like(one), np.full_like(one, rule.begin)] for one in trained],
        "step": np.int32(0),
        "best": [*trained, *kept],
        "best_loss": np.full(size, np.inf, np.float32),
        "waited": np.zeros(size, np.int32),
        "stalled": np.zeros(size, np.int32),
        "rounds": np.zeros(size, np.int32),
        "share": np.ones(size, np.float32),
        "running": np.ones(size, bool),
    }


def constants(shape: Shape, windows: Windows) -> dict[str, Any]:
    """Return the data that a shape asks for, parts padded to whole batches."""
    held: dict[str, Any] = {"series": windows.series}
    parts = {
        "train": (windows.train, shape.steps * shape.batch),
        "valid": (windows.valid, shape.valid_steps * shape.valid_batch),
    }
    for name, (part, size) in parts.items():
        held[f"{name}_origins"] = _filled(part.origins, size)
        held[f"{name}_targets"] = _filled(part.told, size)
        held[f"{name}_count"] = np.int32(len(part))
        if shape.weighted:
            own = np.ones_like(part.targets) if part.weights is None else part.weights
            held[f"{name}_weights"] = _filled(own, size)
        if shape.padded:
            whole = np.full(len(part), windows.window, np.int32)
            held[f"{name}_lengths"] = _filled(
                whole if part.lengths is None else part.lengths, size
            )
    return held


def _filled(values: np.ndarray, size: int) -> np.ndarray:
    """Fill up with zeros along the first axis."""
    return np.pad(values, ((0, size - len(values)), *((0, 0) for _ in values.shape[1:])))


def arguments(
    compiled: Network, network: Network, rule: Rule, windows: Windows, settings: Settings
) -> dict[str, Any]:
    """Return the numbers that a program is told and not compiled for.

    Args:
        compiled: The network that the program was made from; its names count.
        network: One of the same structure, whose numbers count.
        rule: Holds the optimiser's numbers.
        windows: Hold the unit of losses.
        settings: Hold the rules of stopping and of fine-tuning.
    """
    training = settings.training
    penalties = np.reshape(list(network.penalties.values()), (-1, 2))
    pairs = zip(compiled.rates, network.rates.values(), strict=True)
    return {
        "unit": np.float32(windows.loss_unit),
        "patience": np.int32(training.patience),
        "min_delta": np.float32(training.min_delta),
        "rounds": np.int32(training.finetune),
        "factor": np.float32(training.finetune_factor),
        "plateau": np.int32(plateau_patience(training)),
        "decay": np.float32(training.decay),
        "rates": {name: np.float32(rate) for name, rate in pairs},
        "penalties": penalties.astype(np.float32),
        "rule": {name: np.float32(one) for name, one in rule.numbers.items()},
    }


def chunk(
    shape: Shape,
    windows: Windows,
    settings: Settings,
    seeds: Sequence[int],
    span: tuple[int, int],
) -> dict[str, Any]:
    """Return what is told for some epochs: ``span`` is (epochs done before, epochs to train)."""
    first, count = span
    training, rows = settings.training, len(windows.train)
    orders = np.zeros((shape.epochs, len(seeds), shape.steps * shape.batch), np.int32)
    for place, seed in enumerate(seeds):
        for number in range(count):
            told = batch_order(seed, first + number + 1, rows, shuffle=training.shuffle)
            orders[number, place, :rows] = told
    rates = np.zeros((shape.epochs, shape.steps), np.float32)
    steps = -(-rows // shape.batch)
    share = shares(training, first=first, epochs=count, steps=steps)
    rates[:count, :steps] = training.learning_rate * share
    return {"count": np.int32(count), "orders": orders, "rates": rates}


def dropout_seeds(seeds: Sequence[int]) -> np.ndarray:
    """Return two numbers a replicate, from which its dropout masks are drawn."""
    drawn = [[child(seed, "dropout", part) for part in range(2)] for seed in seeds]
    return np.array(drawn, np.int32)
