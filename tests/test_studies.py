"""The study files that come along: each runs as it is, but for its length, and is told of."""

import re
from pathlib import Path

import pytest

from autolstm.data.catalog import CATALOG
from autolstm.experiment import read
from autolstm.report.verdict import judge
from autolstm.settings import KNOBS
from autolstm.study.manager import run

FOLDER = Path(__file__).parent.parent / "studies"
FILES = sorted(FOLDER.glob("*.toml"))
EVERY = pytest.mark.parametrize("file", FILES, ids=[one.stem for one in FILES])

BRIEF = ("training.epochs", "training.patience")


@EVERY
def test_a_study_file_can_be_read_offline(file: Path) -> None:
    asked = read(str(file))
    assert asked.source in CATALOG
    assert asked.name == file.stem
    assert file.read_text(encoding="utf-8").startswith("# ")


@EVERY
def test_the_readme_of_the_folder_tells_of_it(file: Path) -> None:
    assert f"`{file.name}`" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_readme_of_the_folder_tells_of_no_other() -> None:
    told = re.findall(r"`(\w+\.toml)`", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert {*told} == {one.name for one in FILES}


@pytest.mark.slow
@EVERY
def test_a_study_file_runs(file: Path, tmp_path: Path) -> None:
    asked = read(str(file))
    varied = {*asked.vary}
    short = {"seeds": 2, "home": str(tmp_path)}
    short |= {"trials": 1, "confirm": 1} if asked.kind == "tune" else {}
    fixed = [f"space.{name}=1" for name in BRIEF if name not in varied]
    result = run(read(str(file), short, fixed))
    assert result.report_path.stat().st_size > 10_000
    assert judge(result.results).text
    cells = 1
    for values in asked.vary.values():
        cells *= len(values)
    assert len(result.results.trials) == cells
    assert all(one.state == "complete" for one in result.results.trials)
    assert all(KNOBS[name].check(value) == value for name, value in result.best.params.items())
