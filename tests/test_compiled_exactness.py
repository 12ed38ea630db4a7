"""The compiled program against stock Keras, step by step: the same weights after 20 epochs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from lowering_twins import close

from autolstm.models.backend import keras, tf
from autolstm.shapes import Shapes
from autolstm.train.chunk import Shape, build
from autolstm.train.feeding import first_state
from autolstm.train.lowering import Network
from autolstm.train.rules import rule_of
from autolstm.train.schedules import NEVER

L, rules = keras.layers, keras.optimizers
pytestmark = pytest.mark.slow

REPLICATES, WINDOW, FEATURES, HORIZON = 2, 5, 2, 2
WINDOWS, VALID, BATCH, EPOCHS = 60, 21, 16, 20
STEPS = -(-WINDOWS // BATCH)


@dataclass
class Case:
    """What is trained.

    Attributes:
        layers: Make the layers of a Sequential model; or, as a function, a functional one.
        optimizer: Makes the optimiser.
        rate: Learning rate, or one for every step.
        padded: Whether some rows of the series are zeros, to be masked.
        jit: Whether XLA compiles the program.
        frozen: Whether the first layer is not trained.
    """

    layers: Any
    optimizer: Callable[[], Any] = rules.Adam
    rate: Any = 3e-3
    padded: bool = False
    jit: bool = False
    frozen: bool = False

    def model(self) -> keras.Model:
        start = keras.Input((WINDOW, FEATURES))
        if callable(self.layers):
            return keras.Model(start, self.layers(start))
        return keras.Sequential([start, *(make() for make in self.layers)])


def dense() -> Any:
    return L.Dense(HORIZON)


def lstm(**options: Any) -> Callable[[], Any]:
    return lambda: L.LSTM(5, **options)


def encoder_decoder(x: Any) -> Any:
    _, *states = L.LSTM(4, return_state=True)(x)
    out = L.LSTM(4, return_sequences=True)(
        L.RepeatVector(HORIZON)(states[0]), initial_state=states
    )
    return L.Flatten()(L.TimeDistributed(L.Dense(1))(out))


def residual(x: Any) -> Any:
    both = L.Concatenate()([L.GRU(4, return_sequences=True)(x), L.Dense(3)(x)])
    return L.Dense(HORIZON)(L.GlobalAveragePooling1D()(L.LayerNormalization()(both)))


PENALTIES = {
    "l1": dict(kernel_regularizer=keras.regularizers.L1(1e-3)),
    "l2": dict(recurrent_regularizer="l2", bias_regularizer="l2"),
    "l1 l2": dict(kernel_regularizer=keras.regularizers.L1L2(1e-3, 2e-3)),
}
CASES = {
    "lstm jit": Case([lstm(), dense], jit=True),
    "two layers": Case(
        [lstm(return_sequences=True), lstm(), dense],
        optimizer=lambda: rules.AdamW(weight_decay=0.05, global_clipnorm=0.3),
    ),
    "relu": Case([lstm(activation="relu", recurrent_activation="hard_sigmoid"), dense], rate=1e-3),
    "bidirectional": Case([lambda: L.Bidirectional(L.LSTM(4)), dense]),
    "gru": Case(
        [lambda: L.GRU(5), dense],
        optimizer=lambda: rules.SGD(momentum=0.9, nesterov=True, clipnorm=0.1),
    ),
    "gru before": Case([lambda: L.GRU(5, reset_after=False), dense]),
    "convolution": Case(
        [
            lambda: L.Conv1D(6, 3, padding="causal", activation="relu"),
            lambda: L.MaxPooling1D(2),
            lstm(),
            dense,
        ]
    ),
    "convolution jit": Case(
        [
            lambda: L.Conv1D(6, 3, padding="same", activation="tanh"),
            lambda: L.AveragePooling1D(2),
            lstm(),
            dense,
        ],
        jit=True,
    ),
    "pooled": Case([lambda: L.Conv1D(6, 2, activation="elu"), L.GlobalMaxPooling1D, dense]),
    "repeat": Case(
        [
            lstm(),
            lambda: L.RepeatVector(HORIZON),
            lstm(return_sequences=True),
            lambda: L.TimeDistributed(L.Dense(1)),
            L.Flatten,
        ]
    ),
    "encoder decoder": Case(encoder_decoder, optimizer=rules.RMSprop),
    "residual": Case(residual),
    "batch norm": Case(
        [lambda: L.BatchNormalization(momentum=0.9), lstm(), L.BatchNormalization, dense],
        rate=1e-3,
    ),
    "batch norm jit": Case(
        [lambda: L.BatchNormalization(momentum=0.9), lstm(), dense], rate=1e-3, jit=True
    ),
    "layer norm": Case(
        [lstm(return_sequences=True), L.LayerNormalization, lstm(), L.LayerNormalization, dense]
    ),
    "masks": Case([L.Masking, lstm(return_sequences=True), lstm(), dense], padded=True),
    "masks gru": Case([L.Masking, lambda: L.Bidirectional(L.GRU(4)), dense], padded=True),
    "masks batch norm": Case(
        [L.Masking, L.BatchNormalization, lambda: L.GRU(4), dense], padded=True, rate=1e-3
    ),
    "frozen": Case([lstm(), dense], frozen=True, optimizer=rules.AdamW),
    **{f"penalty {name}": Case([lstm(**options), dense]) for name, options in PENALTIES.items()},
    "penalty jit": Case([lstm(**PENALTIES["l2"]), dense], optimizer=rules.SGD, jit=True),
}
# What an optimiser does, it does to any layer; recurrent ones take long to trace in Keras.
SMALL = [L.Flatten, lambda: L.Dense(4, activation="tanh"), dense]
OPTIMIZERS = {
    "adam": rules.Adam,
    "adamw": lambda **extra: rules.AdamW(weight_decay=0.05, **extra),
    "rmsprop": rules.RMSprop,
    "rmsprop momentum": lambda **extra: rules.RMSprop(momentum=0.5, **extra),
    "adagrad": rules.Adagrad,
    "sgd": rules.SGD,
    "momentum": lambda **extra: rules.SGD(momentum=0.9, **extra),
    "nesterov": lambda **extra: rules.SGD(momentum=0.9, nesterov=True, **extra),
}
CLIPS = {"": {}, "norm": {"clipnorm": 0.1}, "global": {"global_clipnorm": 0.3}}
CASES |= {
    f"{name} {clip}".strip(): Case(SMALL, lambda make=make, extra=extra: make(**extra))
    for name, make in OPTIMIZERS.items()
    for clip, extra in CLIPS.items()
    if not clip or name in ("adam", "nesterov")
}
CASES["sgd value"] = Case(SMALL, lambda: rules.SGD(clipvalue=0.05), rate=0.1)
CASES["schedule"] = Case(
    [lstm(), dense], rate=3e-3 * np.cos(np.linspace(0, 1.5, EPOCHS * STEPS)), jit=True
)


@dataclass
class Data:
    """Windows of one series, and the order in which each replicate is shown them."""

    padded: bool
    series: Any = field(init=False)
    origins: Any = field(init=False)
    targets: Any = field(init=False)
    orders: Any = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(3)
        rows = WINDOW + WINDOWS + VALID + HORIZON
        self.series = rng.standard_normal((rows, FEATURES)).astype(np.float32)
        self.series[:, 0] += np.sin(np.arange(rows))
        value = self.series[:, 0].copy()
        if self.padded:
            self.series[rng.random(rows) < 0.3] = 0
        self.origins = np.arange(WINDOW - 1, WINDOW - 1 + WINDOWS + VALID).astype(np.int32)
        self.targets = np.stack([value[self.origins + 1 + k] for k in range(HORIZON)], 1)
        self.orders = np.zeros((EPOCHS, REPLICATES, STEPS * BATCH), np.int32)
        for epoch in range(EPOCHS):
            for r in range(REPLICATES):
                self.orders[epoch, r, :WINDOWS] = rng.permutation(WINDOWS)

    def inputs(self) -> np.ndarray:
        return np.stack([self.series[at - WINDOW + 1 : at + 1] for at in self.origins])


class Keras:
    """Trains with nothing but Keras, one replicate after the other in one traced model."""

    def __init__(self, case: Case, model: keras.Model, data: Data) -> None:
        self.model, self.data, self.optimizer = model, data, case.optimizer()
        self.optimizer.build(model.trainable_variables)
        self.fresh = [one.numpy() for one in self.optimizer.variables]
        x, y = tf.constant(data.inputs()), tf.constant(data.targets)

        def step(rows: Any) -> Any:
            with tf.GradientTape() as tape:
                out = model(tf.gather(x, rows), training=True)
                loss = tf.reduce_mean(tf.square(out - tf.gather(y, rows)))
                total = loss + sum(model.losses)
            own = [one.value for one in model.trainable_variables]
            self.optimizer.apply(tape.gradient(total, own), model.trainable_variables)
            return loss

        def error() -> Any:
            out = model(x[WINDOWS:], training=False)
            return tf.reduce_mean(tf.square(out - y[WINDOWS:]))

        rows = tf.TensorSpec([None], tf.int32)
        self.step = tf.function(step, input_signature=[rows], autograph=False)
        self.error = tf.function(error, autograph=False)

    def train(
        self, weights: Sequence[np.ndarray], replicate: int, rates: np.ndarray
    ) -> tuple[list[float], list[float]]:
        """Train from these weights; return both losses of every epoch."""
        self.model.set_weights(weights)
        for variable, value in zip(self.optimizer.variables, self.fresh, strict=True):
            variable.assign(value)
        train, valid = [], []
        for epoch in range(EPOCHS):
            total, order = 0.0, self.data.orders[epoch, replicate, :WINDOWS]
            for place in range(STEPS):
                rows = order[place * BATCH : (place + 1) * BATCH]
                self.optimizer.learning_rate = rates[epoch, place]
                total += float(self.step(tf.constant(rows))) * len(rows)
            train.append(total / WINDOWS)
            valid.append(float(self.error()))
        return train, valid


def trained_by_program(
    case: Case, models: Sequence[keras.Model], data: Data, rates: np.ndarray
) -> tuple[Network, dict[str, Any], dict[str, np.ndarray]]:
    """Train all replicates by the program, in two chunks; return network, state and log."""
    network, rule = Network(models[0]), rule_of(case.optimizer())
    shape = Shape(
        replicates=REPLICATES,
        rows=len(data.series),
        ends=Shapes(WINDOW, FEATURES, HORIZON),
        batch=BATCH,
        steps=STEPS,
        valid_batch=8,
        valid_steps=-(-VALID // 8),
        epochs=EPOCHS // 2,
    )
    held = {
        "series": data.series,
        "seeds": np.arange(2 * REPLICATES, dtype=np.int32).reshape(-1, 2),
    }
    for name, part, size in (
        ("train", slice(0, WINDOWS), STEPS * BATCH),
        ("valid", slice(WINDOWS, None), shape.valid_steps * 8),
    ):
        origins, targets = data.origins[part], data.targets[part]
        fill = (0, size - len(origins))
        # Rows beyond the end must not matter, whatever they are.
        held[f"{name}_origins"] = np.pad(origins, fill, constant_values=20)
        held[f"{name}_targets"] = np.pad(targets, (fill, (0, 0)), constant_values=9)
        held[f"{name}_count"] = np.int32(len(origins))
    numbers = {
        "unit": np.float32(1),
        "patience": np.int32(1000),
        "min_delta": np.float32(0),
        "rounds": np.int32(0),
        "factor": np.float32(1),
        "plateau": np.int32(NEVER),
        "decay": np.float32(1),
        "rates": {name: np.float32(rate) for name, rate in network.rates.items()},
        "penalties": np.reshape(list(network.penalties.values()), (-1, 2)).astype(np.float32),
        "rule": {name: np.float32(one) for name, one in rule.numbers.items()},
    }
    state = first_state(models, rule)
    program = build(network, rule, shape, jit=case.jit)
    logs = []
    for first in (0, EPOCHS // 2):
        part = slice(first, first + EPOCHS // 2)
        chunk = {
            "count": np.int32(EPOCHS // 2),
            "orders": data.orders[part],
            "rates": rates[part].astype(np.float32),
        }
        state, log = program(state, held, numbers, chunk)
        logs.append(log)
    return network, state, {name: np.concatenate([one[name] for one in logs]) for name in logs[0]}


@pytest.mark.parametrize("name", CASES)
def test_twenty_epochs_as_keras(name: str) -> None:
    case = CASES[name]
    data = Data(case.padded)
    rates = np.broadcast_to(np.reshape(case.rate, (-1,)), (EPOCHS * STEPS,)).reshape(EPOCHS, STEPS)
    models = []
    for r in range(REPLICATES):
        keras.utils.set_random_seed(r)
        models.append(case.model())
        models[-1].layers[0].trainable = not case.frozen
    begin = [model.get_weights() for model in models]
    before = [one.numpy() for one in models[0].non_trainable_weights]
    network, state, log = trained_by_program(case, models, data, rates)
    model, stock = models[0], Keras(case, models[0], data)
    assert network.trained == model.trainable_weights
    for r in range(REPLICATES):
        train, valid = stock.train(begin[r], r, rates)
        np.testing.assert_allclose(log["train"][:, r], train, rtol=1e-5)
        np.testing.assert_allclose(log["valid"][:, r], valid, rtol=1e-5)
        held = [*model.trainable_weights, *model.non_trainable_weights]
        for found, variable in zip([*state["weights"], *state["kept"]], held, strict=True):
            assert close(found[r], variable) < 1e-4, variable.path
    if case.frozen:
        assert len(before) == 3
        for found, was in zip(state["kept"], before, strict=True):
            np.testing.assert_array_equal(found[0], was)
