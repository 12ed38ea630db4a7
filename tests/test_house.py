"""The rules of the house, read from the code itself."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

import autolstm

ROOT = Path(autolstm.__file__).parent

ROOMS = (
    "errors limits processor seeding secrecy memory private",
    "settings dataset sequences shapes facts outcome metrics comparison fields written refusals "
    "outside",
    "data split prepare space models ledger varied",
    "experiment nested question framing baselines train report together",
    "score tuned",
    "study",
    "workers",
    "api cli",
    "__main__ __init__",
)
FLOORS = {room: floor for floor, rooms in enumerate(ROOMS, start=1) for room in rooms.split()}
"""Floor of every room: a module, or a folder with all that is in it."""

DOORS = {
    "keras": ("models", "train", "tuned"),
    "tensorflow": ("models", "train", "tuned"),
    "optuna": ("space", "ledger", "study", "workers"),
    "optuna_dashboard": ("report.dashboard",),
    "matplotlib": ("report",),
    "statsmodels": ("baselines", "data", "prepare"),
    "filelock": ("ledger.locks",),
    "typer": ("cli",),
    "rich": ("cli",),
    "distributed": ("workers",),
    "pydantic": ("experiment", "fields", "nested"),
}
"""Rooms or modules that may import a package."""

LONGEST_MODULE, LONGEST_FUNCTION = 300, 40
"""Lines; those of a function without its docstring, which is to be as long as it needs."""

FORBIDDEN_NAMES = {"utils", "util", "common", "misc", "helpers", "helper", "tools"}


@dataclass(frozen=True)
class Module:
    """One source file."""

    name: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]

    def imports(self, *, at_the_top: bool = False) -> Iterator[str]:
        """Every imported module, ``from a import b`` as both a and a.b."""
        for node in _outside_functions(self.tree) if at_the_top else ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (one.name for one in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{self.name}: relative import"
                assert node.module is not None
                yield node.module
                yield from (f"{node.module}.{one.name}" for one in node.names)

    def uses(self, package: str) -> bool:
        return any(one.partition(".")[0] == package for one in self.imports())


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield child
            yield from _outside_functions(child)


def _read() -> dict[str, Module]:
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts if len(parts) == 1 else [one for one in parts if one != "__init__"])
        text = path.read_text(encoding="utf-8")
        found[name] = Module(name, text, ast.parse(text))
    return found


MODULES = _read()
EVERY = pytest.mark.parametrize("module", MODULES.values(), ids=list(MODULES))


def own(imported: str) -> str | None:
    """The module of this package that an import names, None for any other."""
    package, _, name = imported.partition(".")
    return name if package == "autolstm" and name in MODULES else None


def lengths(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Name and lines of every function, its docstring left out."""
    for one in ast.walk(tree):
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)):
            said = ast.get_docstring(one) is not None
            first = one.body[0]
            words = (first.end_lineno or 0) - first.lineno + 1 if said else 0
            yield one.name, (one.end_lineno or 0) - one.lineno + 1 - words


def test_the_reader_sees_the_code() -> None:
    assert len(MODULES) > 40
    assert "space.reading" in set(map(own, MODULES["experiment"].imports()))
    assert set(MODULES["data.catalog"].imports()) > set(
        MODULES["data.catalog"].imports(at_the_top=True)
    )


# 1. Floors --------------------------------------------------------------------------------------


def test_every_room_stands_on_a_floor() -> None:
    assert {one.room for one in MODULES.values()} == set(FLOORS)


@EVERY
def test_no_import_goes_up(module: Module) -> None:
    higher = [
        name
        for name in map(own, module.imports())
        if name and FLOORS[name.partition(".")[0]] > FLOORS[module.room]
    ]
    assert not higher


def test_no_circle() -> None:
    arrows = {
        name: {one for one in map(own, module.imports(at_the_top=True)) if one and one != name}
        for name, module in MODULES.items()
    }
    # Take away what imports nothing that is left; a circle is what remains.
    while free := [name for name, below in arrows.items() if not below & arrows.keys()]:
        for name in free:
            del arrows[name]
    assert not arrows


# 2. Small rooms ---------------------------------------------------------------------------------


@EVERY
def test_rooms_are_small(module: Module) -> None:
    assert len(module.text.splitlines()) <= LONGEST_MODULE


@EVERY
def test_functions_are_short(module: Module) -> None:
    assert not [one for one in lengths(module.tree) if one[1] > LONGEST_FUNCTION]


# 3. Doors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", DOORS)
def test_a_package_has_its_door(package: str) -> None:
    users = [name for name, module in MODULES.items() if module.uses(package)]
    strangers = [
        name
        for name in users
        if not any(name == door or name.startswith(f"{door}.") for door in DOORS[package])
    ]
    assert not strangers


