"""Tests of `autolstm.study.presence`: who works on a study, and whether he still does."""

import subprocess
import sys

import pytest

from autolstm.errors import StorageError, StudyBusy
from autolstm.study import presence
from autolstm.study.presence import FOLDER, alone, anybody, finishing, gone, is_near, present

WORKER = """
import sys
from pathlib import Path
from autolstm.study.presence import present
with present(Path(sys.argv[1])) as who:
    print(who, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "home" / "tiny"


def begun(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process, process.stdout.readline().strip()


def test_several_processes_work_at_the_same_time_and_each_is_known(folder):
    process, other = begun(folder)
    with present(folder) as mine, present(folder) as second:
        assert len({mine, second, other}) == 3
        for who in (mine, second, other):
            assert is_near(folder, who)
            assert not gone(folder, who)
    assert gone(folder, mine)
    assert not gone(folder, other)
    process.communicate("\n")
    assert gone(folder, other)


def test_a_killed_process_is_gone_at_once(folder):
    process, who = begun(folder)
    process.kill()
    process.communicate()
    assert gone(folder, who)
    with alone(folder):
        pass
    assert [one.name for one in (folder / ".workers").iterdir()] == ["place"]


def test_a_study_that_is_worked_on_is_not_had_alone(folder):
    process, _ = begun(folder)
    busy = rf"study in {folder} is being run by another process\. .* `autolstm stop tiny`"
    with pytest.raises(StudyBusy, match=busy), alone(folder):
        pass
    process.kill()
    process.communicate()


def test_a_study_that_another_process_has_alone(folder, monkeypatch):
    monkeypatch.setattr(presence, "ENTRY", 0)
    for held in (present, alone):
        with (
            alone(folder),
            pytest.raises(
                StudyBusy,
                match=rf"has the study in {folder} alone: it deletes, restores or repairs it\. "
                r"Wait until it has ended, and run the same command again\.$",
            ),
            held(folder),
        ):
            pass


@pytest.mark.parametrize("name", ["finish", "0123456789ab"])
def test_a_lock_that_is_a_link_is_not_taken(folder, tmp_path, name):
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("years")
    with present(folder):
        pass
    (folder / FOLDER / name).symlink_to(thesis)
    takes = [lambda: finishing(folder), lambda: alone(folder)][name != "finish"]
    with pytest.raises(StorageError, match=rf"{name} is a link"), takes():
        pass
    if name != "finish":
        with pytest.raises(StorageError, match="is a link"):
            gone(folder, f"here:{name}")
    assert thesis.read_text() == "years"


def test_locks_in_a_folder_that_is_a_link_are_neither_taken_nor_deleted(folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "thesis").write_text("years")
    folder.mkdir(parents=True)
    (folder / FOLDER).symlink_to(outside)
    for held in (present, alone, finishing):
        with pytest.raises(StorageError, match=r"\.workers is a link"), held(folder):
            pass
    for look in (lambda: anybody(folder), lambda: gone(folder, "here:thesis")):
        with pytest.raises(StorageError, match=r"\.workers is a link"):
            look()
    assert [(one.name, one.read_text()) for one in outside.iterdir()] == [("thesis", "years")]


def test_only_one_finishes(folder):
    def leave():
        looks.append(1)
        if len(looks) == 3:
            raise ValueError("mine")

    looks = []
    mine = pytest.raises(ValueError, match="mine")
    with present(folder), finishing(folder), mine, finishing(folder, leave):
        pass
    with present(folder), finishing(folder):
        pass


def test_names_of_other_places_are_not_near(folder, tmp_path):
    with present(folder) as who:
        assert not is_near(tmp_path / "other", who)
        assert not is_near(folder, "another-host:" + who.partition(":")[2])
        # The place must be whole, and what a storage says leads nowhere else.
        assert not is_near(folder, who.rpartition(":")[0] + "0:1")
        assert tmp_path.name not in who
    place = who.rpartition(":")[0]
    assert not is_near(folder, place)
    assert gone(folder, place)
    outside = tmp_path / "precious"
    outside.touch()
    assert gone(folder, f"{place}:../../../precious")
    assert outside.exists()


def test_a_machine_of_another_name_is_not_gone(folder, monkeypatch):
    with present(folder) as who:
        monkeypatch.setattr("socket.gethostname", lambda: "at-home")
        assert not gone(folder, who)
    assert gone(folder, who)


def test_two_folders_at_the_same_place_of_two_machines_are_not_one(folder, tmp_path):
    with present(folder) as who:
        (tmp_path / "home").rename(tmp_path / "private")
        with present(folder):
            assert not is_near(folder, who)
            assert is_near(tmp_path / "private" / "tiny", who)


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "home").touch()
    said = r"folder .*tiny cannot be written: Not a dir.* --home"
    for held in (present, alone):
        with pytest.raises(StorageError, match=said), held(tmp_path / "home" / "tiny"):
            pass


def test_a_presence_ends_with_its_block(folder):
    with pytest.raises(ValueError, match="mine"), present(folder):
        raise ValueError("mine")
    with pytest.raises(ValueError, match="mine"), alone(folder):
        raise ValueError("mine")
    with alone(folder):
        pass
