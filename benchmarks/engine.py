"""How fast the compiled engine trains several seeds of one LSTM, against everything else at hand.

    python benchmarks/engine.py [--units 16,50,128] [--layers 1,2] [--epochs 50] [--json]

The job: 350 training windows of 24 steps x 1 feature, batches of 32, 150 validation windows,
LSTM(units) and Dense(1), Adam, 5 seeds. Every peer runs in a process of its own, one after the
other, in several rounds; medians are shown. A row holds

- ``compile_s``: seconds before the first epoch is trained (building, tracing, compiling; for stock
  Keras, which traces in its first epoch, that epoch less a later one, for all seeds together),
- ``ms_per_fit_epoch``: milliseconds of one epoch of one seed, validation included,
- ``total_s``: compile_s and all epochs of all seeds,
- ``ratio_steady`` and ``ratio_total``: the peer's time over that of autolstm,
- ``peak_mb``: peak memory of the process.

Stock Keras is timed over at most ``MEASURED`` epochs of each of at most ``FITS`` seeds, and its
total is what the others would add at that pace; autolstm and the PyTorch loop train everything.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np

WINDOW, TRAIN, VALID, BATCH, SEEDS = 24, 350, 150, 32, 5
MEASURED, FITS = 8, 2
PEERS = ("autolstm", "keras_fit", "keras_reseeded", "floor", "torch")


def series() -> np.ndarray:
    """Return the series of the job: a yearly wave with noise, shape (rows, 1)."""
    noise = np.random.default_rng(0)
    rows = np.arange(WINDOW + TRAIN + VALID)
    wave = np.sin(rows * 2 * np.pi / 12) + 0.1 * noise.standard_normal(len(rows))
    return wave[:, None].astype(np.float32)


def windows() -> tuple[np.ndarray, ...]:
    """Materialise the windows of the job: inputs (n, 24, 1) and targets (n, 1) of both parts."""
    values = series()
    view = np.lib.stride_tricks.sliding_window_view(values[:-1, 0], WINDOW)[..., None]
    inputs, targets = np.ascontiguousarray(view), values[WINDOW:]
    return inputs[:TRAIN], targets[:TRAIN], inputs[TRAIN:], targets[TRAIN:]


def autolstm(units: int, layers: int, epochs: int) -> dict[str, float]:
    """Time the compiled engine."""
    from autolstm.prepare import Part, Windows
    from autolstm.settings import Settings
    from autolstm.shapes import Shapes
    from autolstm.train.compiled import CompiledEngine

    values = series()
    first, targets = WINDOW - 1, values[WINDOW:]
    parts = [
        Part(np.arange(first + a, first + b, dtype=np.int32), targets[a:b])
        for a, b in ((0, TRAIN), (TRAIN, TRAIN + VALID))
    ]
    data = Windows(values, Shapes(WINDOW, 1, 1), *parts, loss_unit=1.0)
    settings = Settings.from_flat(
        {
            "preparation.window": WINDOW,
            "architecture.units": units,
            "architecture.layers": layers,
            "training.batch_size": BATCH,
            "training.learning_rate": 1e-3,
            "training.epochs": epochs,
            "training.patience": epochs,
        }
    )
    began = time.perf_counter()
    run = CompiledEngine().start(data, settings, range(SEEDS))
    ready = time.perf_counter()
    trained = sum(1 for _ in run)
    done = time.perf_counter()
    assert trained == epochs
    return _row(ready - began, (done - ready) / epochs / SEEDS, epochs)


def _keras_model(units: int, layers: int, seed: int):  # type: ignore[no-untyped-def]
    from autolstm.models import build
    from autolstm.settings import Architecture
    from autolstm.shapes import Shapes

    shape = Architecture(layers=layers, units=units)
    model = build(shape, Shapes(WINDOW, 1, 1), seed=seed)
    model.compile(optimizer="adam", loss="mse")
    return model


def _keras(units: int, layers: int, epochs: int, *, fresh: bool) -> dict[str, float]:
    from autolstm.models.backend import keras

    x, y, vx, vy = windows()
    measured, first, later = min(epochs, MEASURED), [], []

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            self.began = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            (later if epoch else first).append(time.perf_counter() - self.began)

    began = time.perf_counter()
    model = _keras_model(units, layers, 0)
    built = time.perf_counter() - began
    for seed in range(FITS):
        if seed and fresh:
            model = _keras_model(units, layers, seed)
        elif seed:
            model.set_weights(_keras_model(units, layers, seed).get_weights())
            for variable in model.optimizer.variables[2:]:
                variable.assign(keras.ops.zeros_like(variable))
        model.fit(
            x,
            y,
            epochs=measured,
            batch_size=BATCH,
            validation_data=(vx, vy),
            callbacks=[Clock()],
            verbose=0,
        )
    epoch = statistics.median(later)
    tracing = statistics.median(first) - epoch if fresh else first[0] - epoch
    return _row((tracing + built) * (SEEDS if fresh else 1), epoch, epochs)


def keras_fit(units: int, layers: int, epochs: int) -> dict[str, float]:
    """Time stock Keras, a fresh model for every seed."""
    return _keras(units, layers, epochs, fresh=True)


def keras_reseeded(units: int, layers: int, epochs: int) -> dict[str, float]:
    """Time stock Keras, one compiled model whose weights are set anew for every seed."""
    return _keras(units, layers, epochs, fresh=False)


def floor(units: int, layers: int, epochs: int) -> dict[str, float]:
    """Time the matrix products of an epoch alone, by numpy on both cores."""
    noise = np.random.default_rng(0)

    def product(*shape: int) -> tuple[np.ndarray, np.ndarray]:
        n, k, m = shape
        return (
            noise.standard_normal((n, k)).astype(np.float32),
            noise.standard_normal((k, m)).astype(np.float32),
        )

    batches = -(-TRAIN // BATCH)
    calls = []
    for layer in range(layers):
        features = 1 if layer == 0 else units
        step, back = product(BATCH, units, 4 * units), product(BATCH, 4 * units, units)
        inputs = product(BATCH * WINDOW, features, 4 * units)
        outer = product(units + features, BATCH * WINDOW, 4 * units)
        calls += [(step, batches * WINDOW), (back, batches * WINDOW)]
        calls += [(inputs, batches), (outer, batches)]
        calls += [(product(VALID, units, 4 * units), WINDOW)]
    spent = []
    for _ in range(5):
        began = time.perf_counter()
        for (a, b), times in calls:
            for _ in range(times):
                a @ b
        spent.append(time.perf_counter() - began)
    return _row(0.0, statistics.median(spent), epochs)


def _torch_fit(job: tuple[int, int, int, int]) -> tuple[float, float]:
    """Train one seed with a hand-written PyTorch loop on one thread."""
    import torch

    seed, units, layers, epochs = job
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    x, y, vx, vy = (torch.from_numpy(one) for one in windows())
    net = torch.nn.LSTM(1, units, layers, batch_first=True)
    head = torch.nn.Linear(units, 1)
    optimizer = torch.optim.Adam([*net.parameters(), *head.parameters()], 1e-3)
    began = time.perf_counter()
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            states, _ = net(x[rows])
            loss = torch.nn.functional.mse_loss(head(states[:, -1]), y[rows])
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            states, _ = net(vx)
            torch.nn.functional.mse_loss(head(states[:, -1]), vy).item()
    return began, time.perf_counter()


def torch(units: int, layers: int, epochs: int) -> dict[str, float]:
    """Time a PyTorch loop, the seeds spread over all cores by processes."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        # The processes import PyTorch before the clock starts.
        list(pool.map(_torch_fit, [(0, 1, 1, 1)] * (os.cpu_count() or 1)))
        spans = list(pool.map(_torch_fit, [(s, units, layers, epochs) for s in range(SEEDS)]))
    spent = max(end for _, end in spans) - min(begin for begin, _ in spans)
    return _row(0.0, spent / epochs / SEEDS, epochs)


