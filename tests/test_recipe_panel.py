"""Preparation of several series with several targets, known and static covariates.

Every claim is checked for every scale, power, strategy and sharing of scales, with differences,
trends and seasons in turn.
"""

import json
from dataclasses import replace
from functools import cache
from itertools import cycle, product

import numpy as np
import pytest
from panels import panel

from autolstm.dataset import Dataset
from autolstm.prepare import Recipe
from autolstm.prepare.recursion import roll
from autolstm.seeding import generator
from autolstm.settings import KNOBS, Preparation

HORIZON, SEASON, WINDOW = 3, 4, 5
LEVELS = cycle(
    [
        {},
        {"difference": 1},
        {"seasonal_difference": SEASON},
        {"difference": 1, "seasonal_difference": SEASON, "trend": "linear"},
        {"difference": 2},
        {"seasonal_adjustment": SEASON, "trend": "linear"},
        {"difference": 2, "seasonal_difference": SEASON},
    ]
)
NAMES = ("scale", "power", "strategy", "scale_by")
PREPARATIONS = [
    Preparation(**dict(zip(NAMES, chosen, strict=True)), **next(LEVELS), window=WINDOW)
    for chosen in product(*(KNOBS[f"preparation.{name}"].choices or () for name in NAMES))
]
EVERY = pytest.mark.parametrize(
    "preparation",
    PREPARATIONS,
    ids=[
        f"{p.scale}-{p.power}-{p.strategy}-{p.scale_by}-{p.difference}-{p.seasonal_difference}"
        for p in PREPARATIONS
    ],
)


@cache
def data_for(strategy: str, ahead: int = 0) -> Dataset:
    """Return two targets of three series; none that is known for the past only is fed back."""
    covariates = "promo" if strategy == "recursive" else "promo,rain"
    return panel(ahead, covariates=covariates, calendar="weekday")


def rows_of(data: Dataset, first: float, last: float) -> np.ndarray:
    """Return the rows of every series between two shares of its length."""
    found = []
    for start, end in zip(data.starts[:-1], data.starts[1:], strict=True):
        rows = np.arange(start, end)
        found.append(rows[int(first * len(rows)) : int(last * len(rows))])
    return np.concatenate(found)


@cache
def learnt(preparation: Preparation, ahead: int = 0) -> tuple[Recipe, Dataset]:
    data = data_for(preparation.strategy, ahead)
    return Recipe.learn(data, rows_of(data, 0, 0.7), preparation, HORIZON), data


def to_come(data: Dataset, origins: np.ndarray, rows: int) -> np.ndarray:
    """Return the targets of the rows after some origins, one by one."""
    return np.array(
        [[data.values[t + h, : data.wide] for h in range(1, rows + 1)] for t in origins]
    )


def stored(recipe: Recipe) -> str:
    return json.dumps(recipe.to_json(), allow_nan=False)


# There and back --------------------------------------------------------------------------------


@EVERY
def test_prepared_targets_are_undone(preparation: Preparation) -> None:
    recipe, data = learnt(preparation)
    windows = recipe.windows(data, rows_of(data, 0, 0.7), rows_of(data, 0.7, 1))
    for part in (windows.train, windows.valid):
        assert set(data.of_rows(part.origins)) == {0, 1, 2}
        assert part.targets.shape == (len(part), *recipe.shapes.output)
        outputs = part.targets
        if preparation.strategy == "recursive":
            outputs = outputs.reshape(len(part), 1, 2)
        undone = recipe.undo(outputs, data, part.origins)
        expected = to_come(data, part.origins, recipe.ahead)
        np.testing.assert_allclose(undone, expected, rtol=2e-4)


@EVERY
def test_a_recipe_goes_to_json_and_back(preparation: Preparation) -> None:
    recipe, data = learnt(preparation)
    back = Recipe.from_json(json.loads(stored(recipe)))
    assert stored(back) == stored(recipe)
    assert back.shapes == recipe.shapes
    assert back.series(data).tobytes() == recipe.series(data).tobytes()
    origins = recipe.origins(data, rows_of(data, 0.7, 1))
    rows = HORIZON if preparation.strategy == "recursive" else recipe.ahead
    shape = (2, len(origins), rows, 2)
    outputs = generator(1, "outputs").normal(size=shape)
    if preparation.strategy == "direct":
        outputs = outputs.reshape(2, len(origins), -1)
    assert back.undo(outputs, data, origins).tobytes() == (
        recipe.undo(outputs, data, origins).tobytes()
    )


