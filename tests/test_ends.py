"""The end of an answer: put behind answers of several lengths, learnt, told, and cut off there."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_sequences import learnt

from autolstm import load
from autolstm.data.ends import END, with_ends
from autolstm.sequences import Sequences
from autolstm.tuned.answers import by_sequence, classes_by_step

SUMS = pd.DataFrame(
    [(f"{a}+{b}", str(a + b)) for a in range(9) for b in range(9)], columns=["sum", "is"]
)


def spelled(data: Sequences) -> list[str]:
    """Slow and obvious: every answer as a text."""
    spans = zip(data.answer_starts[:-1], data.answer_starts[1:], strict=True)
    return [
        "".join(data.classes[int(code)] for code in data.answers[start:end, 0])
        for start, end in spans
    ]


def test_answers_of_several_lengths_end() -> None:
    data = load(SUMS, task="sequence-to-sequence")
    assert isinstance(data, Sequences)
    assert spelled(data) == [f"{one}{END}" for one in SUMS["is"]]
    assert data.classes == (*"0123456789", END)
    assert data.answer_lengths.tolist() == [len(one) + 1 for one in SUMS["is"]]
    assert data.notes[-1] == (
        "Answers have 1 to 2 steps. Each ends with <end>, which is learnt and measured as its "
        "last step."
    )


def test_answers_of_one_length_need_no_end() -> None:
    data = load(SUMS.assign(**{"is": SUMS["is"].str.zfill(2)}), task="sequence-to-sequence")
    assert isinstance(data, Sequences)
    assert END not in data.classes


def test_who_marks_the_end_has_marked_it() -> None:
    inputs = [list("ab"), list("abc")] * 6
    answers = [["x", END], ["x", "y", END]] * 6
    data = load((inputs, answers), task="sequence-to-sequence")
    assert isinstance(data, Sequences)
    assert sorted(data.classes) == [END, "x", "y"]
    assert data.answer_lengths.tolist() == [2, 3] * 6


@pytest.mark.parametrize("kind", ["labels", "at every step", "numbers"])
def test_other_answers_have_none(kind: str) -> None:
    inputs = [np.arange(2.0), np.arange(3.0)] * 6
    answers: list = {
        "labels": ["a", "b"] * 6,
        "at every step": [list("ab"), list("aba")] * 6,
        "numbers": [np.arange(3.0), np.arange(1.0) + 0.5] * 6,
    }[kind]
    data = load((inputs, answers))
    assert isinstance(data, Sequences)
    assert with_ends(data) is data
    assert END not in data.classes


def told(texts: list[str], steps: int, classes: str = "ab") -> np.ndarray:
    """Return probabilities of 0.8 for each character of some texts; ``.`` is the end."""
    codes = f"{classes}."
    shares = np.full((len(texts), steps, len(codes)), 0.2 / (len(codes) - 1))
    for row, text in enumerate(texts):
        for step, one in enumerate(text.ljust(steps, classes[0])):
            shares[row, step, codes.index(one)] = 0.8
    return shares


@given(st.lists(st.text("ab.", max_size=4), min_size=1, max_size=6))
def test_a_text_goes_up_to_its_first_end(texts: list[str]) -> None:
    shares, names = told(texts, 4), np.arange(len(texts))
    found = by_sequence(shares, names, ("a", "b", END), "")
    expected = [one.ljust(4, "a").partition(".")[0] for one in texts]
    assert found["answer"].tolist() == expected
    np.testing.assert_allclose(found["probability"], 0.8)
    rows = classes_by_step(shares, names, ("a", "b", END), "decoder")
    for name, text in enumerate(expected):
        mine = rows[rows["sequence"] == name]["answer"].tolist()
        assert mine == [*text, END][:4]


def test_an_uncertain_end_makes_an_uncertain_answer() -> None:
    shares = told(["ab."], 4)
    shares[0, 2] = (0.3, 0.3, 0.4)
    shares[0, 3] = (0.34, 0.33, 0.33)
    found = by_sequence(shares, np.array([0]), ("a", "b", END), "")
    assert (found["answer"][0], found["probability"][0]) == ("ab", 0.4)


@pytest.mark.slow
def test_words_are_still_told_from_letters_and_an_end_is_learnt() -> None:
    data = load(SUMS, task="sequence-to-sequence")
    assert isinstance(data, Sequences)
    model, _, _ = learnt(data, epochs=400, units=32, learning_rate=0.01, window=3, patience=400)
    found = model.predict(SUMS["sum"].tolist())
    assert set("".join(found["answer"])) <= set("0123456789")
    right = (found["answer"] == SUMS["is"]).mean()
    lengths = (found["answer"].str.len() == SUMS["is"].str.len()).mean()
    assert right > 0.6, right
    assert lengths > 0.9, lengths
