"""What stands before the recurrent layers: embedding, masking, convolution over time."""

from typing import Any

from autolstm.models.backend import keras
from autolstm.models.recurrent import initialiser
from autolstm.seeding import child
from autolstm.settings import Architecture
from autolstm.shapes import Shapes

__all__ = ["LastPooling", "MaskedConvolution", "convolutions", "entrance", "pooling"]


@keras.saving.register_keras_serializable("autolstm")
class MaskedConvolution(keras.layers.Conv1D):  # type: ignore[misc]
    """A convolution that sees zeros at masked steps and hands the mask on.

    Keras's own drops the mask, and sees what an embedding has for padding.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Convolve inputs of shape (n, steps, features)."""
        return super().call(_cleared(inputs, mask))


@keras.saving.register_keras_serializable("autolstm")
class LastPooling(keras.layers.Layer):  # type: ignore[misc]
    """The highest value of every so many steps, counted back from the last step.

    What is left over stands at the beginning and is filled up with zeros: no value of a window is
    lost, and steps that are masked there change nothing. Values must not be negative.

    Args:
        size: Steps that become one.
    """

    def __init__(self, size: int, **named: Any) -> None:
        super().__init__(**named)
        self.size = size

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Pool inputs of shape (n, steps, features)."""
        steps, features = inputs.shape[1:]
        short = -steps % self.size
        filled = keras.ops.pad(_cleared(inputs, mask), [(0, 0), (short, 0), (0, 0)])
        blocks = keras.ops.reshape(filled, (-1, (steps + short) // self.size, self.size, features))
        return keras.ops.max(blocks, axis=2)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """Mask the steps that have been made of masked ones only."""
        if previous_mask is None:
            return None
        steps = inputs.shape[1]
        short = -steps % self.size
        filled = keras.ops.pad(keras.ops.cast(previous_mask, "int32"), [(0, 0), (short, 0)])
        blocks = keras.ops.reshape(filled, (-1, (steps + short) // self.size, self.size))
        return keras.ops.max(blocks, axis=2) > 0

    def get_config(self) -> dict[str, Any]:
        """Return what makes another one."""
        return {**super().get_config(), "size": self.size}


def _cleared(inputs: Any, mask: Any) -> Any:
    """Set masked steps to zero."""
    if mask is None:
        return inputs
    return keras.ops.where(mask[..., None], inputs, keras.ops.zeros_like(inputs))


def entrance(architecture: Architecture, shapes: Shapes, seed: int) -> list[keras.layers.Layer]:
    """Build what stands before everything: nothing for whole windows of numbers."""
    if shapes.symbols:
        return [
            keras.layers.Reshape((shapes.window,), name="codes"),
            keras.layers.Embedding(
                shapes.symbols,
                architecture.embedding,
                embeddings_initializer=keras.initializers.RandomUniform(
                    -0.05, 0.05, seed=child(seed, "embedding")
                ),
                mask_zero=shapes.padding is not None,
                name="embedding",
            ),
        ]
    if shapes.padding is not None:
        return [keras.layers.Masking(shapes.padding, name="masking")]
    return []


def convolutions(
    architecture: Architecture, shapes: Shapes, seed: int
) -> list[keras.layers.Layer]:
    """Build convolutions over time that stand side by side, one for each size of kernel.

    In front of recurrent layers they look for short patterns (CNN-LSTM; Sainath et al., 2015,
    doi:10.1109/ICASSP.2015.7178838). They see a step and those before it, never one after it:
    an answer at a step knows nothing of what follows, and padding before the first step is what
    lies before any sequence: zeros.
    """
    kind = keras.layers.Conv1D if shapes.padding is None else MaskedConvolution
    return [
        kind(
            architecture.filters,
            size,
            padding="causal",
            activation="relu",
            kernel_initializer=initialiser(
                architecture.kernel_init, child(seed, "convolution", size)
            ),
            name=f"convolution_{size}",
        )
        for size in architecture.kernels
    ]


def pooling(architecture: Architecture) -> list[keras.layers.Layer]:
    """Build what follows the convolutions: nothing, or one layer."""
    if not architecture.filters or architecture.pooling == 1:
        return []
    return [LastPooling(architecture.pooling, name="pooling")]
