"""`Architecture`: the knobs of what a network looks like."""

from dataclasses import dataclass

from autolstm.settings.knob import knob

__all__ = ["Architecture"]


@dataclass(frozen=True, slots=True)
class Architecture:
    """The shape of the network."""

    layers: int = knob(
        1,
        "LSTM layers, one on the other.",
        low=1,
        high=16,
        shapes=True,
    )
    units: int = knob(
        32,
        "Memory cells in every LSTM layer.",
        low=1,
        high=4096,
        unit="cells",
        shapes=True,
    )
    dropout: float = knob(
        0.0, "Share of each layer's inputs dropped while training.", low=0.0, high=0.95
    )
    recurrent_dropout: float = knob(
        0.0, "Share of the recurrent state dropped while training.", low=0.0, high=0.95
    )
    embedding: int = knob(
        16,
        "Numbers that stand for a symbol, where symbols are embedded.",
        low=1,
        high=1024,
        shapes=True,
    )
