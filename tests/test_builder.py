"""A user's own builder of networks: asked, seeded, trained, pruned, saved, read back."""

import json
from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeEngine
from tiny_fits import question, tiny

import autolstm
from autolstm.errors import ModelFileError, QuestionChanged, SettingError
from autolstm.experiment import ask
from autolstm.score import fit
from autolstm.shapes import Shapes
from autolstm.study import finish, job, manager
from autolstm.study.builder import asked_with, engine_for, name_of

SMALL = {"trials": 3, "seeds": 2, "confirm": 1, "space": {"training.epochs": 3}}


def dense(trial, shapes):
    """Build a small network of plain layers without names."""
    from autolstm.models.backend import keras

    inputs = keras.Input((shapes.window, shapes.features))
    hidden = keras.layers.LSTM(trial.suggest_int("cells", 2, 6))(inputs)
    if trial.suggest_categorical("twice", [False, True]):
        hidden = keras.layers.Dense(4, activation=trial.suggest_categorical("bend", ["relu"]))(
            hidden
        )
    return keras.Model(inputs, keras.layers.Dense(shapes.outputs)(hidden))


def own_layer():
    """Return a layer class that Keras does not know."""
    from autolstm.models.backend import keras

    class Last(keras.layers.Layer):
        """Keep the last step, times a weight of its own."""

        def build(self, shape):
            self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")

        def call(self, inputs):
            return inputs[:, -1] * self.scale

    return Last


def with_own_layer(trial, shapes):
    """Build a network with a layer that is no one else's."""
    from autolstm.models.backend import keras

    return keras.Sequential(
        [
            keras.Input((shapes.window, shapes.features)),
            keras.layers.LSTM(trial.suggest_int("cells", 2, 4), return_sequences=True),
            own_layer()(),
            keras.layers.Dense(shapes.outputs),
        ]
    )


# What is asked ----------------------------------------------------------------------------------


def test_a_builder_takes_the_place_of_the_architecture():
    asked = asked_with(question(), dense, ask({"source": "airline"}))
    assert not [name for name in asked.space.dimensions if name.startswith("architecture.")]
    assert [name for name in question().space.dimensions if name.startswith("architecture.")]
    assert asked.flat()["build"] == name_of(dense) == "test_builder.dense"
    assert "build" not in question().flat()
    plain = question()
    units = {"space": {"architecture.units": 8}}
    assert asked_with(plain, None, ask({"source": "airline", **units})) is plain


@pytest.mark.parametrize(
    ("builder", "fields", "says"),
    [
        ("lstm", {}, "build = 'lstm' is not accepted. It takes a function of a trial"),
        (dense, {"space": {"architecture.units": 8}}, "architecture.units means nothing where b"),
        (
            dense,
            {"kind": "grid", "vary": {"architecture.units": [8, 16]}},
            "architecture.units means nothing where build makes",
        ),
    ],
)
def test_what_is_refused_before_anything(builder, fields, says):
    with pytest.raises(SettingError, match=says):
        asked_with(question(), builder, ask({"source": "airline", **fields}))


def test_no_builder_no_other_engine():
    engine = FakeEngine()
    assert engine_for(engine, None, None) is engine
    assert engine_for(engine, dense, None).name == engine.name


# What is built ----------------------------------------------------------------------------------

SHAPES = Shapes(window=4, features=2, outputs=3)


def built(build, seed=1):
    from autolstm.models import build_own

    return build_own(build, SHAPES, seed=seed)


@pytest.mark.slow
def test_seeds_decide_the_weights_and_names_begin_anew():
    from optuna.trial import FixedTrial

    trial = FixedTrial({"cells": 3, "twice": False})
    one, again, other = (built(lambda shapes: dense(trial, shapes), seed) for seed in (1, 1, 2))
    for a, b, c in zip(one.get_weights(), again.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.ndim < 2 or (a != c).any()
    assert json.dumps(one.get_config(), default=str) == json.dumps(again.get_config(), default=str)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("nothing", "build returned a NoneType. It takes a function that returns a keras.Model"),
        (
            "inputs",
            r"takes inputs of the shape \(None, 5, 2\), and these data need \(None, 4, 2\)",
        ),
        ("outputs", r"gives outputs of the shape \(None, 7\), and these data need \(None, 3\)"),
        (
            "unwritten",
            "cannot be written down, and so not be saved: .* Give your own layers a get_",
        ),
    ],
)
def test_what_is_no_network_for_these_data(case, says):
    from autolstm.models.backend import keras

    class Unwritten(keras.layers.Layer):
        def __init__(self, thing):
            super().__init__()
            self.thing = thing

        def call(self, inputs):
            return inputs

    def build(shapes):
        steps = 5 if case == "inputs" else shapes.window
        layers = [keras.Input((steps, shapes.features)), keras.layers.LSTM(2)]
        layers += [Unwritten(object())] if case == "unwritten" else []
        layers += [keras.layers.Dense(7 if case == "outputs" else shapes.outputs)]
        return None if case == "nothing" else keras.Sequential(layers)

    with pytest.raises(SettingError, match=says):
        built(build)


