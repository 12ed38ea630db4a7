"""Cells of a study: described, compared in pairs; how many seeds are enough."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from autolstm.comparison import compare, describe, precision, seeds_to_tell
from autolstm.comparison.cells import holm
from autolstm.comparison.seeds import MOST_SEEDS

# The five scores of 1, 5 and 10 memory cells, and of batches of 1, 2 and 3, as printed in the
# guide that this project began with.
MEMORY = [
    [0.187934, 0.169736, 0.294507, 0.105454, 0.220867],
    [0.056324, 0.103125, 0.051873, 0.100868, 0.070574],
    [0.023056, 0.006242, 0.041770, 0.067101, 0.006736],
]
BATCH = [
    [0.001113, 0.003881, 0.001901, 0.001382, 0.001783],
    [0.000973, 0.000061, 0.001475, 0.000625, 0.001681],
    [0.002114, 0.001060, 0.000025, 0.004496, 0.001244],
]


def drawn(means, seeds, spread=1.0, seed=0):
    random = np.random.default_rng(seed)
    return np.array(means)[:, None] + spread * random.normal(size=(len(means), seeds))


# Description ------------------------------------------------------------------------------------


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_a_cell_is_described_as_pandas_does(values):
    seen, told = describe(np.array(values)), pd.Series(values).describe()
    mine = [seen.count, seen.mean, seen.std, seen.min, seen.q25, seen.median, seen.q75, seen.max]
    np.testing.assert_allclose(mine, told.to_numpy(), rtol=1e-9, atol=1e-6)


def test_a_cell_without_scores_is_described():
    seen = describe(np.array([]))
    assert seen.count == 0
    assert np.isnan([seen.mean, seen.std, seen.max]).all()


# Pairs ------------------------------------------------------------------------------------------


def slow(scores):
    """The obvious twin: a paired t test of every pair, then Holm's steps one by one."""
    pairs = list(itertools.combinations(range(len(scores)), 2))
    plain = [stats.ttest_rel(scores[i], scores[j]).pvalue for i, j in pairs]
    order = sorted(range(len(pairs)), key=lambda at: plain[at])
    found, so_far = {}, 0.0
    for step, at in enumerate(order):
        so_far = max(so_far, min(1.0, plain[at] * (len(pairs) - step)))
        found[pairs[at]] = so_far
    return found


@pytest.mark.parametrize("seed", range(4))
def test_many_pairs_are_those_of_the_slow_twin(seed):
    scores = drawn([0.0, 0.2, 0.9, 2.0], 6, seed=seed)
    seen = compare(scores, minimize=True)
    assert seen.tests == 6
    told = slow(scores)
    for number in range(6):
        pair = seen.pair(number)
        assert pair.p == pytest.approx(told[pair.one, pair.other])
        gaps = scores[pair.one] - scores[pair.other]
        low, high = stats.ttest_1samp(gaps, 0).confidence_interval()
        assert (pair.difference, pair.low, pair.high) == pytest.approx((gaps.mean(), low, high))


def test_the_guides_own_tables():
    seen = compare(np.array(MEMORY), minimize=True)
    assert (seen.best, seen.seeds, seen.tests) == (2, 5, 3)
    first, second = seen.against(2)
    assert (first.one, first.other, second.one) == (0, 2, 1)
    assert first.difference == pytest.approx(0.1957 - 0.02898, abs=1e-4)
    assert first.apart
    ties = compare(np.array(BATCH), minimize=True)
    assert ties.best == 1
    assert not any(one.apart for one in ties.against(1))
    assert all(one.seeds > 5 for one in ties.against(1))


def test_what_is_common_to_a_seed_does_not_count():
    scores = drawn([0.0, 0.5], 8, spread=0.1)
    luck = 50 * np.random.default_rng(1).normal(size=8)
    plain, lucky = (compare(one, minimize=True).pair(0) for one in (scores, scores + luck))
    assert lucky.difference == pytest.approx(plain.difference)
    assert lucky.p == pytest.approx(plain.p, rel=1e-6)


def test_all_against_one_that_was_chosen_before():
    scores = drawn([0.0, 0.0, 3.0, 0.1], 6)
    seen = compare(scores, minimize=True, base=1)
    assert (seen.tests, seen.base) == (3, 1)
    assert [(one.one, one.other) for one in seen.against(1)] == [(0, 1), (2, 1), (3, 1)]
    assert [one.apart for one in seen.against(1)] == [False, True, False]


def test_the_best_is_the_largest_where_that_is_good():
    scores = drawn([0.0, 5.0, 1.0], 4)
    assert compare(scores, minimize=True).best == 0
    assert compare(scores, minimize=False).best == 1


def test_few_seeds_or_cells_say_nothing():
    assert compare(drawn([0, 9, 9], 2), minimize=True) is None
    assert compare(drawn([0, 9, 9], 1), minimize=True) is None
    assert compare(drawn([0], 9), minimize=True) is None
    assert compare(drawn([0, 9], 3), minimize=True) is not None


