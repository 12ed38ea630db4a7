"""A study in one file and back: the same in every way, whole or not there."""

import json
import math
import shutil
import tempfile
import zipfile
from pathlib import Path

import optuna
import pandas as pd
import pytest
from fakes import SPACE, FakeEngine, install, opened, question
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from optuna.trial import TrialState, create_trial
from test_snapshot import same
from trial_samples import TABLE, trials

from autolstm.data.load import load
from autolstm.errors import BackupError, SettingError, StorageError, StudyBusy, StudyNotFound
from autolstm.experiment import ask
from autolstm.ledger import packing
from autolstm.ledger.packing import Packed, pack, unpack
from autolstm.ledger.record import KILLED, StudyKey
from autolstm.ledger.storage import open_storage, quiet
from autolstm.study import backup as module
from autolstm.study import manager
from autolstm.study import restore as restoring
from autolstm.study.backup import backup
from autolstm.study.document import document
from autolstm.study.keeping import kept
from autolstm.study.presence import alone
from autolstm.study.restore import restore
from autolstm.study.shelf import MODEL, REPORT, Shelf
from autolstm.tuned.files import load as load_model

FIELDS = {"source": "airline", "seeds": 2, "confirm": 1, "space": SPACE}
FILES = {"model.json": b"{}", "SHA256SUMS": b"sums"}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        install(patch, FakeEngine())
        manager.run(ask({**FIELDS, "name": "one", "home": home, "trials": 5}))
    return home


@pytest.fixture
def home(template, tmp_path, monkeypatch):
    """A home with one study, whose model is two small files."""
    install(monkeypatch, FakeEngine())
    monkeypatch.setattr(module, "contents", lambda folder: FILES)
    monkeypatch.setattr(restoring, "load", lambda folder: None)
    return shutil.copytree(template, tmp_path / "home")


def told(home, name, storage=None):
    """All that is said of a study, without where it lies."""
    said = document(Shelf(home, storage).results(name))
    return {key: one for key, one in said.items() if key not in ("study", "report", "model")}


def stored(home, name, storage=None):
    return open_storage(home, storage).get_all_trials(
        open_storage(home, storage).get_study_id_from_name(name)
    )


def alike(one, other):
    """Whether two trials are equal in all that is theirs."""
    left, right = dict(one.__dict__), dict(other.__dict__)
    del left["_trial_id"], right["_trial_id"]
    return repr(left) == repr(right)


def files(folder):
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


# There and back ---------------------------------------------------------------------------------


def test_a_restored_study_is_the_same(home, tmp_path):
    made = backup("one", tmp_path / "one.autolstm", home=home)
    assert (made.study, made.trials, made.report, made.model, made.data, made.notes) == (
        *("one", 5, True, True, True, ()),
    )
    assert made.size == (tmp_path / "one.autolstm").stat().st_size
    other = tmp_path / "other"
    got = restore(tmp_path / "one.autolstm", home=other)
    assert (got.study, got.path, got.trials, got.report, got.model, got.data) == (
        *("one", other / "one", 5, True, True, True),
    )
    assert told(other, "one") == told(home, "one")
    assert all(map(alike, stored(home, "one"), stored(other, "one")))
    assert {name: (other / "one" / MODEL / name).read_bytes() for name in FILES} == FILES
    assert files(other / "one") == sorted([".lock", REPORT, *(f"{MODEL}/{one}" for one in FILES)])
    same(kept(Shelf(other).study("one"), other), load("airline"))


def test_a_restored_study_goes_on(home, tmp_path):
    backup("one", tmp_path / "b", home=home)
    restore(tmp_path / "b", home=tmp_path / "other", name="two")
    asked = {**FIELDS, "trials": 8}
    here = manager.run(ask({**asked, "name": "one", "home": home}))
    there = manager.run(ask({**asked, "name": "two", "home": tmp_path / "other"}))
    assert here.added == there.added == 3
    params = [[one.params for one in result.results.trials] for result in (here, there)]
    assert params[0] == params[1]


