"""Damaged databases: real files with real damage."""

import json
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing

import numpy as np
import optuna
import pytest
from fakes import SPACE, FakeEngine, install
from optuna.trial import TrialState
from typer.testing import CliRunner

from autolstm.cli.app import app
from autolstm.errors import SettingError, StorageError, StudyBusy, StudyNotFound
from autolstm.experiment import ask
from autolstm.ledger import exclusive, salvage
from autolstm.ledger.rebuilding import LOST
from autolstm.ledger.storage import default_path, open_storage, quiet
from autolstm.study import manager
from autolstm.study import repair as repairing
from autolstm.study.presence import alone
from autolstm.study.repair import repair
from autolstm.study.shelf import Shelf

FIELDS = {"source": "airline", "seeds": 2, "confirm": 1, "space": SPACE}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A home with two studies, in one file without a log."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        install(patch, FakeEngine())
        manager.run(ask({**FIELDS, "name": "one", "home": home, "trials": 12}))
        manager.run(ask({**FIELDS, "name": "two", "home": home, "trials": 3, "metric": "r2"}))
    with closing(sqlite3.connect(default_path(home))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return home


@pytest.fixture
def home(template, tmp_path):
    copied = shutil.copytree(template, tmp_path / "home")
    for ending in ("-wal", "-shm"):
        default_path(copied).with_name(f"studies.db{ending}").unlink(missing_ok=True)
    return copied


def size_of_page(path):
    return int.from_bytes(path.read_bytes()[16:18], "big")


def pages_of(path, table):
    """Return the pages of a table's rows, from the first."""
    with closing(sqlite3.connect(path)) as connection:
        root = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = ?", [table]
        ).fetchone()[0]
    size, content = size_of_page(path), path.read_bytes()
    page = content[(root - 1) * size : root * size]
    if page[0] == 13:
        return [root]
    cells = int.from_bytes(page[3:5], "big")
    places = [int.from_bytes(page[12 + 2 * n : 14 + 2 * n], "big") for n in range(cells)]
    children = [int.from_bytes(page[at : at + 4], "big") for at in places]
    return [*children, int.from_bytes(page[8:12], "big")]


def overwrite(path, page, seed=0):
    size = size_of_page(path)
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(np.random.default_rng(seed).bytes(size))


def numbers(home, name):
    return [one.number for one in Shelf(home).study(name).trials]


def is_sound(home):
    assert salvage.problems(default_path(home)) == []
    for line in Shelf(home).lines():
        Shelf(home).results(line.name)


# Nothing to do ----------------------------------------------------------------------------------


def test_a_sound_database_is_left_alone(home):
    before = default_path(home).read_bytes()
    done = repair(home)
    assert (done.problems, done.aside, done.studies) == ((), None, {})
    assert default_path(home).read_bytes() == before


