"""Each metric of labels against a slow, obvious loop in plain Python."""

import math
import warnings
from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, log_loss, precision_score, recall_score, roc_auc_score

from autolstm.metrics import METRICS, metrics_for

LABELS = metrics_for("labels")
Codes = Sequence[int]
Table = list[list[float]]
Loop = Callable[[Codes, Table], float]


def probabilities(seed: int, *shape: int) -> np.ndarray:
    """Rows that sum to one; few different numbers, so that some are equal."""
    drawn = np.random.default_rng(seed).integers(1, 5, size=shape)
    return drawn / drawn.sum(axis=-1, keepdims=True)


def drawn(seed: int, classes: int, *shape: int) -> tuple[np.ndarray, np.ndarray]:
    codes = np.random.default_rng(seed + 1000).integers(0, classes, size=shape)
    return codes, probabilities(seed, *shape, classes)


# Loops ------------------------------------------------------------------------------------------


def best(row: list[float]) -> int:
    return row.index(max(row))


def accuracy(codes: Codes, table: Table) -> float:
    return sum(best(row) == code for code, row in zip(codes, table, strict=True)) / len(codes)


def of_class(codes: Codes, table: Table, one: int) -> tuple[float, float, float]:
    found = decided = there = 0
    for code, row in zip(codes, table, strict=True):
        decided += best(row) == one
        there += code == one
        found += best(row) == code == one
    precision = found / decided if decided else 0.0
    recall = found / there if there else 0.0
    both = 2 * found / (decided + there) if decided + there else 0.0
    return precision, recall, both


def mean_of(which: int, *, binary: bool) -> Loop:
    def loop(codes: Codes, table: Table) -> float:
        if binary and len(table[0]) == 2:
            return of_class(codes, table, 1)[which]
        occurring = sorted(set(codes))
        return sum(of_class(codes, table, one)[which] for one in occurring) / len(occurring)

    return loop


def f1_weighted(codes: Codes, table: Table) -> float:
    return sum(of_class(codes, table, code)[2] for code in codes) / len(codes)


def roc_auc(codes: Codes, table: Table) -> float:
    if len(set(codes)) == 1:
        return math.nan
    areas = []
    for one in [1] if len(table[0]) == 2 else sorted(set(codes)):
        pairs = wins = 0.0
        for code, row in zip(codes, table, strict=True):
            for other, against in zip(codes, table, strict=True):
                if code == one != other:
                    pairs += 1
                    wins += (row[one] > against[one]) + (row[one] == against[one]) / 2
        areas.append(wins / pairs)
    return sum(areas) / len(areas)


def log_losses(codes: Codes, table: Table) -> float:
    total = 0.0
    for code, row in zip(codes, table, strict=True):
        total -= math.log(max(row[code], 1e-15))
    return total / len(codes)


def brier(codes: Codes, table: Table) -> float:
    total = 0.0
    for code, row in zip(codes, table, strict=True):
        if len(row) == 2:
            total += (row[1] - code) ** 2
        else:
            total += sum((one - (place == code)) ** 2 for place, one in enumerate(row))
    return total / len(codes)


LOOPS: dict[str, Loop] = {
    "accuracy": accuracy,
    "balanced_accuracy": mean_of(1, binary=False),
    "precision": mean_of(0, binary=True),
    "recall": mean_of(1, binary=True),
    "f1": mean_of(2, binary=True),
    "f1_macro": mean_of(2, binary=False),
    # Where every example has one class and gets one, each mistake is a miss and a false find.
    "f1_micro": accuracy,
    "f1_weighted": f1_weighted,
    "roc_auc": roc_auc,
    "log_loss": log_losses,
    "brier": brier,
    "sequence_accuracy": accuracy,
}


def test_every_metric_has_its_loop() -> None:
    assert set(LOOPS) == set(LABELS)


CASES = {
    "seed": st.integers(0, 10**6),
    "classes": st.integers(2, 5),
    "count": st.integers(1, 12),
    "most": st.integers(1, 5),
}


