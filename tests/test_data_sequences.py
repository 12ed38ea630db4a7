"""`load` on arrays, lists, dicts and NPZ files: what becomes of them, and what is refused."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autolstm.data.answers import few, in_order
from autolstm.data.load import load
from autolstm.data.stack import stacked
from autolstm.data.wording import describe
from autolstm.dataset import Dataset
from autolstm.errors import DataError, SettingError
from autolstm.sequences import Sequences

HALF = [0, 1] * 6
X = np.random.default_rng(0).normal(size=(12, 4, 2))
NUMBERS = np.linspace(0.05, 1.0, 12)


def taken(source: Any, **options: Any) -> Sequences:
    data = load(source, **options)
    assert isinstance(data, Sequences)
    return data


def pieces(data: Sequences) -> list[np.ndarray]:
    """Slow and obvious: the steps of every sequence."""
    return [data.values[data.starts[at] : data.starts[at + 1]] for at in range(len(data))]


def labels(data: Sequences) -> list[str]:
    return [data.classes[int(one)] for one in data.answers[:, 0]]


def symbols(data: Sequences) -> list[str]:
    return ["".join(data.symbols[0][int(one)] for one in steps[:, 0]) for steps in pieces(data)]


# What is accepted -------------------------------------------------------------------------------


def test_an_array_of_three_dimensions() -> None:
    data = taken((X, HALF))
    assert (len(data), data.features, data.classes) == (12, ("x1", "x2"), ("0", "1"))
    assert (np.stack(pieces(data)) == X).all()
    assert labels(data) == [str(one) for one in HALF]
    assert (data.name, data.source, data.targets) == ("data", "a pair (X, y)", ("label",))
    assert data.groups is data.official is None
    assert data.notes == ("Read as many-to-one classification, 2 classes, 2 features, 4 steps.",)


def test_an_array_of_two_dimensions_has_one_feature() -> None:
    data = taken((X[:, :, 0], NUMBERS))
    assert (data.features, data.classes, data.targets) == (("x",), (), ("y",))
    assert (np.stack(pieces(data))[:, :, 0] == X[:, :, 0]).all()
    assert data.answers[:, 0].tolist() == NUMBERS.tolist()


@given(
    st.lists(
        arrays(np.float64, st.tuples(st.integers(1, 4), st.just(2)), elements=st.floats(-9, 9)),
        min_size=10,
        max_size=15,
    ),
    st.sampled_from(["arrays", "lists", "objects"]),
)
def test_ragged_sequences_there_and_back(held: list[np.ndarray], kind: str) -> None:
    given_as: Any = held if kind == "arrays" else [one.tolist() for one in held]
    if kind == "objects":
        given_as = np.empty(len(held), dtype=object)
        given_as[:] = held
    data = taken((given_as, list(range(len(held)))), to_learn=False)
    assert all(np.array_equal(*both) for both in zip(pieces(data), held, strict=True))


def test_ragged_sequences_of_one_feature() -> None:
    data = taken(([np.arange(at + 1.0) for at in range(12)], HALF))
    assert data.lengths.tolist() == list(range(1, 13))
    assert describe(data) == "many-to-one classification, 2 classes, 1 feature, 1 to 12 steps"


def test_texts_are_sequences_of_characters_or_words() -> None:
    texts = ["good film", "bad plot"] * 6
    data = taken((texts, ["+", "-"] * 6))
    assert symbols(data) == texts
    assert labels(data) == ["+", "-"] * 6
    words = taken((texts, ["+", "-"] * 6), unit_of_text="words")
    assert words.symbols == (("bad", "film", "good", "plot"),)
    assert words.lengths.tolist() == [2] * 12


def test_lists_and_arrays_of_symbols() -> None:
    held = [["b", "a", "10"], ["a"]] * 6
    assert symbols(taken((held, HALF))) == ["ba10", "a"] * 6
    whole = np.array([["b", "a"], ["a", "c"]] * 6)
    assert symbols(taken((whole, HALF))) == ["ba", "ac"] * 6
    assert taken((whole, HALF)).features == ("symbol",)


def test_symbols_beside_numbers() -> None:
    held = [[["a", 0.5], ["b", 1.5]], [["b", 2.5], ["a", -1.0]]] * 6
    data = taken((held, HALF))
    assert data.symbols == (("a", "b"), ())
    assert pieces(data)[1].tolist() == [[1.0, 2.5], [0.0, -1.0]]
    assert describe(data) == (
        "many-to-one classification, 2 classes, 1 feature and 1 symbol of 2, 2 steps"
    )


def test_pandas_objects() -> None:
    data = taken((pd.DataFrame(X[:, :, 0]), pd.Series(["a", "b"] * 6)))
    assert (len(data), data.classes) == (12, ("a", "b"))


def test_an_answer_at_every_step() -> None:
    data = taken((X, X[:, :, 0] * 2))
    assert data.stepwise
    assert (data.answers[:, 0] == X[:, :, 0].ravel() * 2).all()
    assert describe(data) == "many-to-many regression, 2 features, 4 steps"
    several = taken((X, X * 3))
    assert several.targets == ("y1", "y2")
    assert describe(several) == "many-to-many regression, 2 targets, 2 features, 4 steps"


def test_an_answer_at_every_step_of_ragged_sequences() -> None:
    held = [["a", "b"], ["b", "b", "a"]] * 6
    data = taken((held, [["N", "V"], ["V", "V", "N"]] * 6))
    assert data.stepwise
    assert labels(data)[:5] == ["N", "V", "V", "V", "N"]
    assert describe(data) == (
        "many-to-many classification, 2 classes, 1 symbol of 2, 2 to 3 steps"
    )


def test_answers_of_their_own_length() -> None:
    data = taken((X, X[:, :3, 0]))
    assert not data.stepwise
    assert describe(data) == (
        "sequence-to-sequence regression, 2 features, 4 steps in, 3 steps out"
    )


def test_answers_of_the_same_length_stand_apart_where_the_task_says_so() -> None:
    same = taken((X, X[:, ::-1, 0]), task="sequence-to-sequence")
    assert same.apart
    assert not same.stepwise
    assert describe(same).startswith("sequence-to-sequence regression, 2 features, 4 steps in, 4")


@pytest.mark.parametrize(
    ("steps", "answers", "said"),
    [
        (1, NUMBERS, "one-to-one regression, 2 features, 1 step"),
        (1, X[:, :3, 0], "one-to-many regression, 2 features, 1 step in, 3 steps out"),
        (4, X[:, :1, :], "many-to-one regression, 2 targets, 2 features, 4 steps"),
        (4, NUMBERS[:, None], "many-to-one regression, 2 features, 4 steps"),
    ],
)
def test_forms(steps: int, answers: np.ndarray, said: str) -> None:
    assert describe(taken((X[:, :steps], answers))) == said


def test_a_dict_with_all_that_may_be_said() -> None:
    data = taken(
        {
            "X": X,
            "y": HALF,
            "groups": np.repeat([1, 2, 3], 4),
            "channel_names": ["ax", "ay"],
            "label_names": ["walk", "run"],
            "side": np.zeros(12),
        }
    )
    assert (data.features, data.classes) == (("ax", "ay"), ("walk", "run"))
    assert data.groups is not None
    assert data.groups.tolist() == ["1"] * 4 + ["2"] * 4 + ["3"] * 4
    assert "Left out, as they are neither sequences nor answers: side." in data.notes


def test_official_parts() -> None:
    parts = {"x_train": X[:8], "Y_train": HALF[:8], "X_test": X[8:], "y_test": HALF[8:]}
    data = taken(parts)
    assert data.official is not None
    assert data.official.tolist() == [False] * 8 + [True] * 4
    assert (np.stack(pieces(data)) == X).all()
    assert "The official parts are kept: 8 to train on, 4 to test." in data.notes


def test_what_is_loaded_already_stays() -> None:
    data = taken((X, HALF))
    assert load(data) is data
    assert load(data, task="classification") is data
    assert load(data, name="mine", unit="m").fingerprint == data.fingerprint
    assert (taken(data, name="mine", unit="m").name, taken(data, unit="m").unit) == ("mine", "m")


# Classes or numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "classes"),
    [
        ([True, False] * 6, ("False", "True")),
        ([2, 1] * 6, ("1", "2")),
        ([1, -1] * 6, ("-1", "1")),
        ([1.0, -1.0] * 6, ("-1", "1")),
        (["10", "9"] * 6, ("9", "10")),
        (["b", "a"] * 6, ("a", "b")),
        ([1.5, 0.5] * 6, ()),
        ([3, 1, 2] * 4, ()),
        (range(12), ()),
    ],
)
def test_classes_and_numbers(answers: Any, classes: tuple[str, ...]) -> None:
    data = taken((X, list(answers)))
    assert data.classes == classes
    if classes:
        spelled = [str(int(one)) if isinstance(one, float) else str(one) for one in answers]
        assert labels(data) == spelled
    else:
        assert data.answers[:, 0].tolist() == list(answers)


@pytest.mark.parametrize(
    ("distinct", "count", "yes"),
    [
        *((2, 10, True), (3, 10, False), (3, 15, True), (20, 100, True), (20, 99, False)),
        (21, 10_000, False),
    ],
)
def test_few(distinct: int, count: int, yes: bool) -> None:
    assert few(distinct, count) is yes


def test_the_task_overrides() -> None:
    assert taken((X, HALF), task="regression").classes == ()
    assert taken((X, [3, 1, 2] * 4), task="classification").classes == ("1", "2", "3")
    assert taken((X, [1.5, 0.5] * 6), task="classification").classes == ("0.5", "1.5")


def test_text_answers_are_labels_or_sequences() -> None:
    texts = [f"{at}+{at}" for at in range(12)]
    many = [str(2 * at) for at in range(12)]
    spelled = taken((texts, many))
    assert spelled.answer_lengths.tolist() == [len(one) for one in many]
    assert taken((texts, ["odd", "even"] * 6)).classes == ("even", "odd")
    forced = taken((texts, ["odd", "even"] * 6), task="sequence-to-sequence")
    assert forced.classes == (*sorted(set("oddeven")), "<end>")


def test_order_of_labels() -> None:
    assert in_order(np.array(["10", "9", "-1"])) == ("-1", "9", "10")
    assert in_order(np.array(["10", "9", "x"])) == ("10", "9", "x")


# NPZ --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([1, 2] * 6, "1 2"),
        ([-1, 1] * 6, "-1 1"),
        ([3, 1, 2] * 4, "1 2 3"),
        (["Walking", "Running", "Standing"] * 4, "Running Standing Walking"),
    ],
)
def test_npz_with_official_parts(labels: list[Any], classes: str, tmp_path: Path) -> None:
    """As the archives of UCR and UEA are given away: labels in their own spelling."""
    path = tmp_path / "archive.npz"
    whole, labels = np.tile(X, (2, 1, 1)), labels * 2
    parts: dict[str, Any] = {"X_train": whole[:6], "X_test": whole[6:], "y_train": labels[:6]}
    parts["y_test"] = labels[6:]
    np.savez(path, **parts)
    data = taken(path)
    assert data.classes == tuple(classes.split())
    assert [data.classes[int(one)] for one in data.answers[:, 0]] == [str(one) for one in labels]
    assert data.official is not None
    assert data.official.tolist() == [False] * 6 + [True] * 18
    assert describe(data).endswith("2 features, 4 steps")


def test_npz_with_groups_and_names(tmp_path: Path) -> None:
    path = tmp_path / "watch.npz"
    np.savez(
        path,
        X=X.astype(np.float32),
        y=HALF,
        groups=[1, 2, 10] * 4,
        recording=np.arange(12),
        label_names=["PEN", "ABD"],
        channel_names=["ax", "ay"],
    )
    data = taken(path)
    assert data.features == ("ax", "ay")
    assert data.classes == ("PEN", "ABD")
    assert data.groups is not None
    assert data.groups.tolist() == ["1", "2", "10"] * 4
    assert data.official is None
    assert any("recording" in note for note in data.notes)


def test_npz(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", x=X, y=HALF, feature_names=["a", "b"])
    data = taken(str(tmp_path / "mine.npz"))
    assert (data.name, data.source) == ("mine", str(tmp_path / "mine.npz"))
    assert data.features == ("a", "b")
    assert data.fingerprint == taken({"X": X, "y": HALF, "feature_names": ["a", "b"]}).fingerprint


def test_npz_that_needs_pickle(tmp_path: Path) -> None:
    ragged = np.empty(2, dtype=object)
    ragged[:] = [np.zeros(2), np.zeros(3)]
    np.savez(tmp_path / "mine.npz", X=ragged, y=[0, 1])
    with pytest.raises(DataError, match=r"'X' of mine.npz is one of Python objects.*pickle runs"):
        load(tmp_path / "mine.npz")


@pytest.mark.parametrize("body", [b"", b"no archive", b"PK\x03\x04 cut short", b"\x93NUMPY"])
def test_npz_that_is_none(body: bytes, tmp_path: Path) -> None:
    (tmp_path / "mine.npz").write_bytes(body)
    with pytest.raises(DataError, match=r"mine.npz is not a whole NPZ file.*Write it again"):
        load(tmp_path / "mine.npz")


def test_npz_that_is_damaged_inside(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, X=X, y=HALF)
    body = bytearray(path.read_bytes())
    body[300:340] = b"\xff" * 40
    path.write_bytes(body)
    with pytest.raises(DataError, match="mine.npz is not a whole NPZ file"):
        load(path)


def test_npz_that_is_a_plain_array(tmp_path: Path) -> None:
    with (tmp_path / "mine.npz").open("wb") as out:
        np.save(out, X)
    with pytest.raises(DataError, match="mine.npz is not a whole NPZ file"):
        load(tmp_path / "mine.npz")


def test_npz_that_is_not_there(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", X=X, y=HALF)
    with pytest.raises(DataError, match=r"There is no file .*Did you mean 'mine.npz'\?"):
        load(tmp_path / "mime.npz")


# What is refused --------------------------------------------------------------------------------

NAN, INF = X.copy(), X.copy()
NAN[3, 2, 1] = np.nan
INF[5, 0, 0] = -np.inf
PARTS = {"X_train": X[:8], "y_train": HALF[:8], "X_test": X[8:], "y_test": HALF[8:]}
LONE = [0, 1] * 5 + [0, 2]
WORDS = ["a", "b"] * 6


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ((X[None], HALF), ["X has the shape (1, 12, 4, 2).", "(sequences, steps)", "Reshape it"]),
        ((X[:, :, :0], HALF), ["X has the shape (12, 4, 0)."]),
        ((X[:, 0, 0], HALF), ["Sequence 0 of X is", "one step is a list", "X.reshape(-1, 1)"]),
        ((X, HALF[:-1]), ["X of The pair (X, y) has 12 sequences, but y has 11 answers.", "Give"]),
        ((X, np.eye(3)[HALF]), ["y of The pair (X, y) seems to be one-hot", "y.argmax(axis=1)"]),
        ((X, [10**30, 1] * 6), ["y holds a whole number that is too large for 64 bits."]),
        (([[1, 10**400, 0.5]] * 12, HALF), ["X holds a whole number that is too large"]),
        ((X, 5), ["y is a int. Accepted are"]),
        ((None, HALF), ["has no X; it holds"]),
        (([], []), ["X holds no sequences.", "Check what it was made from."]),
        ((X[:, :0], HALF), ["Sequence 0 of X is empty: it has no step.", "Leave it"]),
        (([[1.0]] * 11 + [[]], HALF), ["Sequence 11 of X is empty"]),
        ((["ab"] * 11 + [""], HALF), ["Sequence 11 of X is empty"]),
        (([np.zeros((2, 2))] * 11 + [np.zeros((2, 3))], HALF), ["Sequence 11 of X has 3 feature"]),
        (([[1, [2, 3]]] * 12, HALF), ["X holds", "all numbers, or all texts"]),
        (([["a", 1.0]] * 12, HALF), ["X holds 'a' beside other kinds.", "Mend that cell"]),
        ((X.astype(complex), HALF), ["X holds", "of the type complex128. Numbers, or texts"]),
        (
            (NAN, HALF),
            ["'x2'", "has no value in sequence 3, step 2,", "1 such value", "missing=forward or"],
        ),
        ((INF, HALF), ["'x1'", "has an infinite value in sequence 5, step 0"]),
        (([["a", None]] * 12, HALF), ["'symbol'", "has no value in sequence 0, step 1"]),
        (
            (X, [np.nan, 1.0] * 6),
            ["The answer 'y'", "has no value in sequence 0,", "Mend them or leave"],
        ),
        ((X, ["a", None] * 6), ["The answer 'y'", "has no value in sequence 1,"]),
        (
            (X, [*WORDS[:11], "c"]),
            ["the data has one sequence only of: c.", "A class needs two", "Add some"],
        ),
        ((X, [1] * 12), ["Every answer of The pair (X, y) is 1.", "at least two classes"]),
        ((X, [0.5] * 12), ["Every answer of The pair (X, y) is 0.5."]),
        ((X[:9], HALF[:9]), ["has 9 sequences. At least 10 are needed", "Give more of them."]),
        ({"X": X}, ["The dict has no y; it holds X.", "Add y."]),
        ({"X": X, "Y_": HALF}, ["The dict has no y; it holds X, Y_. Did you mean 'Y_'?"]),
        ({k: v for k, v in PARTS.items() if k != "y_test"}, ["has no y_test", "Add y_test."]),
        (PARTS | {"y_test": HALF[9:]}, ["X_test of The dict has 4 sequences, but y_test has 3"]),
        (PARTS | {"X_test": X[8:, :, :1]}, ["has 2 columns of numbers in X", "1 column of"]),
        (
            PARTS | {"y_train": WORDS[:8], "y_test": ["a", "c", "c", "b"]},
            ["only the official test part holds c.", "Move some"],
        ),
        (
            PARTS | {"y_train": [*WORDS[:7], "c"], "y_test": ["a", "c", "c", "b"]},
            ["the official training part has one sequence only of: c."],
        ),
        (PARTS | {"X_test": np.full((4, 4, 2), np.nan)}, ["no value in sequence 0 of X_test, st"]),
        ({"X": X, "y": HALF, "feature_names": ["a"]}, ["names of features", "1 name for 2 (a)"]),
        ({"X": X, "y": HALF, "feature_names": ["a", "a"]}, ["do not match: 'a' twice", "Mend"]),
        ({"X": X, "y": HALF, "groups": [1]}, ["The dict has 12 sequences, but 1 groups.", "Give"]),
        (
            {"X": X, "y": LONE, "label_names": ["a", "b"]},
            ["names 2 labels (a, b)", "is 2.", "0 to"],
        ),
        ({"X": X, "y": ["q", "r"] * 6, "label_names": ["a", "b"]}, ["but an answer is 'q'."]),
    ],
)
def test_messages(source: Any, says: list[str]) -> None:
    with pytest.raises(DataError, match=".*".join(map(re.escape, says))):
        load(source)


@pytest.mark.parametrize(
    ("source", "task", "says"),
    [
        ((X, ["a", "b"] * 6), "regression", "An answer of The pair (X, y) is 'a', which is no"),
        ((X, HALF), "sequence-to-sequence", "has one answer to each sequence, no sequence as an"),
        ((X, X), "classification", "have 2 columns, and are to be classes. One column"),
    ],
)
def test_messages_about_a_task(source: Any, task: str, says: str) -> None:
    with pytest.raises(DataError, match=re.escape(says)):
        load(source, task=task)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=8,
)


@given(
    st.lists(JUNK, max_size=3),
    JUNK | st.lists(JUNK, max_size=3),
    st.sampled_from([None, "classification", "regression", "sequence-to-sequence"]),
)
def test_junk_is_loaded_or_refused_in_words(x: Any, y: Any, task: str | None) -> None:
    try:
        data = load((x, y), task=task, to_learn=False)
    except DataError as error:
        assert re.search(r"\. [A-Z]", str(error))
    else:
        assert isinstance(data, Sequences)
        assert np.isfinite(data.values).all()
        assert np.isfinite(data.answers).all()
        assert describe(data)


def test_one_hot_rows_may_be_sequences() -> None:
    data = taken((X, np.eye(3)[HALF]), task="sequence-to-sequence")
    assert data.answer_lengths.tolist() == [3] * 12


def test_ten_sequences_are_enough() -> None:
    assert len(taken((X[:10], HALF[:10]))) == 10


def test_to_look_at_fewer_will_do() -> None:
    assert len(taken((X[:3], HALF[:3]), to_learn=False)) == 3


def test_a_class_in_one_sequence_may_stand_at_single_steps() -> None:
    tags = [["a", "b", "a", "b"]] * 11 + [["a", "b", "c", "b"]]
    assert taken((X, tags)).classes == ("a", "b", "c")


def test_one_official_part_only() -> None:
    from autolstm.data.labelled import check_learnable

    for part, value in (("test", True), ("training", False)):
        held = taken((X, HALF))
        data = Sequences(
            **{
                name: getattr(held, name)
                for name in Sequences.__dataclass_fields__
                if name != "official"
            },
            official=np.full(12, value),
        )
        with pytest.raises(DataError, match=f"All sequences of mine are in its official {part}"):
            check_learnable(data, "mine")


def test_a_feature_that_never_varies_is_noted() -> None:
    flat = X.copy()
    flat[:, :, 1] = 3.0
    assert taken((flat, HALF)).notes[-1] == (
        "The same in every step of every sequence, so nothing to learn from: x2."
    )


# Options that do not fit ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "options", "says"),
    [
        ((X, HALF), {"task": "classify"}, "Did you mean 'classification'? It takes one of fore"),
        ((X, HALF), {"task": 5}, "task = 5 is not accepted."),
        ((X, HALF), {"unit_of_text": "word"}, "Did you mean 'words'? It takes one of characters"),
        ((X, HALF), {"task": "forecasting"}, "task = 'forecasting' does not fit The pair (X, y)"),
        ((X, HALF), {"target": "a"}, "target = 'a' names a column, but The pair (X, y) is no tab"),
        ((X, HALF), {"id_column": "a"}, "id_column = 'a' names a column"),
        ((X, HALF), {"season": 12}, "season = 12 is not accepted for data, which holds sequences"),
        ((X, HALF), {"missing": "fill"}, "missing = 'fill' is not accepted. It takes one of"),
        ("digits", {"task": "regression"}, "does not fit digits: it is many-to-one class"),
        ("digits", {"task": "forecasting"}, "does not fit digits, which holds sequences"),
        ("digits", {"target": "digit"}, "target = 'digit' names a column, but digits is no table"),
        ("airline", {"task": "regression"}, "task = 'regression' does not fit airline, which is"),
        ("airline", {"test_column": "a"}, "test_column = 'a' is for sequences"),
    ],
)
def test_messages_about_options(source: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        load(source, **options)


def test_options_that_say_what_is_so_anyway() -> None:
    assert isinstance(load("airline", task="forecasting"), Dataset)
    assert load("weather", target=["wind"]).target == "wind"  # type: ignore[union-attr]
    assert taken((X, HALF), season=0).classes == ("0", "1")


def test_a_stack_knows_where_a_row_stands() -> None:
    stack = stacked([[1.0], [2.0, 3.0]], "X")
    assert [stack.at(row) for row in range(3)] == [(0, 0), (1, 0), (1, 1)]


def test_whole_numbers_too_large_for_64_bits_are_numbers() -> None:
    assert stacked(np.full((1, 1), 2**64 - 1, dtype=np.uint64), "X").columns[0].dtype == np.float64


@pytest.mark.parametrize("answer", [[None, []], [1, [2, 3]]])
def test_an_answer_of_ragged_lists_is_refused_in_words(answer: list[Any]) -> None:
    """Numpy cannot say how many dimensions it has."""
    with pytest.raises(DataError, match=r"y (holds|is)|of y is"):
        load((X, [answer] * 12))
