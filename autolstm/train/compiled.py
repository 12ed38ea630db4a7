"""The compiled engine: all seeds of a configuration trained at once, in one compiled program.

The plain Keras model is lowered to a function of R replicates (`lowering`), some epochs of which
make a program (`chunk`). The replicates are split into equal groups over threads that run the
same program side by side. What cannot be lowered is trained by the reference engine, and the cost
of the run says so.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from autolstm.models.backend import keras, tf
from autolstm.models.xla_cache import clear as throw_programs_away
from autolstm.outcome import Cost, Epoch
from autolstm.prepare.windows import Windows
from autolstm.settings import Settings
from autolstm.train import chunk, feeding
from autolstm.train.engine import Run
from autolstm.train.lowering import Call, Network, Signal, Unsupported, structure
from autolstm.train.plan import NUMBERS_AT_ONCE, Plan, cores, plan
from autolstm.train.program import fresh_models, memory_watched, new_optimizer
from autolstm.train.reference import ReferenceEngine
from autolstm.train.rules import Rule, rule_of

__all__ = ["CompiledEngine", "CompiledRun"]

BREATH = 0.5
"""Seconds after which a program comes up for air: to show where it is, or to be interrupted."""


@dataclass(frozen=True, eq=False, slots=True)
class _Program:
    """A program and the network that it was lowered from."""

    network: Network
    rule: Rule
    run: Any


class CompiledEngine:
    """Trains all replicates together.

    Args:
        threads: Groups that train at the same time; None for one per processor core.
        programs: How many programs are kept; the one unused for longest goes first.
        jit: Whether XLA may be used; without it every program runs as a plain graph.
    """

    name = "compiled"

    def __init__(
        self, threads: int | None = None, programs: int = 24, *, jit: bool = True
    ) -> None:
        self._threads = threads or cores()
        self._room = programs
        self._jit = jit
        self._programs: OrderedDict[Any, _Program] = OrderedDict()
        self._pool: ThreadPoolExecutor | None = None
        self._reference: ReferenceEngine | None = None

    def start(self, windows: Windows, settings: Settings, seeds: Sequence[int]) -> Run:
        """See `autolstm.train.engine.Engine.start`."""
        started = time.perf_counter()
        donors = fresh_models(windows, settings, seeds)
        try:
            network = Network(donors[0])
            rule = rule_of(new_optimizer(settings.training))
        except Unsupported as why:
            return self._instead(windows, settings, seeds, str(why))
        with memory_watched(windows, settings):
            layout = plan(donors[0], windows, settings.training, len(seeds), self._threads)
            run = CompiledRun(self, layout, (network, rule), windows, settings, tuple(seeds))
            run.begin(donors, started)
        return run

    def program(
        self, network: Network, rule: Rule, layout: Plan, *, again: bool = False
    ) -> _Program:
        """Return a program for a network, made before if there was one like it.

        Args:
            network: What is trained.
            rule: How it is updated.
            layout: For which sizes.
            again: Make it anew, and compile it without what is on disk.
        """
        jit = self._jit and layout.compiled
        key = (structure(network.model), rule.name, layout.shape, jit)
        found = self._programs.pop(key, None)
        if again:
            throw_programs_away()
            found = None
        if found is None:
            found = _Program(network, rule, chunk.build(network, rule, layout.shape, jit=jit))
        self._programs[key] = found
        if len(self._programs) > self._room:
            self._programs.popitem(last=False)
        return found

    def together(self, calls: Sequence[Callable[[], Any]]) -> list[Any]:
        """Run calls side by side, one per thread."""
        if len(calls) == 1 or self._threads == 1:
            return [call() for call in calls]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, "autolstm")
        return [one.result() for one in [self._pool.submit(call) for call in calls]]

    def _instead(
        self, windows: Windows, settings: Settings, seeds: Sequence[int], why: str
    ) -> Run:
        if self._reference is None:
            self._reference = ReferenceEngine()
        return self._reference.start(windows, settings, seeds, because=why)


class CompiledRun:
    """See `autolstm.train.engine.Run`."""

    def __init__(
        self,
        engine: CompiledEngine,
        layout: Plan,
        lowered: tuple[Network, Rule],
        windows: Windows,
        settings: Settings,
        seeds: tuple[int, ...],
    ) -> None:
        self._engine = engine
        self._layout = layout
        self._network, self._rule = lowered
        self._windows = windows
        self._settings = settings
        self._seeds = seeds
        self._groups = feeding.groups(layout.shape.replicates, len(seeds))
        self._epochs = self._train()
        self._trace_seconds = 0.0
        self._train_seconds = 0.0

    def begin(self, donors: Sequence[keras.Model], started: float) -> None:
        """Stack the initial weights and make the program ready; nothing is trained."""
        self._program = self._engine.program(self._network, self._rule, self._layout)
        self._data = feeding.constants(self._layout.shape, self._windows)
        self._numbers = feeding.arguments(
            self._program.network, self._network, self._rule, self._windows, self._settings
        )
        self._states = [
            feeding.first_state([donors[r] for r in group], self._rule) for group in self._groups
        ]
        self._make_ready()
        self._trace_seconds = time.perf_counter() - started

    def __iter__(self) -> Iterator[Epoch]:
        """See `autolstm.train.engine.Run.__iter__`."""
        return self._epochs

    def predict(self, origins: np.ndarray) -> np.ndarray:
        """See `autolstm.train.engine.Run.predict`."""
        with memory_watched(self._windows, self._settings):
            found = [self._forecast(state["best"], origins) for state in self._states]
            return np.concatenate(found)[: len(self._seeds)]

    def weights(self) -> list[list[np.ndarray]]:
        """See `autolstm.train.engine.Run.weights`."""
        network = self._program.network
        held = [one.path for one in (*network.trained, *network.kept)]
        places = [held.index(one.path) for one in network.model.weights]
        stacks = [[one.numpy() for one in state["best"]] for state in self._states]
        every = [np.concatenate(one) for one in zip(*stacks, strict=True)]
        return [[every[place][r] for place in places] for r in range(len(self._seeds))]

    def cost(self) -> Cost:
        """See `autolstm.train.engine.Run.cost`."""
        parameters = sum(int(np.prod(one.shape)) for one in self._network.trained)
        return Cost(self._trace_seconds, self._train_seconds, parameters, self._engine.name)

    def _train(self) -> Iterator[Epoch]:
        most, number, count = self._settings.training.epochs, 0, 1
        best = np.full(len(self._seeds), np.inf)
        while number < most:
            count = min(count, self._layout.shape.epochs, most - number)
            started = time.perf_counter()
            with memory_watched(self._windows, self._settings):
                logs = self._engine.together(
                    [partial(self._run, at, number, count) for at in range(len(self._states))]
                )
            spent = time.perf_counter() - started
            self._train_seconds += spent
            seen = {name: self._joined([log[name] for log in logs]) for name in logs[0]}
            for row in range(count):
                # A group that has stopped as a whole says nothing more: its best stays.
                best = np.where(np.isnan(seen["best"][row]), best, seen["best"][row])
                running = seen["running"][row] == 1
                yield Epoch(
                    number + row + 1, seen["train"][row], seen["valid"][row], best, running
                )
                if not running.any():
                    return
            number += count
            # How many epochs a call trains changes where it can be watched, and no number.
            count = max(1, int(BREATH / (spent / count)))

    def _make_ready(self) -> None:
        """Trace and compile by a chunk without epochs, so that this is no part of training."""
        try:
            self._run(0, 0, 0)
        except tf.errors.ResourceExhaustedError:
            raise
        except tf.errors.OpError:
            # A damaged cache of programs is thrown away; where there is no XLA, do without.
            self._program = self._engine.program(
                self._network, self._rule, self._layout, again=True
            )
            try:
                self._run(0, 0, 0)
            except tf.errors.OpError:
                self._layout = replace(self._layout, compiled=False)
                self._program = self._engine.program(self._network, self._rule, self._layout)
                self._run(0, 0, 0)

    def _run(self, group: int, first: int, count: int) -> dict[str, np.ndarray]:
        """Train some epochs of a group; return what is seen of them."""
        seeds = [self._seeds[r] for r in self._groups[group]]
        given = feeding.chunk(
            self._layout.shape, self._windows, self._settings, seeds, (first, count)
        )
        data = {**self._data, "seeds": feeding.dropout_seeds(seeds)}
        self._states[group], log = self._program.run(
            self._states[group], data, self._numbers, given
        )
        return {name: one.numpy().astype(np.float64) for name, one in log.items()}

    def _joined(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate(parts, axis=1)[:, : len(self._seeds)]

    def _forecast(self, best: Sequence[Any], origins: np.ndarray) -> np.ndarray:
        """Forecast with a group's best weights in bounded memory, shape (R, n, horizon)."""
        network, window = self._program.network, self._windows.window
        paths = [one.path for one in (*network.trained, *network.kept)]
        call = Call(weights=dict(zip(paths, best, strict=True)), rates={})
        room = max(1, NUMBERS_AT_ONCE // (window * self._layout.shape.replicates * 64))
        found = []
        for start in range(0, max(1, len(origins)), room):
            rows = self._windows.inputs(origins[start : start + room])
            signal = Signal(tf.constant(rows.transpose(1, 0, 2)[:, None]))
            found.append(network(call, signal).value.numpy())
        return np.concatenate(found, axis=1)
