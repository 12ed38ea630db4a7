"""The thorough space: wide ranges, for a hundred trials and more.

It has hundreds of structures, so that most trials compile a program of their own.
"""

from autolstm.settings import Architecture, Preparation, Settings, Training
from autolstm.space.dimensions import Choice, Dimension, Float, Int, When
from autolstm.space.presets.default import prepared
from autolstm.space.presets.network import convolved, decoded, penalised, stacked
from autolstm.space.presets.size import LabelSize, SeriesSize
from autolstm.space.presets.training import clipped, finetuned, optimised, scheduled
from autolstm.space.space import Space

__all__ = ["DECODER", "labels", "series"]

DECODER = When("preparation.strategy", ("decoder",))
"""Where forecasts have one."""


def series(size: SeriesSize) -> Space:
    """Return the space of a forecast."""
    # The change of the change takes one row more, which the shortest series do not have.
    differences = 2 if size.room(2) > 1 else 1
    ladder = size.ladder(differences, (0.25, 0.5, 1, 2, 3), (4, 8, 16, 32, 64, 128))
    # Those of logarithms need a positive target; the last one takes any.
    powers = ("none", "log", "boxcox", "yeojohnson") if size.bend else ("none", "yeojohnson")
    # A decoder differs from an answer given at once only where there are several steps.
    strategies = ("direct", "decoder") if size.horizon > 1 else ("direct",)
    dimensions: dict[str, Dimension] = {
        **prepared(size),
        "preparation.scale": Choice(("minmax01", "minmax11", "standard", "robust")),
        "preparation.power": Choice(powers),
        "preparation.trend": Choice(("none", "linear")),
        "preparation.difference": Int(0, differences),
        "preparation.window": Choice(ladder),
        "preparation.strategy": Choice(strategies),
        **_network(),
        **convolved(("3", "3,5"), pooled=True),
        **(decoded(DECODER) if size.horizon > 1 else {}),
        **_training(),
        **scheduled(("exponential", "cosine", "restarts"), (10, 30, 100)),
        # About 32, 16, 4 and 1 updates an epoch.
        "training.batch_size": Choice(tuple(size.batch * n // 2 for n in (1, 2, 8, 32))),
    }
    base = Settings(
        preparation=Preparation(difference=1, window=size.window(ladder)),
        architecture=Architecture(),
        training=Training(batch_size=size.batch, epochs=300, patience=30),
    )
    return Space(base, dimensions)


def labels(size: LabelSize) -> Space:
    """Return the space of an answer to sequences."""
    scales = ("minmax01", "minmax11", "standard", "robust") if size.numbers else ("standard",)
    dimensions: dict[str, Dimension] = {
        "preparation.scale": Choice(scales),
        "preparation.encode": Choice(size.encodings),
        **_network(),
        **convolved(("3", "3,5"), pooled=size.form != "steps"),
        **(decoded() if size.form == "decoder" else {}),
        "architecture.embedding": Choice(
            (8, 16, 32), (When("preparation.encode", ("embedding",)),)
        ),
        **_training(),
        **scheduled(("exponential", "cosine", "restarts", "plateau"), (10, 30)),
        **finetuned(),
        "training.class_weight": Choice(("none", "balanced") if size.classes else ("none",)),
        "training.batch_size": Choice(tuple(size.batch * n // 2 for n in (1, 2, 8))),
    }
    base = Settings(
        preparation=Preparation(window=size.longest),
        architecture=Architecture(units=64),
        training=Training(
            batch_size=size.batch,
            learning_rate=2e-3,
            epochs=600 if size.few else 300,
            patience=100 if size.few else 30,
        ),
    )
    return Space(base, dimensions)


def _network() -> dict[str, Dimension]:
    return {
        **stacked(3, (8, 16, 32, 64, 128, 256), (8, 32, 128)),
        "architecture.normalise": Choice(("none", "layer")),
        **penalised(("kernel",), (1e-5, 1e-3)),
        "architecture.dropout": Float(0.0, 0.6, step=0.1),
        "architecture.recurrent_dropout": Float(0.0, 0.4, step=0.1),
    }


def _training() -> dict[str, Dimension]:
    return {
        **optimised(("adam", "adamw", "rmsprop", "sgd"), 1e-4, 1e-1),
        **clipped(1.0, 5.0),
        "training.shuffle": Choice((True, False)),
    }