def _row(compiling: float, epoch: float, epochs: int) -> dict[str, float]:
    peak = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {
        "compile_s": compiling,
        "ms_per_fit_epoch": epoch * 1e3,
        "total_s": compiling + epoch * epochs * SEEDS,
        "peak_mb": peak / 1024,
    }


def measure(units: int, layers: int, epochs: int, rounds: int) -> list[dict[str, object]]:
    """Run every peer in turn, a few rounds; return a row of medians for each."""
    peers = [one for one in PEERS if one != "torch" or find_spec("torch")]
    seen: dict[str, list[dict[str, float]]] = {peer: [] for peer in peers}
    for _ in range(rounds):
        for peer in peers:
            job = ["--peer", peer, "--units", str(units), "--layers", str(layers)]
            command = [sys.executable, __file__, *job, "--epochs", str(epochs)]
            # Stock Keras runs as TensorFlow comes; autolstm chooses for itself.
            stock = {"TF_ENABLE_ONEDNN_OPTS": "1"} if peer.startswith("keras") else {}
            done = subprocess.run(
                command, capture_output=True, text=True, check=True, env={**os.environ, **stock}
            )
            seen[peer].append(json.loads(done.stdout.splitlines()[-1]))
    medians = {
        peer: {name: statistics.median(one[name] for one in rows) for name in rows[0]}
        for peer, rows in seen.items()
    }
    own = medians["autolstm"]
    return [
        {
            "units": units,
            "layers": layers,
            "peer": peer,
            **{name: round(value, 3) for name, value in row.items()},
            "ratio_steady": round(row["ms_per_fit_epoch"] / own["ms_per_fit_epoch"], 2),
            "ratio_total": round(row["total_s"] / own["total_s"], 2),
        }
        for peer, row in medians.items()
    ]


def machine() -> str:
    """Say on what this ran."""
    names = ("tensorflow", "keras", "numpy", "torch")
    versions = ", ".join(
        f"{one} {version(one)}" for one in names if find_spec(one.partition("+")[0])
    )
    python = platform.python_version()
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {python}, {versions}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--units", default="16,50,128")
    parser.add_argument("--layers", default="1,2")
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    units = [int(one) for one in asked.units.split(",")]
    layers = [int(one) for one in asked.layers.split(",")]
    if asked.peer:
        print(json.dumps(globals()[asked.peer](units[0], layers[0], asked.epochs)))
        return
    rows = []
    for depth in layers:
        for width in units:
            rows += measure(width, depth, asked.epochs, asked.rounds)
    if asked.json:
        print(json.dumps(rows, indent=1))
        return
    print(f"{SEEDS} seeds, {asked.epochs} epochs, medians of {asked.rounds} rounds; {machine()}\n")
    print("| " + " | ".join(rows[0]) + " |\n" + "|---" * len(rows[0]) + "|")
    for row in rows:
        print("| " + " | ".join(str(one) for one in row.values()) + " |")


if __name__ == "__main__":
    main()
