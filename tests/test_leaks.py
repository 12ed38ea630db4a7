"""Nothing that is learnt, and no training window, knows what comes after the training rows.

Every preparation meets every split of a series. Values that a fold must not know are changed at
will, and what the fold gives is compared to the last bit.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autolstm.dataset import Dataset
from autolstm.prepare import Recipe, Windows
from autolstm.prepare.power import POSITIVE
from autolstm.seeding import generator
from autolstm.settings import KNOBS, Preparation
from autolstm.split import Fold, Parts, Plan, Rows, parts_for

ROWS, SEASON = 80, 4


@dataclass(frozen=True)
class Case:
    """A split of one or several series."""

    values: np.ndarray
    starts: np.ndarray
    parts: Parts
    wide: int = 1
    learn: Callable[[Dataset, np.ndarray, Preparation, int], Recipe] = Recipe.learn
    prepare: Callable[[Recipe, Dataset, np.ndarray, np.ndarray], Windows] = Recipe.windows

    def data(self, values: np.ndarray) -> Dataset:
        count = len(self.starts) - 1
        return Dataset(
            "leaky",
            pd.RangeIndex(len(values)),
            values,
            ("y", "x"),
            wide=self.wide,
            ids=tuple(f"s{place}" for place in range(count)) if count > 1 else ("",),
            starts=self.starts,
        )


def series() -> np.ndarray:
    """A season that grows with an exponential trend, all positive, and a covariate."""
    steps = np.arange(ROWS, dtype=float)
    noise = generator(3, "series").normal(size=(ROWS, 2))
    target = 50 * np.exp(steps / 40) * (1 + 0.2 * np.sin(2 * np.pi * steps / SEASON))
    return np.column_stack([target, 1e4 + 1e3 * steps]) + noise


def one_series(plan: Plan, wide: int = 1) -> Case:
    starts = np.array([0, ROWS])
    return Case(series(), starts, parts_for(plan, Rows(starts), horizon=4), wide)


def two_series(plan: Plan) -> Case:
    """The same twice, once shorter and of another size."""
    starts = np.array([0, ROWS, 2 * ROWS - 10])
    values = np.concatenate([series(), 1e3 * series()[10:]])
    return Case(values, starts, parts_for(plan, Rows(starts, ("s0", "s1")), horizon=4))


CASES: dict[str, Case] = {
    "holdout": one_series(Plan("holdout")),
    "rolling": one_series(Plan("rolling_origin", folds=3, validation=8, test=8)),
    "rolling with a gap": one_series(
        Plan("rolling_origin", folds=2, gap=5, validation=8, test=0.1)
    ),
    "two targets": one_series(Plan("holdout"), wide=2),
    "two series": two_series(Plan("holdout")),
    "two series, rolling": two_series(
        Plan("rolling_origin", folds=2, gap=2, validation=8, test=8)
    ),
    "sliding": one_series(Plan("rolling_origin", folds=3, gap=1, train=30, validation=8, test=8)),
}
EVERY_CASE = pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))

CHOICES: dict[str, tuple[str | int, ...]] = {
    "scale": KNOBS["preparation.scale"].choices or (),
    "power": KNOBS["preparation.power"].choices or (),
    "trend": KNOBS["preparation.trend"].choices or (),
    "difference": (0, 1, 2),
    "seasonal_difference": (0, SEASON),
    "seasonal_adjustment": (0, SEASON),
    "strategy": KNOBS["preparation.strategy"].choices or (),
    "scale_by": KNOBS["preparation.scale_by"].choices or (),
}
PREPARATIONS = [
    Preparation(**dict(zip(CHOICES, chosen, strict=True)), window=5)  # type: ignore[arg-type]
    for chosen in product(*CHOICES.values())
]


def learnt(recipe: Recipe) -> str:
    """All that a recipe has learnt, to the last bit."""
    return json.dumps(recipe.to_json(), allow_nan=False)


def training(windows: Windows) -> list[bytes]:
    """What a network is fitted to, to the last bit."""
    part = windows.train
    assert len(part) > 0
    return [one.tobytes() for one in (part.origins, part.targets, windows.inputs(part.origins))]


def whole(windows: Windows) -> list[bytes]:
    """All that a fold gives to an engine, to the last bit."""
    part = windows.valid
    assert len(part) > 0
    valid = (part.origins, part.targets, windows.inputs(part.origins))
    unit = np.float64(windows.loss_unit)
    return [*training(windows), *(one.tobytes() for one in (*valid, unit))]


def changed(
    values: np.ndarray, rows: np.ndarray, preparation: Preparation, numbers: list[float]
) -> np.ndarray:
    """Put other values in some rows, all columns: positive ones, where a power needs them."""
    new = np.resize(np.array(numbers), (len(rows), values.shape[1]))
    other = values.copy()
    other[rows] = np.abs(new) + 1e-3 if preparation.power in POSITIVE else new
    assert (other[rows] != values[rows]).any()
    return other


def later(case: Case, fold: Fold) -> np.ndarray:
    """Return the rows of every series that come after its last training row."""
    found = []
    for first, end in pairwise(case.starts):
        mine = fold.train[(fold.train >= first) & (fold.train < end)]
        found.append(np.arange(mine[-1] + 1, end))
    return np.concatenate(found)


def check(case: Case, preparation: Preparation, horizon: int, numbers: list[float]) -> None:
    """Compare what every fold gives with what it gives of changed values."""
    data = case.data(case.values)
    for fold in case.parts.folds:
        recipe = case.learn(data, fold.train, preparation, horizon)
        windows = case.prepare(recipe, data, fold.train, fold.valid)

        other = case.data(changed(case.values, later(case, fold), preparation, numbers))
        again = case.learn(other, fold.train, preparation, horizon)
        assert learnt(again) == learnt(recipe)
        assert training(case.prepare(again, other, fold.train, fold.valid)) == training(windows)

        # What is learnt is the same, as has been shown: test rows are later ones.
        other = case.data(changed(case.values, case.parts.test, preparation, numbers))
        assert whole(case.prepare(recipe, other, fold.train, fold.valid)) == whole(windows)


@EVERY_CASE
@given(
    preparation=st.sampled_from(PREPARATIONS),
    horizon=st.sampled_from([1, 4]),
    numbers=st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=8),
)
@settings(max_examples=40)
def test_nothing_is_known_of_later_values(
    case: Case, preparation: Preparation, horizon: int, numbers: list[float]
) -> None:
    check(case, preparation, horizon, numbers)


def test_no_preparation_knows_later_values() -> None:
    """All that are learnt once, on the first fold, after which there is most to know."""
    case = CASES["sliding"]
    first = replace(case, parts=replace(case.parts, folds=case.parts.folds[:1]))
    plain = Preparation()
    for preparation in PREPARATIONS:
        if (preparation.strategy, preparation.scale_by) != (plain.strategy, plain.scale_by):
            continue
        check(first, preparation, 1, [1e6, 0.5, -3.0])


def test_a_sliding_window_forgets_what_it_has_left() -> None:
    case = CASES["sliding"]
    fold = case.parts.folds[-1]
    preparation = Preparation(window=5)
    recipe = case.learn(case.data(case.values), fold.train, preparation, 1)
    forgotten = np.arange(fold.train[0] - recipe.reach)
    other = changed(case.values, forgotten, preparation, [1e6])
    assert learnt(case.learn(case.data(other), fold.train, preparation, 1)) == learnt(recipe)


# The test is one that can fail -------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_learning_from_later_rows_is_found_out(name: str) -> None:
    def learn(data: Dataset, rows: np.ndarray, *rest: object) -> Recipe:
        return Recipe.learn(data, one_more(CASES[name], rows), *rest)  # type: ignore[arg-type]

    with pytest.raises(AssertionError):
        check(replace(CASES[name], learn=learn), Preparation(), 1, [1e6])


@pytest.mark.parametrize("name", CASES)
def test_windows_over_later_rows_are_found_out(name: str) -> None:
    def prepare(recipe: Recipe, data: Dataset, train: np.ndarray, valid: np.ndarray) -> Windows:
        return recipe.windows(data, one_more(CASES[name], train), valid)

    with pytest.raises(AssertionError):
        check(replace(CASES[name], prepare=prepare), Preparation(), 1, [1e6])


@pytest.mark.parametrize("name", CASES)
def test_a_unit_of_loss_from_test_rows_is_found_out(name: str) -> None:
    test = CASES[name].parts.test

    def prepare(recipe: Recipe, data: Dataset, train: np.ndarray, valid: np.ndarray) -> Windows:
        return recipe.windows(data, train, np.append(valid, test[0]))

    with pytest.raises(AssertionError):
        check(replace(CASES[name], prepare=prepare), Preparation(), 1, [1e6])


def one_more(case: Case, rows: np.ndarray) -> np.ndarray:
    """Add the row after the last one of every series."""
    ends = [rows[rows < end][-1] + 1 for end in case.starts[1:]]
    return np.union1d(rows, ends)
