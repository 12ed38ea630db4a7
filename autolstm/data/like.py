"""`Like`: what sequences without answers must be like, and `Inputs`: those that are."""

from dataclasses import dataclass, replace

import numpy as np

from autolstm.data.labelled import assemble, made_up
from autolstm.data.raw import Raw
from autolstm.data.stack import Stack
from autolstm.errors import DataError, counted, guess
from autolstm.sequences import Sequences

__all__ = ["Inputs", "Like", "inputs_of"]


@dataclass(frozen=True, slots=True)
class Like:
    """The sequences that a model has learnt from, as far as others must be like them.

    Attributes:
        features: Name of every column.
        symbolic: Which of these are of symbols, not numbers.
        words: Whether a text is split at blanks; its symbols are its characters otherwise.
        padded: Whether blanks around a text belong to it, as where all have the same length.
        missing: What is done with missing values, see `autolstm.load`.
        marked: The features whose holes a column marks, which is not among ``features``.
        id_column: Column of a long table that says which sequence a row belongs to.
        time_column: Column of its steps, None to find it.
    """

    features: tuple[str, ...]
    symbolic: tuple[bool, ...]
    words: bool = False
    padded: bool = False
    missing: str = "refuse"
    marked: tuple[str, ...] = ()
    id_column: str | None = None
    time_column: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Inputs:
    """Sequences to be answered.

    Attributes:
        data: The sequences; their answers are 0 and mean nothing.
        ids: What each is called; empty for its number, from 0.
        places: What messages call each; empty for its number.
        notes: What reading assumed, one sentence each.
    """

    data: Sequences
    ids: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def where(self, sequence: int) -> str:
        """Say which sequence is meant."""
        return self.places[sequence] if self.places else f"sequence {sequence}"


def inputs_of(
    name: str,
    stack: Stack,
    like: Like,
    *,
    features: tuple[str, ...] = (),
    ids: tuple[str, ...] = (),
    places: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Inputs:
    """Check sequences against those that were learnt from, and put them together.

    Args:
        name: What messages call the source.
        stack: The sequences.
        like: What they must be like.
        features: Name of every column, in any order; empty where nobody gave any.
        ids: See `Inputs`.
        places: See `Inputs`.
        notes: See `Inputs`.

    Raises:
        DataError: They have other features, symbols for numbers or numbers for symbols, or a
            value is missing or infinite.
    """
    stack = _arranged(name, stack, features, like)
    columns = zip(stack.columns, like.features, like.symbolic, strict=True)
    stack = Stack(tuple(_of_kind(name, *one) for one in columns), stack.starts)
    unanswered = Stack((np.zeros(len(stack)),), np.arange(len(stack) + 1))
    raw = Raw(name, name, stack, unanswered, like.features, places=places)
    data = assemble(raw, "regression", like.missing, like.marked)
    return Inputs(replace(data, notes=()), ids, places, notes)


def _arranged(name: str, stack: Stack, features: tuple[str, ...], like: Like) -> Stack:
    """Return the columns in the order in which they were learnt."""
    count, wanted = len(stack.columns), like.features
    if count != len(wanted):
        raise DataError(
            f"{name} has {counted(count, 'feature')}, the model was tuned on "
            f"{counted(len(wanted), 'feature')} ({_listed(wanted)}). Every step needs a value of "
            f"each. Give an array of shape (sequences, steps, {len(wanted)}), or a list of arrays "
            f"of shape (steps, {len(wanted)}); one sequence alone is X[None]."
        )
    if _nameless(features) or _nameless(wanted) or features == wanted:
        return stack
    if len(features) != count:
        raise DataError(
            f"{name} has {counted(len(features), 'name')} for {counted(count, 'feature')} "
            f"({_listed(features)}). Each needs a name of its own. Mend the names, or leave them "
            f"out."
        )
    odd = [one for one in features if one not in wanted]
    if odd or len(set(features)) < count:
        odd = odd or [one for one in features if features.count(one) > 1]
        raise DataError(
            f"{name} has a feature {odd[0]!r}, the model was tuned on {_listed(wanted)}."
            f"{guess(odd[0], wanted)} The features must be the same. Rename them, or give the "
            f"right ones."
        )
    return Stack(tuple(stack.columns[features.index(one)] for one in wanted), stack.starts)


def _nameless(features: tuple[str, ...]) -> bool:
    """Whether nobody has named these columns, so that only their order counts."""
    return features in ((), *(made_up(word, len(features)) for word in ("x", "symbol")))


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:10]) + ", ..." * (len(names) > 10)


def _of_kind(name: str, column: np.ndarray, feature: str, symbolic: bool) -> np.ndarray:
    """Return a column of symbols as text; refuse one of the other kind."""
    kind = column.dtype.kind
    if symbolic and kind == "i":
        # A symbol may be written as a number, 7 for "7".
        return column.astype(np.str_)
    if symbolic == (kind == "U"):
        return column
    learnt, held = ("symbols", "numbers") if symbolic else ("numbers", "symbols")
    raise DataError(
        f"The feature {feature!r} of {name} holds {held} ({column[0].item()!r}), but the model "
        f"was tuned on {learnt} there. It takes {learnt}. Give data like those of the study."
    )
