"""Workers of a Dask cluster: who is asked, who is lost, what is said; Dask is a fake here."""

import re
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import cloudpickle
import fakes
import optuna
import pytest
from optuna.trial import TrialState

from autolstm.errors import SettingError, StorageError, StudyFailed
from autolstm.experiment import ask
from autolstm.ledger.record import StudyKey
from autolstm.study.job import Job
from autolstm.study.progress import Notice, TrialEnded, TrialStarted
from autolstm.study.retry import WORKER
from autolstm.train.deferred import DeferredEngine
from autolstm.workers import cluster, losses
from autolstm.workers.cluster import Cluster
from autolstm.workers.messages import Came, Done, Failure, Orders
from autolstm.workers.scheduler import check_shared, connected

ONE, TWO = "tcp://one:1", "tcp://two:2"


class Client:
    """A Dask client that is told what happens.

    Args:
        looks: What happens at each look at the workers: called with this client.
        there: Workers at the beginning.
    """

    def __init__(self, *looks, there=(ONE,)):
        self.looks = list(looks)
        self.there = set(there)
        self.status = "running"
        self.tasks = {}
        self.cancelled = []
        self.looked = 0
        self.restarted = []
        self.can_restart = True

    def subscribe_topic(self, topic, handler):
        self.topic, self._handler = topic, handler

    def unsubscribe_topic(self, topic):
        self.topic = None

    def nthreads(self):
        self.looked += 1
        assert self.looked < 10**4, "nothing ends the search"
        if self.looks and len(self.tasks):
            self.looks.pop(0)(self)
        return dict.fromkeys(self.there, 1)

    def submit(self, function, task, slot, topic, *, key, workers, pure, retries):
        assert (pure, retries, topic) == (False, 0, self.topic)
        future = SimpleNamespace(
            status="pending", key=key, address=workers[0], task=task, release=lambda: None
        )
        self.tasks[slot] = future
        return future

    def says(self, slot, *messages):
        for one in messages if self.topic else ():
            self._handler((0.0, cloudpickle.dumps((slot, one))))

    def cancel(self, futures, force):
        self.cancelled += [one.address for one in futures]

    def restart_workers(self, addresses, timeout):
        if not self.can_restart:
            raise ValueError("no nanny")
        self.restarted += addresses
        self.there -= set(addresses)


@pytest.fixture
def job(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "LOOK", 0.0)
    return made(tmp_path)


def made(tmp_path, **asked):
    question = fakes.question()
    experiment = ask({"source": "tiny", "home": tmp_path, "dask": "tcp://here:8786", **asked})
    return Job(
        experiment=experiment,
        question=question,
        name="tiny",
        started=time.monotonic(),
        engine=DeferredEngine("compiled"),
        watcher=fakes.Heard(),
    )


def search(job, client, study=None, most=None):
    study = optuna.create_study() if study is None else study
    return Cluster(job, study, fakes.seat_at(study), client, most).search()


def said(job):
    return [one.text for one in job.watcher.of(Notice)]


ENDED = TrialEnded(0, "complete", 1.0, 0.0, True, "", 1.0, {})


def done(slot, added=1):
    return lambda client: client.says(slot, *[ENDED] * added, Done(Orders.search))


def running(study, who):
    """Begin a trial that a process has signed."""
    trial = study.ask()
    trial.set_user_attr(WORKER, who)
    return trial.number


def test_every_worker_is_asked_once_and_what_they_finish_is_counted(job):
    client = Client(done(1, 2), done(2, 3), there=[ONE, TWO])
    assert search(job, client) == 5
    assert [one.address for one in client.tasks.values()] == [ONE, TWO]
    assert said(job) == ["Workers of the Dask cluster that fit trials: 2."]
    assert client.topic is None
    task = client.tasks[1].task
    assert (task.name, task.experiment.source, task.question) == ("tiny", None, job.question)
    assert cloudpickle.loads(cloudpickle.dumps(task)).name == "tiny"


def test_the_file_of_a_storage_url_is_read_here(tmp_path, job):
    (tmp_path / "url").write_text("postgresql://me:secret@host/base\n")
    client = Client(done(1))
    search(made(tmp_path, storage=f"@{tmp_path}/url"), client)
    assert client.tasks[1].task.experiment.storage == "postgresql://me:secret@host/base"


def test_a_limit_of_memory_is_said_to_be_for_this_machine_alone(tmp_path, job):
    client, asked = Client(done(1)), made(tmp_path, memory="4GB")
    search(asked, client)
    assert said(asked)[0] == (
        "memory = 4.0 GB holds here, where the winner is refitted. The workers of the Dask "
        "cluster are limited by Dask: begin them with `dask worker --memory-limit 4.0GB`."
    )
    assert client.tasks[1].task.memory == 0
    search(job, Client(done(1)))
    assert not [one for one in said(job) if "memory" in one]


