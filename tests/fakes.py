"""An engine that needs no TensorFlow: its losses follow from settings and seeds alone.

As a script it is ``python tests/fakes.py study ...``: the real command line over this engine,
with how the engine behaves in the environment variable ``FAKE_ENGINE`` (JSON).
"""

import atexit
import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
import sqlalchemy

from autolstm.__main__ import main as start_command_line
from autolstm.dataset import Dataset
from autolstm.errors import OutOfMemory
from autolstm.experiment import Choice, ask
from autolstm.ledger.reading import report_sign
from autolstm.ledger.results import DataFacts, Results
from autolstm.ledger.storage import open_storage
from autolstm.outcome import Cost, Epoch
from autolstm.prepare.windows import Windows
from autolstm.question import Question, pose
from autolstm.seeding import generator
from autolstm.settings import Settings
from autolstm.study import finish, job, offer
from autolstm.study.begin import Seat, seated
from autolstm.study.choices import make_pruner, sampler_for
from autolstm.study.objective import Objective
from autolstm.study.opening import open_study
from autolstm.study.progress import Event, Silent, Watcher
from autolstm.study.search import Budget, search
from autolstm.train.stopping import EarlyStopping
from autolstm.workers import hand, losses, worker

TPE, NEVER = Choice(name="tpe"), Choice(name="none")

PARAMETERS = 1234
"""Trainable numbers of every fake network."""


def quality(settings: Settings) -> float:
    """Return how far a configuration is from the best one, which is 0."""
    rate = abs(np.log10(settings.training.learning_rate) + 2.0)
    units = abs(np.log2(settings.architecture.units) - 5.0) / 5.0
    return float(rate + units)


@dataclass
class FakeEngine:
    """Falls exponentially to a loss that tells good configurations from bad ones.

    Attributes:
        seconds: How long an epoch takes.
        diverges: Settings and seeds that give NaN.
        diverge_at: The epoch from which they do.
        too_large: Settings that do not fit into memory.
        before: Called at every epoch with its number and the seeds; may raise.
        hang: A run that stops in its second epoch until it is killed: ``("fit", 3)`` for the
            third one with validation rows, ``("refit", 1)`` for the first one without.
        once: File that must not be there yet for that; it is made then.
        hog: Bytes that every run takes and never gives back, or only one where `once` is given.
        deadly: Learning rate that kills the process, by a signal as native code does.
        mark: File with the number of the process that is written when it does so, or when the
            first second epoch begins.
        begun: ``"fit"`` or ``"refit"`` for every run whose second epoch has begun.
        starts: Settings and seeds of every run.
    """

    name: str = "reference"
    seconds: float = 0.0
    diverges: Callable[[Settings, int], bool] = lambda settings, seed: False
    diverge_at: int = 3
    too_large: Callable[[Settings], bool] = lambda settings: False
    before: Callable[[int, tuple[int, ...]], None] = lambda epoch, seeds: None
    hang: Sequence[str | int] = ("nothing", 0)
    once: str | None = None
    hog: int = 0
    deadly: float = 0.0
    mark: str | None = None
    begun: list[str] = field(default_factory=list)
    starts: list[tuple[Settings, tuple[int, ...]]] = field(default_factory=list)
    held: list[bytes] = field(default_factory=list)

    def start(
        self, windows: Windows, settings: Settings, seeds: Sequence[int], own: Any = None
    ) -> "FakeRun":
        """See `autolstm.train.engine.Engine.start`; a user's function is asked, not used."""
        if own is not None:
            own(windows.shapes)
        self.starts.append((settings, tuple(seeds)))
        if self.too_large(settings):
            raise OutOfMemory("the fit needs more memory than there is")
        return FakeRun(self, windows, settings, tuple(seeds))

    def loss_of(self, settings: Settings, seed: int, loss: float) -> float:
        """Return a loss; to be overridden."""
        return loss

    def offset_of(self, settings: Settings, seed: int, offset: float) -> float:
        """Return how far all forecasts are off; to be overridden."""
        return offset