@pytest.mark.slow
@pytest.mark.parametrize(("builder", "engine"), [(dense, "compiled"), (with_own_layer, "refer")])
def test_what_can_be_compiled_is(builder, engine):
    from optuna.trial import FixedTrial

    from autolstm.train.compiled import CompiledEngine

    trial = FixedTrial({"cells": 3, "twice": True, "bend": "relu"})
    asked, own = question(), engine_for(CompiledEngine(threads=1), builder, trial)
    (fitted,) = fit(asked, tiny(epochs=2), (1, 2), own, asked.parts.folds)
    assert fitted.run.cost().engine.startswith(engine)
    examples = asked.framing.examples(asked.parts.folds[0].valid)
    one, other = fitted.predict(examples)
    assert (one != other).any()


@pytest.mark.slow
def test_equal_networks_share_a_program():
    from optuna.trial import FixedTrial

    from autolstm.train.compiled import CompiledEngine

    engine, asked = CompiledEngine(threads=1), question()
    for _ in range(2):
        own = engine_for(engine, dense, FixedTrial({"cells": 3, "twice": False}))
        fit(asked, tiny(epochs=1), (1, 2), own, asked.parts.folds)
    assert len(engine._programs) == 1


# A whole study ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_study_with_own_networks(tmp_path):
    source = question().framing.data
    asked = {"home": tmp_path, "name": "mine", "pruner": "none", **SMALL}
    result = autolstm.tune(source, build=with_own_layer, progress=False, **asked)
    states = result.trials["state"].tolist()
    assert states == ["complete"] * 3
    assert all("cells" in one.params for one in result.results.trials)
    assert "cells" in result.report_path.read_text(encoding="utf-8")
    # The model forecasts what was measured, here and from its folder.
    here = result.model.predict()
    folder = tmp_path / "mine" / "model"
    there = autolstm.load_model(folder, custom_objects={"Last": own_layer()}).predict()
    np.testing.assert_allclose(here["forecast"], there["forecast"], rtol=1e-6)
    with pytest.raises(
        ModelFileError,
        match=r"built by a function of its user.*\(Could not locate class 'Last'\)\. .*custom_obj",
    ):
        autolstm.load_model(folder).predict()
    # The same call again adds nothing; without the builder it is another question.
    again = autolstm.tune(source, build=with_own_layer, progress=False, **asked)
    assert again.added == 0
    with pytest.raises(QuestionChanged, match="build"):
        autolstm.tune(source, progress=False, **asked)


def test_own_networks_are_pruned_as_others_are(tmp_path, monkeypatch):
    """The fake engine ignores the network; what a trial suggests goes its way all the same."""
    engine = FakeEngine()
    monkeypatch.setattr(job, "DeferredEngine", lambda name: engine)
    engine.load = lambda: engine
    suggested = []

    def build(trial, shapes):
        suggested.append(trial.suggest_int("cells", 2, 6))

    monkeypatch.setattr(finish, "save", lambda model, folder: None)
    monkeypatch.setattr(finish, "is_model", lambda folder: True)
    asked = {"home": tmp_path, "source": "airline", **SMALL, "trials": 12}
    asked["space"] = {"training.epochs": 20}
    result = manager.run(ask({**asked, "pruner": "median"}), build=build)
    states = set(result.trials["state"])
    assert states == {"complete", "pruned"}
    # Confirmation and refit ask a stored trial, and get what it had.
    best = result.results.trials[result.results.winner]
    assert suggested[-1] == best.params["cells"]


def test_the_saved_model_says_that_its_network_is_own():
    model = replace(_model(), make=lambda shapes: None)
    from autolstm.tuned.stored import model_to_json

    assert model_to_json(model)[0]["own"] is True
    assert model_to_json(_model())[0]["own"] is False


def _model():
    from autolstm.prepare import Recipe
    from autolstm.tuned.model import TunedModel

    asked = question()
    data, settings = asked.framing.data, tiny()
    recipe = Recipe.learn(data, asked.parts.seen, settings.preparation, 1)
    return TunedModel("study", settings, recipe, (1,), ([],), data)
