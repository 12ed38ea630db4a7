"""Sequences, long or short, as rows of equally many numbers: what simple models can learn from.

A feature of numbers stays what it is. A feature of symbols has one column a symbol, 1 where it
stands and 0 elsewhere (one-hot), but for the neighbours, which compare codes.
"""

import numpy as np

from autolstm.sequences import Sequences

__all__ = [
    "around_step",
    "columns_of",
    "resampled",
    "rows_of",
    "standardised",
    "summaries",
    "usual_length",
    "whole_series",
]

MOST_STEPS = 200
"""Steps that a sequence is resampled to at most."""

MOST_SYMBOLS = 1000
"""Symbols of a feature that may have a column each at every step."""

STEPS_BEFORE = 2
"""Steps before its own that the regression on a step looks at."""


def columns_of(data: Sequences) -> tuple[list[int], list[int]]:
    """Return the columns of numbers, and those of symbols."""
    kinds = range(len(data.features))
    return [one for one in kinds if not data.symbols[one]], [
        one for one in kinds if data.symbols[one]
    ]


def rows_of(starts: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Return the rows of some sequences (or of their answers), one sequence behind the other."""
    lengths = np.diff(starts)[which]
    before = np.cumsum(lengths) - lengths
    rows: np.ndarray = np.repeat(starts[which] - before, lengths) + np.arange(lengths.sum())
    return rows


def standardised(data: Sequences, train: np.ndarray) -> np.ndarray:
    """Bring every column of numbers to mean 0 and standard deviation 1 over the training steps.

    Returns:
        Shape (steps of all, columns of numbers); a column that is constant there is only shifted.
    """
    from autolstm.prepare.scale import learn_scaler

    numbers = data.values[:, columns_of(data)[0]]
    if not numbers.shape[1]:
        return numbers
    known = numbers[rows_of(data.starts, train)]
    return learn_scaler("standard", known).apply(numbers)


def usual_length(data: Sequences, train: np.ndarray) -> int:
    """Return the steps that sequences are resampled to: the median in training, 200 at most."""
    return min(MOST_STEPS, max(1, int(np.median(data.lengths[train]))))


def resampled(
    values: np.ndarray, starts: np.ndarray, which: np.ndarray, steps: int, *, between: bool = True
) -> np.ndarray:
    """Give some sequences equally many steps, evenly spread from their first to their last.

    Args:
        values: Steps of all sequences, shape (steps of all, columns).
        starts: First row of every sequence, and the end, shape (n + 1,).
        which: Sequences to resample, shape (m,).
        steps: Steps of each in the end; one of that length stays as it is.
        between: Whether a step is interpolated linearly; else the nearest one is taken.

    Returns:
        Shape (m, steps, columns).
    """
    first, last = starts[which][:, None], starts[which + 1][:, None] - 1
    # Whole places stay whole: multiplied first, divided then.
    place = np.arange(steps) * (last - first) / max(1, steps - 1)
    if not between:
        nearest: np.ndarray = values[first + np.rint(place).astype(int)]
        return nearest
    below = np.floor(place).astype(int)
    share = (place - below)[..., None]
    above = np.minimum(first + below + 1, last)
    mixed: np.ndarray = (1 - share) * values[first + below] + share * values[above]
    return mixed


def _one_hot(data: Sequences, column: int, codes: np.ndarray) -> np.ndarray:
    """Give every symbol of a feature its column, behind the axes of the codes."""
    symbols = len(data.symbols[column])
    if symbols > MOST_SYMBOLS:
        raise ValueError(f"{symbols} symbols are too many columns")
    hot: np.ndarray = np.eye(symbols)[codes.astype(int)]
    return hot


def whole_series(data: Sequences, which: np.ndarray, steps: int) -> np.ndarray:
    """Return all steps of some sequences, resampled, side by side.

    Returns:
        Shape (m, steps * columns), where a feature of symbols has a column for each of them.

    Raises:
        ValueError: A feature has more than 1000 symbols.
    """
    numbers, symbols = columns_of(data)
    parts = [resampled(data.values[:, numbers], data.starts, which, steps)]
    for one in symbols:
        codes = resampled(data.values[:, [one]], data.starts, which, steps, between=False)
        parts.append(_one_hot(data, one, codes[..., 0]))
    return np.concatenate([part.reshape(len(which), -1) for part in parts], axis=1)


def summaries(data: Sequences, which: np.ndarray) -> np.ndarray:
    """Sum every feature of some sequences up in a few numbers.

    Of numbers: mean, standard deviation, least, most and mean absolute step from one value to the
    next (0 where there is one only). Of symbols: the share of each.

    Returns:
        Shape (m, summaries), the five of all features of numbers first.
    """
    numbers, symbols = columns_of(data)
    rows, lengths = rows_of(data.starts, which), data.lengths[which]
    starts, values = np.cumsum(lengths) - lengths, data.values[rows]
    sums, size = np.add.reduceat, lengths[:, None]
    shown = values[:, numbers]
    means = sums(shown, starts) / size
    spread = np.sqrt(sums(np.square(shown - np.repeat(means, lengths, axis=0)), starts) / size)
    moves = np.abs(np.diff(shown, axis=0, prepend=shown[:1]))
    moves[starts] = 0
    parts = [
        *(means, spread, np.minimum.reduceat(shown, starts), np.maximum.reduceat(shown, starts)),
        sums(moves, starts) / np.maximum(1, size - 1),
        *(_shares(data, one, values[:, one], lengths) for one in symbols),
    ]
    return np.concatenate(parts, axis=1)


def _shares(data: Sequences, column: int, codes: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the share of every symbol in every sequence, shape (m, symbols)."""
    size = len(data.symbols[column])
    owner = np.repeat(np.arange(len(lengths)), lengths)
    counts = np.bincount(owner * size + codes.astype(int), minlength=len(lengths) * size)
    shares: np.ndarray = counts.reshape(-1, size) / lengths[:, None]
    return shares


def around_step(data: Sequences, numbers: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the features of some steps and of the two before each, side by side.

    Args:
        data: The sequences, for their symbols.
        numbers: The columns of numbers, about zero, shape (steps of all, columns of numbers).
        rows: Steps to look at, shape (m,).

    Returns:
        Shape (m, 3 * columns); 0 where a sequence has not begun.

    Raises:
        ValueError: A feature has more than 1000 symbols.
    """
    begun = rows - data.starts[np.searchsorted(data.starts, rows, side="right") - 1]
    parts = []
    for back in range(STEPS_BEFORE + 1):
        at = np.maximum(rows - back, 0)
        hot = [_one_hot(data, one, data.values[at, one]) for one in columns_of(data)[1]]
        there = (begun >= back)[:, None]
        parts.append(np.where(there, np.concatenate([numbers[at], *hot], axis=1), 0.0))
    return np.concatenate(parts, axis=1)
