"""`Raw` -> `Sequences`: coded, named and checked."""

import numpy as np

from autolstm.data.answers import coded, in_order
from autolstm.data.ends import with_ends
from autolstm.data.gaps import fill_steps
from autolstm.data.raw import Raw
from autolstm.data.stack import Stack
from autolstm.errors import DataError, counted
from autolstm.sequences import Sequences

__all__ = ["LEAST_SEQUENCES", "assemble", "check_learnable", "made_up"]

GONE = "no value"
"""What a step has whose number or symbol is missing."""

LEAST_SEQUENCES = 10
"""Sequences below which nothing is learned: training, validation and test need a few each."""


def assemble(
    raw: Raw,
    task: str | None = None,
    missing: str = "refuse",
    marked: tuple[str, ...] | None = None,
) -> Sequences:
    """Check sequences and answers, and put them together; see `autolstm.data.ends` for one more.

    Args:
        raw: What a reader found.
        task: ``"classification"`` or ``"regression"`` where classes and numbers shall not be told
            apart by the answers themselves; ``"sequence-to-sequence"`` where answers are
            sequences of their own.
        missing: What is done with missing values of the features, see `autolstm.load`.
        marked: The features whose holes are marked; None for those that have some.

    Raises:
        DataError: Numbers of sequences or names do not match, or a value is infinite, or missing
            and cannot be filled.
    """
    _check_counts(raw)
    features = _names(raw, raw.features, raw.inputs, "feature")
    marks: tuple[str, ...] = ()
    if missing != "refuse":
        raw, marks = fill_steps(raw, features, missing, marked)
        features = (*features, *marks)
    _check_cells(raw, raw.inputs, features, "feature")
    answers_named = _names(raw, raw.targets, raw.answers, "target")
    _check_cells(raw, raw.answers, answers_named, "answer")
    values, symbols = _inputs(raw.inputs)
    answers, classes = coded(raw, task)
    apart = raw.apart or task == "sequence-to-sequence"
    data = Sequences(
        name=raw.short,
        values=values,
        starts=raw.inputs.starts,
        features=features,
        symbols=symbols,
        answers=answers,
        answer_starts=raw.answers.starts,
        targets=raw.targets or (("label",) if classes else answers_named),
        classes=classes,
        groups=raw.groups,
        official=raw.official,
        # A single answer is not a sequence, whatever the task calls it.
        apart=apart and bool((np.diff(raw.answers.starts) > 1).any()),
        fill=missing,
        marks=marks,
        notes=raw.notes + _flat(raw.inputs, features),
    )
    if task == "sequence-to-sequence":
        _check_apart(data, raw.name)
    return with_ends(data)


def check_learnable(data: Sequences, name: str) -> None:
    """Refuse sequences from which nothing can be learned, or told of others.

    Args:
        data: The sequences.
        name: What messages call them.

    Raises:
        DataError: They are too few, or their answers do not vary or cannot be told.
    """
    if len(data) < LEAST_SEQUENCES:
        raise DataError(
            f"{name} has {counted(len(data), 'sequence')}. At least {LEAST_SEQUENCES} are needed "
            f"to train, validate and test. Give more of them."
        )
    if data.official is not None and data.official.all() == data.official.any():
        part = "test" if data.official.all() else "training"
        raise DataError(
            f"All sequences of {name} are in its official {part} part. Both parts need some. Mark "
            f"them otherwise, or leave the official parts out."
        )
    if (data.answers == data.answers[0]).all():
        what = data.classes[int(data.answers[0, 0])] if data.classes else f"{data.answers[0, 0]:g}"
        raise DataError(
            f"Every answer of {name} is {what}. There must be at least two classes or numbers to "
            f"learn to tell them apart. Choose another target, or add sequences of other answers."
        )
    if data.classes:
        _check_classes(data, name)


