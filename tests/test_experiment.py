"""Study files, options and ``--set``: what is read, and what is said where it cannot be."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autolstm.data.asked import TASKS
from autolstm.errors import InputError, SettingError
from autolstm.experiment import (
    PRUNERS,
    SAMPLERS,
    Choice,
    Experiment,
    Split,
    Task,
    ask,
    plain,
    read,
)
from autolstm.settings import KNOBS
from autolstm.split import KINDS, Plan
from autolstm.written import MOST_LINES, in_toml, line_of

Write = Callable[..., Path]

WHOLE = """
source = "airline"
target = "passengers"
covariates = []
season = 12
horizon = 6
metric = "mae"
trials = 30
time = "1h30m"
seeds = 3
seed = 7
confirm = 2
name = "mine"
home = "elsewhere"
sampler = {name = "tpe", options = {n_startup_trials = 5}}
pruner = "none"

[split]
validation = 24
test = 0.1

[space]
"training.batch_size" = 32
architecture.layers = 1

[space.preparation]
window = [12, 24]
scale = {choices = ["none", "standard"]}
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str | bytes, name: str = "tuning.toml") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return to_file


def given_fields(**fields: Any) -> Experiment:
    return ask({"source": "airline", **fields})


# Study files -----------------------------------------------------------------------------------


def test_a_whole_study_file(write: Write) -> None:
    experiment = read(str(write(WHOLE)))
    assert experiment == Experiment(
        source="airline",
        target="passengers",
        covariates=(),
        season=12,
        horizon=6,
        metric="mae",
        trials=30,
        time=5400.0,
        seeds=3,
        seed=7,
        confirm=2,
        name="mine",
        home=Path("elsewhere"),
        sampler=Choice(name="tpe", options={"n_startup_trials": 5}),
        pruner=Choice(name="none"),
        split=Split(validation=24, test=0.1),
        space={
            "training.batch_size": 32,
            "architecture.layers": 1,
            "preparation.window": [12, 24],
            "preparation.scale": {"choices": ["none", "standard"]},
        },
    )


def test_a_source_that_is_no_study_file_stands_alone() -> None:
    assert read("airline") == Experiment(source="airline")
    assert read("data/sales.csv").source == "data/sales.csv"


def test_the_name_comes_from_the_study_file(write: Write) -> None:
    assert read(str(write('source = "airline"', "my tuning!.toml"))).name == "my-tuning"
    assert read(str(write('source = "airline"\nname = "x"', "other.toml"))).name == "x"
    assert read("airline").name is None


def test_a_data_file_beside_the_study_file_is_found(write: Write) -> None:
    data = write("date,y\n", "sales.csv")
    path = write('source = "sales.csv"')
    assert read(str(path)).source == str(data)
    assert read(str(write('source = "other.csv"'))).source == "other.csv"
    assert read(str(write(f'source = "{data}"'))).source == str(data)


