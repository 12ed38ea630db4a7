"""How studies behave when they grow, and what more workers bring.

    python benchmarks/load.py [--trials 100,1000,10000] [--workers 1,2,4] [--json]

A small real study is run; its trials are then stored over and over, with other scores and rates,
until there are as many as asked for. Against each of these sizes, in a process of its own as a
user would:

- ``list_s``, ``show_s``, ``report_s``: `autolstm list`, `show` and `report`,
- ``resume_s``: `autolstm study` when nothing is left to do,
- ``one_more_s``: `autolstm study` with one trial more, its fit, confirming and refit included,
- ``backup_s``, ``backup_mb``, ``database_mb``.

Beside them ``import_s``, the time of `autolstm --version`, is in each of these. In this process:

- ``report_ms``: one report of a running trial to the storage, the look for `autolstm stop`
  included; ``trial_ms``: all that a trial of 20 reports writes, from its turn to its last line,
  proposed at random and without its fit,
- ``throughput``: trials a minute of a study with 1, 2 and 4 workers, beginning them left out.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from engine import machine

from autolstm.experiment import ask
from autolstm.ledger.bulk import add_trials
from autolstm.ledger.storage import quiet
from autolstm.study.job import begun, job_for
from autolstm.study.objective import Objective
from autolstm.study.progress import Silent
from autolstm.study.search import search
from autolstm.study.shelf import Shelf

NAME = "load"
SMALL = {
    "architecture.layers": 1,
    "architecture.units": [8, 16],
    "architecture.dropout": 0.0,
    "preparation.scale": "standard",
    "preparation.power": "none",
    "preparation.difference": 1,
    "preparation.seasonal_difference": 0,
    "preparation.seasonal_adjustment": 0,
    "preparation.window": 12,
    "training.optimizer": "adam",
    "training.batch_size": 32,
    "training.epochs": 60,
    "training.patience": 60,
}
RATES = {"low": 1e-3, "high": 1e-2, "log": True}
REPORTS = 20
FIRST = 12
"""Trials of the real study."""


def options(home: Path, trials: int, *more: str) -> list[str]:
    """Return the arguments of the study."""
    space = [f"--set=space.{name}={json.dumps(value)}" for name, value in SMALL.items()]
    space.append("--set=space.training.learning_rate={low=1e-3,high=1e-2,log=true}")
    fixed = ["--set=pruner=none", "--set=confirm=1", "--seeds=3", f"--name={NAME}"]
    return ["study", "airline", f"--home={home}", f"--trials={trials}", *space, *fixed, *more]


def timed(*arguments: str) -> float:
    """Run a command, and return its seconds."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "autolstm", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr}")
    return round(time.perf_counter() - started, 2)


def fill(home: Path, count: int) -> None:
    """Store trials like those of the real study until there are so many."""
    storage = Shelf(home).storage()
    study_id = storage.get_study_id_from_name(NAME)
    known = storage.get_all_trials(study_id)
    real, dice = known[:FIRST], np.random.default_rng(count)
    copies: list[optuna.trial.FrozenTrial] = []
    for number in range(len(known), count):
        one = real[number % len(real)]
        luck = float(dice.uniform(1.0, 2.0))
        rate = "training.learning_rate"
        attributes = dict(one.user_attrs)
        attributes["scores"] = [luck * score for score in attributes["scores"]]
        attributes.pop("default", None)
        params = {**one.params, rate: float(np.exp(dice.uniform(np.log(1e-3), np.log(1e-2))))}
        copy = optuna.trial.create_trial(
            state=one.state,
            value=luck * one.value,
            params=params,
            distributions=one.distributions,
            user_attrs=attributes,
            intermediate_values={k: luck * v for k, v in one.intermediate_values.items()},
        )
        copies.append(copy)
    add_trials(storage, study_id, copies)


