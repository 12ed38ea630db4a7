"""The baselines of labelled sequences, against slow twins: what they learn and must not know."""

import math
import warnings
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifierCV, RidgeCV

from autolstm.baselines import features, label_baselines, labels, learners
from autolstm.sequences import Sequences

LETTERS = ("a", "b", "c", "d")
SINGLE_CLASSES = [
    "majority class",
    "1-nearest neighbour",
    "logistic regression on summaries",
    "ridge on the whole series",
]
SINGLE_NUMBERS = [
    "training mean",
    "1-nearest neighbour",
    "linear regression on summaries",
    "ridge on the whole series",
]


def sequences(
    lengths,
    *,
    answers="single",
    classes=("x", "y", "z"),
    columns=1,
    numbers=2,
    symbols=1,
    seed=0,
):
    """Random sequences: features of numbers first, then some of the symbols a to d."""
    random = np.random.default_rng(seed)
    steps = int(np.sum(lengths))
    shown = random.normal(3, 2, (steps, numbers)).cumsum(axis=0)
    codes = random.integers(0, len(LETTERS), (steps, symbols))
    sizes = {"single": np.ones(len(lengths), dtype=int), "steps": np.asarray(lengths)}
    size = sizes[answers] if isinstance(answers, str) else np.asarray(answers)
    told = random.normal(size=(size.sum(), columns))
    if classes:
        told = random.integers(0, len(classes), (size.sum(), 1))
    return Sequences(
        name="random",
        values=np.hstack([shown, codes]),
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        features=tuple(f"f{one}" for one in range(numbers + symbols)),
        symbols=((),) * numbers + (LETTERS,) * symbols,
        answers=told,
        answer_starts=np.concatenate([[0], np.cumsum(size)]),
        targets=tuple(f"t{one}" for one in range(told.shape[1])),
        classes=tuple(classes),
    )


LENGTHS = [3, 7, 5, 1, 4, 9, 2, 6, 8, 5, 5, 3, 6, 2, 7, 4, 5, 5, 3, 8]
TRAIN, TEST = np.arange(14)[::-1], np.array([19, 14, 16, 15])
"""Neither is in the order of the data."""


def rows(data, one):
    return data.values[data.starts[one] : data.starts[one + 1]]


def answer(data, one):
    return data.answers[data.answer_starts[one] : data.answer_starts[one + 1]]


def near(one, other):
    np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9)


# Features ---------------------------------------------------------------------------------------


@given(
    lengths=st.lists(st.integers(1, 12), min_size=1, max_size=6),
    steps=st.integers(1, 15),
    seed=st.integers(0, 99),
)
def test_resampled_against_interpolation_one_by_one(lengths, steps, seed):
    data = sequences(lengths, seed=seed)
    which = np.random.default_rng(seed).permutation(len(lengths))
    found = features.resampled(data.values, data.starts, which, steps)
    nearest = features.resampled(data.values, data.starts, which, steps, between=False)
    assert found.shape == nearest.shape == (len(which), steps, 3)
    for place, one in enumerate(which):
        values = rows(data, one)
        at = np.linspace(0, len(values) - 1, steps)
        for column in range(3):
            near(found[place, :, column], np.interp(at, np.arange(len(values)), values[:, column]))
        taken = [values[round(step)] for step in np.round(at, 9).tolist()]
        near(nearest[place], taken)


def test_a_sequence_of_the_right_length_stays_as_it_is():
    data = sequences([200, 7, 61])
    for one, length in enumerate(data.lengths):
        found = features.resampled(data.values, data.starts, np.array([one]), length)
        np.testing.assert_array_equal(found[0], rows(data, one))


@pytest.mark.parametrize(
    ("lengths", "steps"), [([3, 4, 8, 99], 4), ([1, 1, 1, 50], 1), ([900, 900, 900, 2], 200)]
)
def test_sequences_are_resampled_to_the_median_of_the_training_part(lengths, steps):
    assert features.usual_length(sequences(lengths), np.arange(3)) == steps


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=6), seed=st.integers(0, 99))
def test_summaries_against_a_loop(lengths, seed):
    data = sequences(lengths, seed=seed, symbols=2)
    which = np.random.default_rng(seed).permutation(len(lengths))
    found = features.summaries(data, which)
    for place, one in enumerate(which):
        columns = rows(data, one).T.tolist()
        numbers, symbols = columns[:2], columns[2:]
        moves = [[abs(b - a) for a, b in pairwise(c)] or [0.0] for c in numbers]
        expected = [
            *(sum(column) / len(column) for column in numbers),
            *(np.std(column) for column in numbers),
            *map(min, numbers),
            *map(max, numbers),
            *(sum(move) / len(move) for move in moves),
            *(column.count(code) / len(column) for column in symbols for code in range(4)),
        ]
        near(found[place], expected)


