"""What it costs to load a long CSV: seconds, and peak memory over the bytes of the table.

    python benchmarks/loading.py [--rows 2000000] [--json]

The file has one row a minute: a time in ISO 8601 and three columns of numbers with four decimals.
"one line odd" has a remark in its middle. Every reader runs in a process of its own; what its
imports alone had taken is subtracted from its peak. "pandas" is plain ``read_csv``, which leaves
the times as text; "pandas, times" reads them as well. The table is rows x 3 numbers of 8 bytes.
Linux only: the peak is what ``/proc`` says.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = ("load", "wind", "sun")

LOAD = "from autolstm.data.load import load; "
READERS = {
    "autolstm.load": f"{LOAD} read = lambda p: load(p, target='load')",
    "autolstm.load, one line odd": (
        f"{LOAD} read = lambda p: load(p[:-4] + '-odd.csv', target='load')"
    ),
    "pandas": "import pandas; read = pandas.read_csv",
    "pandas, times": "import pandas; read = lambda p: pandas.read_csv(p, parse_dates=['time'])",
}

CHILD = """
import json, sys, time
import pandas, pyarrow.csv
{imports}
def peak():  # what getrusage says is never less than what the parent had
    lines = open("/proc/self/status")
    return next(int(one.split()[1]) * 1024 for one in lines if one.startswith("VmHWM"))
before, began = peak(), time.perf_counter()
read(sys.argv[1])
print(json.dumps([time.perf_counter() - began, peak() - before]))
"""


def write(path: Path, rows: int) -> None:
    """Write a daily wave in noise; and once more, with a remark in its middle."""
    draw = np.random.default_rng(0)
    wave = np.sin(np.arange(rows) * 2 * np.pi / 1440)[:, None]
    values = np.round(wave + draw.normal(size=(rows, len(COLUMNS))), 4)
    times = pd.date_range("2020-01-01", periods=rows, freq="min", name="time")
    pd.DataFrame(values, times, COLUMNS).to_csv(path)
    lines = path.read_bytes().splitlines(keepends=True)
    lines.insert(rows // 2, b"# a remark\n")
    path.with_name(f"{path.stem}-odd.csv").write_bytes(b"".join(lines))


def measure(path: Path, rows: int) -> list[dict[str, object]]:
    """Read with every reader, a row each."""
    table = rows * len(COLUMNS) * 8
    found = []
    for name, imports in READERS.items():
        command = [sys.executable, "-c", CHILD.format(imports=imports), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds, peak = json.loads(done.stdout)
        found.append(
            {
                "reader": name,
                "seconds": round(seconds, 1),
                "peak_mb": round(peak / 2**20),
                "peak_over_table": round(peak / table, 1),
            }
        )
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.csv"
        write(path, asked.rows)
        found = measure(path, asked.rows)
        size = path.stat().st_size
    if asked.json:
        print(json.dumps(found, indent=1))
        return
    print(f"{asked.rows} rows, file of {size / 2**20:.0f} MB\n")
    print("| " + " | ".join(found[0]) + " |\n" + "|---" * len(found[0]) + "|")
    for row in found:
        print("| " + " | ".join(str(one) for one in row.values()) + " |")


if __name__ == "__main__":
    main()