def grown(home: Path, count: int) -> dict[str, Any]:
    """Measure every command on a study of so many trials."""
    fill(home, count)
    here = f"--home={home}"
    found = {
        "list_s": timed("list", here),
        "show_s": timed("show", NAME, here),
        "report_s": timed("report", NAME, here),
    }
    # The first run chooses anew among the trials that came; what is timed has nothing to do.
    timed(*options(home, count))
    found["resume_s"] = timed(*options(home, count))
    found["one_more_s"] = timed(*options(home, count + 1))
    backup = home.parent / f"{count}.autolstm"
    found["backup_s"] = timed("backup", NAME, str(backup), here)
    found["backup_mb"] = round(backup.stat().st_size / 1e6, 1)
    found["database_mb"] = round((home / "studies.db").stat().st_size / 1e6, 1)
    return found


class Writing(Objective):
    """Writes all that a trial writes, at once.

    Attributes:
        like: The trial whose record is written.
        reporting: Seconds spent on reports.
    """

    like: optuna.trial.FrozenTrial
    reporting = 0.0

    def __call__(self, trial: optuna.Trial) -> float:
        """See `Objective`."""
        self.question.space.suggest(trial)
        started = time.perf_counter()
        for rung in range(REPORTS):
            self.check()
            trial.report(1.0, rung)
        self.reporting += time.perf_counter() - started
        for name, value in self.like.user_attrs.items():
            if name != "default":
                trial.set_user_attr(name, value)
        return 1.0


def overhead(folder: Path, like: optuna.trial.FrozenTrial, trials: int = 50) -> dict[str, float]:
    """Measure what a trial writes, turn and signature included."""
    space = {**SMALL, "training.learning_rate": RATES}
    fields = {"source": "airline", "home": folder, "trials": trials, "seeds": 3, "space": space}
    job = job_for(ask({**fields, "sampler": "random", "pruner": "none"}))
    with begun(job) as (study, seat):
        objective = Writing(job.question, job.engine, Silent())
        objective.like = like
        started = time.perf_counter()
        search(study, objective, job.experiment.sampler, job.budget, seat)
        whole = time.perf_counter() - started
    return {
        "report_ms": round(1e3 * objective.reporting / trials / REPORTS, 2),
        "trial_ms": round(1e3 * whole / trials, 1),
    }


def throughput(folder: Path, workers: int, trials: int = 24) -> float:
    """Return trials a minute, from the first that ended to the last."""
    home = folder / f"workers-{workers}"
    timed(*options(home, trials, f"--workers={workers}"))
    results = Shelf(home).storage().get_all_trials(1)
    # What was done before all of them had ended one was done while workers began.
    ends = sorted(one.datetime_complete for one in results if one.datetime_complete)
    began, ended = ends[workers - 1], ends[-1]
    return round(60 * (len(ends) - workers) / (ended - began).total_seconds(), 1)


def main() -> None:
    """Measure all and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", default="100,1000,10000")
    parser.add_argument("--workers", default="1,2,4")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found: dict[str, Any] = {"machine": machine()}
    with tempfile.TemporaryDirectory(prefix="load-") as name, quiet():
        folder = Path(name)
        found["import_s"] = min(timed("--version") for _ in range(3))
        counts = [int(one) for one in asked.workers.split(",") if one]
        found["throughput"] = {one: throughput(folder, one) for one in counts}
        home = folder / "home"
        timed(*options(home, FIRST))
        like = Shelf(home).storage().get_all_trials(1)[-1]
        found["overhead"] = overhead(folder / "overhead", like)
        sizes = [int(one) for one in asked.trials.split(",") if one]
        found["sizes"] = {}
        for one in sizes:
            found["sizes"][one] = grown(home, one)
            print(one, found["sizes"][one], file=sys.stderr, flush=True)
    if asked.json:
        print(json.dumps(found))
        return
    for part, value in found.items():
        print(f"{part}: {value}")


if __name__ == "__main__":
    main()