def test_not_more_workers_than_were_asked_for(job):
    client = Client(done(1), there=[ONE, TWO])
    assert search(job, client, most=1) == 1
    assert len(client.tasks) == 1


def test_events_of_workers_are_passed_on(job):
    started = TrialStarted(0, {})
    client = Client(
        lambda client: client.says(1, Came(1, "a:b:c"), started, Notice("note"), Notice("note")),
        lambda client: client.says(1, ENDED, Done(Orders.search)),
    )
    search(job, client)
    assert (job.watcher.of(TrialStarted), job.watcher.of(TrialEnded)) == ([started], [ENDED])
    assert said(job).count("note") == 1


def test_a_worker_that_comes_later_is_asked_too(job):
    def comes(client):
        client.there.add(TWO)

    client = Client(comes, lambda client: None, done(1), done(2))
    assert search(job, client) == 2
    assert [one.address for one in client.tasks.values()] == [ONE, TWO]


def test_a_trial_of_a_lost_worker_is_ended_and_another_worker_is_asked(job):
    study = optuna.create_study()

    def dies(client):
        client.says(
            1, Came(1, "host:place:name"), TrialStarted(running(study, "host:place:name"), {})
        )

    def is_gone(client):
        client.there = {TWO}

    client = Client(dies, is_gone, lambda client: None, done(2))
    search(job, client, study)
    (trial,) = study.trials
    assert trial.state == TrialState.FAIL
    assert trial.user_attrs["reason"] == "cut off: its worker died (the cluster has lost it)"
    assert f"Worker 1 ({ONE}) is gone: the cluster has lost it. Trial 0 is tried again." in said(
        job
    )
    ended, _ = job.watcher.of(TrialEnded)
    assert (ended.number, ended.state) == (0, "failed")


def test_workers_that_are_lost_one_after_another_end_the_study(job):
    def moves(client):
        client.there = {f"tcp://{len(client.tasks)}:1"}

    client = Client(*[moves] * 50)
    with pytest.raises(StudyFailed, match=r"5 times in a row workers of the Dask cluster were "):
        search(job, client)


def test_many_that_leave_at_once_are_one_loss(job):
    def leave(client):
        client.there = {ONE}

    client = Client(leave, lambda client: None, done(10), there=[ONE, *map(str, range(9))])
    assert search(job, client) == 1


def test_a_worker_that_has_finished_trials_may_leave(job):
    def moves(client):
        client.says(len(client.tasks), ENDED)
        client.there = {f"tcp://{len(client.tasks)}:1"}

    def ends(client):
        client.says(len(client.tasks), Done(Orders.search))

    assert search(job, Client(*[moves] * 20, *[ends] * 9)) > 5


def test_what_a_worker_says_before_it_is_lost_is_heard(job):
    def says_and_goes(client):
        client.says(1, ENDED, Done(Orders.search))
        client.there = set()

    assert search(job, Client(says_and_goes)) == 1


@pytest.mark.parametrize("status", ["cancelled", "lost", "finished"])
def test_a_task_that_was_taken_away_is_given_again(status, job):
    def breaks(client):
        client.tasks[1].status = status
        client.topic = None  # after a connection that broke nothing is heard

    client = Client(breaks, *[lambda client: None] * 6, done(2))
    assert search(job, client) == 1
    assert [one.address for one in client.tasks.values()] == [ONE, ONE]


def test_a_task_that_somebody_else_takes_away_is_not_the_end(job):
    client = Client(
        lambda client: client.says(1, Done(Orders.leave)), *[lambda client: None] * 4, done(2)
    )
    assert search(job, client) == 1
    assert len(client.tasks) == 2


def test_a_connection_that_breaks_for_a_moment_is_waited_for(job):
    broken = iter([True, True, False])

    def breaks(client):
        if next(broken, False):
            raise OSError("broken")

    assert search(job, Client(*[breaks] * 4, done(1))) == 1


def test_a_study_that_is_stopped_is_not_waited_for(job):
    study = optuna.create_study()
    seat = fakes.seat_at(study)
    study.set_user_attr(StudyKey.stop, {"at": "now", "finish": False})
    assert Cluster(job, study, seat, Client(there=[]), None).search() == 0
    # One that waits behind what others let its worker do is not waited for either.
    client = Client()
    assert Cluster(job, study, seat, client, None).search() == 0


def test_a_study_that_is_complete_asks_nobody(tmp_path, job):
    study = optuna.create_study()
    study.add_trial(optuna.trial.create_trial(value=1.0))
    client = Client()
    assert search(made(tmp_path, trials=1), client, study) == 0
    assert not client.tasks


def test_a_worker_that_cannot_run_is_left_out(job):
    def fails(client):
        future = client.tasks[1]
        future.status = "error"
        future.exception = lambda: ModuleNotFoundError("No module named 'autolstm'\nmore")

    client = Client(fails, lambda client: None, done(2), there=[ONE, TWO])
    assert search(job, client) == 1
    assert said(job)[1] == (
        f"The worker {ONE} of the cluster takes no part: It cannot run autolstm (No module named "
        f"'autolstm'). Install the same version there."
    )


