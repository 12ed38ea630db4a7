"""Forecasts of all replicates together: windows by themselves, or one behind the other."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autolstm.models.backend import tf
from autolstm.train.chunk import Shape
from autolstm.train.executable import Executable
from autolstm.train.lowering import Call, Network, Signal
from autolstm.train.plan import NUMBERS_AT_ONCE

__all__ = ["build_walk", "forecast", "walked"]


def forecast(
    network: Network,
    weights: Mapping[str, Any],
    inputs: Callable[[slice], np.ndarray],
    counts: tuple[int, int, int],
) -> np.ndarray:
    """Forecast in bounded memory, shape (R, n, *output).

    Args:
        network: What forecasts.
        weights: Value of every variable by its path, shape (R, ...).
        inputs: Gives some windows, shape (R or 1, n, window, features).
        counts: Windows, rows of each, and replicates.
    """
    count, window, replicates = counts
    room = max(1, NUMBERS_AT_ONCE // (window * replicates * 64))
    found = []
    call = Call(weights=weights, rates={})
    for start in range(0, max(1, count), room):
        rows = np.asarray(inputs(slice(start, start + room)), np.float32)
        out = network(call, Signal(tf.constant(rows.transpose(2, 0, 1, 3))))
        value = out.value.numpy()
        found.append(value.transpose(1, 2, 0, 3) if out.steps else value)
    return np.concatenate(found, axis=1)


def build_walk(network: Network, shape: Shape) -> Executable:
    """Return the program that `walked` runs, of (weights, series, first, count) to outputs.

    It is a plain graph: it runs once in a fit, and to compile it would take as long.

    - weights: By path, shape (R, ...).
    - series: See `chunk.build`.
    - first, count: Origin of the first window, and batches.
    - outputs: Shape (batches that a series could have, R, batch, outputs).
    """
    batch, rows = shape.batch, shape.rows
    back = np.arange(1 - shape.ends.window, 1, dtype=np.int32)[:, None, None]

    def walk(weights: Any, series: Any, first: Any, count: Any) -> Any:
        replicates = next(iter(weights.values())).shape[0]

        def body(step: Any, carried: Any, found: Any) -> Any:
            origins = first + step * batch + tf.range(batch)
            # A last batch is filled up with windows that nobody asked for.
            inputs = tf.gather(series, tf.clip_by_value(origins[None, None] + back, 0, rows - 1))
            call = Call(weights=weights, rates={}, carried=carried)
            out = network(call, Signal(inputs))
            return step + 1, call.ended, found.write(step, out.value)

        empty = tf.TensorArray(
            tf.float32,
            size=-(-rows // batch),
            element_shape=(replicates, batch, *shape.ends.output),
        )
        _, _, found = tf.while_loop(
            lambda step, *_: step < count, body, (0, network.begun(replicates, batch), empty)
        )
        return found.stack()

    return Executable(walk, jit=False)


def walked(
    walk: Executable,
    weights: Mapping[str, np.ndarray],
    series: np.ndarray,
    every: np.ndarray,
    batch: int,
) -> np.ndarray:
    """Pass consecutive windows on through lanes, from states of zero, shape (R, n, outputs).

    Args:
        walk: Made by `build_walk`.
        weights: Value of every variable by its path, shape (R, ...).
        series: Prepared inputs, shape (rows, features).
        every: Origins of the windows, each one row after the one before, shape (n,).
        batch: Lanes.
    """
    count = -(-len(every) // batch)
    found: np.ndarray = walk(dict(weights), series, np.int32(every[0]), np.int32(count))[:count]
    joined = np.moveaxis(found, 1, 0).reshape(found.shape[1], -1, *found.shape[3:])
    return joined[:, : len(every)]