def test_a_log_that_is_torn_is_no_damage(home):
    """SQLite takes what was whole, up to where the log is torn."""
    study = optuna.load_study(study_name="one", storage=open_storage(home))
    held = sqlite3.connect(default_path(home))  # keeps the log from being taken in
    held.execute("SELECT * FROM studies").fetchall()
    study.set_user_attr("mine", "x" * 20_000)
    log = default_path(home).with_name("studies.db-wal")
    content = log.read_bytes()
    copied = home.parent / "copied"
    shutil.copytree(home, copied)
    (copied / "studies.db-wal").write_bytes(content[: len(content) // 2])
    (copied / "studies.db-shm").unlink(missing_ok=True)
    held.close()
    assert repair(copied).problems == ()
    assert numbers(copied, "one") == list(range(12))


# Damage -----------------------------------------------------------------------------------------


def test_an_overwritten_page_of_curves_costs_only_what_was_on_it(home):
    path = default_path(home)
    before = [one.state for one in Shelf(home).study("one").trials].count(TrialState.COMPLETE)
    pages = pages_of(path, "trial_user_attributes")
    assert len(pages) > 3
    overwrite(path, pages[2])
    done = repair(home)
    assert done.problems
    assert set(done.studies) == {"one", "two"}
    assert done.aside.name == "studies.db.damaged-1"
    assert done.rows_lost["trial_user_attributes"] == 1
    is_sound(home)
    assert (numbers(home, "one"), numbers(home, "two")) == (list(range(12)), [0, 1, 2])
    states = [one.state for one in Shelf(home).study("one").trials]
    assert 0 < done.studies["one"][1] <= 4
    assert states.count(TrialState.COMPLETE) >= before - done.studies["one"][1] > 0
    lost = [one for one in Shelf(home).study("one").trials if one.user_attrs.get("reason") == LOST]
    assert len(lost) == done.studies["one"][1]
    assert {one.state for one in lost} <= {TrialState.FAIL}


@pytest.mark.parametrize("table", ["trial_params", "trial_values", "trial_intermediate_values"])
def test_trials_that_may_have_lost_something_are_failed(home, table):
    path = default_path(home)
    overwrite(path, pages_of(path, table)[0])
    done = repair(home)
    is_sound(home)
    assert set(done.studies) == {"one", "two"}
    for trial in Shelf(home).study("one").trials:
        if trial.state == TrialState.COMPLETE:
            assert trial.values is not None and trial.params
            assert set(trial.params) == {"preparation.window", "architecture.units"} | {
                one for one in trial.params if one.startswith("training.")
            }


def test_a_repaired_study_goes_on(home, monkeypatch):
    install(monkeypatch, FakeEngine())
    path = default_path(home)
    overwrite(path, pages_of(path, "trial_values")[0])
    repair(home)
    result = manager.run(ask({**FIELDS, "name": "one", "home": home, "trials": 12}))
    done = [one for one in result.results.trials if one.state in ("complete", "pruned")]
    assert len(done) == 12


@pytest.mark.parametrize("share", [0.95, 0.6])
def test_a_truncated_file(home, share):
    path = default_path(home)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    try:
        done = repair(home)
    except StorageError as error:
        assert share < 0.9
        assert "Nothing can be saved" in str(error)
        return
    assert done.studies
    is_sound(home)


def test_a_lost_first_page_is_taken_from_a_fresh_database(home):
    path = default_path(home)
    with path.open("r+b") as file:
        file.write(bytes(size_of_page(path)))
    with pytest.raises(StorageError, match=r"not a database.*autolstm repair"):
        Shelf(home).lines()
    done = repair(home)
    assert done.studies == {"one": (12, 0), "two": (3, 0)}
    is_sound(home)


@pytest.mark.parametrize("seed", range(4))
def test_any_page_may_be_lost(home, seed):
    path = default_path(home)
    pages = len(path.read_bytes()) // size_of_page(path)
    page = int(np.random.default_rng(seed).integers(2, pages + 1))
    overwrite(path, page, seed)
    before = path.read_bytes()
    try:
        done = repair(home)
    except StorageError as error:
        assert "Nothing can be saved" in str(error)
        assert path.read_bytes() == before
        return
    if done.aside:
        assert done.aside.read_bytes() == before
        is_sound(home)


def test_files_aside_do_not_replace_one_another(home):
    path = default_path(home)
    for number in (1, 2):
        overwrite(path, pages_of(path, "trial_user_attributes")[1], number)
        assert repair(home).aside.name == f"studies.db.damaged-{number}"


# Nothing to save --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"no database" * 1000, b"SQLite format 3\x00" + b"\xff" * 9000]
)
def test_what_is_no_database_is_left_as_it_is(tmp_path, content):
    default_path(tmp_path).write_bytes(content)
    with pytest.raises(StorageError, match=r"Nothing can be saved of .* It is left as it is\. Br"):
        repair(tmp_path)
    assert default_path(tmp_path).read_bytes() == content
    assert [one.name for one in tmp_path.iterdir()] == ["studies.db"]


def test_what_is_not_there_or_no_file(tmp_path):
    with pytest.raises(StudyNotFound, match="There is no database .* to repair"):
        repair(tmp_path)
    (tmp_path / "url").write_text("postgresql://me:secret@host/x\n")
    said_so = (
        rf"is no SQLite file, and a server mends.* --storage sqlite:///{tmp_path}/studies\.db$"
    )
    for url in ("postgresql://me:secret@host/x", "nonsense", "sqlite://", f"@{tmp_path}/url"):
        with pytest.raises(SettingError, match=said_so) as said:
            repair(tmp_path, url)
        assert "secret" not in str(said.value)
    with pytest.raises(StudyNotFound):
        repair(tmp_path, f"sqlite:///{tmp_path}/none.db")


def test_a_study_that_runs_keeps_it_from_being_repaired(home):
    with alone(home / "one"), pytest.raises(StudyBusy):
        repair(home)


def test_a_full_disk_is_said_and_changes_nothing(home, monkeypatch):
    path = default_path(home)
    overwrite(path, pages_of(path, "trial_user_attributes")[1])
    before = path.read_bytes()

    def full(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(salvage.shutil, "copyfile", full)
    with pytest.raises(
        StorageError, match=r"cannot be repaired: No space left on device\. Let it"
    ):
        repair(home)
    assert path.read_bytes() == before


def test_a_disk_that_is_full_when_the_new_one_is_written_changes_nothing(home, monkeypatch):
    path = default_path(home)
    path.write_bytes(path.read_bytes()[:-10_000])  # so that the new one needs more room
    before = path.read_bytes()
    real = exclusive.Held._write

    def full(file, content):
        real(file, content)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exclusive.Held, "_write", full)
    with pytest.raises(StorageError, match=r"No space left on device\. Let it and its folder be"):
        repair(home)
    assert path.read_bytes() == before


# Others -----------------------------------------------------------------------------------------

OPENED = """
import sys, time
from pathlib import Path
from autolstm.study.shelf import Shelf
print("begun", flush=True)
shelf = Shelf(Path("elsewhere"), sys.argv[1])
study = shelf.study("two")
print("open", flush=True)
time.sleep(float(sys.argv[2]))
study.set_user_attr("mine", 1)
"""


def opening(home, seconds=0):
    """Begin a process that opens the database by its URL, and some time later writes to it."""
    command = [sys.executable, "-c", OPENED, f"sqlite:///{default_path(home)}", str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=home.parent)
    assert process.stdout.readline() == "begun\n"
    return process


def test_a_file_that_another_process_has_open_is_not_touched(home):
    """Its study may have another home, or a name that was not there when we looked."""
    path = default_path(home)
    other = opening(home, 60)
    try:
        assert other.stdout.readline() == "open\n"
        overwrite(path, pages_of(path, "trial_values")[0])
        before = path.read_bytes()
        with pytest.raises(StudyBusy, match=r"studies\.db is open in another process: .* try"):
            repair(home)
        assert path.read_bytes() == before
        assert not list(home.glob("*damaged*"))
    finally:
        other.kill()
        other.communicate()
    assert repair(home).aside is not None


def test_whoever_comes_meanwhile_waits_and_writes_into_the_sound_one(home, monkeypatch):
    path = default_path(home)
    overwrite(path, pages_of(path, "trial_values")[0])
    came = []

    def slow(*given):
        came.append(opening(home))
        time.sleep(2)  # so that it waits for the file
        assert came[0].poll() is None
        return real(*given)

    real = repairing.rebuild
    monkeypatch.setattr(repairing, "rebuild", slow)
    done = repair(home)
    assert came[0].communicate(timeout=60)[0] == "open\n"
    assert came[0].returncode == 0
    assert Shelf(home).study("two").user_attrs["mine"] == 1
    is_sound(home)
    assert salvage.problems(done.aside)


@pytest.mark.parametrize("ending", ["-wal", "-journal"])
def test_what_lay_beside_the_old_content_is_never_written_into_the_new(ending, tmp_path):
    path, copied = tmp_path / "studies.db", tmp_path / "copy.db"
    path.write_bytes(b"old")
    path.with_name(path.name + ending).write_bytes(b"not written yet")
    with exclusive.exclusive(path) as held:
        held.copy(copied)
        held.replace(b"new, and longer")
    assert path.read_bytes() == b"new, and longer"
    assert not path.with_name(path.name + ending).exists()
    assert copied.read_bytes() == b"old"
    assert copied.with_name(copied.name + ending).read_bytes() == b"not written yet"


def test_studies_of_other_programs_are_left_out_and_named(home):
    path = default_path(home)
    with quiet():
        storage = open_storage(home)
        for name in ("theirs", "another"):
            optuna.create_study(study_name=name, storage=storage)
        storage.engine.dispose()
    overwrite(path, pages_of(path, "trial_values")[0])
    done = repair(home)
    assert (set(done.studies), done.left_out) == ({"one", "two"}, ("another", "theirs"))
    overwrite(path, pages_of(path, "trial_values")[0])
    assert repair(home).left_out == ()


def test_a_file_keeps_its_permissions_and_its_copy_is_private(home):
    path = default_path(home)
    path.chmod(0o640)
    overwrite(path, pages_of(path, "trial_values")[0])
    done = repair(home)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE(done.aside.stat().st_mode) == 0o600


def test_the_url_of_a_file_may_be_in_a_file(home, tmp_path):
    path = default_path(home)
    (tmp_path / "url").write_text(f"sqlite:///{path}\n")
    overwrite(path, pages_of(path, "trial_values")[0])
    assert set(repair(tmp_path, f"@{tmp_path}/url").studies) == {"one", "two"}


# The command ------------------------------------------------------------------------------------


def call(*args):
    return CliRunner().invoke(app, list(map(str, args)), prog_name="autolstm")


def test_the_command(home):
    said = call("repair", "--home", home)
    assert (said.exit_code, "is sound: nothing is to be done." in said.stdout) == (0, True)
    path = default_path(home)
    overwrite(path, pages_of(path, "trial_values")[0])
    said = call("repair", "--home", home)
    assert said.exit_code == 0, said.stderr
    assert "was damaged: " in said.stdout
    assert "  one: 12 trials" in said.stdout
    assert "A copy of the damaged one is " in said.stdout
    assert "Left out" not in said.stdout
    told = json.loads(call("repair", "--home", home, "--json").stdout)
    assert (told["problems"], told["aside"]) == ([], None)


def test_the_command_names_what_is_left_out(home):
    with quiet():
        storage = open_storage(home)
        optuna.create_study(study_name="theirs", storage=storage)
        storage.engine.dispose()
    path = default_path(home)
    overwrite(path, pages_of(path, "trial_values")[0])
    said = call("repair", "--home", home).stdout
    assert "Left out, and in that copy alone: theirs. Other programs than autolstm made" in said


def test_a_server_of_the_environment_is_no_file_to_be_repaired(home, monkeypatch):
    monkeypatch.setenv("AUTOLSTM_STORAGE", "postgresql://me@host/x")
    said = call("repair", "--home", home)
    assert said.exit_code == 2
    way = said.stderr.rpartition(": ")[2].split()
    assert way[0] == "--storage"
    said = call("repair", *way)
    assert (said.exit_code, "is sound" in said.stdout) == (0, True)
