"""Recurrent layers: LSTM and GRU, in one direction or both, with their first weights."""

from collections.abc import Callable
from typing import Any

from autolstm.models.backend import keras
from autolstm.seeding import child
from autolstm.settings import Architecture

__all__ = ["initialiser", "normalisation", "options", "recurrent"]

L1L2 = keras.regularizers.L1L2


def recurrent(
    architecture: Architecture,
    name: str,
    place: int,
    seed: int,
    *,
    every: bool,
    states: bool = False,
    forwards: bool = False,
) -> keras.layers.Layer:
    """Build one recurrent layer.

    LSTM (Hochreiter & Schmidhuber, 1997) or GRU (Cho et al., 2014, arXiv:1406.1078); in both
    directions (Schuster & Paliwal, 1997) what each finds stands side by side.

    Args:
        architecture: What it is like.
        name: Its name.
        place: Its number in the network, from 0; it decides its seeds, and its width.
        seed: That of the network.
        every: Whether it hands on its state at every step, or after the last one.
        states: Whether it gives its last states too.
        forwards: Whether it reads forwards only, whatever the architecture says.
    """
    kind = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[architecture.cell]

    def one(name: str, *side: str) -> keras.layers.Layer:
        return kind(
            **options(architecture, place, seed, *side),
            return_sequences=every,
            return_state=states,
            go_backwards=bool(side),
            stateful=architecture.stateful,
            name=name,
        )

    if forwards or not architecture.bidirectional:
        return one(name)
    # Its own copy of a layer would begin with the same weights.
    there, back = one(f"forward_{name}"), one(f"backward_{name}", "backwards")
    return keras.layers.Bidirectional(there, backward_layer=back, name=name)


def options(architecture: Architecture, place: int, seed: int, *side: str) -> dict[str, Any]:
    """Return what a recurrent layer and its cell have in common.

    Args:
        architecture: What it is like.
        place: Number of the layer, from 0; a decoder's are counted on from the encoder's.
        seed: That of the network.
        side: Tells layers of one place apart.
    """

    def draw(what: str, how: str) -> Any:
        return initialiser(how, child(seed, what, place, *side))

    return {
        "units": architecture.sizes[place % architecture.layers],
        "activation": architecture.activation,
        "dropout": architecture.dropout,
        "recurrent_dropout": architecture.recurrent_dropout,
        "kernel_initializer": draw("kernel", architecture.kernel_init),
        "recurrent_initializer": draw("recurrent", architecture.recurrent_init),
        **_penalties(architecture),
        **(
            {"unit_forget_bias": bool(architecture.forget_bias)}
            if architecture.cell == "lstm"
            else {}
        ),
        "seed": child(seed, "dropout", place, *side),
    }


def _penalties(architecture: Architecture) -> dict[str, Any]:
    """Return the penalties of all three groups of weights where one group has any.

    Which of them are zero makes no other program then; a network without any has none to compute.
    """
    factors = {
        group: (getattr(architecture, f"l1_{group}"), getattr(architecture, f"l2_{group}"))
        for group in ("kernel", "recurrent", "bias")
    }
    if not any(map(any, factors.values())):
        return {}
    return {f"{group}_regularizer": L1L2(*both) for group, both in factors.items()}


_DRAWN: dict[str, Callable[[int], Any]] = {
    "uniform": lambda seed: keras.initializers.RandomUniform(-0.05, 0.05, seed=seed),
    "normal": lambda seed: keras.initializers.RandomNormal(0.0, 0.05, seed=seed),
    "glorot_uniform": lambda seed: keras.initializers.GlorotUniform(seed=seed),
    "glorot_normal": lambda seed: keras.initializers.GlorotNormal(seed=seed),
    "he_uniform": lambda seed: keras.initializers.HeUniform(seed=seed),
    "he_normal": lambda seed: keras.initializers.HeNormal(seed=seed),
    "orthogonal": lambda seed: keras.initializers.Orthogonal(seed=seed),
}


def initialiser(name: str, seed: int) -> Any:
    """Return the way to draw first weights that a knob names, in Keras's ranges.

    Uniform within 0.05 and normal with a deviation of 0.05; Glorot & Bengio (2010); He et al.
    (2015, arXiv:1502.01852); orthogonal (Saxe et al., 2013, arXiv:1312.6120).
    """
    return _DRAWN[name](seed)


def normalisation(architecture: Architecture, name: str) -> list[keras.layers.Layer]:
    """Build what follows a recurrent layer: nothing, or one layer.

    Batch normalisation (Ioffe & Szegedy, 2015, arXiv:1502.03167) leaves steps out that are
    masked; layer normalisation (Ba et al., 2016, arXiv:1607.06450) looks at each step alone.
    """
    match architecture.normalise:
        case "batch":
            return [keras.layers.BatchNormalization(name=f"normalised_{name}")]
        case "layer":
            return [keras.layers.LayerNormalization(name=f"normalised_{name}")]
        case _:
            return []