def test_it_stands_beside_the_first_one_under_another_name(home, tmp_path):
    backup("one", tmp_path / "b", home=home)
    assert restore(tmp_path / "b", home=home, name="two").study == "two"
    assert [one.name for one in Shelf(home).lines()] == ["one", "two"]
    assert told(home, "one") == told(home, "two")


def test_a_backup_of_a_restored_study_has_the_same_trials(home, tmp_path):
    backup("one", tmp_path / "a", home=home)
    restore(tmp_path / "a", home=tmp_path / "other")
    backup("one", tmp_path / "b", home=tmp_path / "other")
    with zipfile.ZipFile(tmp_path / "a") as a, zipfile.ZipFile(tmp_path / "b") as b:
        for name in ("study.json", "trials.jsonl", "data.npz"):
            assert a.read(name) == b.read(name), name


def test_another_place_for_the_data(home, tmp_path):
    backup("one", tmp_path / "b", home=home)
    restore(tmp_path / "b", home=tmp_path / "other", artifacts=str(tmp_path / "shared"))
    assert len(files(tmp_path / "shared")) == 1
    same(kept(Shelf(tmp_path / "other").study("one"), tmp_path / "other"), load("airline"))


def test_a_study_that_runs_is_kept_with_its_running_trials_cut_off(home, tmp_path):
    storage = open_storage(home)
    study = optuna.load_study(study_name="one", storage=storage)
    study.enqueue_trial({"architecture.units": 8})
    study.enqueue_trial({"architecture.units": 16})
    running = study.ask()
    running.suggest_categorical("architecture.units", [8, 16, 32, 64])
    running.report(0.5, step=1)
    with alone(home / "one"):
        backup("one", tmp_path / "b", home=home)
    restore(tmp_path / "b", home=tmp_path / "other")
    *_, cut, waiting = stored(tmp_path / "other", "one")
    assert (cut.state, cut.user_attrs["reason"]) == (TrialState.FAIL, KILLED)
    assert (cut.params, cut.intermediate_values) == ({"architecture.units": 8}, {1: 0.5})
    assert cut.datetime_complete is not None
    assert waiting.state == TrialState.WAITING
    assert waiting.system_attrs["fixed_params"] == {"architecture.units": 16}
    assert stored(home, "one")[5].state == TrialState.RUNNING  # here it runs on


def test_a_model_that_is_made_anew_meanwhile_is_read_again(home, tmp_path, monkeypatch):
    study = optuna.load_study(study_name="one", storage=open_storage(home))
    refit = study.user_attrs[StudyKey.refit]
    models = iter([b"old", b"new"])

    def contents(folder):
        study.set_user_attr(StudyKey.refit, {**refit, "epochs": 99})
        return {"model.json": next(models)}

    monkeypatch.setattr(module, "contents", contents)
    backup("one", tmp_path / "b", home=home)
    with zipfile.ZipFile(tmp_path / "b") as held:
        assert held.read("model/model.json") == b"new"
        assert json.loads(held.read("study.json"))["user_attrs"][StudyKey.refit]["epochs"] == 99


def test_what_is_missing_is_said(home, tmp_path, monkeypatch):
    monkeypatch.undo()
    (home / "one" / REPORT).unlink()
    shutil.rmtree(home / "artifacts")
    made = backup("one", tmp_path / "b", home=home)
    assert (made.report, made.model, made.data) == (False, False, False)
    assert made.notes[0].startswith("It has no model.")
    assert made.notes[1].startswith("It has no data. The file ")
    got = restore(tmp_path / "b", home=tmp_path / "other")
    assert (got.report, got.model, got.data) == (False, False, False)
    assert told(tmp_path / "other", "one") == told(home, "one")


