"""The contract of every engine, for every knob of training, against stock `keras.Model.fit`."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from tiny_fits import ENGINES, series, shared_engine, tiny, windows

from autolstm.prepare import Part
from autolstm.seeding import child
from autolstm.together import advance, cost_of

pytestmark = pytest.mark.slow

SEEDS = (11, 12, 13)
JIT = "compiled by xla"
SGD = {"optimizer": "sgd", "learning_rate": 0.1}
"""Adam hardly notices what a gradient is multiplied by."""

OFTEN = {"learning_rate": 0.1, "patience": 2, "epochs": 14}
"""Patience is soon spent, and later by some seeds than by others."""

CASES = {
    "adamw": {"optimizer": "adamw"},
    "adamw decays": {"optimizer": "adamw", "weight_decay": 0.9, "learning_rate": 0.05},
    "adagrad": {"optimizer": "adagrad", "learning_rate": 0.1},
    "nesterov": {**SGD, "nesterov": True, "momentum": 0.8},
    "clipped by norm": {**SGD, "clip_norm": 0.3},
    "clipped by value": {**SGD, "clip_value": 0.05},
    "full": {**SGD, "batch_size": "full"},
    "in order": {**SGD, "shuffle": False},
    "exponential": {**SGD, "schedule": "exponential", "decay": 0.3, "decay_epochs": 2},
    "step": {**SGD, "schedule": "step", "decay_epochs": 2},
    "cosine": {**SGD, "schedule": "cosine", "decay_epochs": 3},
    "restarts": {**SGD, "schedule": "restarts", "decay_epochs": 1, "epochs": 7},
    "warm-up": {**SGD, "warmup": 2, "schedule": "step", "decay_epochs": 1},
    "plateau": {**OFTEN, "schedule": "plateau", "decay_epochs": 1, "decay": 0.5},
    "fine-tuning": {**OFTEN, "patience": 1, "finetune": 2, "finetune_factor": 0.25},
    "fine-tuning of momentum": {**OFTEN, "optimizer": "sgd", "patience": 1, "finetune": 2},
    "all of it": {
        **OFTEN,
        "optimizer": "rmsprop",
        "clip_norm": 1.0,
        "schedule": "plateau",
        "decay_epochs": 1,
        "decay": 0.5,
        "warmup": 1,
        "finetune": 1,
        "min_delta": 0.001,
        "dropout": 0.0,
    },
}


@pytest.fixture(params=[*ENGINES, JIT])
def engine(request, monkeypatch):
    if request.param != JIT:
        return shared_engine(request.param)
    from autolstm.train import plan

    monkeypatch.setattr(plan, "WORTH_COMPILING", 0)
    return compiling_engine()


@cache
def compiling_engine():
    from autolstm.train.compiled import CompiledEngine

    return CompiledEngine()


def stock_optimizer(training):
    """Return the optimiser that the knobs speak of, written with Keras's own names."""
    from autolstm.models.backend import keras

    rate = training.learning_rate
    clip = {
        "global_clipnorm": training.clip_norm or None,
        "clipvalue": training.clip_value or None,
    }
    momentum = {"momentum": training.momentum, "nesterov": training.nesterov}
    return {
        "adam": lambda: keras.optimizers.Adam(rate, **clip),
        "adamw": lambda: keras.optimizers.AdamW(rate, weight_decay=training.weight_decay, **clip),
        "rmsprop": lambda: keras.optimizers.RMSprop(rate, **clip),
        "adagrad": lambda: keras.optimizers.Adagrad(rate, **clip),
        "sgd": lambda: keras.optimizers.SGD(rate, **momentum, **clip),
    }[training.optimizer]()


def stock_rate(training, steps):
    """Return the learning rate of a step, counted from 0, by Keras's own schedules."""
    from autolstm.models.backend import keras

    kinds, rate = keras.optimizers.schedules, training.learning_rate
    rise, length = training.warmup * steps, training.decay_epochs * steps
    make = {
        "exponential": lambda: kinds.ExponentialDecay(rate, length, training.decay),
        "step": lambda: kinds.ExponentialDecay(rate, length, training.decay, staircase=True),
        "cosine": lambda: kinds.CosineDecay(rate, length, alpha=training.decay),
        "restarts": lambda: kinds.CosineDecayRestarts(rate, length, alpha=training.decay),
    }.get(training.schedule, lambda: lambda step: rate)
    after = make()
    return lambda step: rate * (step + 1) / rise if step < rise else float(after(step - rise))


