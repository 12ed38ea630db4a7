"""The reference engine: stock Keras layers, gradients and optimisers, one traced epoch.

One network is built and one epoch traced; the R replicates are R states that take turns in it,
epoch by epoch. Tracing costs a second and an epoch of a small network milliseconds, so sharing
the trace between seeds, and between trials of the same structure, is most of the speed.
"""

import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence

import numpy as np

from autolstm.models import Build
from autolstm.models.backend import tf
from autolstm.outcome import Cost, Epoch
from autolstm.prepare.lanes import every_origin, in_lanes
from autolstm.prepare.windows import Windows
from autolstm.seeding import generator
from autolstm.settings import Settings
from autolstm.train import program as programs
from autolstm.train.fresh import fresh_models
from autolstm.train.memory import memory_watched
from autolstm.train.optimizers import new_optimizer
from autolstm.train.program import Program
from autolstm.train.schedules import OwnShare, plateau_patience, shares
from autolstm.train.stopping import EarlyStopping

__all__ = ["ReferenceEngine", "ReferenceRun", "batch_order"]


def batch_order(seed: int, epoch: int, windows: int, *, shuffle: bool = True) -> np.ndarray:
    """Return the order in which a replicate sees its training windows in one epoch."""
    if not shuffle:
        return np.arange(windows, dtype=np.int32)
    return generator(seed, "order", epoch).permutation(windows).astype(np.int32)


class ReferenceEngine:
    """Trains with stock Keras, one replicate after the other within each epoch.

    Runs of one structure share a network, so only one run may be asked for an epoch or a
    forecast at a time: no threads.

    Args:
        programs: How many traced structures are kept; the one unused for longest goes first.
    """

    name = "reference"

    def __init__(self, programs: int = 8) -> None:
        self._room = programs
        self._programs: OrderedDict[str, Program] = OrderedDict()

    def start(
        self,
        windows: Windows,
        settings: Settings,
        seeds: Sequence[int],
        own: Build | None = None,
        because: str = "",
    ) -> "ReferenceRun":
        """See `autolstm.train.engine.Engine.start`; ``because`` says why another cannot train."""
        started = time.perf_counter()
        windows = in_lanes(windows, settings)
        with memory_watched(windows, settings):
            donors = fresh_models(windows, settings, seeds, own)
            optimizer = new_optimizer(settings.training)
            key = programs.structure(donors[0], optimizer, settings, windows)
            program = self._programs.pop(key, None)
            if program is None:
                program = programs.trace(donors[0], optimizer, settings, windows)
            self._programs[key] = program
            if len(self._programs) > self._room:
                self._programs.popitem(last=False)
            states = [program.state(donor) for donor in donors]
        name = f"{self.name}: {because}" if because else self.name
        return ReferenceRun(program, windows, settings, seeds, states, (name, started))


class ReferenceRun:
    """See `autolstm.train.engine.Run`."""

    def __init__(
        self,
        program: Program,
        windows: Windows,
        settings: Settings,
        seeds: Sequence[int],
        states: list[programs.State],
        origin: tuple[str, float],
    ) -> None:
        self._engine, started = origin
        self._program = program
        self._windows = windows
        self._settings = settings
        self._seeds = tuple(seeds)
        self._states = states
        self._best = [program.network(state) for state in states]
        with memory_watched(windows, settings):
            self._data = programs.arrays(windows)
        self._epochs = self._train()
        self._trace_seconds = time.perf_counter() - started
        self._train_seconds = 0.0

    def __iter__(self) -> Iterator[Epoch]:
        """See `autolstm.train.engine.Run.__iter__`."""
        return self._epochs

    def predict(self, origins: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        """See `autolstm.train.engine.Run.predict`."""
        every, places = origins, np.arange(len(origins))
        if self._settings.lanes is not None:
            every, places = every_origin(self._windows, origins)

        def inputs(part: slice) -> np.ndarray:
            there = None if lengths is None else lengths[part]
            return self._windows.inputs(every[part], there)

        with memory_watched(self._windows, self._settings):
            return np.stack(
                [self._program.respond(one, inputs, len(every))[places] for one in self._best]
            )

    def respond(self, inputs: np.ndarray) -> np.ndarray:
        """See `autolstm.train.engine.Run.respond`."""
        with memory_watched(self._windows, self._settings):
            return np.stack(
                [
                    self._program.respond(one, own.__getitem__, len(own))
                    for one, own in zip(self._best, inputs, strict=True)
                ]
            )

    def weights(self) -> list[list[np.ndarray]]:
        """See `autolstm.train.engine.Run.weights`."""
        with memory_watched(self._windows, self._settings):
            return [self._program.weights(one) for one in self._best]

    def cost(self) -> Cost:
        """See `autolstm.train.engine.Run.cost`."""
        parameters = sum(int(np.prod(one.shape)) for one in self._program.model.trainable_weights)
        seconds = self._trace_seconds, self._train_seconds
        return Cost(*seconds, parameters, self._engine, (self._program.name,))

    def _train(self) -> Iterator[Epoch]:
        training = self._settings.training
        replicates, validated = len(self._seeds), len(self._windows.valid) > 0
        stopping = EarlyStopping(
            replicates,
            patience=training.patience,
            min_delta=training.min_delta,
            rounds=training.finetune,
        )
        own = OwnShare(
            replicates,
            plateau=plateau_patience(training),
            decay=training.decay,
            factor=training.finetune_factor,
        )
        for number in range(1, training.epochs + 1):
            losses = np.full((2, replicates), np.nan)
            for r in np.flatnonzero(stopping.running):
                losses[:, r] = self._advance(int(r), number, own.value[r])
            train, valid = losses * self._windows.loss_unit
            stopping.drop(~np.isfinite(train))
            kept = stopping.see(number, valid) if validated else stopping.running
            for r in np.flatnonzero(kept):
                self._best[r] = self._program.network(self._states[r])
            for r in np.flatnonzero(stopping.returned):
                self._states[r] = self._program.returned(self._states[r], self._best[r])
            if validated:
                own.see(kept, stopping.returned)
            yield Epoch(number, train, valid, stopping.best_loss, stopping.running)
            if not stopping.running.any():
                return

    def _advance(self, replicate: int, epoch: int, own: np.float32) -> tuple[float, float]:
        """Train one replicate for one epoch; return its losses on the prepared scale.

        Args:
            replicate: Which one.
            epoch: Number of the epoch, from 1.
            own: Its own share of the learning rate.
        """
        started = time.perf_counter()
        training, rows = self._settings.training, len(self._windows.train)
        order = batch_order(self._seeds[replicate], epoch, rows, shuffle=training.shuffle)
        batch = training.batch(rows)
        share = shares(training, first=epoch - 1, epochs=1, steps=-(-rows // batch))[0]
        rates = (training.learning_rate * share).astype(np.float32) * own
        with memory_watched(self._windows, self._settings):
            train, valid, self._states[replicate] = self._program.epoch(
                self._states[replicate],
                tf.constant(order),
                tf.constant(batch),
                tf.constant(rates),
                *self._data,
            )
        self._train_seconds += time.perf_counter() - started
        return float(train), float(valid)
