"""The command ``space``: what it prints, and that its file says the same thing."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autolstm.cli.app import app
from autolstm.data.load import load
from autolstm.experiment import read
from autolstm.question import pose
from autolstm.settings import KNOBS
from autolstm.space import PRESETS

runner = CliRunner()


def call(*args: str) -> str:
    result = runner.invoke(app, ["space", *args], prog_name="autolstm")
    assert result.exit_code == 0, result.stderr
    return result.stdout


def asked(*args: object) -> dict[str, object]:
    """What a study compares when it goes on."""
    return pose(read(*args), load("airline")).flat()  # type: ignore[arg-type]


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("  ")]


def test_every_setting_is_shown_with_what_it_is() -> None:
    text = call("airline")
    assert text.startswith("The space of passengers of airline: 144 rows, ")
    assert text.splitlines()[0].endswith(": preset default.")
    shown = {line.split()[0] for line in rows(text)}
    assert shown == {name.partition(".")[2] for name in KNOBS}
    for knob in KNOBS.values():
        short = knob.name.partition(".")[2]
        line = next(one for one in rows(text) if one.split()[0] == short)
        assert line.rstrip().endswith(knob.help)
        assert (line.split()[1] == "*") == knob.shapes


@pytest.mark.parametrize(
    "line",
    [
        "units * 16, 32, 64, 128 32 cells Memory cells",
        "learning_rate 0.0003 to 0.03, log scale 0.003 Step size",
        "momentum 0 to 0.95, only with optimizer sgd 0.9 Momentum",
        "seasonal_adjustment 0, 12, only with seasonal_difference 0 0 rows Subtract",
        "epochs 150 Most passes",
    ],
)
def test_a_row(line: str) -> None:
    assert any(" ".join(one.split()).startswith(line) for one in rows(call("airline")))


def test_without_a_source_it_is_that_of_a_typical_series() -> None:
    text = call("--preset", "quick")
    assert text.startswith(
        "The space of a typical monthly series (108 training rows, a season of 12): preset quick."
    )
    assert rows(text) == rows(call("airline", "--preset", "quick"))


def test_a_study_file_and_assignments(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('source = "airline"\npreset = "quick"\n[space]\n"architecture.units" = 5\n')
    text = call(str(path), "--set", "space.training.epochs=7")
    assert text.splitlines()[0].endswith(": preset quick, with changes of your own.")
    lines = [" ".join(one.split()) for one in rows(text)]
    assert any(one.startswith("units * 5 cells") for one in lines)
    assert any(one.startswith("epochs 7 ") for one in lines)
    fixed = call("airline", "--set", "space.remove=['architecture.dropout']").partition("Fixed")[2]
    assert "  dropout " in fixed


def test_a_space_with_nothing_to_search(tmp_path: Path) -> None:
    path = tmp_path / "fixed.toml"
    names = json.dumps(list(KNOBS))
    path.write_text(f'source = "airline"\n[space]\nremove = {names}\n')
    assert "Searched" not in call(str(path))


@pytest.mark.parametrize("preset", PRESETS)
def test_the_file_asks_the_same_question(preset: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(call("airline", "--preset", preset, "--toml"), encoding="utf-8")
    assert asked(str(path)) == asked("airline", {"preset": preset})
    text = path.read_text(encoding="utf-8")
    assert all(f"# {knob.help} Takes {knob.accepts()}" in text for knob in KNOBS.values())
    assert list(tomllib.loads(text)["space"]) == list(KNOBS)


def test_the_file_of_a_file_keeps_its_other_fields(tmp_path: Path) -> None:
    before, after = tmp_path / "before.toml", tmp_path / "after.toml"
    before.write_text(
        'source = "airline"\nhorizon = 2\nmetric = "mae"\nseeds = 3\npreset = "thorough"\n'
        'sampler = {name = "tpe", options = {n_startup_trials = 5}}\n[split]\ntest = 12\n'
        '[space]\nremove = ["architecture.layers"]\n'
        '"training.momentum" = {low = 0.5, high = 0.9, when = {}}\n'
    )
    after.write_text(call(str(before), "--toml"), encoding="utf-8")
    assert asked(str(after)) == asked(str(before))
    first, second = read(str(before)), read(str(after))
    assert first.model_dump(exclude={"space", "name"}) == second.model_dump(
        exclude={"space", "name"}
    )
    assert second.name == "after"


def test_for_programs() -> None:
    found = {one["name"]: one for one in json.loads(call("airline", "--json"))}
    assert list(found) == list(KNOBS)
    assert found["training.momentum"] == {
        "name": "training.momentum",
        "searched": True,
        "takes": {"low": 0.0, "high": 0.95, "when": {"training.optimizer": "sgd"}},
        "when": {"training.optimizer": "sgd"},
        "default": 0.9,
        "unit": "",
        "compiles": False,
        "help": KNOBS["training.momentum"].help,
    }
    assert found["training.epochs"]["searched"] is False
    assert found["training.epochs"]["takes"] == found["training.epochs"]["default"] == 150
    assert found["architecture.units"]["compiles"] is True


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["airline", "--preset", "thoruogh"], "Did you mean 'thorough'? It takes 'quick', 'def"),
        (["airline", "--toml", "--json"], "--toml and --json exclude each other."),
        (["nothing.csv"], "nothing.csv"),
    ],
)
def test_what_is_wrong_is_said(args: list[str], message: str) -> None:
    result = runner.invoke(app, ["space", *args], prog_name="autolstm")
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize("command", ["space", "study"])
def test_what_only_the_data_tell_has_its_line_too(command: str, tmp_path: Path) -> None:
    """A preset searches momentum under sgd, which this file takes away."""
    path = tmp_path / "mine.toml"
    path.write_text(
        'source = "airline"\n[space]\n"training.optimizer" = "adam"\n'
        '"training.momentum" = [0.5, 0.9]\n'
    )
    where = ["--home", str(tmp_path)] if command == "study" else []
    result = runner.invoke(app, [command, str(path), *where], prog_name="autolstm")
    assert result.exit_code == 2
    says = f"error: {path}, line 4: space: training.momentum is searched only when"
    assert says in result.stderr.replace("\n", " ")


def test_it_needs_no_tensorflow() -> None:
    script = (
        "import atexit, sys\n"
        "heavy = {'tensorflow', 'keras', 'matplotlib'}\n"
        "atexit.register(lambda: print('heavy:', sorted(heavy & set(sys.modules))))\n"
        "sys.argv = ['autolstm', 'space', 'airline']\n"
        "from autolstm.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "heavy: []"
