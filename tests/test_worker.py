"""Joining a study: `autolstm.study.offer`, `autolstm.workers.join`, the command ``worker``."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import fakes
import pytest
from fakes import SPACE, FakeEngine, Heard
from test_reliability import (
    DEADLINE,
    ended,
    start,
    stored_at,
    until_complete,
    wait_for,
    workers_of,
)

from autolstm.cli.worker import _builder
from autolstm.errors import SettingError, StorageError, StudyNotFound
from autolstm.experiment import ask
from autolstm.ledger.record import StudyKey
from autolstm.study import manager, offer
from autolstm.study.begin import seated
from autolstm.study.progress import Notice
from autolstm.study.shelf import Shelf
from autolstm.workers import join


@pytest.fixture
def begun(monkeypatch, tmp_path):
    """A study of one trial, over a fake engine in this process."""

    def begun(build=None, **fields):
        fakes.install(monkeypatch, FakeEngine())
        asked = {"source": "airline", "home": tmp_path, "trials": 1, "seeds": 2, "confirm": 1}
        table = {**asked, "space": {**SPACE, "preparation.window": 6}, **fields}
        manager.run(ask(table), build=build)
        return Shelf(tmp_path).study("airline")

    return begun


# What is offered --------------------------------------------------------------------------------


def test_a_study_says_all_that_is_not_each_process_own_business(begun, tmp_path):
    study = begun(horizon=2, patience=7, workers=1, time="1h")
    asked = study.user_attrs[StudyKey.offer]["experiment"]
    assert (asked["horizon"], asked["patience"], asked["seeds"]) == (2, 7, 2)
    assert not {"source", "home", "storage", "name", "workers", "time"} & asked.keys()
    experiment = offer.accepted(study, "the data", tmp_path / "other", {"workers": 3})
    assert experiment.source == "the data"
    assert (experiment.name, experiment.home) == ("airline", tmp_path / "other")
    assert (experiment.horizon, experiment.workers, experiment.time) == (2, 3, None)


def test_a_storage_cannot_say_what_is_each_process_own_business(begun, tmp_path):
    study = begun(horizon=2)
    offered = study.user_attrs[StudyKey.offer]
    evil = {"workers": 256, "dask": "tcp://evil:8786", "memory": "9TB", "time": 1, "name": "x"}
    evil |= {"artifacts": "s3://evil/bucket", "storage": "mysql://evil/x", "home": "/etc"}
    study.set_user_attr(
        StudyKey.offer, {**offered, "experiment": {**offered["experiment"], **evil}}
    )
    experiment = offer.accepted(study, "the data", tmp_path, {"storage": None})
    assert (experiment.horizon, experiment.name, experiment.home) == (2, "airline", tmp_path)
    for name in ("workers", "dask", "memory", "time", "artifacts", "storage"):
        assert getattr(experiment, name) is None, name


def test_the_same_versions_need_no_word(begun):
    assert offer.different(begun()) == ""


def test_other_versions_are_told(begun, monkeypatch):
    study = begun()
    ours = offer.version
    monkeypatch.setattr(offer, "version", lambda name: "9.9" if name == "keras" else ours(name))
    said = offer.different(study)
    assert said == (
        f"Here there is keras 9.9 instead of {ours('keras')}: scores may differ in their last "
        f"digits."
    )


def test_other_versions_are_refused_where_the_study_says_so(begun, monkeypatch):
    study = begun(versions="refuse")
    monkeypatch.setattr(offer, "version", lambda name: "9.9")
    with pytest.raises(SettingError, match="takes its own versions only, and here there is"):
        offer.different(study)


def test_whoever_joins_hears_of_other_versions_or_is_refused(begun, tmp_path, monkeypatch):
    begun()
    begun(versions="refuse", name="strict")
    monkeypatch.setattr(offer, "version", lambda name: "9.9")
    heard = Heard()
    assert join("airline", tmp_path, watcher=heard) == 0
    assert [one.text[:22] for one in heard.of(Notice)] == ["Here there is autolstm"]
    with pytest.raises(SettingError, match="takes its own versions only"):
        join("strict", tmp_path)


def test_a_study_goes_on_with_other_versions_where_that_is_allowed(begun, monkeypatch):
    begun(versions="refuse")
    monkeypatch.setattr(offer, "version", lambda name: "9.9")
    with pytest.raises(SettingError, match=r"Install those, or let its `autolstm study` command"):
        begun(versions="refuse")
    study = begun()
    # Those of its first trials, with which later ones are compared.
    assert "9.9" not in study.user_attrs[StudyKey.offer]["versions"].values()


@pytest.mark.parametrize(("running", "trials"), [(True, 500), (False, 20)])
def test_a_command_that_wants_fewer_trials_sends_no_worker_home(running, trials, begun, tmp_path):
    study = begun(trials=1)
    wanted = {"source": "airline", "home": tmp_path, "seeds": 2, "space": SPACE}
    offer.offer(study, ask({**wanted, "trials": 500}))
    if running:
        study.ask()
    offer.offer(study, ask({**wanted, "trials": 20}))
    assert offer.accepted(study, "the data", tmp_path, {}).trials == trials


# Joining ----------------------------------------------------------------------------------------


def test_a_file_of_another_machine_is_not_shared(begun, tmp_path, monkeypatch):
    begun()
    monkeypatch.setattr(offer.socket, "gethostname", lambda: "elsewhere")
    message = r"was begun on .*, and .*studies\.db is a SQLite file: over a network its locks do n"
    with pytest.raises(StorageError, match=message):
        join("airline", tmp_path)
    study = begun()  # it goes on here, and is ours from now on
    offer.check_reach(study, tmp_path, None)


def test_a_server_is_shared_by_all_machines(begun, tmp_path, monkeypatch):
    study = begun()
    monkeypatch.setattr(offer.socket, "gethostname", lambda: "elsewhere")
    offer.check_reach(study, tmp_path, "postgresql://host/base")


def test_a_study_that_has_all_its_trials_lets_a_worker_go_at_once(begun, tmp_path):
    begun()
    heard = Heard()
    assert join("airline", tmp_path, watcher=heard) == 0


def test_what_is_not_there_or_says_nothing_is_said(begun, tmp_path):
    study = begun()
    with pytest.raises(
        StudyNotFound, match=r"There is no study 'airlin' in .* Did you mean 'airline'\?"
    ):
        join("airlin", tmp_path)
    study.set_user_attr(StudyKey.offer, None)
    with pytest.raises(StudyNotFound, match="does not say what a worker needs to know: an older"):
        join("airline", tmp_path)


def test_an_offer_holds_until_the_study_is_stopped(begun, tmp_path):
    study = begun()

    def is_stopped():
        return seated(study, tmp_path, "me", here_only=True).wish(study) is not None

    assert not is_stopped()
    study.set_user_attr(StudyKey.stop, {"number": 1, "finish": False})
    assert is_stopped()
    begun()  # its command is run again
    assert not is_stopped()
    study.set_user_attr(StudyKey.stop, {"number": 2, "finish": True})
    assert is_stopped()
    older = dict(study.user_attrs[StudyKey.offer])
    del older["stop"]
    study.set_user_attr(StudyKey.offer, older)
    assert not is_stopped()


def test_a_study_with_a_builder_needs_it(begun, tmp_path):
    def build(trial, shapes):
        trial.suggest_int("units", 4, 8)

    fields = {"preparation.window": 6, "training.epochs": 12}
    begun(build, space=fields)
    with pytest.raises(SettingError, match=r"its own function builds, .*build. Give it with --bu"):
        join("airline", tmp_path)
    assert join("airline", tmp_path, build=build) == 0


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("nets", r"--build 'nets' is not accepted. It takes MODULE:FUNCTION, such as nets:build"),
        ("nowhere:build", "the module 'nowhere' cannot be found here. Call the command in the"),
        ("json:dump_", "json has no function 'dump_'. Did you mean 'dump'"),
    ],
)
def test_a_builder_that_cannot_be_found_is_said(said, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingError, match=message):
        _builder(said)


def test_a_builder_is_found_in_the_folder_of_the_command(monkeypatch, tmp_path):
    (tmp_path / "nets_of_mine.py").write_text("def build(trial, shapes):\n    return 7\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert _builder("nets_of_mine:build")(None, None) == 7


def joining(home, url, **engine):
    """Begin a worker in another process."""
    command = [sys.executable, fakes.__file__, "worker", "airline", "--storage", url]
    return subprocess.Popen(
        [*command, "--home", str(home)],
        env={**os.environ, "FAKE_ENGINE": json.dumps(engine)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_worker_that_is_ended_by_its_scheduler_leaves_its_trial_to_the_others(how, tmp_path):
    url, marks = f"sqlite:///{tmp_path}/shared.db", [tmp_path / "first", tmp_path / "second"]
    options = ("--storage", url, "--set", f"artifacts={tmp_path}/artifacts")
    engine = {"hang": ("fit", 2), "mark": str(marks[0]), "once": str(tmp_path / "once")}
    first = start(tmp_path / "home", options=options, **engine)
    wait_for(marks[0], first)
    worker = joining(tmp_path / "other", url, hang=("fit", 1), mark=str(marks[1]))
    wait_for(marks[1], worker)
    worker.send_signal(how)
    _, said = worker.communicate(timeout=DEADLINE)
    assert worker.returncode == (143 if how == signal.SIGTERM else -how)
    assert "Traceback" not in said
    (stuck,) = workers_of(first)
    stuck.kill()
    assert ended(first) == (0, "")
    results = Shelf(tmp_path / "home", url).results("airline")
    done = results.in_state("complete") + results.in_state("pruned")
    assert len(done) == 4
    _, left = results.in_state("failed")
    assert left.reason == "interrupted"
    assert left.params in [one.params for one in done]


def test_a_study_that_is_stopped_lets_its_workers_go_and_takes_no_others(tmp_path):
    """With exit code 0: a scheduler begins what failed anew, and stop is no failure."""
    url, mark = f"sqlite:///{tmp_path}/shared.db", tmp_path / "mark"
    options = ("--storage", url, "--set", f"artifacts={tmp_path}/artifacts")
    first = start(tmp_path / "home", trials=500, options=options, hang=("fit", 2), mark=str(mark))
    wait_for(mark, first)
    worker = joining(tmp_path / "other", url)
    until_complete(lambda: stored_at(url), 3, worker)
    assert Shelf(tmp_path / "home", url).stop("airline")
    out, err = worker.communicate(timeout=DEADLINE)
    assert (worker.returncode, err) == (0, "")
    told = (
        "The study 'airline' was stopped: no trials are fitted here until its `autolstm study` "
        "command is run again."
    )
    *_, said, last = out.splitlines()
    assert said == told
    assert last.startswith("Fitted here: ")
    first.send_signal(signal.SIGINT)
    ended(first)
    before = len(stored_at(url))
    again = joining(tmp_path / "third", url)
    out, err = again.communicate(timeout=DEADLINE)
    assert (again.returncode, err) == (0, "")
    assert out.splitlines()[-2:] == [told, "Fitted here: 0 trials of the study airline."]
    assert len(stored_at(url)) == before


@pytest.mark.parametrize("joins", [False, True])
def test_a_study_that_is_deleted_under_its_processes_is_said(tmp_path, joins, server):
    mark = tmp_path / "mark"
    url = server.url(name=server.database()) if joins else f"sqlite:///{tmp_path}/shared.db"
    options = ("--storage", url, "--set", f"artifacts={tmp_path}/artifacts")
    engine = {"hang": ("fit", 2)} if joins else {"seconds": 0.02}
    process = start(tmp_path / "home", trials=500, options=options, mark=str(mark), **engine)
    wait_for(mark, process)
    if joins:
        first, process = process, joining(tmp_path / "other", url)
    until_complete(lambda: stored_at(url), 2, process)
    if joins:
        first.kill()
        first.communicate()
    Shelf(tmp_path / "third", url).delete("airline", force=True)
    out, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, err) == (
        2,
        "error: The study 'airline' was deleted while it was worked on here, and its trials with "
        "it. To begin it anew, run its `autolstm study` command again.\n",
    ), out


def test_a_worker_of_another_home_shares_the_trials_and_the_data_come_to_it(tmp_path):
    url, mark = f"sqlite:///{tmp_path}/shared.db", tmp_path / "mark"
    options = ("--storage", url, "--set", f"artifacts={tmp_path}/artifacts")
    engine = {"hang": ("fit", 2), "mark": str(mark)}
    first = start(tmp_path / "home", trials=6, options=options, **engine)
    wait_for(mark, first)
    worker = joining(tmp_path / "other", url)
    until_complete(lambda: stored_at(url), 5, worker)
    first.send_signal(signal.SIGINT)
    assert ended(first)[0] == 130
    out, err = worker.communicate(timeout=DEADLINE)
    assert (worker.returncode, err) == (0, "")
    assert out.endswith("Fitted here: 5 trials of the study airline.\n")
    assert ended(start(tmp_path / "home", trials=6, options=options)) == (0, "")
    results = Shelf(tmp_path / "home", url).results("airline")
    assert len(results.in_state("complete") + results.in_state("pruned")) == 6
    assert [one.reason for one in results.in_state("failed")] == ["interrupted"]
    assert not (Path(tmp_path) / "other" / "airline" / "model").exists()