@pytest.mark.parametrize("name", ["study.toml", "study.TOML"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_files_of_other_editors(write: Write, name: str, start: str, ending: str) -> None:
    text = ending.join([f'{start}source = "airline"', "horizon = 3", ""])
    assert read(str(write(text, name))).horizon == 3


def test_options_win_over_the_file_and_assignments_over_all(write: Write) -> None:
    path = str(write(WHOLE))
    options = {"horizon": 2, "trials": 5}
    both = read(path, options, ["trials=7", "seeds = 9"])
    assert (both.horizon, both.trials, both.seeds, both.metric) == (2, 7, 9, "mae")
    assert options == {"horizon": 2, "trials": 5}


def test_the_data_may_come_from_an_assignment(write: Write) -> None:
    assert read(str(write("horizon = 2")), {}, ["source=co2"]).source == "co2"


def test_a_split_with_folds(write: Write) -> None:
    text = '[split]\nkind = "rolling_origin"\nfolds = 4\ngap = 0\ntrain = 60\nvalidation = 12\n'
    experiment = read(str(write('source = "airline"\n' + text)), {}, ["split.folds=3"])
    assert experiment.split == Split(
        kind="rolling_origin", folds=3, gap=0, train=60, validation=12.0
    )
    assert experiment.split.plan() == Plan("rolling_origin", 3, 0, 60, 12.0)


# --set -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("horizon=12", "horizon", 12),
        (" horizon = 12 ", "horizon", 12),
        ("metric=mae", "metric", "mae"),
        ('metric="mae"', "metric", "mae"),
        ("metric=pinball90", "metric", "pinball90"),
        ("metric=pinball50", "metric", "pinball"),
        ("time=1h30m", "time", 5400),
        ("time=90", "time", 90),
        ("unit=a=b", "unit", "a=b"),
        ("unit=", "unit", ""),
        ("unit=°C", "unit", "°C"),
        ("unit=1\nhorizon=2", "unit", "1\nhorizon=2"),
        ("covariates=[]", "covariates", ()),
        ('covariates=["a", "b"]', "covariates", ("a", "b")),
        ("covariates=a,b", "covariates", "a,b"),
        ("target=all", "target", "all"),
        ("known=a,b", "known", "a,b"),
        ('known=["a"]', "known", ("a",)),
        ("calendar=auto", "calendar", "auto"),
        ('calendar=["hour", "month"]', "calendar", ("hour", "month")),
        ("static=area", "static", "area"),
        ("sampler=random", "sampler", Choice(name="random")),
        ("sampler.name=random", "sampler", Choice(name="random")),
        ('sampler={name="random"}', "sampler", Choice(name="random")),
        ("split.test=12", "split", Split(test=12)),
        ("split={test = 12}", "split", Split(test=12)),
        ("split.kind=in_order", "split", Split(kind="in_order")),
        ("split.test_groups=anna, bert", "split", Split(test_groups=("anna", "bert"))),
        ('split.test_groups=["a,b", 3]', "split", Split(test_groups=("a,b", "3"))),
        ("split.test_groups=7", "split", Split(test_groups=("7",))),
        ("space.architecture.units=64", "space", {"architecture.units": 64}),
        ("space.architecture={units=64}", "space", {"architecture.units": 64}),
        ("space.architecture.units=[8, 16]", "space", {"architecture.units": [8, 16]}),
        ("space.training.optimizer=sgd", "space", {"training.optimizer": "sgd"}),
        (
            "space.training.momentum={low=0.1, high=0.5}",
            "space",
            {"training.momentum": {"low": 0.1, "high": 0.5}},
        ),
        ('space={"architecture.units"=64}', "space", {"architecture.units": 64}),
    ],
)
def test_assignments(text: str, field: str, value: object) -> None:
    assert getattr(read("airline", {}, [text]), field) == value


def test_assignments_add_to_what_is_there(write: Write) -> None:
    path = str(write(WHOLE))
    texts = [
        "split.test=12",
        "space.architecture.layers=2",
        "space.preparation={window=6}",
        "sampler.options.multivariate=true",
        "pruner.options.patience=3",
        "pruner.name=patient",
    ]
    experiment = read(path, {}, texts)
    assert experiment.split == Split(validation=24, test=12)
    assert experiment.space == {
        "training.batch_size": 32,
        "architecture.layers": 2,
        "preparation.window": 6,
        "preparation.scale": {"choices": ["none", "standard"]},
    }
    assert experiment.sampler.options == {"n_startup_trials": 5, "multivariate": True}
    assert experiment.pruner == Choice(name="patient", options={"patience": 3})


@pytest.mark.parametrize("text", ["", "=", "=3", " =3", "horizon", "split.test 12"])
def test_an_assignment_has_a_key_and_a_value(text: str) -> None:
    says = f"--set {text!r} is not understood. Write --set KEY=VALUE, such as --set split.test=12"
    with pytest.raises(SettingError, match=re.escape(says)):
        read("airline", {}, [text])


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        (
            "space = 5",
            "space.architecture.units=64",
            "space = 5 is no table, so that --set cannot",
        ),
        ("space = 'x'", "space.architecture.units=64", "space = 'x' is no table"),
        ("split = 0.2", "split.test=12", "split = 0.2 is no table, .* Leave one of the two out"),
        ("sampler = []", "sampler.name=tpe", r"sampler = \[\] is no table"),
        ("sampler = {options = 5}", "sampler.options.n=1", "options = 5 is no table"),
    ],
)
def test_an_assignment_into_what_is_no_table(
    write: Write, file: str, text: str, says: str
) -> None:
    with pytest.raises(SettingError, match=says):
        read(str(write(f'source = "airline"\n{file}')), {}, [text])


