"""The default space: a study of 50 trials compiles about 20 programs.

Layers, units, window and batch size make at most 48 structures.
"""

from autolstm.settings import Architecture, Preparation, Settings, Training
from autolstm.space.dimensions import Choice, Dimension, Float, Int, When
from autolstm.space.presets.size import LabelSize, SeriesSize
from autolstm.space.presets.training import SGD
from autolstm.space.space import Space

__all__ = ["labels", "prepared", "series"]


def series(size: SeriesSize) -> Space:
    """Return the space of a forecast."""
    ladder = size.ladder(1, (0.5, 1, 2), (8, 24, 64))
    dimensions: dict[str, Dimension] = {
        **prepared(size),
        "preparation.scale": Choice(("minmax01", "minmax11", "standard")),
        "preparation.window": Choice(ladder),
        "architecture.layers": Int(1, 2),
        "architecture.units": Choice((16, 32, 64, 128)),
        "architecture.dropout": Float(0.0, 0.5, step=0.1),
        "training.optimizer": Choice(("adam", "rmsprop", "sgd")),
        "training.learning_rate": Float(3e-4, 3e-2, log=True),
        "training.momentum": Float(0.0, 0.95, when=SGD),
        "training.batch_size": Choice((size.batch, size.batch * 4)),
    }
    base = Settings(
        preparation=Preparation(difference=1, window=size.window(ladder)),
        architecture=Architecture(),
        training=Training(batch_size=size.batch),
    )
    return Space(base, dimensions)


def prepared(size: SeriesSize) -> dict[str, Dimension]:
    """Return the dimensions of a preparation that no program is compiled for."""
    return {
        "preparation.scale_by": Choice(("series", "all") if size.several else ("series",)),
        "preparation.power": Choice(("none", "log") if size.bend else ("none",)),
        "preparation.difference": Int(0, 1),
        "preparation.seasonal_difference": Choice(size.lags),
        # One cure for a season is enough.
        "preparation.seasonal_adjustment": Choice(
            size.lags, (When("preparation.seasonal_difference", (0,)),)
        ),
    }


def labels(size: LabelSize) -> Space:
    """Return the space of an answer to sequences."""
    dimensions: dict[str, Dimension] = {
        "preparation.scale": Choice(("minmax11", "standard") if size.numbers else ("standard",)),
        "preparation.encode": Choice(size.encodings),
        "architecture.layers": Int(1, 2),
        "architecture.units": Choice((16, 32, 64, 128)),
        "architecture.dropout": Float(0.0, 0.5, step=0.1),
        "training.optimizer": Choice(("adam", "rmsprop")),
        "training.learning_rate": Float(5e-4, 1e-2, log=True),
        "training.batch_size": Choice((size.batch, size.batch * 4)),
    }
    usual = Training()
    base = Settings(
        preparation=Preparation(window=size.longest),
        architecture=Architecture(units=64),
        training=Training(
            batch_size=size.batch,
            learning_rate=2e-3,
            epochs=400 if size.few else usual.epochs,
            patience=100 if size.few else usual.patience,
        ),
    )
    return Space(base, dimensions)
