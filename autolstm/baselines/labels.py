"""Every baseline of labelled sequences by its name: what a network has to beat.

A baseline learns from the training sequences alone, and tells the answers of others. One that
does not suit the data, or cannot be computed, is left out.
"""

import warnings
from collections.abc import Callable

import numpy as np

from autolstm.baselines.features import rows_of
from autolstm.baselines.learners import nearest, on_summaries, on_the_step, on_the_whole_series
from autolstm.sequences import Sequences

__all__ = ["NAIVE", "SINGLE", "STEPS", "label_baselines"]

Way = Callable[[Sequences, np.ndarray, np.ndarray], np.ndarray]
"""From data, training sequences and sequences to be told to an answer a row, in their order."""


def label_baselines(
    data: Sequences, train: np.ndarray, examples: np.ndarray
) -> dict[str, np.ndarray]:
    """Tell the answers of some sequences with every baseline.

    Args:
        data: The sequences.
        train: Numbers of the sequences to learn from, shape (m,).
        examples: Numbers of the sequences to tell, shape (n,).

    Returns:
        By name, the simplest first. Of classes probabilities, shape (n, C) where every sequence
        has one answer, else (n, T, C) with T steps as the longest answer of all data has, NaN
        beyond the answer of a sequence. Of numbers the same with K columns for C classes, in the
        unit of the answers.

    Raises:
        ValueError: A sequence is both to be learnt from and to be told.
    """
    both = np.intersect1d(train, examples)
    if len(both):
        raise ValueError(f"sequence {both[0]} is both to be learnt from and to be told")
    single = bool((data.answer_lengths == 1).all())
    kind = "classes" if data.classes else "numbers"
    made = {}
    for name, way in (SINGLE if single else STEPS)[kind].items():
        answers = _computed(way, data, np.asarray(train), np.asarray(examples))
        if answers is not None:
            made[name] = answers if single else _padded(data, np.asarray(examples), answers)
    return made


def _computed(
    way: Way, data: Sequences, train: np.ndarray, examples: np.ndarray
) -> np.ndarray | None:
    """Compute a baseline, None where that cannot be done."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            made = way(data, train, examples)
    except Exception:
        # Whatever a library finds in difficult data, a study goes on without this baseline.
        return None
    return made if np.isfinite(made).all() else None


def _padded(data: Sequences, examples: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Give every sequence a row of steps, NaN beyond its own answer."""
    lengths, longest = data.answer_lengths[examples], int(data.answer_lengths.max())
    padded = np.full((len(examples), longest, answers.shape[1]), np.nan)
    padded[np.arange(longest) < lengths[:, None]] = answers
    return padded


def overall(data: Sequences, train: np.ndarray, examples: np.ndarray) -> np.ndarray:
    """Tell the frequency of every class in training, or the mean, whatever the sequence."""
    places = rows_of(data.answer_starts, train)
    mean = _means(data, places, np.zeros(len(places), dtype=int), 1)
    return np.repeat(mean, data.answer_lengths[examples].sum(), axis=0)


def by_step(data: Sequences, train: np.ndarray, examples: np.ndarray) -> np.ndarray:
    """Tell the frequency of every class, or the mean, at the same step of the training answers.

    Beyond all training answers it is that of all steps.
    """
    longest = int(data.answer_lengths.max())
    places = rows_of(data.answer_starts, train)
    means = _means(data, places, _steps(data.answer_lengths[train]), longest)
    means[data.answer_lengths[train].max() :] = overall(data, train, examples[:1])[0]
    told: np.ndarray = means[_steps(data.answer_lengths[examples])]
    return told


def copied(data: Sequences, train: np.ndarray, examples: np.ndarray) -> np.ndarray:
    """Tell what stands at the same step of the input, at its last step beyond its end.

    Classes are copied from the first feature with a symbol of the same name; a symbol that is no
    class has the frequencies of `overall`. Numbers of one column are copied from the first
    feature.

    Raises:
        ValueError: The answers are nothing that stands in the input.
    """
    lengths = data.answer_lengths[examples]
    last = np.repeat(data.lengths[examples] - 1, lengths)
    rows = np.repeat(data.starts[examples], lengths) + np.minimum(_steps(lengths), last)
    if not data.classes:
        if len(data.targets) != 1 or data.symbols[0]:
            raise ValueError("the input is of another kind")
        return data.values[rows, :1]
    shared = (one for one, names in enumerate(data.symbols) if {*names} & {*data.classes})
    feature = next(shared, None)
    if feature is None:
        raise ValueError("no symbol is a class")
    table = np.repeat(overall(data, train, examples[:1])[:1], len(data.symbols[feature]), axis=0)
    for code, name in enumerate(data.symbols[feature]):
        if name in data.classes:
            table[code] = np.arange(len(data.classes)) == data.classes.index(name)
    told: np.ndarray = table[data.values[rows, feature].astype(int)]
    return told


def _steps(lengths: np.ndarray) -> np.ndarray:
    """Count the steps of every sequence from 0, one sequence behind the other."""
    steps: np.ndarray = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return steps


def _means(data: Sequences, places: np.ndarray, groups: np.ndarray, count: int) -> np.ndarray:
    """Return the mean answer of every group of answers, shape (count, classes or columns)."""
    answers, size = data.answers[places], np.bincount(groups, minlength=count)
    if data.classes:
        width = len(data.classes)
        at = groups * width + answers[:, 0].astype(int)
        sums = np.bincount(at, minlength=count * width).reshape(count, width)
    else:
        columns = [np.bincount(groups, one, minlength=count) for one in answers.T]
        sums = np.stack(columns, axis=1)
    means: np.ndarray = sums / size[:, None]
    return means


SINGLE: dict[str, dict[str, Way]] = {
    "classes": {
        "majority class": overall,
        "1-nearest neighbour": nearest,
        "logistic regression on summaries": on_summaries,
        "ridge on the whole series": on_the_whole_series,
    },
    "numbers": {
        "training mean": overall,
        "1-nearest neighbour": nearest,
        "linear regression on summaries": on_summaries,
        "ridge on the whole series": on_the_whole_series,
    },
}
"""The baselines where every sequence has one answer, by what that is."""

STEPS: dict[str, dict[str, Way]] = {
    "classes": {
        "majority class": overall,
        "majority at each step": by_step,
        "copy the input": copied,
        "logistic regression on the step": on_the_step,
    },
    "numbers": {
        "training mean": overall,
        "mean at each step": by_step,
        "copy the input": copied,
        "linear regression on the step": on_the_step,
    },
}
"""The baselines where the answer of a sequence is a sequence."""

NAIVE = {
    name
    for ways in (SINGLE, STEPS)
    for kind in ways.values()
    for name, way in kind.items()
    if way in (overall, by_step, copied)
}
"""Names of those that do not learn from the inputs."""
