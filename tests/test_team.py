"""Tests of `autolstm.workers.team`: how a machine is shared."""

import threading
import time
from types import SimpleNamespace

import pytest

from autolstm.experiment import ask
from autolstm.workers.crew import Crew
from autolstm.workers.team import NEEDED, Team, team_for
from autolstm.workers.worker import tiring

GB = 10**9


def team(room=100, cores=8, memory=40 * GB, **asked):
    return team_for(ask({"source": "airline", **asked}), room, cores=cores, memory=memory)


def test_one_worker_has_the_whole_machine():
    assert team() == Team(workers=1, threads=8, memory=32 * GB)


@pytest.mark.parametrize(
    ("seeds", "cores", "memory", "workers", "threads"),
    [
        (3, 8, 40, 8, 1),
        (5, 8, 40, 4, 2),
        (5, 2, 40, 1, 2),
        (30, 8, 40, 1, 8),
        (5, 1, 40, 1, 1),
        # Memory for three: 0.8 * 6 GB / 1.5 GB.
        (3, 8, 6, 3, 2),
        (3, 8, 1, 1, 8),
    ],
)
def test_auto_fills_the_processor_as_far_as_memory_goes(seeds, cores, memory, workers, threads):
    found = team(workers="auto", seeds=seeds, cores=cores, memory=memory * GB)
    assert (found.workers, found.threads) == (workers, threads)


def test_a_share_in_which_no_worker_could_begin_is_not_given():
    assert team(workers=8, memory=8 * GB).memory == NEEDED
    assert team(workers=4, memory=16 * GB).memory == 3.2 * GB


@pytest.mark.parametrize(
    ("used", "tired"),
    [
        # As large as it is before its first trial any other one would be.
        ((800, 1100, 1300), (False, False, True)),
        ((200, 400, 700, 760), (False, False, False, True)),
        ((2000, 2900, 3100), (False, False, True)),
    ],
)
def test_a_worker_is_tired_when_it_has_grown(used, tired):
    readings = iter(used)
    is_tired = tiring(750, lambda: next(readings))
    assert tuple(is_tired() for _ in used) == tired


def test_a_crew_leaves_no_thread_behind(tmp_path):
    job = SimpleNamespace(folder=tmp_path)
    with Crew(job, None, None, team(workers=1)):
        assert "callers" in [one.name for one in threading.enumerate()]
    until = time.monotonic() + 5
    while "callers" in [one.name for one in threading.enumerate()]:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_no_more_workers_than_trials():
    assert team(workers=8, room=3).workers == 3
    assert team(workers="auto", seeds=3, room=2).workers == 2


def test_what_is_asked_for_is_taken():
    assert team(workers=16, cores=2).workers == 16
    assert team(workers=16, cores=2).threads == 1
    assert team(workers=2).memory == 16 * GB
    asked = ask({"source": "airline", "workers": "auto", "seeds": 3, "memory": "4GB"})
    assert team_for(asked, 100, cores=8, memory=40 * GB) == Team(8, 1, 4 * GB)


@pytest.mark.parametrize("workers", [0, -1, 257, 1.5, "many", True, "1.5"])
def test_other_numbers_of_workers_are_refused(workers):
    with pytest.raises(ValueError, match=r"workers = .* a whole number from 1 to 256, or auto"):
        ask({"source": "airline", "workers": workers})


@pytest.mark.parametrize("memory", ["10MB", "much", 5, "4 apples", True])
def test_other_amounts_of_memory_are_refused(memory):
    with pytest.raises(ValueError, match=r"memory = .* at least 1\.5 GB: 4GB, 2500MB or a number"):
        ask({"source": "airline", "memory": memory})


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GB", 4 * GB), ("1500MB", 1.5 * GB), ("1.5 GiB", 1.5 * 2**30), ("2000000000", 2 * GB)],
)
def test_amounts_of_memory_are_read(text, size):
    assert ask({"source": "airline", "memory": text}).memory == size