@pytest.mark.parametrize("error", [SettingError("other versions."), StorageError("no way there.")])
def test_a_study_that_no_worker_can_take_part_in_fails(error, job):
    client = Client(lambda client: client.says(1, Failure.of(error)))
    message = f"No worker of the Dask cluster can fit trials. {error}"
    with pytest.raises(StudyFailed, match=message):
        search(job, client)


def test_what_is_wrong_with_the_study_is_raised_and_others_are_sent_home(job):
    client = Client(
        lambda client: client.says(1, Failure.of(StudyFailed("All trials fail."))),
        there=[ONE, TWO],
    )
    with pytest.raises(StudyFailed, match=r"All trials fail\."):
        search(job, client)
    assert client.cancelled == [ONE, TWO]


def test_a_cluster_without_workers_is_waited_for(tmp_path, job):
    client = Client(done(1), there=[])
    looks = iter([set(), set(), {ONE}])
    client.nthreads = lambda: dict.fromkeys(next(looks, {ONE}), 1)
    client.submit = lambda *given, **more: (
        client.says(1, ENDED, Done(Orders.search)),
        SimpleNamespace(status="pending", release=lambda: None),
    )[1]
    assert search(job, client) == 1
    assert said(job)[0] == "The Dask cluster has no workers; they are waited for."

    hasty = replace(made(tmp_path, time=1), started=time.monotonic() - 2)
    message = (
        r"No worker of the Dask cluster came within 1\.0 s\. Begin some with `dask worker tcp"
    )
    with pytest.raises(StudyFailed, match=message):
        search(hasty, Client(there=[]))
    scored = optuna.create_study()
    scored.add_trial(optuna.trial.create_trial(value=1.0, user_attrs={"scores": [1.0]}))
    assert search(hasty, Client(there=[]), scored) == 0


def test_a_scheduler_that_goes_away_is_said(job, monkeypatch):
    def goes(client):
        client.status = "closed"

    message = r"The Dask scheduler tcp://here:8786 does not answer any more\. Everything finished"
    with pytest.raises(StudyFailed, match=message):
        search(job, Client(goes, goes))
    monkeypatch.setattr(cluster, "BROKEN", 0.05)

    def breaks(client):
        raise OSError("broken")

    with pytest.raises(StudyFailed, match=message):
        search(job, Client(*[breaks] * 10**5))


@pytest.mark.parametrize("nanny", [True, False])
def test_a_trial_that_hangs_is_ended_and_its_worker_restarted(nanny, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "LOOK", 0.0)
    monkeypatch.setattr(losses, "OVERTIME", 0.0)
    job, study = made(tmp_path, trial_time=1), optuna.create_study()

    def hangs(client):
        number = running(study, "host:place:name")
        client.says(1, Came(1, "host:place:name"), TrialStarted(number, {}))

    def later(client):
        monkeypatch.setattr(
            losses, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 10)
        )

    client = Client(hangs, later, lambda client: None, done(2), there=[ONE, TWO])
    client.can_restart = nanny
    search(job, client, study)
    (trial,) = study.trials
    assert (trial.state, trial.user_attrs["reason"]) == (
        TrialState.PRUNED,
        "ended after 1.0 s, the limit of one trial",
    )
    assert client.restarted == [ONE] * nanny
    assert f"Trial 0 did not end by itself: the worker {ONE} is restarted." in said(job)


# Connections ------------------------------------------------------------------------------------


@pytest.mark.parametrize("storage", [None, "sqlite:///own.db"])
def test_sqlite_is_refused_with_the_reason(storage, tmp_path):
    experiment = ask({"source": "tiny", "home": tmp_path, "storage": storage})
    message = r"is a SQLite file, .* its locks do not hold, .* Give one that takes many machines"
    with pytest.raises(StorageError, match=message):
        check_shared(experiment)
    check_shared(ask({"source": "tiny", "storage": "postgresql://host/base"}))


CONNECTING = """
import os, sys
from autolstm.errors import SettingError
from autolstm.workers import scheduler
scheduler.CONNECTING = 1
try:
    with scheduler.connected(sys.argv[1]):
        pass
except SettingError as error:
    print(error, flush=True)
os._exit(0)  # whatever threads Dask has begun
"""


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense", "tcp://"])
def test_a_scheduler_that_is_not_there_is_said(address):
    """In a process of its own: threads of a client that never was outlive it."""
    pytest.importorskip("distributed")
    command = [sys.executable, "-c", CONNECTING, address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    message = f"No Dask scheduler answers at {address}: .* dask takes the address of one that runs"
    assert re.match(message, done.stdout), done


def test_dask_that_is_not_installed_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(SettingError, match=r"pip install 'autolstm\[dask\]'`, here and on the"),
        connected("tcp://host:1"),
    ):
        pass
