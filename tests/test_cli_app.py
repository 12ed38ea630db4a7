"""The command line as a whole: help, version, wrong words, and what help must not import."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from autolstm.cli import app as module
from autolstm.cli import one_knob
from autolstm.cli.app import app
from autolstm.cli.study import FIELDS
from autolstm.experiment import Experiment
from autolstm.metrics import default_metric, metrics_for

runner = CliRunner()
COMMANDS = sorted(get_command(app).commands)


@pytest.fixture(autouse=True)
def catalog(monkeypatch):
    fake = SimpleNamespace(CATALOG={"airline": None})
    monkeypatch.setitem(sys.modules, "autolstm.data.catalog", fake)


def call(*args):
    return runner.invoke(app, list(args), prog_name="autolstm", env={"COLUMNS": "80"})


def test_the_commands_are_these():
    expected = (
        "backup dashboard datasets delete export grid list predict repair repeats report restore "
        "sensitivity show space stop study worker"
    )
    assert expected.split() == COMMANDS


def test_no_command_shows_the_help():
    bare, asked = call(), call("--help")
    assert bare.exit_code == asked.exit_code == 0
    assert bare.stdout == asked.stdout
    assert "..." not in asked.stdout.partition("Commands:")[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_with_an_example(name):
    result = call(name, "--help")
    assert result.exit_code == 0
    assert f"\n    autolstm {name}" in result.stdout
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_sentence(name):
    for one in get_command(app).commands[name].params:
        assert one.help, one.name
        assert one.help.endswith("."), one.name


@pytest.mark.parametrize("name", ["horizon", "trials", "seeds", "seed", "home"])
def test_the_defaults_in_the_help_are_those_of_an_experiment(name):
    param = next(one for one in get_command(app).commands["study"].params if one.name == name)
    assert f"Default: {Experiment.model_fields[name].default}." in param.help


def test_the_help_names_every_metric():
    param = next(one for one in get_command(app).commands["study"].params if one.name == "metric")
    assert all(name in param.help for task in ("numbers", "labels") for name in metrics_for(task))
    defaults = (default_metric("numbers"), default_metric("labels"))
    assert "Default: {} for numbers, {} for classes.".format(*defaults) in param.help


def test_every_option_of_study_is_a_field_of_an_experiment():
    params = {one.name for one in get_command(app).commands["study"].params}
    assert params == {*FIELDS, "source", "assignments", "as_json", "quiet"}
    assert set(FIELDS) <= set(Experiment.model_fields)


@pytest.mark.parametrize("name", ["grid", "sensitivity", "repeats"])
def test_every_option_of_a_study_of_one_knob_is_a_field_of_an_experiment(name):
    params = {one.name for one in get_command(app).commands[name].params}
    own = {"source", "vary", "assignments", "as_json", "quiet"}
    left_out = {"precision"} if name != "repeats" else {"vary"}
    assert params == (set(one_knob.FIELDS) | own) - left_out
    assert set(one_knob.FIELDS) <= set(Experiment.model_fields)


def test_version(monkeypatch):
    monkeypatch.setattr(module, "version", lambda name: "1.2.3")
    result = call("--version")
    assert (result.exit_code, result.stdout) == (0, "autolstm 1.2.3\n")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["shwo"], "There is no command 'shwo'. Did you mean 'show'?\nSee `autolstm --help`."),
        (["xyzzy"], "There is no command 'xyzzy'.\nSee"),
        (["airline"], "There is no command 'airline'. Did you mean `autolstm study airline`?"),
        (["sales.csv"], "Did you mean `autolstm study sales.csv`?"),
        (
            ["study", "airline", "--trails", "3"],
            "no option '--trails'. Did you mean '--trials'?\nSee `autolstm study --help`.",
        ),
        (["--vresion"], "There is no option '--vresion'. Did you mean '--version'?"),
        (["show"], "Missing argument 'NAME'"),
        (["study", "airline", "--trials", "many"], "Invalid value for '--trials'"),
        (["study", "airline", "--trials"], "'--trials' requires an argument"),
        (["show", "a", "b"], "Got unexpected extra argument"),
        (["dashboard", "--port", "99999"], "Invalid value for '--port'"),
    ],
)
def test_a_wrong_command_line_is_explained(args, message):
    result = call(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert message in result.stderr


@pytest.mark.parametrize("args", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help_imports_nothing_heavy(args):
    script = (
        "import atexit, sys\n"
        "heavy = {'tensorflow', 'keras', 'optuna', 'pandas'}\n"
        "atexit.register(lambda: print('heavy:', sorted(heavy & set(sys.modules))))\n"
        f"sys.argv = ['autolstm', *{args!r}]\n"
        "from autolstm.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    assert "Usage: autolstm" in done.stdout
    assert done.stdout.endswith("heavy: []\n")


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "autolstm", "shwo"], capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "Did you mean 'show'?" in done.stderr
