"""The ledger's storage: several processes, and every message."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import optuna
import pytest
from fakes import SPACE, FakeEngine, install

from autolstm.errors import StorageError
from autolstm.experiment import ask
from autolstm.ledger import storage as module
from autolstm.ledger.storage import default_path, exists, hidden, open_storage, sound
from autolstm.study import manager
from autolstm.study.shelf import Shelf

# Several processes ------------------------------------------------------------------------------

WORKER = """
import sys
from pathlib import Path
import optuna
from autolstm.ledger.storage import open_storage

def wait(what):
    print(what, flush=True)
    assert sys.stdin.readline() == "go\\n"

optuna.logging.set_verbosity(optuna.logging.ERROR)
wait("imported")
storage = open_storage(Path(sys.argv[1]))
wait("opened")
study = optuna.load_study(study_name="queue", storage=storage)
for _ in range(int(sys.argv[2])):
    trial = study.ask()
    study.tell(trial, trial.suggest_int("n", 0, 10**9))
"""


def all_at_once(workers, expected):
    for one in workers:
        assert one.stdout.readline() == f"{expected}\n"
    for one in workers:
        one.stdin.write("go\n")
        one.stdin.flush()


def test_processes_make_one_storage_and_run_no_queued_trial_twice(tmp_path):
    home, each = tmp_path / "home", 8
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(home), str(each)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    all_at_once(workers, "imported")
    study = optuna.create_study(study_name="queue", storage=open_storage(home))
    queued = [{"n": number} for number in range(3 * each)]
    for params in queued:
        study.enqueue_trial(params)
    all_at_once(workers, "opened")
    for one in workers:
        one.communicate(timeout=60)
        assert one.returncode == 0
    assert sorted(one.params["n"] for one in study.trials) == list(range(3 * each))


PASSING_BY = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as other:
    other.execute("BEGIN IMMEDIATE")
other.close()
"""


def test_opening_a_storage_twice_loses_nothing(tmp_path):
    # Were the locks of the first one dropped, whoever closes the file would take himself for the
    # last one and delete the log, into which the first one then goes on writing.
    first = open_storage(tmp_path)
    number = first.create_new_study([optuna.study.StudyDirection.MINIMIZE], "kept")
    second = open_storage(tmp_path)
    path = str(tmp_path / "studies.db")
    subprocess.run([sys.executable, "-c", PASSING_BY, path], check=True)
    first.set_study_user_attr(number, "written", "before")
    subprocess.run([sys.executable, "-c", PASSING_BY, path], check=True)
    second.set_study_user_attr(number, "also", "after")
    first.engine.dispose()
    second.engine.dispose()
    with closing(sqlite3.connect(path)) as fresh:
        rows = fresh.execute("SELECT key FROM study_user_attributes ORDER BY key").fetchall()
    assert rows == [("also",), ("written",)]


def test_the_files_survive_any_name_of_their_folder(tmp_path):
    home = tmp_path / "wild {0} ? % # é"
    open_storage(home).create_new_study([optuna.study.StudyDirection.MINIMIZE], "kept")
    assert [one.name for one in home.iterdir() if one.suffix == ".db"] == ["studies.db"]
    assert open_storage(home).get_study_id_from_name("kept") == 1


def test_a_sqlite_url_is_made_safe_as_well(tmp_path):
    storage = open_storage(tmp_path / "unused", f"sqlite:///{tmp_path}/own.db")
    with storage.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.connection.dbapi_connection.isolation_level is None
    assert not (tmp_path / "unused").exists()


def test_a_fault_while_tables_are_made_is_not_taken_for_a_race(tmp_path, monkeypatch):
    tried = []

    def broken(url, engine_kwargs):
        tried.append(url)
        error = "table studies already exists" if len(tried) < 3 else "disk I/O error"
        raise module.DBAPIError("create", {}, sqlite3.OperationalError(error))

    monkeypatch.setattr(module, "Quick", broken)
    with pytest.raises(StorageError, match="cannot be used: disk I/O error"):
        open_storage(tmp_path)
    assert len(tried) == 3


def test_tables_that_never_stand_still_are_given_up(tmp_path, monkeypatch):
    def broken(url, engine_kwargs):
        raise module.IntegrityError("insert", {}, sqlite3.IntegrityError("UNIQUE constraint"))

    monkeypatch.setattr(module, "Quick", broken)
    with pytest.raises(StorageError, match="cannot be used: UNIQUE constraint"):
        open_storage(tmp_path)


# Messages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["nonsense", "", "postgresql://user:secret@host:port/base"])
def test_what_is_no_url_is_said(url, tmp_path):
    with pytest.raises(
        StorageError, match=r"\(an unreadable URL\) is not a URL. It takes one such as sqlite:///"
    ) as caught:
        open_storage(tmp_path, url)
    assert "secret" not in str(caught.value)


def test_an_unknown_kind_of_storage_is_said(tmp_path):
    with pytest.raises(StorageError, match=r"redis://host/0 is of a kind that is not known. It"):
        open_storage(tmp_path, "redis://host/0")


