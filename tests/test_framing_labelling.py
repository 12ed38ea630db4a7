"""`Labelling`: answers, measures, errors, pictures and what is refused."""

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
from tiny_sequences import FORMS, KINDS, question, sequences

from autolstm.baselines.labels import label_baselines
from autolstm.errors import DataError, SettingError
from autolstm.framing import labelling, shown
from autolstm.metrics import METRICS

EVERY = pytest.mark.parametrize(
    ("form", "kind", "ragged"), list(itertools.product(FORMS, KINDS, (False, True)))
)
SOME = np.array([3, 0, 17])


def framing(*form_and_kind, metric=None, **options):
    return framed(sequences(*form_and_kind, **options), metric)


def framed(data, metric=None):
    return question(data, metric).framing


def told(data, number):
    return data.answers[data.answer_starts[number] : data.answer_starts[number + 1]]


def perfect(framed, rows):
    """Predict the answers themselves."""
    actual = framed.actual(rows)
    if not framed.data.classes:
        return actual
    codes = np.where(np.isnan(actual), 0, actual).astype(int)
    return np.where(np.isnan(actual)[..., None], np.nan, np.eye(3)[codes])


# Answers ----------------------------------------------------------------------------------------


@EVERY
def test_answers_are_those_of_the_sequences(form, kind, ragged):
    asked = framing(form, kind, ragged=ragged)
    data, found = asked.data, asked.actual(SOME)
    columns = () if kind == "classes" else (2,)
    longest = () if form == "vector" else (int(data.answer_lengths.max()),)
    assert found.shape == (3, *longest, *columns)
    for got, number in zip(found.reshape(3, *(longest or (1,)), -1), SOME, strict=True):
        own = told(data, number)
        np.testing.assert_array_equal(got[: len(own)], own)
        assert np.isnan(got[len(own) :]).all()


@EVERY
def test_baselines_and_answers_are_of_one_form(form, kind, ragged):
    asked = framing(form, kind, ragged=ragged)
    fold = asked.parts.folds[0]
    made = asked.baselines(fold.train, fold.valid)
    expected = label_baselines(asked.data, fold.train, fold.valid)
    assert list(made) == list(expected)
    assert made
    for one in made.values():
        assert one.shape == perfect(asked, fold.valid).shape
        assert np.isfinite(asked.measure(one, fold.valid))
        assert np.isfinite(asked.errors(one, fold.valid)).all()


@EVERY
def test_who_knows_the_answers_makes_no_error(form, kind, ragged):
    asked = framing(form, kind, ragged=ragged)
    made = perfect(asked, SOME)
    assert asked.measure(made, SOME) == (1 if kind == "classes" else 0)
    assert asked.errors(made, SOME).tolist() == [0, 0, 0]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("metric", ["rmse", "mae", "r2"])
def test_every_column_of_numbers_is_measured_alone(form, metric):
    """One of thousands must not drown one of ones."""
    asked = framing(form, "numbers", ragged=True, metric=metric)
    rows = asked.parts.test
    actual = asked.actual(rows)
    made = actual + np.random.default_rng(3).normal(size=actual.shape) * [0.1, 200]
    scores = []
    for column in range(2):
        own = actual[..., column][~np.isnan(actual[..., column])]
        scores.append(METRICS[metric].plain(own, made[..., column][~np.isnan(made[..., column])]))
    assert asked.measure(made, rows) == pytest.approx(np.mean(scores))


@EVERY
def test_the_error_of_a_sequence_is_the_mean_of_its_steps(form, kind, ragged):
    asked = framing(form, kind, ragged=ragged, metric=None if kind == "classes" else "mae")
    data, made = asked.data, perfect(asked, SOME)
    if kind == "numbers":
        made = made + np.arange(made[0].size).reshape(made[0].shape)
        gaps = np.abs(made - asked.actual(SOME)).reshape(3, -1)
        expected = [one[~np.isnan(one)].mean() for one in gaps]
    else:
        made = np.where(np.isnan(made), np.nan, np.roll([0.2, 0.3, 0.5], 0))
        expected = [(told(data, one)[:, 0] != 2).mean() for one in SOME]
    np.testing.assert_allclose(asked.errors(made, SOME), expected)
    assert len(set(np.round(asked.errors(made, SOME), 9))) > 1 or form == "vector" or not ragged