LIGHT = """
import sys
import autolstm
slow = {"tensorflow", "keras", "matplotlib", "typer", "sklearn", "scipy", "statsmodels"}
early = slow | {"optuna", "pandas"}
print(*sorted(early & sys.modules.keys()))
from autolstm.experiment import read
read(sys.argv[1], {}, ["space.architecture.units=[8, 16]"])
heavy = slow | {"optuna_dashboard"}
print(*sorted(heavy & sys.modules.keys()))
"""


def test_reading_a_study_file_is_light(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('source = "airline"\nhorizon = 3\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, str(path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


# 4. Scoring knows no Optuna; reporting knows no training ----------------------------------------


def reached(start: str) -> set[str]:
    """All modules that importing one imports, at the top or inside functions."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [one for one in map(own, MODULES[name].imports()) if one]
    return seen


def test_scoring_knows_no_study() -> None:
    assert not MODULES["score"].uses("optuna")
    assert not {name for name in reached("score") if name.startswith(("study", "ledger"))}


def test_reporting_knows_no_training() -> None:
    for start in (name for name, one in MODULES.items() if one.room in ("report", "ledger")):
        assert not {name for name in reached(start) if name.startswith(("train", "models"))}


# 5. Names ---------------------------------------------------------------------------------------


@EVERY
def test_a_module_says_what_it_is(module: Module) -> None:
    assert not FORBIDDEN_NAMES & set(module.name.split("."))
    assert ast.get_docstring(module.tree)


def _heavy(name: str) -> bool:
    return any(MODULES[one].uses(p) for one in reached(name) for p in ("keras", "tensorflow"))


def _public(module: Module) -> list[str] | None:
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id == "__all__" for one in node.targets
        ):
            return list(ast.literal_eval(node.value))
    return None


def _defined(module: Module) -> set[str]:
    names = {
        one.name
        for one in module.tree.body
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    }
    for node in _outside_functions(module.tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {one.asname or one.name for one in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def _is_room(name: str) -> bool:
    return name in ("__init__", "__main__") or (ROOT / name.replace(".", "/")).is_dir()


@EVERY
def test_a_module_lists_its_public_names(module: Module) -> None:
    listed = _public(module)
    if listed is None:
        assert _is_room(module.name), "no __all__"
        return
    # As ruff sorts: constants, then classes, then the rest.
    kinds = [(not one.isupper(), not one[:1].isupper(), one) for one in listed]
    assert kinds == sorted(kinds)
    assert len(set(listed)) == len(listed)
    # What is resolved when asked for is checked by the tests of its own module.
    if not _is_room(module.name) and "__getattr__" not in _defined(module):
        assert set(listed) <= _defined(module)


@pytest.mark.parametrize(
    "name", [one for one in MODULES if one not in ("__init__", "__main__") and not _heavy(one)]
)
def test_public_names_exist(name: str) -> None:
    """Of modules that do not import TensorFlow, and of rooms, whose names come from modules."""
    module = import_module(f"autolstm.{name}")
    for public in _public(MODULES[name]) or []:
        assert hasattr(module, public)


# 6. Manners -------------------------------------------------------------------------------------


@EVERY
def test_only_the_command_line_prints(module: Module) -> None:
    if module.room not in ("cli", "__main__"):
        calls = [one.func for one in ast.walk(module.tree) if isinstance(one, ast.Call)]
        assert not [one for one in calls if isinstance(one, ast.Name) and one.id == "print"]


@EVERY
def test_randomness_is_an_argument(module: Module) -> None:
    # Names and keys of processes are to be unlike all others; no figure depends on them.
    unique = {"secrets"} if module.name in ("study.presence", "workers.crew") else set()
    assert not ({"random", "secrets"} - unique) & set(module.imports())
    drawn = [
        one.attr
        for one in ast.walk(module.tree)
        if isinstance(one, ast.Attribute)
        and isinstance(one.value, ast.Attribute)
        and one.value.attr == "random"
        and one.attr not in ("default_rng", "Generator")
        and not one.attr.startswith("stateless_")  # TensorFlow's: they take a seed
    ]
    assert not drawn
    attributes = {one.attr for one in ast.walk(module.tree) if isinstance(one, ast.Attribute)}
    # A user's own layers draw from the global state; nothing else may.
    assert module.name == "models.own" or not {"set_random_seed", "set_seed"} & attributes


@EVERY
def test_no_error_is_swallowed_unnamed(module: Module) -> None:
    handlers = [one for one in ast.walk(module.tree) if isinstance(one, ast.ExceptHandler)]
    assert all(one.type is not None for one in handlers)
