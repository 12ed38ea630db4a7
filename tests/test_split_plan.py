"""`Plan`: kinds and their options, what does not go together, and what does not suit series."""

import re
from dataclasses import fields
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.errors import SettingError
from autolstm.experiment import Split
from autolstm.split import KINDS, Cases, Plan, Rows, parts_for
from autolstm.split.plan import SERIES

GIVEN: dict[str, Any] = {
    "folds": 3,
    "gap": 1,
    "train": 9,
    "validation": 4,
    "test": 0.25,
    "test_groups": ("anna",),
}
ONE = Rows(np.array([0, 60]))


def test_the_fields_of_an_experiment_are_those_of_a_plan() -> None:
    names = [one.name for one in fields(Plan)]
    assert list(Split.model_fields) == names == ["kind", *GIVEN]
    kinds = [
        one for part in get_args(Split.model_fields["kind"].annotation) for one in get_args(part)
    ]
    assert kinds == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", GIVEN)
def test_a_kind_takes_its_options_and_no_other(kind: str, name: str) -> None:
    if name in KINDS[kind]:
        assert getattr(Plan(kind, **{name: GIVEN[name]}), name) == GIVEN[name]
        return
    says = (
        f"split.{name} = {GIVEN[name]!r} is not taken by split.kind = {kind!r}. It takes "
        f"{', '.join(KINDS[kind])}. Leave it out, or give a kind with {name}: "
    )
    with pytest.raises(SettingError, match=re.escape(says)):
        Plan(kind, **{name: GIVEN[name]})


def test_every_option_is_taken_by_some_kind() -> None:
    assert {one for taken in KINDS.values() for one in taken} == set(GIVEN)


@pytest.mark.parametrize("name", ["folds", "gap", "train"])
def test_an_option_that_needs_a_kind(name: str) -> None:
    says = f"split.{name} = {GIVEN[name]} is taken by some kinds only. Leave it out, or give a"
    with pytest.raises(SettingError, match=re.escape(says)):
        Plan(**{name: GIVEN[name]})


@pytest.mark.parametrize("name", ["validation", "test", "test_groups"])
def test_an_option_that_needs_none(name: str) -> None:
    assert getattr(Plan(**{name: GIVEN[name]}), name) == GIVEN[name]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (
            {"kind": "rolling"},
            "There is no split.kind 'rolling'. Did you mean 'rolling_origin'? Known are: holdout,",
        ),
        (
            {"kind": "k_fold", "folds": 1},
            "split.folds = 1 is not accepted. It takes a whole number of at least 2.",
        ),
        ({"kind": "rolling_origin", "gap": -1}, "split.gap = -1 is not accepted."),
        ({"kind": "rolling_origin", "train": 0}, "split.train = 0 is not accepted."),
        (
            {"kind": "group", "test": 3, "test_groups": ("anna",)},
            "split.test and split.test_groups both say what the test part is. Leave one of the "
            "two out.",
        ),
        (
            {"validation": 0.6, "test": 0.5},
            "split.validation = 0.6 and split.test = 0.5 come to 1.1 of the data, and nothing is "
            "left to train on. Give smaller shares, below 1 together.",
        ),
        ({"validation": 0.5, "test": 0.5}, "come to 1 of the data"),
        (
            {"kind": "rolling_origin", "validation": 0.2},
            "split.validation = 0.2, over 5 folds, come to 1 of the data",
        ),
        (
            {"kind": "rolling_origin", "folds": 3, "validation": 0.3, "test": 0.1},
            "split.validation = 0.3 and split.test = 0.1, over 3 folds, come to 1 of the data",
        ),
    ],
)
def test_what_does_not_go_together(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        Plan(**asked)


@given(validation=st.floats(0.001, 0.999), test=st.floats(0.001, 0.999))
def test_shares_below_one_are_a_plan(validation: float, test: float) -> None:
    if validation + test < 0.999:
        assert Plan(validation=validation, test=test).test == test
    elif validation + test > 1.001:
        with pytest.raises(SettingError, match="nothing is left to train on"):
            Plan(validation=validation, test=test)


@pytest.mark.parametrize("kind", [one for one in KINDS if one not in SERIES])
def test_a_series_is_not_drawn_from(kind: str) -> None:
    says = (
        f"split.kind = {kind!r} does not suit a series. Its rows are not independent: a network "
        f"could learn from the neighbours of what it is tested on. A series takes holdout or "
        f"rolling_origin."
    )
    with pytest.raises(SettingError, match=re.escape(says)):
        parts_for(Plan(kind), ONE)


def test_a_series_has_no_groups() -> None:
    says = (
        "split.test_groups = ['anna'] does not suit a series, which has no groups. It takes "
        "split.test, a share of the rows or a number of rows."
    )
    with pytest.raises(SettingError, match=re.escape(says)):
        parts_for(Plan(test_groups=("anna",)), ONE)


@pytest.mark.parametrize(
    ("plan", "rows", "found"),
    [
        (Plan(), ONE, (42, 9, 9)),
        (Plan(), Rows(ONE.starts, recommended=(12, 6)), (42, 12, 6)),
        (Plan(test=10), Rows(ONE.starts, recommended=(12, 6)), (38, 12, 10)),
        (Plan("holdout", validation=0.1), Rows(ONE.starts, recommended=(12, 6)), (48, 6, 6)),
        # Five equal pieces and one to learn from; a recommended size is one of a single fold.
        (Plan("rolling_origin"), Rows(ONE.starts, recommended=(12, 6)), (9, 9, 6)),
    ],
)
def test_sizes_of_series(plan: Plan, rows: Rows, found: tuple[int, int, int]) -> None:
    parts = parts_for(plan, rows)
    assert (len(parts.folds[0].train), len(parts.folds[0].valid), len(parts.test)) == found


@pytest.mark.parametrize("data", [ONE, Cases(60)])
def test_no_size_of_zero(data: Rows | Cases) -> None:
    for name in ("validation", "test"):
        with pytest.raises(SettingError, match=f"split.{name} = 0 is not accepted"):
            parts_for(Plan(**{name: 0}), data)  # type: ignore[arg-type]


def test_messages_name_the_series() -> None:
    rows = Rows(np.array([0, 60, 64]), names=("north", "south"))
    with pytest.raises(ValueError, match="of 4 rows of the series 'south' are left"):
        parts_for(Plan(), rows, horizon=1)
    with pytest.raises(ValueError, match="of 4 rows of the series 'south' are left"):
        parts_for(Plan("rolling_origin"), rows, horizon=1)
