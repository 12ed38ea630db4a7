"""Vanilla and stacked LSTMs as plain Keras models: the only definition of these networks."""

from autolstm.models.backend import keras
from autolstm.seeding import child
from autolstm.settings import Architecture

__all__ = ["build_lstm"]


def build_lstm(
    architecture: Architecture, *, window: int, features: int, horizon: int, seed: int
) -> keras.Model:
    """Build ``layers`` LSTM layers and a linear output for all steps at once.

    The last layer hands its final state to a Dense layer with ``horizon`` outputs: the direct
    multi-step strategy (Ben Taieb et al., 2012, arXiv:1108.3259).

    Args:
        architecture: Layers, units and dropout rates.
        window: Rows of an input.
        features: Columns of an input.
        horizon: Steps of an output.
        seed: Decides every initial weight and every dropout mask. No global random state is
            read or changed, so models can be built in several threads.

    Returns:
        A model from (n, window, features) to (n, horizon), not compiled.
    """
    stack: list[keras.layers.Layer] = [keras.Input((window, features), name="window")]
    stack += [_layer(architecture, number, seed) for number in range(architecture.layers)]
    stack.append(
        keras.layers.Dense(
            horizon,
            kernel_initializer=keras.initializers.GlorotUniform(child(seed, "output")),
            name="output",
        )
    )
    return keras.Sequential(stack, name="lstm")


def _layer(architecture: Architecture, number: int, seed: int) -> keras.layers.Layer:
    """Build one LSTM layer; all but the last hand on their state at every step."""
    return keras.layers.LSTM(
        architecture.units,
        return_sequences=number < architecture.layers - 1,
        dropout=architecture.dropout,
        recurrent_dropout=architecture.recurrent_dropout,
        kernel_initializer=keras.initializers.GlorotUniform(child(seed, "kernel", number)),
        recurrent_initializer=keras.initializers.Orthogonal(seed=child(seed, "recurrent", number)),
        seed=child(seed, "dropout", number),
        name=f"lstm_{number + 1}",
    )
