"""Folds of a committee: all is learnt from, each member holds out some; no test part."""

from dataclasses import replace

import numpy as np
import pytest
from test_split_contract import CASES, CODES, GROUPS, OFFICIAL

from autolstm.split import KINDS, Cases, Plan, committee, parts_for
from autolstm.split.plan import SERIES

KIND = pytest.mark.parametrize("kind", [one for one in KINDS if one not in SERIES])


def folds_of(kind, data=CASES, members=3, **asked):
    parts = parts_for(Plan(kind, **asked), data)
    return committee(kind, data, parts, members, 0), parts


@KIND
@pytest.mark.parametrize("data", [CASES, OFFICIAL])
@pytest.mark.parametrize("members", [1, 3, 9])
def test_members_share_all_that_is_not_in_the_test_part(kind, data, members):
    folds, parts = folds_of(kind, data, members)
    assert len(folds) == (1 if kind == "in_order" else members)
    for fold in folds:
        both = np.sort(np.concatenate([fold.train, fold.valid]))
        np.testing.assert_array_equal(both, parts.seen)


@KIND
def test_each_holds_out_others_and_all_are_learnt_from(kind):
    folds, parts = folds_of(kind)
    held = [set(one.valid.tolist()) for one in folds]
    if kind == "in_order":
        assert held == [set()]
        return
    assert all(held)
    assert not set.intersection(*held)
    assert set.union(*(set(one.train.tolist()) for one in folds)) == set(parts.seen.tolist())


def test_as_many_are_held_out_as_the_study_validates_on():
    folds, parts = folds_of("random", Cases(100), validation=10, test=20)
    assert len(parts.folds[0].valid) == 10
    assert {len(one.valid) for one in folds} == {10}


def test_more_members_than_that_leaves_room_for_hold_out_less_or_share():
    many, _ = folds_of("random", Cases(100), members=16, validation=10, test=20)
    assert {len(one.valid) for one in many} == {5}
    groups = Cases(9, groups=np.array(list("aabbccdde")))
    folds, parts = folds_of("group", groups, members=5)
    names = set(groups.groups[parts.seen])
    assert len(names) < 5
    assert {groups.groups[one] for fold in folds for one in fold.valid} == names


def test_groups_stay_whole_and_classes_in_proportion():
    folds, _ = folds_of("group")
    assert all(not {*GROUPS[one.train]} & {*GROUPS[one.valid]} for one in folds)
    folds, parts = folds_of("stratified")
    shares = np.bincount(CODES[parts.seen]) / len(folds[0].train) * len(folds[0].valid)
    for one in folds:
        assert np.abs(np.bincount(CODES[one.valid]) - shares).max() < 2


def test_a_class_of_one_sequence_is_dealt_out_all_the_same():
    codes = np.array([0] * 15 + [1] * 15 + [2])
    data = Cases(31, codes=codes)
    parts = parts_for(Plan("random", validation=5, test=5), replace(data, codes=None))
    folds = committee("stratified", data, parts, 3, 0)
    assert [len(one.train) + len(one.valid) for one in folds] == [26] * 3


def test_one_sequence_alone_is_learnt_from():
    data = Cases(3)
    parts = parts_for(Plan("random", validation=1, test=1), data)
    alone = replace(parts, seen=parts.seen[:1])
    (fold,) = committee("random", data, alone, 3, 0)
    assert fold.train.tolist() == alone.seen.tolist()
    assert not len(fold.valid)