# What is refused, and what is said --------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "tuning.toml names no data. Add a line such as source = "),
        ("source = airline", r"is not valid TOML: .*line 1, column 10\). Text needs quotes"),
        ('source = "airline"\nhorizon 3', r"is not valid TOML: .*line 2"),
        ('source = "airline"\nhorizon = 1\nhorizon = 2', "Cannot overwrite a value"),
        (f'source = "a"\nseed = {"9" * 5000}', "is not valid TOML: Exceeds the limit"),
        (f"source = {'[' * 5000}", "is not valid TOML"),
        (b"source = '\xff'", "cannot be read: 'utf-8' codec .* A study file is a text file"),
    ],
)
def test_a_file_that_is_no_study_file(write: Write, text: str | bytes, says: str) -> None:
    with pytest.raises(SettingError, match=says) as caught:
        read(str(write(text)))
    assert caught.value.__cause__ is None


def test_a_missing_study_file(write: Write) -> None:
    path = write('source = "airline"')
    wrong = path.with_name("tunning.toml")
    says = f"There is no study file {wrong}. Did you mean '{path}'? Give the path of a .toml file"
    with pytest.raises(SettingError, match=re.escape(says)):
        read(str(wrong))
    with pytest.raises(SettingError, match=r"no study file nowhere/x\.toml\. Give the path"):
        read("nowhere/x.toml")


def test_a_folder_is_no_study_file(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(
        SettingError, match=r"folder\.toml is a folder, a device or a pipe\. A study"
    ):
        read(str(tmp_path / "folder.toml"))


def test_a_very_long_source(write: Write) -> None:
    long = "x" * 5000
    assert read(str(write(f'source = "{long}"'))).source == long


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (
            {"horison": 3},
            "There is no field 'horison'. Did you mean 'horizon'? Known are: source, ",
        ),
        (
            {"split": {"tset": 3}},
            "no field 'split.tset'. Did you mean 'test'? Known are: kind, folds",
        ),
        (
            {"sampler": {"name": "tpe", "option": {}}},
            "no field 'sampler.option'. Did you mean 'op",
        ),
        (
            {"pruner": {}},
            "The field 'pruner.name' is missing. pruner takes a name in quotes, or a",
        ),
        (
            {"sampler": "tpee"},
            "There is no sampler 'tpee'. Did you mean 'tpe'? Known are: tpe, ran",
        ),
        (
            {"pruner": "medain"},
            "There is no pruner 'medain'. Did you mean 'median'? Known are: med",
        ),
        (
            {"sampler": 5},
            "sampler = 5 is not accepted. It takes a name in quotes, or a table such",
        ),
        ({"pruner": {"name": 5}}, "pruner.name = 5 is not accepted. It takes text in quotes."),
        (
            {"pruner": {"name": "none", "options": 5}},
            "options = 5 is not accepted. It takes a tab",
        ),
        (
            {"split": 0.2},
            "split = 0.2 is not accepted. It takes a table such as {validation = 0.15",
        ),
        (
            {"split": {"kind": "rolling"}},
            "split.kind = 'rolling' is not accepted. Did you mean 'rolling_origin'? It takes 'ho",
        ),
        ({"split": {"kind": 5}}, "split.kind = 5 is not accepted. It takes 'holdout', 'rolling_"),
        (
            {"split": {"kind": "random", "folds": 3}},
            "split.folds = 3 is not taken by split.kind = 'random'. It takes validation, test.",
        ),
        ({"split": {"gap": 3}}, "split.gap = 3 is taken by some kinds only. Leave it out, or g"),
        ({"split": {"validation": 0.5, "test": 0.5}}, "come to 1 of the data, and nothing is lef"),
        (
            {"split": {"kind": "k_fold", "folds": 1}},
            "split.folds = 1 is not accepted. It takes a ",
        ),
        ({"split": {"train": 0.5}}, "split.train = 0.5 is not accepted. It takes a whole number"),
        ({"split": {"gap": True}}, "split.gap = True is not accepted. It takes a whole number of"),
        *(
            (
                {"split": {"test_groups": wrong}},
                "is not accepted. It takes a list of groups, or groups in one text with commas",
            )
            for wrong in ([], "", "a,,b", [""], [True], [1.5], {"a": 1}, True)
        ),
        (
            {"space": []},
            'space = [] is not accepted. It takes a table such as {"architecture.units',
        ),
        (
            {"metric": "rsme"},
            "There is no metric 'rsme'. Did you mean 'rmse'? Known are: rmse, mae",
        ),
        ({"metric": 5}, "metric = 5 is not accepted. It takes text in quotes."),
        ({"unit": 5}, "unit = 5 is not accepted. It takes text in quotes."),
        (
            {"target": 5},
            "target = 5 is not accepted. It takes a list of column names, or names in",
        ),
        ({"id_column": 5}, "id_column = 5 is not accepted. It takes text in quotes."),
        (
            {"task": "sequence-to-sequenc"},
            "task = 'sequence-to-sequenc' is not accepted. Did you mean 'sequence-to-sequence'? "
            "It takes 'forecasting', 'classification', 'regression' or 'sequence-to-sequence'.",
        ),
        ({"home": 5}, "home = 5 is not accepted. It takes a path in quotes."),
        (
            {"engine": "fast"},
            "engine = 'fast' is not accepted. It takes 'compiled' or 'reference'.",
        ),
        (
            {"missing": "forwrd"},
            "missing = 'forwrd' is not accepted. Did you mean 'forward'? It takes 'refuse', "
            "'forward', 'interpolate' or 'mask'.",
        ),
        ({"missing": 3}, "missing = 3 is not accepted. It takes 'refuse', 'forward', 'int"),
        ({"covariates": [1]}, "covariates = [1] is not accepted. It takes a list of column names"),
        ({"covariates": {"a": 1}}, "covariates = {'a': 1} is not accepted."),
        ({"known": 5}, "known = 5 is not accepted. It takes a list of column names"),
        ({"static": [1]}, "static = [1] is not accepted. It takes a list of column names"),
        ({"calendar": True}, "calendar = True is not accepted. It takes a list of column names"),
        (
            {"space": {"architecture.unit": 3}},
            "space: there is no setting 'architecture.unit'. Did you mean 'architecture.units'?",
        ),
        (
            {"preset": "thoruogh"},
            "preset = 'thoruogh' is not accepted. Did you mean 'thorough'? It takes 'quick', 'def",
        ),
        ({"preset": 5}, "preset = 5 is not accepted. It takes 'quick', 'default', 'thorough', "),
        ({"space": {"architecture": 3}}, "space: there is no setting 'architecture'."),
        (
            {"space": {"training.epochs": 0}},
            "training.epochs = 0 is not accepted. It takes a whole",
        ),
        (
            {"space": {"training.epochs": 3, "training": {"epochs": 4}}},
            "space: training.epochs is given twice. Leave one of the two out.",
        ),
    ],
)
def test_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        given_fields(**fields)


