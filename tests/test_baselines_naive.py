"""The naive forecasts against slow, obvious loops; none knows what comes after its origin."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.baselines.naive import forecasts

VALUES = st.lists(st.integers(-1000, 1000).map(float), min_size=2, max_size=30)


def persistence(known: list[float], step: int, season: int) -> float:
    return known[-1]


def drift(known: list[float], step: int, season: int) -> float:
    rises = len(known) - 1
    return known[-1] + (step * (known[-1] - known[0]) / rises if rises else 0.0)


def seasonal(known: list[float], step: int, season: int) -> float:
    row = len(known) - 1 + step
    while row >= len(known):
        row -= season
    return known[max(row, 0)]


def seasonal_change(known: list[float], step: int, season: int) -> float:
    return seasonal(known, step, season) + known[-1] - known[max(len(known) - 1 - season, 0)]


def last_mean(known: list[float], step: int, season: int) -> float:
    last = known[-(season if season > 1 else 12) :]
    return sum(last) / len(last)


LOOPS = {
    "persistence": persistence,
    "drift": drift,
    "seasonal naive": seasonal,
    "seasonal naive plus change": seasonal_change,
}


@given(values=VALUES, season=st.integers(0, 14), horizon=st.integers(1, 30))
def test_forecasts_against_a_loop(values: list[float], season: int, horizon: int) -> None:
    """Every origin, the first row too; horizons beyond the season; less than one cycle known."""
    origins = np.arange(len(values))
    made = forecasts(np.array(values), origins, horizon, season)
    loops = {
        **{
            name: loop
            for name, loop in LOOPS.items()
            if not name.startswith("seasonal") or season > 1
        },
        f"mean of the last {season if season > 1 else 12}": last_mean,
    }
    assert list(made) == list(loops)
    for name, loop in loops.items():
        expected = [
            [loop(values[: t + 1], step, season) for step in range(1, horizon + 1)]
            for t in origins
        ]
        np.testing.assert_allclose(made[name], expected, rtol=1e-9, atol=1e-9, err_msg=name)


@given(
    values=VALUES,
    season=st.integers(0, 14),
    horizon=st.integers(1, 20),
    drawn=st.data(),
)
def test_values_after_the_origin_never_matter(
    values: list[float], season: int, horizon: int, drawn: st.DataObject
) -> None:
    row = drawn.draw(st.integers(1, len(values) - 1))
    changed = list(values)
    changed[row] = drawn.draw(st.sampled_from([1e9, np.nan, np.inf, -7.5]))
    origins = np.arange(row)
    before, after = (
        forecasts(np.array(one), origins, horizon, season) for one in (values, changed)
    )
    for name in before:
        np.testing.assert_array_equal(before[name], after[name])


def test_a_pure_season_is_repeated_over_several_cycles() -> None:
    cycle = np.tile([1.0, 5.0, 2.0], 4)
    made = forecasts(cycle, np.array([5, 6]), 7, 3)["seasonal naive"]
    assert made.tolist() == [[1, 5, 2, 1, 5, 2, 1], [5, 2, 1, 5, 2, 1, 5]]


def test_a_pure_line_is_gone_on_with() -> None:
    line = 2.0 * np.arange(20) + 3
    assert forecasts(line, np.array([10]), 3, 0)["drift"].tolist() == [[25, 27, 29]]


@pytest.mark.parametrize(("season", "span"), [(0, 12), (1, 12), (2, 2), (24, 24)])
def test_which_baselines_there_are(season: int, span: int) -> None:
    names = list(forecasts(np.arange(30.0), np.array([5]), 1, season))
    cyclic = ["seasonal naive", "seasonal naive plus change"] if season > 1 else []
    assert names == ["persistence", "drift", *cyclic, f"mean of the last {span}"]
