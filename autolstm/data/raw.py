"""`Raw`: sequences and answers as a reader found them, before they are checked."""

from dataclasses import dataclass

import numpy as np

from autolstm.data.stack import Stack

__all__ = ["Raw"]


@dataclass(frozen=True, eq=False, slots=True)
class Raw:
    """What every reader of labelled sequences hands over.

    Attributes:
        name: What messages call the source, such as ``"watch.npz"``.
        short: Name of the data set.
        inputs: The sequences.
        answers: What is to be told of each.
        features: Names of the columns of ``inputs``; empty where nobody gave any.
        targets: Names of the columns of ``answers``; empty where nobody gave any.
        labels: Names of the classes 0, 1, and so on; empty where nobody gave any.
        groups: Group of every sequence, shape (n,), None for none.
        official: Whether a sequence belongs to the official test part, shape (n,), None for none.
        places: What messages call every sequence; empty for its number.
        apart: Whether the answers are sequences of their own, whatever their length.
        notes: What reading did or assumed.
    """

    name: str
    short: str
    inputs: Stack
    answers: Stack
    features: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    groups: np.ndarray | None = None
    official: np.ndarray | None = None
    places: tuple[str, ...] = ()
    apart: bool = False
    notes: tuple[str, ...] = ()

    def where(self, sequence: int) -> str:
        """Say which sequence is meant."""
        return self.places[sequence] if self.places else f"sequence {sequence}"
