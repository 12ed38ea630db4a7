"""`Architecture`: the knobs of what a network looks like."""

import re
from dataclasses import dataclass
from typing import Any

from autolstm.settings.knob import Written, knob

__all__ = ["Architecture"]

LONGEST_KERNEL, MOST_KERNELS = 64, 4
"""Steps that a kernel sees at most, and kernels side by side."""

INITIALISERS = (
    "uniform",
    "normal",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "orthogonal",
)
"""Ways to draw first weights."""


def _kernels(text: str) -> tuple[int, ...]:
    """Read sizes of kernels, ascending and all different; none where it is no such text."""
    if not re.fullmatch(r"[0-9]{1,2}( ?, ?[0-9]{1,2})*", text):
        return ()
    sizes = tuple(map(int, text.split(",")))
    inside = sizes[0] >= 1 and sizes[-1] <= LONGEST_KERNEL and len(sizes) <= MOST_KERNELS
    return sizes if inside and sizes == tuple(sorted(set(sizes))) else ()


_KERNELS = Written(
    f"ascending whole numbers from 1 to {LONGEST_KERNEL}, at most {MOST_KERNELS}, with commas "
    f"between them, such as 3 or 3,5,7",
    lambda text: bool(_kernels(text)),
)


def _cells(default: int, which: str, when: str = "") -> Any:
    """Declare how many memory cells a layer has."""
    return knob(
        default,
        f"Memory cells in {which}{when}.",
        low=1,
        high=4096,
        unit="cells",
        shapes=True,
    )


def _penalty(power: int, weights: str) -> Any:
    """Declare how much a group of weights is penalised."""
    what = ("sizes", "squares")[power - 1]
    return knob(
        0.0,
        f"Added to the loss: this times the {what} of the {weights} of recurrent layers.",
        low=0.0,
        high=10.0,
    )


@dataclass(frozen=True, slots=True)
class Architecture:
    """The shape of the network."""

    cell: str = knob(
        "lstm",
        "The memory cell of recurrent layers; a gru has one gate and one state less.",
        choices=("lstm", "gru"),
        shapes=True,
    )
    bidirectional: bool = knob(
        False,
        "Whether layers read the window backwards too; a decoder never does.",
        shapes=True,
    )
    stateful: bool = knob(
        False,
        "Whether a window begins with the states after the one batch_size windows before it.",
        shapes=True,
    )
    layers: int = knob(
        1,
        "Recurrent layers, one on the other; a decoder has as many again.",
        low=1,
        high=16,
        shapes=True,
    )
    widths: str = knob(
        "equal",
        "Layers are all alike, each half of the one below (shrinking), or each as it likes.",
        choices=("equal", "shrinking", "free"),
        shapes=True,
    )
    units: int = _cells(32, "every recurrent layer, or in the first one where widths differ")
    units_2: int = _cells(32, "the second layer", ", with widths = free")
    units_3: int = _cells(32, "the third layer", ", with widths = free")
    units_4: int = _cells(32, "the fourth layer and those above it", ", with widths = free")
    filters: int = knob(
        0,
        "Patterns that a convolution looks for in front of the recurrent layers; 0 is none.",
        low=0,
        high=1024,
        shapes=True,
    )
    kernel_sizes: str = knob(
        "3",
        "Steps that a filter sees; several sizes work side by side. It counts with filters.",
        written=_KERNELS,
        shapes=True,
    )
    pooling: int = knob(
        1,
        "Of so many steps after the convolution the highest value stays. It counts with filters.",
        low=1,
        high=64,
        unit="steps",
        shapes=True,
    )
    decoder: str = knob(
        "repeat",
        "What a decoder gets: the last state at every step, or all states and its own answers.",
        choices=("repeat", "state"),
        shapes=True,
    )
    attention: bool = knob(
        False,
        "Whether a decoder looks back at all steps of the window, with decoder = state.",
        shapes=True,
    )
    teacher_forcing: bool = knob(
        False,
        "Whether a decoder hears the true answer before in training, with decoder = state.",
        shapes=True,
    )
    activation: str = knob(
        "tanh",
        "Of the memory cell's candidate and output; its gates stay sigmoid.",
        choices=("tanh", "sigmoid", "relu", "softsign"),
        shapes=True,
    )
    normalise: str = knob(
        "none",
        "Normalisation after each recurrent layer, except of a decoder with decoder = state.",
        choices=("none", "batch", "layer"),
        shapes=True,
    )
    kernel_init: str = knob(
        "glorot_uniform",
        "How the first input weights of recurrent layers and filters are drawn.",
        choices=INITIALISERS,
    )
    recurrent_init: str = knob(
        "orthogonal",
        "How the first weights between the states of recurrent layers are drawn.",
        choices=INITIALISERS,
    )
    forget_bias: int = knob(
        1, "What the bias of an lstm's forget gate begins with: 1 remembers.", low=0, high=1
    )
    dropout: float = knob(
        0.0, "Share of each layer's inputs dropped while training.", low=0.0, high=0.95
    )
    recurrent_dropout: float = knob(
        0.0, "Share of the recurrent state dropped while training.", low=0.0, high=0.95
    )
    l1_kernel: float = _penalty(1, "input weights")
    l2_kernel: float = _penalty(2, "input weights")
    l1_recurrent: float = _penalty(1, "weights between states")
    l2_recurrent: float = _penalty(2, "weights between states")
    l1_bias: float = _penalty(1, "biases")
    l2_bias: float = _penalty(2, "biases")
    embedding: int = knob(
        16,
        "Numbers that stand for a symbol, where symbols are embedded.",
        low=1,
        high=1024,
        shapes=True,
    )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Memory cells of every layer, the lowest first."""
        match self.widths:
            case "shrinking":
                sizes = [self.units]
                for _ in range(1, self.layers):
                    sizes.append((sizes[-1] + 1) // 2)
                return tuple(sizes)
            case "free":
                own = (self.units, self.units_2, self.units_3, self.units_4)
                return (own + own[-1:] * self.layers)[: self.layers]
            case _:
                return (self.units,) * self.layers

    @property
    def kernels(self) -> tuple[int, ...]:
        """Steps that the filters of each convolution see, the shortest first."""
        return _kernels(self.kernel_sizes) if self.filters else ()

    @property
    def said(self) -> str:
        """The network in a few words, such as ``2 x 32 LSTM units``."""
        alike = len(set(self.sizes)) == 1
        width = f"{self.layers} x {self.units}" if alike else " + ".join(map(str, self.sizes))
        both = "bidirectional " if self.bidirectional else ""
        return f"{width} {both}{self.cell.upper()} units"
