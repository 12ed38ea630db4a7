"""`TunedLabeller`: answers from raw data, equal to what was measured."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_sequences import (
    FORMS,
    KINDS,
    LONGEST,
    STEPS,
    Adding,
    adding,
    learnt,
    pieces,
    sequences,
    texts,
)

from autolstm.errors import DataError, SettingError
from autolstm.tuned import labelled

EVERY = pytest.mark.parametrize(
    ("form", "kind", "ragged"), list(itertools.product(FORMS, KINDS, (False, True)))
)


def as_measured(frame, data, numbers, names):
    """Slow and obvious: a table of answers as an array, NaN behind the last step of each."""
    longest = int(data.answer_lengths.max())
    found = np.full((len(numbers), longest, len(names)), np.nan)
    for row in frame.to_dict("records"):
        place = list(numbers).index(row["sequence"])
        for at, name in enumerate(names):
            if row.get("target", name) == name:
                held = row["forecast"] if "forecast" in row else row[f"p({name})"]
                found[place, row.get("step", 0), at] = held
    return found


# Equal to what was measured ---------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "kind", "options", "knobs"),
    [
        ("vector", "classes", {}, {}),
        ("vector", "classes", {"ragged": True}, {"window": 4, "scale": "minmax01"}),
        ("vector", "numbers", {"ragged": True}, {"scale": "robust"}),
        ("steps", "classes", {"ragged": True, "symbols": True}, {"encode": "integer"}),
        ("steps", "numbers", {}, {}),
        ("decoder", "classes", {"symbols": True}, {"encode": "embedding", "embedding": 2}),
        ("decoder", "numbers", {"ragged": True}, {}),
    ],
)
def test_raw_data_give_what_the_test_part_gave(form, kind, options, knobs):
    data = sequences(form, kind, **options)
    model, found, asked = learnt(data, **knobs)
    frame = model.predict(data, by_step=True)
    test = asked.parts.test
    frame = frame[frame["sequence"].isin(test)]
    made = as_measured(frame, data, test, data.classes or data.targets)
    # An answer of a decoder is as long as the longest one.
    actual = asked.framing.actual(test).reshape((*made.shape[:2], -1))
    made[np.isnan(actual[..., 0])] = np.nan
    made = made[:, 0] if form == "vector" else made
    assert asked.framing.measure(made, test) == pytest.approx(found.model, rel=1e-5)


# Tables -----------------------------------------------------------------------------------------


@EVERY
def test_every_step_has_its_row(form, kind, ragged):
    data = sequences(form, kind, ragged=ragged)
    frame = adding(data).predict(data, by_step=True)
    steps = {"vector": np.ones(len(data), int), "steps": data.lengths}
    steps = steps.get(form, np.full(len(data), STEPS))
    expected = [
        (sequence, target, step)
        for sequence, count in enumerate(steps)
        for target in (("",) if kind == "classes" else data.targets)
        for step in range(count)
    ]
    told = ["answer", "p(n)", "p(o)", "p(p)"] if kind == "classes" else ["forecast", "low", "high"]
    places = ["sequence"] + ["step"] * (form != "vector") + ["target"] * (kind == "numbers")
    assert list(frame.columns) == places + told
    assert frame["sequence"].tolist() == [one for one, _, _ in expected]
    if form != "vector":
        assert frame["step"].tolist() == [one for _, _, one in expected]
    if kind == "numbers":
        assert frame["target"].tolist() == [one for _, one, _ in expected]
    assert not frame.isna().any().any()


@EVERY
def test_the_mean_of_the_seeds_is_the_answer(form, kind, ragged):
    """Seed by seed, each as the only one, against all together."""
    data = sequences(form, kind, ragged=ragged)
    model, alone = adding(data), []
    for seed in range(3):
        single = replace(model, seeds=(7,))
        single.__dict__["networks"] = Adding(model.recipe, first=seed)
        alone.append(single.predict(data, by_step=True))
    frame = model.predict(data, by_step=True)
    if kind == "numbers":
        made = np.array([one["forecast"] for one in alone])
        np.testing.assert_allclose(frame["forecast"], made.mean(axis=0))
        np.testing.assert_array_equal(frame["low"], made.min(axis=0))
        np.testing.assert_array_equal(frame["high"], made.max(axis=0))
        assert (frame["low"] < frame["high"]).any()
        return
    shares = np.array([one.filter(like="p(").to_numpy() for one in alone])
    held = frame.filter(like="p(").to_numpy()
    np.testing.assert_allclose(held, shares.mean(axis=0))
    np.testing.assert_allclose(held.sum(axis=1), 1)
    assert frame["answer"].tolist() == [data.classes[one] for one in held.argmax(axis=1)]
    assert frame["answer"].nunique() > 1


@pytest.mark.parametrize("ragged", [False, True])
def test_whole_texts_are_joined_steps(ragged):
    for form in ("steps", "decoder"):
        data = sequences(form, ragged=ragged, symbols=True)
        model = adding(data)
        steps, whole = model.predict(data, by_step=True), model.predict(data, by_step=False)
        assert list(whole.columns) == ["sequence", "answer", "probability"]
        for at, rows in steps.groupby("sequence"):
            assert whole["answer"][at] == "".join(rows["answer"])
            assert whole["probability"][at] == rows.filter(like="p(").max(axis=1).min()


def test_which_table_is_the_usual_one():
    for form in FORMS:
        data = sequences(form)
        model = adding(data)
        usual = model.predict(data)
        pd.testing.assert_frame_equal(usual, model.predict(data, by_step=form != "decoder"))
    data = sequences("decoder", "numbers")
    assert "step" in adding(data).predict(data)


def test_words_are_joined_with_blanks():
    data = replace(sequences("decoder"), classes=("no", "yes", "p"))
    answers = adding(data).predict(data)["answer"]
    assert {len(one.split(" ")) for one in answers} == {STEPS}
    assert set(" ".join(answers).split(" ")) <= {"no", "yes", "p"}


def test_numbers_are_not_joined():
    data = sequences("steps", "numbers")
    with pytest.raises(SettingError, match=r"by_step = False is not accepted: the answers small"):
        adding(data).predict(data, by_step=False)


# What is seen -----------------------------------------------------------------------------------


@EVERY
def test_each_alone_is_as_all_together(form, kind, ragged):
    data = sequences(form, kind, ragged=ragged)
    model = adding(data)
    together = model.predict(data, by_step=True)
    for at, piece in enumerate(pieces(data)[:6]):
        alone = model.predict([piece], by_step=True)
        rows = together[together["sequence"] == at].reset_index(drop=True)
        pd.testing.assert_frame_equal(
            alone.drop(columns="sequence"), rows.drop(columns="sequence")
        )


def test_many_sequences_are_seen_bit_by_bit(monkeypatch):
    data = sequences(ragged=True)
    model = adding(data)
    expected = model.predict(data)
    monkeypatch.setattr(labelled, "NUMBERS_AT_ONCE", 7 * LONGEST * 2)
    model.networks.seen.clear()
    pd.testing.assert_frame_equal(model.predict(data), expected)
    assert [len(one) for one in model.networks.seen[::3]] == [7, 7, 7, 7, 2]


@given(st.integers(1, 9), st.integers(0, 2**16))
def test_of_longer_sequences_the_last_steps_count(more, seed):
    data = sequences()
    model = adding(data, window=4)
    extra = np.random.default_rng(seed).normal(size=(more, 2))
    last = pieces(data)[0][-4:]
    frames = [model.predict([one]) for one in (last, np.concatenate([extra, last]))]
    pd.testing.assert_frame_equal(*frames)


def test_answers_of_new_data_are_not_looked_at():
    data = sequences()
    other = replace(data, answers=np.zeros_like(data.answers), classes=("never heard of",))
    model = adding(data)
    pd.testing.assert_frame_equal(model.predict(other), model.predict(data))


def test_all_unknown_symbols_are_alike():
    data = sequences(symbols=True, ragged=True)
    model = adding(data)
    frame = model.predict(["abcx", "abcy", "abc?", "abcd"])
    assert frame["p(n)"][:3].nunique() == 1
    assert frame["p(n)"][3] != frame["p(n)"][0]


def test_symbols_are_known_by_their_spelling():
    """Whatever numbers the data at hand write them by."""
    data = sequences(symbols=True, ragged=True)
    model = adding(data)
    own = texts(data)
    expected = model.predict(data)
    pd.testing.assert_frame_equal(model.predict(own), expected)
    pd.testing.assert_frame_equal(model.predict([list(one) for one in own]), expected)
    for at, one in enumerate(own[:5]):
        assert model.predict([one])["p(n)"][0] == expected["p(n)"][at]


def test_what_was_read_can_be_answered():
    data = sequences()
    model = adding(data)
    pd.testing.assert_frame_equal(model.predict(model.read(data)), model.predict(data))


# What is said -----------------------------------------------------------------------------------


def test_notes():
    data = sequences("decoder", ragged=True, symbols=True)
    ends = (
        "The answers of the study have 1 to 3 steps. These have 3: where one ends is not learnt."
    )
    assert adding(data).read(["ab"]).notes == (ends,)
    data = sequences(symbols=True, ragged=True)
    assert adding(data).read(["ab", "ad"]).notes == ()
    assert adding(data, window=4).read(["abcdabc", "xa?", "abcdabcd"]).notes == (
        "2 sequences longer than any of the study (6 steps): the last 4 steps count.",
        "Unknown to the model: 2 symbols ('?', 'x').",
    )


def test_a_sequence_too_short_for_whole_windows():
    model = adding(sequences(symbols=True))
    message = (
        r"X has 2 steps in sequence 1, but no sequence that the model was tuned on has fewer than "
        r"6, .* Give at least so many, with blanks before a text\."
    )
    with pytest.raises(DataError, match=message):
        model.predict(["abcdab", "ab"])
    with pytest.raises(DataError, match=r"Give at least so many\."):
        adding(sequences()).predict(np.zeros((1, 5, 2)))
    assert len(adding(sequences(), window=3).predict(np.zeros((1, 5, 2)))) == 1


def test_a_sequence_too_long_for_an_answer_at_every_step():
    model = adding(sequences("steps", ragged=True))
    message = (
        r"X has 7 steps in sequence 0, but the model gives an answer at each of 6 steps at most, "
        r".* Cut the sequence into shorter ones\."
    )
    with pytest.raises(DataError, match=message):
        model.predict(np.zeros((1, 7, 2)))


def test_a_number_that_cannot_be_computed_with():
    given = np.zeros((3, LONGEST, 2))
    given[1, 2, 1] = 1e300
    message = r"X holds a number in sequence 1 that is too far from those of the study .* unit\."
    with pytest.raises(DataError, match=message):
        adding(sequences()).predict(given)


def test_a_model_says_what_it_is():
    model = adding(sequences())
    assert repr(model) == (
        "TunedLabeller(study: 'letter' (3 classes) from 6 step(s) of 2 features, 3 seeds of "
        "1 x 3 LSTM units)"
    )
    assert (model.task, model.target, model.unit) == ("labelling", "letter", "")
    model = adding(sequences("vector", "numbers", ragged=True))
    assert (model.target, model.unit, model.lengths) == ("small, large", "g", (2, 6))
    assert "classes" not in repr(model)