@pytest.mark.parametrize("name", LABELS)
@given(**CASES)
def test_metric_against_a_loop(name: str, seed: int, classes: int, count: int, most: int) -> None:
    # With fewer classes in the part than there are, some occur and some do not.
    codes, table = drawn(seed, min(classes, most), count)[0], probabilities(seed, count, classes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measured = METRICS[name].measure(codes, table)
    expected = LOOPS[name](codes.tolist(), table.tolist())
    assert measured == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)
    assert isinstance(measured, float)
    # Codes come as floats where some steps are missing.
    again = METRICS[name].measure(codes.astype(float), table)
    assert again == pytest.approx(measured, rel=0, abs=0, nan_ok=True)


@pytest.mark.parametrize("classes", [2, 3])
def test_metrics_against_scikit_learn(classes: int) -> None:
    """With every class in the part, ours are the usual ones."""
    codes, table = drawn(5, classes, 60)
    decided = table.argmax(axis=1)
    assert set(codes) == set(decided) == set(range(classes))
    kind = "binary" if classes == 2 else "macro"
    areas = table[:, 1] if classes == 2 else table
    expected = {
        "precision": precision_score(codes, decided, average=kind),
        "recall": recall_score(codes, decided, average=kind),
        "f1": f1_score(codes, decided, average=kind),
        "f1_macro": f1_score(codes, decided, average="macro"),
        "f1_micro": f1_score(codes, decided, average="micro"),
        "f1_weighted": f1_score(codes, decided, average="weighted"),
        "roc_auc": roc_auc_score(codes, areas, multi_class="ovr"),
        "log_loss": log_loss(codes, table),
    }
    for name, score in expected.items():
        assert METRICS[name].measure(codes, table) == pytest.approx(score), name


def test_by_hand() -> None:
    codes = np.array([0, 0, 0, 1, 1])
    table = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7], [0.5, 0.5]])
    expected = {
        "accuracy": 3 / 5,
        "balanced_accuracy": (2 / 3 + 1 / 2) / 2,
        "precision": 1 / 2,
        "recall": 1 / 2,
        "f1": 1 / 2,
        "f1_macro": (2 / 3 + 1 / 2) / 2,
        "f1_weighted": (3 * 2 / 3 + 2 * 1 / 2) / 5,
        "roc_auc": 4 / 6,
        "log_loss": -math.log(0.9 * 0.6 * 0.2 * 0.7 * 0.5) / 5,
        "brier": (0.01 + 0.16 + 0.64 + 0.09 + 0.25) / 5,
    }
    for name, score in expected.items():
        assert METRICS[name].measure(codes, table) == pytest.approx(score), name


def test_a_class_that_does_not_occur_has_no_place_in_a_mean() -> None:
    codes = np.array([0, 0, 1, 1])
    # One of the four is taken for the third class, the fourth is never seen.
    table = np.eye(4)[[0, 0, 1, 2]]
    expected = {
        "balanced_accuracy": (1 + 1 / 2) / 2,
        "precision": 1.0,
        "recall": (1 + 1 / 2) / 2,
        "f1": (1 + 2 / 3) / 2,
        "f1_macro": (1 + 2 / 3) / 2,
        "f1_weighted": (1 + 2 / 3) / 2,
        "roc_auc": (1 + 3 / 4) / 2,
    }
    for name, score in expected.items():
        assert METRICS[name].measure(codes, table) == pytest.approx(score), name


@pytest.mark.parametrize("classes", [2, 3])
def test_one_class_alone_has_no_area_under_the_curve(classes: int) -> None:
    for code in range(classes):
        codes = np.full(4, code)
        assert math.isnan(METRICS["roc_auc"].measure(codes, probabilities(1, 4, classes)))


