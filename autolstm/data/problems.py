"""The bundled sequences with answers: what they are, without making or loading them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from autolstm.data.generate import addition, damped_sine, echo, five_point, reversal
from autolstm.sequences import Sequences

__all__ = ["PROBLEMS", "Problem"]

MADE = "made by autolstm from a seed"
FREE = "no licence needed"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is known of bundled sequences before they are loaded.

    Attributes:
        name: What `autolstm.load` calls it.
        title: One line.
        task: ``"classification"``, ``"regression"`` or ``"sequence-to-sequence"``.
        rows: Number of sequences.
        target: What is to be told.
        source: Who made the data and which package carries them.
        terms: Under which terms they may be used.
        read: Makes or reads the sequences.
        unit: Unit of the target.
        notes: What loading does to them.
        frequency: Empty: sequences do not follow one another.
        season: 0, for the same reason.
    """

    name: str
    title: str
    task: str
    rows: int
    target: str
    source: str
    terms: str
    read: Callable[[], Sequences]
    unit: str = ""
    notes: tuple[str, ...] = ()
    frequency: str = ""
    season: int = 0

    def load(self) -> Sequences:
        """Load it."""
        data = self.read()
        return replace(data, name=self.name, source=self.source, notes=self.notes, unit=self.unit)


def _digits() -> Sequences:
    from sklearn.datasets import load_digits

    held = load_digits()
    count, steps, features = held.images.shape
    return Sequences(
        name="digits",
        values=held.images.reshape(count * steps, features),
        starts=np.arange(count + 1) * steps,
        features=tuple(f"column {at}" for at in range(1, features + 1)),
        symbols=((),) * features,
        answers=held.target[:, None],
        answer_starts=np.arange(count + 1),
        targets=("digit",),
        classes=tuple(str(one) for one in held.target_names),
        official=_every_fifth(held.target),
    )


def _every_fifth(labels: np.ndarray) -> np.ndarray:
    """Mark every fifth member of every class, in their order; shape (n,)."""
    marked = np.zeros(len(labels), dtype=bool)
    for one in np.unique(labels):
        marked[np.flatnonzero(labels == one)[4::5]] = True
    return marked


PROBLEMS: dict[str, Problem] = {
    one.name: one
    for one in (
        Problem(
            name="digits",
            title="Handwritten digits, read line by line: 8 steps of 8 grey values",
            task="classification",
            rows=1797,
            target="digit",
            source="Alpaydin & Kaynak (1998), UCI, in the package scikit-learn",
            terms="CC BY 4.0, by UCI",
            read=_digits,
            notes=(
                "The official test part is every fifth image of every digit, in their order: our "
                "rule, as the source has none for these images.",
            ),
        ),
        Problem(
            name="echo",
            title="Repeat 10 random whole numbers, each at its own step",
            task="classification",
            rows=1000,
            target="symbol",
            source=MADE,
            terms=FREE,
            read=echo,
        ),
        Problem(
            name="reversal",
            title="Give 4 random letters back in reverse",
            task="sequence-to-sequence",
            rows=4000,
            target="symbol",
            source=MADE,
            terms=FREE,
            read=reversal,
        ),
        Problem(
            name="addition",
            title="Write out the sum of two numbers up to 99, character by character",
            task="sequence-to-sequence",
            rows=5000,
            target="symbol",
            source=MADE,
            terms=FREE,
            read=addition,
        ),
        Problem(
            name="damped_sine",
            title="Continue 50 steps of a dying sine wave by 5 steps",
            task="sequence-to-sequence",
            rows=1000,
            target="value",
            source=MADE,
            terms=FREE,
            read=damped_sine,
        ),
        Problem(
            name="five_point",
            title="Five pairs of 0.0, 0.1, ..., 0.5 to learn from, five beyond to test on",
            task="regression",
            rows=10,
            target="next value",
            source=MADE,
            terms=FREE,
            read=five_point,
        ),
    )
}
"""Every bundled problem by its name, with its default sizes and seed 0."""
