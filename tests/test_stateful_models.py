"""A saved model that carries its states on forecasts what its engine did, from raw data."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tiny_fits import ENGINES, question, series, shared_engine, tiny

from autolstm.tuned.files import load, save
from autolstm.tuned.history import begun_with, history_of
from autolstm.tuned.model import TunedModel
from autolstm.tuned.refit import refit

CARRIED = {"stateful": True, "shuffle": False, "batch_size": 4, "epochs": 3, "difference": 1}


def tuned(engine, data=None, horizon=1, **knobs):
    """Refit a tiny network; return the model, what the refit found and the question."""
    asked = question(data, horizon)
    found = refit(asked, tiny(**{**CARRIED, **knobs}), shared_engine(engine))
    seen = asked.parts.seen
    model = TunedModel(
        name="study",
        settings=found.settings,
        recipe=found.recipe,
        seeds=found.seeds,
        weights=found.weights,
        history=history_of(asked.framing.data, seen, found.recipe, found.settings),
    )
    return model, found, asked


def rows(data, first, last):
    """Some rows, as somebody gives them who knows their times."""
    return pd.DataFrame(
        {name: data.values[first:last, at] for at, name in enumerate(data.columns)},
        index=data.times[first:last],
    )


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("columns", "horizon", "knobs"),
    [(1, 1, {}), (2, 2, {"batch_size": 3, "cell": "gru"}), (1, 1, {"batch_size": 1, "layers": 2})],
)
def test_raw_data_give_what_the_test_part_gave(engine, columns, horizon, knobs, tmp_path):
    model, found, asked = tuned(engine, series(columns=columns), horizon, **knobs)
    data, origins = asked.framing.data, asked.framing.examples(asked.parts.test)
    frames = [model.predict(rows(data, 0, origin + 1)) for origin in origins]
    actual = asked.framing.actual(origins)
    together = np.array([one["forecast"] for one in frames])
    np.testing.assert_allclose(
        asked.metric.measure(actual[..., 0], together), found.model, rtol=1e-5
    )
    last = np.array([found.forecasts.seeds])[0, :, -horizon:]
    np.testing.assert_allclose(frames[-1]["low"], last.min(axis=0), rtol=1e-4)
    np.testing.assert_allclose(frames[-1]["high"], last.max(axis=0), rtol=1e-4)
    # Saved, moved and loaded, it has its history with it.
    again = load(save(model, tmp_path / "model"))
    assert again.settings == model.settings
    pd.testing.assert_frame_equal(again.predict(), model.predict())
    late = rows(data, int(origins[0]) - 9, int(origins[0]) + 1)
    pd.testing.assert_frame_equal(again.predict(late), frames[0])
    # It is what Keras itself reads.
    from autolstm.models.backend import keras

    text = (tmp_path / "model" / "network.json").read_text()
    network = keras.models.model_from_json(text)
    assert network.input_shape == (model.settings.lanes, 4, again.recipe.shapes.features)
    assert network.layers[0].stateful


@pytest.mark.slow
def test_rows_that_are_fed_back_go_through_the_states():
    """Two steps of a model of one are two forecasts, the second from rows with the first."""
    model, _, asked = tuned("compiled")
    alone = replace(model, seeds=model.seeds[:1], weights=model.weights[:1])
    both = alone.predict(steps=3)["forecast"].to_numpy()
    data, known = asked.framing.data, asked.framing.data.values[:, 0]
    for step in range(3):
        told = np.concatenate([known, both[:step]])
        times = pd.date_range(data.times[0], periods=len(told), freq="MS")
        found = alone.predict(pd.DataFrame({"sold": told}, index=times))
        np.testing.assert_allclose(found["forecast"], both[step], rtol=1e-5)


# What a model keeps and joins -----------------------------------------------------------------


def learnt(**knobs):
    asked = question()
    settings = tiny(**{**CARRIED, **knobs})
    prepared = asked.framing.prepare(settings, asked.parts.seen)
    data = asked.framing.data
    return data, history_of(data, asked.parts.seen, prepared.recipe, settings), prepared.recipe


def test_a_model_keeps_all_rows_since_the_first_window():
    data, kept, recipe = learnt(batch_size=5)
    # 32 rows are seen, from which 27 windows of 5 rows forecast the next one; two are dropped.
    assert recipe.reach == 5
    assert (len(kept), kept.firsts[0]) == (len(data) - 2, 2)
    plain, all_of_it, _ = learnt(stateful=False)
    assert all_of_it is plain


@pytest.mark.parametrize("dated", [True, False])
def test_rows_are_joined_to_those_that_a_model_keeps(dated):
    whole = series(dated=dated)
    history = whole.tail(30)
    for first, last, begins in ((20, 40, 10), (0, 35, 10), (10, 40, 10), (0, 8, 0)):
        given = cut(whole, first, last)
        joined = begun_with(history, given)
        assert joined.firsts[0] == begins
        np.testing.assert_array_equal(joined.values, whole.values[begins:last])
        assert list(joined.times) == list(whole.times[begins:last])
        assert joined.frequency == whole.frequency
    later = replace(cut(whole, 20, 30), firsts=np.array([41]))
    assert begun_with(history, later) is later


def cut(data, first, last):
    return replace(
        data,
        times=data.times[first:last],
        values=data.values[first:last],
        firsts=np.array([first]),
    )