def _check_classes(data: Sequences, name: str) -> None:
    owner = np.repeat(np.arange(len(data)), data.answer_lengths)
    test = np.zeros(len(data), bool) if data.official is None else data.official
    codes = data.answers[:, 0].astype(np.int64)
    count = len(data.classes)
    taught = np.bincount(codes[~test[owner]], minlength=count)
    unseen = [data.classes[at] for at in np.flatnonzero(taught == 0)]
    if unseen:
        raise DataError(
            f"In {name}, only the official test part holds {', '.join(unseen)}. A class that is "
            f"not in the training part cannot be learned. Move some of its sequences there, or "
            f"leave it out."
        )
    lone = [data.classes[at] for at in np.flatnonzero(taught == 1)]
    if lone and (data.answer_lengths == 1).all():
        where = "official training part" if data.official is not None else "data"
        raise DataError(
            f"In {name}, the {where} has one sequence only of: {', '.join(lone)}. A class needs "
            f"two, one to train on and one to validate on. Add some, join it with another class, "
            f"or leave it out."
        )


def _check_apart(data: Sequences, name: str) -> None:
    if not data.apart:
        raise DataError(
            f"{name} has one answer to each sequence, no sequence as an answer. "
            f"Sequence-to-sequence takes answers of several steps. Ask for task = classification "
            f"or regression, or leave it out."
        )


def made_up(word: str, count: int) -> tuple[str, ...]:
    """Return the names of columns that nobody has named: x, or x1, x2 and so on."""
    return (word,) if count == 1 else tuple(f"{word}{at}" for at in range(1, count + 1))


def _check_counts(raw: Raw) -> None:
    count = len(raw.inputs)
    for what, held in (("answers", raw.answers), ("groups", raw.groups)):
        if held is not None and len(held) != count:
            raise DataError(
                f"{raw.name} has {counted(count, 'sequence')}, but {len(held)} {what}. Each "
                f"sequence needs one of them, in the same order. Give as many."
            )


def _names(raw: Raw, given: tuple[str, ...], stack: Stack, what: str) -> tuple[str, ...]:
    """Check names of columns, or make them up."""
    count = len(stack.columns)
    if not given:
        return made_up(
            {"feature": "symbol" if all(stack.texts) else "x", "target": "y"}[what], count
        )
    twice = [one for one in given if given.count(one) > 1]
    if len(given) != count or twice:
        told = f"{twice[0]!r} twice" if twice else f"{counted(len(given), 'name')} for {count}"
        raise DataError(
            f"The names of {what}s of {raw.name} do not match: {told} ({', '.join(given)}). Each "
            f"of the {counted(count, what)} needs a name of its own. Mend the names, or leave "
            f"them out."
        )
    return given


def _check_cells(raw: Raw, stack: Stack, names: tuple[str, ...], what: str) -> None:
    """Refuse missing and infinite values; say where the first one stands."""
    for name, column in zip(names, stack.columns, strict=True):
        for bad, kind in _faults(column):
            if bad.any():
                sequence, step = stack.at(int(bad.argmax()))
                long = len(stack.columns[0]) > len(stack)
                place = raw.where(sequence) + (f", step {step}" if long else "")
                cells = counted(int(bad.sum()), "such value")
                filled = what == "feature" and kind == GONE and column.dtype.kind == "f"
                fill = ", ask for missing=forward or mask," * filled
                raise DataError(
                    f"The {what} {name!r} of {raw.name} has {kind} in {place}, counted from 0 "
                    f"({cells}). Every step and every answer needs a value. Mend them{fill} or "
                    f"leave these sequences out."
                )


def _faults(column: np.ndarray) -> tuple[tuple[np.ndarray, str], ...]:
    if column.dtype.kind == "U":
        return ((column == "", GONE),)
    if column.dtype.kind == "f":
        return ((np.isnan(column), GONE), (np.isinf(column), "an infinite value"))
    return ()


def _inputs(stack: Stack) -> tuple[np.ndarray, tuple[tuple[str, ...], ...]]:
    """Return values of shape (rows, features), and by feature the symbols they stand for."""
    values, symbols = [], []
    for column in stack.columns:
        known = in_order(column) if column.dtype.kind == "U" else ()
        places = {one: at for at, one in enumerate(known)}
        numbers = [places[str(one)] for one in column] if known else column
        values.append(np.asarray(numbers, dtype=np.float64))
        symbols.append(known)
    return np.column_stack(values), tuple(symbols)


def _flat(stack: Stack, names: tuple[str, ...]) -> tuple[str, ...]:
    """Note the features that never vary."""
    same = [name for name, one in zip(names, stack.columns, strict=True) if (one == one[0]).all()]
    if not same:
        return ()
    return (
        f"The same in every step of every sequence, so nothing to learn from: {', '.join(same)}.",
    )
