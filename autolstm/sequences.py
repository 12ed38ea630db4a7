"""`Sequences`: many sequences, each with a label, a number or a sequence of its own. Immutable."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

__all__ = ["Sequences"]


@dataclass(frozen=True, eq=False)
class Sequences:
    """Sequences that do not follow one another in time, long or short, each with its answer.

    All of them stand one behind the other in one array, so that ragged ones need no padding.
    Sequence ``i`` has the steps ``starts[i]`` to ``starts[i + 1]`` (exclusive) of ``values``, and
    the answer ``answer_starts[i]`` to ``answer_starts[i + 1]`` of ``answers``.

    Build it with `autolstm.load`, which checks all of this and says what is wrong.

    Attributes:
        name: What people call it; the default name of a study on it.
        values: Float64 array of shape (steps of all, features). Read-only. A symbol stands as its
            place in ``symbols``.
        starts: Int64 array of shape (n + 1,).
        features: Name of every column of ``values``.
        symbols: By feature: the symbols that its numbers stand for, empty for a feature of
            numbers.
        answers: What is to be told, float64 array of shape (answers of all, columns). A class
            stands as its place in ``classes``. Read-only.
        answer_starts: Int64 array of shape (n + 1,). One answer a sequence (many-to-one) where it
            counts by ones; one at every step where it equals ``starts``, unless they are
            ``apart``; a sequence of its own length elsewhere.
        targets: Name of every column of ``answers``.
        classes: The classes that the answers stand for, in order; empty for numbers.
        groups: Group of every sequence, such as the person it was recorded from, shape (n,), as
            text; None where nobody said.
        official: Whether a sequence belongs to the test part that the data set came with, shape
            (n,); None where it came without one.
        apart: Whether an answer is a sequence of its own even where it is as long as the input:
            a reversed sequence, say, whose first step rests on the last one of the input.
        fill: What is done with missing values: ``"refuse"``, ``"forward"``, ``"interpolate"`` or
            ``"mask"``.
        marks: Names of the features that hold 1 where a value of another feature was missing.
        unit: Unit of the answers where they are numbers.
        source: Where it came from, for the report.
        notes: What loading did or assumed, one sentence each.
    """

    name: str
    values: np.ndarray
    starts: np.ndarray
    features: tuple[str, ...]
    symbols: tuple[tuple[str, ...], ...]
    answers: np.ndarray
    answer_starts: np.ndarray
    targets: tuple[str, ...]
    classes: tuple[str, ...] = ()
    groups: np.ndarray | None = None
    official: np.ndarray | None = None
    apart: bool = False
    fill: str = "refuse"
    marks: tuple[str, ...] = ()
    unit: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, kind in _ARRAYS.items():
            given = getattr(self, name)
            if given is not None:
                array: np.ndarray = np.array(given, dtype=kind)
                array.setflags(write=False)
                object.__setattr__(self, name, array)
        wrong = self._wrong()
        if wrong:
            raise ValueError(wrong)

    def _wrong(self) -> str:
        """Say what does not fit together, in a message for programmers."""
        count = len(self.starts) - 1
        wanted = {
            "values": (int(self.starts[-1]), len(self.features)),
            "answers": (int(self.answer_starts[-1]), len(self.targets)),
            "answer_starts": (count + 1,),
            "groups": (count,),
            "official": (count,),
        }
        for name, shape in wanted.items():
            array = getattr(self, name)
            if array is not None and array.shape != shape:
                return f"{name} have the shape {array.shape}, expected {shape}"
        if len(self.symbols) != len(self.features):
            return f"symbols of {len(self.symbols)} features, expected {len(self.features)}"
        for name in ("starts", "answer_starts"):
            if getattr(self, name)[0] or (np.diff(getattr(self, name)) < 1).any():
                return f"{name} must begin with 0 and rise"
        return ""

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Steps of every sequence, shape (n,)."""
        return np.diff(self.starts)

    @property
    def answer_lengths(self) -> np.ndarray:
        """Steps of every answer, shape (n,)."""
        return np.diff(self.answer_starts)

    @property
    def stepwise(self) -> bool:
        """Whether there is an answer at every step (synchronous many-to-many), not one to all."""
        same = not self.apart and np.array_equal(self.starts, self.answer_starts)
        return same and int(self.lengths.max()) > 1

    @cached_property
    def fingerprint(self) -> str:
        """Hash of all that is learnt from: equal exactly when the data are equal."""
        names = (self.features, self.targets, self.classes, *self.symbols)
        digest = hashlib.sha256("\x1e".join("\x1f".join(one) for one in names).encode())
        digest.update(b"apart" * self.apart)
        for name in _ARRAYS:
            array = getattr(self, name)
            if array is not None:
                held = array.astype(np.str_) if name == "groups" else array
                digest.update(name.encode() + np.ascontiguousarray(held).tobytes())
        return digest.hexdigest()[:16]


_ARRAYS: dict[str, type] = {
    "values": np.float64,
    "starts": np.int64,
    "answers": np.float64,
    "answer_starts": np.int64,
    "groups": np.str_,
    "official": np.bool_,
}
