"""Parts of sequences: how they are drawn, how folds are dealt out, and what is refused."""

import re
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autolstm.errors import DataError, InputError, SettingError
from autolstm.split import KINDS, Cases, Parts, Plan, parts_for
from autolstm.split.drawing import (
    named_groups,
    take_groups,
    take_last,
    take_random,
    take_stratified,
)
from autolstm.split.folding import group_k_fold, k_fold, stratified_k_fold
from autolstm.split.plan import SERIES

SEEDS = st.integers(0, 2**31)
CLASSES = ("sit", "walk", "run")


def lengths(parts: Parts) -> tuple[int, int, int]:
    (pair,) = parts.folds
    return len(pair.train), len(pair.valid), len(parts.test)


# Drawing ----------------------------------------------------------------------------------------


def test_the_last_are_taken_in_order() -> None:
    assert take_last(np.array([1, 3, 5, 8]), 3).tolist() == [3, 5, 8]
    parts = parts_for(Plan("in_order", validation=2, test=3), Cases(9))
    assert parts.folds[0].train.tolist() == [0, 1, 2, 3]
    assert parts.folds[0].valid.tolist() == [4, 5]
    assert parts.test.tolist() == [6, 7, 8]


@given(count=st.integers(1, 20), seed=SEEDS)
def test_at_random_as_many_as_are_asked_for(count: int, seed: int) -> None:
    numbers = np.arange(3, 63, 3)
    taken = take_random(numbers, count, "test", seed)
    assert len(set(taken.tolist())) == count
    assert set(taken.tolist()) <= set(numbers.tolist())


def test_at_random_means_that_every_one_may_be_taken() -> None:
    taken = [take_random(np.arange(5), 2, "test", seed) for seed in range(300)]
    found = Counter(np.concatenate(taken).tolist())
    # 120 each are expected, with a standard deviation of 8.5.
    assert sorted(found) == [0, 1, 2, 3, 4]
    assert all(80 < times < 160 for times in found.values())


def test_parts_are_drawn_apart_from_each_other() -> None:
    numbers = np.arange(100)
    test, valid = (take_random(numbers, 20, part, 0).tolist() for part in ("test", "validation"))
    assert test != valid


@given(
    sizes=st.lists(st.integers(2, 20), min_size=2, max_size=5),
    share=st.floats(0.2, 0.8),
    seed=SEEDS,
)
def test_stratified_parts_hold_every_class_in_proportion(
    sizes: list[int], share: float, seed: int
) -> None:
    codes = np.repeat(np.arange(len(sizes)), sizes)
    numbers = np.arange(len(codes))
    count = round(share * len(codes))
    if min(count, len(codes) - count) < len(sizes):
        return
    taken = take_stratified(numbers, count, "test", seed, codes=codes)
    assert len(taken) == count
    for code, size in enumerate(sizes):
        exact = size * count / len(codes)
        assert abs(np.sum(codes[taken] == code) - exact) < 1 + 1e-9


@given(
    members=st.lists(st.integers(1, 12), min_size=2, max_size=6),
    count=st.integers(1, 40),
    spare=st.integers(1, 3),
    seed=st.integers(0, 20),
)
@settings(max_examples=60)
def test_groups_against_every_choice_there_is(
    members: list[int], count: int, spare: int, seed: int
) -> None:
    """The slow twin tries all sets of groups; the nearest size is the one that was found."""
    if len(members) <= spare:
        return
    groups = np.repeat([f"g{i}" for i in range(len(members))], members)
    taken = take_groups(np.arange(len(groups)), count, "test", seed, groups=groups, spare=spare)
    sums = [
        sum(one)
        for most in range(1, len(members) - spare + 1)
        for one in combinations(members, most)
    ]
    assert abs(len(taken) - count) == min(abs(one - count) for one in sums)
    whole = np.isin(groups, groups[taken])
    assert taken.tolist() == np.flatnonzero(whole).tolist()
    assert len(set(groups[taken])) <= len(members) - spare


