"""Real processes that are killed, interrupted, locked out or out of room, and go on.

Each runs ``python tests/fakes.py study airline ...``: the real command over a fake engine.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import fakes
import psutil
import pytest
from fakes import SPACE
from outages import shared_by_four

from autolstm.experiment import ask
from autolstm.ledger.storage import default_path
from autolstm.study import manager
from autolstm.study.shelf import Shelf

DEADLINE = 180
"""Seconds after which a process that should have done something is given up."""

TRIALS = 4
FIXED = {**SPACE, "training.patience": 100, "preparation.window": 6}


def start(home, *, trials=TRIALS, options=(), **engine):
    """Begin a study in another process; ``engine`` says how the fake one behaves."""
    settings = [f"--set=space.{name}={json.dumps(value)}" for name, value in FIXED.items()]
    return subprocess.Popen(
        [
            *(sys.executable, fakes.__file__, "study", "airline", "--home", str(home)),
            *("--trials", str(trials), "--seeds", "2", "--set", "confirm=1", *settings),
            *options,
        ],
        env={**os.environ, "FAKE_ENGINE": json.dumps(engine)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def go_on(monkeypatch):
    """Run the same study in this process, which is faster where nothing is to happen to it."""

    def go_on(home, trials=TRIALS):
        fakes.install(monkeypatch, fakes.FakeEngine())
        asked = {"source": "airline", "home": home, "trials": trials, "seeds": 2, "confirm": 1}
        return manager.run(ask({**asked, "space": FIXED}))

    return go_on


def ended(process):
    """Wait for the end of a process; return its exit code and what it said to standard error."""
    _, said = process.communicate(timeout=DEADLINE)
    assert "Traceback" not in said
    return process.returncode, said


def wait_for(mark, process):
    """Wait until a process has come to where it was told to say so."""
    until = time.monotonic() + DEADLINE
    while not mark.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)
    mark.unlink()


def hanging(home, mark, kind, number):
    """Begin a study and wait until one of its fits hangs."""
    process = start(home, hang=(kind, number), mark=str(mark))
    wait_for(mark, process)
    return process


def table(home):
    """Return what is stored of the finished trials, times included."""
    trials = Shelf(home).storage().get_all_trials(1)
    return {
        one.number: (one.state, one.params, one.values, one.user_attrs, one.datetime_complete)
        for one in trials
        if one.state.name in ("COMPLETE", "PRUNED")
    }


def assert_done(home, trials=TRIALS):
    """Check that a study has what was asked for, and nothing half done."""
    results = Shelf(home).results("airline")
    finished = results.in_state("complete") + results.in_state("pruned")
    assert len(finished) == trials
    assert not results.in_state("running")
    assert results.best.number in results.confirmed
    assert results.refit.trial == results.winner
    assert fakes.is_model(results.refit.path)
    return results


# Killed -----------------------------------------------------------------------------------------


def test_a_study_that_is_killed_again_and_again_loses_nothing(go_on, tmp_path):
    home, mark = tmp_path / "home", tmp_path / "mark"
    finished = {}
    # In its second fit, in the first confirmation, in the refit; each run counts its own fits.
    for kind, number, trials in (("fit", 2, 1), ("fit", 4, 4), ("refit", 1, 4)):
        process = hanging(home, mark, kind, number)
        process.kill()
        assert ended(process)[0] == -signal.SIGKILL
        before, finished = finished, table(home)
        assert len(finished) == trials
        assert {number: finished[number] for number in before} == before
    code, said = ended(start(home))
    assert (code, said) == (0, "")
    assert table(home) == finished
    results = assert_done(home)
    (lost,) = results.in_state("failed")
    # Its worker saw that nobody listened to it any more, and left in good order.
    assert (lost.number, lost.reason) == (1, "interrupted")

    straight = tmp_path / "straight"
    go_on(straight)
    other = assert_done(straight)
    # The next run may begin while the last worker of the killed one still tidies up.
    assert sorted(str(one.params) for one in results.in_state("complete")) == sorted(
        str(one.params) for one in other.in_state("complete")
    )
    assert (results.refit.test, results.confirmed[results.winner]) == (
        *(other.refit.test, other.confirmed[other.winner]),
    )


# Interrupted, and busy --------------------------------------------------------------------------


def test_an_interrupted_study_says_how_to_go_on(tmp_path):
    home, mark = tmp_path / "home", tmp_path / "mark"
    first = hanging(home, mark, "fit", 2)
    first.send_signal(signal.SIGINT)
    code, said = ended(first)
    assert code == 130
    assert said.startswith("interrupted. Everything finished is kept. To go on, run the same")
    assert said.splitlines()[1].startswith("  autolstm study airline --home ")
    assert len(said.splitlines()) == 2
    results = Shelf(home).results("airline")
    assert [one.state for one in results.trials] == ["complete", "failed"]
    assert results.trials[1].reason == "interrupted"
    assert len(results.trials[1].curve.valid_loss) == 1


def test_a_second_interrupt_ends_at_once_and_the_next_run_tidies_up(tmp_path):
    home, mark = tmp_path / "home", tmp_path / "mark"
    process = hanging(home, mark, "fit", 2)
    (worker,) = workers_of(process)
    worker.suspend()  # it cannot leave in good order, which the first interrupt waits for
    process.send_signal(signal.SIGINT)
    time.sleep(1.0)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.wait(timeout=10)
    worker.resume()
    _, said = ended(process)
    assert process.returncode != 0
    psutil.wait_procs([worker], timeout=DEADLINE)
    assert not worker.is_running()
    assert ended(start(home)) == (0, "")
    (lost,) = assert_done(home).in_state("failed")
    assert (lost.number, said.count("error")) == (1, 0)


def test_a_machine_that_sleeps_loses_nothing(tmp_path):
    home, mark = tmp_path / "home", tmp_path / "mark"
    process = start(home, mark=str(mark), seconds=0.1, options=("--workers", "2"))
    wait_for(mark, process)
    asleep = [psutil.Process(process.pid), *workers_of(process)]
    for one in asleep:
        one.suspend()
    time.sleep(3.0)
    # Whoever comes meanwhile does not take what sleeps for dead.
    second = start(home)
    time.sleep(4.0)
    for one in asleep:
        one.resume()
    assert ended(process) == (0, "")
    assert ended(second) == (0, "")
    assert not assert_done(home).in_state("failed")


def test_a_terminated_study_goes_on(tmp_path):
    home, mark = tmp_path / "home", tmp_path / "mark"
    process = hanging(home, mark, "fit", 1)
    process.send_signal(signal.SIGTERM)
    code, said = ended(process)
    assert code == 143
    assert said.startswith("ended by SIGTERM. Everything finished is kept. To go on, run the same")
    assert ended(start(home)) == (0, "")
    first, second, *_ = assert_done(home).trials
    assert (first.state, first.reason, first.is_default) == ("failed", "interrupted", True)
    assert (second.state, second.params, second.is_default) == ("complete", first.params, True)


# Memory -----------------------------------------------------------------------------------------


def test_a_worker_that_takes_too_much_memory_is_replaced_and_its_trial_fitted_again(tmp_path):
    home = tmp_path / "home"
    limit = ("--memory", "1500MB")
    process = start(home, hog=1_500_000_000, once=str(tmp_path / "o"), seconds=0.3, options=limit)
    code, out = said_by(process)
    assert code == 0
    told = "Worker 1 died: it used more than 1.5 GB of memory. Trial 0 is tried again."
    assert told in out
    results = assert_done(home)
    (lost,) = results.in_state("failed")
    assert lost.number == 0
    assert results.trials[1].params == lost.params


def test_a_worker_that_has_grown_is_replaced_between_two_trials(tmp_path):
    home = tmp_path / "home"
    # Half of the limit is passed in the third trial, the whole never.
    process = start(home, hog=250_000_000, options=("--memory", "1500MB"))
    code, out = said_by(process)
    assert (code, "died" in out) == (0, False)
    results = assert_done(home)
    assert not results.in_state("failed")
    who = {one.user_attrs["worker"] for one in Shelf(home).storage().get_all_trials(1)}
    assert len(who) >= 2


# Workers ----------------------------------------------------------------------------------------


def workers_of(process):
    """Return the living workers of a study."""
    found = psutil.Process(process.pid).children(recursive=True)
    return [one for one in found if "worker" in one.cmdline()[-1:]]


def stuck(home, **engine):
    """Begin a study whose only worker hangs in its second fit, once; return both processes."""
    mark, once = home.with_name("mark"), home.with_name("once")
    process = start(home, hang=("fit", 2), mark=str(mark), once=str(once), **engine)
    wait_for(mark, process)
    (worker,) = workers_of(process)
    return process, worker


def said_by(process):
    """Wait for the end of a process; return its exit code and what it said to standard output."""
    out, err = process.communicate(timeout=DEADLINE)
    assert "Traceback" not in err, err
    return process.returncode, out


def test_a_worker_that_is_killed_is_replaced_and_its_trial_is_fitted_again(tmp_path):
    home = tmp_path / "home"
    process, worker = stuck(home)
    worker.kill()
    code, out = said_by(process)
    assert code == 0
    killed = "killed by SIGKILL, as the system does when memory runs out"
    assert (
        f"Worker 1 died: {killed}. Trial 1 is tried again. Another worker takes its place." in out
    )
    results = assert_done(home)
    (lost,) = results.in_state("failed")
    assert (lost.number, lost.reason) == (1, f"cut off: its worker died ({killed})")
    retried = results.trials[2]
    assert (retried.state, retried.params) == ("complete", lost.params)


def test_a_worker_that_is_terminated_leaves_its_trial_in_good_order(tmp_path):
    home = tmp_path / "home"
    process, worker = stuck(home)
    worker.terminate()
    code, out = said_by(process)
    assert code == 0
    assert "Worker 1 died: it was ended by SIGTERM. Another worker takes its place." in out
    (lost,) = assert_done(home).in_state("failed")
    assert (lost.number, lost.reason) == (1, "interrupted")


def test_a_worker_that_dies_before_it_has_come_is_replaced_where_others_could(tmp_path):
    home = tmp_path / "home"
    process, worker = stuck(home, stillborn=str(tmp_path / "stillborn"))
    worker.kill()
    code, out = said_by(process)
    assert code == 0
    assert "Worker 1 died: it ended with code 3. Another worker takes its place." in out
    (lost,) = assert_done(home).in_state("failed")
    assert lost.number == 1
    # What the first one printed is still there.
    (log,) = (home / "airline" / "logs").iterdir()
    assert log.read_text().count("worker 1, begun") == 3


def test_a_configuration_that_kills_its_workers_is_not_tried_a_third_time(tmp_path):
    home = tmp_path / "home"
    process = start(home, deadly=0.003)
    code, out = said_by(process)
    assert code == 0
    assert out.count("killed by SIGSEGV. Trial") == 2
    assert "Trial 1 is not tried again." in out
    results = assert_done(home)
    first, second = results.in_state("failed")
    assert first.params == second.params
    assert first.reason == "cut off: its worker died (killed by SIGSEGV)"
    assert second.reason.startswith("its worker died twice with this configuration, which is not")
    assert 0.003 not in {one.params["training.learning_rate"] for one in results.trials[2:]}


def test_workers_leave_when_the_process_that_began_them_is_killed(tmp_path):
    home, mark = tmp_path / "home", tmp_path / "mark"
    process = hanging(home, mark, "fit", 2)
    (worker,) = workers_of(process)
    process.kill()
    ended(process)
    psutil.wait_procs([worker], timeout=DEADLINE)
    assert not worker.is_running()
    (lost,) = Shelf(home).results("airline").in_state("failed")
    assert lost.reason == "interrupted"


def test_several_workers_run_exactly_what_was_asked(tmp_path):
    home = tmp_path / "home"
    heavy, three = tmp_path / "heavy", ("--workers", "3")
    process = start(home, trials=12, seconds=0.02, options=three, heavy=str(heavy))
    code, _ = said_by(process)
    assert code == 0
    # Whatever TensorFlow does to a process, it does not do it to the one that watches.
    assert heavy.read_text() == "[]"
    results = assert_done(home, 12)
    assert len({str(one.params) for one in results.trials}) == 12
    assert [one.number for one in results.trials] == list(range(12))
    assert len({one.user_attrs["worker"] for one in stored(home)}) == 3


def test_four_processes_share_the_200_trials_of_one_file(tmp_path):
    shared_by_four(f"sqlite:///{tmp_path}/studies.db", tmp_path)


def test_two_commands_share_the_trials_of_one_study(tmp_path):
    home, mark = tmp_path / "home", tmp_path / "mark"
    first = hanging(home, mark, "fit", 2)
    second = start(home, trials=6)
    until_complete(lambda: stored(home), 5, second)
    first.send_signal(signal.SIGINT)
    assert ended(first)[0] == 130
    assert ended(second) == (0, "")
    results = assert_done(home, 6)
    (lost,) = results.in_state("failed")
    assert lost.reason == "interrupted"
    assert results.trials[-1].params == lost.params


def test_a_trial_that_hangs_is_ended_and_the_study_goes_on(tmp_path, monkeypatch):
    home = tmp_path / "home"
    process = start(
        home,
        hang=("fit", 2),
        once=str(tmp_path / "once"),
        options=("--trial-time", "2"),
        overtime=1.0,
    )
    code, out = said_by(process)
    assert code == 0
    assert "Trial 1 did not end by itself after" in out
    results = assert_done(home)
    assert results.trials[1].state == "pruned"
    assert results.trials[1].reason == "ended after 2.0 s, the limit of one trial"
    assert results.seconds > 3  # with what it has cost


def test_a_trial_that_hangs_when_the_time_is_over_keeps_nobody(tmp_path):
    home = tmp_path / "home"
    process = start(
        home,
        trials=500,
        hang=("fit", 1),
        once=str(tmp_path / "once"),
        seconds=0.02,
        options=("--workers", "2", "--time", "8"),
        overtime=1.0,
    )
    code, out = said_by(process)
    assert code == 0
    said = [line for line in out.splitlines() if "did not end by itself" in line]
    assert len(said) == 1, out
    assert said[0].endswith(" was ended.")
    failed = Shelf(home).results("airline").in_state("failed")
    # The one that hung, and perhaps the one that the other worker had begun by then.
    assert {one.reason for one in failed} == {"cut off by the time limit of the study"}
    assert len(failed) <= 2
    assert_done(home, len(stored(home)) - len(failed))


def test_stop_is_heard_while_the_best_are_confirmed(tmp_path):
    home, mark = tmp_path / "home", tmp_path / "mark"
    process = start(home, trials=1, seconds=0.5, mark=str(mark))
    wait_for(mark, process)
    until_complete(lambda: stored(home), 1, process)
    assert Shelf(home).stop("airline")
    code, said = ended(process)
    assert code == 130
    assert said.startswith("The study 'airline' was stopped. Everything finished is kept. To")
    results = Shelf(home).results("airline")
    assert (results.refit, len(results.in_state("complete"))) == (None, 1)
    assert ended(start(home, trials=1)) == (0, "")
    assert_done(home, 1)


@pytest.mark.parametrize("finish", [False, True])
def test_a_study_is_stopped_from_another_terminal(tmp_path, finish):
    home, mark = tmp_path / "home", tmp_path / "mark"
    process = start(home, trials=500, seconds=0.02, mark=str(mark))
    wait_for(mark, process)
    while not any(one.state.name == "COMPLETE" for one in stored(home)):
        time.sleep(0.05)
    assert Shelf(home).stop("airline", finish=finish)
    code, said = ended(process)
    if finish:
        assert (code, said) == (0, "")
        assert_done(home, len(Shelf(home).results("airline").in_state("complete")))
    else:
        assert code == 130
        assert said.startswith("The study 'airline' was stopped. Everything finished is kept. To")
        assert Shelf(home).results("airline").refit is None
    for one in Shelf(home).results("airline").in_state("failed"):
        assert one.reason == "cut off by `autolstm stop`"
    assert not Shelf(home).stop("airline")


def stored(home):
    """Return the trials as they stand."""
    return Shelf(home).storage().get_all_trials(1)


def stored_at(url):
    """Return the trials of a storage as they stand."""
    return Shelf(Path("nowhere"), url).storage().get_all_trials(1)


def until_complete(trials, count, process):
    """Wait until so many trials are complete or pruned."""
    until = time.monotonic() + DEADLINE
    while sum(one.state.name in ("COMPLETE", "PRUNED") for one in trials()) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.05)


# Locked -----------------------------------------------------------------------------------------


def test_a_storage_that_is_locked_for_a_while_is_waited_for(tmp_path):
    home, mark = tmp_path / "home", tmp_path / "mark"
    process = start(home, mark=str(mark), seconds=0.02)
    wait_for(mark, process)
    other = sqlite3.connect(default_path(home), timeout=DEADLINE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(31)  # how long it is locked; at 50 epochs a second, all is to be written in it
    assert process.poll() is None
    other.execute("ROLLBACK")
    other.close()
    assert ended(process) == (0, "")
    assert not assert_done(home).in_state("failed")


# No room ----------------------------------------------------------------------------------------


def test_a_storage_that_cannot_grow_is_said_and_goes_on_later(go_on, tmp_path):
    home = tmp_path / "home"
    go_on(home, trials=1)
    with sqlite3.connect(default_path(home)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.close()
    before = table(home)
    code, said = ended(start(home, trials=12, pages=pages + 4))
    assert code == 2
    assert said.startswith(
        f"error: The storage {home}/studies.db cannot be used: database or disk"
    )
    assert said.endswith("run the same command again: what is finished is kept.\n")
    assert said.count("\n") == 1
    between = table(home)
    assert {number: between[number] for number in before} == before
    go_on(home, trials=12)
    assert_done(home, 12)
    after = table(home)
    assert {number: after[number] for number in between} == between


@pytest.fixture
def small_disk(tmp_path):
    """A file system of eight megabytes; only root may make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs to mount a small file system")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_is_said_and_the_study_goes_on_when_there_is_room(go_on, small_disk):
    home = small_disk / "home"
    go_on(home, trials=2)
    before = table(home)
    filler = small_disk / "filler"
    fill(filler)
    code, said = ended(start(home, trials=8))
    assert code in (1, 2)
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert "Make room" in said
    filler.unlink()
    go_on(home, trials=8)
    assert_done(home, 8)
    after = table(home)
    assert {number: after[number] for number in before} == before


@pytest.fixture
def read_only(small_disk, tmp_path):
    """The same disk at another place, where it cannot be written."""
    view = tmp_path / "view"
    view.mkdir()
    subprocess.run(["mount", "--bind", str(small_disk), str(view)], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(view)], check=True)
    yield view
    subprocess.run(["umount", "--lazy", str(view)], check=True)


def test_a_home_that_cannot_be_written_is_said_and_nothing_is_lost(go_on, small_disk, read_only):
    home = small_disk / "home"
    go_on(home)
    before = table(home)
    code, said = ended(start(read_only / "home", trials=8))
    assert code == 2
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert "cannot be written" in said
    assert "--home" in said
    go_on(home, trials=8)
    assert_done(home, 8)
    after = table(home)
    assert {number: after[number] for number in before} == before


def fill(path: Path):
    """Write until there is no room left."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            return
