"""The data of a study, kept beside it."""

import shutil

import optuna
import pytest
from fakes import SPACE, FakeEngine, Heard, install, series
from test_snapshot import same

from autolstm.data.load import load
from autolstm.errors import StorageError, StudyNotFound
from autolstm.experiment import ask
from autolstm.ledger.record import StudyKey
from autolstm.study import keeping, manager
from autolstm.study.keeping import keep, kept
from autolstm.study.progress import Notice
from autolstm.study.shelf import Shelf


@pytest.fixture(autouse=True)
def engine(monkeypatch):
    return install(monkeypatch, FakeEngine())


def run(home, name="one", **fields):
    asked = {"source": "airline", "name": name, "home": home, "space": SPACE, "trials": 1}
    return manager.run(ask({**asked, "seeds": 1, "confirm": 1, **fields})).study


def files(folder):
    return sorted(one.name for one in folder.iterdir())


def test_a_study_keeps_its_data_once(tmp_path):
    first = run(tmp_path)
    said = first.user_attrs[StudyKey.snapshot]
    assert files(tmp_path / "artifacts") == [said["sha256"]]
    assert said["place"] is None
    held = tmp_path / "artifacts" / said["sha256"]
    before = held.stat()
    assert said["size"] == before.st_size
    run(tmp_path)
    run(tmp_path, name="other")
    assert (held.stat().st_ino, held.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    same(kept(first, tmp_path), load("airline"))


def test_a_home_may_be_moved_with_what_is_kept(tmp_path):
    study = run(tmp_path / "a")
    shutil.move(tmp_path / "a", tmp_path / "b")
    same(kept(study, tmp_path / "b"), load("airline"))


def test_another_folder_is_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = run(tmp_path / "home", artifacts="shared")
    assert not (tmp_path / "home" / "artifacts").exists()
    assert study.user_attrs[StudyKey.snapshot]["place"] == str(tmp_path / "shared")
    monkeypatch.chdir("/")
    same(kept(study, tmp_path / "home"), load("airline"))


def test_data_are_kept_before_anything_changes_them(tmp_path):
    """Filling holes and suggesting seasons are part of the question, not of the data."""
    data = series()
    study = run(tmp_path, source=data)
    same(kept(study, tmp_path), data)


def test_an_older_study_keeps_nothing_until_it_goes_on(tmp_path):
    study = run(tmp_path)
    study._storage.set_study_user_attr(study._study_id, StudyKey.snapshot, None)
    shutil.rmtree(tmp_path / "artifacts")
    with pytest.raises(StudyNotFound, match=r"study 'one' keeps no data: an older .* Run it once"):
        kept(study, tmp_path)
    same(kept(run(tmp_path), tmp_path), load("airline"))


def test_what_was_lost_is_kept_again(tmp_path):
    study = run(tmp_path)
    shutil.rmtree(tmp_path / "artifacts")
    with pytest.raises(StorageError, match=r"is not in .*artifacts\. Bring it there"):
        kept(study, tmp_path)
    run(tmp_path)
    same(kept(study, tmp_path), load("airline"))


def test_data_that_are_too_large_are_not_kept_and_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_BYTES", 100)
    heard = Heard()
    asked = {"source": "airline", "home": tmp_path, "space": SPACE, "trials": 1, "seeds": 1}
    study = manager.run(ask(asked), heard).study
    assert any("no copy is kept beside the study" in one.text for one in heard.of(Notice))
    assert StudyKey.snapshot not in study.user_attrs
    assert not (tmp_path / "artifacts").exists()


def test_a_place_that_cannot_be_written_ends_the_run_before_any_trial(tmp_path, engine):
    (tmp_path / "full").touch()
    with pytest.raises(StorageError, match=r"artifacts in .*full cannot be read or written"):
        run(tmp_path, artifacts=str(tmp_path / "full"))
    assert engine.starts == []


def test_the_last_study_that_goes_takes_the_data_along(tmp_path):
    run(tmp_path)
    run(tmp_path, name="other")
    Shelf(tmp_path).delete("one")
    assert len(files(tmp_path / "artifacts")) == 1
    Shelf(tmp_path).delete("other")
    assert files(tmp_path / "artifacts") == []


def test_what_lies_elsewhere_stays(tmp_path):
    run(tmp_path / "home", artifacts=str(tmp_path / "shared"))
    Shelf(tmp_path / "home").delete("one")
    assert len(files(tmp_path / "shared")) == 1


def test_keeping_needs_no_file_of_the_user(tmp_path):
    study = optuna.create_study()
    assert keep(study, series(), tmp_path) == ""
    same(kept(study, tmp_path), series())
