"""The whole network as a plain Keras model: the only definition of it."""

from collections.abc import Sequence
from typing import Any

from autolstm.models.backend import keras
from autolstm.models.decoder import decoder, speaker
from autolstm.models.front import convolutions, entrance, pooling
from autolstm.models.recurrent import normalisation, recurrent
from autolstm.settings import Architecture, check_architecture
from autolstm.shapes import Shapes

__all__ = ["build"]

Layers = list[keras.layers.Layer]


def build(
    architecture: Architecture, shapes: Shapes, *, seed: int, lanes: int | None = None
) -> keras.Model:
    """Build recurrent layers, what stands before them, and an output in the form asked for.

    - ``"vector"``: the last layer hands its state after the last step to the output, which gives
      all its numbers at once. For forecasts, this is the direct multi-step strategy (Ben Taieb
      et al., 2012, arXiv:1108.3259).
    - ``"steps"``: every layer hands on its state at every step, and so does the output.
    - ``"decoder"``: a second stack of layers answers at steps of its own. Either it is shown the
      state after the last step at every one of them (Cho et al., 2014, arXiv:1406.1078), or it
      begins with all last states and is shown its own answers (see `Decoder`).

    Steps that are not there are masked: they change no state. Symbols are embedded.

    Args:
        architecture: What it looks like.
        shapes: What it must fit.
        seed: Decides every initial weight and every dropout mask. No global random state is
            read or changed, so models can be built in several threads.
        lanes: Windows of every batch, for a network that carries its states on, which is a
            ``stateful`` Keras model; None for one that takes any number of them.

    Returns:
        A model from (n, window, features) to (n, *shapes.output), not compiled. Its layers are
        Keras's own, but for those of `front` and `decoder` that Keras does not have.

    Raises:
        SettingError: The knobs contradict each other; see `check_architecture`.
    """
    check_architecture(architecture, shapes.form)
    start = keras.Input((shapes.window, shapes.features), batch_size=lanes, name="window")
    before = [
        *([one] for one in entrance(architecture, shapes, seed)),
        *([side] if (side := convolutions(architecture, shapes, seed)) else []),
        *([one] for one in pooling(architecture)),
    ]
    if shapes.form == "decoder" and architecture.decoder == "state":
        return _handed_over(architecture, shapes, seed, start, before)
    stack = [*before, *([one] for one in _recurrent(architecture, shapes, seed))]
    stack.append([speaker(shapes, seed)])
    if all(len(side) == 1 for side in stack):
        return keras.Sequential([start, *(one for (one,) in stack)], name=architecture.cell)
    return keras.Model(start, _through(start, stack), name=architecture.cell)


def _recurrent(architecture: Architecture, shapes: Shapes, seed: int) -> Layers:
    """Build all layers between the first convolution and the output."""
    stack: Layers = []
    for number in range(architecture.layers):
        name = f"{architecture.cell}_{number + 1}"
        every = number < architecture.layers - 1 or shapes.form == "steps"
        stack.append(recurrent(architecture, name, number, seed, every=every))
        stack += normalisation(architecture, name)
    if shapes.form != "decoder":
        return stack
    stack.append(keras.layers.RepeatVector(shapes.steps, name="repeat"))
    for number in range(architecture.layers):
        name, place = f"decoder_{number + 1}", architecture.layers + number
        stack.append(recurrent(architecture, name, place, seed, every=True, forwards=True))
        stack += normalisation(architecture, name)
    return stack


def _through(x: Any, stack: Sequence[Layers]) -> Any:
    """Pass a tensor through layers; what stands side by side is joined."""
    for side in stack:
        found = [layer(x) for layer in side]
        x = found[0] if len(found) == 1 else keras.layers.Concatenate(name="joined")(found)
    return x


def _handed_over(
    architecture: Architecture, shapes: Shapes, seed: int, start: Any, before: Sequence[Layers]
) -> keras.Model:
    """Build an encoder, and a decoder that begins with its states."""
    x = _through(start, before)
    given: list[Any] = []
    for number in range(architecture.layers):
        name = f"{architecture.cell}_{number + 1}"
        every = number < architecture.layers - 1 or architecture.attention
        x, *states = recurrent(architecture, name, number, seed, every=every, states=True)(x)
        given += _joined(states, name) if architecture.bidirectional else states
        if every:
            for layer in normalisation(architecture, name):
                x = layer(x)
    memory = [x] if architecture.attention else []
    out = decoder(architecture, shapes, seed)([*memory, *given])
    return keras.Model(start, out, name=architecture.cell)


def _joined(states: Sequence[Any], name: str) -> list[Any]:
    """Join the states of both directions, kind by kind."""
    half = len(states) // 2
    return [
        keras.layers.Concatenate(name=f"state_{kind + 1}_{name}")([there, back])
        for kind, (there, back) in enumerate(zip(states[:half], states[half:], strict=True))
    ]
