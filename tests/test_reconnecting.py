"""Tests of `autolstm.ledger.reconnecting`: a server that goes away in the middle of anything."""

import pickle
import sys
import threading
import time
import traceback
from dataclasses import replace

import optuna
import psycopg
import psycopg2.errors
import pymysql
import pytest
import sqlalchemy
from fakes import SPACE, FakeEngine, Heard, install
from optuna.distributions import FloatDistribution
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.study import StudyDirection
from optuna.trial import TrialState, create_trial
from outages import outlived, shared_by_four
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

from autolstm.errors import StorageError
from autolstm.experiment import ask
from autolstm.ledger import reconnecting, turn
from autolstm.ledger.drivers import driven, listening
from autolstm.ledger.lost import ConnectionGone, is_clash, is_lost
from autolstm.ledger.reconnecting import Reconnecting
from autolstm.ledger.storage import open_storage
from autolstm.study import manager
from autolstm.study.job import job_for
from autolstm.study.job import opened as opened_for
from autolstm.study.progress import Notice

SECRET = "s3cret"


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(reconnecting, "FIRST_WAIT", 0.02)
    monkeypatch.setattr(reconnecting, "LONGEST_WAIT", 0.1)
    # Optuna's own pauses between five attempts at a new trial.
    monkeypatch.setattr("random.random", lambda: 0.0)


# What is a lost connection ----------------------------------------------------------------------


def of(kind, fault):
    return kind("SELECT 1", {}, fault)


@pytest.mark.parametrize(
    ("error", "lost", "clash"),
    [
        (of(OperationalError, psycopg.errors.AdminShutdown("x")), True, False),
        (of(OperationalError, psycopg.errors.CannotConnectNow("starting up")), True, False),
        (of(OperationalError, psycopg.errors.TooManyConnections("x")), True, False),
        (of(OperationalError, psycopg.OperationalError("connection refused")), True, False),
        (of(InterfaceError, psycopg2.InterfaceError("connection already closed")), True, False),
        (of(OperationalError, psycopg2.OperationalError("server closed the conn")), True, False),
        (of(OperationalError, pymysql.err.OperationalError(2006, "gone away")), True, False),
        (of(OperationalError, pymysql.err.OperationalError(2013, "lost")), True, False),
        (of(OperationalError, pymysql.err.OperationalError(1040, "too many")), True, False),
        (of(InterfaceError, pymysql.err.InterfaceError(0, "")), True, False),
        (ConnectionGone("x"), True, False),
        (of(OperationalError, psycopg.errors.DeadlockDetected("x")), False, True),
        (of(OperationalError, psycopg.errors.SerializationFailure("x")), False, True),
        (of(OperationalError, pymysql.err.OperationalError(1213, "deadlock")), False, True),
        (of(OperationalError, psycopg.errors.DiskFull("x")), False, False),
        (of(OperationalError, psycopg.errors.QueryCanceled("x")), False, False),
        (of(OperationalError, pymysql.err.OperationalError(1045, "denied")), False, False),
        (of(ProgrammingError, psycopg.errors.UndefinedTable("x")), False, False),
        (of(ProgrammingError, pymysql.err.ProgrammingError(1146, "no table")), False, False),
        (KeyError("no such trial"), False, False),
    ],
)
def test_what_may_be_better_in_a_while_is_told_from_what_may_not(error, lost, clash):
    assert (is_lost(error), is_clash(error)) == (lost, clash)
    try:
        raise StorageInternalError("as Optuna says it") from error
    except StorageInternalError as wrapped:
        assert (is_lost(wrapped), is_clash(wrapped)) == (lost, clash)


# Drivers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "missing", "driver"),
    [
        ("postgresql://h/b", (), "postgresql+psycopg"),
        ("postgresql://h/b", ("psycopg",), "postgresql+psycopg2"),
        ("postgresql+psycopg2://h/b", (), "postgresql+psycopg2"),
        ("mysql://h/b", (), "mysql+pymysql"),
        ("mariadb://h/b", (), "mariadb+pymysql"),
        ("oracle://h/b", (), "oracle"),
    ],
)
def test_the_driver_is_one_that_is_there(url, missing, driver, monkeypatch):
    for one in missing:
        monkeypatch.setitem(sys.modules, one, None)
    assert driven(make_url(url)).drivername == driver


