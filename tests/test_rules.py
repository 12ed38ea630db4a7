"""The optimisers' rules against Keras's own, step by step."""

import math

import numpy as np
import pytest
from lowering_twins import close

from autolstm.models.backend import keras, tf
from autolstm.train.lowering import Unsupported
from autolstm.train.rules import rule_of

rules = keras.optimizers
pytestmark = pytest.mark.slow

SHAPES, REPLICATES, STEPS = ((3, 4), (4,), (2, 3, 5)), 3, 20

OPTIMIZERS = {
    "Adam": lambda **extra: rules.Adam(0.02, **extra),
    "Adam other": lambda **extra: rules.Adam(0.02, beta_1=0.8, beta_2=0.99, epsilon=1e-4, **extra),
    "AdamW": lambda **extra: rules.AdamW(0.02, weight_decay=0.1, **extra),
    "Adam decay": lambda **extra: rules.Adam(0.02, weight_decay=0.05, **extra),
    "RMSprop": lambda **extra: rules.RMSprop(0.02, **extra),
    "RMSprop momentum": lambda **extra: rules.RMSprop(0.02, rho=0.8, momentum=0.7, **extra),
    "Adagrad": lambda **extra: rules.Adagrad(0.02, initial_accumulator_value=0.3, **extra),
    "SGD": lambda **extra: rules.SGD(0.02, **extra),
    "SGD momentum": lambda **extra: rules.SGD(0.02, momentum=0.9, **extra),
    "SGD Nesterov": lambda **extra: rules.SGD(0.02, momentum=0.9, nesterov=True, **extra),
    "SGD decay": lambda **extra: rules.SGD(0.02, weight_decay=0.1, momentum=0.5, **extra),
}
CLIPS = ({}, {"clipnorm": 0.7}, {"global_clipnorm": 1.5}, {"clipvalue": 0.4}, {"clipnorm": 0.0})


CASES = [
    *((name, {}) for name in OPTIMIZERS),
    *((name, clip) for name in ("Adam", "AdamW", "SGD Nesterov") for clip in CLIPS[1:]),
]


def first_slots(rule, values):
    return [[tf.zeros(one.shape), tf.fill(one.shape, rule.begin)] for one in values]


@pytest.mark.parametrize(("name", "clip"), CASES, ids=str)
def test_rules_are_those_of_keras(name, clip):
    rng = np.random.default_rng(1)
    values = [rng.standard_normal((REPLICATES, *one)).astype(np.float32) for one in SHAPES]
    optimizers = [OPTIMIZERS[name](**clip) for _ in range(REPLICATES)]
    variables = [[keras.Variable(one[r]) for one in values] for r in range(REPLICATES)]
    rule = rule_of(optimizers[0])
    held, slots = [tf.constant(one) for one in values], first_slots(rule, values)
    numbers = {key: tf.constant(one) for key, one in rule.numbers.items()}
    update = tf.function(rule.apply, autograph=False)
    for step in range(STEPS):
        rate = 0.02 * 0.9**step
        # Small and large ones, so that some are clipped and some are not; zeros as well.
        gradients = [
            (rng.standard_normal((REPLICATES, *one)) * 10 ** rng.uniform(-2, 0.5)).astype("f")
            for one in SHAPES
        ]
        gradients[step % 3][step % REPLICATES] = 0
        number, now = tf.constant(step + 1), tf.constant(rate, tf.float32)
        held, slots = update(held, [*map(tf.constant, gradients)], slots, now, number, numbers)
        for r, optimizer in enumerate(optimizers):
            optimizer.learning_rate = rate
            optimizer.apply([tf.constant(one[r]) for one in gradients], variables[r])
            for found, wanted in zip(held, variables[r], strict=True):
                assert close(found[r], wanted) < 1e-6, step


@pytest.mark.parametrize("name", ["Adam", "RMSprop momentum"])
def test_compiled_rules(name):
    """XLA computes the same."""
    rng = np.random.default_rng(2)
    optimizer = OPTIMIZERS[name](clipnorm=1.0)
    rule = rule_of(optimizer)
    values = [tf.constant(rng.standard_normal((REPLICATES, *one)), tf.float32) for one in SHAPES]
    numbers = {key: tf.constant(one) for key, one in rule.numbers.items()}
    plain, fast = (tf.function(rule.apply, autograph=False, jit_compile=jit) for jit in (0, 1))
    both = [(values, first_slots(rule, values))] * 2
    for step in range(STEPS):
        gradients = [tf.constant(rng.standard_normal(one.shape), tf.float32) for one in values]
        rest = tf.constant(0.02), tf.constant(step + 1), numbers
        both = [
            run(held, gradients, slots, *rest)
            for run, (held, slots) in zip((plain, fast), both, strict=True)
        ]
    for found, wanted in zip(both[1][0], both[0][0], strict=True):
        assert close(found, wanted) < 3e-6


def test_optimisers_and_clipping_and_their_numbers_belong_to_no_program():
    """Every rule has the same numbers, by name."""
    found = [rule_of(make(**clip)) for make in OPTIMIZERS.values() for clip in CLIPS]
    assert len({tuple(one.numbers) for one in found}) == 1
    names = [f"clip_{how}" for how in ("norm", "global", "value")]
    limits = {tuple(one.numbers[name] for name in names) for one in found}
    inf = math.inf
    assert limits == {(inf,) * 3, (0.7, inf, inf), (inf, 1.5, inf), (inf, inf, 0.4)}


@pytest.mark.parametrize("name", ["Adam", "AdamW", "Adagrad", "SGD Nesterov"])
def test_every_replicate_has_a_rate_of_its_own(name):
    """Rates of all replicates together give what each gives alone."""
    rng = np.random.default_rng(3)
    rule = rule_of(OPTIMIZERS[name](global_clipnorm=1.0))
    numbers = {key: tf.constant(one) for key, one in rule.numbers.items()}
    held = [tf.constant(rng.standard_normal((REPLICATES, *one)), tf.float32) for one in SHAPES]
    rates, slots = np.float32([0.02, 0.002, 0.0]), first_slots(rule, held)
    alone = [(held, slots)] * REPLICATES
    begin = held
    for step in range(1, 5):
        gradients = [tf.constant(rng.standard_normal(one.shape), tf.float32) for one in held]
        number = tf.constant(step)
        held, slots = rule.apply(held, gradients, slots, tf.constant(rates), number, numbers)
        alone = [
            rule.apply(own, gradients, their, tf.constant(rate), number, numbers)
            for (own, their), rate in zip(alone, rates, strict=True)
        ]
    for place, found in enumerate(held):
        for r in range(REPLICATES):
            assert close(found[r], alone[r][0][place][r]) < 1e-6
        np.testing.assert_array_equal(found[2], begin[place][2])


class OwnAdam(rules.Adam):
    pass


def test_refuses():
    spared = rules.AdamW()
    spared.exclude_from_weight_decay(var_names=["bias"])
    for optimizer, why in (
        (rules.Nadam(), "Nadam"),
        (OwnAdam(), "OwnAdam"),
        (rules.Adam(amsgrad=True), "amsgrad"),
        (rules.RMSprop(centered=True), "centered"),
        (rules.SGD(use_ema=True), "use_ema"),
        (rules.SGD(loss_scale_factor=2.0), "loss_scale_factor"),
        (rules.SGD(gradient_accumulation_steps=2), "gradient accumulation"),
        (spared, "does not let decay"),
    ):
        with pytest.raises(Unsupported, match=why):
            rule_of(optimizer)
