"""The Python face: `tune`, and the public names."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pandas as pd
import pytest
from fakes import SPACE, FakeEngine, install, series

import autolstm
from autolstm import api
from autolstm.errors import DataError, InputError, SettingError
from autolstm.experiment import Experiment

# tune -------------------------------------------------------------------------------------------


@pytest.fixture
def engine(monkeypatch):
    return install(monkeypatch, FakeEngine())


def frame(rows=60):
    times = pd.date_range("2020-01-01", periods=rows, freq="MS", name="month")
    return pd.DataFrame({"sold": series(rows).values[:, 0]}, index=times)


@pytest.mark.parametrize("kind", ["name", "frame", "series", "dataset", "path", "text path"])
def test_every_kind_of_data_is_taken(kind, engine, tmp_path):
    path = tmp_path / "sales.csv"
    frame().to_csv(path)
    source, name, rows = {
        "name": ("airline", "airline", 144),
        "frame": (frame(), "data", 60),
        "series": (frame()["sold"], "sold", 60),
        "dataset": (series(), "tiny", 60),
        "path": (path, "sales", 60),
        "text path": (str(path), "sales", 60),
    }[kind]
    result = autolstm.tune(
        source, home=tmp_path / "home", trials=2, seeds=2, space=SPACE, progress=False
    )
    assert result.added == 2
    assert result.results.data.rows == rows
    assert result.report_path.parent.name == result.results.name
    if kind not in ("frame", "series"):
        assert result.results.name == name


def test_a_call_goes_on_where_the_last_one_stopped(engine, tmp_path):
    usual = {"home": tmp_path, "seeds": 1, "space": SPACE, "progress": False, "name": "mine"}
    assert autolstm.tune(frame(), trials=2, **usual).added == 2
    assert autolstm.tune(frame(), trials=3, **usual).added == 1


def test_fields_are_those_of_an_experiment():
    hints = get_type_hints(
        api.Fields, localns={"pd": pd, "Dataset": autolstm.Dataset, "Result": autolstm.Result}
    )
    assert set(hints) == set(Experiment.model_fields) - {"source"}
    assert api.Fields.__required_keys__ == frozenset()
    for name, field in Experiment.model_fields.items():
        if name != "source" and field.default is None:
            assert type(None) in getattr(hints[name], "__args__", ()), name


def test_fields_mean_what_they_mean_in_a_study_file(engine, tmp_path):
    result = autolstm.tune(
        frame(),
        home=str(tmp_path),
        metric="mae",
        horizon=2,
        split={"validation": 9, "test": 0.2},
        sampler={"name": "random"},
        pruner="none",
        time="10m",
        trials=1,
        seeds=1,
        space=SPACE,
        progress=False,
    )
    asked = result.results.question
    assert (asked["metric"], asked["horizon"]) == ("mae", 2)
    assert (asked["split.validation"], asked["split.test"]) == (9, 12)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"trails": 5}, r"There is no field 'trails'. Did you mean 'trials'\? Known are: source"),
        ({"metric": "rsme"}, r"Did you mean 'rmse'\?"),
        ({"trials": 0}, r"trials = 0 is not accepted. It takes a whole number"),
        ({"split": {"tset": 3}}, r"Did you mean 'test'\?"),
    ],
)
def test_a_wrong_field_is_refused_with_a_guess(fields, message):
    with pytest.raises(SettingError, match=message):
        autolstm.tune("airline", progress=False, **fields)


def test_data_cannot_be_given_twice():
    with pytest.raises(SettingError, match="first argument, dataset, and no source beside it"):
        autolstm.tune("airline", source="sunspots")


def test_data_that_cannot_be_used_are_said(tmp_path):
    with pytest.raises(DataError, match="airlin"):
        autolstm.tune("airlin", home=tmp_path, progress=False)
    with pytest.raises(InputError):
        autolstm.tune(np.zeros((3, 3, 3)), home=tmp_path, progress=False)


@pytest.mark.parametrize("progress", [True, False])
def test_progress_is_shown_where_it_is_wanted(progress, engine, tmp_path, capsys):
    autolstm.tune(
        frame(), home=tmp_path, trials=1, seeds=1, space=SPACE, name="mine", progress=progress
    )
    out, err = capsys.readouterr()
    assert ("trial 0: " in out) is progress
    assert progress or (out, err) == ("", "")


# Public names -----------------------------------------------------------------------------------


def test_public_names_are_sorted_and_are_what_dir_says():
    assert sorted(autolstm.__all__) == autolstm.__all__ == dir(autolstm)
    assert len(set(autolstm.__all__)) == len(autolstm.__all__)


def test_every_public_name_is_what_its_home_calls_it():
    imported = {}
    for node in ast.walk(ast.parse(Path(autolstm.__file__).read_text())):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("autolstm."):
            imported |= {one.asname or one.name: (node.module, one.name) for one in node.names}
    assert set(imported) == set(autolstm.__all__)  # what a type checker sees is what there is
    for name, (module, inside) in imported.items():
        found = getattr(autolstm, name)
        assert found is getattr(sys.modules[module], inside)
        assert found.__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'autolstm' has no attribute 'tuen'"):
        _ = autolstm.tuen
    assert not hasattr(autolstm, "__path")


def python(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)


def test_importing_the_package_is_light():
    loaded = {
        line.split("|")[-1].strip()
        for line in python("-X", "importtime", "-c", "import autolstm").stderr.splitlines()
    }
    assert "autolstm" in loaded
    heavy = {"tensorflow", "keras", "optuna", "pandas", "numpy", "matplotlib", "rich", "typer"}
    assert not heavy & loaded


def test_a_star_import_brings_every_name_without_tensorflow():
    code = "from autolstm import *; import sys; print(tune.__name__, 'tensorflow' in sys.modules)"
    assert python("-c", code).stdout == "tune False\n"
