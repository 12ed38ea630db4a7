"""The default space, sized by the data.

Where a knob shapes the compiled program its ladder is coarse, so that a study of 50 trials
compiles about 20 programs: layers, units, window and batch size make at most 48. Everything else
(rates, optimiser, dropout, preparation) is free: it is an argument of the program.
"""

from autolstm.settings import KNOBS, Architecture, Preparation, Settings, Training
from autolstm.space.dimensions import Choice, Dimension, Float, Int, When
from autolstm.space.space import Space

__all__ = ["default_space", "label_space"]

# A cycle longer than this makes a window of one cycle slower than it is worth by default.
LONGEST_SEASON_WINDOW = 60

FEW_SEQUENCES = 500
"""Training sequences below which a fit takes more epochs, and more of them without a gain."""


def default_space(
    *,
    train_rows: int,
    season: int,
    horizon: int,
    bend: bool = False,
    windows: int | None = None,
    several: bool = False,
) -> Space:
    """Return the space that is searched where a study says nothing else.

    Args:
        train_rows: Rows that serve training, of the shortest series, at least ``horizon + 2``.
        season: Rows in one cycle, 0 for none.
        horizon: Steps to forecast.
        bend: Whether the target is positive and its level varies enough for a log to matter.
        windows: Training rows of all series together; None where there is one.
        several: Whether there are several series, which can be scaled together.
    """
    # Seasonal differencing costs one cycle of rows; it must leave two thirds to train on.
    longest = min((train_rows - horizon) // 3, KNOBS["preparation.seasonal_difference"].high or 0)
    lags = (0, season) if 1 < season <= longest else (0,)
    room = train_rows - max(lags) - 1 - horizon
    ladder, batches = _windows(room, season), _batches(windows or room)
    dimensions: dict[str, Dimension] = {
        "preparation.scale": Choice(("minmax01", "minmax11", "standard")),
        "preparation.scale_by": Choice(("series", "all") if several else ("series",)),
        "preparation.power": Choice(("none", "log") if bend else ("none",)),
        "preparation.difference": Int(0, 1),
        "preparation.seasonal_difference": Choice(lags),
        # One cure for a season is enough.
        "preparation.seasonal_adjustment": Choice(
            lags, When("preparation.seasonal_difference", (0,))
        ),
        "preparation.window": Choice(ladder),
        "architecture.layers": Int(1, 2),
        "architecture.units": Choice((16, 32, 64, 128)),
        "architecture.dropout": Float(0.0, 0.5, step=0.1),
        "training.optimizer": Choice(("adam", "rmsprop", "sgd")),
        "training.learning_rate": Float(3e-4, 3e-2, log=True),
        "training.momentum": Float(0.0, 0.95, when=When("training.optimizer", ("sgd",))),
        "training.batch_size": Choice(batches),
    }
    window = season if season in ladder else ladder[:2][-1]
    base = Settings(
        preparation=Preparation(difference=1, window=window),
        architecture=Architecture(),
        training=Training(batch_size=batches[0]),
    )
    return _varied(base, dimensions)


def label_space(
    *, sequences: int, longest: int, numbers: bool, symbols: bool, embedding: bool
) -> Space:
    """Return the space that is searched for labelled sequences where a study says nothing else.

    Args:
        sequences: Sequences that serve training.
        longest: Steps of the longest one; the network sees all of them.
        numbers: Whether some features are numbers.
        symbols: Whether some features are symbols.
        embedding: Whether they can be embedded: there is no other feature.
    """
    encodings = ("one-hot", "embedding") if embedding else ("one-hot",)
    batches = (16, 64) if sequences < 1000 else (32, 128) if sequences < 4000 else (64, 256)
    dimensions: dict[str, Dimension] = {
        "preparation.scale": Choice(("minmax11", "standard") if numbers else ("standard",)),
        "preparation.encode": Choice(encodings if symbols else ("one-hot",)),
        "architecture.layers": Int(1, 2),
        "architecture.units": Choice((16, 32, 64, 128)),
        "architecture.dropout": Float(0.0, 0.5, step=0.1),
        "training.optimizer": Choice(("adam", "rmsprop")),
        "training.learning_rate": Float(5e-4, 1e-2, log=True),
        "training.batch_size": Choice(batches),
    }
    # A few sequences make few updates an epoch, and a validation loss that wavers.
    usual, few = Training(), sequences < FEW_SEQUENCES
    base = Settings(
        preparation=Preparation(window=longest),
        architecture=Architecture(units=64),
        training=Training(
            batch_size=batches[0],
            learning_rate=2e-3,
            epochs=400 if few else usual.epochs,
            patience=100 if few else usual.patience,
        ),
    )
    return _varied(base, dimensions)


def _varied(base: Settings, dimensions: dict[str, Dimension]) -> Space:
    """Leave out the dimensions that have one value only."""
    return Space(base, {k: v for k, v in dimensions.items() if v.extremes()[0] != v.extremes()[1]})


def _windows(room: int, season: int) -> tuple[int, ...]:
    """Window lengths: half a cycle, one, and two, or a short, a middle and a long one."""
    if 1 < season <= LONGEST_SEASON_WINDOW:
        ladder = {max(3, season // 2), max(4, season), max(6, 2 * season)}
    else:
        ladder = {8, 24, 64}
    # Half of the rows at most go into one window, else too few windows are left to learn from.
    fitting = sorted(one for one in ladder if one <= room // 2)
    if len(fitting) > 1:
        return tuple(fitting)
    return (1, max(2, room // 4)) if room > 1 else (1,)


def _batches(windows: int) -> tuple[int, ...]:
    """Batch sizes that give about 16 and 4 updates in an epoch, fewer for short series."""
    small = 8
    while small * 2 * 16 <= windows and small < 128:
        small *= 2
    return (small, small * 4)
