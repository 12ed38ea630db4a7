"""Doubts about labelled sequences, raised before a study rather than in its trials."""

from typing import Protocol

import numpy as np

from autolstm.errors import DataError
from autolstm.metrics import Metric
from autolstm.prepare.labelled import form_of
from autolstm.sequences import Sequences
from autolstm.split import Parts

__all__ = ["check_answers"]


class Doubted(Protocol):
    """What is asked of sequences; see `autolstm.framing.labelling.Labelling`."""

    @property
    def data(self) -> Sequences:
        """The sequences."""

    @property
    def parts(self) -> Parts:
        """Numbers of sequences."""

    @property
    def metric(self) -> Metric:
        """What is measured."""

    def actual(self, examples: np.ndarray) -> np.ndarray:
        """Return the answers of some sequences."""

    def measure(self, predicted: np.ndarray, examples: np.ndarray) -> float:
        """Measure predictions of some sequences."""


def check_answers(framing: Doubted) -> None:
    """Refuse what cannot be asked of sequences.

    Raises:
        DataError: A training part lacks a class, or its answers do not vary, or the metric cannot
            be taken of a part.
    """
    data = framing.data
    for fold in framing.parts.folds:
        seen = framing.actual(fold.train)
        if data.classes:
            _check_classes(data, seen[~np.isnan(seen)].astype(int))
        else:
            _check_numbers(data, seen.reshape(-1, len(data.targets)))
    _check_metric(framing)


def _check_metric(framing: Doubted) -> None:
    """Refuse a metric that cannot be taken of a part."""
    count = len(framing.data.classes)
    for part, rows in (
        *(("validation", fold.valid) for fold in framing.parts.folds),
        ("test", framing.parts.test),
    ):
        # What is predicted does not matter; nobody waits for a baseline here.
        actual = framing.actual(rows)
        even = np.full((*actual.shape, count), 1 / count) if count else np.zeros(actual.shape)
        even[np.isnan(actual)] = np.nan
        if not np.isfinite(framing.measure(even, rows)):
            raise DataError(
                f"The metric {framing.metric.name} cannot be taken of the {part} part of "
                f"{framing.data.name}: it needs other answers there, such as more than one "
                f"class, or none that is zero. Choose another metric, or a larger part."
            )


def _check_classes(data: Sequences, codes: np.ndarray) -> None:
    missing = np.setdiff1d(np.arange(len(data.classes)), codes)
    if len(missing):
        names = ", ".join(data.classes[one] for one in missing[:5])
        single = form_of(data)[0] == "vector"
        other = "take --set split.kind=stratified" if single else "another --seed"
        raise DataError(
            f"The training part of {data.name} holds no answer of {_classes(len(missing))} "
            f"({names}), which cannot be learnt then. Give a smaller validation part, more "
            f"sequences, or {other}."
        )


def _check_numbers(data: Sequences, seen: np.ndarray) -> None:
    """Refuse a column of answers, shape (answers, columns), that does not vary."""
    for name, low, high in zip(
        data.targets, np.nanmin(seen, axis=0), np.nanmax(seen, axis=0), strict=True
    ):
        if low == high:
            raise DataError(
                f"The answer {name!r} of {data.name} is {low:g} in the whole training part: there "
                f"is nothing to learn. It must vary there. Choose another target, or a larger "
                f"training part."
            )


def _classes(count: int) -> str:
    return f"{count} class{'es' * (count != 1)}"
