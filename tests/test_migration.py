"""Studies of older layouts: a stored sample of every one stays readable, and goes on."""

import json
import shutil
from pathlib import Path

import optuna
import pytest
from fakes import SPACE, FakeEngine, install
from test_snapshot import same

from autolstm.data.load import load
from autolstm.errors import StorageError
from autolstm.experiment import ask
from autolstm.ledger import archive, migration, reading
from autolstm.ledger.migration import STEPS, Step, attributes, check_schema, migrate, trials
from autolstm.ledger.record import SCHEMA, StudyKey
from autolstm.ledger.storage import open_storage
from autolstm.study import manager, opening
from autolstm.study.keeping import kept
from autolstm.study.restore import restore
from autolstm.study.shelf import Shelf

SAMPLES = sorted((Path(__file__).parent / "samples").glob("schema-*"))


def brought_back(sample, folder):
    members = {one.name: one.read_bytes() for one in sample.iterdir()}
    archive.write(folder / "b", members, {"study": "sample"})
    restore(folder / "b", home=folder / "home")
    return folder / "home"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return brought_back(SAMPLES[0], tmp_path_factory.mktemp("first"))


@pytest.fixture
def home(template, tmp_path):
    return shutil.copytree(template, tmp_path / "home")


# What was written stays readable ----------------------------------------------------------------


def test_there_is_a_sample_and_a_step_of_every_version():
    assert [one.name for one in SAMPLES] == [f"schema-{n}" for n in range(1, SCHEMA + 1)]
    assert sorted(STEPS) == list(range(1, SCHEMA))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_a_sample_is_read_for_ever(sample, tmp_path):
    home = brought_back(sample, tmp_path)
    results = Shelf(home).results("sample")
    assert [one.state for one in results.trials].count("complete") >= 2
    assert {"complete", "pruned", "failed"} == {one.state for one in results.trials}
    best = results.best
    assert (results.winner, results.refit.trial) == (best.number, best.number)
    assert len(best.score.values) == results.seeds == 2
    assert best.curve.lengths == tuple(len(one) for one in best.curve.to_json()["train"])
    assert best.settings["preparation.scale"] == "standard"
    assert results.confirmed and results.baselines["test"] and results.skill is not None
    same(kept(Shelf(home).study("sample"), home), load("airline"))
    (line,) = Shelf(home).lines()
    assert (line.name, line.failed, line.unit) == ("sample", 1, "thousand passengers")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_a_sample_goes_on(sample, tmp_path, monkeypatch):
    install(monkeypatch, FakeEngine())
    home = brought_back(sample, tmp_path)
    fields = {"source": "airline", "name": "sample", "home": home, "space": SPACE}
    assert manager.run(ask({**fields, "seeds": 2, "confirm": 1, "trials": 7})).added == 2


# Steps ------------------------------------------------------------------------------------------


def moved_seconds(stored):
    """As a later version might have it: seconds under another name, nothing else changed."""
    found = dict(stored)
    found["autolstm:time"] = {"fits": found.pop(StudyKey.seconds, 0.0)}
    return found


def in_minutes(stored):
    return {**stored, "minutes": stored.get("seconds", {}).get("total", 0.0) / 60}


def without_seconds(stored):
    return {key: one for key, one in stored.items() if key != "seconds"}


@pytest.fixture
def newer(monkeypatch):
    """A version two steps ahead."""
    monkeypatch.setitem(STEPS, SCHEMA, Step(study=moved_seconds, trial=in_minutes))
    monkeypatch.setitem(STEPS, SCHEMA + 1, Step(trial=without_seconds))
    monkeypatch.setattr(migration, "SCHEMA", SCHEMA + 2)


def raw(home):
    """What the tables hold."""
    with open_storage(home).engine.connect() as connection:
        return [
            sorted(connection.exec_driver_sql(f"SELECT * FROM {what}_user_attributes").all())
            for what in ("study", "trial")
        ]