def test_cells_that_are_the_same_and_gaps_that_never_change():
    row = np.array([0.1, 0.3, 0.2, 0.7])
    same, shifted, _ = (
        compare(np.array([row, row, row + 0.4]), minimize=True).pair(n) for n in (0, 1, 2)
    )
    assert (same.p, same.apart, same.seeds, same.difference) == (1.0, False, None, 0.0)
    assert (shifted.p, shifted.apart, shifted.seeds) == (0.0, True, 3)
    everywhere = compare(np.array([row, row, row]), minimize=True)
    assert everywhere.friedman == 1.0


def test_friedman_with_the_f_of_iman_and_davenport():
    scores = drawn([0.0, 0.3, 0.8], 10, seed=2)
    chi = stats.friedmanchisquare(*scores).statistic
    value = 9 * chi / (10 * 2 - chi)
    told = compare(scores, minimize=True).friedman
    assert told == pytest.approx(stats.f.sf(value, 2, 18))
    assert compare(drawn([0, 100, 200], 5), minimize=True).friedman == 0.0
    assert compare(drawn([0, 1], 5), minimize=True).friedman is None


def test_false_alarms_are_as_rare_as_they_should_be():
    """Where all cells are alike, hardly a study in twenty tells any two of them apart."""
    alarms = sum(
        bool((compare(drawn([0.0] * 4, 5, seed=seed), minimize=True).p < 0.05).any())
        for seed in range(400)
    )
    assert alarms <= 400 * 0.05 + 3 * np.sqrt(400 * 0.05 * 0.95)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_never_makes_a_p_value_smaller(values):
    plain = np.array(values)
    corrected = holm(plain)
    assert (corrected >= np.minimum(plain, 1)).all()
    assert (corrected <= np.minimum(plain * len(plain), 1) + 1e-12).all()
    order = np.argsort(plain, kind="stable")
    assert (np.diff(corrected[order]) >= 0).all()


# Seeds ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("effect", "pairs"), [(0.2, 199), (0.5, 34), (0.8, 15), (1.0, 10)])
def test_the_seeds_of_the_tables_of_cohen(effect, pairs):
    """What G*Power and R's power.t.test give for a paired test, 5 %, 80 %."""
    assert seeds_to_tell(effect) == seeds_to_tell(-effect) == pairs


def test_as_many_seeds_find_the_difference_four_times_in_five():
    effect, tests = 0.9, 3
    number = seeds_to_tell(effect, tests)
    random = np.random.default_rng(0)
    gaps = effect + random.normal(size=(20_000, number))
    found = (stats.ttest_1samp(gaps, 0, axis=1).pvalue < 0.05 / tests).mean()
    assert 0.8 - 0.01 <= found < 0.86


def test_no_effect_and_a_tiny_one_are_out_of_reach():
    assert seeds_to_tell(0.0) is None
    assert seeds_to_tell(float("nan")) is None
    assert seeds_to_tell(0.02) is None
    assert seeds_to_tell(0.03) <= MOST_SEEDS
    assert seeds_to_tell(float("inf")) == seeds_to_tell(50.0) == 3


def test_the_precision_of_a_mean():
    values = 10 + np.random.default_rng(0).normal(size=30)
    seen = precision(values, 0.05)
    assert seen.numbers == tuple(range(2, 31))
    assert seen.errors[-1] == pytest.approx(stats.sem(values))
    assert seen.errors[0] == pytest.approx(values.std(ddof=1) / np.sqrt(2))
    assert all(a < b < c for a, b, c in zip(seen.low, seen.errors, seen.high, strict=True))
    assert seen.means[0] == pytest.approx(values[:2].mean())
    assert seen.means[-1] == pytest.approx(values.mean())
    low, high = stats.ttest_1samp(values, 0).confidence_interval()
    assert seen.half_widths[-1] == pytest.approx((high - low) / 2)


def test_the_interval_of_a_standard_error_covers_it():
    random = np.random.default_rng(1)
    held = [precision(one, 0.05) for one in random.normal(size=(400, 6))]
    inside = sum(one.low[-1] < 1 / np.sqrt(6) < one.high[-1] for one in held)
    assert abs(inside / 400 - 0.95) < 0.035


@pytest.mark.parametrize("wanted", [0.5, 0.1, 0.02])
def test_the_seeds_that_are_needed_are_the_fewest(wanted):
    values = np.array([9.0, 11.0, 10.5, 9.5, 10.0])
    needed = precision(values, wanted).needed
    spread = values.std(ddof=1)

    def width(number):
        return stats.t.isf(0.025, number - 1) * spread / np.sqrt(number)

    assert width(needed) <= 10 * wanted
    assert needed == 2 or width(needed - 1) > 10 * wanted


def test_a_precision_that_no_number_of_seeds_gives():
    assert precision(np.array([-1.0, 1.0, 0.0]), 0.05).needed is None
    assert precision(np.array([2.0, 2.0, 2.0]), 0.05).needed == 2
