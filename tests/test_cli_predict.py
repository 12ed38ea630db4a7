"""The command ``predict``: where the model comes from, and where the forecasts go."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pandas as pd
import pytest
from typer.testing import CliRunner

from autolstm.cli.app import app
from autolstm.errors import DataError


class Model:
    """Stands in for a tuned model."""

    task = "forecasting"
    target = "[bold]sold[/bold]"
    unit = "thousand"
    horizon = 2
    seeds = (1, 2, 3)
    times = pd.date_range("2026-01-01", periods=2, freq="D")
    asked = None
    about: ClassVar = {}

    def predict(self, data=None, steps=None):
        Model.asked = (data, steps)
        if data == Path("short.csv"):
            raise DataError("short.csv has 2 rows.")
        columns = {"forecast": [1.5, 2.5], "low": [1.0, 2.0], "high": [2.0, 3.0]}
        return pd.DataFrame({**Model.about, "time": self.times, **columns})


class Labeller:
    """Stands in for a model of sequences."""

    task, target, unit, seeds, classes = "labelling", "mood", "", (1, 2), ("[b]sad[/b]", "glad")
    frame = pd.DataFrame(
        {
            "sequence": range(25),
            "answer": [*["glad"] * 24, "[b]sad[/b]"],
            "p([b]sad[/b])": [*[0.25] * 24, 0.875],
            "p(glad)": [*[0.75] * 24, 0.125],
        }
    )
    asked = None

    def read(self, data):
        return SimpleNamespace(source=data, notes=("X_test is answered.",))

    def predict(self, data, by_step=None):
        Labeller.asked = (data.source, by_step)
        return self.frame


@pytest.fixture
def labeller(monkeypatch):
    """Let the model be one of sequences."""
    monkeypatch.setattr(Labeller, "frame", Labeller.frame)
    monkeypatch.setitem(
        sys.modules, "autolstm.tuned.files", SimpleNamespace(load=lambda _: Labeller())
    )
    return Labeller


@pytest.fixture(autouse=True)
def loaded(monkeypatch):
    """Remember which folder was loaded."""
    folders = []
    monkeypatch.setattr(Model, "times", Model.times)
    monkeypatch.setattr(Model, "asked", None)

    def load(folder):
        folders.append(folder)
        return Model()

    class Shelf:
        def __init__(self, home, storage):
            self.home = home

        def model_path(self, name):
            return self.home / name / "model"

    monkeypatch.setitem(sys.modules, "autolstm.tuned.files", SimpleNamespace(load=load))
    monkeypatch.setitem(sys.modules, "autolstm.study.shelf", SimpleNamespace(Shelf=Shelf))
    return folders


def call(*args):
    return CliRunner().invoke(app, ["predict", *map(str, args)], prog_name="autolstm")


def test_a_table_of_forecasts(loaded):
    result = call("airline", "--home", "there")
    assert loaded == [Path("there/airline/model")]
    assert Model.asked == (None, None)
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[0] == ["Time", "[bold]sold[/bold]", "(thousand)", "Low", "High"]
    assert [line[0] for line in lines[1:3]] == ["2026-01-01", "2026-01-02"]
    assert "The mean of 3 seeds; low and high are the lowest" in result.stdout
    assert "not a prediction interval." in result.stdout


def test_file_and_steps_are_passed_on():
    call("airline", "newer.csv", "--steps", 2)
    assert Model.asked == (Path("newer.csv"), 2)


def test_a_model_folder_is_written_with_a_slash(loaded):
    call("./moved/model")
    assert loaded == [Path("moved/model")]


def test_json_is_alone_on_standard_output():
    document = json.loads(call("airline", "--json").stdout)
    assert document == {
        "target": Model.target,
        "unit": "thousand",
        "seeds": 3,
        "horizon": 2,
        "forecasts": [
            {"time": "2026-01-01", "forecast": 1.5, "low": 1.0, "high": 2.0},
            {"time": "2026-01-02", "forecast": 2.5, "low": 2.0, "high": 3.0},
        ],
    }


@pytest.mark.parametrize(
    ("times", "first", "shown"),
    [
        (
            pd.date_range("2026-01-01 06:30", periods=2, freq="h"),
            "2026-01-01T06:30:00",
            "2026-01-01 06:30 ",
        ),
        (pd.RangeIndex(144, 146), 144, "144 "),
    ],
)
def test_times_of_every_kind(times, first, shown, monkeypatch):
    monkeypatch.setattr(Model, "times", times)
    assert json.loads(call("airline", "--json").stdout)["forecasts"][0]["time"] == first
    assert shown in call("airline").stdout


@pytest.mark.parametrize("ending", ["csv", "json", "parquet", "CSV"])
def test_forecasts_are_written(ending, tmp_path):
    out = tmp_path / f"forecast.{ending}"
    first, second = call("airline", "--out", out), call("airline", "--out", out)
    assert first.stdout == ""
    assert first.stderr == f"2 forecasts written to {out}\n"
    assert second.stderr == f"2 forecasts written to {out}, over the older file\n"
    reader = getattr(pd, f"read_{ending.lower()}")
    assert reader(out)["forecast"].tolist() == [1.5, 2.5]


def test_a_file_and_a_document(tmp_path):
    result = call("airline", "--out", tmp_path / "x.csv", "--json")
    assert len(json.loads(result.stdout)["forecasts"]) == 2


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("x.txt", "x.txt is of no known format. It takes a name that ends in .csv, .json or"),
        ("folder.csv", "folder.csv is a folder. Give the name of a file."),
        ("none/x.csv", "does not exist. Make"),
    ],
)
def test_a_wrong_file_is_refused_before_forecasting(out, message, tmp_path, loaded):
    (tmp_path / "folder.csv").mkdir()
    result = call("airline", "--out", tmp_path / out)
    assert result.exit_code == 2
    assert message in result.stderr
    assert loaded == []


def test_data_that_do_not_fit():
    result = call("airline", "short.csv")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: short.csv has 2 rows.\n"


def test_several_series_and_targets_are_told_apart(monkeypatch):
    monkeypatch.setattr(Model, "about", {"id": ["north", "south"], "target": ["sold", "kept"]})
    lines = [line.split() for line in call("airline").stdout.splitlines()]
    assert lines[0] == ["Series", "Target", "Time", "Forecast", "(thousand)", "Low", "High"]
    assert [one[:3] for one in lines[1:3]] == [
        ["north", "sold", "2026-01-01"],
        ["south", "kept", "2026-01-02"],
    ]
    first = json.loads(call("airline", "--json").stdout)["forecasts"][0]
    assert (first["id"], first["target"]) == ("north", "sold")


def test_a_long_table_of_forecasts_is_cut(monkeypatch):
    monkeypatch.setattr("autolstm.cli.predict.MOST_FORECASTS", 1)
    result = call("airline")
    assert "2026-01-02" not in result.stdout
    assert "and 1 more: --out FILE writes all of them." in result.stdout


# Sequences --------------------------------------------------------------------------------------


def test_a_table_of_answers(labeller):
    result = call("moods", "new.npz")
    assert labeller.asked == ("new.npz", None)
    assert result.stderr == "X_test is answered.\n"
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["Sequence", "mood", "Probability"]
    assert [line.split() for line in lines[1:21]] == [
        [str(at), "glad", "0.750"] for at in range(20)
    ]
    assert lines[21] == "and 5 more: --out FILE writes all of them."
    assert "mean of 2 seeds; --out FILE has that of every class." in result.stdout


def test_a_short_table_is_whole(labeller, monkeypatch):
    monkeypatch.setattr(labeller, "frame", labeller.frame.tail(1))
    result = call("moods", "new.npz")
    assert result.stdout.splitlines()[1].split() == ["24", "[b]sad[/b]", "0.875"]
    assert "more" not in result.stdout


def test_answers_that_are_texts(labeller, monkeypatch):
    frame = pd.DataFrame({"sequence": ["a"], "answer": ["19"], "probability": [0.5]})
    monkeypatch.setattr(labeller, "frame", frame)
    result = call("sums", "new.csv", "--by-step")
    assert labeller.asked == ("new.csv", True)
    assert result.stdout.splitlines()[1].split() == ["a", "19", "0.500"]
    assert "that of the least certain step; --by-step shows all steps." in result.stdout


def test_answers_that_are_numbers(labeller, monkeypatch):
    columns = {"target": ["high"], "forecast": [1.5], "low": [1.0], "high": [2.0]}
    frame = pd.DataFrame({"sequence": [0], "step": [1], **columns})
    monkeypatch.setattr(labeller, "frame", frame)
    lines = call("waves", "new.npz").stdout.splitlines()
    assert lines[0].split() == ["Sequence", "Step", "Target", "Forecast", "Low", "High"]
    assert lines[1].split() == ["0", "1", "high", "1.500", "1.000", "2.000"]
    assert "not a prediction interval." in lines[-1]


def test_answers_as_json(labeller):
    document = json.loads(call("moods", "new.npz", "--json").stdout)
    answers = document.pop("answers")
    about = {"target": "mood", "unit": "", "seeds": 2, "classes": ["[b]sad[/b]", "glad"]}
    assert document == about
    assert len(answers) == 25
    assert answers[0] == {
        "sequence": 0,
        "answer": "glad",
        "p([b]sad[/b])": 0.25,
        "p(glad)": 0.75,
    }


def test_answers_are_written(labeller, tmp_path):
    out = tmp_path / "answers.csv"
    result = call("moods", "new.npz", "--out", out)
    assert result.stdout == ""
    assert result.stderr == f"X_test is answered.\n25 answers written to {out}\n"
    pd.testing.assert_frame_equal(pd.read_csv(out), labeller.frame)


def test_sequences_need_a_file(labeller):
    result = call("moods")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "error: Which sequences shall be answered? A model of sequences knows no next one, as one "
        "of a series does. Name a file with some, as in autolstm predict moods new.npz.\n"
    )


def test_options_of_the_other_kind_of_model(labeller, loaded, monkeypatch):
    result = call("moods", "new.npz", "--steps", 3)
    assert result.exit_code == 2
    assert "--steps 3 is for forecasts, but this model answers sequences" in result.stderr
    monkeypatch.setitem(
        sys.modules, "autolstm.tuned.files", SimpleNamespace(load=lambda _: Model())
    )
    result = call("airline", "--by-step")
    assert result.exit_code == 2
    assert "--by-step is for answers to sequences, but this model forecasts" in result.stderr
