"""The quick space: two networks, and what needs no other program."""

from autolstm.settings import Architecture, Preparation, Settings, Training
from autolstm.space.dimensions import Choice, Dimension, Float
from autolstm.space.presets.default import prepared
from autolstm.space.presets.size import LabelSize, SeriesSize
from autolstm.space.space import Space

__all__ = ["labels", "series"]


def series(size: SeriesSize) -> Space:
    """Return the space of a forecast."""
    ladder = size.ladder(1, (0.5, 1, 2), (8, 24, 64))
    dimensions: dict[str, Dimension] = {
        **prepared(size),
        "preparation.scale": Choice(("minmax11", "standard")),
        "architecture.units": Choice((16, 64)),
        "architecture.dropout": Float(0.0, 0.4, step=0.2),
        "training.learning_rate": Float(1e-3, 3e-2, log=True),
    }
    base = Settings(
        preparation=Preparation(difference=1, window=size.window(ladder)),
        architecture=Architecture(units=16),
        training=Training(batch_size=size.batch, learning_rate=1e-2, epochs=60, patience=10),
    )
    return Space(base, dimensions)


def labels(size: LabelSize) -> Space:
    """Return the space of an answer to sequences."""
    dimensions: dict[str, Dimension] = {
        "preparation.scale": Choice(("minmax11", "standard") if size.numbers else ("standard",)),
        "architecture.units": Choice((32, 64)),
        "architecture.dropout": Float(0.0, 0.4, step=0.2),
        "training.learning_rate": Float(1e-3, 1e-2, log=True),
    }
    base = Settings(
        preparation=Preparation(window=size.longest),
        architecture=Architecture(units=64),
        training=Training(
            batch_size=size.batch,
            epochs=150 if size.few else 60,
            patience=40 if size.few else 10,
        ),
    )
    return Space(base, dimensions)
