"""Each metric of numbers against a slow, obvious loop in plain Python; the table of all."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.errors import SettingError
from autolstm.metrics import METRICS, Task, default_metric, metric_named, metrics_for, skill

NUMBER = st.floats(-1e6, 1e6).filter(lambda one: one == 0 or abs(one) > 1e-6)
PAIRS = st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=24)
Loop = Callable[[list[tuple[float, float]]], float]


def mse(pairs: list[tuple[float, float]]) -> float:
    total = 0.0
    for actual, forecast in pairs:
        total += (actual - forecast) ** 2
    return total / len(pairs)


def rmse(pairs: list[tuple[float, float]]) -> float:
    return math.sqrt(mse(pairs))


def mae(pairs: list[tuple[float, float]]) -> float:
    total = 0.0
    for actual, forecast in pairs:
        total += abs(actual - forecast)
    return total / len(pairs)


def mape(pairs: list[tuple[float, float]]) -> float:
    total = 0.0
    for actual, forecast in pairs:
        total += math.inf if actual == 0 else 100 * abs(actual - forecast) / abs(actual)
    return total / len(pairs)


def smape(pairs: list[tuple[float, float]]) -> float:
    total = 0.0
    for actual, forecast in pairs:
        if actual != 0 or forecast != 0:
            total += 200 * abs(actual - forecast) / (abs(actual) + abs(forecast))
    return total / len(pairs)


def r2(pairs: list[tuple[float, float]]) -> float:
    if len({actual for actual, _ in pairs}) == 1:
        return math.nan
    mean = sum(actual for actual, _ in pairs) / len(pairs)
    left = sum((actual - forecast) ** 2 for actual, forecast in pairs)
    return 1 - left / sum((actual - mean) ** 2 for actual, _ in pairs)


TRAIN = [3.0, 5.0, 4.0, 9.0, 2.0, 7.0]
"""Training rows that scaled metrics are measured by."""


def mase(pairs: list[tuple[float, float]]) -> float:
    naive = [abs(TRAIN[row] - TRAIN[row - 1]) for row in range(1, len(TRAIN))]
    return mae(pairs) / (sum(naive) / len(naive))


def rmsse(pairs: list[tuple[float, float]]) -> float:
    naive = [(TRAIN[row] - TRAIN[row - 1]) ** 2 for row in range(1, len(TRAIN))]
    return math.sqrt(mse(pairs) / (sum(naive) / len(naive)))


def pinball(pairs: list[tuple[float, float]]) -> float:
    return mae(pairs) / 2


LOOPS: dict[str, Loop] = {
    one.__name__: one for one in (rmse, mae, mse, mape, smape, r2, mase, rmsse, pinball)
}
NUMBERS = metrics_for("numbers")
BOUND = {name: METRICS[name].scaled_to(np.array(TRAIN), 0) for name in NUMBERS}
"""Every metric of numbers, ready to measure."""


def test_every_metric_has_its_loop() -> None:
    assert set(NUMBERS) == set(LOOPS)


@pytest.mark.parametrize("name", LOOPS)
@given(pairs=PAIRS)
def test_metric_against_a_loop(name: str, pairs: list[tuple[float, float]]) -> None:
    actual, forecast = np.array(pairs).T
    expected = LOOPS[name](pairs)
    measured = BOUND[name].measure(actual, forecast)
    assert measured == pytest.approx(expected, rel=1e-6, abs=1e-6, nan_ok=True)
    assert isinstance(measured, float)


@pytest.mark.parametrize("name", NUMBERS)
def test_shape_does_not_matter(name: str) -> None:
    actual, forecast = np.arange(1.0, 13).reshape(4, 3), np.full((4, 3), 5.0)
    flat = BOUND[name].measure(actual.ravel(), forecast.ravel())
    assert BOUND[name].measure(actual, forecast) == flat


@pytest.mark.parametrize("name", NUMBERS)
def test_a_perfect_forecast(name: str) -> None:
    actual = np.array([1.0, -2.0, 4.0])
    perfect = BOUND[name].measure(actual, actual)
    assert perfect == (1.0 if name == "r2" else 0.0)
    assert BOUND[name].better(perfect, BOUND[name].measure(actual, actual + 1))
    assert not BOUND[name].better(perfect, perfect)


@pytest.mark.parametrize(
    ("name", "actual", "forecast", "expected"),
    [
        ("mape", [0.0, 1.0], [0.0, 1.0], math.inf),
        ("mape", [1e-309], [1.0], math.inf),
        ("smape", [0.0, 0.0], [0.0, 0.0], 0.0),
        ("smape", [0.0, 2.0], [5.0, -2.0], 200.0),
        ("r2", [0.1, 0.1, 0.1], [0.1, 0.2, 0.1], math.nan),
        ("r2", [1e-200, 0.0], [0.0, 0.0], math.nan),
        ("r2", [1e-153, 0.0], [11.0, 0.0], -math.inf),
        ("r2", [1.0, 3.0], [2.0, 2.0], 0.0),
    ],
)
def test_where_a_division_is_by_nothing(
    name: str, actual: list[float], forecast: list[float], expected: float
) -> None:
    measured = METRICS[name].measure(np.array(actual), np.array(forecast))
    assert measured == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("name", "unit", "without"),
    [
        ("rmse", "°C", ""),
        ("mse", "(°C)²", ""),
        ("mape", "%", "%"),
        ("r2", "", ""),
        ("mase", "", ""),
        ("rmsse", "", ""),
        ("pinball", "°C", ""),
    ],
)
def test_unit_of_a_score(name: str, unit: str, without: str) -> None:
    assert METRICS[name].unit_for("°C") == unit
    assert METRICS[name].unit_for("") == without


def test_every_metric_is_declared() -> None:
    for name, one in METRICS.items():
        assert one.name == name
        assert one.help
        assert one.unit in ("target", "target²", "%", "")
        errors = name in ("log_loss", "brier") or (one.task == "numbers" and name != "r2")
        assert one.direction == ("minimize" if errors else "maximize")
    assert len({one.help for one in METRICS.values()}) == len(METRICS)


LOSSES = {
    "squared": {"rmse", "mse", "r2", "rmsse"},
    "absolute": {"mae", "mase", "mape", "smape"},
    "pinball50": {"pinball"},
    "cross_entropy": set(metrics_for("labels")),
}


def test_the_loss_that_suits_a_metric() -> None:
    found = {name: {one.name for one in METRICS.values() if one.loss == name} for name in LOSSES}
    assert found == LOSSES
    assert set().union(*LOSSES.values()) == set(METRICS)
    assert metric_named("pinball90").loss == "pinball90"


def test_every_task_has_its_metrics() -> None:
    labels = ("accuracy", "balanced_accuracy", "precision", "recall", "f1", "f1_macro")
    more = ("f1_micro", "f1_weighted", "roc_auc", "log_loss", "brier", "sequence_accuracy")
    assert metrics_for("labels") == labels + more
    assert NUMBERS == ("rmse", "mae", "mse", "mape", "smape", "r2", "mase", "rmsse", "pinball")
    assert (*NUMBERS, *metrics_for("labels")) == tuple(METRICS)


def test_the_default_metric_of_a_task() -> None:
    assert (default_metric("numbers"), default_metric("labels")) == ("rmse", "accuracy")


@pytest.mark.parametrize(
    ("name", "score", "baseline", "expected"),
    [
        ("rmse", 5.0, 10.0, 0.5),
        ("rmse", 10.0, 10.0, 0.0),
        ("rmse", 15.0, 10.0, -0.5),
        ("rmse", 0.0, 10.0, 1.0),
        ("rmse", 0.0, 0.0, 0.0),
        ("rmse", 1.0, 0.0, -math.inf),
        ("r2", 0.75, 0.5, 0.25),
        ("r2", 0.5, 0.75, -0.25),
        ("r2", 0.5, 0.0, 0.5),
        ("r2", -0.5, -1.0, 0.5),
        ("accuracy", 0.75, 0.5, 0.25),
        ("accuracy", 0.5, 0.75, -0.25),
        ("roc_auc", 0.75, 0.5, 0.25),
        ("log_loss", 0.25, 0.5, 0.5),
        ("brier", 0.5, 0.25, -1.0),
    ],
)
def test_skill_is_positive_for_the_better(
    name: str, score: float, baseline: float, expected: float
) -> None:
    assert skill(METRICS[name], score, baseline) == expected


@pytest.mark.parametrize(
    ("name", "near"), [("rsme", "rmse"), ("MAE", "mae"), ("r", "r2"), ("mass", "mase")]
)
def test_unknown_metric(name: str, near: str) -> None:
    known = "Known are: rmse, mae, mse, mape, smape, r2, mase, rmsse, pinball "
    with pytest.raises(SettingError, match=f"no metric '{name}'. Did you mean '{near}'. {known}"):
        metric_named(name)


NUMBERS_LISTED = (
    "rmse, mae, mse, mape, smape, r2, mase, rmsse, pinball (pinball90 for the 90 % quantile)"
)
LABELS_LISTED = (
    "accuracy, balanced_accuracy, precision, recall, f1, f1_macro, f1_micro, f1_weighted, "
    "roc_auc, log_loss, brier, sequence_accuracy"
)


@pytest.mark.parametrize(
    ("name", "task", "said"),
    [
        (
            "acuracy",
            None,
            f"There is no metric 'acuracy'. Did you mean 'accuracy'? Known are: {NUMBERS_LISTED} "
            f"for numbers; {LABELS_LISTED} for labels.",
        ),
        (
            "log-loss",
            "labels",
            f"There is no metric 'log-loss'. Did you mean 'log_loss'? Known are: {LABELS_LISTED}.",
        ),
        ("xyz", "numbers", f"There is no metric 'xyz'. Known are: {NUMBERS_LISTED}."),
        (
            "f1",
            "numbers",
            f"The metric 'f1' measures labels, and what is to be told here are numbers. Metrics "
            f"of numbers are: {NUMBERS_LISTED}. Take one of these, such as --metric rmse.",
        ),
        (
            "pinball90",
            "labels",
            f"The metric 'pinball90' measures numbers, and what is to be told here are labels. "
            f"Metrics of labels are: {LABELS_LISTED}. Take one of these, such as "
            f"--metric accuracy.",
        ),
    ],
)
def test_a_metric_that_is_unknown_or_of_another_task(
    name: str, task: Task | None, said: str
) -> None:
    with pytest.raises(SettingError) as caught:
        metric_named(name, task)
    assert str(caught.value) == said


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_of_the_task_asked_for(name: str) -> None:
    assert metric_named(name, METRICS[name].task) == METRICS[name] == metric_named(name)


def test_known_metric() -> None:
    assert metric_named("mae") is METRICS["mae"]


# Scaled -----------------------------------------------------------------------------------------


@given(
    train=st.lists(NUMBER, min_size=3, max_size=24),
    season=st.integers(0, 26),
    pairs=PAIRS,
    name=st.sampled_from(["mase", "rmsse"]),
)
def test_the_scale_against_a_loop(
    train: list[float], season: int, pairs: list[tuple[float, float]], name: str
) -> None:
    # Without a whole season to look back on, it is the last value that is repeated.
    back = season if 1 < season < len(train) else 1
    naive = [(train[row], train[row - back]) for row in range(back, len(train))]
    plain = LOOPS["mae" if name == "mase" else "rmse"]
    metric = METRICS[name].scaled_to(np.array(train), season)
    assert metric.scale == pytest.approx(plain(naive), rel=1e-6, abs=1e-12)
    expected = plain(pairs) / plain(naive) if plain(naive) else math.nan
    measured = metric.measure(*np.array(pairs).T)
    assert measured == pytest.approx(expected, rel=1e-6, abs=1e-6, nan_ok=True)


def test_mase_by_hand() -> None:
    # One quarter later: 14, 12, 13, so 13 on average.
    train = np.array([10, 20, 30, 40, 24, 32, 43.0])
    metric = METRICS["mase"].scaled_to(train, 4)
    assert metric.scale == 13
    assert metric.measure(np.array([52.0, 0.0]), np.array([26.0, 13.0])) == 19.5 / 13


def test_the_naive_forecast_of_the_training_rows_is_one() -> None:
    train = np.array(TRAIN)
    for name in ("mase", "rmsse"):
        assert BOUND[name].measure(train[1:], train[:-1]) == 1


@pytest.mark.parametrize("name", ["mase", "rmsse"])
def test_no_score_without_a_scale(name: str) -> None:
    actual = np.array([1.0, 2.0])
    assert math.isnan(METRICS[name].measure(actual, actual + 1))
    flat = METRICS[name].scaled_to(np.full(9, 5.0), 0)
    assert flat.scale == 0
    assert math.isnan(flat.measure(actual, actual + 1))
    assert math.isnan(flat.measure(actual, actual))


def test_other_metrics_have_no_scale() -> None:
    for name, one in BOUND.items():
        assert (METRICS[name] is one) == (name not in ("mase", "rmsse"))


# Pinball ----------------------------------------------------------------------------------------


@given(pairs=PAIRS, percent=st.integers(1, 99))
def test_pinball_at_a_level_against_a_loop(pairs: list[tuple[float, float]], percent: int) -> None:
    total = 0.0
    for actual, forecast in pairs:
        weight = percent if actual > forecast else 100 - percent
        total += weight / 100 * abs(actual - forecast)
    metric = metric_named(f"pinball{percent}")
    actual, forecast = np.array(pairs).T
    assert metric.measure(actual, forecast) == pytest.approx(total / len(pairs), abs=1e-6)
    assert np.mean(metric.errors(actual, forecast)) == metric.measure(actual, forecast)
    assert metric.name == (f"pinball{percent}" if percent != 50 else "pinball")
    assert f"{percent} %" in metric.help


def test_pinball_is_best_at_its_quantile() -> None:
    actual = np.arange(101.0)
    metric = metric_named("pinball90")
    scores = [metric.measure(actual, np.full(101, guess)) for guess in range(101)]
    assert np.argmin(scores) == 90


@pytest.mark.parametrize("name", ["pinball0", "pinball100", "pinball09", "pinball9.5", "Pinball9"])
def test_a_level_that_is_none(name: str) -> None:
    with pytest.raises(
        SettingError, match="no metric .* pinball .pinball90 for the 90 % quantile"
    ):
        metric_named(name)


# Steps and columns ------------------------------------------------------------------------------


@given(
    lengths=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    columns=st.integers(1, 3),
    name=st.sampled_from(NUMBERS),
    seed=st.integers(0, 99),
)
def test_ragged_answers_of_several_columns_against_a_loop(
    lengths: list[int], columns: int, name: str, seed: int
) -> None:
    random = np.random.default_rng(seed)
    shape = (len(lengths), max(lengths), columns)
    actual, forecast = random.normal(size=(2, *shape))
    pooled: list[list[tuple[float, float]]] = [[] for _ in range(columns)]
    for row, length in enumerate(lengths):
        actual[row, length:] = np.nan
        for step in range(length):
            for one in range(columns):
                pooled[one].append((actual[row, step, one], forecast[row, step, one]))
    expected = sum(LOOPS[name](pairs) for pairs in pooled) / columns
    measured = BOUND[name].measure(actual, forecast)
    assert measured == pytest.approx(expected, rel=1e-9, nan_ok=True)
    # What is forecast where there is no step does not matter.
    forecast[np.isnan(actual)] = np.inf
    again = BOUND[name].measure(actual, forecast)
    assert again == pytest.approx(measured, rel=1e-9, nan_ok=True)


def test_columns_of_different_size_count_alike() -> None:
    actual = np.array([[[1.0, 1000.0]], [[2.0, 3000.0]]])
    forecast = actual + np.array([1.0, 500.0])
    assert METRICS["rmse"].measure(actual, forecast) == 250.5
    assert METRICS["r2"].measure(actual, forecast) == (-3 + 0.75) / 2


@pytest.mark.parametrize("name", NUMBERS)
def test_one_column_is_measured_as_none(name: str) -> None:
    actual, forecast = np.arange(1.0, 13).reshape(4, 3), np.full((4, 3), 5.0)
    flat = BOUND[name].measure(actual, forecast)
    assert BOUND[name].measure(actual[..., None], forecast[..., None]) == flat


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("columns", [0, 1, 2])
def test_scores_by_step_against_a_loop(name: str, columns: int) -> None:
    shape = (5, 3, columns) if columns else (5, 3)
    actual, forecast = np.random.default_rng(1).normal(size=(2, *shape))
    found = BOUND[name].by_step(actual, forecast)
    assert found.shape == (3,)
    for step in range(3):
        alone = [
            LOOPS[name](list(zip(one, other, strict=True)))
            for one, other in zip(
                actual[:, step].reshape(5, -1).T, forecast[:, step].reshape(5, -1).T, strict=True
            )
        ]
        assert found[step] == pytest.approx(sum(alone) / len(alone))


def test_a_step_that_no_sequence_has() -> None:
    actual = np.array([[[1.0], [np.nan]], [[2.0], [np.nan]]])
    assert METRICS["mae"].by_step(actual, actual + 1) == pytest.approx([1, np.nan], nan_ok=True)
    assert math.isnan(METRICS["mae"].measure(actual[:, 1:], actual[:, 1:]))


def test_one_value_each_is_one_step() -> None:
    actual = np.array([1.0, 2.0, 4.0])
    assert METRICS["mae"].by_step(actual, actual + 2).tolist() == [2.0]


def test_errors_of_numbers_have_the_shape_of_the_values() -> None:
    actual = np.array([[[1.0, 2.0], [np.nan, np.nan]]])
    found = METRICS["rmse"].errors(actual, np.zeros(actual.shape))
    np.testing.assert_array_equal(found, [[[1.0, 4.0], [np.nan, np.nan]]])
