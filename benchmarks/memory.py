"""How much memory the engine holds while a study goes on: trials of ever other structures.

    python benchmarks/memory.py [--trials 200] [--epochs 3] [--json]

Every trial is another configuration of the default space, drawn at random, of a monthly series of
108 rows; small changes of its sizes make almost every one a new structure, which is far worse than
a study. Resident memory is read after every trial. The engine keeps 24 programs; from there on the
memory should be flat.
"""

import argparse
import gc
import json
import time

import numpy as np
import psutil

EVERY = 20


def settings(number: int):  # type: ignore[no-untyped-def]
    """Return a configuration that differs from all others in what a program is compiled for."""
    from autolstm.settings import Settings

    draw = np.random.default_rng(number)
    return Settings.from_flat(
        {
            "preparation.window": int(draw.choice([6, 12, 24])),
            "architecture.units": int(draw.integers(8, 129)),
            "architecture.layers": int(draw.integers(1, 3)),
            "architecture.dropout": float(draw.choice([0.0, 0.2])),
            "training.optimizer": str(draw.choice(["adam", "rmsprop", "sgd"])),
            "training.batch_size": int(draw.choice([8, 16, 32])),
            "training.epochs": 20,
        }
    )


def windows(window: int):  # type: ignore[no-untyped-def]
    """Return 84 training and 24 validation windows of a yearly wave."""
    from autolstm.prepare import Part, Windows
    from autolstm.shapes import Shapes

    rows = np.arange(132)
    values = (np.sin(rows * 2 * np.pi / 12) + rows / 50)[:, None].astype(np.float32)
    parts = [
        Part(np.arange(a, b, dtype=np.int32), values[a + 1 : b + 1])
        for a, b in ((24, 107), (107, 131))
    ]
    return Windows(values, Shapes(window, 1, 1), *parts, loss_unit=1.0)


def measure(trials: int, epochs: int, engine: str) -> list[dict[str, float]]:
    """Train and read the memory, a row after every ``EVERY`` trials."""
    from autolstm.train.compiled import CompiledEngine
    from autolstm.train.reference import ReferenceEngine

    made = CompiledEngine() if engine == "compiled" else ReferenceEngine()
    rows, began = [], time.perf_counter()
    for number in range(1, trials + 1):
        wanted = settings(number)
        run = made.start(windows(wanted.preparation.window), wanted, range(5))
        for epoch in run:
            if epoch.number == epochs:
                break
        run.weights()
        del run
        if number % EVERY == 0 or number == trials:
            gc.collect()
            memory = psutil.Process().memory_info().rss / 2**20
            spent = time.perf_counter() - began
            rows.append({"trials": number, "rss_mb": round(memory), "seconds": round(spent, 1)})
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--engine", choices=("compiled", "reference"), default="compiled")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = measure(asked.trials, asked.epochs, asked.engine)
    if asked.json:
        print(json.dumps(rows, indent=1))
        return
    print("| " + " | ".join(rows[0]) + " |\n" + "|---" * len(rows[0]) + "|")
    for row in rows:
        print("| " + " | ".join(str(one) for one in row.values()) + " |")


if __name__ == "__main__":
    main()