def test_the_deviation_of_large_numbers_keeps_its_digits():
    data = replace(sequences([4], numbers=1, symbols=0), values=1e9 + np.array([[0, 1, 0, 1]]).T)
    assert features.summaries(data, np.array([0]))[0, 1] == 0.5


@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=5), seed=st.integers(0, 99))
def test_the_features_around_a_step_against_a_loop(lengths, seed):
    data = sequences(lengths, seed=seed)
    found = features.around_step(data, data.values[:, :2], np.arange(len(data.values)))
    place = 0
    for one in range(len(lengths)):
        values = rows(data, one)
        for step in range(len(values)):
            expected = []
            for back in range(3):
                if back > step:
                    expected += [0.0] * 6
                else:
                    *numbers, code = values[step - back]
                    expected += [*numbers, *(float(code == other) for other in range(4))]
            near(found[place], expected)
            place += 1


def test_standardised_by_the_training_part():
    data = sequences(LENGTHS)
    numbers = features.standardised(data, TRAIN)
    known = np.concatenate([rows(data, one) for one in TRAIN])[:, :2]
    near(numbers, (data.values[:, :2] - known.mean(axis=0)) / known.std(axis=0))
    assert features.standardised(sequences(LENGTHS, numbers=0), TRAIN).shape == (sum(LENGTHS), 0)


# One answer a sequence --------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [("x", "y"), ("x", "y", "z"), ()])
@pytest.mark.parametrize(("numbers", "symbols"), [(2, 1), (1, 0), (0, 1)])
def test_names_and_shapes_of_single_answers(classes, numbers, symbols):
    data = sequences(LENGTHS, classes=classes, columns=2, numbers=numbers, symbols=symbols)
    found = label_baselines(data, TRAIN, TEST)
    assert list(found) == (SINGLE_CLASSES if classes else SINGLE_NUMBERS)
    for one in found.values():
        assert one.shape == (4, len(classes) or 2)
        if classes:
            near(one.sum(axis=1), 1)
            assert (one >= 0).all()


def test_the_majority_class_is_as_frequent_as_in_training():
    data = sequences(LENGTHS)
    codes = [int(answer(data, one)[0, 0]) for one in TRAIN]
    found = label_baselines(data, TRAIN, TEST)["majority class"]
    near(found, [[codes.count(one) / 14 for one in range(3)]] * 4)
    data = sequences(LENGTHS, classes=(), columns=2)
    mean = np.mean([answer(data, one)[0] for one in TRAIN], axis=0)
    near(label_baselines(data, TRAIN, TEST)["training mean"], [mean] * 4)


def slowly_nearest(data, train, one):
    """The nearest training sequence, step by step and number by number."""
    steps = features.usual_length(data, train)
    known = np.concatenate([rows(data, other) for other in train])

    def stretched(which):
        values = rows(data, which)
        at = np.linspace(0, len(values) - 1, steps)
        for column, names in enumerate(data.symbols):
            if names:
                yield [values[round(step), column] for step in np.round(at, 9).tolist()], True
            else:
                column_of = (values[:, column] - known[:, column].mean()) / known[:, column].std()
                yield np.interp(at, np.arange(len(values)), column_of), False

    best, least = train[0], math.inf
    for other in train:
        distance = 0.0
        for (mine, symbol), (its, _) in zip(stretched(one), stretched(other), strict=True):
            for a, b in zip(mine, its, strict=True):
                distance += float(a != b) if symbol else (a - b) ** 2
        if distance < least - 1e-9:
            best, least = other, distance
    return best