LINED = """# A study
source = "airline"
horison = 3

[split]
validation = 24

[space]
"training.batch_size" = 0
"""


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        # A field of the study, with what stands around it.
        ('source = "airline"\n\n# ahead\nhorison = 3\n', 4, "There is no field 'horison'. Did"),
        ('source = "airline"\nhorizon = 0\n', 2, "horizon = 0 is not accepted."),
        ('source = "airline"\r\nhorizon = 0\r\n', 2, "horizon = 0 is not accepted."),
        ('\ufeffsource = "airline"\nhorizon = 0\n', 2, "horizon = 0 is not accepted."),
        ('source = "airline"\nhorizon = 0', 2, "horizon = 0 is not accepted."),
        ('source = "airline"\nsampler = "tpee"\n', 2, "There is no sampler 'tpee'."),
        ('source = "airline"\npruner = {}\n', 2, "The field 'pruner.name' is missing."),
        (
            'source = "airline"\n[split]\n# share\nvalidation = 24\ntest = -1\n',
            5,
            "split.test = -1 is not accepted.",
        ),
        ('source = "airline"\nsplit.test = -1\n', 2, "split.test = -1 is not accepted."),
        ('source = "airline"\n[split]\nkind = "random"\nfolds = 3\n', 2, "split.folds = 3 is not"),
        # A setting: quoted, dotted, under a header, in a table on one line, over several lines.
        (
            'source = "airline"\n[space]\n"architecture.unit" = 3\n',
            3,
            "space: there is no setting 'architecture.unit'. Did you mean 'architecture.units'?",
        ),
        (
            "source = \"airline\"\n[space]\n'architecture.units' = 0\n",
            3,
            "architecture.units = 0 is not accepted.",
        ),
        (
            'source = "airline"\n[space]\ntraining.epochs = 5\narchitecture . "units" = 0\n',
            4,
            "architecture.units = 0 is not accepted.",
        ),
        (
            'source = "airline"\nspace.architecture.units = 0\n',
            2,
            "architecture.units = 0 is not accepted.",
        ),
        (
            'source = "airline"\n[space.training]\nepochs = 5\n[space.architecture]\nunits = 0\n',
            5,
            "architecture.units = 0 is not accepted.",
        ),
        (
            'source = "airline"\n[space.architecture.units]\nlow = 9\nhigh = 1\n',
            2,
            "space: architecture.units has the empty range 9 to 1.",
        ),
        (
            'source = "airline"\n\nspace = { "training.epochs" = 5, "architecture.units" = 0 }\n',
            3,
            "architecture.units = 0 is not accepted.",
        ),
        (
            'source = "airline"\n[space]\n"architecture.units" = [\n  8,  # few\n  0,\n]\n',
            3,
            "architecture.units = 0 is not accepted.",
        ),
        (
            'source = "airline"\nunit = """\n[space]\n"architecture.unit" = 3\n"""\n[space]\n'
            '"architecture.unit" = 3\n',
            7,
            "space: there is no setting 'architecture.unit'.",
        ),
        (
            'source = "airline"\n[space]\nremove = ["dropout"]\n',
            3,
            "space: there is no setting 'dropout'. Did you mean 'architecture.dropout'?",
        ),
        (
            'source = "airline"\n[space]\n"training.optimizer" = "adam"\n'
            '"training.momentum" = {low = 0, high = 0.9, when = {"training.optimizer" = "sgd"}}\n',
            4,
            "space: training.momentum is searched only when training.optimizer is sgd, but",
        ),
        ('source = "airline"\n[space]\npreset = "quick"\n', 3, "space: preset stands above [spa"),
    ],
)
def test_the_line_of_a_wrong_field(write: Write, text: str, line: int, says: str) -> None:
    path = write(text)
    with pytest.raises(SettingError, match=re.escape(f"{path}, line {line}: {says}")):
        read(str(path))
    assert text.split("\n")[line - 1].strip()


