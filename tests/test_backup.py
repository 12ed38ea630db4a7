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
import sqlalchemy
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
from autolstm.study.offer import check_reach
from autolstm.study.presence import BEGUN, alone
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
        unpack(storage, packed, "mark")
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


class Killed(BaseException):
    """Nothing cleans up after it."""


def kill(file, home, monkeypatch, at=(packing, "_show"), **more):
    """Restore, and be killed midway."""

    def killed(*given):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(*at, killed)
        patch.setattr(packing.optuna, "delete_study", lambda **given: killed())
        patch.setattr(restoring.shutil, "rmtree", lambda *given, **more: None)
        with pytest.raises(Killed):
            restore(file, home=home, **more)


def names(home, storage=None):
    return [one.study_name for one in open_storage(home, storage).get_all_studies()]


@pytest.mark.parametrize("at", [(packing, "_show"), (packing, "_fill")])
def test_what_a_killed_process_has_begun_is_not_seen_and_done_again(
    file, tmp_path, monkeypatch, at
):
    other = tmp_path / "other"
    kill(file, other, monkeypatch, at)
    mark = (other / "one" / BEGUN).read_text()
    assert names(other) == [f"one (being restored, {mark})"]
    assert Shelf(other).lines() == []
    assert (other / "one" / MODEL).is_dir()
    assert restore(file, home=other).trials == 5
    assert names(other) == ["one"]
    assert BEGUN not in files(other / "one")


def test_one_that_was_killed_before_it_wrote_its_mark_leaves_nothing(file, tmp_path, monkeypatch):
    other = tmp_path / "other"
    kill(file, other, monkeypatch)
    (other / "one" / BEGUN).write_bytes(b"")
    assert restore(file, home=other).trials == 5


def test_what_was_begun_is_no_reason_to_touch_a_study_that_lives(file, tmp_path, monkeypatch):
    """Killed; then somebody began a study of this name instead."""
    other = tmp_path / "other"
    kill(file, other, monkeypatch)
    manager.run(ask({**FIELDS, "name": "one", "home": other, "trials": 1}))
    private_files = everything(other)
    assert f"one/{BEGUN}" not in private_files
    with pytest.raises(StorageError, match="already, and it is not replaced"):
        restore(file, home=other)
    # Nor where it lives in another storage than the one that is restored to.
    with pytest.raises(StorageError, match="a report or a model in .* already, of no study in"):
        restore(file, home=other, storage=f"sqlite:///{tmp_path}/other.db")
    assert everything(other) == private_files


def test_a_refusal_touches_nothing_even_where_a_restoration_was_begun(home, file):
    (home / "one" / BEGUN).write_text("0" * 32)
    before = everything(home)
    with pytest.raises(StorageError, match="already, and it is not replaced"):
        restore(file, home=home)
    assert everything(home) == before


def test_a_deleted_study_leaves_no_mark(home):
    (home / "one" / BEGUN).write_text("0" * 32)
    Shelf(home).delete("one")
    assert not (home / "one").exists()


@pytest.mark.parametrize("on", ["sqlite", "server"])
def test_two_homes_restore_one_name_to_one_storage(on, file, tmp_path, monkeypatch, request):
    """Each writes a study of its own; the one that is ready first has the name."""
    url = f"sqlite:///{tmp_path}/shared.db"
    if on == "server":
        server = request.getfixturevalue("server")
        url = server.url(name=server.database())
    real = packing._fill

    def while_another_restores(*given):
        monkeypatch.setattr(packing, "_fill", real)
        real(*given)
        assert restore(file, home=tmp_path / "second", storage=url).trials == 5

    monkeypatch.setattr(packing, "_fill", while_another_restores)
    with pytest.raises(StorageError, match="a study 'one' by now, made by another process"):
        restore(file, home=tmp_path / "first", storage=url)
    assert names(tmp_path, url) == ["one"]
    assert told(tmp_path / "second", "one", url)["trials"]
    assert not (tmp_path / "first" / "one").exists()


def test_what_cannot_be_taken_back_is_taken_back_next_time(file, tmp_path, monkeypatch):
    other = tmp_path / "other"

    def fail(*given, **more):
        raise sqlalchemy.exc.SQLAlchemyError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(packing, "_show", fail)
        patch.setattr(packing.optuna, "delete_study", fail)
        with pytest.raises(StorageError, match="cannot be used: gone"):
            restore(file, home=other)
    assert len(names(other)) == 1
    assert not (other / "one" / MODEL).exists()
    restore(file, home=other)
    assert names(other) == ["one"]


@pytest.mark.parametrize("what", ["", MODEL, BEGUN, restoring.FRESH])
def test_links_are_not_written_through(what, file, tmp_path):
    outside, place = tmp_path / "outside", tmp_path / "other" / "one"
    (outside / MODEL).mkdir(parents=True)
    (outside / MODEL / "model.json").write_text("years")
    before = everything(outside)
    (place if what else place.parent).mkdir(parents=True)
    if what != BEGUN:
        (outside / BEGUN).touch()
        before = everything(outside)
    if what not in ("", BEGUN):
        (place / BEGUN).touch()
    leads = {MODEL: outside / MODEL, BEGUN: outside / MODEL / "model.json"}
    (place / what).symlink_to(leads.get(what, outside))
    with pytest.raises(StorageError, match=r"(one|model|restoring|new) is a link, and so its"):
        restore(file, home=tmp_path / "other")
    assert everything(outside) == before


def test_what_is_in_the_place_of_a_mark_is_said(file, tmp_path):
    (tmp_path / "other" / "one" / BEGUN).mkdir(parents=True)
    with pytest.raises(StorageError, match=r"cannot be written to .*one: Is a directory\. Make r"):
        restore(file, home=tmp_path / "other")


def test_too_little_memory_is_said_before_anything_is_read(file, tmp_path, monkeypatch):
    monkeypatch.setattr(restoring, "available", lambda: 2**10)
    with pytest.raises(
        StorageError,
        match=r"takes about .* KiB of memory to be restored, and 1\.0 KiB are free\. Close other",
    ):
        restore(file, home=tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_restored_study_is_one_of_the_machine_that_it_came_to(file, tmp_path, monkeypatch):
    """A worker of this machine may join it at once, and one of the first machine not any more."""
    monkeypatch.setattr("socket.gethostname", lambda: "new-machine")
    restore(file, home=tmp_path / "other")
    study = Shelf(tmp_path / "other").study("one")
    assert study.user_attrs[StudyKey.offer]["host"] == "new-machine"
    check_reach(study, tmp_path / "other", None)
    monkeypatch.setattr("socket.gethostname", lambda: "old-machine")
    with pytest.raises(StorageError, match="was begun on new-machine, and .* is a SQLite file"):
        check_reach(study, tmp_path / "other", None)


def test_an_offer_that_is_none_is_refused(home, tmp_path):
    Shelf(home).study("one").set_user_attr(StudyKey.offer, "nothing")
    backup("one", tmp_path / "b", home=home)
    with pytest.raises(BackupError, match="does not hold together: TypeError"):
        restore(tmp_path / "b", home=tmp_path / "other")


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