@settings(max_examples=30, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 7), min_size=4, max_size=8),
    numbers=st.integers(0, 2),
    symbols=st.integers(0, 2),
    classes=st.sampled_from([("x", "y", "z"), ()]),
    seed=st.integers(0, 99),
)
def test_the_nearest_neighbour_against_a_loop(lengths, numbers, symbols, classes, seed):
    if not numbers + symbols:
        numbers = 1
    data = sequences(lengths, numbers=numbers, symbols=symbols, classes=classes, seed=seed)
    shuffled = np.random.default_rng(seed).permutation(len(lengths))
    train, test = shuffled[2:], shuffled[:2]
    if numbers and len(np.unique(data.values[features.rows_of(data.starts, train), 0])) < 2:
        return
    found = label_baselines(data, train, test)["1-nearest neighbour"]
    for place, one in enumerate(test):
        expected = answer(data, slowly_nearest(data, train, one))[0]
        near(found[place], np.eye(3)[int(expected[0])] if classes else expected)


def test_of_equally_near_sequences_the_first_is_taken():
    data = sequences([4] * 5, numbers=0, classes=("x", "y"))
    same = replace(
        data, values=np.tile(data.values[:4], (5, 1)), answers=[[0], [1], [1], [0], [1]]
    )
    for train, code in (([0, 1, 2], 0), ([2, 0, 1], 1)):
        found = label_baselines(same, np.array(train), np.array([3, 4]))["1-nearest neighbour"]
        near(found, [np.eye(2)[code]] * 2)


@pytest.mark.parametrize(("others", "nearer"), [(4, 1), (5, 0)])
def test_every_other_symbol_adds_one_to_the_squared_distance(others, nearer):
    """One training sequence has another sign at one step, 4.06 away; one has other symbols."""
    signs = np.tile([1.0, -1.0], 4)
    signs_of = [signs * np.where(np.arange(8) == 0, -1, 1), signs, signs]
    codes_of = [np.zeros(8), np.arange(8) < others, np.zeros(8)]
    values = np.column_stack([np.concatenate(signs_of), np.concatenate(codes_of)])
    data = sequences([8] * 3, numbers=1, classes=("x", "y"))
    data = replace(data, values=values, answers=[[0], [1], [1]])
    found = label_baselines(data, np.array([0, 1]), np.array([2]))["1-nearest neighbour"]
    near(found, [np.eye(2)[nearer]])


def whole(data, which):
    steps = features.usual_length(data, TRAIN)
    return features.whole_series(data, which, steps)


@pytest.mark.parametrize("classes", [("x", "y", "z"), ()])
def test_regressions_against_scikit_learn(classes):
    data = sequences(LENGTHS, classes=classes, columns=2)
    found = label_baselines(data, TRAIN, TEST)

    def fitted(model, made):
        known = made(data, TRAIN)
        spread = np.where(known.std(axis=0) > 0, known.std(axis=0), 1)
        told = np.array([answer(data, one)[0] for one in TRAIN])
        model.fit((known - known.mean(axis=0)) / spread, told[:, 0] if classes else told)
        return model, (made(data, TEST) - known.mean(axis=0)) / spread

    if classes:
        model, asked = fitted(LogisticRegression(max_iter=1000), features.summaries)
        assert set(model.classes_) == {0, 1, 2}
        near(found["logistic regression on summaries"], model.predict_proba(asked))
        model, asked = fitted(RidgeClassifierCV(learners.ALPHAS), whole)
        expected = np.eye(3)[model.predict(asked).astype(int)]
    else:
        model, asked = fitted(LinearRegression(), features.summaries)
        near(found["linear regression on summaries"], model.predict(asked))
        model, asked = fitted(RidgeCV(learners.ALPHAS), whole)
        expected = model.predict(asked)
    near(found["ridge on the whole series"], expected)


def test_the_whole_series_side_by_side():
    data = sequences([4, 4])
    found = features.whole_series(data, np.array([1]), 4)[0]
    near(found[:8], rows(data, 1)[:, :2].ravel())
    near(found[8:], np.eye(4)[rows(data, 1)[:, 2].astype(int)].ravel())


@pytest.mark.parametrize("name", SINGLE_CLASSES[1:])
def test_what_can_be_told_is_told(name):
    """Two classes that differ in their level, over a part of the sequence only."""
    data = sequences([9, 12] * 10, numbers=1, symbols=0, classes=("x", "y"))
    codes = np.arange(20) // 2 % 2
    values = np.random.default_rng(2).normal(size=(len(data.values), 1))
    for one, code in enumerate(codes):
        values[data.starts[one] + 3 : data.starts[one] + 7] += 9 * code
    data = replace(data, values=values, answers=codes[:, None])
    found = label_baselines(data, TRAIN, TEST)[name]
    assert found.argmax(axis=1).tolist() == codes[TEST].tolist()