@pytest.mark.parametrize(
    ("url", "driver", "package"),
    [
        ("mysql+mysqldb://user:secret@host/base", "MySQLdb", "mysqlclient"),
        ("mysql+pymysql://user:secret@host/base", "pymysql", r"autolstm\[mysql\]"),
        ("postgresql+psycopg://user:secret@host/base", "psycopg", r"autolstm\[postgresql\]"),
        ("postgresql+psycopg2://user:secret@host/base", "psycopg2", "psycopg2-binary"),
    ],
)
def test_a_missing_driver_is_named_with_its_package(url, driver, package, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, driver, None)
    with pytest.raises(
        StorageError, match=f"needs the driver {driver}, which is .* `pip install '{package}'`"
    ) as caught:
        open_storage(tmp_path, url)
    assert "user:***@host/base" in str(caught.value)


def test_a_password_is_never_shown():
    assert hidden("postgresql://user:secret@host/base") == "postgresql://user:***@host/base"
    assert "ret" not in hidden("postgresql://user:sec@ret@host/base")


def test_a_server_that_does_not_answer_is_said(tmp_path):
    with pytest.raises(StorageError, match="Check the URL, and that the server runs and") as said:
        open_storage(tmp_path, "postgresql+psycopg2://user:secret@127.0.0.1:1/base")
    assert "secret" not in str(said.value)


def test_a_damaged_file_is_said(tmp_path):
    default_path(tmp_path).write_bytes(b"no database at all" * 100)
    with pytest.raises(
        StorageError, match=r"studies\.db .* The file is damaged or something else"
    ):
        open_storage(tmp_path)


def test_a_file_that_cannot_be_written_is_said(tmp_path):
    open_storage(tmp_path)
    url = f"sqlite:///file:{default_path(tmp_path)}?mode=ro&uri=true"
    message = "The file or its folder cannot be written; give"
    with pytest.raises(StorageError, match=message), sound("here"):
        open_storage(tmp_path, url).create_new_study([optuna.study.StudyDirection.MINIMIZE])


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(StorageError, match=r"unable to open .* The file or its folder cannot be"):
        open_storage(tmp_path, f"sqlite:///{tmp_path}/none/studies.db")


def test_a_home_that_is_a_file_is_said(tmp_path):
    home = tmp_path / "home"
    home.touch()
    with pytest.raises(StorageError, match=r"folder .*home for studies cannot be made: File ex"):
        open_storage(home)


def test_a_locked_file_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.1)
    storage = open_storage(tmp_path)
    other = sqlite3.connect(default_path(tmp_path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    message = "database is locked. Another program held it for 0.1 s"
    with pytest.raises(StorageError, match=message), sound("here"):
        storage.create_new_study([optuna.study.StudyDirection.MINIMIZE])
    other.close()


def test_a_full_disk_is_said(tmp_path):
    storage = open_storage(tmp_path)
    with storage.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    study = storage.create_new_study([optuna.study.StudyDirection.MINIMIZE])
    message = "disk is full. Make room on the disk and run the same"
    with pytest.raises(StorageError, match=message), sound("here"):
        storage.set_study_user_attr(study, "large", "x" * 100_000)


def test_a_storage_of_another_optuna_is_said(tmp_path):
    open_storage(tmp_path)
    with sqlite3.connect(default_path(tmp_path)) as connection:
        connection.execute("UPDATE version_info SET schema_version = 99")
        connection.execute("UPDATE alembic_version SET version_num = 'v99.0.0'")
    connection.close()
    with pytest.raises(StorageError, match="was written by another version of Optuna: .* Give an"):
        open_storage(tmp_path)


def test_only_what_the_storage_raises_is_turned_into_its_error():
    with pytest.raises(ImportError, match="No module named 'tensorflow'"), sound("here"):
        raise ImportError("No module named 'tensorflow'")


# PostgreSQL -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def postgresql(server):
    return server.url(name=server.database())


def test_a_study_lives_in_postgresql(postgresql, tmp_path, monkeypatch):
    engine = install(monkeypatch, FakeEngine())
    fields = {"source": "airline", "home": tmp_path, "storage": postgresql, "seeds": 2}
    experiment = ask({**fields, "trials": 3, "confirm": 1, "space": SPACE})
    first = manager.run(experiment)
    again = manager.run(ask({**fields, "trials": 5, "confirm": 1, "space": SPACE}))
    assert (first.added, again.added) == (3, 2)
    assert first.trials.equals(again.trials[:3][list(first.trials)])
    (line,) = Shelf(tmp_path, postgresql).lines()
    assert (line.name, line.complete + line.pruned) == ("airline", 5)
    begun = len(engine.starts)
    assert manager.run(experiment).added == 0
    assert len(engine.starts) == begun
    assert not (tmp_path / "studies.db").exists()
    Shelf(tmp_path, postgresql).delete("airline")
    assert Shelf(tmp_path, postgresql).lines() == []


@pytest.mark.parametrize(
    ("url", "there"),
    [
        ("sqlite://", True),
        ("sqlite:///:memory:", True),
        ("sqlite:///{}/own.db", True),
        ("sqlite:///file:{}/own.db?uri=true", True),
        ("sqlite:///{}/none.db", False),
        ("postgresql://host/base", True),
        ("nonsense", True),  # opening it says what is wrong
        (None, False),
    ],
)
def test_only_a_file_can_be_missing(url, there, tmp_path):
    (tmp_path / "own.db").touch()
    assert exists(tmp_path, url and url.format(tmp_path)) is there
