"""Kill workers and the command itself, again and again, while a study with real fits runs.

    python benchmarks/faults.py [--kills 50] [--storage URL] [--workers 2] [--dask] [--json]

A study goes through a fixed list of configurations (`sampler = "grid"`, no pruning) of small
networks on the airline series, three for every kill, so that it outlasts them. Every
few seconds a random process of it, a worker or the command, is sent SIGKILL or SIGTERM, three
times in four while a trial is being fitted; a command that has ended is begun again, as a user
would. After the last kill it runs to its end, and so does an undisturbed twin elsewhere. What is
counted:

- ``lost``: configurations without a finished trial,
- ``duplicates``: configurations with more than one,
- ``zombies``: trials that are still running and processes that still live, when all is over,
- ``same_best``: whether the best configuration and its scores are those of the undisturbed run.

``--storage pgserver`` begins a PostgreSQL of its own (package pgserver); with ``--dask`` the
trials are fitted, and workers killed, on a Dask cluster of processes of this machine. No worker is
killed while a retry is being fitted: two deaths with one configuration leave it out by design
(decision 022). ``--seed`` decides who is killed when.
"""

import argparse
import json
import math
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from autolstm.study.shelf import Shelf

SPACE = {
    "architecture.units": [4, 8],
    "training.batch_size": [16, 32],
    "preparation.difference": [0, 1],
}
FIXED = {
    "architecture.layers": 1,
    "architecture.dropout": 0.0,
    "preparation.scale": "standard",
    "preparation.power": "none",
    "preparation.seasonal_difference": 0,
    "preparation.seasonal_adjustment": 0,
    "preparation.window": 12,
    "training.optimizer": "adam",
    "training.epochs": 1000,
    "training.patience": 1000,
}
RATES = (0.003, 0.03)
"""Range of the learning rates, of which there are as many as make three trials a kill."""

NAME = "faults"
PAUSE = (0.5, 5.0)
"""Seconds before a kill, drawn evenly: after a trial is seen running, or after the last one."""

PATIENCE = 60.0
"""Seconds in which a trial is seen running."""


@dataclass
class Found:
    """What is left after a campaign."""

    kills: int
    trials: int
    lost: int
    duplicates: int
    zombies: int
    same_best: bool
    retries: int
    runs: int
    hit: int
    killed: dict[str, int]
    seconds: float