@cache
def stock(asked, seed):
    """Train by `keras.Model.fit`, an epoch at a time; return losses and the best weights."""
    from autolstm.models import build
    from autolstm.models.backend import keras
    from autolstm.train.reference import batch_order

    data, training = windows(asked), asked.training
    model = build(asked.architecture, data.shapes, seed=child(seed, "model"))
    model.compile(optimizer=stock_optimizer(training), loss="mse")
    inputs, targets = data.inputs(data.train.origins), data.train.targets
    valid = data.inputs(data.valid.origins), data.valid.targets
    count = len(data.train)
    batch = count if training.batch_size == "full" else training.batch_size
    rate = stock_rate(training, -(-count // batch))
    share, step = 1.0, 0

    class Told(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            nonlocal step
            self.model.optimizer.learning_rate = rate(step) * share
            step += 1

    best, kept, found = np.inf, model.get_weights(), []
    waited = stalled = rounds = 0
    for epoch in range(1, training.epochs + 1):
        order = batch_order(seed, epoch, count) if training.shuffle else np.arange(count)
        told = {"epochs": 1, "batch_size": batch, "shuffle": False, "verbose": 0}
        seen = model.fit(inputs[order], targets[order], callbacks=[Told()], **told).history
        loss = model.evaluate(*valid, verbose=0) * data.loss_unit
        found.append((seen["loss"][0] * data.loss_unit, loss))
        if loss < best - training.min_delta:
            best, kept, waited, stalled = loss, model.get_weights(), 0, 0
            continue
        waited, stalled = waited + 1, stalled + 1
        if waited >= training.patience:
            if rounds == training.finetune:
                break
            model.set_weights(kept)
            share *= training.finetune_factor
            rounds, waited, stalled = rounds + 1, 0, 0
        elif training.schedule == "plateau" and stalled >= training.decay_epochs:
            share, stalled = share * training.decay, 0
    return np.array(found), kept


@pytest.mark.parametrize("name", CASES)
def test_every_knob_of_training_does_what_stock_keras_does(engine, name):
    asked = tiny(**CASES[name])
    run = engine.start(windows(asked), asked, SEEDS)
    epochs = list(run)
    losses = np.array([(one.train_loss, one.valid_loss) for one in epochs])
    lengths = set()
    for r, seed in enumerate(SEEDS):
        expected, kept = stock(asked, seed)
        lengths.add(len(expected))
        np.testing.assert_allclose(losses[: len(expected), :, r], expected, rtol=3e-4)
        assert np.isnan(losses[len(expected) :, :, r]).all()
        for found, wanted in zip(run.weights()[r], kept, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-2, atol=3e-4)
    if name == "fine-tuning":
        assert len(lengths) > 1, "some seed must stop before another"
        assert not epochs[-1].running.any()


@pytest.mark.parametrize("name", ["plateau", "fine-tuning", "all of it"])
def test_together_as_alone(engine, name):
    """What a replicate does by its own losses is not seen by another."""
    asked = tiny(**CASES[name])
    data = windows(asked)
    together = [one.valid_loss for one in engine.start(data, asked, SEEDS)]
    for r, seed in enumerate(SEEDS):
        alone = [one.valid_loss[0] for one in engine.start(data, asked, [seed])]
        np.testing.assert_allclose(np.array(together)[: len(alone), r], alone, rtol=1e-4)


@pytest.mark.parametrize("name", ["plateau", "fine-tuning"])
def test_folds_side_by_side_as_alone(engine, name):
    asked = tiny(**CASES[name])
    folds = [windows(asked, series(rows)) for rows in (40, 52)]
    runs = [engine.start(data, asked, SEEDS) for data in folds]
    seen = list(advance(runs, len(SEEDS)))
    assert cost_of(runs).programs == tuple(
        dict.fromkeys(one for run in runs for one in run.cost().programs)
    )
    for place, data in enumerate(folds):
        alone = engine.start(data, asked, SEEDS)
        own = np.array([(one.train_loss, one.valid_loss) for one in alone])
        part = slice(place * len(SEEDS), (place + 1) * len(SEEDS))
        found = np.array([(one.train_loss[part], one.valid_loss[part]) for one in seen])
        np.testing.assert_allclose(found[: len(own)], own, rtol=1e-6)
        for a, b in zip(runs[place].weights(), alone.weights(), strict=True):
            for one, other in zip(a, b, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_without_validation_nothing_falls_and_nothing_is_tuned(engine):
    """There is no best epoch, and no loss to wait for; a schedule by epochs goes on."""
    plain = {"learning_rate": 0.1, "epochs": 6, "patience": 1}
    own = {"schedule": "plateau", "decay_epochs": 1, "finetune": 2}
    found = []
    for knobs in ({}, own, {"schedule": "step", "decay_epochs": 1}):
        asked = tiny(**plain, **knobs)
        data = windows(asked)
        blind = replace(data, valid=Part(data.valid.origins[:0], data.valid.targets[:0]))
        found.append([one.train_loss for one in engine.start(blind, asked, SEEDS)])
    assert len(found[0]) == 6
    np.testing.assert_array_equal(found[1], found[0])
    assert (np.array(found[2])[2:] != np.array(found[0])[2:]).all()


def test_the_beginning_of_a_longer_fit_is_a_shorter_one(engine):
    """No schedule depends on the number of epochs, so a refit does what the search saw."""
    for schedule in ("exponential", "step", "cosine", "restarts"):
        knobs = {**SGD, "schedule": schedule, "decay_epochs": 2}
        long, short = (tiny(**knobs, epochs=epochs) for epochs in (8, 4))
        runs = [list(engine.start(windows(one), one, SEEDS)) for one in (long, short)]
        for one, other in zip(*runs, strict=False):
            np.testing.assert_array_equal(one.valid_loss, other.valid_loss)


def test_what_fine_tuning_sees_is_never_worse(engine):
    """The best weights stay the best: rounds may only add better epochs."""
    knobs = {**SGD, "units": 8, "epochs": 60, "patience": 1}
    plain, tuned = tiny(**knobs), tiny(**knobs, finetune=3)
    data = windows(plain, series(160))
    (*_, before), (*_, after) = (engine.start(data, one, SEEDS) for one in (plain, tuned))
    assert (after.best_loss <= before.best_loss).all()
    assert (after.best_loss < before.best_loss).any()
    assert after.number > before.number


def test_a_run_names_its_program(engine):
    first, alike, other = tiny(), tiny(learning_rate=0.5, batch_size=8), tiny(units=4)
    names = [
        engine.start(windows(one), one, SEEDS).cost().programs for one in (first, alike, other)
    ]
    assert names[0] == names[1] != names[2]
    assert all(len(one) == 1 for one in names)
