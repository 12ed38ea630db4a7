"""The table of the classes."""

import numpy as np

from autolstm.ledger.results import Results
from autolstm.report import numbers
from autolstm.report.tables.base import NOTHING, Head, Row, Table
from autolstm.report.views.confusion import counts_of
from autolstm.report.words import brief

__all__ = ["by_class"]

MOST_CLASSES = 50
"""Classes that are shown, the hardest ones."""


def by_class(results: Results) -> Table | None:
    """Show how well each class is told, the hardest first; None where no class was told."""
    if results.refit is None or not results.refit.forecasts.confusion:
        return None
    names, counts = results.refit.forecasts.classes, counts_of(results)
    right, actual, told = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    f1 = 2 * right / np.maximum(actual + told, 1)
    # What has no F1 is neither hard nor easy: it comes last.
    order = sorted(range(len(names)), key=lambda at: (not (actual + told)[at], f1[at], at))
    shown = order[:MOST_CLASSES]
    which = f"The {len(shown)} classes with the lowest F1 of {len(names)}"
    rows = tuple(
        Row(
            (
                brief(names[at]),
                str(actual[at]),
                _share(right[at], told[at]),
                _share(right[at], actual[at]),
                _share(2 * right[at], actual[at] + told[at]),
                _taken(names, counts, at),
            )
        )
        for at in shown
    )
    return Table(
        caption=(
            f"{which if len(shown) < len(names) else 'All classes, the lowest F1 first'}. Support "
            f"is how many answers of the test part are of a class, precision the share of the "
            f"model's answers for it that are right, recall the share of it that is found, F1 "
            f"their harmonic mean. {NOTHING} stands where there is nothing to divide by."
        ),
        heads=(
            Head("Class"),
            *(Head(text, numeric=True) for text in ("Support", "Precision", "Recall", "F1")),
            Head("Most often taken for"),
        ),
        rows=rows,
    )


def _share(part: int, whole: int) -> str:
    return numbers.percent(part / whole) if whole else NOTHING


def _taken(names: tuple[str, ...], counts: np.ndarray, at: int) -> str:
    """Say which other class this one is taken for most often."""
    row = counts[at].copy()
    row[at] = 0
    other = int(row.argmax())
    return f"{brief(names[other])} ({row[other]})" if row[other] else NOTHING
