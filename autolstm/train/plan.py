"""How a fit is laid out: sizes of the program, replicates of a group, compiled or not.

Everything here follows from the sizes of the data and the settings and from nothing measured, so
that the same study on the same machine takes the same way and gives the same numbers.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from autolstm.errors import OutOfMemory
from autolstm.memory import free
from autolstm.models.backend import keras
from autolstm.models.decoder import Decoder
from autolstm.models.states import lanes_of
from autolstm.prepare.windows import Windows
from autolstm.settings import Training
from autolstm.train.chunk import Shape
from autolstm.train.losses import trained_loss

__all__ = ["Plan", "bytes_of", "plan"]

REPORTS = 20
"""Parts in which a fit is trained at least, as many as are reported of it."""

EPOCHS_AT_ONCE = 10
"""Most epochs in one call of a program. It is told how many; it holds an order of batches each."""

QUICK_ALONE = 1024
"""Batch size times units from which a replicate is trained as quickly alone as with others.

Below it, most of a step is overhead, which replicates in one group share.
"""

TOGETHER = 3
"""Most replicates of a group: more are hardly quicker, and harder to deal out to threads."""

NUMBERS_AT_ONCE = 2**22
"""Numbers (16 MiB) that one layer may hold while windows are validated or forecast."""

WORTH_COMPILING = 2000
"""Steps of a recurrence in a fit from which compiling (1 to 2 s) is quicker than not.

A step, forward and back, costs about 0.8 ms as a plain graph and a few microseconds compiled.
"""

RECURRENT = (keras.layers.RNN, keras.layers.Bidirectional, Decoder)
"""Layers that go from step to step."""

SHARE = 0.8
"""Share of the free memory that a fit may take."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a fit is laid out.

    Attributes:
        shape: Sizes of the program, which trains one group of replicates.
        piece: Most epochs that are trained without a look at them.
        compiled: Whether XLA compiles the program.
    """

    shape: Shape
    piece: int
    compiled: bool


def plan(
    model: keras.Model, windows: Windows, training: Training, replicates: int, threads: int
) -> Plan:
    """Lay out a fit.

    Args:
        model: The network.
        windows: Its data.
        training: How it is trained.
        replicates: Seeds.
        threads: Groups that train at the same time.

    Raises:
        OutOfMemory: Not even one replicate fits into the free memory.
        SettingError: The loss to be minimised does not fit the data.
    """
    room = free() * SHARE
    most = _together(model, training, (len(windows.train), replicates, threads))
    for size in range(most, 0, -1):
        shape = _shape(model, windows, training, size)
        lines = min(-(-replicates // size), threads)
        if bytes_of(model, shape) * lines <= room:
            break
    else:
        raise OutOfMemory(
            f"One fit needs about {bytes_of(model, shape) / 2**30:.1f} GiB of memory with "
            f"{windows.window} rows x {windows.features} columns in a window and batches of "
            f"{training.batch_size}, and {room / 2**30:.1f} GiB may be used. Narrow "
            f"architecture.units, architecture.layers, preparation.window or training.batch_size."
        )
    steps = -(-len(windows.train) // shape.batch)
    work = training.epochs * steps * _recurrences(model)
    piece = min(shape.epochs, -(-training.epochs // REPORTS))
    return Plan(shape, piece, work >= WORTH_COMPILING)


def _together(model: keras.Model, training: Training, counts: tuple[int, int, int]) -> int:
    """Return how many replicates make a group, if memory allows.

    Args:
        model: The network.
        training: How it is trained.
        counts: Training windows, replicates, and threads.
    """
    windows, replicates, threads = counts
    units = max(map(_units, model.layers))
    size = training.batch_size
    if (windows if isinstance(size, str) else size) * units >= QUICK_ALONE:
        return 1
    return min(-(-replicates // threads), TOGETHER)


def _shape(model: keras.Model, windows: Windows, training: Training, replicates: int) -> Shape:
    batch = training.batch(len(windows.train))
    room = max(1, NUMBERS_AT_ONCE // (_widest(model) * replicates))
    most, valid = windows.most or len(windows.series), len(windows.valid)
    valid_batch = -(-valid // -(-valid // room)) if valid else 0
    if lanes_of(model) is not None:
        # Lanes go on from training into validation.
        valid_batch = batch
    return Shape(
        replicates=replicates,
        rows=len(windows.series),
        ends=windows.shapes,
        batch=batch,
        steps=-(-most // batch),
        valid_batch=valid_batch,
        valid_steps=-(-most // max(1, valid_batch)),
        epochs=min(EPOCHS_AT_ONCE, max(1, NUMBERS_AT_ONCE // most)),
        trained=trained_loss(training, windows),
        measured=windows.loss,
        weighted=windows.weighted,
        padded=windows.padded,
    )


def bytes_of(model: keras.Model, shape: Shape) -> int:
    """Predict the memory that a program needs while it trains one group.

    Every layer keeps about three times its output for the way back, a recurrent one its four
    gates and two states and their gradients; weights stand beside their gradient, the slots of
    the optimiser, and the best ones so far.
    """
    numbers = 0
    for layer in model.layers:
        factor = 15 if isinstance(layer, RECURRENT) else 3
        numbers += factor * _numbers(layer)
    held = max(shape.batch, shape.valid_batch) * numbers
    weights = 6 * sum(int(np.prod(one.shape)) for one in model.weights)
    windows = shape.batch * shape.steps
    target = shape.ends.output[: -1 if shape.measured == "cross_entropy" else None]
    targets = (windows + shape.valid_batch * shape.valid_steps) * int(np.prod(target))
    data = shape.rows * shape.ends.features + 2 * windows * shape.epochs
    data += targets * (2 if shape.weighted else 1)
    return 4 * (shape.replicates * (held + weights) + data)


def _numbers(layer: keras.layers.Layer) -> int:
    """Return the numbers in a layer's output for one window, states of every step included."""
    if isinstance(layer, Decoder):
        # It keeps the states before every step, and looks at the memory at one step at a time.
        states = sum(one.units for one in layer.cells)
        return int(layer.steps * (states + layer.speaker.units))
    shape = [one for one in _first(layer.output).shape[1:] if one]
    last_only = isinstance(layer, RECURRENT) and len(shape) < 2
    steps = _steps(layer) if last_only else 1
    return int(np.prod(shape)) * steps


def _units(layer: keras.layers.Layer) -> int:
    """Return how wide a layer is, 1 where it has no width of its own."""
    if isinstance(layer, Decoder):
        return max(int(one.units) for one in layer.cells)
    inner = getattr(layer, "forward_layer", layer)
    return int(getattr(inner, "units", 1))


def _widest(model: keras.Model) -> int:
    return max(map(_numbers, model.layers))


def _recurrences(model: keras.Model) -> int:
    """Return how many steps all recurrent layers make for one window."""
    return max(1, sum(_steps(layer) for layer in model.layers if isinstance(layer, RECURRENT)))


def _steps(layer: keras.layers.Layer) -> int:
    """Return how many steps a recurrent layer is given; where there is a mask, it comes second."""
    if isinstance(layer, Decoder):
        return int(layer.steps) * len(layer.cells)
    return int(_first(layer.input).shape[1])


def _first(tensors: Any) -> Any:
    return tensors[0] if isinstance(tensors, (list, tuple)) else tensors
