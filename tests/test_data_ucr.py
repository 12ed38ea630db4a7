"""Files of the UCR and UEA archives: what is read from them, and what is refused."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.data.load import load
from autolstm.data.ts import read_ts
from autolstm.data.wording import describe
from autolstm.errors import DataError, SettingError
from autolstm.sequences import Sequences

HEADER = """# Two kinds of wave
@problemName Waves
@timeStamps false
@missing false
@univariate false
@dimensions 2
@equalLength true
@seriesLength 3
@classLabel true up down

@data
"""
CASES = [f"{at},{at + 1},{at + 2}:0.5,-{at},1e-3:{'up' if at % 2 else 'down'}" for at in range(12)]
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(name: str = "Waves.ts", lines: list[str] = CASES, header: str = HEADER) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(header + "\n".join(lines) + "\n", encoding="utf-8")
        return path

    return to_file


def taken(source: Any, **options: Any) -> Sequences:
    data = load(source, **options)
    assert isinstance(data, Sequences)
    return data


# .ts --------------------------------------------------------------------------------------------


def test_ts(write: Write) -> None:
    data = taken(write())
    assert (data.name, len(data), data.features) == ("Waves", 12, ("x1", "x2"))
    assert data.classes == ("down", "up")
    assert data.values[3:6].tolist() == [[1, 0.5], [2, -1], [3, 1e-3]]
    assert data.official is None
    assert data.source.endswith("Waves.ts")


def test_ts_of_unequal_length_and_one_dimension(write: Write) -> None:
    header = "@univariate true\n@equalLength false\n@CLASSLABEL TRUE 1 2\n@Data\n"
    data = taken(
        write(lines=["1,2,3:1", "4:2", "", "# no case", *["5,6:1", "7:2"] * 5], header=header)
    )
    assert data.lengths[:3].tolist() == [3, 1, 2]
    assert data.classes == ("1", "2")
    assert data.features == ("x",)


def test_ts_with_numbers_as_targets(write: Write) -> None:
    header = "@univariate true\n@targetLabel true\n@data\n"
    data = taken(write(lines=[f"1,2,{at}:{at / 4}" for at in range(12)], header=header))
    assert data.answers[:, 0].tolist() == [at / 4 for at in range(12)]
    assert describe(data) == "many-to-one regression, 1 feature, 3 steps"


@given(
    st.integers(1, 3).flatmap(
        lambda width: st.lists(
            st.lists(
                st.lists(st.floats(allow_nan=False), min_size=width, max_size=width),
                min_size=1,
                max_size=4,
            ),
            min_size=1,
            max_size=4,
        )
    )
)
def test_ts_there_and_back(held: list[list[list[float]]]) -> None:
    import tempfile

    lines = [
        ":".join(",".join(map(repr, channel)) for channel in zip(*case, strict=True)) + ":a"
        for case in held
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.ts"
        path.write_text("@classLabel true a\n@data\n" + "\n".join(lines), encoding="utf-8")
        cases = read_ts(path)
    assert [one.tolist() for one in cases.series] == held
    assert cases.lines == list(range(3, 3 + len(held)))


@pytest.mark.parametrize("given_as", ["train", "test", "folder", "stem", "named folder"])
def test_a_pair(write: Write, given_as: str, tmp_path: Path) -> None:
    train = write("Waves/Waves_TRAIN.ts", CASES[:8])
    test = write("Waves/Waves_TEST.ts", CASES[8:])
    if given_as == "named folder":
        write("Waves/Other_TRAIN.ts")
        write("Waves/Other_TEST.ts")
    data = taken(
        {
            "train": train,
            "test": str(test),
            "folder": train.parent,
            "stem": str(train.parent / "Waves"),
            "named folder": train.parent,
        }[given_as]
    )
    assert data.name == "Waves"
    assert data.official is not None
    assert data.official.tolist() == [False] * 8 + [True] * 4
    assert data.values[::3, 0].tolist() == list(range(12))
    assert data.notes[1] == (
        "Read from Waves_TRAIN.ts and Waves_TEST.ts; the official parts are kept: 8 to train on, "
        "4 to test."
    )


def test_a_folder_of_several_pairs_is_no_data_set(write: Write) -> None:
    for name in ("A_TRAIN", "A_TEST", "B_TRAIN", "B_TEST"):
        folder = write(f"many/{name}.ts").parent
    with pytest.raises(DataError, match=r"is a folder.*one pair.*such as 'A_TEST.ts'"):
        load(folder)
    assert len(taken(folder / "B")) == 24


@pytest.mark.parametrize(("name", "other"), [("W_TRAIN", "_TEST"), ("W_TEST", "_TRAIN")])
def test_half_a_pair(write: Write, name: str, other: str) -> None:
    data = taken(write(f"{name}.ts"))
    assert data.official is None
    assert f"No {other} file lies beside {name}.ts: there is no official test part." in data.notes


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (
            [*CASES[:2], "1,?,3:1,2,3:up"],
            ["no value in the case of line 14 of Waves.ts, step 1", "missing=forward or mask"],
        ),
        (["1,2,x:1,2,3:up"], ["Line 12 of Waves.ts holds a value that is no number", "Mend"]),
        (["1,,3:1,2,3:up"], ["Line 12 of Waves.ts holds a value that is no number"]),
        (["1,2,3:up"], ["has 1 dimensions beside its label, the header says 2"]),
        (["1,2,3:1,2:up"], ["has dimensions of 2 and 3 steps", "same steps"]),
        (["1,2,3:1,2,3:left"], ["the label 'left', the header names up, down"]),
        ([":" + ":up"], ["Sequence 0 of Waves.ts is empty"]),
        ([], ["Waves.ts has no case.", "Fetch it again."]),
        (["1,NaN,3:1,2,3:up", *CASES], ["no value in the case of line 12 of Waves.ts, step 1"]),
    ],
)
def test_messages_about_lines(write: Write, lines: list[str], says: list[str]) -> None:
    with pytest.raises(DataError, match=".*".join(map(re.escape, says))):
        load(write(lines=lines))


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("@classLabel true a\n1,2:a\n", "has no line @data where its header ends"),
        ("", "has no line @data"),
        ("@timeStamps true\n@classLabel true a\n@data\n", "has time stamps at its values"),
        ("@classLabel false\n@data\n", "has no labels: its header says neither"),
        ("@data\n", "has no labels"),
        ("@dimensions two\n@classLabel true a\n@data\n", "has the dimensions 'two' in its header"),
        ("@targetLabel true\n@data\n", "ends in 'down', which is no number"),
    ],
)
def test_messages_about_a_header(write: Write, header: str, says: str) -> None:
    with pytest.raises(DataError, match=re.escape(says)):
        load(write(header=header))


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    for name in ("x.ts", "x_TRAIN.tsv"):
        (tmp_path / name).write_bytes(b"\xff\xfe\xfa")
        with pytest.raises(DataError, match=f"{name} cannot be read: 'utf-8' codec"):
            load(tmp_path / name)


def test_columns_and_forecasting_are_refused(write: Write) -> None:
    with pytest.raises(SettingError, match="target = 'a' names a column, but Waves.ts is no tab"):
        load(write(), target="a")
    with pytest.raises(SettingError, match="task = 'forecasting' does not fit Waves.ts"):
        load(write(), task="forecasting")


def test_parts_of_other_dimensions(write: Write) -> None:
    write("W_TRAIN.ts")
    path = write("W_TEST.ts", ["1,2,3:up"], "@classLabel true up\n@data\n")
    with pytest.raises(DataError, match="2 columns of numbers in the values, the test part 1 col"):
        load(path)


# .tsv -------------------------------------------------------------------------------------------


def test_tsv(write: Write) -> None:
    lines = [f"{1 if at % 2 else -1}.0000000e+00\t{at}.5\t2\tNaN" for at in range(12)]
    write("Coffee_TRAIN.tsv", lines[:10], "")
    path = write("Coffee_TEST.tsv", lines[10:], "")
    data = taken(path)
    assert (data.name, len(data), data.classes) == ("Coffee", 12, ("-1", "1"))
    assert data.lengths.tolist() == [2] * 12
    assert data.values[::2, 0].tolist() == [at + 0.5 for at in range(12)]
    assert data.official is not None
    assert data.official.sum() == 2


def test_tsv_with_words_as_labels(write: Write) -> None:
    data = taken(write("A_TRAIN.tsv", [f"{'ab'[at % 2]}\t1\t{at}" for at in range(12)], ""))
    assert data.classes == ("a", "b")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("1\t2\tx", "Line 1 of A_TRAIN.tsv holds a value that is no number"),
        ("1\tNaN", "Sequence 0 of A_TRAIN.tsv is empty"),
        ("1\tNaN\t2", "has no value in the case of line 1 of A_TRAIN.tsv, step 0"),
    ],
)
def test_messages_about_tsv(write: Write, line: str, says: str) -> None:
    with pytest.raises(DataError, match=re.escape(says)):
        load(write("A_TRAIN.tsv", [line, *["1\t2\t3"] * 12], ""))


def test_any_other_tsv_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "sales.tsv"
    path.write_text("step\tsold\n" + "".join(f"{at}\t{at % 7}\n" for at in range(30)))
    assert not isinstance(load(path), Sequences)
