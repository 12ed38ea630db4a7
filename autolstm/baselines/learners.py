"""Simple models of sequences: scikit-learn's, on the rows that `features` makes of them.

Each takes the data, the numbers of the training sequences and of those to be told, and returns
an answer a row: probabilities of classes or numbers. scikit-learn and scipy are slow to import,
so only the functions that need them import them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from autolstm.baselines.features import (
    around_step,
    columns_of,
    resampled,
    rows_of,
    standardised,
    summaries,
    usual_length,
    whole_series,
)
from autolstm.sequences import Sequences

__all__ = ["nearest", "on_summaries", "on_the_step", "on_the_whole_series"]

MOST_SEQUENCES = 5000
"""Training sequences that are learnt from at most, evenly spread: enough for a simple model."""

WIDE = 1500
"""Columns beyond which ridge regression learns from so many sequences: the time that it takes
grows with the cube of the smaller of the two."""

MOST_STEPS = 20_000
"""Training steps that a regression on the step learns from at most, evenly spread."""

CELLS = 20_000_000
"""Numbers that the rows held at a time may have, 160 MB: wide rows are fewer."""

BLOCK = 1000
"""Sequences or steps that are told at a time at most, which bounds the memory."""

ALPHAS = np.logspace(-3, 5, 9)
"""Penalties that ridge regression chooses from, on standardised columns."""


def told(data: Sequences, places: np.ndarray) -> np.ndarray:
    """Return the true answers in some rows of ``answers``: certain classes, or numbers."""
    answers: np.ndarray = data.answers[places]
    return _certain(data, answers[:, 0].astype(int)) if data.classes else answers


def _certain(data: Sequences, codes: np.ndarray) -> np.ndarray:
    """Return probabilities of 1 for some classes, shape (m, C)."""
    table: np.ndarray = np.eye(len(data.classes))[codes]
    return table


def nearest(data: Sequences, train: np.ndarray, examples: np.ndarray) -> np.ndarray:
    """Tell the answer of the training sequence that is nearest, the first one of equals.

    Near is what has a small squared Euclidean distance, over columns of numbers that are
    standardised by the training part, plus one for every symbol that is another (Hamming, 1950).
    Both are taken step by step, of sequences resampled to the same number of steps.
    """
    from scipy.spatial.distance import cdist
    from sklearn.metrics.pairwise import euclidean_distances
    from sklearn.utils import gen_batches

    steps = usual_length(data, train)
    columns = steps * len(data.features)
    train = _thinned(train, _room(MOST_SEQUENCES, columns))
    numbers, codes = standardised(data, train), data.values[:, columns_of(data)[1]]

    def rows(which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        smooth = resampled(numbers, data.starts, which, steps)
        stepped = resampled(codes, data.starts, which, steps, between=False)
        return smooth.reshape(len(which), -1), stepped.reshape(len(which), -1)

    known, known_codes = rows(train)
    found = []
    for block in gen_batches(len(examples), _room(BLOCK, columns)):
        asked, asked_codes = rows(examples[block])
        distance = np.zeros((len(asked), len(train)))
        if known.shape[1]:
            distance += euclidean_distances(asked, known, squared=True)
        if known_codes.shape[1]:
            distance += cdist(asked_codes, known_codes, "hamming") * known_codes.shape[1]
        found.append(np.argmin(distance, axis=1))
    return told(data, train[np.concatenate(found)])


def on_summaries(data: Sequences, train: np.ndarray, examples: np.ndarray) -> np.ndarray:
    """Tell by a logistic (classes) or linear (numbers) regression on summaries of a sequence."""
    from sklearn.linear_model import LinearRegression, LogisticRegression

    model = LogisticRegression(max_iter=1000) if data.classes else LinearRegression()
    return _learnt(
        model, lambda which: summaries(data, which), data, (train, examples), MOST_SEQUENCES
    )


def on_the_whole_series(data: Sequences, train: np.ndarray, examples: np.ndarray) -> np.ndarray:
    """Tell by ridge regression on all steps, resampled; its penalty by leave-one-out."""
    from sklearn.linear_model import RidgeClassifierCV, RidgeCV

    steps = usual_length(data, train)

    def features(which: np.ndarray) -> np.ndarray:
        return whole_series(data, which, steps)

    most = WIDE if features(train[:1]).shape[1] > WIDE else MOST_SEQUENCES
    model = RidgeClassifierCV(ALPHAS) if data.classes else RidgeCV(ALPHAS)
    return _learnt(model, features, data, (train, examples), most)


def on_the_step(data: Sequences, train: np.ndarray, examples: np.ndarray) -> np.ndarray:
    """Tell every step by a logistic or linear regression on it and the two before.

    Raises:
        ValueError: The answers do not stand at the steps of the inputs.
    """
    from sklearn.linear_model import LinearRegression, LogisticRegression

    if not data.stepwise:
        raise ValueError("no answer at every step")
    numbers = standardised(data, train)
    model = LogisticRegression(max_iter=1000) if data.classes else LinearRegression()
    places = (rows_of(data.starts, train), rows_of(data.starts, examples))
    return _learnt(model, lambda rows: around_step(data, numbers, rows), data, places, MOST_STEPS)


def _learnt(
    model: Any,
    features: Callable[[np.ndarray], np.ndarray],
    data: Sequences,
    places: tuple[np.ndarray, np.ndarray],
    most: int,
) -> np.ndarray:
    """Learn a model of standardised features in some places, and let it tell the others."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.utils import gen_batches

    train, examples = places
    columns = features(train[:1]).shape[1]
    train = _thinned(train, _room(most, columns))
    answers = data.answers[train]
    whole = make_pipeline(StandardScaler(), model)
    whole.fit(features(train), answers[:, 0].astype(int) if data.classes else answers)
    blocks = gen_batches(len(examples), _room(BLOCK, columns))
    return np.concatenate([_answers(whole, features(examples[one]), data) for one in blocks])


def _answers(model: Any, rows: np.ndarray, data: Sequences) -> np.ndarray:
    """Let a model tell some rows: probabilities of all classes, known to it or not, or numbers."""
    if not data.classes:
        return np.asarray(model.predict(rows)).reshape(len(rows), -1)
    if not hasattr(model, "predict_proba"):
        return _certain(data, model.predict(rows))
    probabilities = np.zeros((len(rows), len(data.classes)))
    probabilities[:, model.classes_] = model.predict_proba(rows)
    return probabilities


def _room(most: int, columns: int) -> int:
    """Return how many rows are held at a time: fewer where they are wide."""
    return max(1, min(most, CELLS // max(1, columns)))


def _thinned(places: np.ndarray, most: int) -> np.ndarray:
    """Leave out evenly what is too much to learn from."""
    if len(places) <= most:
        return places
    return places[np.arange(most) * len(places) // most]