def test_a_study_of_an_older_version_has_no_data(home, tmp_path):
    study = Shelf(home).study("one")
    study.set_user_attr(StudyKey.snapshot, None)
    assert backup("one", tmp_path / "b", home=home).notes == (
        "It has no data: the study keeps none.",
    )


def test_notes_of_the_dashboard_follow_their_trials(home, tmp_path):
    storage = open_storage(home)
    study_id = storage.get_study_id_from_name("one")
    trial_id = storage.get_trial_id_from_study_id_trial_number(study_id, 3)
    storage.set_study_system_attr(study_id, f"dashboard:{trial_id}:note_ver", 1)
    storage.set_study_system_attr(study_id, "dashboard:note_ver", 2)
    backup("one", tmp_path / "b", home=home)
    restore(tmp_path / "b", home=home, name="two")
    other = storage.get_study_id_from_name("two")
    moved = storage.get_trial_id_from_study_id_trial_number(other, 3)
    attributes = storage.get_study_system_attrs(other)
    assert attributes[f"dashboard:{moved}:note_ver"] == 1
    assert attributes["dashboard:note_ver"] == 2
    assert moved != trial_id


@st.composite
def studies(draw):
    number = draw(st.integers(0, 4))
    return Packed(
        "tiny",
        draw(st.sampled_from([*optuna.study.StudyDirection][1:])),
        {StudyKey.schema: 1, **draw(TABLE)},
        draw(TABLE),
        tuple(draw(trials(one)) for one in range(number)),
    )


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(packed=studies())
def test_any_study_comes_back(packed, tmp_path):
    storage = open_storage(Path(tempfile.mkdtemp(dir=tmp_path)))
    running = any(one.state == TrialState.RUNNING for one in packed.trials)
    with quiet():
        unpack(storage, packed)
    again = pack(storage, "tiny")
    lines = list(again.lines())
    read = Packed.from_json(json.loads(json.dumps(again.to_json())), map(json.loads, lines))
    for one, other in ((packed, again), (again, read)):
        assert (one.name, one.direction) == (other.name, other.direction)
        assert repr(sorted(one.user_attrs.items())) == repr(sorted(other.user_attrs.items()))
        assert repr(sorted(one.system_attrs.items())) == repr(sorted(other.system_attrs.items()))
    assert list(read.lines()) == lines
    for one, other in zip(packed.trials, again.trials, strict=True):
        if one.state == TrialState.RUNNING:
            assert (other.state, other.user_attrs["reason"]) == (TrialState.FAIL, KILLED)
        else:
            assert packing._trial_to_json(one) == packing._trial_to_json(other) or any(
                math.isnan(value) for value in one.intermediate_values.values()
            )
    assert running == any(one.state == TrialState.RUNNING for one in packed.trials)


def test_the_zone_of_the_machine_does_not_matter(home, tmp_path, monkeypatch):
    import time

    backup("one", tmp_path / "b", home=home)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        restore(tmp_path / "b", home=tmp_path / "other")
        pairs = zip(stored(home, "one"), stored(tmp_path / "other", "one"), strict=True)
        assert all(a.datetime_start == b.datetime_start for a, b in pairs)
    finally:
        monkeypatch.undo()
        time.tzset()


# What is refused --------------------------------------------------------------------------------


def test_an_older_file_is_replaced_on_request_only(home, tmp_path):
    path = tmp_path / "b"
    path.write_text("mine")
    with pytest.raises(BackupError, match=r"There is a file .*b already, .* --force"):
        backup("one", path, home=home)
    assert path.read_text() == "mine"
    backup("one", path, home=home, force=True)
    assert zipfile.is_zipfile(path)


def test_targets_that_are_no_file_are_refused(home, tmp_path):
    with pytest.raises(BackupError, match=r"The backup .*home is a folder\. Give the name of"):
        backup("one", home, home=home)
    with pytest.raises(BackupError, match=r"lies in no folder: make .*none first"):
        backup("one", tmp_path / "none" / "b", home=home)
    with pytest.raises(StudyNotFound, match=r"no study 'on' in .* Did you mean 'one'\?"):
        backup("on", tmp_path / "b", home=home)


