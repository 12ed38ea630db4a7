"""`TunedModel` of several series, several targets, known and static covariates.

The networks are stand-ins that need no training: what is tested is what they are shown, and what
becomes of what they say.
"""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from panels import LENGTHS, STARTS, one, panel, table

from autolstm.data.load import load
from autolstm.dataset import Dataset
from autolstm.errors import DataError, SettingError
from autolstm.prepare import Recipe
from autolstm.prepare.recursion import roll
from autolstm.seeding import generator
from autolstm.settings import Preparation, Settings
from autolstm.shapes import Shapes
from autolstm.tuned.history import data_from_json, data_to_json
from autolstm.tuned.model import TunedModel

HORIZON, WINDOW, SEEDS = 3, 6, (1, 2)


class Stand:
    """Networks that weigh every number they see at random, each in its own way."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self.weights = generator(5, "stand").normal(
            size=(len(SEEDS), shapes.window * shapes.features, int(np.prod(shapes.output)))
        )

    def forecast(self, replicate: int, window: np.ndarray) -> np.ndarray:
        """See `autolstm.tuned.network.Networks.forecast`."""
        assert window.shape == (self.shapes.window, self.shapes.features)
        made = np.tanh(window.reshape(-1).astype(float) @ self.weights[replicate] / 10)
        return made.reshape(self.shapes.output)

    def respond(self, inputs: np.ndarray) -> np.ndarray:
        """Of windows of shape (R, n, window, features)."""
        return np.stack([[self.forecast(r, w) for w in one] for r, one in enumerate(inputs)])


def model_of(data: Dataset, *, id_column: str | None = "shop", **knobs: Any) -> TunedModel:
    """Return a model whose recipe has learnt from the first half of every series."""
    preparation = Preparation(window=WINDOW, **knobs)
    rows = np.concatenate([np.arange(start, start + 25) for start in data.starts[:-1]])
    model = TunedModel(
        name="study",
        settings=Settings(preparation=preparation),
        recipe=Recipe.learn(data, rows, preparation, HORIZON),
        seeds=SEEDS,
        weights=[[], []],
        history=data,
        id_column=id_column,
    )
    # What a cached property has found stays.
    model.__dict__["networks"] = Stand(model.recipe.shapes)
    return model


def expected(model: TunedModel, data: Dataset, origins: np.ndarray) -> np.ndarray:
    """Forecast as a study does, shape (seeds, n, horizon, targets)."""
    recipe, stand = model.recipe, model.networks
    if recipe.strategy == "recursive":
        outputs = roll(recipe, stand.respond, data, origins, len(SEEDS))  # type: ignore[attr-defined]
    else:
        series = recipe.series(data)
        windows = np.stack([series[t - WINDOW + 1 : t + 1] for t in origins])
        outputs = stand.respond(np.stack([windows] * len(SEEDS)))  # type: ignore[attr-defined]
    return recipe.undo(outputs, data, origins)


KNOBS = [
    {"strategy": "direct", "difference": 1, "scale_by": "series"},
    {"strategy": "decoder", "power": "log", "trend": "linear", "seasonal_difference": 4},
    {"strategy": "recursive", "difference": 1, "seasonal_difference": 4, "scale_by": "series"},
    {"strategy": "recursive", "power": "boxcox", "seasonal_adjustment": 4, "trend": "linear"},
]


@pytest.mark.parametrize("knobs", KNOBS)
@pytest.mark.parametrize("back", [4, 10])
def test_raw_rows_give_what_a_study_gives(knobs: dict[str, Any], back: int) -> None:
    """Each series from the rows up to its origin, and the known ones behind it."""
    covariates = "promo" if knobs["strategy"] == "recursive" else "rain,promo"
    data = panel(covariates=covariates, calendar="weekday,month")
    model = model_of(data, **knobs)
    origins = data.starts[1:] - 1 - back
    rows = table()
    behind = rows.groupby("shop", sort=False).cumcount(ascending=False)
    rows.loc[behind < back, ["a", "b", "rain"]] = np.nan
    rows = rows[(behind >= back - HORIZON)].sample(frac=1, random_state=1)
    frame = model.predict(rows)
    assert list(frame.columns) == ["id", "target", "time", "forecast", "low", "high"]
    assert len(frame) == 3 * 2 * HORIZON
    told = expected(model, data, origins)
    for place, name in enumerate(data.ids):
        for k, target in enumerate(("a", "b")):
            mine = frame[(frame["id"] == name) & (frame["target"] == target)]
            times = data.times[origins[place] + 1 : origins[place] + 1 + HORIZON]
            assert mine["time"].tolist() == list(times)
            paths = told[:, place, :, k]
            np.testing.assert_allclose(mine["forecast"], paths.mean(axis=0), rtol=1e-5)
            np.testing.assert_allclose(mine["low"], paths.min(axis=0), rtol=1e-5)
            np.testing.assert_allclose(mine["high"], paths.max(axis=0), rtol=1e-5)


@pytest.mark.parametrize("knobs", KNOBS)
def test_a_model_goes_on_from_its_own_data(knobs: dict[str, Any]) -> None:
    covariates = "promo" if knobs["strategy"] == "recursive" else "rain,promo"
    data = panel(ahead=HORIZON, covariates=covariates, calendar="weekday")
    model = model_of(data, **knobs)
    frame = model.predict()
    for same in (table(HORIZON), data, load(data)):
        pd.testing.assert_frame_equal(model.predict(same), frame)
    # It keeps the last rows only, and where they stood.
    kept = data.tail(model.recipe.reach)
    back = data_from_json(data_to_json(kept), kept.values)
    other = model_of(data, **knobs)
    object.__setattr__(other, "history", back)
    pd.testing.assert_frame_equal(other.predict(), frame)
    pd.testing.assert_frame_equal(other.predict(table(HORIZON)), frame)


def test_some_of_the_series_in_any_order() -> None:
    model = model_of(panel(ahead=HORIZON, calendar="weekday"), strategy="direct", trend="linear")
    every_one = model.predict().set_index(["id", "target"])
    rows = pd.concat([one("east", HORIZON), one("north", HORIZON)])
    frame = model.predict(rows)
    assert frame["id"].unique().tolist() == ["east", "north"]
    for name, mine in frame.set_index(["id", "target"]).groupby(level=[0, 1]):
        pd.testing.assert_frame_equal(mine, every_one.loc[[name]])
    alone = model.predict(one("east", HORIZON))
    pd.testing.assert_frame_equal(alone, frame[frame["id"] == "east"])


def test_a_series_that_stands_still_is_no_sequence_with_an_answer() -> None:
    data = panel(target="b", covariates=[], known=None, static=None)
    model = model_of(data)
    rows = table()
    rows = rows[rows.groupby("shop").cumcount() < 10].assign(b=5.0)
    assert np.isfinite(model.predict(rows)["forecast"]).all()


def test_beyond_the_horizon_with_what_is_known() -> None:
    data = panel(ahead=9, covariates="promo", calendar="weekday", static=None)
    model = model_of(data, strategy="direct")
    long = model.predict(steps=7)
    assert len(long) == 3 * 2 * 7
    short = model.predict(steps=3)
    for name in data.ids:
        mine = long[(long["id"] == name) & (long["target"] == "a")]
        head = short[(short["id"] == name) & (short["target"] == "a")]
        np.testing.assert_array_equal(mine["forecast"][:3], head["forecast"])
    message = "A forecast of 10 steps of the series 'north' needs the values of promo in the 12 r"
    with pytest.raises(DataError, match=re.escape(message)):
        model.predict(steps=10)


def test_a_calendar_alone_needs_no_rows_of_the_future() -> None:
    data = panel(covariates=[], known=None, calendar="auto", static=None)
    model = model_of(data)
    assert len(model.predict(steps=40)) == 3 * 2 * 40
    first = expected(model, data_with_calendar(data), data.starts[1:] - 1)
    frame = model.predict()
    np.testing.assert_allclose(frame["forecast"][:3], first[:, 0, :, 0].mean(axis=0), rtol=1e-5)


def data_with_calendar(data: Dataset) -> Dataset:
    """Give a data set the calendar of the rows behind it, by way of a column that is dropped."""
    longer = panel(ahead=HORIZON, covariates="promo", calendar="auto", static=None)
    found = load(longer, covariates=list(data.calendar))
    assert isinstance(found, Dataset)
    return found


def test_one_series_with_two_targets() -> None:
    rows = one("north", HORIZON).drop(columns=["shop", "town"])
    data = load(rows, target=["b", "a"], covariates="promo", known="promo", missing="forward")
    assert isinstance(data, Dataset)
    model = model_of(data, id_column=None)
    frame = model.predict(rows)
    assert list(frame.columns) == ["target", "time", "forecast", "low", "high"]
    assert frame["target"].tolist() == ["b"] * 3 + ["a"] * 3
    told = expected(model, data, data.starts[1:] - 1)
    np.testing.assert_allclose(frame["forecast"], told[:, 0].mean(axis=0).T.ravel(), rtol=1e-5)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            one("north", 3).assign(shop="nord"),
            "has a series 'nord', which the model has not learnt from. Did you mean 'north'? It "
            "knows 3 series.",
        ),
        (
            one("north", 2),
            "A forecast of 3 steps of the series 'north' needs the values of promo in the 3 rows "
            "behind the last ones, but they are given for 2 of them. Add 3 such rows, with a, ",
        ),
        (one("north", 3).drop(columns="promo"), "There is no column 'promo' in DataFrame."),
        (one("north", 3).drop(columns="shop"), "There is no column 'shop' in DataFrame."),
        (
            one("north", 3).tail(8),
            "data has 5 rows, but a forecast of this model looks back on 6.",
        ),
    ],
)
def test_data_that_do_not_fit(rows: pd.DataFrame, says: str) -> None:
    with pytest.raises(DataError, match=re.escape(says)):
        model_of(panel(ahead=3, calendar="weekday")).predict(rows)


def test_several_series_for_a_model_of_one() -> None:
    data = load(one("north"), id_column="shop", target="a", covariates=[])
    assert isinstance(data, Dataset)
    model = model_of(data)
    assert list(model.predict(one("south")).columns) == ["time", "forecast", "low", "high"]
    message = "data has 3 series, but this model has learnt from one."
    with pytest.raises(DataError, match=re.escape(message)):
        model.predict(table())


def test_past_covariates_end_at_the_horizon() -> None:
    model = model_of(panel(ahead=6, calendar="weekday"))
    with pytest.raises(SettingError, match=r"future values of rain\. Ask for --steps 3 at most"):
        model.predict(steps=4)


def test_lengths_are_those_of_the_stand() -> None:
    """The tests above would prove little if all series were alike."""
    assert len(set(LENGTHS.values())) == len(set(STARTS.values())) == 3
