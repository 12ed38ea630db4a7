"""Damaged databases: real files with real damage."""

import json
import shutil
import sqlite3
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
from autolstm.ledger import salvage
from autolstm.ledger.rebuilding import LOST
from autolstm.ledger.storage import default_path, open_storage
from autolstm.study import manager
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
    for url in ("postgresql://me:secret@host/x", "nonsense", "sqlite://"):
        with pytest.raises(SettingError, match="Only a SQLite file can be repaired") as said:
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
    with pytest.raises(StorageError, match=r"cannot be repaired: No space left on device\. Make"):
        repair(home)
    assert path.read_bytes() == before


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
    assert "The damaged one is " in said.stdout
    told = json.loads(call("repair", "--home", home, "--json").stdout)
    assert (told["problems"], told["aside"]) == ([], None)