def test_a_full_disk_leaves_no_half_backup(home, tmp_path, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(BackupError, match=r"b cannot be written: No space left on device"):
        backup("one", tmp_path / "b", home=home)
    assert [one.name for one in tmp_path.iterdir()] == ["home"]


def test_models_that_never_stand_still_are_given_up(home, tmp_path, monkeypatch):
    study, tries = Shelf(home).study("one"), iter(range(9))

    def contents(folder):
        refit = study.user_attrs[StudyKey.refit]
        study.set_user_attr(StudyKey.refit, {**refit, "epochs": next(tries)})
        return {}

    monkeypatch.setattr(module, "contents", contents)
    with pytest.raises(StorageError, match="other models faster than they can be read"):
        backup("one", tmp_path / "b", home=home)


@pytest.fixture
def file(home, tmp_path):
    backup("one", tmp_path / "b", home=home)
    return tmp_path / "b"


def everything(folder):
    return {
        name: (folder / name).read_bytes() for name in files(folder) if "studies.db-" not in name
    }


def test_a_name_that_is_taken_is_refused(home, file):
    before = told(home, "one")
    with pytest.raises(StorageError, match=r"study 'one' in .* already, .* --name, or .* delete"):
        restore(file, home=home)
    assert told(home, "one") == before
    assert (home / "one" / REPORT).is_file()


def test_a_folder_of_another_storage_is_not_touched(home, file):
    url = f"sqlite:///{home}/other.db"
    with pytest.raises(StorageError, match=r"report or a model in .*one already, of no study in"):
        restore(file, home=home, storage=url)
    assert (home / "one" / REPORT).is_file()
    assert restore(file, home=home, storage=url, name="two").study == "two"


@pytest.mark.parametrize("name", ["../evil", "/tmp/x", "a/b", "", "C:\\x", "..", "x" * 200])
def test_a_name_that_is_none_is_refused(home, file, name, tmp_path):
    if not name:
        return
    with pytest.raises(SettingError, match="name"):
        restore(file, home=tmp_path / "other", name=name)
    assert not (tmp_path / "other").exists()


def test_a_study_that_runs_is_not_overwritten(home, file, tmp_path):
    with alone(tmp_path / "other" / "one"), pytest.raises(StudyBusy):
        restore(file, home=tmp_path / "other")


def test_too_little_room_is_said_before_anything_is_written(file, tmp_path, monkeypatch):
    monkeypatch.setattr(
        restoring.shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10, 9, 1)
    )
    with pytest.raises(StorageError, match=r"takes about 0 MiB, and 0 MiB are free in .* room"):
        restore(file, home=tmp_path / "other")
    assert not (tmp_path / "other").exists()


# All or nothing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
@pytest.mark.parametrize("at", ["model", "trials", "end"])
def test_what_fails_midway_leaves_nothing(file, tmp_path, monkeypatch, at, error):
    other = tmp_path / "other"
    open_storage(other)

    def fail(*given, **more):
        raise error

    place = {"model": (restoring, "load"), "trials": (packing, "_fill"), "end": (packing, "_show")}
    monkeypatch.setattr(*place[at], fail)
    with pytest.raises((KeyboardInterrupt, OSError, StorageError)):
        restore(file, home=other)
    assert open_storage(other).get_all_studies() == []
    assert not (other / "one").exists()
    monkeypatch.undo()
    monkeypatch.setattr(restoring, "load", lambda folder: None)
    assert restore(file, home=other).trials == 5


