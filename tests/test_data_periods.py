"""A season suggested by the training rows, and by nothing else."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from autolstm.data.load import load
from autolstm.data.periods import suggest_season, with_suggestion
from autolstm.dataset import Dataset
from autolstm.seeding import generator


def wave(period: float, rows: int, noise: float = 0.0) -> np.ndarray:
    steps = np.arange(rows)
    drawn = generator(1, "periods", int(period)).normal(size=rows)
    return np.sin(2 * np.pi * steps / period) + noise * drawn


@pytest.mark.parametrize(
    ("period", "rows", "noise"),
    [(2, 30, 0), (4, 40, 0.2), (7, 100, 0.3), (12, 100, 0.2), (24, 2000, 0.1), (52, 300, 0.02)],
)
@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_a_season_is_found_whatever_the_trend(
    period: int, rows: int, noise: float, slope: float
) -> None:
    values = wave(period, rows, noise) if period > 2 else np.tile([1.0, -1.0], rows // 2)
    found, correlation = suggest_season(values + slope * np.arange(rows))
    assert found == period
    assert 0.3 < correlation <= 1


def test_a_smooth_season_in_much_noise_is_not_seen() -> None:
    """Known and said: it takes changes that stand out of the noise."""
    assert suggest_season(wave(24, 2000, 0.4)) == (0, 0.0)


def test_the_airline_year() -> None:
    found, correlation = suggest_season(load("airline").actual[:108])
    assert found == 12
    assert correlation > 0.5


def test_noise_and_random_walks_suggest_nothing() -> None:
    false = {"noise": 0, "walk": 0}
    for number in range(200):
        noise = generator(number, "noise").normal(size=100)
        false["noise"] += suggest_season(noise)[0] > 0
        false["walk"] += suggest_season(noise.cumsum())[0] > 0
    assert max(false.values()) <= 6


@pytest.mark.parametrize(
    "values",
    [np.zeros(50), np.arange(50.0), np.full(50, 0.1), np.array([1.0]), np.array([1.0, 2.0, 1.0])],
    ids=["zeros", "line", "level", "one row", "three rows"],
)
def test_nothing_to_suggest(values: np.ndarray) -> None:
    assert suggest_season(values) == (0, 0.0)


def test_fewer_than_three_cycles_suggest_nothing() -> None:
    assert suggest_season(wave(30, 85))[0] == 0
    assert suggest_season(wave(30, 100))[0] == 30


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_the_unit_does_not_matter(unit: float) -> None:
    assert suggest_season(wave(12, 100) * unit)[0] == 12


def test_the_peak_against_a_loop() -> None:
    """The slow twin: the autocorrelation of changes, lag by lag."""
    values = wave(12, 100, 0.2)
    changes = [later - earlier for earlier, later in pairwise(values)]
    mean = sum(changes) / len(changes)
    rest = [one - mean for one in changes]
    sums = [sum(a * b for a, b in zip(rest, rest[lag:], strict=False)) for lag in range(25)]
    found, correlation = suggest_season(values)
    assert found == max(range(6, 20), key=sums.__getitem__)
    assert correlation == pytest.approx(sums[found] / sums[0])


def test_only_the_rows_given_count_and_it_is_said() -> None:
    values = np.concatenate([wave(12, 90, 0.1), wave(5, 60)])
    data = Dataset("tiny", pd.RangeIndex(150), values[:, None], ("y",))
    suggested = with_suggestion(data, np.arange(90))
    assert suggested.season == 12
    assert suggested.notes[-1].startswith("A season of 12 rows is suggested by the training rows")
    assert suggested.notes[-1].endswith("--set season=0 is for none.")
    walk = Dataset("walk", pd.RangeIndex(9), np.arange(9.0)[:, None] ** 2, ("y",))
    assert with_suggestion(walk, np.arange(9)) is walk