def test_certain_and_wrong_is_a_large_loss_and_no_infinite_one() -> None:
    codes, table = np.array([0, 1]), np.array([[0.0, 1.0], [0.0, 1.0]])
    assert METRICS["log_loss"].measure(codes, table) == pytest.approx(-math.log(1e-15) / 2)
    assert METRICS["brier"].measure(codes, table) == 0.5
    assert METRICS["brier"].measure(codes, np.eye(3)[[1, 1]]) == 1.0


@pytest.mark.parametrize("name", LABELS)
def test_certain_and_right_is_perfect(name: str) -> None:
    codes = np.array([2, 0, 1, 1])
    perfect = METRICS[name].measure(codes, np.eye(3)[codes])
    assert perfect == (0.0 if name in ("log_loss", "brier") else 1.0)
    worse = METRICS[name].measure(codes, np.eye(3)[[0, 0, 2, 1]])
    assert METRICS[name].better(perfect, worse)


@pytest.mark.parametrize("name", LABELS)
def test_probabilities_of_single_precision(name: str) -> None:
    """They sum to one but for a rounding error, which libraries warn of."""
    codes, table = drawn(7, 3, 50)
    measured = METRICS[name].measure(codes, table.astype(np.float32))
    assert measured == pytest.approx(METRICS[name].measure(codes, table), rel=1e-5)


# Steps ------------------------------------------------------------------------------------------

RAGGED = {
    "lengths": st.lists(st.integers(0, 4), min_size=1, max_size=6).filter(any),
    "classes": st.integers(2, 4),
    "seed": st.integers(0, 10**6),
}


def ragged(
    lengths: list[int], classes: int, seed: int
) -> tuple[np.ndarray, np.ndarray, list[list[int]], list[Table]]:
    """Padded arrays, and the same sequence by sequence."""
    codes, table = drawn(seed, classes, len(lengths), max(lengths))
    rows = [codes[at, :length].tolist() for at, length in enumerate(lengths)]
    tables = [table[at, :length].tolist() for at, length in enumerate(lengths)]
    actual = codes.astype(float)
    for at, length in enumerate(lengths):
        actual[at, length:] = np.nan
        table[at, length:] = np.nan
    return actual, table, rows, tables


@pytest.mark.parametrize("name", [one for one in LABELS if one != "sequence_accuracy"])
@given(**RAGGED)
def test_all_steps_that_are_there_are_measured_together(
    name: str, lengths: list[int], classes: int, seed: int
) -> None:
    actual, table, rows, tables = ragged(lengths, classes, seed)
    expected = LOOPS[name](list(chain(*rows)), list(chain(*tables)))
    measured = METRICS[name].measure(actual, table)
    assert measured == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


@given(**RAGGED)
def test_a_sequence_is_right_where_every_step_is(
    lengths: list[int], classes: int, seed: int
) -> None:
    actual, table, rows, tables = ragged(lengths, classes, seed)
    right = [accuracy(row, one) == 1.0 for row, one in zip(rows, tables, strict=True) if row]
    metric = METRICS["sequence_accuracy"]
    assert metric.measure(actual, table) == sum(right) / len(right)
    errors = metric.errors(actual, table)
    assert errors.shape == (len(lengths),)
    assert errors[~np.isnan(errors)].tolist() == [float(not one) for one in right]
    assert np.isnan(errors).tolist() == [length == 0 for length in lengths]


def test_sequences_by_hand() -> None:
    actual = np.array([[0, 1, 1], [1, 0, np.nan], [1, 1, 1.0], [0, np.nan, np.nan]])
    decided = np.array([[0, 1, 1], [1, 0, 0], [1, 1, 0], [1, 0, 0]])
    table = np.eye(2)[decided]
    assert METRICS["sequence_accuracy"].measure(actual, table) == 2 / 4
    assert METRICS["accuracy"].measure(actual, table) == 7 / 9
    assert METRICS["sequence_accuracy"].errors(actual, table).tolist() == [0, 0, 1, 1]
    assert METRICS["sequence_accuracy"].by_step(actual, table).tolist() == [3 / 4, 1, 1 / 2]
    assert METRICS["accuracy"].by_step(actual, table).tolist() == [3 / 4, 1, 1 / 2]


