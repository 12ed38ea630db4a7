"""The command ``study``: what it passes on, and what it prints where."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from test_cli_summary import results
from typer.testing import CliRunner

from autolstm.cli.app import app
from autolstm.errors import StudyFailed
from autolstm.study.progress import Notice


class Library:
    """Stands in for `autolstm.experiment` and `autolstm.workers`."""

    def __init__(self):
        self.asked = None
        self.added = 2
        self.failure = None
        self.home = Path("runs")
        self.storage = None

    def read(self, source, options, assignments):
        self.asked = (source, options, list(assignments))
        held = {"name": "airline", "home": self.home, "storage": self.storage}
        return SimpleNamespace(**held, trials=4)

    def run(self, experiment, *, watcher):
        watcher.see(Notice("The data are read."))
        if self.failure:
            raise self.failure
        return SimpleNamespace(
            results=results(),
            added=self.added,
            report_path=self.home / "airline/report.html",
            model_path=self.home / "airline/model",
            document=lambda: {"name": "airline", "best": float("nan"), "seeds": (1, 2)},
        )


@pytest.fixture
def library(monkeypatch):
    fake = Library()
    for name in ("autolstm.experiment", "autolstm.workers"):
        monkeypatch.setitem(sys.modules, name, fake)
    return fake


def call(*args):
    return CliRunner().invoke(app, ["study", "airline", *args], prog_name="autolstm")


def test_only_what_was_given_is_passed_on(library):
    assert call().exit_code == 0
    assert library.asked == ("airline", {}, [])


def test_every_option_is_passed_on(library):
    given = {
        "task": "forecasting",
        "target": "sold",
        "id_column": "shop",
        "time_column": "day",
        "covariates": "rain,wind",
        "known": "rain",
        "calendar": "hour,month",
        "horizon": 7,
        "metric": "mae",
        "trials": 9,
        "time": "10m",
        "trial_time": "2m",
        "patience": 7,
        "workers": "auto",
        "memory": "4GB",
        "seeds": 3,
        "seed": 0,
        "name": "mine",
        "home": Path("there"),
        "storage": "sqlite:///x.db",
    }
    words = []
    for name, value in given.items():
        option = "id" if name == "id_column" else name.replace("_", "-")
        words += [f"--{option}", str(value)]
    call(*words, "--set", "split.test=12", "--set", "confirm=1")
    assert library.asked == ("airline", given, ["split.test=12", "confirm=1"])


def test_progress_summary_and_next_steps(library):
    out = call().stdout
    order = [
        out.index(part)
        for part in ("The data are read.", "Study airline:", "Search", "Report", "Model", "Next:")
    ]
    assert order == sorted(order)
    assert "No trial added" not in out
    assert str(Path("runs/airline/report.html")) in out


def test_the_next_steps_name_another_home(library):
    library.home = Path("there")
    assert "autolstm show airline --home there" in call().stdout


def test_quiet_shows_the_summary_only(library):
    result = call("--quiet")
    assert "The data are read." not in result.output
    assert "Study airline:" in result.stdout


def test_json_is_alone_on_standard_output(library):
    result = call("--json")
    assert json.loads(result.stdout) == {"name": "airline", "best": None, "seeds": [1, 2]}
    assert result.stderr == "The data are read.\n"


def test_quiet_json_says_nothing_else(library):
    library.added = 0
    result = call("--json", "--quiet")
    assert json.loads(result.stdout)["name"] == "airline"
    assert result.stderr == ""


@pytest.mark.parametrize(("options", "stream"), [([], "stdout"), (["--json"], "stderr")])
def test_a_run_without_a_new_trial_says_why(library, options, stream):
    library.added = 0
    assert "No trial added: the study has" in getattr(call(*options), stream)


@pytest.mark.parametrize("options", [[], ["--json"], ["--quiet"]])
def test_failures_go_to_standard_error(library, options):
    library.failure = StudyFailed("3 trials in a row failed.")
    result = call(*options)
    assert result.exit_code == 1
    assert "error: 3 trials in a row failed.\n" in result.stderr
    assert "error" not in result.stdout


def test_an_interrupt_repeats_the_whole_command(library):
    library.failure = KeyboardInterrupt()
    result = call("--trials", "9")
    assert result.exit_code == 130
    assert "Everything finished is kept." in result.stderr
    assert "  autolstm study airline --trials 9\n" in result.stderr


def test_a_password_is_not_repeated(library):
    library.failure = KeyboardInterrupt()
    result = call("--storage", "postgresql://me:sec@ret@host/base")
    assert "--storage 'postgresql://me:***@host/base'" in result.stderr
    assert "ret@" not in result.stderr


def test_a_password_is_not_shown_in_the_next_steps(library):
    library.storage = "postgresql://me:secret@host/base"
    result = call()
    assert "postgresql://me:***@host/base" in result.stdout
    assert "secret" not in result.stdout
