"""`load_inputs`: whatever holds sequences, with answers or without, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.data.generate import addition
from autolstm.data.like import Like
from autolstm.data.load import load
from autolstm.data.unlabelled import load_inputs
from autolstm.errors import DataError
from autolstm.sequences import Sequences

TWO = Like(("warm", "wet"), (False, False))
LETTERS = Like(("symbol",), (True,))
X = np.random.default_rng(0).normal(size=(4, 3, 2))


def pieces(data: Sequences) -> list[np.ndarray]:
    return [data.values[data.starts[at] : data.starts[at + 1]] for at in range(len(data))]


def texts(source: object, like: Like = LETTERS, between: str = "") -> list[str]:
    """Slow and obvious: every sequence of symbols as a text."""
    data = load_inputs(source, like).data
    held = [[data.symbols[0][int(one)] for one in steps[:, 0]] for steps in pieces(data)]
    return [between.join(one) for one in held]


def long_table(ids: tuple[str, ...] = ("b", "a", "d", "c")) -> pd.DataFrame:
    rows = [
        {"case": one, "step": step, "wet": X[at, step, 1], "note": "dry", "warm": X[at, step, 0]}
        for at, one in enumerate(ids)
        for step in range(3)
    ]
    return pd.DataFrame(rows)


# What is accepted -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        X,
        list(X),
        X.tolist(),
        (X, [0, 1, 0, 1]),
        (X, None),
        {"X": X},
        {"x": X, "y": ["?"] * 4, "else": 3},
        {"X_test": X},
        {"X_train": X},
        {"X": X[:, :, ::-1], "feature_names": ["wet", "warm"]},
        {"X": X, "channel_names": ["x1", "x2"]},
    ],
    ids=str,
)
def test_arrays(source):
    inputs = load_inputs(source, TWO)
    np.testing.assert_array_equal(np.stack(pieces(inputs.data)), X)
    assert (inputs.data.features, inputs.data.symbols) == (("warm", "wet"), ((), ()))
    assert inputs.ids == inputs.notes == ()


@pytest.mark.parametrize("names", [{}, {"y": np.arange(4)}, {"y_test": np.arange(4)}])
def test_an_npz_file(names, tmp_path):
    np.savez(tmp_path / "new.npz", X=X, **names)
    for path in (tmp_path / "new.npz", str(tmp_path / "new.npz")):
        np.testing.assert_array_equal(np.stack(pieces(load_inputs(path, TWO).data)), X)


def test_of_official_parts_the_test_part_is_answered(tmp_path):
    np.savez(tmp_path / "new.npz", X_train=X + 1, X_test=X, y_train=np.zeros(4))
    inputs = load_inputs(tmp_path / "new.npz", TWO)
    np.testing.assert_array_equal(np.stack(pieces(inputs.data)), X)
    assert inputs.notes == ("Of new.npz, X_test is answered; X_train is there to learn from.",)
    data = addition()
    inputs = load_inputs("addition", LETTERS)
    assert inputs.notes == ("Of addition, the official test part is answered.",)
    assert len(inputs.data) == data.official.sum()
    expected = texts(data)
    assert texts("addition") == [expected[one] for one in np.flatnonzero(data.official)]


def test_sequences_are_answered_whole():
    data = load({"X": np.concatenate([X] * 3), "y": [0, 1] * 6, "feature_names": ["wet", "warm"]})
    held = load_inputs(data, TWO).data
    np.testing.assert_array_equal(np.stack(pieces(held)), np.concatenate([X] * 3)[:, :, ::-1])


HEADER = "@problemName x\n@univariate false\n@dimensions 2\n"
LINES = [",".join(map(str, one[:, 0])) + ":" + ",".join(map(str, one[:, 1])) for one in X]


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("", ""),
        ("@classLabel false\n", ""),
        ("@classLabel true a b\n", ":a"),
        ("@classLabel true a b\n", ":?"),
        ("@targetLabel true\n", ":1.5"),
        ("@targetLabel true\n", ":?"),
    ],
)
def test_ts_files_with_and_without_answers(said, label, tmp_path):
    text = HEADER + said + "@data\n" + "\n".join(one + label for one in LINES) + "\n"
    (tmp_path / "New_TEST.ts").write_text(text)
    inputs = load_inputs(tmp_path / "New_TEST.ts", TWO)
    np.testing.assert_array_equal(np.stack(pieces(inputs.data)), X)
    first = text.splitlines().index("@data") + 2
    assert inputs.where(1) == f"the case of line {first + 1} of New_TEST.ts"
    assert inputs.notes == ()


@pytest.mark.parametrize("ending", ["ts", "tsv"])
def test_of_a_pair_the_named_file_or_the_test_part(ending, tmp_path):
    folder = tmp_path / "New"
    folder.mkdir()
    for part, first in (("TRAIN", 1), ("TEST", 5)):
        text = "@univariate true\n@classLabel true a\n@data\n" + f"{first},2,3:a\n"
        text = text if ending == "ts" else f"a\t{first}\t2\t3\n"
        (folder / f"New_{part}.{ending}").write_text(text)
    like = Like(("x",), (False,))

    def first(path):
        return load_inputs(path, like).data.values[0, 0]

    assert first(folder / f"New_TRAIN.{ending}") == 1
    assert first(folder / f"New_TEST.{ending}") == first(folder) == first(folder / "New") == 5
    note = f"New_TEST.{ending}, the official test part, is answered."
    assert load_inputs(folder, like).notes == (note,)


def test_a_long_table(tmp_path):
    like = Like(("warm", "wet"), (False, False), id_column="case")
    frame = long_table()
    shuffled = frame.sample(frac=1, random_state=0)
    frame.to_csv(tmp_path / "new.csv", index=False)
    frame.to_parquet(tmp_path / "new.parquet")
    for source in (frame, tmp_path / "new.csv", str(tmp_path / "new.parquet")):
        inputs = load_inputs(source, like)
        assert inputs.ids == ("b", "a", "d", "c")
        np.testing.assert_array_equal(np.stack(pieces(inputs.data)), X)
        assert inputs.where(1) == "the sequence 'a'"
    inputs = load_inputs(shuffled, like)
    order = [("b", "a", "d", "c").index(one) for one in inputs.ids]
    np.testing.assert_array_equal(np.stack(pieces(inputs.data)), X[order])


def test_a_long_table_as_it_was_learnt_from(tmp_path):
    """With answers or without, it holds the same sequences."""
    frame = long_table(tuple("abcdefghijkl"[at] for at in range(4))).assign(label="u")
    many = pd.concat([frame.assign(case=frame["case"] + str(at)) for at in range(3)])
    many["label"] = many["case"].str[0].map({"a": "u", "b": "u", "c": "v", "d": "v"})
    many["sign"] = [*"abc"] * 12
    asked = {"id_column": "case", "target": "label", "covariates": ["warm", "sign"]}
    learnt = load(many, task="classification", **asked)
    like = Like(("warm", "sign"), (False, True), id_column="case")
    new = load_inputs(many.drop(columns=["label", "note"]), like).data
    np.testing.assert_array_equal(new.values, learnt.values)
    np.testing.assert_array_equal(new.starts, learnt.starts)
    assert new.symbols == learnt.symbols


def test_symbols_of_digits_are_symbols_still():
    """A column of letters and digits may hold only digits for once."""
    like = Like(("symbol",), (True,), id_column="id")
    frame = pd.DataFrame({"id": ["a", "a", "b"], "symbol": [1, 2, 1]})
    assert texts(frame, like) == ["12", "1"]
    assert texts(np.array([[1, 2], [2, 2]])) == ["12", "22"]


def test_texts(tmp_path):
    held = ["12+7", "3+4", " 5 "]
    assert texts(held) == texts(np.array(held)) == texts({"X": held}) == held
    assert texts([list(one) for one in held]) == held
    for frame in (
        pd.DataFrame({"sum": held}),
        pd.DataFrame({"symbol": held, "answer": ["19", "7", "5"]}),
        pd.Series(held),
    ):
        assert texts(frame) == ["12+7", "3+4", "5"]
    pd.DataFrame({"sum": held}).to_csv(tmp_path / "new.csv", index=False)
    assert texts(tmp_path / "new.csv") == ["12+7", "3+4", "5"]


def test_blanks_around_texts_of_one_length_belong_to_them(tmp_path):
    held = [" 3+4 ", "12+7 "]
    like = Like(("symbol",), (True,), padded=True)
    pd.DataFrame({"sum": held}).to_csv(tmp_path / "new.csv", index=False)
    assert texts(pd.DataFrame({"sum": held}), like) == texts(tmp_path / "new.csv", like) == held


def test_words():
    like = Like(("text",), (True,), words=True)
    held = ["so it  goes", "so it is"]
    assert texts(held, like, " ") == ["so it goes", "so it is"]
    assert texts(pd.DataFrame({"text": held}), like, " ") == ["so it goes", "so it is"]


@given(st.lists(st.text("abc+ 9", min_size=1), min_size=1, max_size=6))
def test_any_texts_there_and_back(held):
    assert texts(held) == texts(load_inputs(held, LETTERS).data) == held


# What is refused --------------------------------------------------------------------------------

WARM = Like(("warm",), (False,))
LONG = Like(("warm", "wet"), (False, False), id_column="case")


@pytest.mark.parametrize(
    ("source", "like", "message"),
    [
        (X, WARM, r"X has 2 features, the model was tuned on 1 feature \(warm\)\. .* X\[None\]\."),
        (X[0], TWO, r"X has 1 feature, the model was tuned on 2 features \(warm, wet\)\."),
        ({"X": X, "feature_names": ["warm", "wett"]}, TWO, r"'wett', .* Did you mean 'wet'\?"),
        ({"X": X, "feature_names": ["wet", "wet"]}, TWO, r"a feature 'wet', the model was"),
        ({"X": X, "feature_names": ["wet"]}, TWO, r"The dict has 1 name for 2 features \(wet\)"),
        (["ab", "c"], WARM, r"'warm' of X holds symbols \('a'\), but .* tuned on numbers there"),
        (X[:, :, :1], LETTERS, r"'symbol' of X holds numbers \(0.12.*\), but .* It takes symbols"),
        ({"Xs": X}, TWO, r"The dict has no X; it holds Xs\. Did you mean 'Xs'\? Sequences to be"),
        ({}, TWO, r"The dict has no X; it holds nothing\."),
        ([], TWO, r"X holds no sequences\."),
        (["ab", ""], LETTERS, r"Sequence 1 of X is empty: it has no step\."),
        (X[:0], TWO, r"X holds no sequences\."),
        (
            np.where(X[2, 1, 1] == X, np.nan, X),
            TWO,
            r"'wet' of X has no value in sequence 2, step",
        ),
        (np.where(X[2, 1, 1] == X, np.inf, X), TWO, r"'wet' of X has an infinite value in seq"),
        (np.zeros(3), WARM, r"Sequence 0 of X is .*0\.0.* X\.reshape"),
        (7, TWO, r"A int cannot be loaded\."),
        ("nowhere.csv", TWO, r"There is no file 'nowhere.csv'"),
        ("airline", TWO, r"airline is a series to forecast, but this model gives answers"),
        (load("airline"), TWO, r"airline is a series to forecast, but this model gives answers"),
        (long_table().drop(columns="wet"), LONG, r"There is no column 'wet' in DataFrame\."),
        (long_table().drop(columns="case"), LONG, r"There is no column 'case' in DataFrame\."),
        (long_table().replace({"case": {"a": ""}}), LONG, r"'case' of DataFrame has no id on row"),
        (long_table().assign(wet="x"), LONG, r"'wet' of DataFrame holds symbols \('x'\)"),
        (
            long_table().replace({"wet": {X[1, 2, 1]: np.nan}}),
            LONG,
            r"'wet' of DataFrame has no value in the sequence 'a', step 2",
        ),
        (
            pd.DataFrame({"symbol": ["ab", ""]}),
            LETTERS,
            r"'symbol' of DataFrame is empty on row 1",
        ),
        (
            pd.DataFrame({"a": ["b"], "c": ["d"]}),
            LETTERS,
            r"Which column .* are: a, c\. .*'symbol'",
        ),
    ],
)
def test_messages(source, like, message):
    with pytest.raises(DataError, match=message):
        load_inputs(source, like)


def test_a_step_column_that_is_missing():
    like = Like(("warm", "wet"), (False, False), id_column="case", time_column="minute")
    with pytest.raises(DataError, match=r"There is no column 'minute'"):
        load_inputs(long_table(), like)


def test_a_table_for_a_model_of_arrays(tmp_path):
    long_table().to_csv(tmp_path / "new.csv", index=False)
    message = r"new\.csv is a table, but the model was tuned on arrays of 2 features, .* X=X\)\."
    with pytest.raises(DataError, match=message):
        load_inputs(tmp_path / "new.csv", TWO)


def test_a_frame_for_a_model_of_arrays_of_one_feature():
    data = load_inputs(pd.DataFrame(X[:, :, 0]), WARM).data
    np.testing.assert_array_equal(np.stack(pieces(data)), X[:, :, :1])