def test_a_line_in_the_words_of_the_user(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write('source = "airline"\nhorizon = 0\n')
    monkeypatch.chdir(path.parent)
    with pytest.raises(SettingError, match=r"^tuning\.toml, line 2: horizon = 0 is not accepted"):
        read("tuning.toml")


@pytest.mark.parametrize(
    ("text", "options", "assignments"),
    [
        ("horizon = 3", {"horizon": 0}, []),
        ("horizon = 3", {}, ["horizon=0"]),
        ("[space]\n'architecture.units' = 8", {}, ["space.architecture.units=0"]),
        ("[space]\n'architecture.units' = 8", {}, ["space.architecture={units=0}"]),
        ("[split]\ntest = 3", {}, ["split.test=-1"]),
    ],
)
def test_what_comes_from_elsewhere_has_no_line(
    write: Write, text: str, options: dict[str, Any], assignments: list[str]
) -> None:
    path = write(f'source = "airline"\n{text}\n')
    with pytest.raises(SettingError, match="is not accepted") as caught:
        read(str(path), options, assignments)
    assert "line" not in str(caught.value)
    assert caught.value.field


def test_no_line_in_a_file_that_is_too_long_to_be_searched(write: Write) -> None:
    path = write('source = "airline"\n' + "# nothing\n" * MOST_LINES + "horizon = 0\n")
    with pytest.raises(SettingError, match="^horizon = 0 is not accepted"):
        read(str(path))


@settings(max_examples=100)
@given(st.lists(st.sampled_from(LINED.split("\n"))), st.sampled_from(["horison", "split.x.y"]))
def test_a_line_is_one_of_the_text(lines: list[str], field: str) -> None:
    found = line_of("\n".join(lines), field)
    assert found is None or 1 <= found <= len(lines)


VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200)
@given(VALUES)
def test_a_value_goes_to_toml_and_back(value: object) -> None:
    assert tomllib.loads(f"value = {in_toml(value)}")["value"] == value