# The recursive strategy --------------------------------------------------------------------------


@pytest.mark.parametrize("preparation", [p for p in PREPARATIONS if p.strategy == "recursive"])
def test_a_perfect_network_fed_with_its_own_forecasts_tells_the_future(
    preparation: Preparation,
) -> None:
    recipe, data = learnt(preparation)
    everything = recipe.windows(data, rows_of(data, 0, 1), np.array([], dtype=int))
    series, part = everything.series, everything.train
    answers = dict(zip(part.origins.tolist(), part.targets, strict=True))
    test = rows_of(data, 0.7, 1)
    origins = np.array(
        [
            t
            for t in recipe.origins(data, test)
            if all(t + h in test and t + h - 1 in answers for h in range(1, HORIZON + 1))
            and data.of_rows(t + HORIZON) == data.of_rows(t)
        ]
    )
    assert set(data.of_rows(origins)) == {0, 1, 2}
    reached = iter(range(HORIZON))

    def respond(inputs: np.ndarray) -> np.ndarray:
        now = origins + next(reached)
        actual = np.stack([series[t - WINDOW + 1 : t + 1] for t in now])
        # It is shown what it would be shown if all of it were known.
        np.testing.assert_allclose(inputs, np.stack([actual] * 2), atol=1e-4, rtol=1e-3)
        return np.stack([[answers[t] for t in now.tolist()]] * 2)

    rolled = roll(recipe, respond, data, origins, replicates=2)
    assert next(reached, None) is None
    assert rolled.shape == (2, len(origins), HORIZON, 2)
    undone = recipe.undo(rolled, data, origins)
    expected = to_come(data, origins, HORIZON)
    np.testing.assert_allclose(undone, np.stack([expected] * 2), rtol=1e-3)


def test_replicates_are_fed_with_their_own_forecasts() -> None:
    recipe, data = learnt(Preparation(strategy="recursive", window=WINDOW, scale_by="series"))
    origins = recipe.origins(data, rows_of(data, 0.7, 1))[::9]

    def respond(inputs: np.ndarray) -> np.ndarray:
        return inputs[:, :, -1, :2] + np.arange(len(inputs))[:, None, None]

    together = roll(recipe, respond, data, origins, replicates=3)
    for at, origin in enumerate(origins):
        alone = roll(recipe, respond, data, np.array([origin]), replicates=3)
        np.testing.assert_array_equal(together[:, at : at + 1], alone)
    assert (together[0] != together[1]).all()


# What is known of the future ---------------------------------------------------------------------


