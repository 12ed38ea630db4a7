"""MariaDB, for real, where the machine has its package; see test_turn, test_reconnecting, too."""

import time
from functools import partial

import optuna
import pytest
import sqlalchemy
from outages import outlived, shared_by_four
from sqlalchemy import text

from autolstm.errors import StorageError
from autolstm.ledger import reconnecting, turn
from autolstm.ledger.storage import open_storage
from autolstm.ledger.turn import in_turn


@pytest.fixture(scope="module")
def base(mariadb):
    return mariadb.database()


def test_what_is_larger_than_a_text_of_mysql_is_kept(mariadb, tmp_path):
    url = mariadb.url(mariadb.database())
    optuna.storages.RDBStorage(url).engine.dispose()  # tables as Optuna alone makes them
    storage = open_storage(tmp_path, url)
    study, long = optuna.create_study(storage=storage), "x" * 200_000
    study.set_user_attr("long", long)
    trial = study.ask()
    trial.set_user_attr("long", long)
    study.tell(trial, 1.0)
    storage.engine.dispose()
    again = open_storage(tmp_path, url)
    (stored,) = optuna.load_study(study_name=study.study_name, storage=again).trials
    assert stored.user_attrs["long"] == again.get_study_user_attrs(1)["long"] == long
    again.engine.dispose()


# Turns ------------------------------------------------------------------------------------------


@pytest.fixture
def study(mariadb, base, tmp_path):
    storage = open_storage(tmp_path, mariadb.url(base))
    yield optuna.create_study(storage=storage)
    storage.engine.dispose()


@pytest.fixture
def lock(study, mariadb):
    """Returns the connection that holds the turn, None for nobody."""
    with study._storage._backend.engine.connect() as connection:
        said = {"number": study._study_id}
        name = connection.execute(text(f"SELECT {turn._NAME}"), said).scalar()
    return lambda: mariadb.ask(f"SELECT IS_USED_LOCK('{name}')")[0][0]


def test_a_turn_holds_its_lock_over_the_connection_that_writes(study, lock):
    def decide():
        with study._storage._backend.scoped_session() as session:
            return session.execute(text("SELECT CONNECTION_ID()")).scalar() == lock()

    assert in_turn(study, decide)
    assert lock() is None


def test_a_broken_turn_is_taken_again_from_its_start(study, lock, mariadb):
    seen = []

    def decide():
        seen.append(len(study.get_trials(deepcopy=False)))
        study.enqueue_trial({"x": len(seen)})
        if len(seen) == 1:
            mariadb.ask(f"KILL CONNECTION {lock()}")
        study.enqueue_trial({"x": len(seen)})
        return len(seen)

    assert in_turn(study, decide) == 2
    assert seen == [0, 1]
    assert len(study.trials) == 3
    assert lock() is None


def test_whoever_holds_a_turn_too_long_is_blamed(study, monkeypatch):
    monkeypatch.setattr(turn, "PATIENCE", 1)
    engine = sqlalchemy.create_engine(study._storage._backend.url)
    with engine.connect() as other:
        turn.LOCKS["mysql"].take(other, study._study_id)
        with pytest.raises(StorageError, match="Look for one that is suspended or hangs, on this"):
            in_turn(study, pytest.fail)
    engine.dispose()
    assert in_turn(study, lambda: 7) == 7


def test_a_holder_that_vanished_does_not_keep_the_others_waiting(study, monkeypatch, mariadb):
    monkeypatch.setattr(turn, "SILENCE", 1)
    engine = sqlalchemy.create_engine(study._storage._backend.url)
    with engine.connect() as other:
        turn.LOCKS["mysql"].take(other, study._study_id)
        began = time.monotonic()
        assert in_turn(study, lambda: 7) == 7
        assert 0.5 < time.monotonic() - began < 30
        other.invalidate()
    engine.dispose()


def test_a_connection_that_has_had_its_turn_may_be_silent(study, monkeypatch):
    monkeypatch.setattr(turn, "SILENCE", 1)
    in_turn(study, lambda: 7)
    with study._storage._backend.engine.connect() as connection:
        asked = text("SELECT @@SESSION.wait_timeout = @@GLOBAL.wait_timeout")
        assert connection.execute(asked).scalar() == 1


# A server that goes away ------------------------------------------------------------------------


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(reconnecting, "FIRST_WAIT", 0.02)
    monkeypatch.setattr(reconnecting, "LONGEST_WAIT", 0.1)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("how", ["immediate", "fast"])
def test_a_study_outlives_its_server(mariadb, how, tmp_path, monkeypatch):
    outlived(mariadb, mariadb.url(mariadb.database()), how, tmp_path, monkeypatch)


def test_four_processes_share_a_study_whose_connections_break(mariadb, tmp_path):
    name = mariadb.database()
    breaking = partial(mariadb.break_connections, name, "rand() < 0.5")
    shared_by_four(mariadb.url(name), tmp_path, breaking)