def test_a_preset_in_a_file_and_over_it(write: Write) -> None:
    path = str(
        write('source = "airline"\npreset = "thorough"\n[space]\nremove = "training.epochs"')
    )
    assert read(path).preset == "thorough"
    assert read(path).space == {"remove": "training.epochs"}
    assert read(path, {"preset": "quick"}).preset == "quick"
    assert read(path, {}, ["preset=guide"]).preset == "guide"
    assert read(path, {}, ['space.remove=["training.epochs", "training.loss"]']).space == {
        "remove": ["training.epochs", "training.loss"]
    }
    assert read("airline").preset == "default"


def test_no_source() -> None:
    with pytest.raises(SettingError, match=r"The field 'source' is missing\. source takes"):
        ask({})


WHOLE_NUMBERS = {
    "horizon": (1, 10_000),
    "trials": (1, 1_000_000),
    "seeds": (1, 1000),
    "confirm": (1, 100),
    "seed": (0, 2**63 - 1),
    "season": (0, 2**63 - 1),
}


@pytest.mark.parametrize("field", WHOLE_NUMBERS)
def test_whole_numbers(field: str) -> None:
    low, high = WHOLE_NUMBERS[field]
    for accepted in (low, high, 3, 3.0, np.int64(3), np.float64(3)):
        value = getattr(given_fields(**{field: accepted}), field)
        assert value == accepted
        assert type(value) is int
    takes = f"from {low} to {high}." if high < 2**63 - 1 else f"of at least {low}."
    refused = (low - 1, high + 1, 2.5, True, False, "3", np.True_, [3], float("nan"), float("inf"))
    for value in (*refused, -float("inf"), 1j, 10**400):
        says = f"is not accepted. It takes a whole number {takes}"
        with pytest.raises(SettingError, match=rf"^{field} = .* {re.escape(says)}"):
            given_fields(**{field: value})


def test_a_number_that_python_does_not_write() -> None:
    with pytest.raises(SettingError, match="seed = a number of thousands of digits is not acc"):
        read("airline", {}, ["seed=0x" + "f" * 5000])


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        *(("90s", 90), ("90", 90), (90, 90), (0.5, 0.5), ("10m", 600), ("10min", 600)),
        *(("2h", 7200), ("1h30m", 5400), ("1h 30m 5s", 5405), (" 1.5h ", 5400), ("1h5s", 3605)),
        *(("0.5s", 0.5), (np.int64(3), 3), (1_000_000_000, 1e9)),
    ],
)
def test_lengths_of_time(written: object, seconds: float) -> None:
    assert given_fields(time=written).time == seconds


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "soon", "0", "0h", "-5", "1h30", "10m5", "1.2.3h", "1.h", "m", "1d", "nan"),
        *("1e3", "5 5", 0, -1, True, float("nan"), float("inf"), 10**400, [90], "9" * 400, 1e10),
    ],
)
def test_no_length_of_time(written: object) -> None:
    says = (
        " is not accepted. It takes a length of time: 90s, 10m, 2h, 1h30m or a number of seconds"
    )
    with pytest.raises(SettingError, match=f"^time = .*{says}"):
        given_fields(time=written)


@pytest.mark.parametrize("size", [0.15, 12, 12.0, 1, 0.999, np.int64(3)])
def test_sizes_of_parts(size: float) -> None:
    assert given_fields(split={"validation": size}).split == Split(validation=float(size))


@pytest.mark.parametrize(
    "size", [0, -1, -0.1, 1.5, True, "12", float("nan"), float("inf"), 10**400, [12]]
)
@pytest.mark.parametrize("part", ["validation", "test"])
def test_no_size_of_a_part(part: str, size: object) -> None:
    says = (
        " is not accepted. It takes a share of the rows below 1 (0.15) or a whole number of rows"
    )
    with pytest.raises(SettingError, match=rf"^split\.{part} = .*{re.escape(says)}"):
        given_fields(split={part: size})


@pytest.mark.parametrize(
    "name", ["a", "2024", "Umsätze", "console", "a.b-c_d", "x" * 100, "ä" * 100]
)
def test_names(name: str) -> None:
    assert given_fields(name=name).name == name


