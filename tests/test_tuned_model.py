"""`TunedModel`: forecasts from raw data, equal to what was measured."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tiny_fits import question, series, shared_engine, tiny

from autolstm.dataset import Dataset
from autolstm.errors import DataError, ModelFileError, SettingError
from autolstm.tuned.model import TunedModel
from autolstm.tuned.refit import refit


def tuned(data=None, horizon=1, **knobs):
    """Refit a tiny network; return the model, what the refit found and the question."""
    asked = question(data, horizon)
    found = refit(asked, tiny(**{"epochs": 2, **knobs}), shared_engine())
    model = TunedModel(
        name="study",
        settings=found.settings,
        recipe=found.recipe,
        seeds=found.seeds,
        weights=found.weights,
        history=asked.framing.data,
    )
    return model, found, asked


@pytest.fixture(scope="module")
def plain():
    return tuned()


@pytest.fixture(scope="module")
def wide():
    return tuned(series(columns=3), horizon=2)


def head(data, rows):
    return replace(data, times=data.times[:rows], values=data.values[:rows])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("columns", "horizon", "knobs"),
    [
        (1, 1, {}),
        (1, 3, {"difference": 1}),
        (3, 2, {"seasonal_difference": 4, "scale": "minmax01"}),
        (2, 1, {"difference": 1, "seasonal_difference": 4, "scale": "none"}),
        (1, 2, {"power": "log", "trend": "linear", "seasonal_adjustment": 4}),
        (2, 3, {"power": "boxcox", "seasonal_adjustment": 5, "difference": 2, "scale": "robust"}),
        (1, 1, {"power": "yeojohnson", "trend": "linear", "scale": "minmax11"}),
    ],
)
def test_raw_data_give_what_the_test_part_gave(columns, horizon, knobs):
    model, found, asked = tuned(series(columns=columns), horizon, **knobs)
    data, origins = asked.framing.data, asked.framing.examples(asked.parts.test)
    # Each from the rows up to its origin alone, like someone who does not know the rest.
    frames = [model.predict(head(data, origin + 1)) for origin in origins]
    actual = asked.framing.actual(origins)
    together = np.array([one["forecast"] for one in frames])
    np.testing.assert_allclose(
        asked.metric.measure(actual[..., 0], together), found.model, rtol=1e-5
    )
    last = np.array([found.forecasts.seeds])[0, :, -horizon:]
    np.testing.assert_allclose(frames[-1]["low"], last.min(axis=0), rtol=1e-5)
    np.testing.assert_allclose(frames[-1]["high"], last.max(axis=0), rtol=1e-5)
    np.testing.assert_allclose(frames[-1]["forecast"], last.mean(axis=0), rtol=1e-5)


@pytest.mark.slow
def test_a_table_continues_the_data(plain):
    model, _, asked = plain
    frame = model.predict(steps=3)
    assert list(frame.columns) == ["time", "forecast", "low", "high"]
    assert frame["time"].tolist() == list(asked.framing.data.future_times(3))
    assert (frame["low"] <= frame["forecast"]).all()
    assert (frame["forecast"] <= frame["high"]).all()
    assert len(model.predict()) == 1


@pytest.mark.slow
def test_plain_steps_are_counted_on():
    model, _, _ = tuned(series(dated=False))
    assert model.predict(steps=2)["time"].tolist() == [40, 41]


@pytest.mark.slow
def test_beyond_the_horizon_forecasts_are_fed_back():
    model, _, asked = tuned(horizon=3, difference=1)
    single = replace(model, seeds=model.seeds[:1], weights=model.weights[:1])
    long = single.predict(steps=7)["forecast"].to_numpy()
    assert len(long) == 7
    known = asked.framing.data
    for start in (0, 3, 6):
        block = single.predict(known)["forecast"].to_numpy()
        np.testing.assert_allclose(long[start : start + 3], block[: 7 - start], rtol=1e-5)
        values = np.concatenate([known.values, block[:, None]])
        times = known.times.append(known.future_times(3))
        known = replace(known, times=pd.DatetimeIndex(times, freq="MS"), values=values)
    np.testing.assert_array_equal(single.predict(steps=2)["forecast"], long[:2])


@pytest.mark.slow
def test_data_of_every_kind(plain, tmp_path):
    model, _, asked = plain
    data = asked.framing.data
    frame = pd.DataFrame({"when": data.times, "sold": data.actual, "other": 1.0})
    frame.to_csv(tmp_path / "new.csv", index=False)
    expected = model.predict(data, 2)
    named = replace(model, time_column="when")
    kinds = (data, frame, tmp_path / "new.csv", str(tmp_path / "new.csv"))
    for one in (*kinds, frame.set_index("when"), frame["sold"].set_axis(data.times)):
        for asked_of in (model, named):
            pd.testing.assert_frame_equal(asked_of.predict(one, 2), expected, check_freq=False)


@pytest.mark.slow
def test_a_few_rows_are_enough(plain):
    model, _, asked = plain
    tail = replace(
        asked.framing.data,
        times=asked.framing.data.times[-4:],
        values=asked.framing.data.values[-4:],
    )
    pd.testing.assert_frame_equal(model.predict(tail), model.predict())
    still = replace(tail, values=np.full((4, 1), 5.0))
    assert np.isfinite(model.predict(still)["forecast"]).all()


@pytest.mark.slow
def test_trend_and_season_know_where_new_rows_stand():
    model, _, asked = tuned(trend="linear", seasonal_adjustment=5, power="log")
    data = asked.framing.data
    expected = model.predict(data, 3)
    for start in (1, 7, 30):
        late = replace(data, times=data.times[start:], values=data.values[start:])
        pd.testing.assert_frame_equal(model.predict(late, 3), expected)
        # A model that was saved keeps its last rows only, and where they stood.
        kept = replace(model, history=replace(late, firsts=np.array([start])))
        pd.testing.assert_frame_equal(kept.predict(steps=3), expected)
        pd.testing.assert_frame_equal(kept.predict(data, 3), expected)


@pytest.mark.slow
def test_a_log_needs_positive_rows():
    model, _, asked = tuned(power="log")
    values = asked.framing.data.values.copy()
    values[-2] = -1.0
    message = r"preparation\.power = log takes positive values, but the target goes down to -1"
    with pytest.raises(DataError, match=message):
        model.predict(replace(asked.framing.data, values=values))


@pytest.mark.slow
def test_missing_rows_of_new_data_are_filled_where_the_study_did_so(plain):
    model, _, asked = plain
    frame = pd.DataFrame(asked.framing.data.values, asked.framing.data.times, ["sold"])
    frame.iloc[-2] = np.nan
    with pytest.raises(DataError, match="no value on row 38"):
        model.predict(frame)
    filling = replace(model, history=replace(asked.framing.data, fill="interpolate"))
    frame_before = frame.ffill()
    pd.testing.assert_frame_equal(filling.predict(frame), model.predict(frame_before))


@pytest.mark.slow
def test_covariates(wide):
    model, _, asked = wide
    assert len(model.predict(steps=2)) == 2
    frame = pd.DataFrame(
        asked.framing.data.values, asked.framing.data.times, ["sold", "price", "rain"]
    )
    expected = model.predict()
    pd.testing.assert_frame_equal(model.predict(frame[["rain", "sold", "price"]]), expected)
    message = (
        r"forecasts 2 steps: further ones would need future values of price, rain\. "
        r"Ask for --steps 2 at most, or run a study with --horizon 3\."
    )
    with pytest.raises(SettingError, match=message):
        model.predict(steps=3)
    with pytest.raises(DataError, match="rain"):
        model.predict(frame[["sold", "price"]])


@pytest.mark.slow
def test_threads_do_not_meddle(plain):
    from concurrent.futures import ThreadPoolExecutor

    model, _, asked = plain
    expected = model.predict(steps=2)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: model.predict(asked.framing.data, 2), range(12)))
    for one in found:
        pd.testing.assert_frame_equal(one, expected)


def blank(**changes):
    """A model without TensorFlow, to find fault with data before any network is built."""
    from autolstm.prepare import Recipe

    data, settings = series(), tiny(difference=1)
    recipe = Recipe.learn(data, np.arange(24), settings.preparation, 1)
    known = {"seeds": (1, 2), "weights": [[], []], "history": data, **changes}
    return TunedModel(name="study", settings=settings, recipe=recipe, **known)


@pytest.mark.parametrize("steps", [0, -1, 1.5])
def test_steps_that_are_none(steps):
    with pytest.raises(SettingError, match=r"steps = .* It takes a whole number from 1\."):
        blank().predict(steps=steps)


def test_too_few_rows():
    data = series()
    with pytest.raises(DataError, match=r"tiny has 4 rows, but .* looks back on 5\. Give at le"):
        blank().predict(head(data, 4))


def test_rows_of_another_spacing():
    daily = Dataset("days", pd.date_range("2020-01-01", periods=9), np.ones((9, 1)), ("sold",))
    message = r"days has one row every day, .* on one row every month\. Resample the data first\."
    with pytest.raises(DataError, match=message):
        blank().predict(daily)
    steps = replace(series(dated=False), name="steps")
    with pytest.raises(DataError, match="steps has one row every step"):
        blank().predict(steps)
    with pytest.raises(DataError, match="tuned on one row every step"):
        blank(history=steps).predict(series())


def test_a_missing_column_and_a_missing_file(tmp_path):
    other = replace(series(), columns=("bought",))
    with pytest.raises(DataError, match="sold"):
        blank().predict(other)
    with pytest.raises(DataError, match="There is no file"):
        blank().predict(tmp_path / "none.csv")


def test_a_model_says_what_it_is():
    assert repr(blank()) == (
        "TunedModel(study: 1 step(s) of 'sold' from 5 rows, 2 seeds of 1 x 3 LSTM units)"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("weights", "how"),
    [
        (b"no file", r"are not read: it is no whole HDF5 file .*"),
        ([np.zeros((2, 2))], r"do not fit the network .*"),
    ],
)
def test_weights_that_do_not_fit(weights, how):
    message = rf"The weights of seed 1 {how} Run the study again"
    with pytest.raises(ModelFileError, match=message):
        blank(weights=[weights, weights]).predict()


def test_texts_are_not_taken_for_sequences_with_answers():
    with pytest.raises(
        DataError, match="'sold' of DataFrame holds 'x0' on row 0, which is no num"
    ):
        blank().predict(pd.DataFrame({"in": ["ab"] * 9, "sold": [f"x{at}" for at in range(9)]}))
    with pytest.raises(SettingError, match="target = .* names a column, but The pair"):
        blank().predict((np.ones((9, 2)), np.ones(9)))