@given(members=st.lists(st.integers(1, 30), min_size=20, max_size=200), seed=SEEDS)
@settings(max_examples=20)
def test_many_groups_come_near_to_the_size(members: list[int], seed: int) -> None:
    groups = np.repeat(np.arange(len(members)).astype(str), members)
    count = round(0.15 * len(groups))
    taken = take_groups(np.arange(len(groups)), count, "test", seed, groups=groups)
    assert abs(len(taken) - count) <= max(members) / 2


def test_groups_are_drawn_at_random() -> None:
    groups = np.repeat([f"g{i}" for i in range(10)], 5)
    drawn = {
        tuple(sorted(set(groups[take_groups(np.arange(50), 10, "test", seed, groups=groups)])))
        for seed in range(100)
    }
    # Two of ten are 45 pairs; a hundred draws meet about 40 of them.
    assert len(drawn) > 30


# Folds ------------------------------------------------------------------------------------------


def test_every_fold_validates_about_as_many() -> None:
    numbers = np.arange(5, 28)
    assert [len(fold.valid) for fold in k_fold(numbers, 5, 0)] == [5, 5, 5, 4, 4]
    assert k_fold(numbers, 5, 0)[0].valid.tolist() != numbers[:5].tolist()


@given(sizes=st.lists(st.integers(4, 20), min_size=2, max_size=5), seed=SEEDS)
def test_stratified_folds_hold_every_class_alike(sizes: list[int], seed: int) -> None:
    codes = np.concatenate([np.repeat(np.arange(len(sizes)), sizes), [9, 9, 9]])
    # Numbers that are in the test part are of a class of their own, which must not count.
    numbers = np.arange(sum(sizes))
    for fold in stratified_k_fold(numbers, 4, seed, codes=codes):
        for code, size in enumerate(sizes):
            assert abs(np.sum(codes[fold.valid] == code) - size / 4) < 1


def test_group_folds_are_about_equally_large() -> None:
    groups = np.repeat(["a", "b", "c", "d", "e", "f"], [9, 8, 7, 3, 2, 1])
    folds = group_k_fold(np.arange(30), 3, groups=groups)
    assert sorted(len(fold.valid) for fold in folds) == [10, 10, 10]


# What is measured of what -----------------------------------------------------------------------


TENS = np.arange(100)


@pytest.mark.parametrize(
    ("plan", "cases", "found"),
    [
        (Plan(), Cases(100), (70, 15, 15)),
        (Plan(validation=0.2, test=30), Cases(100), (50, 20, 30)),
        # A share of what the official test part leaves.
        (Plan(), Cases(100, official=np.arange(100) < 60), (34, 6, 60)),
        (Plan(validation=3), Cases(100, official=np.arange(100) < 60), (37, 3, 60)),
        # A test part that is asked for wins over the official one.
        (Plan(test=10), Cases(100, official=np.arange(100) < 60), (75, 15, 10)),
        (Plan(), Cases(100, official=np.zeros(100, bool)), (70, 15, 15)),
        (Plan(), Cases(100, codes=np.arange(100) % 3), (70, 15, 15)),
        (Plan(), Cases(100, groups=np.arange(100).astype(str)), (70, 15, 15)),
        # Of the 80 that the named groups leave.
        (
            Plan(test_groups=("0",)),
            Cases(100, groups=(np.arange(100) % 5).astype(str)),
            (60, 20, 20),
        ),
    ],
)
def test_sizes(plan: Plan, cases: Cases, found: tuple[int, int, int]) -> None:
    assert lengths(parts_for(plan, cases)) == found


