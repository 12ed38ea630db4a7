"""What holds for every split: parts that never meet, one test part, the same for a seed."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from autolstm.split import KINDS, Cases, Fold, Parts, Plan, Rows, parts_for
from autolstm.split.plan import SERIES

COUNT = 60
CODES = np.array([0, 1, 2, 1, 0, 1] * 10)
GROUPS = np.array([f"person {i * i % 31}" for i in range(COUNT)])
CASES = Cases(count=COUNT, codes=CODES, groups=GROUPS, classes=("sit", "walk", "run"))
OFFICIAL = replace(CASES, official=np.arange(COUNT) % 4 == 1)
ONE = Rows(np.array([0, COUNT]))
SEVERAL = Rows(np.array([0, 18, 40, COUNT]), recommended=(4, 2))

SPLITS: dict[str, tuple[Plan, Rows | Cases]] = {
    **{f"{kind} of one series": (Plan(kind), ONE) for kind in SERIES},
    **{f"{kind} of several series": (Plan(kind), SEVERAL) for kind in SERIES},
    **{kind: (Plan(kind), CASES) for kind in KINDS if kind not in SERIES},
    **{f"{kind}, official": (Plan(kind), OFFICIAL) for kind in KINDS if kind not in SERIES},
    "series": (Plan(), ONE),
    "sizes": (Plan(validation=12, test=0.25), ONE),
    "rolling, gap": (Plan("rolling_origin", folds=4, gap=2, validation=4), ONE),
    "rolling, sliding": (Plan("rolling_origin", folds=4, train=10, validation=0.1), ONE),
    "rolling, all": (Plan("rolling_origin", folds=2, gap=1, train=5, validation=2), SEVERAL),
    "sequences": (Plan(), CASES),
    "sequences, official": (Plan(), OFFICIAL),
    "classes": (Plan(), replace(CASES, groups=None)),
    "numbers": (Plan(), Cases(COUNT)),
    "named": (Plan(test_groups=("person 1", "person 9")), CASES),
    "named, folds": (Plan("group_k_fold", folds=4, test_groups=("person 4",)), CASES),
    "folds": (Plan("k_fold", folds=7, test=1), CASES),
}
EVERY = pytest.mark.parametrize("name", SPLITS)


def split(name: str, seed: int = 0, **changes: Any) -> Parts:
    plan, data = SPLITS[name]
    return parts_for(replace(plan, **changes), data, horizon=2, seed=seed)


def arrays(parts: Parts) -> list[np.ndarray]:
    """All parts in a fixed order."""
    folds = [one for fold in parts.folds for one in (fold.train, fold.valid)]
    return [*folds, parts.seen, parts.test]


def listed(parts: Parts) -> list[list[int]]:
    return [one.tolist() for one in arrays(parts)]


def test_every_kind_stands_the_contract() -> None:
    assert {plan.kind for plan, _ in SPLITS.values()} == {None, *KINDS}


@EVERY
def test_parts_are_sorted_whole_numbers_and_none_is_empty(name: str) -> None:
    for one in arrays(split(name)):
        assert one.dtype == np.int64
        assert one.ndim == 1
        assert len(one) > 0
        assert (np.diff(one) > 0).all()


@EVERY
def test_parts_never_meet(name: str) -> None:
    parts = split(name)
    for fold in parts.folds:
        train, valid, test = (set(one.tolist()) for one in (fold.train, fold.valid, parts.test))
        assert not train & valid
        assert not (train | valid) & test


@EVERY
def test_what_is_seen_and_the_test_part_are_everything(name: str) -> None:
    parts = split(name)
    assert sorted([*parts.seen.tolist(), *parts.test.tolist()]) == list(range(COUNT))


@EVERY
def test_a_fold_leaves_nothing_out_that_it_need_not(name: str) -> None:
    parts = split(name)
    plan, _ = SPLITS[name]
    for fold in parts.folds:
        held = {*fold.train.tolist(), *fold.valid.tolist()}
        if plan.kind == "rolling_origin":
            assert held <= set(parts.seen.tolist())
        else:
            assert held == set(parts.seen.tolist())


@EVERY
def test_there_are_as_many_folds_as_are_asked_for(name: str) -> None:
    plan, _ = SPLITS[name]
    several = plan.kind is not None and "folds" in KINDS[plan.kind]
    assert len(split(name).folds) == (plan.folds or 5 if several else 1)


@EVERY
def test_nothing_is_validated_on_twice_and_by_k_folds_everything(name: str) -> None:
    plan, _ = SPLITS[name]
    parts = split(name)
    valid = [one for fold in parts.folds for one in fold.valid.tolist()]
    assert len(set(valid)) == len(valid)
    if plan.kind is not None and plan.kind.endswith("k_fold"):
        assert sorted(valid) == parts.seen.tolist()


@EVERY
def test_a_seed_gives_the_same_parts_again(name: str) -> None:
    assert listed(split(name)) == listed(split(name))
    plan, data = SPLITS[name]
    drawn = isinstance(data, Cases) and plan.kind != "in_order"
    if isinstance(data, Cases) and plan.kind == "group_k_fold" and _given_test(name):
        drawn = False  # whole groups are dealt out by their sizes
    assert any(listed(split(name, seed)) != listed(split(name)) for seed in range(1, 9)) == drawn


def _given_test(name: str) -> bool:
    plan, data = SPLITS[name]
    official = isinstance(data, Cases) and data.official is not None
    return plan.test_groups is not None or official


@EVERY
def test_the_test_part_knows_nothing_of_validation(name: str) -> None:
    plan, _ = SPLITS[name]
    takes = KINDS[plan.kind] if plan.kind else ("validation",)
    changes: dict[str, Any] = {
        one: value for one, value in (("folds", 3), ("validation", 3)) if one in takes
    }
    other = split(name, **changes)
    assert other.test.tolist() == split(name).test.tolist()
    # The change was one: else nothing would be shown here.
    assert listed(other) != listed(split(name))


@EVERY
def test_whole_groups_stand_on_one_side(name: str) -> None:
    plan, data = SPLITS[name]
    parts = split(name)
    by_group = "group" in (plan.kind or "") or (
        plan.kind is None and isinstance(data, Cases) and data.groups is not None
    )
    sides = [(fold.train, fold.valid) for fold in parts.folds]
    if not _given_test(name) or plan.test_groups:
        sides.append((parts.seen, parts.test))
    met = [bool(set(GROUPS[one]) & set(GROUPS[other])) for one, other in sides]
    if by_group:
        assert not any(met)
    elif isinstance(data, Cases) and data.groups is not None and len(sides) > 2:
        # Other kinds do part them, so that the check can fail.
        assert any(met)


@EVERY
def test_training_lies_before_validation_with_the_gap(name: str) -> None:
    plan, data = SPLITS[name]
    if not isinstance(data, Rows):
        return
    parts = split(name)
    gap = plan.gap or 0
    for first, end in zip(data.starts[:-1], data.starts[1:], strict=True):
        rows = np.arange(first, end)
        test = np.intersect1d(parts.test, rows)
        pairs = [
            Fold(np.intersect1d(fold.train, rows), np.intersect1d(fold.valid, rows))
            for fold in parts.folds
        ]
        for fold in pairs:
            # All of them are consecutive rows: gap in between, test at the end.
            assert (np.diff(fold.train) == 1).all()
            assert (np.diff(fold.valid) == 1).all()
            assert fold.valid[0] - fold.train[-1] == gap + 1
            assert len(fold.train) >= 4
            assert plan.train is None or len(fold.train) <= plan.train
            assert plan.train is not None or fold.train[0] == first
        assert pairs[-1].valid[-1] + 1 == test[0]
        assert test.tolist() == list(range(test[0], end))
        for one, after in pairwise(pairs):
            assert one.valid[-1] + 1 == after.valid[0]
            assert len(one.valid) == len(after.valid)


@pytest.mark.parametrize(
    ("name", "folds"),
    [("random", "k_fold"), ("stratified", "stratified_k_fold"), ("group", "group_k_fold")],
)
def test_a_kind_and_its_folds_share_the_test_part(name: str, folds: str) -> None:
    one, several = (parts_for(Plan(kind, test=0.2), CASES) for kind in (name, folds))
    assert one.test.tolist() == several.test.tolist()


@EVERY
def test_the_official_test_part_is_kept(name: str) -> None:
    _, data = SPLITS[name]
    if isinstance(data, Cases) and data.official is not None:
        assert split(name).test.tolist() == np.flatnonzero(data.official).tolist()
        # A plan with a test part of its own is what somebody wants.
        assert len(split(name, test=0.1).test) < len(split(name).test)
