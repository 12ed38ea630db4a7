"""Metrics of labels: how good the probabilities of classes are, or what is decided by them.

Every function takes ``actual``, the true codes from 0 to C - 1, shape (N,), and
``probabilities``, shape (N, C). What is decided is the most probable class, the first one of
equals. Definitions follow scikit-learn, which is slow to import, so only the functions that need
it import it.

A class that does not occur in ``actual`` has no recall, and no place in a mean over classes:
macro averages and balanced accuracy are over the classes that occur. Precision where a class is
never decided on is 0.
"""

import numpy as np

from autolstm.metrics.metric import Metric

__all__ = ["LABELS"]

LEAST = 1e-15
"""Smallest probability that the logarithm is taken of."""

POSITIVE = 1
"""Of two classes, the one that precision, recall, F1 and ROC AUC are of: the last in order."""


def decided(probabilities: np.ndarray) -> np.ndarray:
    """Return the most probable class, shape (N,)."""
    codes: np.ndarray = np.argmax(probabilities, axis=-1)
    return codes


def wrong(actual: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """1 where the most probable class is not the true one, else 0."""
    errors: np.ndarray = (decided(probabilities) != actual).astype(float)
    return errors


def log_losses(actual: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Negative natural logarithm of the probability of the true class, 1e-15 at least."""
    given = np.asarray(probabilities[np.arange(len(actual)), actual], dtype=float)
    losses: np.ndarray = -np.log(np.clip(given, LEAST, 1.0))
    return losses


def brier_scores(actual: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Squared distances of the probabilities from certainty in the true class.

    Summed over classes (Brier, 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2), from 0
    to 2; of two classes half of that, the usual score of the probability of one of them.
    """
    classes = probabilities.shape[-1]
    gaps = probabilities - np.eye(classes)[actual]
    scores: np.ndarray = np.sum(np.square(gaps), axis=-1)
    return scores / 2 if classes == 2 else scores


def accuracy(actual: np.ndarray, probabilities: np.ndarray) -> float:
    """Share of the labels that are right."""
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(actual, decided(probabilities)))


def sequence_accuracy(actual: np.ndarray, probabilities: np.ndarray) -> float:
    """Share of the sequences in which every step is right.

    Args:
        actual: Codes, shape (n, T), NaN where a sequence has no such step; a sequence without any
            does not count.
        probabilities: Shape (n, T, C).
    """
    there = ~np.isnan(actual)
    right = ((decided(probabilities) == actual) | ~there).all(axis=1)
    return float(np.mean(right[there.any(axis=1)]))


def _scores(
    actual: np.ndarray, probabilities: np.ndarray, labels: np.ndarray | list[int], average: str
) -> tuple[float, float, float]:
    """Return precision, recall and F1 of some classes, averaged over them."""
    from sklearn.metrics import precision_recall_fscore_support

    *scores, _ = precision_recall_fscore_support(
        actual, decided(probabilities), labels=labels, average=average, zero_division=0
    )
    precision, recall, f1 = map(float, scores)
    return precision, recall, f1


def _in_question(actual: np.ndarray, probabilities: np.ndarray) -> np.ndarray | list[int]:
    """Return the classes that plain precision, recall and F1 are a mean over."""
    return [POSITIVE] if probabilities.shape[1] == 2 else np.unique(actual)


def balanced_accuracy(actual: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean over the classes that occur of the share of each that is found."""
    return _scores(actual, probabilities, np.unique(actual), "macro")[1]


def precision(actual: np.ndarray, probabilities: np.ndarray) -> float:
    """Share of the decisions for a class that are right: the positive one of two, else a mean."""
    return _scores(actual, probabilities, _in_question(actual, probabilities), "macro")[0]


def recall(actual: np.ndarray, probabilities: np.ndarray) -> float:
    """Share of a class that is found: the positive one of two classes, else a mean."""
    return _scores(actual, probabilities, _in_question(actual, probabilities), "macro")[1]


def f1(actual: np.ndarray, probabilities: np.ndarray) -> float:
    """Harmonic mean of precision and recall: of the positive one of two classes, else a mean."""
    return _scores(actual, probabilities, _in_question(actual, probabilities), "macro")[2]


def f1_macro(actual: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean over the classes that occur of the F1 of each."""
    return _scores(actual, probabilities, np.unique(actual), "macro")[2]


def f1_micro(actual: np.ndarray, probabilities: np.ndarray) -> float:
    """F1 of the decisions on all classes counted together: where each has one class, accuracy."""
    return _scores(actual, probabilities, np.arange(probabilities.shape[1]), "micro")[2]


def f1_weighted(actual: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean of the F1 of each class, weighted by how often it occurs."""
    return _scores(actual, probabilities, np.arange(probabilities.shape[1]), "weighted")[2]


def roc_auc(actual: np.ndarray, probabilities: np.ndarray) -> float:
    """Chance that a member of a class is given a higher probability of it than another.

    Of the positive one of two classes. Of more: the mean over the classes that occur, each
    against all others (Fawcett, 2006, doi:10.1016/j.patrec.2005.10.010, section 9). NaN where one
    class fills the part.
    """
    from sklearn.metrics import roc_auc_score

    occurring = np.unique(actual)
    if len(occurring) < 2:
        return float("nan")
    chosen = [POSITIVE] if probabilities.shape[1] == 2 else occurring
    return float(np.mean([roc_auc_score(actual == one, probabilities[:, one]) for one in chosen]))


def log_loss(actual: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean logarithmic loss."""
    return float(np.mean(log_losses(actual, probabilities)))


def brier(actual: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean Brier score."""
    return float(np.mean(brier_scores(actual, probabilities)))


TABLE = (
    ("accuracy", "maximize", "share of right labels", accuracy, wrong),
    (
        "balanced_accuracy",
        "maximize",
        "mean over the classes of the share of each that is found",
        balanced_accuracy,
        wrong,
    ),
    (
        "precision",
        "maximize",
        "share of the decisions for a class that are right",
        precision,
        wrong,
    ),
    ("recall", "maximize", "share of a class that is found", recall, wrong),
    ("f1", "maximize", "harmonic mean of precision and recall", f1, wrong),
    ("f1_macro", "maximize", "mean over the classes of the F1 of each", f1_macro, wrong),
    ("f1_micro", "maximize", "F1 of all decisions counted together", f1_micro, wrong),
    ("f1_weighted", "maximize", "mean F1, weighted by the size of each class", f1_weighted, wrong),
    # Ranks have no error of their own; the Brier score is one of probabilities, and bounded.
    ("roc_auc", "maximize", "area under the ROC curve, 0.5 is chance", roc_auc, brier_scores),
    (
        "log_loss",
        "minimize",
        "mean negative log-probability of the true class",
        log_loss,
        log_losses,
    ),
    ("brier", "minimize", "mean squared error of the probabilities", brier, brier_scores),
    (
        "sequence_accuracy",
        "maximize",
        "share of sequences that are right at every step",
        sequence_accuracy,
        wrong,
    ),
)

LABELS = tuple(
    Metric(
        name,
        direction,
        "",
        text,
        plain,
        each,
        loss="cross_entropy",
        task="labels",
        whole=plain is sequence_accuracy,
    )
    for name, direction, text, plain, each in TABLE
)
"""The metrics of labels."""