@pytest.mark.parametrize(
    ("kind", "modules"),
    [
        ("postgresql", ("psycopg", "psycopg2")),
        ("mysql", ("pymysql", "MySQLdb")),
    ],
)
def test_where_no_driver_is_there_the_extra_is_named(kind, modules, tmp_path, monkeypatch):
    for one in modules:
        monkeypatch.setitem(sys.modules, one, None)
    with pytest.raises(StorageError, match=rf"`pip install 'autolstm\[{kind}\]'`") as caught:
        open_storage(tmp_path, f"{kind}://me:{SECRET}@host/base")
    assert SECRET not in str(caught.value)


def test_options_of_the_url_stand():
    own = listening(make_url("postgresql+psycopg://h/b?connect_timeout=3&keepalives_idle=9"))
    assert set(own) == {"keepalives_interval", "keepalives_count", "tcp_user_timeout"}
    own = listening(make_url("mysql+pymysql://h/b?read_timeout=700"))
    assert set(own) == {"connect_timeout", "write_timeout"}
    assert (
        own["write_timeout"]
        < turn.PATIENCE
        < listening(make_url("mysql+pymysql://h/b"))["read_timeout"]
    )
    assert listening(make_url("mysql+mysqldb://h/b")) == {}


# Faults one by one ------------------------------------------------------------------------------


class Faults:
    """Lets commits of a storage fail, before they take effect or after."""

    def __init__(self, storage):
        self.storage, self.left, self.effect, self.fault = storage, 0, False, None
        self._commit = storage.engine.dialect.do_commit
        storage.engine.dialect.do_commit = self._fail

    def next(self, count, *, effect, fault=None):
        self.left, self.effect = count, effect
        self.fault = fault or psycopg.errors.AdminShutdown("terminating connection")

    def _fail(self, connection):
        if not self.left or threading.current_thread() is not threading.main_thread():
            return self._commit(connection)
        self.left -= 1
        if self.effect:
            self._commit(connection)
        raise of(OperationalError, self.fault)


@pytest.fixture
def storage(tmp_path):
    made = Reconnecting(f"sqlite:///{tmp_path}/own.db")
    made.study = made.create_new_study([StudyDirection.MINIMIZE], "one")
    yield made
    made.engine.dispose()


@pytest.fixture
def faults(storage):
    return Faults(storage)


CREATED = {
    "an empty one": None,
    "one that waits": create_trial(state=TrialState.WAITING, user_attrs={"a": 1}),
    "a finished one": create_trial(
        value=1.0, params={"x": 0.5}, distributions={"x": FloatDistribution(0, 1)}
    ),
}