def test_the_default_kind_follows_from_the_data() -> None:
    codes, groups = np.arange(60) % 2, (np.arange(60) // 4).astype(str)

    def same(kind: str, cases: Cases) -> bool:
        one, other = parts_for(Plan(), cases), parts_for(Plan(kind), cases)
        return np.array_equal(one.test, other.test) and np.array_equal(
            one.folds[0].valid, other.folds[0].valid
        )

    kinds = ("random", "stratified", "group")
    every = Cases(60, codes, groups)
    assert [same(kind, every) for kind in kinds] == [False, False, True]
    classes = Cases(60, codes)
    assert [same(kind, classes) for kind in kinds[:2]] == [False, True]
    official = Cases(60, codes, groups, np.arange(60) < 20)
    assert [same(kind, official) for kind in kinds] == [False, False, True]


def test_the_named_groups_are_the_test_part() -> None:
    groups = np.array(["b", "a", "c", "a", "d", "b"])
    assert named_groups(groups, ("a", "b")).tolist() == [0, 1, 3, 5]
    parts = parts_for(Plan(test_groups=("a", "b")), Cases(6, groups=groups))
    assert parts.test.tolist() == [0, 1, 3, 5]
    assert parts.seen.tolist() == [2, 4]


# What is refused --------------------------------------------------------------------------------

PERSONS = np.array(["anna", "bert", "carl"] * 10)


@pytest.mark.parametrize(
    ("plan", "cases", "says"),
    [
        (
            Plan("holdout"),
            Cases(30),
            "split.kind = 'holdout' does not suit sequences, which do not follow one another in "
            "time. They take random, stratified, group, k_fold, stratified_k_fold, group_k_fold, "
            "in_order.",
        ),
        (
            Plan("group"),
            Cases(30),
            "split.kind = 'group' needs groups, such as the person that each sequence comes from, "
            "and these data have none. Take another kind, as in --set split.kind=random.",
        ),
        (
            Plan("group_k_fold"),
            Cases(30),
            "these data have none. Take another kind, as in --set split.kind=k_fold.",
        ),
        (
            Plan("stratified"),
            Cases(30),
            "split.kind = 'stratified' needs classes, one for each sequence, and these data have "
            "none. Take another kind, as in --set split.kind=random.",
        ),
        (Plan("stratified_k_fold"), Cases(30), "as in --set split.kind=k_fold."),
        (
            Plan(test_groups=("anna",)),
            Cases(30),
            "split.test_groups needs groups, such as the person that each sequence comes from, "
            "and these data have none. Leave it out.",
        ),
        (
            Plan(test_groups=("ana",)),
            Cases(30, groups=PERSONS),
            "split.test_groups: there is no group 'ana'. Did you mean 'anna'? Known are: anna, "
            "bert, carl.",
        ),
        (
            Plan(test_groups=("x",)),
            Cases(30, groups=np.arange(100, 130).astype(str)),
            "there is no group 'x'. Known are: 100, 101, 102, 103, 104, 105, 106, 107, 108, 109 "
            "and 20 more.",
        ),
        (
            Plan(validation=1.5),
            Cases(30),
            "split.validation = 1.5 is not accepted. It takes a share of the sequences (0.15) or "
            "a whole number of sequences (12).",
        ),
        (Plan(test=0), Cases(30), "split.test = 0 is not accepted. It takes a share of the seq"),
    ],
)
def test_a_plan_that_does_not_suit(plan: Plan, cases: Cases, says: str) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        parts_for(plan, cases)


RARE = np.array([0, 1, 1] + [0, 1] * 8 + [2])
"""Nine and ten of two classes, one of the third."""

EIGHT = np.repeat([0, 1], [8, 5])


@pytest.mark.parametrize(
    ("plan", "cases", "says"),
    [
        (
            Plan(validation=20, test=10),
            Cases(30),
            "With 20 validation and 10 test sequences, 0 of 30 sequences are left to train on. "
            "Give smaller parts or more sequences.",
        ),
        (Plan(), Cases(1), "With 1 validation and 1 test sequences, 0 of 1 sequence are left"),
        (Plan("k_fold", test=40), Cases(30), "With 40 test sequences, 0 of 30 sequences are left"),
        (
            Plan(),
            Cases(30, official=np.ones(30, bool)),
            "With 1 validation and 30 test sequences, 0 of 30 sequences are left",
        ),
        (
            Plan("stratified"),
            Cases(20, codes=RARE, classes=CLASSES),
            "The class 'run' has one sequence to draw the test part from, but a stratified part "
            "needs two of every class, one for each side. Leave that class out, or take another "
            "kind, as in --set split.kind=random.",
        ),
        (Plan(), Cases(20, codes=RARE), "The class 2 has one sequence to draw the test part"),
        (
            Plan(test=2),
            Cases(30, codes=np.arange(30) % 3),
            "With a test part of 2 of 30 sequences, 2 of 3 classes find room on the smaller side, "
            "but a stratified part needs room for all. Give split.test another size, or take "
            "another kind, as in --set split.kind=random.",
        ),
        (
            Plan(test=28, validation=1),
            Cases(30, codes=np.arange(30) % 3),
            "With a test part of 28 of 30 sequences, 2 of 3 classes find room",
        ),
        (
            Plan("stratified_k_fold", folds=5),
            Cases(
                13,
                np.array([0] * 8 + [1] * 4 + [1]),
                official=np.arange(13) == 12,
                classes=CLASSES,
            ),
            "The class 'walk' has 4 of the sequences outside the test part, fewer than the 5 "
            "folds. Give fewer folds, leave that class out, or take another kind, as in --set "
            "split.kind=k_fold.",
        ),
        (
            Plan("stratified_k_fold", folds=5),
            Cases(13, EIGHT, official=np.arange(13) == 12),
            "The class 1 has 4 of the",
        ),
        (
            Plan("group_k_fold", folds=3),
            Cases(30, groups=PERSONS),
            "2 groups outside the test part are fewer than the 3 folds. Give fewer folds, a "
            "smaller test part, or take another kind, as in --set split.kind=k_fold.",
        ),
        (
            Plan("k_fold", folds=9, test=22),
            Cases(30),
            "8 sequences outside the test part are fewer than the 9 folds. Give fewer folds, a "
            "smaller test part or more sequences.",
        ),
        (
            Plan("group"),
            Cases(30, groups=np.array(["anna", "bert"] * 15)),
            "The test part takes whole groups, and 2 must stay for the other parts: that needs at "
            "least 3 groups, but 2 are left to draw from. Give data of more groups, or take "
            "another kind, as in --set split.kind=random.",
        ),
        (
            Plan(test_groups=("anna", "carl")),
            Cases(30, groups=PERSONS),
            "The validation part takes whole groups, and 1 must stay for the other parts: that "
            "needs at least 2 groups, but 1 are left",
        ),
        (
            Plan(test_groups=("anna", "carl", "bert")),
            Cases(30, groups=PERSONS),
            "With 1 validation and 30 test sequences, 0 of 30",
        ),
    ],
)
def test_parts_that_do_not_fit(plan: Plan, cases: Cases, says: str) -> None:
    with pytest.raises(DataError, match=re.escape(says)):
        parts_for(plan, cases)


COUNTS = st.integers(0, 25)


@given(
    kind=st.sampled_from([None, *(one for one in KINDS if one not in SERIES)]),
    codes=st.lists(st.integers(0, 4), min_size=25, max_size=25) | st.none(),
    groups=st.lists(st.sampled_from("abcdefg"), min_size=25, max_size=25) | st.none(),
    official=st.lists(st.booleans(), min_size=25, max_size=25) | st.none(),
    count=COUNTS,
    sizes=st.tuples(*[st.floats(0.01, 0.6) | st.integers(1, 9) | st.none()] * 2),
    folds=st.integers(2, 8) | st.none(),
    seed=SEEDS,
)
def test_nothing_but_input_errors(
    kind: str | None,
    codes: list[int] | None,
    groups: list[str] | None,
    official: list[bool] | None,
    count: int,
    sizes: tuple[float | None, float | None],
    folds: int | None,
    seed: int,
) -> None:
    cases = Cases(
        count,
        None if codes is None else np.array(codes[:count], int),
        None if groups is None else np.array(groups[:count], str),
        None if official is None else np.array(official[:count], bool),
    )
    takes = KINDS[kind] if kind else ("validation", "test")
    given_sizes = dict(zip(("validation", "test", "folds"), (*sizes, folds), strict=True))
    try:
        plan = Plan(kind, **{name: one for name, one in given_sizes.items() if name in takes})  # type: ignore[arg-type]
        parts = parts_for(plan, cases, seed=seed)
    except InputError:
        return
    assert sorted([*parts.seen, *parts.test]) == list(range(count))
    for fold in parts.folds:
        assert len(fold.train) > 0
        assert len(fold.valid) > 0
        assert sorted([*fold.train, *fold.valid]) == parts.seen.tolist()
