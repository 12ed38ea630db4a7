"""The command ``predict``: where the model comes from, and where the forecasts go."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

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

    def predict(self, data=None, steps=None):
        Model.asked = (data, steps)
        if data == Path("short.csv"):
            raise DataError("short.csv has 2 rows.")
        columns = {"forecast": [1.5, 2.5], "low": [1.0, 2.0], "high": [2.0, 3.0]}
        return pd.DataFrame({"time": self.times, **columns})


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
