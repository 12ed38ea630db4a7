"""The commands on studies that exist, and on bundled data sets."""

import json
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from test_cli_summary import results
from typer.testing import CliRunner

from autolstm.cli.app import app
from autolstm.errors import StudyNotFound


@dataclass
class Line:
    """A line of the shelf."""

    name: str = "airline"
    complete: int = 14
    pruned: int = 5
    failed: int = 1
    best: float | None = 17.25
    std: float | None = 1.5
    metric: str = "rmse"
    unit: str = "thousand"
    updated: datetime | None = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


class Shelf:
    """Stands in for `autolstm.study.shelf.Shelf`."""

    held: tuple = (Line(), Line(name="[bold]x[/bold]", best=None, std=None, updated=None))
    opened: tuple = ()
    deleted: tuple = ()
    found = results()
    running = False

    def __init__(self, home, storage):
        Shelf.opened = (home, storage)

    def lines(self):
        return list(self.held)

    def results(self, name):
        self._check(name)
        return self.found

    def report(self, name):
        self._check(name)
        return Path("runs") / name / "report.html"

    def delete(self, name):
        self._check(name)
        Shelf.deleted = (*Shelf.deleted, name)

    def stop(self, name, *, finish):
        self._check(name)
        return self.running

    def storage(self):
        return "the storage"

    def _check(self, name):
        if name != "airline":
            raise StudyNotFound(f"There is no study {name!r}. Did you mean 'airline'?")


@pytest.fixture(autouse=True)
def shelf(monkeypatch):
    for name in ("held", "opened", "deleted", "found"):
        monkeypatch.setattr(Shelf, name, getattr(Shelf, name))
    modules = {
        "autolstm.study.shelf": SimpleNamespace(Shelf=Shelf),
        "autolstm.study.document": SimpleNamespace(document=lambda one: {"name": one.name}),
    }
    for name, fake in modules.items():
        monkeypatch.setitem(sys.modules, name, fake)
    return Shelf


def call(*args, **more):
    return CliRunner().invoke(app, list(args), prog_name="autolstm", **more)


def test_list(shelf):
    result = call("list", "--home", "there", "--storage", "sqlite:///x.db")
    assert result.exit_code == 0
    assert shelf.opened == (Path("there"), "sqlite:///x.db")
    heading, first, second = result.stdout.splitlines()
    assert heading.split() == ["Study", "Done", "Pruned", "Failed", "Best", "Updated"]
    assert first.split()[:5] == ["airline", "14", "5", "1", "17.2" + first.split()[4][4:]]
    assert "thousand rmse" in first
    assert "2026-03-01 12:30" in first
    assert "[bold]x[/bold]" in second
    assert "none yet" in second


def test_list_as_json():
    first, second = json.loads(call("list", "--json").stdout)
    assert first["name"] == "airline"
    assert first["updated"] == "2026-03-01T12:30:00+00:00"
    assert (second["best"], second["updated"]) == (None, None)


def test_an_empty_folder(shelf, monkeypatch):
    monkeypatch.setattr(shelf, "held", ())
    assert call("list").stdout == (
        "There are no studies in runs yet. Begin one with `autolstm study airline`.\n"
    )
    assert json.loads(call("list", "--json").stdout) == []


def test_show(shelf, tmp_path, monkeypatch):
    (tmp_path / "report.html").write_text("")
    monkeypatch.setattr(shelf, "found", replace(shelf.found, folder=str(tmp_path)))
    out = call("show", "airline").stdout
    parts = ("Study airline:", "Report", str(tmp_path / "report.html"), "Settings", "Next:")
    assert [out.index(part) for part in parts] == sorted(out.index(part) for part in parts)


def test_show_without_a_report(shelf, tmp_path, monkeypatch):
    monkeypatch.setattr(shelf, "found", replace(shelf.found, folder=str(tmp_path)))
    assert "report.html" not in call("show", "airline").stdout


def test_show_as_json():
    assert json.loads(call("show", "airline", "--json").stdout) == {"name": "airline"}


def test_report():
    expected = f"Report written to {Path('runs/airline/report.html')}\n"
    assert call("report", "airline").stdout == expected


@pytest.mark.parametrize("command", ["show", "report", "delete"])
def test_an_unknown_study_is_guessed(command):
    result = call(command, "arline")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == "error: There is no study 'arline'. Did you mean 'airline'?\n"