@pytest.mark.parametrize("template", CREATED.values(), ids=list(CREATED))
@pytest.mark.parametrize("effect", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("count", [1, 3, 7])
def test_a_trial_is_created_once(storage, faults, template, effect, count):
    faults.next(count, effect=effect)
    number = storage.create_new_trial(storage.study, template)
    (trial,) = storage.get_all_trials(storage.study)
    assert (trial._trial_id, trial.number, faults.left) == (number, 0, 0)
    # The next one is not taken for it.
    other = storage.create_new_trial(storage.study, template)
    assert [one._trial_id for one in storage.get_all_trials(storage.study)] == [number, other]


@pytest.mark.parametrize("effect", [False, True], ids=["before", "after"])
def test_every_write_may_be_lost_and_takes_effect_once(storage, faults, effect):
    trial = storage.create_new_trial(storage.study)
    for write in (
        lambda: storage.set_trial_param(trial, "x", 0.5, FloatDistribution(0, 1)),
        lambda: storage.set_trial_intermediate_value(trial, 3, 0.25),
        lambda: storage.set_trial_user_attr(trial, "a", [1]),
        lambda: storage.set_trial_system_attr(trial, "b", 2),
        lambda: storage.set_study_user_attr(storage.study, "c", 3),
        lambda: storage.set_study_system_attr(storage.study, "d", 4),
        lambda: storage.set_trial_state_values(trial, TrialState.COMPLETE, [0.25]),
    ):
        faults.next(2, effect=effect)
        assert write() in (None, True)
        assert faults.left < 2
    (stored,) = storage.get_all_trials(storage.study)
    assert (stored.params, stored.intermediate_values) == ({"x": 0.5}, {3: 0.25})
    assert (stored.user_attrs, stored.system_attrs) == ({"a": [1]}, {"b": 2})
    assert (stored.state, stored.values) == (TrialState.COMPLETE, [0.25])
    assert storage.get_study_user_attrs(storage.study) == {"c": 3}
    assert storage.get_study_system_attrs(storage.study) == {"d": 4}
    faults.next(2, effect=effect)
    storage.delete_study(storage.study)
    assert storage.get_all_studies() == []
    with pytest.raises(KeyError):
        storage.delete_study(storage.study)


def test_what_others_said_of_a_trial_meanwhile_stands(storage, faults):
    trial = storage.create_new_trial(storage.study)
    plain = optuna.storages.RDBStorage(storage.url)
    storage.told = lambda said: plain.set_trial_state_values(trial, TrialState.FAIL)
    faults.next(1, effect=False)
    with pytest.raises(UpdateFinishedTrialError):
        storage.set_trial_state_values(trial, TrialState.COMPLETE, [1.0])
    assert storage.get_trial(trial).state == TrialState.FAIL


def test_a_clash_is_repeated_and_is_no_outage(storage, faults):
    faults.next(2, effect=False, fault=psycopg.errors.DeadlockDetected("x"))
    storage.set_study_user_attr(storage.study, "a", 1)
    assert storage.get_study_user_attrs(storage.study) == {"a": 1}
    assert storage.outages == 0


def test_what_no_waiting_mends_fails_at_once(storage, faults):
    said = []
    storage.told = said.append
    faults.next(1, effect=False, fault=psycopg.errors.DiskFull("x"))
    with pytest.raises(StorageInternalError):
        storage.set_study_user_attr(storage.study, "a", 1)
    assert (said, storage.outages) == ([], 0)


def test_the_patience_has_an_end(storage, faults, monkeypatch):
    monkeypatch.setattr(reconnecting, "PATIENCE", 0.5)
    said = []
    storage.told = said.append
    faults.next(1000, effect=False)
    began = time.monotonic()
    with pytest.raises(StorageInternalError):
        storage.set_study_user_attr(storage.study, "a", 1)
    assert 0.5 <= time.monotonic() - began < 5
    assert len(said) == 1
    # What is called to tidy up is tried, and not waited for.
    left = faults.left
    with pytest.raises(StorageInternalError):
        storage.set_study_user_attr(storage.study, "a", 1)
    assert faults.left == left - 1
    # A server that has been seen again is worth waiting for.
    faults.next(0, effect=False)
    storage.set_study_user_attr(storage.study, "a", 1)
    faults.next(1, effect=False)
    storage.set_study_user_attr(storage.study, "a", 2)
    assert len(said) == 2


def test_an_interrupt_ends_the_waiting_for_good(storage, faults):
    def interrupt(sentence):
        raise KeyboardInterrupt

    storage.told = interrupt
    faults.next(1000, effect=False)
    for error in (KeyboardInterrupt, StorageInternalError):
        with pytest.raises(error):
            storage.set_study_user_attr(storage.study, "a", 1)
    assert faults.left == 998


def test_the_patience_of_a_call_is_not_multiplied_by_those_inside(storage, monkeypatch):
    monkeypatch.setattr(reconnecting, "PATIENCE", 0.3)
    calls = []

    def away(connection):
        calls.append(1)
        raise of(OperationalError, psycopg.OperationalError("connection refused"))

    sqlalchemy.event.listen(storage.engine, "begin", away)
    began = time.monotonic()
    with pytest.raises(StorageInternalError):
        storage.get_best_trial(storage.study)
    assert time.monotonic() - began < 2
    assert 2 < len(calls) < 20


def test_waits_double_up_to_a_limit_and_differ(storage, faults, monkeypatch):
    monkeypatch.setattr(reconnecting, "FIRST_WAIT", 0.5)
    monkeypatch.setattr(reconnecting, "LONGEST_WAIT", 30.0)
    waits = []
    monkeypatch.setattr(reconnecting.time, "sleep", waits.append)
    faults.next(10, effect=False)
    storage.set_study_user_attr(storage.study, "a", 1)
    most = [0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30]
    assert all(limit / 2 <= one <= limit for one, limit in zip(waits, most, strict=True))
    assert len({one / limit for one, limit in zip(waits, most, strict=True)}) > 5


def test_a_copy_is_patient_as_well(storage):
    copy = pickle.loads(pickle.dumps(storage))
    Faults(copy).next(2, effect=True)
    copy.set_study_user_attr(storage.study, "a", 1)
    assert storage.get_study_user_attrs(storage.study) == {"a": 1}
    copy.engine.dispose()


def test_every_call_of_optuna_is_patient():
    ours = {name for name, one in vars(Reconnecting).items() if callable(one)}
    calls = {name for name in vars(optuna.storages.BaseStorage) if name[:4] in CALLS}
    made_of_others = {
        "create_new_trial",
        "get_n_trials",
        "get_trial_number_from_id",
        "get_trial_params",
    }
    assert calls - ours == made_of_others


CALLS = {"crea", "dele", "get_", "set_"}


# A real server ----------------------------------------------------------------------------------


@pytest.fixture
def url(server):
    return server.url("psycopg", server.database(), f"tuner:{SECRET}")


@pytest.fixture(scope="module", autouse=True)
def tuner(server):
    server.ask(f"CREATE ROLE tuner LOGIN SUPERUSER PASSWORD '{SECRET}'")
    yield


@pytest.mark.parametrize(("driver", "how"), [("psycopg", "immediate"), ("psycopg2", "fast")])
def test_a_study_outlives_its_server(server, url, driver, how, tmp_path, monkeypatch):
    heard = outlived(server, url.replace("psycopg", driver), how, tmp_path, monkeypatch)
    assert SECRET not in repr(heard)


def test_a_worker_may_come_while_the_server_is_away_and_a_user_hears_of_it(server, url, tmp_path):
    asked, heard = fitted(server, url, tmp_path), Heard()
    job = job_for(asked, heard)
    server.stop()
    try:
        with pytest.raises(StorageError, match="cannot be used"):
            opened_for(job)
        coming = threading.Timer(0.5, server.start)
        coming.start()
        study = opened_for(replace(job, data=None))
        coming.join()
    finally:
        server.start()
    assert len(study.trials) == 1
    assert ["It is asked again for up to 10 min." in one.text for one in heard.of(Notice)] == [
        True
    ]
    study._storage._backend.engine.dispose()


def fitted(server, url, home):
    """Fit one trial; return what was asked."""
    asked = ask({"source": "airline", "home": home, "storage": url, "trials": 1, "confirm": 1})
    with pytest.MonkeyPatch.context() as patch:
        install(patch, FakeEngine())
        manager.run(asked).study._storage._backend.engine.dispose()
    return asked


def test_a_server_that_stays_away_is_said_without_password(server, url, tmp_path, monkeypatch):
    monkeypatch.setattr(reconnecting, "PATIENCE", 0.5)
    heard = Heard()

    def before(epoch, seeds):
        if epoch == 3 and len(engine.starts) == 2:
            server.stop()

    engine = install(monkeypatch, FakeEngine(before=before))
    fields = {"source": "airline", "home": tmp_path, "storage": url, "seeds": 2}
    experiment = ask({**fields, "trials": 4, "confirm": 1, "space": SPACE})
    try:
        with pytest.raises(StorageError, match=r"tuner:\*\*\*@.* cannot be used: conn") as caught:
            manager.run(experiment, heard)
    finally:
        server.start()
    said = "".join(traceback.format_exception(caught.value)) + repr(heard)
    assert SECRET not in said
    # The same command goes on, and what was cut off is fitted first.
    engine.before = lambda epoch, seeds: None
    result = manager.run(experiment)
    states = [one.state for one in result.study.trials]
    assert states.count(TrialState.FAIL) == 1
    assert states.count(TrialState.COMPLETE) + states.count(TrialState.PRUNED) == 4
    result.study._storage._backend.engine.dispose()


def test_four_processes_share_a_study_whose_connections_break(server, tmp_path):
    name = server.database()
    url = server.url("psycopg", name, f"tuner:{SECRET}")
    shared_by_four(url, tmp_path, lambda: server.break_connections(name, "random() < 0.5"))
