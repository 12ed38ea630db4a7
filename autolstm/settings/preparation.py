"""`Preparation`: the knobs of what happens to data before a network sees them."""

from dataclasses import dataclass

from autolstm.settings.knob import knob

__all__ = ["Preparation"]


@dataclass(frozen=True, slots=True)
class Preparation:
    """What happens to the series before the network sees it."""

    scale: str = knob(
        "standard",
        "Scaling: to 0..1, to -1..1, by mean and deviation (standard), by median and quartiles.",
        choices=("none", "minmax01", "minmax11", "standard", "robust"),
    )
    power: str = knob(
        "none",
        "Bends the target's scale, so that swings do not grow with its level; undone exactly.",
        choices=("none", "log", "boxcox", "yeojohnson"),
    )
    trend: str = knob(
        "none",
        "Subtracts the line through the training rows, continued beyond them.",
        choices=("none", "linear"),
    )
    difference: int = knob(
        0,
        "1 forecasts the change since the last known value, 2 the change of the change.",
        low=0,
        high=2,
    )
    seasonal_difference: int = knob(
        0,
        "Forecast the change since the season of the last cycle, this many rows ago; 0 is off.",
        low=0,
        high=100_000,
        unit="rows",
    )
    seasonal_adjustment: int = knob(
        0,
        "Subtract the mean season of the training rows, a cycle of this many rows; 0 is off.",
        low=0,
        high=100_000,
        unit="rows",
    )
    encode: str = knob(
        "one-hot",
        "Symbols as numbers: one column (integer), one a symbol (one-hot), learnt (embedding).",
        choices=("integer", "one-hot", "embedding"),
        shapes=True,
    )
    window: int = knob(
        12,
        "How many past rows the network sees.",
        low=1,
        high=100_000,
        unit="rows",
        shapes=True,
    )
    stride: int = knob(
        1, "Rows from one training window to the next.", low=1, high=100_000, unit="rows"
    )
    strategy: str = knob(
        "direct",
        "How several rows are forecast: all at once, by a decoder, or fed back one by one.",
        choices=("direct", "decoder", "recursive"),
        shapes=True,
    )
    scale_by: str = knob(
        "series",
        "Whether each of several series is scaled by itself, or all of them alike.",
        choices=("series", "all"),
    )
