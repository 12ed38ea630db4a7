"""Tables of sequences: long ones with ids, and those of a text and its answer a row."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.data.asked import Asked
from autolstm.data.load import load
from autolstm.data.long import is_sequences
from autolstm.data.table import read_frame
from autolstm.data.wording import describe
from autolstm.dataset import Dataset
from autolstm.errors import DataError
from autolstm.sequences import Sequences


def long(count: int = 12, steps: int = 3, **columns: Any) -> pd.DataFrame:
    """Sequences with a step, one feature and one label each."""
    ids = np.repeat([f"s{at}" for at in range(count)], steps)
    held = {
        "id": ids,
        "step": np.tile(np.arange(steps), count),
        "speed": np.arange(count * steps) / 2,
        "label": np.repeat(["run", "walk"] * (count // 2), steps),
    }
    return pd.DataFrame(held | columns)


ASKED: dict[str, Any] = {"id_column": "id", "time_column": "step", "target": "label"}


def taken(source: Any, **options: Any) -> Sequences:
    data = load(source, **options)
    assert isinstance(data, Sequences)
    return data


# Long tables ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["frame", "csv", "parquet"])
def test_one_answer_an_id(kind: str, tmp_path: Path) -> None:
    frame = long()
    source: Any = frame
    if kind != "frame":
        source = tmp_path / f"moves.{kind}"
        frame.to_csv(source, index=False) if kind == "csv" else frame.to_parquet(source)
    data = taken(source, **ASKED)
    assert describe(data) == "many-to-one classification, 2 classes, 1 feature, 3 steps"
    assert (data.features, data.targets, data.classes) == (("speed",), ("label",), ("run", "walk"))
    assert data.values[:, 0].tolist() == frame["speed"].tolist()
    assert data.answers[:, 0].tolist() == [0, 1] * 6
    assert data.name == ("data" if kind == "frame" else "moves")
    assert "The features are: speed. The steps are in the order of step." in data.notes


@given(st.data())
def test_rows_in_any_order_there_and_back(draw: st.DataObject) -> None:
    """Against a slow twin that looks the rows of every id up."""
    frame = long(10, 3)
    frame["step"] = draw.draw(st.permutations(frame["step"].tolist()[:3])) * 10
    rows = draw.draw(st.permutations(range(len(frame))))
    frame = frame.iloc[rows].reset_index(drop=True)
    data = taken(frame, **ASKED)
    for at, name in enumerate(dict.fromkeys(frame["id"])):
        mine = frame[frame["id"] == name].sort_values("step")
        held = data.values[data.starts[at] : data.starts[at + 1], 0]
        assert held.tolist() == mine["speed"].tolist()
        assert data.classes[int(data.answers[at, 0])] == mine["label"].iloc[0]


def test_without_a_step_the_rows_are_in_order() -> None:
    frame = long().drop(columns="step").sort_values("speed", ascending=False)
    data = taken(frame.reset_index(drop=True), id_column="id", target="label")
    assert data.values[:3, 0].tolist() == [17.5, 17.0, 16.5]


def test_a_column_of_steps_is_found_by_its_name() -> None:
    asked = {"id_column": "id", "target": "label"}
    turned = long(step=np.tile([2, 1, 0], 12))
    data = taken(turned, **asked)
    assert data.features == ("speed",)
    assert data.values[:3, 0].tolist() == [1.0, 0.5, 0.0]
    # One that is asked for as a feature is one, and so is one that says a step twice.
    assert taken(turned, **asked, covariates="speed,step").features == ("speed", "step")
    twice = taken(long(step=1), **asked)
    assert twice.features == ("step", "speed")
    assert "The features are: step, speed. The steps are in the order of the rows." in twice.notes
    assert taken(long(step="x"), **asked).features == ("step", "speed")


def test_steps_may_be_times() -> None:
    days = np.tile(["2024-01-03", "2024-01-01", "2024-01-02"], 12)
    data = taken(long(step=days), **ASKED)
    assert data.values[:3, 0].tolist() == [0.5, 1.0, 0.0]


def test_an_answer_in_one_row_of_an_id_is_enough() -> None:
    frame = long()
    frame["label"] = np.where(frame["step"] == 2, frame["label"], None)
    assert taken(frame, **ASKED).answers[:, 0].tolist() == [0, 1] * 6


def test_groups_parts_and_features() -> None:
    frame = long(
        who=np.repeat(["ann", "bob", "eve"], 12),
        part=np.repeat(["train"] * 8 + ["Test"] * 4, 3),
        gait=np.tile(["a", "b", "c"], 12),
        extra=np.arange(36.0),
    )
    options = ASKED | {"group_column": "who", "test_column": "part"}
    data = taken(frame, **options)
    assert data.features == ("speed", "gait", "extra")
    assert data.symbols == ((), ("a", "b", "c"), ())
    assert data.groups is not None
    assert data.groups.tolist() == ["ann"] * 4 + ["bob"] * 4 + ["eve"] * 4
    assert data.official is not None
    assert data.official.tolist() == [False] * 8 + [True] * 4
    assert taken(frame, **options, covariates="gait,speed").features == ("gait", "speed")
    assert taken(frame, **options, covariates=["extra"]).features == ("extra",)


@pytest.mark.parametrize("words", [(0, 1), ("0", "1"), (False, True), (0.0, 1.0), ("train", "te")])
def test_words_for_parts(words: tuple[Any, Any]) -> None:
    frame = long(part=np.repeat([words[0]] * 8 + [words[1]] * 4, 3))
    if words[1] == "te":
        with pytest.raises(
            DataError, match=r"'part' of DataFrame holds 'te', which names no part"
        ):
            load(frame, **ASKED, test_column="part")
        return
    data = taken(frame, **ASKED, test_column="part")
    assert data.official is not None
    assert data.official.sum() == 4


def test_several_answers() -> None:
    frame = long(low=np.repeat(np.arange(12) / 8, 3), high=np.repeat(np.arange(12) / 4, 3))
    data = taken(frame, **ASKED | {"target": ["low", "high"], "covariates": "speed"})
    assert data.targets == ("low", "high")
    assert data.answers.tolist() == [[at / 8, at / 4] for at in range(12)]
    commas = taken(frame, **ASKED | {"target": "low, high", "covariates": "speed"})
    assert commas.fingerprint == data.fingerprint


def test_an_answer_at_every_step() -> None:
    frame = long(label=np.tile(["a", "b", "a"], 12))
    assert describe(taken(frame, **ASKED)) == (
        "many-to-many classification, 2 classes, 1 feature, 3 steps"
    )
    frame = long(label=np.arange(36) / 4)
    assert describe(taken(frame, **ASKED, task="regression")) == (
        "many-to-many regression, 1 feature, 3 steps"
    )


def test_labels_keep_their_leading_zeros() -> None:
    codes = np.repeat(["007", "010"] * 6, 3)
    assert taken(long(label=codes), **ASKED).classes == ("007", "010")


@pytest.mark.parametrize(
    ("label", "options", "yes"),
    [
        (np.repeat(["a", "b"] * 6, 3), {}, True),
        (np.repeat([1.5, 2.5] * 6, 3), {}, True),
        (np.tile(["a", "b", "a"], 12), {}, True),
        (np.arange(36), {}, False),
        (np.arange(36), {"task": "regression"}, True),
        (np.repeat(["a", "b"] * 6, 3), {"task": "forecasting"}, False),
        (np.repeat(["a", "b"] * 6, 3), {"id_column": None}, False),
        (np.repeat(["a", "b"] * 6, 3), {"id_column": None, "task": "classification"}, False),
        (np.repeat(["a", "b"] * 6, 3), {"target": None}, False),
        (np.repeat(["a", "b"] * 6, 3), {"target": None, "task": "classification"}, True),
    ],
)
def test_sequences_or_series(label: np.ndarray, options: dict[str, Any], yes: bool) -> None:
    table = read_frame(long(label=label), "DataFrame")
    assert is_sequences(table, Asked(**ASKED | options)) is yes


def broken(row: int, column: str, cell: Any) -> pd.DataFrame:
    frame = long(who="ann", part="train").astype({column: object})
    frame.loc[row, column] = cell
    return frame


BLANK = broken(4, "label", None).assign(label=lambda one: one["label"].where(one.index > 5, ""))


@pytest.mark.parametrize(
    ("frame", "options", "says"),
    [
        (long(), {"id_column": "ids"}, ["There is no column 'ids'", "Did you mean 'id'?"]),
        (long(), {"target": "lable"}, ["There is no column 'lable'", "Did you mean 'label'?"]),
        (long(), {"target": None}, ["Which column of DataFrame is the answer?", "--target COL"]),
        (long(), {"time_column": "when"}, ["There is no column 'when' in DataFrame"]),
        (long(), {"covariates": "sped"}, ["There is no column 'sped'", "Did you mean 'speed'?"]),
        (long(), {"covariates": ["id"]}, ["'id' of DataFrame is asked for as a feature, but"]),
        (long().drop(columns="speed"), {}, ["has no column left that a network could see"]),
        (
            broken(4, "id", None),
            {},
            ["'id' of DataFrame has no id on row 4 (1 such cell)", "drop"],
        ),
        (broken(4, "step", 0), {}, ["'s1'", "the same step on row 3 and row 4 ('step')", "Drop"]),
        (broken(4, "step", "x"), {}, ["'step' of DataFrame has no number and no time on row"]),
        (broken(4, "speed", "fast"), {}, ["holds 'fast' on row 4, among numbers (1 such", "Mend"]),
        (broken(4, "speed", None), {}, ["'speed'", "has no value in the sequence 's1', step 1"]),
        (BLANK, {}, ["no answer in 'label' for 2 ids: s0, s1.", "leave these ids out"]),
        (broken(4, "who", "bob"), {"group_column": "who"}, ["changes within", "'s1' (ann, bob)"]),
        (broken(4, "who", None), {"group_column": "who"}, ["'who'", "has no value on row 4"]),
        (broken(4, "part", "x"), {"test_column": "part"}, ["'part' of DataFrame changes within"]),
        (long(8), {}, ["has 8 sequences. At least 10 are needed"]),
    ],
)
def test_messages(frame: pd.DataFrame, options: dict[str, Any], says: list[str]) -> None:
    asked = ASKED | {"task": "classification"} | options
    with pytest.raises(DataError, match=".*".join(map(re.escape, says))):
        load(frame, **asked)


def test_several_series_are_left_to_others() -> None:
    data = load(long(sold=np.arange(36.0)), id_column="id", target="sold", to_learn=False)
    assert isinstance(data, Dataset)
    assert len(data.ids) == 12


# A text and its answer a row --------------------------------------------------------------------

SUMS = [(f"{one}+{two}", str(one + two)) for one in range(6) for two in range(6)]


def pairs(rows: list[tuple[str, str]], tmp_path: Path, name: str = "sums.csv") -> Path:
    path = tmp_path / name
    sign = "," if name.endswith("csv") else "\t"
    path.write_text("\n".join(sign.join(row) for row in [("in", "out"), *rows]), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["sums.csv", "sums.txt"])
def test_sums_character_by_character(name: str, tmp_path: Path) -> None:
    data = taken(pairs(SUMS, tmp_path, name), task="sequence-to-sequence")
    assert (data.name, data.features, data.targets) == ("sums", ("in",), ("out",))
    assert data.apart
    spelled = "".join(data.symbols[0][int(one)] for one in data.values[:, 0])
    assert spelled == "".join(one for one, _ in SUMS)
    told = "".join(data.classes[int(one)] for one in data.answers[:, 0])
    assert told == "".join(f"{one}<end>" for _, one in SUMS)


def test_two_columns_of_texts_need_no_task(tmp_path: Path) -> None:
    words = [("ab" * at, "ba" * at) for at in range(1, 15)]
    data = taken(pairs(words, tmp_path))
    assert describe(data) == (
        "sequence-to-sequence classification, 2 classes and an end, 1 symbol of 2, 2 to 28 steps "
        "in, 2 to 28 steps out"
    )
    assert "'in' and 'out' are read as texts, characters as symbols." in data.notes


def test_texts_with_few_labels_are_classified(tmp_path: Path) -> None:
    rows = [("good film", "yes"), ("bad one", "no")] * 6
    data = taken(pairs(rows, tmp_path), unit_of_text="words")
    assert data.classes == ("no", "yes")
    assert data.symbols == (("bad", "film", "good", "one"),)


def test_texts_with_numbers(tmp_path: Path) -> None:
    data = taken(pairs(SUMS, tmp_path), task="regression")
    assert data.answers[:, 0].tolist() == [float(one) for _, one in SUMS]
    classes = taken(pairs(SUMS * 2, tmp_path), task="classification").classes
    assert classes == tuple(map(str, range(11)))


@pytest.mark.parametrize(
    ("rows", "options", "says"),
    [
        ([*SUMS, ("1+", " ")], {}, "'out' of sums.csv is empty on line 38"),
        ([(str(at), "a") for at in range(12)], {}, "has no id column, and its rows are not a te"),
        (SUMS, {"target": "on"}, "There is no column 'on' in sums.csv"),
        (SUMS, {"covariates": "inn"}, "There is no column 'inn' in sums.csv"),
    ],
)
def test_messages_about_pairs(
    rows: list[tuple[str, str]], options: dict[str, Any], says: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=re.escape(says)):
        load(pairs(rows, tmp_path), task="sequence-to-sequence", **options)


def test_a_table_of_times_and_text_is_no_pair(tmp_path: Path) -> None:
    rows = [(f"2024-01-{day:02d}", "rain") for day in range(1, 31)]
    with pytest.raises(DataError, match="no column of numbers beside the times"):
        load(pairs(rows, tmp_path))