# Pictures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_a_picture_of_classes_counts_what_was_taken_for_what(form, ragged):
    asked = framing(form, ragged=ragged)
    rows = asked.parts.test
    rng = np.random.default_rng(0)
    seeds = np.stack([perfect(asked, rows)] * 2) + rng.random((2, *perfect(asked, rows).shape))
    found = asked.picture(seeds, {}, rows)
    expected = np.zeros((3, 3), int)
    together = seeds.mean(axis=0).reshape(len(rows), -1, 3)
    for got, number in zip(together, rows, strict=True):
        for step, (code,) in enumerate(told(asked.data, number).astype(int)):
            expected[code, got[step].argmax()] += 1
    assert np.array(found.confusion).tolist() == expected.tolist()
    assert expected.sum() == asked.data.answer_lengths[rows].sum()
    assert found.classes == asked.data.classes
    longest = 0 if form == "vector" else asked.data.answer_lengths.max()
    assert len(found.by_step) == longest


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_of_numbers_shows_the_first_ones(form, monkeypatch):
    monkeypatch.setattr(shown, "MOST_POINTS", 5)
    asked = framing(form, "numbers", ragged=True)
    rows = asked.parts.test
    actual = asked.actual(rows)
    found = asked.picture(np.stack([actual, actual + 1]), {"naive": actual - 1}, rows)
    every = [(str(one), answer) for one in rows for answer in told(asked.data, one)[:, 0].tolist()]
    first = [answer for _, answer in every[:5]]
    assert found.times == tuple(number for number, _ in every[:5])
    assert found.actual == tuple(first)
    np.testing.assert_allclose(found.seeds, [first, np.add(first, 1)])
    np.testing.assert_allclose(found.baselines["naive"], np.subtract(first, 1))
    assert (found.by_step == ()) == (form == "vector")


# What is refused --------------------------------------------------------------------------------


def test_a_class_that_training_does_not_hold():
    data = sequences("steps")
    test = framed(data).parts.test
    answers = np.zeros_like(data.answers)
    answers[data.starts[test]] = [[1], [2]] * 4
    message = (
        "The training part of tiny holds no answer of 2 classes (o, p), which cannot be learnt "
        "then. Give a smaller validation part, more sequences, or another --seed."
    )
    with pytest.raises(DataError, match=re.escape(message)):
        framed(replace(data, answers=answers))


def test_a_column_of_numbers_that_does_not_vary():
    data = sequences("vector", "numbers")
    answers = data.answers.copy()
    answers[:, 1] = 7
    message = (
        r"The answer 'large' of tiny is 7 in the whole training part: .* larger training part\."
    )
    with pytest.raises(DataError, match=message):
        framed(replace(data, answers=answers))


def test_a_metric_that_cannot_be_taken():
    data = sequences("vector", "numbers")
    answers = data.answers.copy()
    answers[3:, 0] = np.where(np.arange(27) < 4, 0, answers[3:, 0])
    answers[:] = np.where(np.arange(30)[:, None] % 3 == 0, 0, answers)
    message = r"The metric mape cannot be taken of the validation part of tiny: .* a larger part\."
    with pytest.raises(DataError, match=message):
        framed(replace(data, answers=answers), "mape")


@pytest.mark.parametrize("kind", KINDS)
def test_metrics_that_divide_by_a_naive_forecast(kind):
    if kind == "classes":
        with pytest.raises(SettingError, match="rmse"):
            framed(sequences(), "rmse")
    else:
        with pytest.raises(SettingError, match=r"metric = 'mase' divides by .* --metric mae\."):
            framed(sequences("vector", "numbers"), "mase")


def test_checking_a_metric_waits_for_no_baseline(monkeypatch):
    def slow(*_):
        raise AssertionError

    monkeypatch.setattr(labelling, "label_baselines", slow)
    for form, kind in itertools.product(FORMS, KINDS):
        framed(sequences(form, kind, ragged=True))


# Facts ------------------------------------------------------------------------------------------


def test_facts_and_words():
    asked = framing("vector", "numbers", ragged=True)
    facts = asked.facts()
    assert (facts.target, facts.unit, facts.rows, facts.word) == (
        *("small, large", "g", 30, "sequences"),
    )
    assert facts.parts == {"train": 16, "validation": 6, "test": 8}
    assert asked.task == "regression"
    assert framing().task == "classification"
    assert asked.said() == "small, large of tiny: 30 sequences"
    assert asked.sentence() == facts.task
    flat = asked.flat()
    assert (flat["task"], flat["features"]) == ("regression", ["warm", "wet"])
    assert flat["data"] == asked.data.fingerprint