def rates(kills: int) -> list[float]:
    """Return the learning rates of a campaign."""
    others = math.prod(map(len, SPACE.values()))
    return [float(f"{rate:.3g}") for rate in np.geomspace(*RATES, max(3, -(-3 * kills // others)))]


def trials_of(kills: int) -> int:
    """Return how many configurations a campaign has."""
    return len(rates(kills)) * math.prod(map(len, SPACE.values()))


def begin(
    asked: argparse.Namespace, home: Path, storage: str | None, dask: str | None = None
) -> "subprocess.Popen[bytes]":
    """Begin the study, or go on with it."""
    table = {**SPACE, "training.learning_rate": rates(asked.kills), **FIXED}
    trials, workers = trials_of(asked.kills), asked.workers
    options = [f"--set=space.{name}={json.dumps(value)}" for name, value in table.items()]
    options += ["--set=sampler=grid", "--set=pruner=none", "--set=confirm=1", "--seeds=3"]
    options += [f"--home={home}", f"--trials={trials}", f"--workers={workers}", f"--name={NAME}"]
    options += [f"--storage={storage}"] if storage else []
    options += [f"--dask={dask}"] if dask else []
    log = (home.parent / f"{home.name}.log").open("ab")
    command = [sys.executable, "-m", "autolstm", "study", "airline", *options]
    return subprocess.Popen(command, stdout=log, stderr=log)


def finished(home: Path, storage: str | None) -> bool:
    """Whether the study has its report and its model."""
    with suppress(Exception):
        return Shelf(home, storage).results(NAME).refit is not None
    return False


def running(home: Path, storage: str | None) -> list[Any]:
    """Return the trials that are being fitted."""
    with suppress(Exception):
        trials = Shelf(home, storage).storage().get_all_trials(1, deepcopy=False)
        return [one for one in trials if one.state.name == "RUNNING"]
    return []


class Campaign:
    """A study that is disturbed.

    Attributes:
        killed: Signals sent, by who got them.
        runs: Times that the command was begun.
        hit: Kills while a trial was being fitted.
        seen: All workers that were ever there.
    """

    def __init__(
        self, home: Path, storage: str | None, asked: argparse.Namespace, cluster: Any
    ) -> None:
        self._home, self._storage, self._asked = home, storage, asked
        self._cluster = cluster
        self._dice = random.Random(asked.seed)
        self.killed: Counter[str] = Counter()
        self.runs = self.hit = 0
        self.seen: set[psutil.Process] = set()

    def run(self) -> None:
        """Kill until there were so many kills, then let the study end."""
        self._begin()
        while not finished(self._home, self._storage):
            disturbed = self.killed.total() >= self._asked.kills
            if not disturbed and self._dice.random() < 0.75:
                self._wait_for_a_trial()
            self._look()
            if self._cluster:
                # To Dask, SIGTERM means that a worker is to leave for good, its nanny with it.
                self._cluster.scale(self._asked.workers)
            time.sleep(2 if disturbed else self._dice.uniform(*PAUSE))
            if self._process.poll() is not None:
                self._begin()
            elif not disturbed:
                self._kill_one()
        self._look()
        self._process.wait()

    def zombies(self) -> int:
        """Count the workers that still live."""
        return sum(one.is_running() for one in self.seen)

    def _begin(self) -> None:
        dask = self._cluster and self._cluster.scheduler_address
        self._process = begin(self._asked, self._home, self._storage, dask)
        self.runs += 1

    def _look(self) -> list[psutil.Process]:
        """Note which workers there are; return them."""
        workers: list[psutil.Process] = []
        with suppress(psutil.Error):
            workers = psutil.Process(self._process.pid).children(recursive=True)
        self.seen.update(workers)
        return workers

    def _running(self) -> list[Any]:
        return running(self._home, self._storage)

    def _wait_for_a_trial(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._process.poll() is None:
            if self._running():
                return
            time.sleep(0.2)

    def _kill_one(self) -> None:
        with suppress(psutil.Error):
            command = psutil.Process(self._process.pid)
            workers = self._look()
            if self._cluster:
                # Each is watched by a nanny in this process, which begins another one.
                pids = [nanny.pid for nanny in self._cluster.workers.values()]
                workers += [psutil.Process(pid) for pid in pids if pid]
            # One kill in four is for the command itself.
            who, chosen = "command", command
            if workers and self._dice.random() > 0.25:
                if any("retry_of" in one.user_attrs for one in self._running()):
                    return
                who, chosen = "worker", self._dice.choice(workers)
            how = self._dice.choice((signal.SIGKILL, signal.SIGTERM))
            self.hit += bool(self._running())
            chosen.send_signal(how)
            self.killed[f"{who} {how.name}"] += 1
            count = self.killed.total()
            print(f"kill {count}: {who}, {how.name}", file=sys.stderr, flush=True)


def compared(home: Path, straight: Path, storage: str | None, wanted: int) -> dict[str, Any]:
    """Compare a disturbed study of so many configurations with an undisturbed one."""
    trials = Shelf(home, storage).storage().get_all_trials(1, deepcopy=False)
    ended = [one for one in trials if one.state.name in ("COMPLETE", "PRUNED")]
    done = Counter(json.dumps(one.params, sort_keys=True) for one in ended)
    ours, theirs = Shelf(home, storage).results(NAME), Shelf(straight).results(NAME)
    best, other = (min(one.in_state("complete"), key=mean_of) for one in (ours, theirs))
    near = abs(mean_of(best) - mean_of(other)) < 1e-6 * mean_of(other)
    return {
        "trials": done.total(),
        "lost": wanted - len(done),
        "duplicates": done.total() - len(done),
        "zombies": sum(one.state.name == "RUNNING" for one in trials),
        "same_best": best.params == other.params and near,
        "retries": sum("retry_of" in one.user_attrs for one in trials),
    }


def mean_of(trial: Any) -> float:
    """Return the mean score of a complete trial."""
    return float(trial.score.mean)


def campaign(asked: argparse.Namespace, folder: Path) -> Found:
    """Run a campaign and its undisturbed twin."""
    storage, server = asked.storage, None
    if storage == "pgserver":
        import pgserver

        server = pgserver.get_server(folder / "postgres")
        storage = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    started, cluster = time.monotonic(), None
    if asked.dask:
        from distributed import LocalCluster

        cluster = LocalCluster(
            n_workers=asked.workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            local_directory=str(folder / "dask"),
            silence_logs="CRITICAL",
        )
    try:
        work = Campaign(folder / "disturbed", storage, asked, cluster)
        work.run()
        seconds = time.monotonic() - started
        begin(asked, folder / "straight", None).wait()
        wanted = trials_of(asked.kills)
        found = compared(folder / "disturbed", folder / "straight", storage, wanted)
    finally:
        if cluster is not None:
            cluster.close()
        if server is not None:
            server.cleanup()
    found["zombies"] += work.zombies()
    return Found(
        kills=work.killed.total(),
        runs=work.runs,
        hit=work.hit,
        killed=dict(work.killed),
        seconds=round(seconds, 1),
        **found,
    )


def main() -> None:
    """Run a campaign and tell what is left."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--storage", help="Optuna storage URL, or pgserver; SQLite by default")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dask", action="store_true", help="needs --storage")
    parser.add_argument("--folder", type=Path, help="where the studies stay; else they go")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        found = campaign(asked, asked.folder or Path(folder))
    if asked.json:
        print(json.dumps(asdict(found)))
        return
    for name, value in asdict(found).items():
        print(f"{name:12} {value}")


if __name__ == "__main__":
    main()
