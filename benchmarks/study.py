"""How long a whole study takes: autolstm, a plain Optuna + Keras script, KerasTuner.

    python benchmarks/study.py [--trials 10] [--epochs 30] [--json]

The same configurations, 5 seeds each, on 500 windows of a yearly wave, each contender in a
process of its own. autolstm draws the configurations at random and the others repeat them, so
all of them fit the same networks. Contenders:

- ``autolstm``: pruning off; ``autolstm_pruned``: the same with the median pruner,
- ``optuna_keras``: an Optuna objective that builds, compiles and fits a fresh model per seed,
- ``keras_tuner``: a tuner with ``executions_per_trial=5``, where KerasTuner and TensorBoard, which
  it needs, are installed.

``bookkeeping_percent`` is the share of time inside Optuna: asking, reporting, storing, telling.
``beside_fits_percent`` is all that is neither tracing nor training, the scored forecasts too.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from engine import machine

SEEDS, ROWS = 5, 524
SPACE = {
    "preparation.scale": "standard",
    "preparation.difference": 0,
    "preparation.window": 24,
    "architecture.layers": 1,
    "architecture.units": [16, 32, 64],
    "architecture.dropout": 0.0,
    "training.optimizer": "adam",
    "training.batch_size": 32,
    "training.learning_rate": {"low": 1e-3, "high": 1e-2, "log": True},
}


def series() -> np.ndarray:
    """Return the series, shape (rows,)."""
    noise = np.random.default_rng(0)
    return np.sin(np.arange(ROWS) * 2 * np.pi / 12) + 0.1 * noise.standard_normal(ROWS)


def autolstm(trials: int, epochs: int, pruner: str) -> dict[str, Any]:
    """Run a study; time its search alone."""
    import pandas as pd

    # Imported before the clock starts, as in the other contenders.
    import autolstm.train.compiled  # noqa: F401
    from autolstm.experiment import ask
    from autolstm.study.manager import run
    from autolstm.study.progress import Phase

    clock: dict[str, float] = {}

    class Watch:
        def see(self, event: object) -> None:
            if isinstance(event, Phase):
                clock.setdefault(event.name, time.perf_counter())

    inside = _timed_optuna()
    space = {**SPACE, "training.epochs": epochs, "training.patience": epochs}
    frame = pd.DataFrame({"value": series()})
    with tempfile.TemporaryDirectory() as home:
        asked = {"source": frame, "season": 0, "seeds": SEEDS, "trials": trials, "confirm": 1}
        options = {"sampler": "random", "pruner": pruner, "home": home, "space": space}
        result = run(ask({**asked, **options}), Watch())
    spent = clock["confirm"] - clock["search"]
    fitted = sum(one.seconds["trace"] + one.seconds["train"] for one in result.results.trials)
    return {
        "seconds": spent,
        "bookkeeping_percent": 100 * sum(inside) / spent,
        "beside_fits_percent": 100 * (spent - fitted) / spent,
        "configurations": [one.settings for one in result.results.trials],
        "pruned": len(result.results.in_state("pruned")),
    }


def _timed_optuna() -> list[float]:
    """Let Optuna's calls add their seconds to the list that is returned."""
    import optuna

    seconds: list[float] = []

    def timed(call: Any) -> Any:
        def wrapped(*args: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(*args, **named)
            finally:
                seconds.append(time.perf_counter() - began)

        return wrapped

    for kind, names in (
        (optuna.trial.Trial, ("report", "should_prune", "set_user_attr")),
        (optuna.study.Study, ("ask", "tell", "set_user_attr")),
    ):
        for name in names:
            setattr(kind, name, timed(getattr(kind, name)))
    return seconds


def data() -> tuple[np.ndarray, ...]:
    """Materialise the windows that the others fit, split as autolstm does."""
    values = series().astype(np.float32)
    valid = test = round(ROWS * 0.15)
    left = ROWS - valid - test
    scaled = ((values - values[:left].mean()) / values[:left].std()).astype(np.float32)
    view = np.lib.stride_tricks.sliding_window_view(scaled[:-1], 24)[..., None]
    targets, cut = scaled[24:, None], left - 24
    return view[:cut], targets[:cut], view[cut : cut + valid], targets[cut : cut + valid]


def network(settings: dict[str, Any]):  # type: ignore[no-untyped-def]
    """Build and compile what a plain script would."""
    import keras

    model = keras.Sequential(
        [
            keras.Input((24, 1)),
            keras.layers.LSTM(settings["architecture.units"]),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(settings["training.learning_rate"]), loss="mse")
    return model


def optuna_keras(configurations: list[dict[str, Any]], epochs: int) -> dict[str, Any]:
    """Fit with a plain Optuna objective."""
    import keras
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    x, y, vx, vy = data()

    def objective(trial: optuna.Trial) -> float:
        settings = configurations[trial.number]
        scores = []
        for seed in range(SEEDS):
            keras.utils.set_random_seed(seed)
            seen = network(settings).fit(
                x, y, epochs=epochs, batch_size=32, validation_data=(vx, vy), verbose=0
            )
            scores.append(min(seen.history["val_loss"]))
        return float(np.mean(scores))

    began = time.perf_counter()
    optuna.create_study().optimize(objective, n_trials=len(configurations))
    return {"seconds": time.perf_counter() - began}


def keras_tuner(configurations: list[dict[str, Any]], epochs: int) -> dict[str, Any]:
    """Fit with KerasTuner; one numbered choice stands for a configuration."""
    import keras_tuner as kt

    x, y, vx, vy = data()

    def build(hp: Any) -> Any:
        return network(configurations[hp.Choice("number", list(range(len(configurations))))])

    with tempfile.TemporaryDirectory() as folder:
        tuner = kt.GridSearch(
            build, objective="val_loss", executions_per_trial=SEEDS, directory=folder
        )
        began = time.perf_counter()
        tuner.search(x, y, epochs=epochs, batch_size=32, validation_data=(vx, vy), verbose=0)
    return {"seconds": time.perf_counter() - began}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--contender", help=argparse.SUPPRESS)
    parser.add_argument("--configurations", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.contender:
        print(json.dumps(_contend(asked)))
        return
    rows = _compare(asked.trials, asked.epochs)
    if asked.json:
        print(json.dumps(rows, indent=1))
        return
    print(f"{asked.trials} trials, {SEEDS} seeds, {asked.epochs} epochs; {machine()}\n")
    print("| " + " | ".join(rows[0]) + " |\n" + "|---" * len(rows[0]) + "|")
    for row in rows:
        print("| " + " | ".join(str(one) for one in row.values()) + " |")


def _contend(asked: argparse.Namespace) -> dict[str, Any]:
    if asked.contender.startswith("autolstm"):
        pruner = "median" if asked.contender.endswith("pruned") else "none"
        return autolstm(asked.trials, asked.epochs, pruner)
    held = json.loads(asked.configurations.read_text())
    return {"optuna_keras": optuna_keras, "keras_tuner": keras_tuner}[asked.contender](
        held, asked.epochs
    )


def _compare(trials: int, epochs: int) -> list[dict[str, Any]]:
    contenders = ["autolstm", "autolstm_pruned", "optuna_keras"]
    contenders += ["keras_tuner"] if find_spec("keras_tuner") else []
    seen: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "configurations.json"
        for one in contenders:
            job = ["--contender", one, "--trials", str(trials), "--epochs", str(epochs)]
            command = [sys.executable, __file__, *job, "--configurations", str(file)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                # What the others took hours for is not thrown away.
                print(f"{one} failed: {done.stderr.splitlines()[-1]}", file=sys.stderr)
                continue
            seen[one] = json.loads(done.stdout.splitlines()[-1])
            if one == "autolstm":
                file.write_text(json.dumps(seen[one]["configurations"]))
    own = seen["autolstm"]["seconds"]
    return [
        {
            "contender": name,
            "seconds": round(row["seconds"], 1),
            "ratio": round(row["seconds"] / own, 2),
            "pruned": row.get("pruned", ""),
            **{
                name: round(row[name], 1) if name in row else ""
                for name in ("bookkeeping_percent", "beside_fits_percent")
            },
        }
        for name, row in seen.items()
    ]


if __name__ == "__main__":
    main()
