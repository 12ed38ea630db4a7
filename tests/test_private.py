"""Files of one user: nobody else reads data, trials or models."""

import os
import stat

import pytest
from fakes import SPACE, FakeEngine, install

from autolstm import private
from autolstm.experiment import ask
from autolstm.ledger.storage import open_storage
from autolstm.study import manager

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")


@pytest.fixture(autouse=True)
def generous():
    """Whatever a user's mask lets through."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_every_folder_that_is_made_is_private_and_no_other_is_changed(tmp_path):
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o755)
    private.make_folder(theirs / "a" / "b")
    assert [mode(one) for one in (theirs, theirs / "a", theirs / "a" / "b")] == [
        *(0o755, 0o700, 0o700),
    ]
    private.make_folder(theirs)
    assert mode(theirs) == 0o755


def test_a_file_in_the_place_of_a_folder_is_an_error(tmp_path):
    (tmp_path / "a").touch()
    with pytest.raises(OSError, match="Not a directory|File exists"):
        private.make_folder(tmp_path / "a" / "b")


def test_an_empty_file_is_made_and_one_that_is_there_stays(tmp_path):
    path = tmp_path / "one"
    private.make_file(path)
    assert (mode(path), path.read_bytes()) == (0o600, b"")
    path.write_bytes(b"kept")
    path.chmod(0o644)
    private.make_file(path)
    assert (mode(path), path.read_bytes()) == (0o644, b"kept")


def test_what_is_written_is_whole_or_not_there(tmp_path, monkeypatch):
    path = tmp_path / "one"
    private.write(path, b"old")
    private.write(path, b"new")
    assert (mode(path), path.read_bytes()) == (0o600, b"new")

    def full(handle):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        private.write(path, b"newer")
    assert path.read_bytes() == b"new"
    assert [one.name for one in tmp_path.iterdir()] == ["one"]


def test_a_link_is_replaced_and_not_followed(tmp_path):
    thesis, link = tmp_path / "thesis", tmp_path / "link"
    for write in (lambda: private.anew(link).close(), lambda: private.write(link, b"")):
        thesis.write_text("years")
        link.unlink(missing_ok=True)
        link.symlink_to(thesis)
        write()
        assert (link.is_symlink(), mode(link), link.read_bytes()) == (False, 0o600, b"")
        assert thesis.read_text() == "years"
    # Nor is one in the place of what is written first.
    (tmp_path / f".link.{os.getpid()}.part").symlink_to(thesis)
    private.write(link, b"new")
    assert (link.read_bytes(), thesis.read_text()) == (b"new", "years")


def test_what_others_may_read_is_made_anew_for_its_user_alone(tmp_path):
    path = tmp_path / "one"
    path.write_text("old")
    path.chmod(0o644)
    with private.anew(path) as file:
        file.write(b"new")
    assert (mode(path), path.read_bytes()) == (0o600, b"new")


def test_the_folder_of_a_study_is_private(tmp_path, monkeypatch):
    install(monkeypatch, FakeEngine())
    home = tmp_path / "home"
    fields = {"source": "airline", "name": "one", "home": home, "space": SPACE}
    manager.run(ask({**fields, "trials": 1, "seeds": 1, "confirm": 1}))
    assert (mode(home), mode(home / "one")) == (0o700, 0o700)
    assert mode(home / "studies.db") == 0o600


def test_the_files_beside_a_database_are_private_too(tmp_path):
    storage = open_storage(tmp_path, f"sqlite:///{tmp_path}/own.db")
    with storage.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a)")
        assert sorted(one.name for one in tmp_path.iterdir()) == [
            *("own.db", "own.db-shm", "own.db-wal"),
        ]
        assert {mode(one) for one in tmp_path.iterdir()} == {0o600}