def test_classes_that_do_not_occur_in_training_have_no_probability():
    data = sequences(LENGTHS)
    codes = np.arange(20) % 2 * 2
    codes[TEST[0]] = 1
    found = label_baselines(replace(data, answers=codes[:, None]), TRAIN, TEST)
    assert list(found) == SINGLE_CLASSES
    for one in found.values():
        assert one.shape == (4, 3)
        assert (one[:, 1] == 0).all()
        assert one.any(axis=0).tolist() == [True, False, True] or one.max() == 1


def test_one_class_alone_teaches_no_regression():
    data = replace(sequences(LENGTHS), answers=np.ones((20, 1)))
    found = label_baselines(data, TRAIN, TEST)
    assert {"majority class", "1-nearest neighbour"} <= set(found)
    assert "logistic regression on summaries" not in found
    for one in found.values():
        near(one, [[0, 1, 0]] * 4)


# A sequence of answers --------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [("x", "y", "z"), ()])
@pytest.mark.parametrize("answers", ["steps", [2, 5, 1, 4] * 5])
def test_names_and_shapes_of_sequences_of_answers(answers, classes):
    data = sequences(LENGTHS, answers=answers, classes=classes, columns=2)
    found = label_baselines(data, TRAIN, TEST)
    kind = "majority class", "majority at each step", "logistic regression on the step"
    if not classes:
        kind = "training mean", "mean at each step", "linear regression on the step"
    assert list(found) == list(kind[:3] if answers == "steps" else kind[:2])
    longest = 9 if answers == "steps" else 5
    for one in found.values():
        assert one.shape == (4, longest, 3 if classes else 2)
        for place, which in enumerate(TEST):
            length = data.answer_lengths[which]
            assert np.isfinite(one[place, :length]).all()
            assert np.isnan(one[place, length:]).all()
            if classes:
                near(one[place, :length].sum(axis=1), 1)


@given(
    lengths=st.lists(st.integers(1, 6), min_size=3, max_size=8).filter(lambda all: max(all) > 1),
    classes=st.sampled_from([("x", "y", "z"), ()]),
    seed=st.integers(0, 99),
)
def test_the_usual_answer_at_each_step_against_a_loop(lengths, classes, seed):
    data = sequences(lengths[::-1], answers=lengths, classes=classes, columns=2, seed=seed)
    train, test = np.arange(2, len(lengths)), np.array([1, 0])
    found = label_baselines(data, train, test)
    told = {one: answer(data, one) for one in range(len(lengths))}
    if classes:
        told = {one: np.eye(3)[codes[:, 0].astype(int)] for one, codes in told.items()}
    every = np.concatenate([told[one] for one in train]).mean(axis=0)
    usual = list(found.values())
    for place, one in enumerate(test):
        for step in range(lengths[one]):
            at = [told[other][step] for other in train if lengths[other] > step]
            near(usual[0][place, step], every)
            near(usual[1][place, step], np.mean(at, axis=0) if at else every)


@pytest.mark.parametrize("classes", [("x", "y", "z"), ()])
def test_regression_on_the_step_against_scikit_learn(classes):
    data = sequences(LENGTHS, answers="steps", classes=classes, columns=2)
    found = list(label_baselines(data, TRAIN, TEST).values())[-1]
    numbers = features.standardised(data, TRAIN)
    steps = features.around_step(data, numbers, np.arange(len(data.values)))
    known = np.concatenate([np.arange(data.starts[one], data.starts[one + 1]) for one in TRAIN])
    steps = (steps - steps[known].mean(axis=0)) / steps[known].std(axis=0)
    model = LogisticRegression(max_iter=1000) if classes else LinearRegression()
    model.fit(steps[known], data.answers[known, 0] if classes else data.answers[known])
    for place, one in enumerate(TEST):
        asked = steps[data.starts[one] : data.starts[one + 1]]
        expected = model.predict_proba(asked) if classes else model.predict(asked)
        near(found[place, : len(asked)], expected)


def test_symbols_are_copied_from_the_input():
    """By name: the classes stand in another order, and one symbol is none of them."""
    data = sequences(LENGTHS, answers="steps", classes=("d", "e", "b", "a"))
    found = label_baselines(data, TRAIN, TEST)
    share = found["majority class"][0, 0]
    assert list(found)[2] == "copy the input"
    for place, one in enumerate(TEST):
        for step, code in enumerate(rows(data, one)[:, 2].astype(int)):
            name = LETTERS[code]
            expected = share if name == "c" else [name == known for known in data.classes]
            near(found["copy the input"][place, step], expected)


