"""`Decoder`: recurrent cells that begin with the states of others and hear their own answers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autolstm.models.backend import keras
from autolstm.models.recurrent import options
from autolstm.seeding import child
from autolstm.settings import Architecture
from autolstm.shapes import Shapes

__all__ = ["HIDDEN", "Decoder", "decoder", "speaker", "teaching"]

HIDDEN = -1e9
"""The score of a step that is masked."""


@keras.saving.register_keras_serializable("autolstm")
class Decoder(keras.layers.Layer):  # type: ignore[misc]
    """Answers step by step (Sutskever et al., 2014, arXiv:1409.3215).

    The first states of its cells are given, layer by layer. At every step it is shown what it
    answered at the step before: numbers, or probabilities of classes; zeros at the first one. With
    a teacher it hears the true answer instead, while it is trained within `teaching` (Williams &
    Zipser, 1989, doi:10.1162/neco.1989.1.2.270). It may look back at a memory: steps weigh by the
    dot product with its state (Luong et al., 2015, arXiv:1508.04025, eq. 5, 7 and 8).

    Args:
        cells: One a layer, the lowest first.
        speaker: Makes an answer of the state of the last cell.
        steps: Answers.
        classes: Whether answers are scores (logits) of classes.
        teacher: Whether it hears true answers in training.
        looker: Where there is a memory: makes of what was found there and the state what the
            speaker is given.
    """

    def __init__(
        self,
        cells: Sequence[keras.layers.Layer],
        speaker: keras.layers.Layer,
        steps: int,
        *,
        classes: bool = False,
        teacher: bool = False,
        looker: keras.layers.Layer | None = None,
        **named: Any,
    ) -> None:
        super().__init__(**named)
        self.cells = list(cells)
        self.speaker = speaker
        self.steps = steps
        self.classes = classes
        self.teacher = teacher
        self.heard: Any = None
        self.looker = looker

    def build(self, input_shape: Any) -> None:
        """Make all weights; parts that were read from a file have theirs."""
        width = self.speaker.units
        parts = []
        for cell in self.cells:
            parts.append((cell, width))
            width = cell.units
        if self.looker is not None:
            parts.append((self.looker, 2 * width))
        for part, inputs in (*parts, (self.speaker, width)):
            if not part.built:
                part.build((None, inputs))

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        """Answer.

        Args:
            inputs: The memory, shape (n, steps, units), if it looks back; then the states of
                every cell, each of shape (n, units).
            mask: Of the inputs; that of the memory counts.
            training: Whether dropout is active.

        Returns:
            Shape (n, steps, outputs).
        """
        given = list(inputs)
        memory = given.pop(0) if self.looker is not None else None
        seen = mask[0] if memory is not None and mask is not None else None
        states = self._apart(given)
        said, answers = keras.ops.zeros_like(given[0][:, :1]), []
        said = keras.ops.repeat(said, self.speaker.units, axis=1)
        heard = self.heard if training and self.teacher else None
        self._forget_masks()
        for step in range(self.steps):
            if step and heard is not None:
                said = heard[:, step - 1]
            for place, cell in enumerate(self.cells):
                said, states[place] = cell(said, states[place], training=training)
            if self.looker is not None:
                said = self.looker(keras.ops.concatenate([_found(memory, seen, said), said], -1))
            answers.append(self.speaker(said))
            said = keras.ops.softmax(answers[-1]) if self.classes else answers[-1]
        self._forget_masks()
        return keras.ops.stack(answers, axis=1)

    def _apart(self, states: Sequence[Any]) -> list[list[Any]]:
        """Give every cell its own states."""
        each = len(states) // len(self.cells)
        return [list(states[at : at + each]) for at in range(0, len(states), each)]

    def _forget_masks(self) -> None:
        """Let cells draw dropout masks anew; within a pass they are the same at every step."""
        for cell in self.cells:
            cell.reset_dropout_mask()
            cell.reset_recurrent_dropout_mask()

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Return (n, steps, outputs)."""
        return (input_shape[0][0], self.steps, self.speaker.units)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> None:
        """Every answer counts."""
        return None

    def get_config(self) -> dict[str, Any]:
        """Return what makes another one."""
        write = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "cells": [write(one) for one in self.cells],
            "speaker": write(self.speaker),
            "steps": self.steps,
            "classes": self.classes,
            "teacher": self.teacher,
            "looker": None if self.looker is None else write(self.looker),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Decoder":
        """Make one like another."""
        read = keras.saving.deserialize_keras_object
        cells = [read(one) for one in config.pop("cells")]
        speaker, looker = (read(config.pop(name)) for name in ("speaker", "looker"))
        return cls(cells, speaker, looker=looker, **config)


@contextmanager
def teaching(model: keras.Model, targets: Any) -> Iterator[None]:
    """Let decoders with a teacher hear true answers, for as long as a network is called.

    Args:
        model: The network.
        targets: The answers, shape (n, steps, outputs), or numbers of classes, (n, steps).
    """
    taught = [one for one in model.layers if isinstance(one, Decoder) and one.teacher]
    for one in taught:
        kinds = one.speaker.units
        numbers = keras.ops.cast(targets, "int32") if one.classes else targets
        one.heard = keras.ops.one_hot(numbers, kinds) if one.classes else targets
    try:
        yield
    finally:
        for one in taught:
            one.heard = None


def _found(memory: Any, seen: Any, state: Any) -> Any:
    """Return what a state finds in a memory, shape (n, units)."""
    scores = keras.ops.sum(memory * state[:, None], -1)
    if seen is not None:
        scores = keras.ops.where(seen, scores, HIDDEN)
    return keras.ops.sum(keras.ops.softmax(scores)[..., None] * memory, 1)


def decoder(architecture: Architecture, shapes: Shapes, seed: int) -> Decoder:
    """Build a decoder whose layers are as wide as the encoder's, both of its directions."""
    kind = {"lstm": keras.layers.LSTMCell, "gru": keras.layers.GRUCell}[architecture.cell]
    both = 2 if architecture.bidirectional else 1
    cells = []
    for number, units in enumerate(architecture.sizes):
        asked = options(architecture, architecture.layers + number, seed)
        cells.append(kind(**{**asked, "units": both * units}, name=f"decoder_{number + 1}"))
    looker = keras.layers.Dense(
        cells[-1].units,
        activation="tanh",
        use_bias=False,
        kernel_initializer=keras.initializers.GlorotUniform(child(seed, "attention")),
        name="attention",
    )
    return Decoder(
        cells,
        speaker(shapes, seed),
        shapes.steps,
        classes=shapes.classes,
        teacher=architecture.teacher_forcing,
        looker=looker if architecture.attention else None,
        name="decoder",
    )


def speaker(shapes: Shapes, seed: int) -> keras.layers.Dense:
    """Build the linear layer that makes an answer of a state."""
    return keras.layers.Dense(
        shapes.outputs,
        kernel_initializer=keras.initializers.GlorotUniform(child(seed, "output")),
        name="output",
    )
