"""Tiny windows of labelled sequences, in every form, and stock Keras to train on them."""

from typing import Any

import numpy as np
from tiny_fits import tiny

from autolstm.prepare import Part, Windows
from autolstm.seeding import child
from autolstm.settings import Settings
from autolstm.shapes import Shapes

WINDOW, CLASSES, SYMBOLS, TRAIN, VALID = 5, 3, 4, 14, 6
FORMS = ("vector", "steps", "decoder")
LOSSES = ("squared", "absolute", "huber", "pinball90", "cross_entropy")


def settings(**knobs: object) -> Settings:
    """Return settings of a fit whose batches do not come out even."""
    return tiny(**{"window": WINDOW, "batch_size": 6, "epochs": 2, "embedding": 2, **knobs})


def shapes(form: str, loss: str = "squared", *, padded: bool = False, symbols: int = 0) -> Shapes:
    """Return the shapes of a tiny problem."""
    return Shapes(
        window=WINDOW,
        features=1 if symbols else 2,
        outputs=CLASSES if loss == "cross_entropy" else 2,
        form=form,
        steps=4 if form == "decoder" else 1,
        padding=(0.0 if symbols else -9.0) if padded else None,
        symbols=symbols,
        classes=loss == "cross_entropy",
    )


def problem(
    form: str,
    loss: str = "squared",
    *,
    weighted: bool = False,
    padded: bool = False,
    symbols: int = 0,
    seed: int = 0,
) -> Windows:
    """Make windows of sequences that stand one behind the other, with targets of noise.

    Padded ones are 1 to 5 steps long. Weighted ones have weights of mean 1, some of them 0.
    """
    rng = np.random.default_rng(seed)
    fit = shapes(form, loss, padded=padded, symbols=symbols)
    count = TRAIN + VALID
    lengths = rng.integers(1, WINDOW + 1, count) if padded else np.full(count, WINDOW)
    rows = int(lengths.sum())
    if symbols:
        series = rng.integers(1, symbols, (rows, 1)).astype(np.float32)
    else:
        series = rng.normal(size=(rows, 2)).astype(np.float32)
    origins = (np.cumsum(lengths) - 1).astype(np.int32)
    if loss == "cross_entropy":
        targets = rng.integers(0, CLASSES, (count, *fit.output[:-1])).astype(np.float32)
    else:
        targets = 2 * rng.normal(size=(count, *fit.output)).astype(np.float32)
    weights = rng.uniform(size=targets.shape) * (rng.random(targets.shape) > 0.3)

    def part(at: slice) -> Part:
        own = (weights[at] / weights[at].mean()).astype(np.float32)
        there = lengths[at].astype(np.int32)
        return Part(origins[at], targets[at], own if weighted else None, there if padded else None)

    return Windows(series, fit, part(slice(TRAIN)), part(slice(TRAIN, None)), 0.5, loss)


class Stock:
    """Trains one seed with stock Keras: its layers, losses, optimiser; eager, window by window.

    Args:
        data: The windows.
        asked: The settings.
        seed: The replicate's.
    """

    def __init__(self, data: Windows, asked: Settings, seed: int) -> None:
        from autolstm.models import build
        from autolstm.models.backend import keras

        self.data, self.asked, self.seed = data, asked, seed
        self.model = build(asked.architecture, data.shapes, seed=child(seed, "model"))
        self.optimizer = keras.optimizers.Adam(asked.training.learning_rate)

    def train(self) -> np.ndarray:
        """Train all epochs; return training and validation losses, shape (epochs, 2)."""
        from autolstm.models.backend import tf
        from autolstm.models.decoder import teaching
        from autolstm.train.reference import batch_order

        trained = self.asked.training.loss
        trained = self.data.loss if trained == "auto" else trained
        batch, found = self.asked.training.batch_size, []
        for epoch in range(1, self.asked.training.epochs + 1):
            order = batch_order(self.seed, epoch, len(self.data.train))
            total = 0.0
            for start in range(0, len(order), batch):
                chosen = order[start : start + batch]
                taught = teaching(self.model, self.data.train.told[chosen])
                with tf.GradientTape() as tape, taught:
                    out = self.respond(self.data.train, chosen, training=True)
                    loss = self.loss(trained, self.data.train, chosen, out)
                    loss = tf.add_n([loss, *self.model.losses])
                own = self.model.trainable_variables
                # See `test_keras_squares_gradients_of_repeated_symbols_one_by_one`.
                gradients = map(tf.convert_to_tensor, tape.gradient(loss, own))
                self.optimizer.apply(list(gradients), own)
                total += len(chosen) * float(
                    self.loss(self.data.loss, self.data.train, chosen, out)
                )
            every = np.arange(len(self.data.valid))
            out = self.respond(self.data.valid, every)
            valid = self.loss(self.data.loss, self.data.valid, every, out)
            found.append((total / len(order), float(valid)))
        return np.array(found) * self.data.loss_unit

    def respond(self, part: Part, chosen: np.ndarray, *, training: bool = False) -> Any:
        """Return outputs of some windows, each of which is cut out by itself."""
        from autolstm.models.backend import tf

        inputs = []
        for window in chosen:
            length = WINDOW if part.lengths is None else part.lengths[window]
            end = part.origins[window] + 1
            missing = np.full((WINDOW - length, self.data.features), self.data.shapes.padding)
            inputs.append(np.concatenate([missing, self.data.series[end - length : end]]))
        # The copy knows nothing of masks, which Keras's losses would look at, too.
        return tf.identity(self.model(np.array(inputs, np.float32), training=training))

    def loss(self, name: str, part: Part, chosen: np.ndarray, out: Any) -> Any:
        """Return a loss as Keras computes it from weights of samples."""
        from autolstm.models.backend import keras, tf

        targets = part.targets[chosen]
        weights = None if part.weights is None else part.weights[chosen]
        if name == "cross_entropy":
            stock = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            return stock(targets, out, sample_weight=weights)
        if name == "pinball90":
            gap = targets - out
            losses = tf.where(gap > 0, 0.9 * gap, -0.1 * gap)
            return tf.reduce_mean(losses if weights is None else losses * weights)
        stock = {
            "squared": keras.losses.MeanSquaredError,
            "mse": keras.losses.MeanSquaredError,
            "absolute": keras.losses.MeanAbsoluteError,
            "mae": keras.losses.MeanAbsoluteError,
            "huber": keras.losses.Huber,
        }[name]()
        # With a last axis of one, every element is a sample with a weight of its own.
        return stock(targets[..., None], out[..., None], sample_weight=weights)
