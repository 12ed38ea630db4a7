"""`SequenceRecipe`: its windows, weights and undone outputs, sequence by sequence."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_sequences import FORMS, KINDS, LONGEST, STEPS, pieces, sequences, settings

from autolstm.errors import SettingError
from autolstm.prepare.labelled import SequenceRecipe, form_of

EVERY = pytest.mark.parametrize(
    ("form", "kind", "ragged"), list(itertools.product(FORMS, KINDS, (False, True)))
)
TRAIN, VALID = np.arange(20), np.arange(20, 26)


def learn(data, train=TRAIN, **knobs):
    return SequenceRecipe.learn(data, train, settings(data, **knobs))


def prepared(data, loss=None, **knobs):
    """Return a recipe, and the windows of training and validation parts."""
    recipe = learn(data, **knobs)
    return recipe, recipe.windows(
        data, TRAIN, VALID, loss or ("cross_entropy" if data.classes else "squared")
    )


def told(data, number):
    """Slow and obvious: the answer to a sequence, shape (steps, columns)."""
    return data.answers[data.answer_starts[number] : data.answer_starts[number + 1]]


@pytest.mark.parametrize(
    ("form", "expected"),
    [("vector", ("vector", 1)), ("steps", ("steps", 1)), ("decoder", ("decoder", STEPS))],
)
def test_the_form_of_answers(form, expected):
    for ragged in (False, True):
        assert form_of(sequences(form, ragged=ragged)) == expected


# Inputs -----------------------------------------------------------------------------------------


@EVERY
def test_a_window_holds_the_last_steps_of_its_sequence(form, kind, ragged):
    data = sequences(form, kind, ragged=ragged)
    windows = 3 if form != "steps" else LONGEST
    recipe, made = prepared(data, window=windows)
    mean, spread = (
        np.concatenate([pieces(data)[one] for one in TRAIN]).mean(axis=0),
        np.concatenate([pieces(data)[one] for one in TRAIN]).std(axis=0),
    )
    for part, numbers in ((made.train, TRAIN), (made.valid, VALID)):
        inputs = made.inputs(part.origins, part.lengths)
        assert inputs.shape == (len(numbers), windows, 2)
        for got, number in zip(inputs, numbers, strict=True):
            own = (pieces(data)[number][-windows:] - mean) / spread
            np.testing.assert_allclose(got[windows - len(own) :], own, rtol=1e-5)
            assert (got[: windows - len(own)] == recipe.shapes.padding).all()


@pytest.mark.parametrize("encode", ["integer", "one-hot", "embedding"])
def test_padding_is_like_no_step(encode):
    data = sequences(ragged=True, symbols=True)
    recipe, _ = prepared(data, encode=encode)
    series = recipe.series(data)
    assert not (series == recipe.shapes.padding).all(axis=1).any()


def test_padding_appears_only_where_a_window_is_not_full():
    assert learn(sequences()).shapes.padding is None
    assert learn(sequences(ragged=True), window=2).shapes.padding is None
    assert learn(sequences(ragged=True)).shapes.padding == -1e6
    assert learn(sequences(ragged=True, symbols=True), encode="embedding").shapes.padding == 0


@given(st.integers(0, 2**16))
def test_only_training_sequences_are_learnt_from(seed):
    """Whatever the others hold, preparation and training windows stay as they are."""
    for kind in KINDS:
        data = sequences("decoder", kind, ragged=True)
        rng = np.random.default_rng(seed)
        values, answers = data.values.copy(), data.answers.copy()
        rows, steps = data.starts[20], data.answer_starts[20]
        values[rows:] = 100 * rng.normal(size=values[rows:].shape)
        answers[steps:] = rng.integers(3, size=answers[steps:].shape)
        other = replace(data, values=values, answers=answers)
        (one, first), (two, second) = prepared(data), prepared(other)
        assert one.to_json() == two.to_json()
        assert first.loss_unit == second.loss_unit
        np.testing.assert_array_equal(first.train.targets, second.train.targets)


def test_symbols_of_other_parts_are_unknown():
    data = sequences(symbols=True)
    values = data.values.copy()
    values[values == 3] = 0
    values[data.starts[22]] = 3
    data = replace(data, values=values)
    recipe = learn(data, encode="embedding")
    assert recipe.encoder.known == (("a", "b", "c"),)
    assert recipe.shapes.symbols == 5
    assert recipe.series(data)[data.starts[22], 0] == 1


def test_new_data_write_symbols_by_other_numbers():
    data = sequences(symbols=True)
    recipe = learn(data)
    turned = replace(data, values=3 - data.values, symbols=(("d", "c", "b", "a"),))
    again = replace(recipe, encoder=recipe.encoder.for_symbols(turned.symbols))
    np.testing.assert_array_equal(again.series(turned), recipe.series(data))


def test_a_window_that_would_leave_out_answers():
    message = r"preparation\.window = 4 is shorter .* 6 steps, .* Take preparation\.window=6\."
    with pytest.raises(SettingError, match=message):
        learn(sequences("steps", ragged=True), window=4)
    assert learn(sequences("decoder", ragged=True), window=4).window == 4


# Targets and weights ----------------------------------------------------------------------------


@EVERY
@pytest.mark.parametrize("balanced", [False, True])
def test_targets_stand_where_outputs_do(form, kind, ragged, balanced):
    data = sequences(form, kind, ragged=ragged)
    weighed = "balanced" if balanced and kind == "classes" else "none"
    recipe, made = prepared(data, class_weight=weighed)
    steps = {"vector": 1, "steps": LONGEST, "decoder": STEPS}[form]
    for part, numbers in ((made.train, TRAIN), (made.valid, VALID)):
        columns = 1 if kind == "classes" else 2
        assert part.targets.shape == (len(numbers), *made.target)
        targets = part.targets.reshape(len(numbers), steps, columns)
        weights = part.weights
        weights = np.ones(targets.shape) if weights is None else weights.reshape(targets.shape)
        for got, weight, number in zip(targets, weights, numbers, strict=True):
            own = told(data, number)
            own = own if kind == "classes" else recipe.target.apply(own)
            # Inputs end together, and so do answers at every step; others begin together.
            first = steps - len(own) if form == "steps" else 0
            np.testing.assert_allclose(got[first : first + len(own)], own, rtol=1e-5)
            there = np.zeros(steps, bool)
            there[first : first + len(own)] = True
            assert (weight[there] > 0).all()
            assert (weight[~there] == 0).all()
        # Those of the training part have the mean 1; those of others, but for classes, too.
        assert weights.mean() == pytest.approx(1, rel=1e-5)


def test_classes_are_weighed_in_training_only():
    data = sequences(count=30)
    answers = data.answers.copy()
    answers[:15] = 0
    data = replace(data, answers=answers)
    recipe, made = prepared(data, class_weight="balanced")
    codes = answers[TRAIN, 0].astype(int)
    counts = np.bincount(codes)
    np.testing.assert_allclose(made.train.weights, (20 / (3 * counts))[codes], rtol=1e-6)
    assert made.valid.weights is None
    assert prepared(data)[1].train.weights is None
    assert recipe.weights is not None


@pytest.mark.parametrize("scale", ["none", "standard", "minmax01", "robust"])
@pytest.mark.parametrize("loss", ["squared", "absolute"])
def test_a_loss_means_the_same_whatever_the_scale(scale, loss):
    """A mean loss in its unit is the error in standard deviations of the training answers."""
    data = sequences("decoder", "numbers", ragged=True)
    recipe, made = prepared(data, loss, scale=scale)
    spread = np.concatenate([told(data, one) for one in TRAIN]).std(axis=0)
    off = np.array([0.5, -3.0]) * spread
    gap = np.abs(recipe.target.apply(off) - recipe.target.apply(np.zeros(2)))
    errors = np.broadcast_to(gap, made.valid.targets.shape)
    errors = errors**2 if loss == "squared" else errors
    weights = 1 if made.valid.weights is None else made.valid.weights
    expected = np.mean([0.25, 9]) if loss == "squared" else np.mean([0.5, 3])
    assert (errors * weights).mean() * made.loss_unit == pytest.approx(expected, rel=1e-4)


def test_without_validation_sequences():
    for form, kind in itertools.product(FORMS, KINDS):
        data = sequences(form, kind, ragged=True)
        loss = "cross_entropy" if data.classes else "squared"
        made = learn(data).windows(data, TRAIN, np.array([], dtype=int), loss)
        assert len(made.valid) == 0


# Back -------------------------------------------------------------------------------------------


@EVERY
@pytest.mark.parametrize("scale", ["none", "standard", "minmax11", "robust"])
def test_what_was_prepared_is_undone(form, kind, ragged, scale):
    """Targets taken for outputs give the answers back, NaN behind the last step of each."""
    data = sequences(form, kind, ragged=ragged)
    recipe, made = prepared(data, scale=scale)
    targets = made.valid.targets
    outputs = np.eye(3)[targets.astype(int)] * 50 if kind == "classes" else targets
    back = recipe.undo(np.stack([outputs, outputs]), data, VALID)
    assert back.shape[:2] == (2, len(VALID))
    np.testing.assert_array_equal(back[0], back[1])
    for got, number in zip(back[0].reshape(len(VALID), -1, back.shape[-1]), VALID, strict=True):
        own = told(data, number)
        if kind == "classes":
            np.testing.assert_allclose(got[: len(own)].sum(axis=1), 1)
            assert got[: len(own)].argmax(axis=1).tolist() == own[:, 0].tolist()
        else:
            np.testing.assert_allclose(got[: len(own)], own, rtol=1e-5)
        assert np.isnan(got[len(own) :]).all()


@pytest.mark.parametrize("ragged", [False, True])
def test_huge_scores_are_probabilities_still(ragged):
    data = sequences("steps", ragged=ragged)
    recipe = learn(data)
    outputs = np.zeros((len(VALID), LONGEST, 3))
    outputs[..., 0] = 1e30
    shares = recipe.undo(outputs, data, VALID)
    assert set(np.unique(shares[~np.isnan(shares)])) == {0, 1}


@pytest.mark.parametrize("encode", ["integer", "one-hot", "embedding"])
@EVERY
def test_saved_and_loaded_to_the_last_bit(form, kind, ragged, encode):
    data = sequences(form, kind, ragged=ragged, symbols=True)
    recipe = learn(data, encode=encode, class_weight="balanced", scale="robust")
    again = SequenceRecipe.from_json(json.loads(json.dumps(recipe.to_json())))
    assert again.to_json() == recipe.to_json()
    assert again.shapes == recipe.shapes
    np.testing.assert_array_equal(again.series(data), recipe.series(data))
    outputs = np.random.default_rng(1).normal(size=(len(VALID), *recipe.shapes.output))
    for one in (outputs, outputs.astype(np.float32)):
        np.testing.assert_array_equal(again.undo(one, data, VALID), recipe.undo(one, data, VALID))