class FakeRun:
    """See `autolstm.train.engine.Run`."""

    def __init__(
        self, engine: FakeEngine, windows: Windows, settings: Settings, seeds: tuple[int, ...]
    ) -> None:
        self._engine = engine
        self._windows = windows
        self._settings = settings
        self._seeds = seeds
        self._train_seconds = 0.0

    def __iter__(self) -> Iterator[Epoch]:
        """Yield losses of all seeds; a seed's share of luck is drawn from the seed alone."""
        training = self._settings.training
        stopping = EarlyStopping(
            len(self._seeds), patience=training.patience, rounds=training.finetune
        )
        for number in range(1, training.epochs + 1):
            self._wait(number)
            loss = np.array([self._loss(seed, number) for seed in self._seeds])
            train = np.where(stopping.running, loss, np.nan)
            valid = train if len(self._windows.valid) else np.full(len(loss), np.nan)
            stopping.drop(~np.isfinite(train))
            if len(self._windows.valid):
                stopping.see(number, valid)
            yield Epoch(number, train, valid, stopping.best_loss, stopping.running)
            if not stopping.running.any():
                return

    def _wait(self, number: int) -> None:
        engine = self._engine
        if number == 2:
            kind = "fit" if len(self._windows.valid) else "refit"
            engine.begun.append(kind)
            hangs = (kind, engine.begun.count(kind)) == tuple(engine.hang)
            if hangs and engine.once:
                hangs = not Path(engine.once).exists()
                Path(engine.once).touch()
            elif engine.hog and not (engine.once and Path(engine.once).exists()):
                if engine.once:
                    Path(engine.once).touch()
                engine.held.append(b"\1" * engine.hog)
            if self._settings.training.learning_rate == engine.deadly:
                os.kill(os.getpid(), signal.SIGSEGV)
            if engine.mark and (hangs or engine.hang[0] == "nothing"):
                Path(engine.mark).write_text(str(os.getpid()))
            time.sleep(300 if hangs else 0)
        engine.before(number, self._seeds)
        time.sleep(engine.seconds)
        self._train_seconds += 0.001

    def _loss(self, seed: int, epoch: int) -> float:
        engine = self._engine
        if epoch >= engine.diverge_at and engine.diverges(self._settings, seed):
            return float("nan")
        floor = 0.1 + 0.2 * quality(self._settings) + 0.02 * self._luck(seed)
        # The best epoch differs between seeds: after it, the fit becomes worse again.
        best = 6 + int(5 * self._luck(seed))
        loss = floor + 0.5 * float(np.exp(-epoch / 3)) + 0.1 * max(0, epoch - best)
        return engine.loss_of(self._settings, seed, loss)

    def _luck(self, seed: int) -> float:
        return float(generator(seed, "luck").uniform())

    def predict(self, origins: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        """Forecast less than the last input, by what the configuration and the seed are worth."""
        inputs = self._windows.inputs(origins, lengths)
        return self.respond(np.stack([inputs] * len(self._seeds)))

    def respond(self, inputs: np.ndarray) -> np.ndarray:
        """Forecast like `predict` from each replicate's own inputs."""
        off = np.array([self._offset(seed) for seed in self._seeds])
        last = inputs[:, :, -1, :1] - off[:, None, None]
        return np.repeat(last, self._windows.shapes.outputs, axis=-1)

    def _offset(self, seed: int) -> float:
        offset = 0.1 * quality(self._settings) + 0.02 * self._luck(seed)
        return self._engine.offset_of(self._settings, seed, offset)

    def weights(self) -> list[list[np.ndarray]]:
        """Return one number per seed."""
        return [[np.array([seed], dtype=np.float32)] for seed in self._seeds]

    def cost(self) -> Cost:
        """Return what the run has cost so far."""
        made_for = f"fake {self._settings.architecture.units}"
        return Cost(0.25, self._train_seconds, PARAMETERS, programs=(made_for,))


SPACE = {
    "preparation.scale": "standard",
    "preparation.power": "none",
    "preparation.difference": 0,
    "preparation.seasonal_difference": 0,
    "preparation.seasonal_adjustment": 0,
    "preparation.window": [4, 6],
    "architecture.layers": 1,
    "architecture.units": [8, 16, 32, 64],
    "architecture.dropout": 0.0,
    "training.optimizer": ["adam", "sgd"],
    "training.epochs": 12,
    "training.patience": 3,
}
"""A space whose fake fits take milliseconds; the default is ``learning_rate=0.003, units=32``."""


def series(rows: int = 60) -> Dataset:
    """Make a seasonal series with noise."""
    step = np.arange(rows)
    noise = np.random.default_rng(3).normal(size=rows)
    values = 50 + step + 8 * np.sin(step * np.pi / 2) + noise
    times = pd.date_range("2020-01-01", periods=rows, freq="MS")
    return Dataset("tiny", times, values[:, None], ("sold",), "pieces", season=4)


def question(**fields: object) -> Question:
    """Ask for the best forecast of `series`, with a space of fast fits."""
    space = {**SPACE, **fields.pop("space", {})}
    asked = {"source": "tiny", "seeds": 3, "split": {"validation": 8, "test": 8}, "space": space}
    return pose(ask({**asked, **fields}), series())


FACTS = DataFacts(
    name="tiny",
    source="made for tests",
    target="sold",
    unit="pieces",
    covariates=(),
    frequency="MS",
    season=4,
    rows=60,
    first="2020-01-01",
    last="2024-12-01",
    parts={"train": 44, "validation": 8, "test": 8},
    notes=("a note",),
)


def save(model: object, folder: Path | str) -> Path:
    """Stand for `autolstm.tuned.files.save`, which needs Keras."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"seeds": list(model.seeds), "settings": model.settings.flat()}
    (folder / "model.json").write_text(json.dumps(settings))
    return folder


def is_model(folder: Path | str) -> bool:
    """Stand for `autolstm.tuned.files.is_model`."""
    return (Path(folder) / "model.json").is_file()


def write(results: Results, path: Path) -> Path:
    """Stand for `autolstm.report.page.write`, whose figures take long to draw."""
    path.write_text(f"{results.name}: {len(results.trials)} trials")
    return path


class Heard(list):
    """A watcher that keeps every event."""

    def see(self, event: Event) -> None:
        """Take note of an event."""
        self.append(event)

    def of(self, kind: type) -> list:
        """Return the events of one kind."""
        return [one for one in self if isinstance(one, kind)]


def install(monkeypatch: pytest.MonkeyPatch, engine: FakeEngine) -> FakeEngine:
    """Let `autolstm.study.manager.run` train with a fake engine, save and report nothing real."""
    monkeypatch.setattr(job.DeferredEngine, "load", lambda self: engine)
    monkeypatch.setattr(finish, "save", save)
    monkeypatch.setattr(finish, "is_model", is_model)
    monkeypatch.setitem(sys.modules, "autolstm.report.page", SimpleNamespace(write=write))
    return engine


def opened(
    asked: Question,
    storage: optuna.storages.BaseStorage | None = None,
    name: str = "tiny",
    sampler: Choice = TPE,
    pruner: Choice = NEVER,
) -> optuna.Study:
    """Open the study of a question, in memory where nothing else is said."""
    sign = 1 if asked.metric.direction == "minimize" else -1
    return open_study(
        optuna.storages.InMemoryStorage() if storage is None else storage,
        name,
        asked,
        FACTS,
        sampler_for(sampler, asked.seed, 0, asked.space),
        make_pruner(pruner, asked.most_epochs, sign=sign),
    )


def settings_of(asked: Question, trial: optuna.trial.FrozenTrial) -> Settings:
    """Return the settings that a stored trial has suggested."""
    return asked.space.suggest(optuna.trial.FixedTrial(trial.params))


def seat_at(study: optuna.Study, folder: Path = Path("home")) -> Seat:
    """Return a seat at a study that this process alone works on."""
    return seated(study, folder, "here:0:1", here_only=True)


def run_search(
    study: optuna.Study,
    asked: Question,
    engine: FakeEngine,
    trials: int,
    *,
    seconds: float | None = None,
    patience: int | None = None,
    sampler: Choice = TPE,
    watcher: Watcher | None = None,
) -> int:
    """Search until a study has so many trials."""
    objective = Objective(
        asked, engine, Silent() if watcher is None else watcher, sign=report_sign(study)
    )
    budget = Budget(trials, seconds, time.monotonic(), 3, patience)
    return search(study, objective, sampler, budget, seat_at(study))


def main() -> None:
    """Run the real command line over the fake engine."""
    told = json.loads(os.environ.get("FAKE_ENGINE", "{}"))
    pages, overtime = told.pop("pages", None), told.pop("overtime", losses.OVERTIME)
    stillborn, heavy = told.pop("stillborn", None), told.pop("heavy", None)
    broken = told.pop("broken", None)
    engine = FakeEngine(**told)
    with pytest.MonkeyPatch.context() as patch:
        install(patch, engine)
        if pages:
            cramped = lambda home, url, told: _cramped(pages, home, url)  # noqa: E731
            patch.setattr(job, "open_storage", cramped)
        patch.setattr(losses, "OVERTIME", overtime)
        patch.setattr(hand, "COMMAND", [sys.executable, __file__, "worker"])
        if sys.argv[1:] == ["worker"]:
            if broken:
                print(broken, file=sys.stderr)
                sys.exit(1)
            # One that begins after the fit that hangs dies before it has called.
            if stillborn and Path(engine.once or "").exists() and not Path(stillborn).exists():
                Path(stillborn).touch()
                sys.exit(3)
            worker.main()
        else:
            if heavy:
                atexit.register(_write_what_is_heavy, Path(heavy))
            start_command_line()


def _write_what_is_heavy(path: Path) -> None:
    path.write_text(json.dumps(sorted({"tensorflow", "keras"} & sys.modules.keys())))


def dask_setup(worker: object) -> None:
    """Let a worker of a Dask cluster use the fake engine: this file is its ``--preload``."""
    told, patch = json.loads(os.environ.get("FAKE_ENGINE", "{}")), pytest.MonkeyPatch()
    if version := told.pop("version", None):
        patch.setattr(offer, "version", lambda package: version)
    install(patch, FakeEngine(**told))


def _cramped(pages: int, home: Path, url: str | None) -> optuna.storages.BaseStorage:
    """Open a storage whose file cannot grow beyond some pages, as on a full disk."""
    storage = open_storage(home, url)

    @sqlalchemy.event.listens_for(storage.engine, "connect")
    def limit(connection: sqlite3.Connection, record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    storage.engine.dispose()
    return storage


if __name__ == "__main__":
    main()
