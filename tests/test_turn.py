"""Tests of `autolstm.ledger.turn`: one after the other, also where a connection breaks."""

import optuna
import pytest
import sqlalchemy
from filelock import FileLock
from sqlalchemy import text

from autolstm.errors import StorageError
from autolstm.ledger import reconnecting, turn
from autolstm.ledger.lost import ConnectionGone
from autolstm.ledger.storage import default_path, open_storage
from autolstm.ledger.turn import in_turn, outages

ADVISORY = "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')"
"""The connection that holds a turn."""


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(reconnecting, "FIRST_WAIT", 0.02)


def test_in_memory_nobody_else_can_decide():
    assert in_turn(optuna.create_study(), lambda: 3) == 3
    assert outages(optuna.create_study()) == 0


# A file -----------------------------------------------------------------------------------------


def test_over_a_file_others_wait_and_say_whom_they_wait_for(tmp_path, monkeypatch):
    monkeypatch.setattr(turn, "PATIENCE", 0.1)
    study = optuna.create_study(storage=open_storage(tmp_path))
    assert in_turn(study, lambda: study.ask().number) == 0
    with (
        FileLock(f"{default_path(tmp_path)}.turn"),
        pytest.raises(StorageError, match=r"has been deciding about this study for 0\.1 s, which"),
    ):
        in_turn(study, pytest.fail)
    assert in_turn(study, lambda: study.ask().number) == 1


def test_a_decision_that_fails_leaves_the_turn_to_others(tmp_path):
    study = optuna.create_study(storage=open_storage(tmp_path))
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            in_turn(study, lambda: 1 / 0)


# PostgreSQL -------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["psycopg", "psycopg2"])
def base(server, request):
    name = server.database()
    return name, server.url(request.param, name)


@pytest.fixture
def study(base, tmp_path):
    storage = open_storage(tmp_path, base[1])
    yield optuna.create_study(storage=storage)
    storage.engine.dispose()


@pytest.fixture
def broken(base, server):
    """Breaks the connection that holds the turn."""
    return lambda: server.break_connections(base[0], ADVISORY)


@pytest.fixture
def others(base):
    """A connection of somebody else."""
    engine = sqlalchemy.create_engine(base[1])
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def locks(connection):
    """The advisory locks that are held now."""
    held = text("SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory' ORDER BY 1, 2")
    found = [tuple(one) for one in connection.execute(held)]
    connection.rollback()
    return found


def test_a_turn_holds_its_lock_and_leaves_those_of_others(study, others):
    # As another part of the program would hold one over the same pool of connections.
    engine = study._storage._backend.engine
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(1, 2)"))
        connection.rollback()
    assert in_turn(study, lambda: locks(others)) == [(1, 2), (turn.CLASS, study._study_id)]
    assert locks(others) == [(1, 2)]


def test_whoever_holds_a_turn_too_long_is_blamed(study, others, monkeypatch):
    monkeypatch.setattr(turn, "PATIENCE", 0.2)
    place = {"class": turn.CLASS, "number": study._study_id}
    others.execute(text("SELECT pg_advisory_lock(:class, :number)"), place)
    with pytest.raises(StorageError, match="Look for one that is suspended or hangs, on this"):
        in_turn(study, pytest.fail)
    others.execute(text("SELECT pg_advisory_unlock(:class, :number)"), place)
    assert in_turn(study, lambda: 7) == 7


def test_what_is_decided_is_read_and_written_over_the_connection_with_the_lock(study, others):
    def decide():
        with study._storage._backend.scoped_session() as session:
            mine = session.execute(text("SELECT pg_backend_pid()")).scalar()
        held = text("SELECT pid FROM pg_locks WHERE locktype = 'advisory'")
        return mine in others.execute(held).scalars().all()

    assert in_turn(study, decide)
    others.rollback()


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_broken_turn_is_taken_again_from_its_start(study, broken, writes):
    seen = []

    def decide():
        seen.append(len(study.get_trials(deepcopy=False)))
        for number in range(2):
            if len(seen) == 1 and number == writes:
                assert broken() == 1
            study.enqueue_trial({"x": number})
        if len(seen) == 1 and writes == 2:
            assert broken() == 1
            study.get_trials()
        return len(seen)

    assert in_turn(study, decide) == 2
    assert seen == [0, writes]
    assert len(study.trials) == writes + 2
    assert outages(study) > 0


def test_without_the_lock_nothing_is_written(study, broken):
    calls = []

    def decide():
        calls.append(1)
        if len(calls) == 1:
            broken()
            with pytest.raises(optuna.exceptions.StorageInternalError):
                study.set_user_attr("a", 1)
            with pytest.raises(ConnectionGone):  # SQLAlchemy would connect anew
                study.set_user_attr("a", 1)
            assert "a" not in others_see()
            study.set_user_attr("a", 1)
        return len(calls)

    def others_see():
        storage = open_storage(None, study._storage._backend.url)
        found = storage.get_study_user_attrs(study._study_id)
        storage.engine.dispose()
        return found

    assert in_turn(study, decide) == 2
    study.set_user_attr("b", 2)
    assert study.user_attrs == {"b": 2}


def test_a_connection_that_breaks_when_all_is_decided_changes_nothing(study, broken, others):
    calls = []

    def decide():
        calls.append(study.ask().number)
        assert broken() == 1
        return calls[-1]

    assert in_turn(study, decide) == 0
    assert calls == [0]
    assert locks(others) == []


def test_another_error_ends_the_turn_and_frees_the_lock(study, others):
    with pytest.raises(ZeroDivisionError):
        in_turn(study, lambda: 1 / 0)
    assert locks(others) == []
    assert in_turn(study, lambda: 1) == 1


# MySQL, as far as it can be told without a server; the rest is in test_mysql.py ------------------


class Spoken:
    """A connection that notes what is said and gives one answer."""

    returns_rows = True

    def __init__(self, answer):
        self.answer, self.said, self.invalidated = answer, [], False

    def execute(self, statement, values):
        self.said.append((str(statement), values))
        return self

    def scalar(self):
        return self.answer

    def commit(self):
        pass

    rollback = commit


@pytest.mark.parametrize("answer", [0, None])
def test_a_lock_that_mysql_did_not_give_is_not_taken_for_one(answer):
    with pytest.raises(StorageError, match="Another process has been deciding"):
        turn.LOCKS["mysql"].take(Spoken(answer), 3)


def test_mysql_frees_the_lock_that_was_taken_and_no_other():
    spoken = Spoken(1)
    turn.LOCKS["mysql"].take(spoken, 3)
    turn._let_go(spoken, turn.LOCKS["mysql"], 3)
    (_, (taken, values), _, (freed, same)) = spoken.said
    name = "CONCAT('autolstm-', :number, '-', MD5(DATABASE()))"
    assert (taken, freed) == (
        f"SELECT GET_LOCK({name}, :patience)",
        f"SELECT RELEASE_LOCK({name})",
    )
    assert values["number"] == same["number"] == 3
