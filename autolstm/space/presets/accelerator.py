"""The space for an accelerator: few structures, large ones.

A GPU is busy with wide layers and large batches, and idle with small ones; compiling for it takes
longer than for a processor, so there are at most 16 structures. Recurrent dropout stays off: with
it, the fast kernels for LSTMs are not used.
"""

from autolstm.settings import Architecture, Preparation, Settings, Training
from autolstm.space.dimensions import Choice, Dimension, Float, Int
from autolstm.space.presets.default import prepared
from autolstm.space.presets.size import LabelSize, SeriesSize
from autolstm.space.presets.training import clipped, scheduled
from autolstm.space.space import Space

__all__ = ["labels", "series"]

LARGEST_BATCH = 4096
"""Beyond it, an epoch of most data sets makes too few updates."""


def series(size: SeriesSize) -> Space:
    """Return the space of a forecast."""
    ladder = size.ladder(1, (1, 2), (24, 64))
    batches = _batches(size.examples)
    dimensions: dict[str, Dimension] = {
        **prepared(size),
        "preparation.scale": Choice(("minmax11", "standard")),
        "preparation.window": Choice(ladder),
        **_network(),
        "training.batch_size": Choice(batches),
    }
    base = Settings(
        preparation=Preparation(difference=1, window=size.window(ladder)),
        architecture=Architecture(units=128),
        training=Training(batch_size=batches[0], epochs=300, patience=30),
    )
    return Space(base, dimensions)


def labels(size: LabelSize) -> Space:
    """Return the space of an answer to sequences."""
    batches = _batches(size.sequences)
    dimensions: dict[str, Dimension] = {
        "preparation.scale": Choice(("minmax11", "standard") if size.numbers else ("standard",)),
        "preparation.encode": Choice(size.encodings),
        **_network(),
        "training.batch_size": Choice(batches),
    }
    base = Settings(
        preparation=Preparation(window=size.longest),
        architecture=Architecture(units=128),
        training=Training(
            batch_size=batches[0],
            epochs=600 if size.few else 300,
            patience=100 if size.few else 30,
        ),
    )
    return Space(base, dimensions)


def _network() -> dict[str, Dimension]:
    return {
        "architecture.layers": Int(1, 2),
        "architecture.units": Choice((128, 512)),
        "architecture.dropout": Float(0.0, 0.5, step=0.1),
        "training.optimizer": Choice(("adam", "rmsprop")),
        "training.learning_rate": Float(3e-4, 3e-2, log=True),
        **scheduled(("cosine",), (30, 100)),
        **clipped(1.0),
    }


def _batches(examples: int) -> tuple[int, int]:
    """Return the largest power of two that the data fill, and a quarter of it."""
    large = 8
    while large * 2 <= min(examples, LARGEST_BATCH):
        large *= 2
    return large // 4, large
