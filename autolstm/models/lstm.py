"""Vanilla and stacked LSTMs as plain Keras models: the only definition of these networks."""

from collections.abc import Iterator

from autolstm.models.backend import keras
from autolstm.seeding import child
from autolstm.settings import Architecture
from autolstm.shapes import Shapes

__all__ = ["build_lstm"]


def build_lstm(architecture: Architecture, shapes: Shapes, *, seed: int) -> keras.Model:
    """Build a stack of ``layers`` LSTM layers and a linear output, in the form that is asked for.

    - ``"vector"``: the last layer hands its state after the last step to the output, which gives
      all its numbers at once. For forecasts, this is the direct multi-step strategy (Ben Taieb
      et al., 2012, arXiv:1108.3259).
    - ``"steps"``: every layer hands on its state at every step, and so does the output.
    - ``"decoder"``: the state after the last step is what a second stack is shown at every step
      of its own, and the output speaks at each of these (Cho et al., 2014, arXiv:1406.1078;
      Sutskever et al., 2014, arXiv:1409.3215).

    Steps that are not there are masked: they change no state. Symbols are embedded.

    Args:
        architecture: Layers, units, dropout rates and size of the embedding.
        shapes: What the network must fit.
        seed: Decides every initial weight and every dropout mask. No global random state is
            read or changed, so models can be built in several threads.

    Returns:
        A model from (n, window, features) to (n, *shapes.output), not compiled.
    """
    last = architecture.layers - 1
    stack: list[keras.layers.Layer] = [
        keras.Input((shapes.window, shapes.features), name="window"),
        *_entrance(architecture, shapes, seed),
    ]
    for number in range(architecture.layers):
        every = number < last or shapes.form == "steps"
        stack.append(_layer(architecture, f"lstm_{number + 1}", number, seed, every=every))
    if shapes.form == "decoder":
        stack.append(keras.layers.RepeatVector(shapes.steps, name="repeat"))
        for number in range(architecture.layers):
            place = architecture.layers + number
            stack.append(_layer(architecture, f"decoder_{number + 1}", place, seed, every=True))
    stack.append(
        keras.layers.Dense(
            shapes.outputs,
            kernel_initializer=keras.initializers.GlorotUniform(child(seed, "output")),
            name="output",
        )
    )
    return keras.Sequential(stack, name="lstm")


def _entrance(
    architecture: Architecture, shapes: Shapes, seed: int
) -> Iterator[keras.layers.Layer]:
    """Build what stands before the first LSTM layer: nothing for whole windows of numbers."""
    if shapes.symbols:
        yield keras.layers.Reshape((shapes.window,), name="codes")
        yield keras.layers.Embedding(
            shapes.symbols,
            architecture.embedding,
            embeddings_initializer=keras.initializers.RandomUniform(
                -0.05, 0.05, seed=child(seed, "embedding")
            ),
            mask_zero=shapes.padding is not None,
            name="embedding",
        )
    elif shapes.padding is not None:
        yield keras.layers.Masking(shapes.padding, name="masking")


def _layer(
    architecture: Architecture, name: str, place: int, seed: int, *, every: bool
) -> keras.layers.Layer:
    """Build one LSTM layer, which hands on its state at every step or after the last one."""
    return keras.layers.LSTM(
        architecture.units,
        return_sequences=every,
        dropout=architecture.dropout,
        recurrent_dropout=architecture.recurrent_dropout,
        kernel_initializer=keras.initializers.GlorotUniform(child(seed, "kernel", place)),
        recurrent_initializer=keras.initializers.Orthogonal(seed=child(seed, "recurrent", place)),
        seed=child(seed, "dropout", place),
        name=name,
    )