@pytest.mark.parametrize(
    ("name", "better"),
    [
        *(("a/b", "a-b"), ("../up", "up"), ("", "study"), ("..", "study"), ("_x", "x")),
        *((".hidden", "hidden"), ("a b", "a-b"), ("-x", "x"), ("x" * 101, "x" * 100)),
        *(("a\n", "a"), ("中" * 100, "中" * 66), ("\udc80", "study"), ("!!", "study")),
        *(("a\0b", "a-b"), ("/etc/passwd", "etc-passwd"), ("a.", "a"), ("NUL", "study")),
        *(("com1.txt", "study"), ("Studies.db-wal", "study")),
    ],
)
def test_no_name(name: str, better: str) -> None:
    says = f"and is neither a device of Windows (nul, con) nor studies.db, such as {better!r}."
    with pytest.raises(SettingError, match=rf"(?s)^name = .*{re.escape(says)}"):
        given_fields(name=name)


@given(st.text())
@example("-" * 200 + "x")
@example("x" * 99 + ".." + "y")
def test_a_plain_name_is_always_a_name(text: str) -> None:
    assert given_fields(name=plain(text)).name == plain(text)
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize("name", SAMPLERS)
def test_samplers_in_both_forms(name: str) -> None:
    assert given_fields(sampler=name) == given_fields(sampler={"name": name})


@pytest.mark.parametrize("name", PRUNERS)
def test_pruners_in_both_forms(name: str) -> None:
    assert given_fields(pruner=name) == given_fields(pruner={"name": name, "options": {}})


def test_an_experiment_is_frozen() -> None:
    with pytest.raises(ValueError, match="Instance is frozen"):
        given_fields().horizon = 3


# Anything that a study file may say -------------------------------------------------------------

SCALARS = st.one_of(
    st.booleans(),
    st.integers(-3, 200),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["adam", "rmse", "tpe", "none", "10m", 10**400, *KINDS]),
    st.dates(),
    st.times(),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["low", "high", "step", "log", "choices", "when", "name", "options"])
            | st.sampled_from([*KNOBS, *Split.model_fields, "architecture", "training"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)


def test_tasks_are_those_that_load_knows() -> None:
    assert get_args(Task) == TASKS


def test_fields_of_sequences(write: Write) -> None:
    path = write(
        'source = "moves.csv"\ntask = "classification"\ntarget = ["low", "high"]\n'
        'id_column = "id"\ngroup_column = "who"\ntest_column = "part"\n'
    )
    held = read(str(path))
    assert (held.task, held.target) == ("classification", ("low", "high"))
    assert (held.id_column, held.group_column, held.test_column) == ("id", "who", "part")
    assert read(str(path), {}, ["task=regression"]).task == "regression"


FIELDS = [one for one in Experiment.model_fields if one != "source"]


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(table=st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=6), ANYTHING, max_size=3))
def test_a_table_is_accepted_or_refused_in_words(table: dict[str, Any]) -> None:
    try:
        experiment = given_fields(**table)
    except SettingError as error:
        assert len(str(error)) < 600
        assert re.search(r"takes|Known are|depend|Leave|Give|Write|empty|list", str(error))
        return
    # What was read can be read again, as a value.
    assert ask(dict(experiment)) == experiment


@settings(max_examples=300)
@given(
    texts=st.lists(
        st.tuples(
            st.sampled_from([*FIELDS, "split.test", "space.architecture", "sampler.options.n"])
            | st.text(max_size=8),
            st.text(max_size=8) | st.sampled_from(["[", "{", '"', "1\n2", "'''", "[[[", "{a=1}"]),
        ).map("=".join),
        max_size=3,
    )
)
def test_an_assignment_is_accepted_or_refused_in_words(texts: list[str]) -> None:
    try:
        read("airline", {}, texts)
    except InputError:
        return


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text() | st.binary())
@example(text="source = 5")
@example(text="source = 'a\\u0000b'")
@example(text='source = "\\u0000"')
def test_a_file_is_accepted_or_refused_in_words(write: Write, text: str | bytes) -> None:
    path = write(text if isinstance(text, bytes) else text.encode(errors="ignore"))
    try:
        read(str(path))
    except InputError:
        return


def test_a_home_may_begin_with_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somebody")
    assert ask({"source": "airline", "home": "~/runs"}).home == Path("/somebody/runs")
