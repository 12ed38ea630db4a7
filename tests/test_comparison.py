"""Whether two forecasts differ: the test of Diebold and Mariano against what it must do."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from autolstm.comparison import diebold_mariano

ERRORS = st.lists(st.floats(0, 100), min_size=2, max_size=30)


@given(errors=ERRORS, horizon=st.integers(1, 5))
def test_a_forecast_is_as_good_as_itself(errors: list[float], horizon: int) -> None:
    assert diebold_mariano(np.array(errors), np.array(errors), horizon) == 1.0


@given(seed=st.integers(0, 1000), count=st.integers(2, 40), horizon=st.integers(1, 6))
def test_neither_order_nor_scale_matters(seed: int, count: int, horizon: int) -> None:
    one, other = np.random.default_rng(seed).random((2, count))
    chance = diebold_mariano(one, other, horizon)
    assert 0 <= chance <= 1
    assert diebold_mariano(other, one, horizon) == pytest.approx(chance)
    assert diebold_mariano(7 * one, 7 * other, horizon) == pytest.approx(chance)


@pytest.mark.parametrize("horizon", [1, 2, 4])
def test_the_formula_written_out(horizon: int) -> None:
    one, other = np.random.default_rng(5).random((2, 25))
    gaps = [a - b for a, b in zip(one, other, strict=True)]
    n, mean = len(gaps), sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps) / n
    for lag in range(1, horizon):
        covariance = sum((gaps[i] - mean) * (gaps[i - lag] - mean) for i in range(lag, n)) / n
        variance += 2 * (1 - lag / horizon) * covariance
    small = math.sqrt((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n)
    statistic = small * mean / math.sqrt(variance / n)
    expected = 2 * stats.t.sf(abs(statistic), n - 1)
    assert diebold_mariano(one, other, horizon) == pytest.approx(expected)


def test_for_one_step_it_is_the_paired_t_test() -> None:
    """Harvey, Leybourne and Newbold's correction makes it so."""
    one, other = np.random.default_rng(6).random((2, 12))
    expected = stats.ttest_rel(one, other).pvalue
    assert diebold_mariano(one, other, 1) == pytest.approx(expected)


@pytest.mark.parametrize(("count", "horizon"), [(0, 1), (1, 1), (3, 3), (5, 7)])
def test_too_few_forecasts_say_nothing(count: int, horizon: int) -> None:
    assert diebold_mariano(np.zeros(count), np.arange(1.0, count + 1), horizon) == 1.0


def test_the_same_gap_everywhere_is_no_chance() -> None:
    assert diebold_mariano(np.zeros(8), np.ones(8), 1) == 0.0


@pytest.mark.parametrize("horizon", [1, 4])
def test_equal_forecasts_are_called_different_as_often_as_promised(horizon: int) -> None:
    """Overlapping windows are correlated; without allowing for that it would be 30 % and more."""
    random = np.random.default_rng(1)
    chances = []
    for _ in range(2000):
        noise = random.normal(size=(2, 80 + horizon))
        one, other = (
            np.convolve(np.square(row), np.ones(horizon) / horizon, "valid") for row in noise
        )
        chances.append(diebold_mariano(one, other, horizon))
    assert 0.02 < np.mean(np.array(chances) < 0.05) < 0.13


# Several series ----------------------------------------------------------------------------------


def test_forecasts_of_different_series_do_not_overlap() -> None:
    """One forecast of each of 20 series, however far it looks ahead, is 20 pairs."""
    one, other = np.random.default_rng(7).random((2, 20))
    expected = stats.ttest_rel(one, other).pvalue
    assert diebold_mariano(one, other, 48, np.arange(20)) == pytest.approx(expected)


def test_only_forecasts_of_one_series_are_correlated() -> None:
    one, other = np.random.default_rng(8).random((2, 24))
    strands, horizon = np.repeat([0, 1, 2], 8), 3
    gaps, n = one - other, 24
    around = gaps - gaps.mean()
    variance = sum(around**2) / n
    for lag in range(1, horizon):
        pairs = [(i, i - lag) for i in range(lag, n) if strands[i] == strands[i - lag]]
        covariance = sum(around[i] * around[j] for i, j in pairs) / n
        variance += 2 * (1 - lag / horizon) * covariance
    small = math.sqrt((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n)
    statistic = small * gaps.mean() / math.sqrt(variance / n)
    expected = 2 * stats.t.sf(abs(statistic), n - 1)
    assert diebold_mariano(one, other, horizon, strands) == pytest.approx(expected)


@given(seed=st.integers(0, 1000), count=st.integers(2, 40), horizon=st.integers(1, 6))
def test_one_series_is_as_if_nothing_was_said(seed: int, count: int, horizon: int) -> None:
    one, other = np.random.default_rng(seed).random((2, count))
    said = diebold_mariano(one, other, horizon, np.zeros(count, int))
    assert said == diebold_mariano(one, other, horizon)
