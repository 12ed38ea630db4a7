"""Encoding of symbols: learnt on training sequences alone, undone for what it knows."""

import json
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.errors import SettingError
from autolstm.prepare.encode import Encoder, learn_encoder
from autolstm.sequences import Sequences
from autolstm.settings import KNOBS, Settings

KINDS = KNOBS["preparation.encode"].choices or ()
EVERY = pytest.mark.parametrize("kind", KINDS)


def texts(*words: str, symbols: str | None = None) -> Sequences:
    """Sequences of characters."""
    known = sorted(set("".join(words))) if symbols is None else list(symbols)
    starts = np.concatenate([[0], np.cumsum([len(one) for one in words])])
    return Sequences(
        name="words",
        values=np.array([[known.index(one)] for one in "".join(words)]),
        starts=starts,
        features=("letter",),
        symbols=(tuple(known),),
        answers=np.zeros((len(words), 1)),
        answer_starts=np.arange(len(words) + 1),
        targets=("y",),
    )


def mixed() -> Sequences:
    """One feature of numbers between two of symbols."""
    return Sequences(
        name="mixed",
        values=np.array([[0, 2.5, 1], [1, -1.0, 0], [2, 0.0, 1]]),
        starts=np.arange(4),
        features=("gait", "speed", "side"),
        symbols=(("run", "sit", "walk"), (), ("left", "right")),
        answers=np.zeros((3, 1)),
        answer_starts=np.arange(4),
        targets=("y",),
    )


WORDS = st.lists(st.text("abcde", min_size=1, max_size=5), min_size=2, max_size=6)


# By hand ----------------------------------------------------------------------------------------


def test_integer() -> None:
    data = texts("ab", "bd")
    encoder = learn_encoder("integer", data, np.array([0, 1]))
    assert encoder.columns == ("letter",)
    assert encoder.apply(data.values)[:, 0].tolist() == [1 / 3, 2 / 3, 2 / 3, 1.0]


def test_one_hot() -> None:
    data = texts("ab", "bd")
    encoder = learn_encoder("one-hot", data, np.array([0]))
    assert encoder.columns == ("letter=a", "letter=b", "letter unknown")
    assert encoder.apply(data.values).tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]]


def test_embedding() -> None:
    data = texts("ab", "bd")
    encoder = learn_encoder("embedding", data, np.array([0]))
    assert encoder.columns == ("letter",)
    assert encoder.codes == 4
    assert encoder.apply(data.values)[:, 0].tolist() == [2, 3, 3, 1]


@pytest.mark.parametrize("kind", ["integer", "one-hot"])
def test_numbers_pass_through(kind: str) -> None:
    data = mixed()
    encoder = learn_encoder(kind, data, np.array([0, 1]))
    at = encoder.columns.index("speed")
    encoded = encoder.apply(data.values)
    assert encoded.shape == (3, len(encoder.columns))
    assert encoded[:, at].tolist() == [2.5, -1.0, 0.0]
    assert encoder.codes == 0
    if kind == "one-hot":
        assert encoder.columns == (
            *("gait=run", "gait=sit", "gait unknown", "speed"),
            *("side=left", "side=right", "side unknown"),
        )
        assert encoded[2].tolist() == [0, 0, 1, 0.0, 0, 1, 0]


@pytest.mark.parametrize("data", [mixed(), "numbers"])
def test_an_embedding_takes_one_feature_of_symbols(data: Any) -> None:
    if data == "numbers":
        data = Sequences("plain", [[1.0]], [0, 1], ("x",), ((),), [[0.0]], [0, 1], ("y",))  # type: ignore[arg-type]
    says = "preparation.encode = embedding takes sequences of one feature of symbols"
    with pytest.raises(SettingError, match=f"{says}.*1 of them of numbers. Take one-hot or"):
        learn_encoder("embedding", data, np.array([0]))


# Properties -------------------------------------------------------------------------------------


@EVERY
@given(words=WORDS)
def test_known_symbols_there_and_back(kind: str, words: list[str]) -> None:
    data = texts(*words)
    encoder = learn_encoder(kind, data, np.arange(len(words)))
    assert (encoder.decode(encoder.apply(data.values)) == data.values).all()


@EVERY
@given(words=WORDS)
def test_symbols_outside_the_training_part_are_unknown(kind: str, words: list[str]) -> None:
    """Against a slow twin: a symbol comes back where a training sequence holds it, else NaN."""
    data = texts(*words)
    encoder = learn_encoder(kind, data, np.array([0]))
    assert encoder.known == (tuple(sorted(set(words[0]))),)
    back = encoder.decode(encoder.apply(data.values))[:, 0]
    for value, symbol in zip(back, "".join(words), strict=True):
        assert np.isnan(value) if symbol not in words[0] else data.symbols[0][int(value)] == symbol


@EVERY
@given(words=WORDS, others=WORDS)
def test_what_is_learnt_does_not_know_the_other_sequences(
    kind: str, words: list[str], others: list[str]
) -> None:
    train = np.arange(len(words))
    alone = learn_encoder(kind, texts(*words), train)
    beside = learn_encoder(kind, texts(*words, *others), train)
    assert (alone.known, alone.columns, alone.codes) == (
        beside.known,
        beside.columns,
        beside.codes,
    )
    both = [texts(*words).values, texts(*words, *others).values[: len("".join(words))]]
    assert (alone.apply(both[0]) == beside.apply(both[1])).all()


@EVERY
@given(words=WORDS)
def test_all_unknown_symbols_have_one_code_of_their_own(kind: str, words: list[str]) -> None:
    data = texts(*words, "xyz")
    encoder = learn_encoder(kind, data, np.arange(len(words)))
    codes = {tuple(one) for one in encoder.apply(data.values[-3:])}
    assert len(codes) == 1
    assert not codes & {tuple(one) for one in encoder.apply(data.values[:-3])}


@EVERY
@given(words=WORDS)
def test_other_data_may_write_their_symbols_otherwise(kind: str, words: list[str]) -> None:
    data = texts(*words)
    encoder = learn_encoder(kind, data, np.array([0]))
    other = texts(*words, symbols="zyxedcba")
    moved = encoder.for_symbols(other.symbols)
    assert (moved.apply(other.values) == encoder.apply(data.values)).all()
    # A symbol that those data do not hold at all cannot come back.
    few = texts("z", symbols="z")
    assert np.isnan(encoder.for_symbols(few.symbols).decode(encoder.apply(data.values))).all()


@EVERY
@given(words=WORDS)
def test_json_there_and_back(kind: str, words: list[str]) -> None:
    encoder = learn_encoder(kind, texts(*words), np.array([0]))
    assert Encoder.from_json(json.loads(json.dumps(encoder.to_json()))) == encoder


@pytest.mark.parametrize(
    ("symbols", "says"),
    [
        (((), (), ("left",)), "'gait' was learnt as one of symbols, but holds numbers here."),
        ((("run",), ("1",), ("left",)), "'speed' was learnt as one of numbers, but holds symbols"),
    ],
)
def test_other_kinds_of_features_are_refused(symbols: Any, says: str) -> None:
    encoder = learn_encoder("one-hot", mixed(), np.array([0]))
    with pytest.raises(SettingError, match=re.escape(says)):
        encoder.for_symbols(symbols)


def test_the_knob() -> None:
    assert Settings().preparation.encode == "one-hot"
    assert KINDS == ("integer", "one-hot", "embedding")
