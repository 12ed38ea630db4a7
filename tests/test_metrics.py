"""Each metric against a slow, obvious loop in plain Python."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.errors import SettingError
from autolstm.metrics import METRICS, metric_named, skill

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


LOOPS: dict[str, Loop] = {one.__name__: one for one in (rmse, mae, mse, mape, smape, r2)}


def test_every_metric_has_its_loop() -> None:
    assert set(METRICS) == set(LOOPS)


@pytest.mark.parametrize("name", LOOPS)
@given(pairs=PAIRS)
def test_metric_against_a_loop(name: str, pairs: list[tuple[float, float]]) -> None:
    actual, forecast = np.array(pairs).T
    expected = LOOPS[name](pairs)
    measured = METRICS[name].measure(actual, forecast)
    assert measured == pytest.approx(expected, rel=1e-6, abs=1e-6, nan_ok=True)
    assert isinstance(measured, float)


@pytest.mark.parametrize("name", METRICS)
def test_shape_does_not_matter(name: str) -> None:
    actual, forecast = np.arange(1.0, 13).reshape(4, 3), np.full((4, 3), 5.0)
    flat = METRICS[name].measure(actual.ravel(), forecast.ravel())
    assert METRICS[name].measure(actual, forecast) == flat


@pytest.mark.parametrize("name", METRICS)
def test_a_perfect_forecast(name: str) -> None:
    actual = np.array([1.0, -2.0, 4.0])
    perfect = METRICS[name].measure(actual, actual)
    assert perfect == (1.0 if name == "r2" else 0.0)
    assert METRICS[name].better(perfect, METRICS[name].measure(actual, actual + 1))
    assert not METRICS[name].better(perfect, perfect)


@pytest.mark.parametrize(
    ("name", "actual", "forecast", "expected"),
    [
        ("mape", [0.0, 1.0], [0.0, 1.0], math.inf),
        ("mape", [1e-309], [1.0], math.inf),
        ("smape", [0.0, 0.0], [0.0, 0.0], 0.0),
        ("smape", [0.0, 2.0], [5.0, -2.0], 200.0),
        ("r2", [0.1, 0.1, 0.1], [0.1, 0.2, 0.1], math.nan),
        ("r2", [1e-200, 0.0], [0.0, 0.0], math.nan),
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
    [("rmse", "°C", ""), ("mse", "(°C)²", ""), ("mape", "%", "%"), ("r2", "", "")],
)
def test_unit_of_a_score(name: str, unit: str, without: str) -> None:
    assert METRICS[name].unit_for("°C") == unit
    assert METRICS[name].unit_for("") == without


def test_every_metric_is_declared() -> None:
    for name, one in METRICS.items():
        assert one.name == name
        assert one.help
        assert one.unit in ("target", "target²", "%", "")
        assert one.direction == ("maximize" if name == "r2" else "minimize")


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
    ],
)
def test_skill_is_positive_for_the_better(
    name: str, score: float, baseline: float, expected: float
) -> None:
    assert skill(METRICS[name], score, baseline) == expected


@pytest.mark.parametrize(("name", "near"), [("rsme", "rmse"), ("MAE", "mae"), ("r", "r2")])
def test_unknown_metric(name: str, near: str) -> None:
    known = "Known are: rmse, mae, mse, mape, smape, r2."
    with pytest.raises(SettingError, match=f"no metric '{name}'. Did you mean '{near}'. {known}"):
        metric_named(name)


def test_known_metric() -> None:
    assert metric_named("mae") is METRICS["mae"]