@pytest.mark.parametrize("name", LABELS)
@given(**RAGGED)
def test_scores_by_step_against_a_loop(
    name: str, lengths: list[int], classes: int, seed: int
) -> None:
    actual, table, rows, tables = ragged(lengths, classes, seed)
    found = METRICS[name].by_step(actual, table)
    assert found.shape == (max(lengths),)
    for step, score in enumerate(found):
        codes = [row[step] for row in rows if len(row) > step]
        alone = [one[step] for one in tables if len(one) > step]
        expected = LOOPS[name](codes, alone) if codes else math.nan
        assert score == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


def test_one_label_each_is_one_step() -> None:
    codes, table = drawn(1, 3, 9)
    for name in LABELS:
        metric = METRICS[name]
        assert metric.by_step(codes, table).tolist() == [metric.measure(codes, table)]


# Errors -----------------------------------------------------------------------------------------

EACH: dict[str, Loop] = {
    **dict.fromkeys(LABELS, lambda codes, table: 1 - accuracy(codes, table)),
    "log_loss": log_losses,
    "brier": brier,
    "roc_auc": brier,
}


@pytest.mark.parametrize("name", [one for one in LABELS if one != "sequence_accuracy"])
@given(**RAGGED)
def test_the_error_of_every_label_against_a_loop(
    name: str, lengths: list[int], classes: int, seed: int
) -> None:
    actual, table, rows, tables = ragged(lengths, classes, seed)
    errors = METRICS[name].errors(actual, table)
    assert errors.shape == actual.shape
    for at, length in enumerate(lengths):
        for step in range(length):
            expected = EACH[name]([rows[at][step]], [tables[at][step]])
            assert errors[at, step] == pytest.approx(expected)
        assert np.isnan(errors[at, length:]).all()


@pytest.mark.parametrize("name", ["accuracy", "log_loss", "brier", "sequence_accuracy"])
def test_a_score_is_the_mean_of_its_errors(name: str) -> None:
    codes, table = drawn(3, 3, 20)
    errors = METRICS[name].errors(codes, table)
    assert errors.shape == (20,)
    score = METRICS[name].measure(codes, table)
    mean = np.mean(errors)
    assert score == pytest.approx(mean if name in ("log_loss", "brier") else 1 - mean)


# What cannot be measured ------------------------------------------------------------------------


@pytest.mark.parametrize("name", LABELS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_probability_that_is_not_finite(name: str, value: float) -> None:
    actual, table = np.array([[0, 1], [1, np.nan]]), np.full((2, 2, 2), 0.5)
    assert not math.isnan(METRICS[name].measure(actual, table))
    table[1, 1] = value
    assert not math.isnan(METRICS[name].measure(actual, table)), "there is no such step"
    table[0, 1, 0] = value
    assert math.isnan(METRICS[name].measure(actual, table))
    errors = METRICS[name].errors(actual, table)
    whole = name == "sequence_accuracy"
    assert np.isnan(errors).tolist() == (
        [True, False] if whole else [[False, True], [False, True]]
    )


@pytest.mark.parametrize("name", LABELS)
def test_no_step_at_all(name: str) -> None:
    assert math.isnan(METRICS[name].measure(np.full((2, 3), np.nan), np.full((2, 3, 2), 0.5)))
    assert math.isnan(METRICS[name].measure(np.zeros(0), np.zeros((0, 2))))


@pytest.mark.parametrize("name", LABELS)
@pytest.mark.parametrize("shape", [(4,), (3, 2), (4, 1, 2)])
def test_probabilities_that_do_not_go_with_the_labels(name: str, shape: tuple[int, ...]) -> None:
    says = r"labels of shape \(4,\) do not go with probabilities of shape .* axis more"
    for ask in (METRICS[name].measure, METRICS[name].errors):
        with pytest.raises(ValueError, match=says):
            ask(np.zeros(4), np.zeros(shape))
