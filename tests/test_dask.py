"""A study on a real Dask cluster of processes, over a real PostgreSQL server."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import fakes
import pytest
from optuna.trial import TrialState

from autolstm import workers
from autolstm.errors import StudyFailed
from autolstm.experiment import ask
from autolstm.ledger.storage import open_storage
from autolstm.study.shelf import Shelf
from autolstm.workers import hand

distributed = pytest.importorskip("distributed")

DEADLINE = 120
"""Seconds after which what should have happened is given up."""

FIXED = {**fakes.SPACE, "training.patience": 100, "preparation.window": 6}


@pytest.fixture
def postgresql(server):
    return server.url(name=server.database())


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """A function that begins a cluster whose workers use a fake engine; returns its address."""
    begun = []

    def begin(workers=2, **engine):
        monkeypatch.setenv("FAKE_ENGINE", json.dumps(engine))
        found = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            local_directory=str(tmp_path / "cluster"),
            preload=[fakes.__file__],
        )
        begun.append(found)
        return found

    yield begin
    for one in begun:
        one.close()


def asked(tmp_path, storage, cluster, **fields):
    given = {"source": "airline", "seeds": 2, "confirm": 1, "space": FIXED, "trials": 6}
    given |= {"home": tmp_path / "home", "storage": storage, "dask": cluster.scheduler_address}
    return {**given, **fields}


def wait_for(true):
    until = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def written(mark: Path):
    return mark.is_file() and bool(mark.read_text())


def test_a_worker_that_is_killed_in_a_trial_costs_nothing(
    postgresql, cluster, tmp_path, monkeypatch
):
    mark, once = tmp_path / "mark", tmp_path / "once"
    dask = cluster(hang=("fit", 2), mark=str(mark), once=str(once))
    monkeypatch.setattr(hand, "COMMAND", [sys.executable, fakes.__file__, "worker"])
    fakes.install(monkeypatch, fakes.FakeEngine())

    def kill():
        wait_for(lambda: written(mark))
        os.kill(int(mark.read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    heard = fakes.Heard()
    result = workers.run(ask(asked(tmp_path, postgresql, dask)), watcher=heard)
    killer.join()

    trials = result.study.get_trials()
    finished = [t for t in trials if t.state in (TrialState.COMPLETE, TrialState.PRUNED)]
    assert (len(finished), result.added) == (6, 6)
    (lost,) = [one for one in trials if one.state == TrialState.FAIL]
    assert lost.user_attrs["reason"] == "cut off: its worker died (the cluster has lost it)"
    (retry,) = [one for one in trials if one.user_attrs.get("retry_of") == lost.number]
    assert retry.params == lost.params
    assert retry in finished
    assert len({one.user_attrs["worker"] for one in finished}) >= 2
    results = Shelf(tmp_path / "home", postgresql).results("airline")
    assert results.refit.trial == results.winner


def test_workers_leave_when_whoever_asked_them_is_killed(postgresql, cluster, tmp_path):
    dask = cluster(workers=1, seconds=0.2, mark=str(tmp_path / "mark"))
    settings = [f"--set=space.{name}={json.dumps(value)}" for name, value in FIXED.items()]
    process = subprocess.Popen(
        [
            *(sys.executable, fakes.__file__, "study", "airline", "--quiet", "--seeds", "2"),
            *("--home", str(tmp_path / "home"), "--storage", postgresql, *settings),
            *("--dask", dask.scheduler_address, "--set", "space.training.epochs=400"),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: written(tmp_path / "mark") or process.poll() is not None)
    process.kill()
    process.communicate(timeout=DEADLINE)
    storage = open_storage(tmp_path, postgresql)
    study_id = storage.get_study_id_from_name("airline")

    def states():
        return [one.state for one in storage.get_all_trials(study_id)]

    wait_for(lambda: states() == [TrialState.FAIL])
    (trial,) = storage.get_all_trials(study_id)
    assert trial.user_attrs["reason"] == "interrupted"


def test_a_cluster_of_other_versions_is_refused_where_the_study_says_so(
    postgresql, cluster, tmp_path
):
    given = asked(tmp_path, postgresql, cluster(workers=1, version="9.9"), versions="refuse")
    message = r"No worker of the Dask cluster can fit trials\. The study 'airline' takes its own"
    with pytest.raises(StudyFailed, match=message):
        workers.run(ask(given))
