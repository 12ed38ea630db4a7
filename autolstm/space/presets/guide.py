"""The guides' space: what guides to tuning LSTMs tell a person to try, in their ranges.

Brownlee's chapter on tuning (*Long Short-Term Memory Networks with Python*, 2017) grids memory
cells (1, 5, 10; by tens and hundreds; up to 1000), layers, batch sizes (1, 2 to 256, all), input
scaling, and dropout of inputs and state; it puts learning rates between 0.0001 and 0.1, and has
them fall. Practitioners' lists add gradients clipped at a norm of 5 or 15, and cosines. Bengio
(2012, arXiv:1206.5533) takes 32 for a good batch size to begin with.
"""

from autolstm.settings import Architecture, Preparation, Settings, Training
from autolstm.settings.training import FULL
from autolstm.space.dimensions import Choice, Dimension, Float, When
from autolstm.space.presets.default import prepared
from autolstm.space.presets.network import convolved, decoded, penalised, stacked
from autolstm.space.presets.size import LabelSize, SeriesSize
from autolstm.space.presets.training import clipped, finetuned, optimised, scheduled
from autolstm.space.space import Space

__all__ = ["labels", "series"]

MOST_UPDATES = 1000
"""Updates in an epoch beyond which a batch size takes too long to be worth a trial."""

INITIAL = ("uniform", "normal", "glorot_uniform", "glorot_normal", "orthogonal")
"""Ways to draw first weights that the guides name."""

LARGEST_FULL = 4096
"""Windows beyond which one update with all of them takes much memory and teaches little."""


def series(size: SeriesSize) -> Space:
    """Return the space of a forecast."""
    ladder = size.ladder(1, (0.5, 1, 2), (8, 24, 64))
    dimensions: dict[str, Dimension] = {
        **prepared(size),
        "preparation.scale": Choice(("none", "minmax01", "minmax11", "standard")),
        "preparation.window": Choice(ladder),
        **_network(),
        **convolved(("3", "2,3,5"), pooled=True),
        **_training(size.examples),
        **scheduled(("exponential", "step", "cosine", "restarts"), (10, 50, 200)),
    }
    base = Settings(
        preparation=Preparation(difference=1, window=size.window(ladder)),
        architecture=Architecture(units=100),
        training=_fit(),
    )
    return Space(base, dimensions)


def labels(size: LabelSize) -> Space:
    """Return the space of an answer to sequences."""
    scales = ("none", "minmax01", "minmax11", "standard") if size.numbers else ("standard",)
    encodings = ("integer", *size.encodings) if size.symbols else ("one-hot",)
    dimensions: dict[str, Dimension] = {
        "preparation.scale": Choice(scales),
        "preparation.encode": Choice(encodings),
        **_network(),
        **convolved(("3", "2,3,5"), pooled=size.form != "steps"),
        **(decoded() if size.form == "decoder" else {}),
        "architecture.embedding": Choice(
            (8, 16, 32), (When("preparation.encode", ("embedding",)),)
        ),
        **_training(size.sequences),
        **scheduled(("exponential", "step", "cosine", "restarts", "plateau"), (10, 50)),
        **finetuned(),
    }
    base = Settings(
        preparation=Preparation(window=size.longest, encode="one-hot"),
        architecture=Architecture(units=100),
        training=_fit(),
    )
    return Space(base, dimensions)


def _network() -> dict[str, Dimension]:
    return {
        **stacked(4, (1, 5, 10, 20, 50, 100, 200, 500, 1000), (10, 100)),
        "architecture.activation": Choice(("tanh", "sigmoid", "relu", "softsign")),
        "architecture.normalise": Choice(("none", "batch")),
        "architecture.kernel_init": Choice(INITIAL),
        "architecture.recurrent_init": Choice(INITIAL),
        # A gru has no gate that forgets.
        "architecture.forget_bias": Choice((0, 1), (When("architecture.cell", ("lstm",)),)),
        # None, L1, L2 and both, for each group of weights.
        **penalised(("kernel", "recurrent", "bias"), (0.01,)),
        "architecture.dropout": Float(0.0, 0.9, step=0.1),
        "architecture.recurrent_dropout": Float(0.0, 0.9, step=0.1),
    }


def _training(examples: int) -> dict[str, Dimension]:
    return {
        **optimised(("adam", "rmsprop", "adagrad", "sgd"), 1e-4, 1e-1),
        **clipped(5.0, 15.0),
        "training.shuffle": Choice((True, False)),
        "training.batch_size": Choice(_batches(examples)),
    }


def _batches(examples: int) -> tuple[int | str, ...]:
    """Return 1 to 256 and all, without what the data do not fill, or what takes too long."""
    sizes = tuple(2**n for n in range(9))
    fast = [one for one in sizes if one * MOST_UPDATES >= examples][:-1] or [sizes[-2]]
    fitting = tuple(one for one in sizes if fast[0] <= one <= max(examples, 2))
    return (*fitting, FULL) if examples <= LARGEST_FULL else fitting


def _fit() -> Training:
    """Return how a fit begins: as many epochs as the guides' examples."""
    return Training(batch_size=32, learning_rate=1e-3, epochs=500, patience=50)
