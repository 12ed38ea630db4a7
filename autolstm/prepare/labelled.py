"""`SequenceRecipe`: the preparation of labelled sequences, learnt on training sequences alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autolstm.errors import SettingError
from autolstm.prepare.encode import Encoder, learn_encoder
from autolstm.prepare.losses import weighed
from autolstm.prepare.scale import Scaler, learn_scaler
from autolstm.prepare.weights import balanced_weights
from autolstm.prepare.windows import Part, Windows
from autolstm.sequences import Sequences
from autolstm.settings import Settings
from autolstm.shapes import Shapes

__all__ = ["SequenceRecipe", "form_of"]

PADDING = -1e6
"""What stands before the beginning of a short sequence: no prepared value is like it."""


def form_of(data: Sequences) -> tuple[str, int]:
    """Return how answers stand to sequences, see `Shapes.form`, and the steps of a decoder."""
    longest = int(data.answer_lengths.max())
    if data.stepwise:
        return "steps", 1
    return ("vector", 1) if longest == 1 else ("decoder", longest)


@dataclass(frozen=True, eq=False, slots=True)
class SequenceRecipe:
    """A learnt preparation of sequences and their answers.

    Attributes:
        window: Steps that the network sees, the last ones of longer sequences.
        form: See `Shapes.form`.
        steps: Answer steps of a decoder, 1 for the other forms.
        outputs: Numbers at each answer step: classes, or columns of the answer.
        classified: Whether the answers are classes.
        whole: Whether every sequence fills its window, so that nothing is padded.
        encoder: What becomes of symbols.
        inputs: Scaling of the encoded columns; those of symbols stay as they are.
        target: Scaling of answers that are numbers; nothing for classes.
        variance: Of each column of the answers in the training part; 1 for classes.
        weights: Weight of every class in training; None where all count alike.
    """

    window: int
    form: str
    steps: int
    outputs: int
    classified: bool
    whole: bool
    encoder: Encoder
    inputs: Scaler
    target: Scaler
    variance: np.ndarray
    weights: np.ndarray | None

    @classmethod
    def learn(cls, data: Sequences, train: np.ndarray, settings: Settings) -> "SequenceRecipe":
        """Learn from the training sequences only.

        Args:
            data: The sequences.
            train: Numbers of the training sequences.
            settings: Scaling, encoding and window; how classes are weighed.

        Raises:
            SettingError: Answers at every step need all steps, but the window is shorter.
        """
        longest = int(data.lengths.max())
        window = min(settings.preparation.window, longest)
        form, steps = form_of(data)
        if form == "steps" and window < longest:
            raise SettingError(
                f"preparation.window = {window} is shorter than the longest sequence, {longest} "
                f"steps, but there is an answer at every step. Take preparation.window={longest}."
            )
        encoder = learn_encoder(settings.preparation.encode, data, train)
        seen = encoder.apply(data.values[_steps_of(data.starts, train)])
        answers = data.answers[_steps_of(data.answer_starts, train)]
        classes = len(data.classes)
        kind = "none" if classes else settings.preparation.scale
        codes = answers[:, 0].astype(int)
        balanced = classes and settings.training.class_weight == "balanced"
        return cls(
            window=window,
            form=form,
            steps=steps,
            outputs=classes or answers.shape[1],
            classified=classes > 0,
            whole=bool((data.lengths >= window).all()),
            encoder=encoder,
            inputs=_scaling(settings.preparation.scale, seen, encoder),
            target=learn_scaler(kind, answers),
            variance=np.ones(1)
            if classes
            else np.where(np.ptp(answers, 0) > 0, answers.var(0), 1),
            weights=balanced_weights(codes, classes) if balanced else None,
        )

    @property
    def shapes(self) -> Shapes:
        """What a network must fit."""
        embedded = self.encoder.codes
        padding = None if self.whole else (0.0 if embedded else PADDING)
        return Shapes(
            window=self.window,
            features=len(self.encoder.columns),
            outputs=self.outputs,
            form=self.form,  # type: ignore[arg-type]
            steps=self.steps,
            padding=padding,
            symbols=embedded,
            classes=self.classified,
        )

    def windows(self, data: Sequences, train: np.ndarray, valid: np.ndarray, loss: str) -> Windows:
        """Prepare the windows of a training and a validation part: one for each sequence.

        Args:
            data: The sequences.
            train: Numbers of the training sequences.
            valid: Numbers of the validation sequences, may be empty.
            loss: What is measured, see `Windows`.
        """
        units = np.square(self.target.gain)[None] / self.variance
        unit, by_column = weighed(
            units if loss in ("squared", "cross_entropy") else np.sqrt(units)
        )
        return Windows(
            series=self.series(data),
            shapes=self.shapes,
            train=self._part(data, train, by_column, self.weights),
            # Only training is weighed by class: what is measured stays what it is.
            valid=self._part(data, valid, by_column, None),
            loss_unit=unit,
            loss=loss,
            most=len(data),
        )

    def series(self, data: Sequences) -> np.ndarray:
        """Return the prepared inputs of all sequences, shape (steps of all, features), float32."""
        return self.inputs.apply(self.encoder.apply(data.values)).astype(np.float32)

    def places(self, data: Sequences, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Return where the windows of some sequences end, and how much of them is real.

        Returns:
            Row numbers of the last steps, and lengths, shape (n,) each; no lengths where every
            window is whole.
        """
        origins = (data.starts[numbers + 1] - 1).astype(np.int32)
        lengths = np.minimum(data.lengths[numbers], self.window).astype(np.int32)
        return origins, None if self.whole else lengths

    def undo(self, outputs: np.ndarray, data: Sequences, numbers: np.ndarray) -> np.ndarray:
        """Turn outputs of a network into answers.

        Args:
            outputs: Shape (..., n, *shapes.output).
            data: The sequences: how long they are.
            numbers: Which sequences, shape (n,).

        Returns:
            Probabilities of the classes, or numbers in their own unit: shape (..., n, outputs),
            with answers of several steps (..., n, steps, outputs), NaN behind the last of them.
        """
        found = outputs.astype(np.float64)
        found = _softmax(found) if self.classified else self.target.undo(found)
        if self.form == "vector":
            return found
        lengths = data.answer_lengths[numbers]
        longest = int(data.answer_lengths.max())
        step = np.arange(longest)
        # Windows end together, answers begin together.
        late = self.window - lengths if self.form == "steps" else np.zeros_like(lengths)
        steps = np.minimum(step + late[:, None], found.shape[-2] - 1)
        placed = np.take_along_axis(found, _fitting(steps, found), axis=-2)
        return np.where((step < lengths[:, None])[..., None], placed, np.nan)

    def to_json(self) -> dict[str, Any]:
        """Return what a saved model needs, as plain values."""
        return {
            "window": self.window,
            "form": self.form,
            "steps": self.steps,
            "outputs": self.outputs,
            "classified": self.classified,
            "whole": self.whole,
            "encoder": self.encoder.to_json(),
            "inputs": self.inputs.to_json(),
            "target": self.target.to_json(),
            "variance": self.variance.tolist(),
            "weights": None if self.weights is None else self.weights.tolist(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "SequenceRecipe":
        """Read back what `to_json` wrote, to the last bit."""
        names = ("window", "form", "steps", "outputs", "classified", "whole")
        weights = stored["weights"]
        return cls(
            **{name: stored[name] for name in names},
            encoder=Encoder.from_json(stored["encoder"]),
            inputs=Scaler.from_json(stored["inputs"]),
            target=Scaler.from_json(stored["target"]),
            variance=np.array(stored["variance"]),
            weights=None if weights is None else np.array(weights),
        )

    def _part(
        self,
        data: Sequences,
        numbers: np.ndarray,
        by_column: np.ndarray | None,
        by_class: np.ndarray | None,
    ) -> Part:
        if not len(numbers):
            none = self.shapes.output[: -1 if self.classified else None]
            return Part(np.zeros(0, np.int32), np.zeros((0, *none), np.float32))
        origins, lengths = self.places(data, numbers)
        steps = {"vector": 1, "steps": self.window, "decoder": self.steps}[self.form]
        answers = self.target.apply(data.answers)
        count = data.answer_lengths[numbers]
        step = np.arange(steps)
        late = steps - count if self.form == "steps" else np.zeros_like(count)
        place = step - late[:, None]
        there = (place >= 0) & (place < count[:, None])
        rows = data.answer_starts[numbers][:, None] + np.where(there, place, 0)
        targets = np.where(there[..., None], answers[rows], 0.0)
        weights = np.broadcast_to(there[..., None], targets.shape) / max(there.mean(), 1e-9)
        if by_column is not None:
            weights = weights * by_column[0]
        if by_class is not None:
            weights = weights * by_class[targets.astype(int)]
        shape: tuple[int, ...] = (len(numbers), *self.shapes.output)
        if self.classified:
            shape = shape[:-1]
        plain = bool(there.all()) and by_column is None and by_class is None
        return Part(
            origins,
            targets.reshape(shape).astype(np.float32),
            None if plain else weights.reshape(shape).astype(np.float32),
            lengths,
        )


def _steps_of(starts: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return the rows of some sequences, one after the other."""
    return np.concatenate([np.arange(starts[one], starts[one + 1]) for one in numbers])


def _scaling(kind: str, seen: np.ndarray, encoder: Encoder) -> Scaler:
    """Learn the scaling of columns of numbers; those that stand for symbols stay as they are."""
    learnt, numeric = learn_scaler(kind, seen), np.array(encoder.numeric)
    return Scaler(np.where(numeric, learnt.offset, 0.0), np.where(numeric, learnt.gain, 1.0))


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: np.ndarray = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _fitting(steps: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Give step numbers, shape (n, steps), as many axes as what they choose from."""
    return np.broadcast_to(steps[..., None], (*found.shape[:-2], steps.shape[1], found.shape[-1]))