def test_beyond_its_end_the_last_input_is_copied():
    data = sequences([2, 3, 2], answers=[4, 1, 3], classes=("a", "b", "c", "d"))
    found = label_baselines(data, np.array([1]), np.array([2, 0]))["copy the input"]
    assert found.shape == (2, 4, 4)
    for place, one in enumerate((2, 0)):
        codes = rows(data, one)[:, 2]
        decided = found[place, : data.answer_lengths[one]].argmax(axis=1)
        assert decided.tolist() == [codes[0], *[codes[1]] * (data.answer_lengths[one] - 1)]


def test_numbers_are_copied_from_the_first_feature():
    data = sequences(LENGTHS, answers="steps", classes=())
    found = label_baselines(data, TRAIN, TEST)["copy the input"]
    for place, one in enumerate(TEST):
        values = rows(data, one)
        np.testing.assert_array_equal(found[place, : len(values)], values[:, :1])


@pytest.mark.parametrize(
    "said",
    [
        {"classes": (), "columns": 2},
        {"classes": (), "numbers": 0},
        {"classes": ("x", "y")},
        {"classes": ("a", "b"), "symbols": 0},
    ],
)
def test_what_is_nothing_in_the_input_is_not_copied(said):
    data = sequences(LENGTHS, answers="steps", **said)
    assert "copy the input" not in label_baselines(data, TRAIN, TEST)


# What is not known ------------------------------------------------------------------------------


def changed_by(data, train, test, other):
    """Tell the names of baselines that tell something else of other data."""
    before, after = label_baselines(data, train, test), label_baselines(other, train, test)
    assert list(before) == list(after)
    return {name for name, one in before.items() if not np.array_equal(one, after[name], True)}


@pytest.mark.parametrize("classes", [("a", "b", "z"), ()])
@pytest.mark.parametrize("answers", ["single", "steps"])
def test_only_training_sequences_teach(answers, classes):
    data = sequences(LENGTHS, answers=answers, classes=classes)
    train = TRAIN[TRAIN > 2]

    def with_new(which, *, told):
        values, answers = data.values.copy(), data.answers.copy()
        for one in which:
            if told:
                at = slice(data.answer_starts[one], data.answer_starts[one + 1])
                answers[at] = (answers[at] + 1) % 3
            else:
                at = slice(data.starts[one], data.starts[one + 1])
                values[at, :2] = 7 - 2 * values[at, :2]
                values[at, 2] = (values[at, 2] + 1) % 4
        return replace(data, values=values, answers=answers)

    # The answers that are to be told, and sequences that are neither: nothing.
    assert not changed_by(data, train, TEST, with_new(TEST, told=True))
    for told in (True, False):
        assert not changed_by(data, train, TEST, with_new([0, 1, 2], told=told))
        # One that is told has no part in what is told of the others.
        rest = with_new(TEST[:1], told=told)
        assert not changed_by(data, train, TEST[1:], rest)
    every = set(label_baselines(data, train, TEST))
    copied = {"copy the input"} if answers == "steps" else set()
    # The frequencies of what is no class come from the answers.
    kept = copied if not classes else set()
    assert changed_by(data, train, TEST, with_new(train, told=True)) == every - kept


def test_a_sequence_that_is_learnt_from_is_not_told():
    with pytest.raises(ValueError, match="sequence 7 is both to be learnt from and to be told"):
        label_baselines(sequences(LENGTHS), TRAIN, np.array([17, 7]))


def test_every_sequence_is_told_by_itself():
    for answers in ("single", "steps"):
        data = sequences(LENGTHS, answers=answers, classes=("a", "b", "z"))
        together = label_baselines(data, TRAIN, TEST)
        for place, one in enumerate(TEST):
            alone = label_baselines(data, TRAIN, np.array([one]))
            assert list(alone) == list(together)
            for name in alone:
                near(alone[name][0], together[name][place])