@EVERY
def test_known_columns_stand_as_they_are_and_as_they_will_be(preparation: Preparation) -> None:
    recipe, data = learnt(preparation, ahead=2)
    series, columns = recipe.series(data), len(data.columns)
    assert series.shape == (len(data), columns + 3 + 1)
    assert recipe.shapes.features == series.shape[1]
    places = [data.columns.index(one) for one in ("promo", "weekday_sin", "weekday_cos")]
    lost = recipe.each[0].differences.lost
    for start, end, one, place in zip(
        data.starts[:-1], data.starts[1:], recipe.each, range(3), strict=True
    ):
        coming = series[start:end, columns : columns + 3]
        for t in range(lost, end - start - recipe.ahead):
            np.testing.assert_array_equal(coming[t], series[start + t + recipe.ahead, places])
        assert data.future is not None
        for back in range(recipe.ahead):
            row, known = coming[end - start - 1 - back], recipe.ahead - 1 - back
            if known >= 2:
                np.testing.assert_array_equal(row, 0)
            else:
                scaled = (data.future[place, known] - one.inputs.offset[places]) / one.inputs.gain[
                    places
                ]
                np.testing.assert_allclose(row, scaled, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("strategy", ["direct", "decoder"])
@pytest.mark.parametrize("window", [1, 2, 3, 4, 7, 9])
def test_a_window_shows_what_is_known_of_every_row_ahead(strategy: str, window: int) -> None:
    """Also where it is shorter than the horizon; no row is shown twice for that."""
    horizon = 7
    data = panel(0, covariates="promo", calendar="weekday")
    data = replace(data, values=np.random.default_rng(0).normal(size=data.values.shape))
    asked = Preparation(window=window, strategy=strategy, scale="none")
    recipe = Recipe.learn(data, np.arange(len(data)), asked, horizon)
    series, promo = recipe.series(data), data.columns.index("promo")
    origin = int(data.starts[1]) - 1 - horizon
    shown = series[origin + 1 - window : origin + 1, len(data.columns) : -1]
    told = data.values[origin + 1 : origin + 1 + horizon, promo].astype(np.float32)
    assert set(told.tolist()) <= set(shown.ravel().tolist())
    assert shown.shape[1] == 3 * -(-horizon // window)
    back = Recipe.from_json(json.loads(json.dumps(recipe.to_json())))
    np.testing.assert_array_equal(back.series(data), series)


def test_a_model_written_before_there_were_leads_sees_what_it_saw() -> None:
    recipe, _ = learnt(Preparation(window=2), ahead=2)
    assert recipe.leads == (3, 1)
    stored = recipe.to_json()
    del stored["leads"]
    assert Recipe.from_json(stored).leads == (3,)
    assert Recipe.from_json({**stored, "strategy": "recursive"}).leads == (1,)


def test_static_numbers_are_the_same_in_all_rows() -> None:
    recipe, data = learnt(Preparation(window=WINDOW))
    assert data.static is not None
    described = recipe.series(data)[:, -1]
    areas = data.static[:, 0]
    for place in range(3):
        mine = described[data.starts[place] : data.starts[place + 1]]
        expected = (areas[place] - areas.mean()) / areas.std()
        np.testing.assert_allclose(mine, expected, rtol=1e-5)


# Series do not meet ------------------------------------------------------------------------------


@EVERY
def test_windows_stay_within_their_series(preparation: Preparation) -> None:
    recipe, data = learnt(preparation)
    windows = recipe.windows(data, rows_of(data, 0, 0.7), rows_of(data, 0.7, 1))
    for part in (windows.train, windows.valid):
        for t in part.origins.tolist():
            of = data.of_rows(np.array([t - recipe.reach + 1, t, t + recipe.ahead]))
            assert (of >= 0).all()
            assert len(set(of.tolist())) == 1


@EVERY
def test_nothing_of_a_series_reaches_another(preparation: Preparation) -> None:
    recipe, data = learnt(preparation)
    other = data.values.copy()
    south = slice(int(data.starts[1]), int(data.starts[2]))
    other[south, :3] = other[south, :3] * 3 + 7
    changed = replace(data, values=other)
    train, valid = rows_of(data, 0, 0.7), rows_of(data, 0.7, 1)
    if preparation.scale_by == "series":
        again = Recipe.learn(changed, train, preparation, HORIZON)
        for place in (0, 2):
            assert again.each[place].to_json() == recipe.each[place].to_json()
        assert again.each[1].to_json() != recipe.each[1].to_json()
    before, after = (recipe.windows(one, train, valid) for one in (data, changed))
    mine = data.of_rows(np.arange(len(data))) != 1
    assert after.series[mine].tobytes() == before.series[mine].tobytes()
    assert (after.series[~mine] != before.series[~mine]).any()
    kept = data.of_rows(before.train.origins) != 1
    assert after.train.targets[kept].tobytes() == before.train.targets[kept].tobytes()


@EVERY
def test_a_series_is_prepared_as_it_would_be_alone(preparation: Preparation) -> None:
    if preparation.scale_by == "all":
        return
    recipe, data = learnt(preparation)
    series = recipe.series(data)
    for place in range(3):
        start, end = data.starts[place : place + 2]
        alone = data.series(place)
        rows = rows_of(alone, 0, 0.7)
        one = Recipe.learn(alone, rows, preparation, HORIZON)
        assert one.each[0].to_json() == recipe.each[place].to_json()
        # Without others there is nothing to tell apart by static numbers.
        assert one.series(alone)[:, :-1].tobytes() == series[start:end, :-1].tobytes()
        assert (one.series(alone)[:, -1] == 0).all()
        # A recipe of several prepares one of them alone.
        assert recipe.series(alone).tobytes() == series[start:end].tobytes()


def test_series_share_their_scale_where_asked() -> None:
    shared, _ = learnt(Preparation(window=WINDOW, scale_by="all"))
    own, _ = learnt(Preparation(window=WINDOW, scale_by="series"))
    assert len({json.dumps(one.inputs.to_json()) for one in shared.each}) == 1
    assert len({json.dumps(one.inputs.to_json()) for one in own.each}) == 3
