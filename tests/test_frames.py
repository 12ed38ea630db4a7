"""All trials of a study as tables."""

import json

import numpy as np
import pandas as pd
import pytest
from fakes import SPACE, FakeEngine, install
from typer.testing import CliRunner

from autolstm.cli.app import app
from autolstm.experiment import ask
from autolstm.ledger.storage import open_storage
from autolstm.study import manager
from autolstm.study.shelf import Shelf


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    mixed = {**SPACE, "training.batch_size": [16, "full"]}
    with pytest.MonkeyPatch.context() as patch:
        install(
            patch, FakeEngine(diverges=lambda settings, seed: settings.training.optimizer == "sgd")
        )
        fields = {"source": "airline", "name": "one", "home": home, "space": mixed}
        manager.run(ask({**fields, "trials": 8, "seeds": 2, "confirm": 1}))
    return home


@pytest.fixture(scope="module")
def results(home):
    return Shelf(home).results("one")


def test_a_row_a_trial_with_every_score(results):
    frame = results.frame()
    assert list(frame["number"]) == list(range(8))
    assert {"complete", "pruned"} == set(frame["state"])
    for one, row in zip(results.trials, frame.to_dict("records"), strict=True):
        assert row["reason"] == one.reason
        assert (row["started"], row["ended"]) == (one.started, one.ended)
        if one.score:
            assert (row["score_1"], row["score_2"]) == one.score.values
            assert row["mean"] == row["value"] == one.score.mean
            assert (row["best_epoch_1"], row["best_epoch_2"]) == one.best_epochs
        else:
            assert np.isnan([row["mean"], row["value"], row["score_1"]]).all()
        for name, value in one.settings.items():
            assert str(row[name]) == str(value), name
    assert frame["confirmed_mean"].notna().sum() == len(results.confirmed)


def test_the_searched_settings_stand_before_the_fixed_ones(results):
    columns = list(results.frame())
    assert columns.index("training.optimizer") < columns.index("seconds")
    assert columns.index("seconds") < columns.index("preparation.scale")


def test_a_row_an_epoch(results):
    curves = results.curves()
    for one in results.trials:
        mine = curves[curves["number"] == one.number]
        for fit in range(2):
            losses = mine[mine["fit"] == fit + 1].sort_values("epoch")
            length = one.curve.lengths[fit]
            np.testing.assert_array_equal(losses["epoch"], np.arange(1, length + 1))
            np.testing.assert_array_equal(losses["valid_loss"], one.curve.valid_loss[:length, fit])


def test_an_empty_study_has_its_columns(results):
    from dataclasses import replace

    empty = replace(results, trials=())
    assert {"number", "state", "mean"} <= set(empty.frame())
    assert list(empty.curves()) == ["number", "fit", "epoch", "train_loss", "valid_loss"]


def call(*args):
    return CliRunner().invoke(app, list(map(str, args)), prog_name="autolstm")


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_export(home, results, tmp_path, ending):
    path, curves = tmp_path / f"trials.{ending}", tmp_path / f"curves.{ending}"
    said = call("export", "one", path, "--curves", curves, "--home", home)
    assert said.exit_code == 0, said.stderr
    assert f"8 trials written to {path}\n" in said.stderr.replace("\n", "\n")
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet}.get(
        ending, lambda path: pd.DataFrame(json.loads(path.read_text()))
    )
    frame = read(path)
    assert list(frame) == list(results.frame())
    np.testing.assert_allclose(frame["mean"].astype(float), results.frame()["mean"])
    assert set(frame["training.batch_size"].astype(str)) <= {"16", "full"}
    assert len(read(curves)) == len(results.curves())
    again = call("export", "one", path, "--home", home)
    assert "over the older file" in again.stderr


def test_what_cannot_be_exported_is_said_first(home, tmp_path):
    said = call("export", "one", tmp_path / "trials.cvs", "--home", home)
    assert said.exit_code == 2
    assert (
        "is of no known format. Did you mean '.csv'? It takes a name that ends in" in said.stderr
    )
    assert call("export", "one", tmp_path / "none" / "a.csv", "--home", home).exit_code == 2
    assert (
        call("export", "one", tmp_path / "a.csv", "--curves", "b", "--home", home).exit_code == 2
    )
    assert "Did you mean 'one'" in call("export", "on", tmp_path / "a.csv", "--home", home).stderr
    assert list(tmp_path.iterdir()) == []


def test_backup_and_restore(home, tmp_path):
    file = tmp_path / "one.autolstm"
    said = call("backup", "one", file, "--home", home)
    assert said.exit_code == 0, said.stderr
    assert f"The study one is in {file}: 8 trials, report, data;" in said.stdout
    assert "It has no model." in said.stderr  # the fake engine saves none
    refused = call("backup", "one", file, "--home", home)
    assert (refused.exit_code, "--force" in refused.stderr) == (2, True)
    told = json.loads(call("backup", "one", file, "--home", home, "--force", "--json").stdout)
    assert (told["study"], told["trials"], told["model"]) == ("one", 8, False)
    said = call("restore", file, "--home", home)
    assert (said.exit_code, "already, and it is not replaced" in said.stderr) == (2, True)
    said = call("restore", file, "--home", tmp_path / "o", "--name", "two")
    assert said.exit_code == 0, said.stderr
    assert "The study two is restored: 8 trials, report, data." in said.stdout
    assert f"autolstm show two --home {tmp_path / 'o'}" in said.stdout
    assert open_storage(tmp_path / "o").get_all_studies()[0].study_name == "two"
    told = json.loads(call("restore", file, "--home", tmp_path / "p", "--json").stdout)
    assert told["path"] == str(tmp_path / "p" / "one")