@pytest.mark.usefixtures("newer")
def test_reading_migrates_and_writes_nothing(home):
    before = raw(home)
    study = Shelf(home).study("sample")
    found = attributes(study)
    assert found["autolstm:time"] == {"fits": study.user_attrs[StudyKey.seconds]}
    assert StudyKey.seconds not in found
    assert found[StudyKey.schema] == SCHEMA + 2
    for old, new in zip(study.trials, trials(study), strict=True):
        assert new.user_attrs["minutes"] == old.user_attrs.get("seconds", {}).get("total", 0) / 60
        assert "seconds" not in new.user_attrs
        assert (new.params, new.values, new.state) == (old.params, old.values, old.state)
    assert Shelf(home).results("sample").seconds == 0.0  # its old name is gone
    assert len(Shelf(home).lines()) == 1
    assert raw(home) == before


@pytest.mark.usefixtures("newer")
def test_opening_for_writing_rewrites_everything_once(home, monkeypatch):
    study = Shelf(home).study("sample")
    wanted = attributes(study), [one.user_attrs for one in trials(study)]
    install(monkeypatch, FakeEngine())
    monkeypatch.setattr(opening, "SCHEMA", SCHEMA + 2)
    fields = {"source": "airline", "name": "sample", "home": home, "space": SPACE}
    manager.run(ask({**fields, "seeds": 2, "confirm": 1, "trials": 5}))
    again = Shelf(home).study("sample")
    assert again.user_attrs[StudyKey.schema] == SCHEMA + 2
    assert again.user_attrs["autolstm:time"] == wanted[0]["autolstm:time"]
    assert [one.user_attrs for one in again.trials] == wanted[1]
    before = raw(home)
    migrate(again, open_storage(home))
    assert raw(home) == before


@pytest.mark.usefixtures("newer")
def test_a_step_that_fails_changes_nothing(home, monkeypatch):
    real = migration._rewrite
    calls = []

    def fail(connection, what, *rest):
        calls.append(what)
        real(connection, what, *rest)
        if what == "study":
            raise KeyboardInterrupt

    monkeypatch.setattr(migration, "_rewrite", fail)
    before = raw(home)
    study = optuna.load_study(study_name="sample", storage=open_storage(home))
    with pytest.raises(KeyboardInterrupt):
        migrate(study, open_storage(home))
    assert calls[-1] == "study"
    assert raw(home) == before


def test_nothing_is_written_where_nothing_is_to_be_done(home):
    before = raw(home)
    migrate(Shelf(home).study("sample"), open_storage(home))
    assert raw(home) == before


# Refused ----------------------------------------------------------------------------------------


def set_schema(home, value):
    study = optuna.load_study(study_name="sample", storage=open_storage(home))
    study.set_user_attr(StudyKey.schema, value)
    return study


def test_a_newer_study_is_refused_but_listed(home):
    study = set_schema(home, SCHEMA + 1)
    message = (
        rf"which is newer than this one \(schema {SCHEMA + 1}, this one knows {SCHEMA}\)\. Up"
    )
    for ask_for in (
        attributes,
        trials,
        check_schema,
        lambda one: migrate(one, open_storage(home)),
    ):
        with pytest.raises(StorageError, match=message):
            ask_for(study)
    with pytest.raises(StorageError, match=message):
        Shelf(home).results("sample")
    assert [one.name for one in Shelf(home).lines()] == ["sample"]


@pytest.mark.parametrize("value", [None, "1", [1]])
def test_a_version_that_is_none_is_refused(home, value):
    with pytest.raises(StorageError, match="was not made by autolstm"):
        reading.read_results(set_schema(home, value), home)


def test_the_samples_are_json():
    for sample in SAMPLES:
        said = json.loads((sample / "study.json").read_text("utf-8"))
        assert said["user_attrs"][StudyKey.schema] == int(sample.name.removeprefix("schema-"))