@pytest.mark.parametrize(
    ("args", "answer", "code", "deleted"),
    [
        (["--yes"], None, 0, ("airline",)),
        ([], "y\n", 0, ("airline",)),
        ([], "n\n", 1, ()),
        ([], "", 1, ()),
    ],
)
def test_delete_asks_first(args, answer, code, deleted, shelf):
    result = call("delete", "airline", *args, input=answer)
    assert result.exit_code == code
    assert shelf.deleted == deleted
    question = "Delete the study airline with its 20 trials, report and model?"
    assert (question in result.output) is not bool(args)
    assert ("The study airline is deleted.\n" in result.stdout) is bool(deleted)
    assert ("stopped: nothing was changed." in result.stderr) is not bool(deleted)


@pytest.mark.parametrize(
    ("running", "args", "said"),
    [
        (True, [], "The study airline stops at the next report of its trials; everything fin"),
        (True, ["--finish"], "The study airline stops at the next report of its trials; the best"),
        (False, [], "Nobody works on the study airline: there is nothing to stop."),
        (
            False,
            ["--storage", "postgresql://host/base"],
            "No trial of the study airline runs. Whoever works on it, on this machine or another, "
            "is asked to stop; everything finished is kept. Workers that come fit nothing until ",
        ),
    ],
)
def test_stop(running, args, said, shelf, monkeypatch):
    monkeypatch.setattr(shelf, "running", running)
    result = call("stop", "airline", *args)
    assert (result.exit_code, result.stdout.startswith(said)) == (0, True)


class Server:
    """Stands in for the dashboard's server."""

    warning = ""

    url = "http://127.0.0.1:8080"
    closed = False

    def serve_forever(self):
        raise KeyboardInterrupt

    def shutdown(self):
        self.closed = True


@pytest.mark.parametrize(
    ("args", "port", "name"), [([], 8080, None), (["airline", "--port", "0"], 0, "airline")]
)
def test_the_dashboard_serves_until_an_interrupt(args, port, name, monkeypatch):
    server, asked = Server(), []

    def make(storage, *, port, study_name, host, read_only):
        asked.append((storage, port, study_name))
        assert (host, read_only) == ("127.0.0.1", False)
        return server

    fake = SimpleNamespace(make=make)
    monkeypatch.setitem(sys.modules, "autolstm.report.dashboard", fake)
    result = call("dashboard", *args)
    assert asked == [("the storage", port, name)]
    assert result.stdout == f"The dashboard is at {server.url} (Ctrl-C ends it)\n"
    assert server.closed
    assert (result.exit_code, result.stderr) == (130, "interrupted.\n")


def test_the_dashboard_for_other_machines(monkeypatch):
    server, asked = Server(), []
    server.warning = "It has no login."

    def make(storage, **options):
        asked.append(options)
        return server

    fake = SimpleNamespace(make=make)
    monkeypatch.setitem(sys.modules, "autolstm.report.dashboard", fake)
    result = call("dashboard", "--host", "0.0.0.0", "--read-only")
    assert asked == [{"port": 8080, "study_name": None, "host": "0.0.0.0", "read_only": True}]
    assert result.stderr.startswith("It has no login.\n")


@pytest.fixture
def catalog(monkeypatch):
    def entry(name, frequency, unit, task="forecasting"):
        return SimpleNamespace(
            name=name,
            title="A title",
            task=task,
            rows=144,
            target="value",
            unit=unit,
            frequency=frequency,
            season=12,
            source="A book",
        )

    made = [entry("airline", "MS", "thousand"), entry("steps", "", ""), entry("fast", "30min", "")]
    made.append(entry("many", "", "", "classification"))
    fake = SimpleNamespace(CATALOG={one.name: one for one in made})
    monkeypatch.setitem(sys.modules, "autolstm.data.catalog", fake)


def test_datasets(catalog):
    out = call("datasets").stdout
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[:5] == [
        "Name Task Rows Every Target Season What",
        "airline forecasting 144 month value (thousand) 12 A title",
        "steps forecasting 144 step value 12 A title",
        "fast forecasting 144 30min value 12 A title",
        "many classification 144 sequence value 12 A title",
    ]
    assert lines[-1] == "Tune on one of them with `autolstm study NAME`."


def test_datasets_as_json(catalog):
    first = json.loads(call("datasets", "--json").stdout)[0]
    assert first == {
        "name": "airline",
        "title": "A title",
        "task": "forecasting",
        "rows": 144,
        "target": "value",
        "unit": "thousand",
        "frequency": "MS",
        "season": 12,
        "source": "A book",
    }
