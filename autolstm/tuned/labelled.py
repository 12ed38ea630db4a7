"""`TunedLabeller`: answers to sequences, from raw data, in their own spelling or unit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from autolstm.data.ends import END
from autolstm.data.like import Inputs, Like
from autolstm.data.missing import mark_of
from autolstm.data.unlabelled import load_inputs
from autolstm.errors import DataError, SettingError, counted
from autolstm.prepare.labelled import SequenceRecipe
from autolstm.prepare.windows import Part, Windows
from autolstm.sequences import Sequences
from autolstm.settings import Settings
from autolstm.shapes import Shapes
from autolstm.tuned.answers import by_sequence, classes_by_step, numbers_by_step

if TYPE_CHECKING:
    from autolstm.tuned.network import Networks

__all__ = ["TunedLabeller"]

NUMBERS_AT_ONCE = 2**24
"""Numbers (64 MiB) of prepared windows that are held at once."""


@dataclass(frozen=True, eq=False, repr=False)
class TunedLabeller:
    """The winner of a study of sequences: one network a seed; their mean is the answer.

    Attributes:
        name: Name of the study that it comes from.
        settings: The configuration.
        recipe: The learnt preparation.
        seeds: One per network.
        weights: Weights of every network, see `autolstm.tuned.model.TunedModel`.
        targets: What is told: name of every column of the answers.
        classes: The classes that are told apart, in order; empty for numbers.
        unit: Unit of numbers, empty where it is not known.
        lengths: Steps of the shortest and the longest sequence of the study.
        answer_lengths: Steps of the shortest and the longest answer of the study.
        fill: What is done with missing values, see `autolstm.load`.
        marks: Names of the features that mark the holes of others.
        id_column: Column of long tables that says which sequence a row belongs to.
        time_column: Column of steps in long tables, None to let it be found.
        make: Makes the network where it is a user's own, None for that of the settings.
    """

    name: str
    settings: Settings
    recipe: SequenceRecipe
    seeds: tuple[int, ...]
    weights: Sequence[Sequence[np.ndarray] | bytes]
    targets: tuple[str, ...]
    classes: tuple[str, ...]
    unit: str
    lengths: tuple[int, int]
    answer_lengths: tuple[int, int]
    fill: str = "refuse"
    marks: tuple[str, ...] = ()
    id_column: str | None = None
    time_column: str | None = None
    make: Callable[[Shapes], Any] | None = None

    task: ClassVar[str] = "labelling"

    @classmethod
    def of(cls, data: Sequences, **learnt: Any) -> "TunedLabeller":
        """Make a model of what was learnt from some sequences.

        Args:
            data: All sequences of the study.
            **learnt: The fields that do not follow from them.
        """
        return cls(
            **learnt,
            targets=data.targets,
            classes=data.classes,
            unit=data.unit,
            fill=data.fill,
            marks=data.marks,
            lengths=(int(data.lengths.min()), int(data.lengths.max())),
            answer_lengths=(int(data.answer_lengths.min()), int(data.answer_lengths.max())),
        )

    def __repr__(self) -> str:
        shape = self.settings.architecture
        told = f" ({len(self.classes)} classes)" if self.classes else ""
        return (
            f"TunedLabeller({self.name}: {self.target!r}{told} from {self.recipe.window} step(s) "
            f"of {counted(len(self.like.features), 'feature')}, {len(self.seeds)} seeds of "
            f"{shape.said})"
        )

    @property
    def target(self) -> str:
        """Names of what is told."""
        return ", ".join(self.targets)

    @property
    def _between(self) -> str:
        """What stands between the steps of an answer that is written as one text."""
        return " " if _are_words(one for one in self.classes if one != END) else ""

    @property
    def like(self) -> Like:
        """What sequences must be like."""
        encoder = self.recipe.encoder
        own = [at for at, one in enumerate(encoder.features) if one not in self.marks]
        features = tuple(encoder.features[at] for at in own)
        known = [encoder.known[at] for at in own]
        return Like(
            features=features,
            symbolic=tuple(bool(one) for one in known),
            missing=self.fill,
            marked=tuple(one for one in features if mark_of(one) in self.marks),
            words=_are_words(symbol for one in known for symbol in one),
            padded=self.lengths[0] == self.lengths[1],
            id_column=self.id_column,
            time_column=self.time_column,
        )

    def predict(self, data: Any, by_step: bool | None = None) -> pd.DataFrame:
        """Give the answers to some sequences.

        Symbols that the training sequences did not hold are unknown ones, all alike. An answer
        at every step is as long as its sequence; one of several steps of its own as long as the
        longest of the study, or up to where the model ends it (``<end>``) where those of the
        study differ in length.

        Args:
            data: Whatever `autolstm.load` takes as sequences, with answers, which are left out,
                or without: an array, a list of arrays or texts, a dict or path; or what `read`
                returns. See `autolstm.data.unlabelled.load_inputs`.
            by_step: Whether answers of several steps take a row for each; else they take a row
                each, joined to one text. None joins classes that are a sequence of their own.

        Returns:
            A row per sequence, or per sequence and ``step`` (from 0), with ``sequence``, its
            number from 0 or its id. Of classes: the ``answer``, and ``p(...)`` of each class, the
            mean of its probabilities over all seeds; joined ones have one ``probability``, that
            of their least certain step. Of numbers: the mean ``forecast`` of all seeds, and
            ``low`` and ``high``, the lowest and highest single seed; a ``target`` says which
            number where there are several.

        Raises:
            DataError: The sequences are not like those that were learnt from.
            SettingError: Numbers are to be joined to one text.
        """
        if by_step is False and not self.classes and self.recipe.form != "vector":
            raise SettingError(
                f"by_step = False is not accepted: the answers {self.target} are numbers, which "
                f"are not joined to one text. It takes True or None. Leave it out."
            )
        inputs = self.read(data)
        given = self._respond(inputs)
        names = np.array(inputs.ids or np.arange(len(inputs.data)))
        if not self.classes:
            return numbers_by_step(given, names, self.targets, self.recipe.form)
        if by_step is None:
            by_step = self.recipe.form != "decoder"
        shares = given.mean(axis=0)
        if by_step or self.recipe.form == "vector":
            return classes_by_step(shares, names, self.classes, self.recipe.form)
        return by_sequence(shares, names, self.classes, self._between)

    def read(self, data: Any) -> Inputs:
        """Read sequences as `predict` does; their ``notes`` say what was assumed.

        Raises:
            DataError: They are not like those that were learnt from.
        """
        if isinstance(data, Inputs):
            return data
        inputs = load_inputs(data, self.like)
        self._check_lengths(inputs)
        return replace(inputs, notes=(*inputs.notes, *self._notes(inputs.data)))

    def _check_lengths(self, inputs: Inputs) -> None:
        """Refuse sequences that do not fill the window, or reach beyond it step by step."""
        lengths, window = inputs.data.lengths, self.recipe.window
        short, long = int(lengths.argmin()), int(lengths.argmax())
        if self.recipe.whole and lengths[short] < window:
            raise DataError(
                f"{inputs.data.name} has {counted(int(lengths[short]), 'step')} in "
                f"{inputs.where(short)}, but no sequence that the model was tuned on has fewer "
                f"than {window}, so it has not learnt to do with less. Give at least so many"
                f"{', with blanks before a text' if all(self.like.symbolic) else ''}."
            )
        if self.recipe.form == "steps" and lengths[long] > window:
            raise DataError(
                f"{inputs.data.name} has {lengths[long]} steps in {inputs.where(long)}, but the "
                f"model gives an answer at each of {counted(window, 'step')} at most, as many as "
                f"the longest sequence that it was tuned on has. Cut the sequence into shorter "
                f"ones."
            )

    def _notes(self, data: Sequences) -> tuple[str, ...]:
        """Note what is not as it was in training."""
        notes: tuple[str, ...] = ()
        longer = int((data.lengths > self.lengths[1]).sum())
        if longer:
            notes += (
                f"{counted(longer, 'sequence')} longer than any of the study ({self.lengths[1]} "
                f"steps): the last {self.recipe.window} steps count.",
            )
        strange = [
            symbol
            for known, held in zip(self.recipe.encoder.known, data.symbols, strict=True)
            for symbol in held
            if known and symbol not in known
        ]
        if strange:
            shown = ", ".join(map(repr, strange[:5])) + ", ..." * (len(strange) > 5)
            notes += (f"Unknown to the model: {counted(len(strange), 'symbol')} ({shown}).",)
        least, most = self.answer_lengths
        if self.recipe.form == "decoder" and least < most and END not in self.classes:
            notes += (
                f"The answers of the study have {least} to {most} steps. These have {most}: where "
                f"one ends is not learnt.",
            )
        return notes

    def _sized(self, data: Sequences) -> Sequences:
        """Return sequences with as many answers, of 0, as the model will give."""
        if self.recipe.form == "steps":
            starts = data.starts
        else:
            starts = np.arange(len(data) + 1) * self.recipe.steps
        answers = np.zeros((int(starts[-1]), len(self.targets)))
        return replace(
            data,
            answers=answers,
            answer_starts=starts,
            targets=self.targets,
            classes=self.classes,
            apart=self.recipe.form == "decoder",
        )

    def _respond(self, inputs: Inputs) -> np.ndarray:
        """Return probabilities or numbers by every network, see `SequenceRecipe.undo`.

        Returns:
            Shape (R, n, outputs) or, with answers of several steps, (R, n, steps, outputs).
        """
        data = self._sized(inputs.data)
        encoder = self.recipe.encoder.for_symbols(data.symbols)
        recipe = replace(self.recipe, encoder=encoder)
        with np.errstate(over="ignore"):
            series = recipe.series(data)
        if not np.isfinite(series).all():
            row = int((~np.isfinite(series)).any(axis=1).argmax())
            place = int(np.searchsorted(data.starts, row, side="right")) - 1
            raise DataError(
                f"{data.name} holds a number in {inputs.where(place)} that is too far from those "
                f"of the study to be computed with. Check its unit."
            )
        none = Part(np.zeros(0, np.int32), np.zeros((0, *recipe.shapes.output), np.float32))
        windows = Windows(series, recipe.shapes, none, none, 1.0)
        room = max(1, NUMBERS_AT_ONCE // (windows.window * windows.features))
        parts = []
        for first in range(0, len(data), room):
            numbers = np.arange(first, min(first + room, len(data)))
            given = windows.inputs(*recipe.places(data, numbers))
            every = [self.networks.respond(seed, given) for seed in range(len(self.seeds))]
            parts.append(np.stack(every))
        return recipe.undo(np.concatenate(parts, axis=1), data, np.arange(len(data)))

    @cached_property
    def networks(self) -> "Networks":
        """The networks, built when they are first needed, as TensorFlow is slow to load."""
        from autolstm.tuned.network import Networks

        return Networks(self.settings.architecture, self.recipe.shapes, self.weights, self.make)


def _are_words(symbols: Any) -> bool:
    """Whether some symbols are longer than a character, so that blanks stand between them."""
    return any(len(one) > 1 for one in symbols)
