"""Workers as the process that watches them knows them: `autolstm.workers.crew` and `.hand`."""

import subprocess
import sys
from multiprocessing.connection import Client
from types import SimpleNamespace

from fakes import Heard, opened, question
from test_reliability import ended, start

from autolstm.workers import crew, hand
from autolstm.workers.crew import Crew
from autolstm.workers.hand import Hand
from autolstm.workers.messages import Came
from autolstm.workers.team import Team


def test_whoever_begins_a_worker_does_not_wait_until_it_reads(tmp_path, monkeypatch):
    monkeypatch.setattr(hand, "COMMAND", [sys.executable, "-c", "import time; time.sleep(600)"])
    task = SimpleNamespace(alone=True, data=b"\0" * 10_000_000)  # more than any pipe holds
    begun = Hand.begin(1, "nowhere", b"key", task, tmp_path / "logs" / "log")
    assert begun.alive
    begun.kill()


def test_a_caller_that_says_nothing_keeps_no_worker_out(tmp_path, monkeypatch):
    monkeypatch.setattr(crew, "HELLO", 0.2)
    job = SimpleNamespace(folder=tmp_path, watcher=Heard())
    with Crew(job, opened(question()), None, Team(1, 1, 0)) as watching:
        place = (watching._listener.address, watching._key)
        with Client(place[0], authkey=place[1]), Client(place[0], authkey=place[1]) as worker:
            worker.send(Came(1, "who"))
            _, message = watching._callers.get(timeout=60)
            assert message == Came(1, "who")


def test_where_no_worker_can_begin_its_last_words_are_said(tmp_path):
    process = start(tmp_path / "home", broken="a library is missing")
    code, said = ended(process)
    assert code == 1
    log = next((tmp_path / "home" / "airline" / "logs").iterdir())
    assert (
        "Worker 1 died: it ended with code 1. It could not do anything; the last words were: "
        f"a library is missing. What was finished is kept. All that it printed is in {log}."
    ) in said


def test_workers_that_die_one_after_another_end_the_study(tmp_path):
    deadly = ("--set", "space.training.learning_rate=0.003")
    code, said = ended(start(tmp_path, deadly=0.003, options=deadly))
    assert code == 1
    assert "5 workers in a row could not do anything" in said


def test_a_worker_that_does_not_begin_to_work_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(crew, "COMING", 0.0)
    died = []
    job = SimpleNamespace(folder=tmp_path, watcher=Heard())
    watching = Crew(job, opened(question()), None, Team(1, 1, 10**12))
    monkeypatch.setattr(watching, "_replace", lambda one, how: died.append(how))
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    watching._look_at(Hand(1, process, tmp_path / "log", order="search"))
    assert died == ["it did not begin to work within 0.0 s"]
    assert process.wait(timeout=60) != 0
