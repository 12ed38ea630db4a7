"""Which classes of the test part were taken for which."""

from dataclasses import dataclass

import numpy as np

from autolstm.ledger.results import Results
from autolstm.report import numbers
from autolstm.report.views.base import Absent
from autolstm.report.words import brief

__all__ = ["Confusion", "confusion", "counts_of"]

MOST_CLASSES = 30
"""Classes in the picture; of more, the rare ones are put together."""

OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Confusion:
    """Actual classes and the classes told.

    Attributes:
        names: Of the classes, in their order.
        counts: How many of each actual class (a row each) were taken for each class (a column
            each).
        caption: What to look at.
        alt: What is drawn.
    """

    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    caption: str
    alt: str


def confusion(results: Results) -> Confusion | Absent:
    """Show which classes of the test part were taken for which."""
    refit = results.refit
    if refit is None or not refit.forecasts.confusion:
        return Absent(
            "Nothing is told of the test part yet: that is done when the winner is chosen."
            if refit is None
            else "What was told of the test part was not kept."
        )
    names, counts = refit.forecasts.classes, counts_of(results)
    right, total = int(np.trace(counts)), int(counts.sum())
    shown, table = _largest(names, counts)
    merged = (
        f" The {MOST_CLASSES - 1} most frequent of {len(names)} classes are shown; the last row "
        f"and column are all others together."
    )
    alt = f"Confusion of {len(names)} classes: {right} of {total} answers are right"
    return Confusion(
        names=shown,
        counts=tuple(tuple(row) for row in table.tolist()),
        caption=(
            f"Look off the diagonal, where a class is taken for another. {_worst(names, counts)} "
            f"A row is an actual class, a column the class told by the saved model; the darker, "
            f"the larger the share of its row.{merged * (len(names) > MOST_CLASSES)}"
        ),
        alt=f"{alt}, {numbers.percent(right / total)}." if total else f"{alt}.",
    )


def counts_of(results: Results) -> np.ndarray:
    """Return how often each class (a row) was taken for each (a column), shape (C, C)."""
    assert results.refit is not None
    return np.array(results.refit.forecasts.confusion, dtype=int)


def _worst(names: tuple[str, ...], counts: np.ndarray) -> str:
    """Say which class is taken for which most often."""
    off = counts.copy()
    np.fill_diagonal(off, 0)
    if not off.any():
        return "Here none is."
    actual, told = np.unravel_index(int(off.argmax()), off.shape)
    count, of = int(off[actual, told]), int(counts[actual].sum())
    share = numbers.percent(count / of)
    return (
        f"Most often {brief(names[actual])} is taken for {brief(names[told])}: {count} of {of} "
        f"({share})."
    )


def _largest(names: tuple[str, ...], counts: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Put all but the most frequent classes together, where they are too many to be read."""
    if len(names) <= MOST_CLASSES:
        return names, counts
    kept = np.sort(np.argsort(-counts.sum(axis=1), kind="stable")[: MOST_CLASSES - 1])
    place = np.full(len(names), MOST_CLASSES - 1)
    place[kept] = np.arange(len(kept))
    table = np.zeros((MOST_CLASSES, MOST_CLASSES), dtype=int)
    np.add.at(table, (place[:, None], place[None, :]), counts)
    return (*(names[one] for one in kept), OTHERS), table
