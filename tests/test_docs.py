"""Documents that cannot lie: README, changelog and study files against the code."""

import ast
import re
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

import autolstm
from autolstm.cli.app import app
from autolstm.cli.options import STORAGE
from autolstm.data.load import load
from autolstm.experiment import PRUNERS, SAMPLERS, Experiment, Split, ask, read
from autolstm.question import pose
from autolstm.settings import KNOBS, Knob
from autolstm.space import PRESETS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COMMANDS = get_command(app).commands


def row(knob: Knob) -> str:
    """Return the line of a knob in the README's table."""
    unit = f" {knob.unit}" if knob.unit else ""
    default = str(knob.default).lower() if knob.kind is bool else knob.default
    return f"| `{knob.name}` | {knob.help} Takes {knob.accepts()} ({default}{unit}) |"


def test_the_readme_lists_every_setting_in_order() -> None:
    table = [line for line in README.splitlines() if re.match(r"\| `\w+\.\w+` \| .* Takes ", line)]
    assert table == [row(knob) for knob in KNOBS.values()]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_readme_names_every_command(name: str) -> None:
    assert f"| `autolstm {name}" in README


@pytest.mark.parametrize("name", sorted(Experiment.model_fields))
def test_the_readme_names_every_field(name: str) -> None:
    named = [f"split.{one}" for one in Split.model_fields] if name == "split" else [name]
    for one in named:
        assert f"`{one}`" in README


@pytest.mark.parametrize("line", re.findall(r"^autolstm .*$", README, re.MULTILINE))
def test_the_commands_in_the_readme_have_known_options(line: str) -> None:
    _, command, *words = line.partition("  ")[0].split()
    options = {one for param in COMMANDS[command].params for one in param.opts}
    assert {word for word in words if word.startswith("--")} <= options


CLUSTER = (ROOT / "docs/cluster.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^ *```(\w+)\n(.*?)^ *```", CLUSTER, re.MULTILINE | re.DOTALL)


def commands() -> list[list[str]]:
    """Return the words of every `autolstm` command in the page on clusters, also in a sentence."""
    shell = "\n".join(text for kind, text in BLOCKS if kind == "sh").replace("\\\n", " ")
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", CLUSTER, flags=re.DOTALL))
    found = re.findall(r"(?<![\w./=-])autolstm ([^#\n'&|]+)", "\n".join([shell, *inline]))
    listed = [re.findall(r"command: \[autolstm, (.*)\]", text) for _, text in BLOCKS]
    return [one.split() for one in found] + [one.split(", ") for row in listed for one in row]


def test_the_commands_for_clusters_have_known_options_and_fields() -> None:
    assert {words[0] for words in commands()} >= {"study", "worker", "stop"}
    assert len(commands()) > 8
    for words in commands():
        assert words[0] in COMMANDS, words
        options = {one for param in COMMANDS[words[0]].params for one in param.opts}
        assert {word for word in words if word.startswith("--")} <= options, words
        for before, word in pairwise(words):
            if before == "--set":
                assert word.partition("=")[0] in Experiment.model_fields, words


def test_the_python_for_clusters_has_known_names_and_fields() -> None:
    calls = [
        node
        for kind, text in BLOCKS
        if kind == "python"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("autolstm.")
    ]
    assert calls
    for call in calls:
        assert ast.unparse(call.func).removeprefix("autolstm.") in autolstm.__all__
        assert {one.arg for one in call.keywords} <= set(Experiment.model_fields)


def test_the_pods_for_clusters_are_limited_and_have_the_variable_of_the_storage() -> None:
    (pods,) = [yaml.safe_load(text) for kind, text in BLOCKS if kind == "yaml"]
    (container,) = pods["spec"]["template"]["spec"]["containers"]
    assert container["resources"]["limits"].keys() == {"cpu", "memory"}
    assert [one["name"] for one in container["env"]] == [STORAGE]
    assert f"export {STORAGE}=" in CLUSTER


def test_the_study_file_in_the_readme_can_be_read() -> None:
    texts = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    assert texts
    for text in texts:
        table = tomllib.loads(text)
        assert ask({**table, "source": "airline"}).space == table["space"]
        pose(ask({**table, "source": "airline"}), load("airline"))


def test_the_readme_names_every_preset_sampler_and_pruner() -> None:
    for name in (*PRESETS, *SAMPLERS, *PRUNERS):
        assert f"`{name}`" in README, name


def test_the_names_in_the_readme_are_public() -> None:
    used = set(re.findall(r"autolstm\.(\w+)\(", README))
    assert used >= {"tune", "load_model"}
    assert used <= set(autolstm.__all__)


def test_the_files_that_the_readme_points_to_are_there() -> None:
    linked = [one for one in re.findall(r"\]\(([^)]+)\)", README) if "://" not in one]
    assert linked
    for one in linked:
        assert (ROOT / one).is_file(), one


def test_ci_runs_the_test_command_of_the_readme() -> None:
    between = README.partition("<!-- test -->")[2].partition("<!-- end -->")[0]
    commands = [line for line in between.splitlines() if line.startswith("pip install")]
    assert commands == [
        "pip install -c constraints.txt '.[test]' && pytest -n auto --dist worksteal"
    ]
    assert "<!-- test -->" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_the_changelog_knows_the_version() -> None:
    released = re.findall(
        r"^## \[(\d\S*)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    assert released[0] == PROJECT["version"]


def test_every_dependency_is_pinned_and_has_its_reason() -> None:
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").casefold().replace("_", "-")
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]
    for one in wanted:
        name = re.split(r"[<>=\[]", one)[0].casefold().replace("_", "-")
        assert re.search(rf"^{re.escape(name)}==\S+$", pinned, re.MULTILINE), name
        assert re.search(rf'"{re.escape(one)}",\s+# \S', text), one


@pytest.mark.parametrize("path", sorted((ROOT / "studies").glob("*.toml")), ids=lambda p: p.name)
def test_the_study_files_can_be_read(path: Path) -> None:
    assert read(str(path)).name == path.stem


def test_the_airline_study_spelled_out_is_the_default_one() -> None:
    """So that both commands go on with the same study."""
    spelled, short = (
        pose(read(source), load("airline")).flat()
        for source in (str(ROOT / "studies/airline.toml"), "airline")
    )
    assert spelled == short


def test_nothing_heavy_is_loaded_by_the_import() -> None:
    script = "import sys, autolstm; print({'tensorflow', 'keras', 'optuna'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "set()\n"