def test_what_a_killed_process_has_begun_is_not_seen_and_done_again(file, tmp_path, monkeypatch):
    """Killed: nothing of it cleans up."""
    other = tmp_path / "other"

    class Killed(BaseException):
        pass

    def killed(*given):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(packing, "_show", killed)
        patch.setattr(packing.optuna, "delete_study", lambda **given: None)
        patch.setattr(restoring.shutil, "rmtree", lambda *given, **more: None)
        patch.setattr(restoring, "suppress", lambda kind: pytest.raises(Killed))
        with pytest.raises(BaseException):  # noqa: B017
            restore(file, home=other)
    (other / "one" / restoring.BEGUN).touch()
    (other / "one" / MODEL).mkdir(exist_ok=True)
    assert [one.study_name for one in open_storage(other).get_all_studies()] == [
        "one (being restored)"
    ]
    assert Shelf(other).lines() == []
    assert restore(file, home=other).trials == 5
    assert [one.study_name for one in open_storage(other).get_all_studies()] == ["one"]


def test_a_name_that_is_taken_meanwhile_is_said(file, tmp_path, monkeypatch):
    other = tmp_path / "other"
    real = packing._fill

    def taken(storage, *rest):
        real(storage, *rest)
        with quiet():
            optuna.create_study(study_name="one", storage=storage)

    monkeypatch.setattr(packing, "_fill", taken)
    with pytest.raises(StorageError, match="a study 'one' by now, made by another process"):
        restore(file, home=other)
    assert [one.study_name for one in open_storage(other).get_all_studies()] == ["one"]


def test_a_report_that_cannot_be_written_is_said_and_the_study_is_there(
    file, tmp_path, monkeypatch
):
    def fail(self, name):
        raise StorageError("The report cannot be written.")

    monkeypatch.setattr(Shelf, "report", fail)
    got = restore(file, home=tmp_path / "other")
    assert (got.report, got.notes) == (
        *(False, ("Its report is missing. The report cannot be written.",)),
    )
    assert len(Shelf(tmp_path / "other").lines()) == 1


def test_a_study_without_a_finished_trial(tmp_path):
    study = opened(question(), open_storage(tmp_path))
    study.add_trial(create_trial(state=TrialState.FAIL))
    backup("tiny", tmp_path / "b", home=tmp_path)
    assert restore(tmp_path / "b", home=tmp_path, name="two").trials == 1


# Real ones --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def postgresql(server):
    return server.url(name=server.database())


def test_a_study_moves_to_a_server_and_back(home, tmp_path, postgresql):
    backup("one", tmp_path / "a", home=home)
    restore(tmp_path / "a", home=tmp_path / "server", storage=postgresql)
    assert told(tmp_path / "server", "one", postgresql) == told(home, "one")
    backup("one", tmp_path / "b", home=tmp_path / "server", storage=postgresql)
    restore(tmp_path / "b", home=tmp_path / "back")
    assert all(map(alike, stored(home, "one"), stored(tmp_path / "back", "one")))
    with pytest.raises(StorageError, match="already, and it is not replaced"):
        restore(tmp_path / "a", home=tmp_path / "other", storage=postgresql)


@pytest.mark.slow
def test_the_model_of_a_real_study_forecasts_the_same_elsewhere(tmp_path):
    space = {**SPACE, "training.epochs": 2, "training.optimizer": "adam", "architecture.units": 8}
    asked = {**FIELDS, "name": "one", "space": {**space, "preparation.window": 4}, "trials": 2}
    result = manager.run(ask({**asked, "home": tmp_path / "a"}))
    made = backup("one", tmp_path / "b", home=tmp_path / "a")
    assert (made.model, made.notes) == (True, ())
    restore(tmp_path / "b", home=tmp_path / "c", name="two")
    moved = load_model(Shelf(tmp_path / "c").model_path("two"))
    pd.testing.assert_frame_equal(moved.predict(steps=3), result.model.predict(steps=3))
    again = manager.run(ask({**asked, "name": "two", "home": tmp_path / "c"}))
    assert again.added == 0
    assert again.document()["test"] == result.document()["test"]
