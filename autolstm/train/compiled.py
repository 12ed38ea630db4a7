"""The compiled engine: all seeds of a configuration trained at once, in one compiled program.

The plain Keras model is lowered to a function of R replicates (`lowering`), some epochs of which
make a program (`chunk`). The replicates are split into equal groups, which threads advance side
by side with the same program (`crew`). What cannot be lowered is trained by the reference engine,
and the cost of the run says so.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autolstm.models import Build
from autolstm.models.backend import keras, tf
from autolstm.models.xla_cache import clear as throw_programs_away
from autolstm.outcome import Cost, Epoch
from autolstm.prepare.lanes import every_origin, in_lanes
from autolstm.prepare.windows import Windows
from autolstm.processor import cores
from autolstm.settings import Settings
from autolstm.train import chunk, feeding
from autolstm.train.crew import Crew
from autolstm.train.engine import Run
from autolstm.train.forecast import forecast, walked
from autolstm.train.fresh import fresh_models
from autolstm.train.lowered_program import LoweredProgram
from autolstm.train.lowering import Network, Unsupported, structure
from autolstm.train.memory import memory_watched
from autolstm.train.optimizers import new_optimizer
from autolstm.train.plan import Plan, plan
from autolstm.train.program_name import program_name
from autolstm.train.reference import ReferenceEngine
from autolstm.train.rules import Rule, rule_of

__all__ = ["CompiledEngine", "CompiledRun"]

State = dict[str, Any]
Asked = tuple[Windows, Settings, Sequence[int], Build | None]


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
        self.threads = threads or cores()
        self._room = programs
        self._jit = jit
        self._programs: OrderedDict[Any, LoweredProgram] = OrderedDict()
        self._reference: ReferenceEngine | None = None

    def start(
        self, windows: Windows, settings: Settings, seeds: Sequence[int], own: Build | None = None
    ) -> Run:
        """See `autolstm.train.engine.Engine.start`."""
        started = time.perf_counter()
        windows = in_lanes(windows, settings)
        donors = fresh_models(windows, settings, seeds, own)
        try:
            network = Network(donors[0])
            rule = rule_of(new_optimizer(settings.training))
        except Unsupported as why:
            return self._instead((windows, settings, seeds, own), str(why))
        with memory_watched(windows, settings):
            layout = plan(donors[0], windows, settings.training, len(seeds), self.threads)
            run = CompiledRun(self, layout, (network, rule), windows, settings, tuple(seeds))
            run.begin(donors, started)
        return run

    def program(
        self, network: Network, rule: Rule, layout: Plan, *, again: bool = False
    ) -> LoweredProgram:
        """Return a program for a network, made before if there was one like it.

        Args:
            network: What is trained.
            rule: How it is updated.
            layout: For which sizes.
            again: Make it anew, and compile it without what is on disk.
        """
        kind = (structure(network.model), self._jit and layout.compiled)
        fitting = [key for key in self._programs if key[0] == kind and key[1].serves(layout.shape)]
        key = fitting[-1] if fitting else (kind, layout.shape)
        found = self._programs.pop(key, None)
        if again:
            throw_programs_away()
            found = None
        if found is None:
            made = chunk.build(network, rule, key[1], jit=kind[-1])
            found = LoweredProgram(program_name(key), network, key[1], made)
        self._programs[key] = found
        if len(self._programs) > self._room:
            self._programs.popitem(last=False)
        return found

    def _instead(self, asked: Asked, why: str) -> Run:
        if self._reference is None:
            self._reference = ReferenceEngine()
        return self._reference.start(*asked, why)


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
        self._trace_seconds = 0.0
        self._train_seconds = 0.0
        self._seen = 0
        self._found: tuple[int, list[np.ndarray]] = (-1, [])
        self._crew = Crew(
            self._advance,
            lines=len(self._groups),
            threads=engine.threads,
            most=settings.training.epochs,
            piece=layout.piece,
        )
        self._epochs = self._train()

    def begin(self, donors: Sequence[keras.Model], started: float) -> None:
        """Stack the initial weights and make the program ready; nothing is trained."""
        self._use_program()
        self._numbers = feeding.arguments(
            self._program.network, self._network, self._rule, self._windows, self._settings
        )
        # Of every group: after how many epochs it was in which state, the last ones.
        self._states = [
            [(0, feeding.first_state([donors[r] for r in group], self._rule))]
            for group in self._groups
        ]
        self._make_ready()
        self._trace_seconds = time.perf_counter() - started

    def __iter__(self) -> Iterator[Epoch]:
        """See `autolstm.train.engine.Run.__iter__`."""
        return self._epochs

    def predict(self, origins: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        """See `autolstm.train.engine.Run.predict`."""
        if self._settings.lanes is not None:
            return self._walked(origins)

        def inputs(part: slice) -> np.ndarray:
            there = None if lengths is None else lengths[part]
            return self._windows.inputs(origins[part], there)[None]

        return self._responses(inputs, len(origins))

    def respond(self, inputs: np.ndarray) -> np.ndarray:
        """See `autolstm.train.engine.Run.respond`."""
        return self._responses(lambda part: inputs[:, part], inputs.shape[1])

    def weights(self) -> list[list[np.ndarray]]:
        """See `autolstm.train.engine.Run.weights`."""
        network, every = self._program.network, self._best()
        places = [network.paths.index(one.path) for one in network.model.weights]
        return [[every[place][r] for place in places] for r in range(len(self._seeds))]

    def cost(self) -> Cost:
        """See `autolstm.train.engine.Run.cost`."""
        parameters = sum(int(np.prod(one.shape)) for one in self._network.trained)
        seconds = self._trace_seconds, self._train_seconds
        return Cost(*seconds, parameters, self._engine.name, (self._program.name,))

    def _train(self) -> Iterator[Epoch]:
        best = np.full(len(self._seeds), np.inf)
        running = np.full(len(self._seeds), True)
        while running.any() and self._seen < self._settings.training.epochs:
            started = time.perf_counter()
            self._crew.upto(self._seen + 1)
            self._train_seconds += time.perf_counter() - started
            train, valid, now_best, now_running = (
                self._joined(name) for name in ("train", "valid", "best", "running")
            )
            self._seen += 1
            # A group that has stopped as a whole says nothing more: its best stays.
            best = np.where(np.isnan(now_best), best, now_best)
            running = now_running == 1
            yield Epoch(self._seen, train, valid, best, running)

    def _joined(self, name: str) -> np.ndarray:
        """Return what all replicates gave in the next epoch, NaN for those that had stopped."""
        found = np.full(len(self._seeds), np.nan)
        for line, group in enumerate(self._groups):
            done = self._crew.done(line)
            if self._seen < len(done):
                found[group] = done[self._seen][name]
        return found

    def _advance(self, line: int, first: int, count: int) -> tuple[list[Any], bool]:
        """Train some epochs of a group; return what is seen of each, and whether it goes on."""
        with memory_watched(self._windows, self._settings):
            state, log = self._run(line, self._states[line][-1][1], first, count)
        seen = [{name: one[row] for name, one in log.items()} for row in range(count)]
        trained = [one for one in seen if np.isfinite(one["running"]).any()]
        # What lies before the last epoch that somebody has seen is not asked for any more.
        held = self._states[line]
        old = max(place for place, (done, _) in enumerate(held) if done <= self._seen or not place)
        self._states[line] = [*held[old:], (first + len(trained), state)]
        return trained, bool(state["running"].any())

    def _best(self) -> list[np.ndarray]:
        """Return the best weights of all replicates up to the last epoch that was seen.

        Groups run ahead. Where one has, the way from its last state before is trained again,
        once for however many forecasts.
        """
        if self._found[0] == self._seen:
            return self._found[1]
        found = []
        for line, states in enumerate(self._states):
            done, state = max((one for one in states if one[0] <= self._seen), key=lambda s: s[0])
            goes_on = done < states[-1][0]
            if goes_on and done < self._seen:
                state, _ = self._run(line, state, done, self._seen - done)
            found.append(state["best"])
        every = [np.concatenate(one) for one in zip(*found, strict=True)]
        self._found = self._seen, [one[: len(self._seeds)] for one in every]
        return self._found[1]

    def _make_ready(self) -> None:
        """Trace and compile by a chunk without epochs, so that this is no part of training."""
        first = self._states[0][0][1]
        try:
            self._run(0, first, 0, 0)
        except tf.errors.ResourceExhaustedError:
            raise
        except tf.errors.OpError:
            # A damaged cache of programs is thrown away; where there is no XLA, do without.
            self._use_program(again=True)
            try:
                self._run(0, first, 0, 0)
            except tf.errors.OpError:
                self._layout = replace(self._layout, compiled=False)
                self._use_program()
                self._run(0, first, 0, 0)

    def _use_program(self, *, again: bool = False) -> None:
        """Take a program, and pad the data to its sizes, once for all pieces of work."""
        self._program = self._engine.program(self._network, self._rule, self._layout, again=again)
        self._data = feeding.constants(self._program.shape, self._windows)

    def _run(self, line: int, state: State, first: int, count: int) -> tuple[State, Any]:
        """Train some epochs of a group; return its state and what is seen of them."""
        shape, seeds = self._program.shape, [self._seeds[r] for r in self._groups[line]]
        given = feeding.chunk(shape, self._windows, self._settings, seeds, (first, count))
        data = {**self._data, "seeds": feeding.dropout_seeds(seeds)}
        found: tuple[State, Any] = self._program.run(state, data, self._numbers, given)
        return found

    def _responses(self, inputs: Callable[[slice], np.ndarray], count: int) -> np.ndarray:
        """Forecast with the best weights; see `autolstm.train.forecast.forecast`."""
        counts = count, self._windows.window, len(self._seeds)
        with memory_watched(self._windows, self._settings):
            return forecast(self._program.network, self._by_path(), inputs, counts)

    def _walked(self, origins: np.ndarray) -> np.ndarray:
        """Forecast with the best weights, whose states come all the way from the beginning."""
        every, places = every_origin(self._windows, origins)
        with memory_watched(self._windows, self._settings):
            weights, series = self._by_path(), self._windows.series
            walk = self._program.walk(len(self._seeds))
            return walked(walk, weights, series, every, self._program.shape.batch)[:, places]

    def _by_path(self) -> dict[str, np.ndarray]:
        """Return the best weights of all replicates by path, shape (R, ...)."""
        return dict(zip(self._program.network.paths, self._best(), strict=True))