# Difficult and large data -----------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 6), min_size=2, max_size=7),
    answers=st.sampled_from(["single", "steps", "own"]),
    classes=st.sampled_from([("a", "b"), ("x", "b", "y"), ()]),
    numbers=st.integers(0, 2),
    factor=st.sampled_from([0.0, 1.0, 1e-200, 1e200]),
    seed=st.integers(0, 99),
)
def test_no_data_are_too_difficult(lengths, answers, classes, numbers, factor, seed):
    size = [1 + 3 * length % 4 for length in lengths] if answers == "own" else answers
    data = sequences(lengths, answers=size, classes=classes, numbers=numbers, seed=seed)
    values = data.values.copy()
    values[:, :numbers] *= factor
    data = replace(data, values=values)
    cut = max(1, len(lengths) // 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = label_baselines(data, np.arange(cut), np.arange(cut, len(lengths)))
    assert next(iter(found)) == ("majority class" if classes else "training mean")
    single = (data.answer_lengths == 1).all()
    for name, one in found.items():
        there = np.arange(data.answer_lengths.max()) < data.answer_lengths[cut:, None]
        assert np.isfinite(one if single else one[there]).all(), name


def bad(told):
    def way(data, train, examples):
        warnings.warn("difficult", stacklevel=1)
        if isinstance(told, Exception):
            raise told
        return np.full((len(examples), 3), told) / np.ones(1)

    return way


@pytest.mark.parametrize(
    ("told", "kept"),
    [(1 / 3, True), (math.nan, False), (math.inf, False)]
    + [(one("no"), False) for one in (ValueError, MemoryError, np.linalg.LinAlgError)],
)
def test_a_baseline_that_cannot_be_computed_is_left_out(told, kept, monkeypatch):
    monkeypatch.setitem(labels.SINGLE, "classes", {"bad": bad(told), "good": labels.overall})
    found = label_baselines(sequences(LENGTHS), TRAIN, TEST)
    assert list(found) == ["bad", "good"][not kept :]


@pytest.mark.parametrize("answers", ["single", "steps"])
def test_what_is_told_block_by_block_is_the_same(answers, monkeypatch):
    data = sequences(LENGTHS, answers=answers)
    before = label_baselines(data, TRAIN, TEST)
    monkeypatch.setattr(learners, "BLOCK", 3)
    after = label_baselines(data, TRAIN, TEST)
    assert list(before) == list(after)
    for name in before:
        near(before[name], after[name])


def test_many_training_sequences_are_thinned_evenly(monkeypatch):
    assert learners._thinned(np.arange(10), 10).tolist() == list(range(10))
    assert learners._thinned(np.arange(10), 4).tolist() == [0, 2, 5, 7]
    data = sequences(LENGTHS)
    few = label_baselines(data, TRAIN[[0, 2, 4, 7, 9, 11]], TEST)
    monkeypatch.setattr(learners, "MOST_SEQUENCES", 6)
    monkeypatch.setattr(learners, "usual_length", lambda data, train: 5)
    monkeypatch.setattr(learners, "standardised", lambda data, train: data.values[:, :2])
    thinned = label_baselines(data, TRAIN, TEST)
    for name in ("logistic regression on summaries", "ridge on the whole series"):
        near(thinned[name], few[name])
    known = learners._thinned(TRAIN, 6).tolist()
    assert known == TRAIN[[0, 2, 4, 7, 9, 11]].tolist()
    monkeypatch.setattr(learners, "MOST_SEQUENCES", 14)
    monkeypatch.setattr(learners, "WIDE", 6)
    wide = label_baselines(data, TRAIN, TEST)
    near(wide["ridge on the whole series"], few["ridge on the whole series"])
    assert not np.allclose(wide["logistic regression on summaries"], few[SINGLE_CLASSES[2]])
    found = {tuple(one) for one in thinned["1-nearest neighbour"]}
    assert found <= {tuple(np.eye(3)[int(answer(data, one)[0, 0])]) for one in known}


@pytest.mark.parametrize(
    ("most", "columns", "room"), [(5000, 100, 5000), (5000, 10_000, 2000), (5000, 10**9, 1)]
)
def test_wide_rows_are_fewer(most, columns, room):
    assert learners._room(most, columns) == room


def test_very_many_symbols_have_no_column_each(monkeypatch):
    monkeypatch.setattr(features, "MOST_SYMBOLS", 3)
    assert list(label_baselines(sequences(LENGTHS), TRAIN, TEST)) == SINGLE_CLASSES[:3]
    found = label_baselines(sequences(LENGTHS, answers="steps"), TRAIN, TEST)
    assert list(found) == ["majority class", "majority at each step"]
