"""Short studies of real data with published results: what comes out, beside what others found.

    python benchmarks/reality.py DATA_FOLDER [--only NAME,...] [--trials N] [--seeds N]
                                 [--minutes M] [--home FOLDER] [--json]

Every study searches the default space. The test part is the official one of each data set; the
validation part is taken from the rest. ``published`` is what the source of the data set reports
of an LSTM (or of the best model where it names no LSTM), with its protocol as near as a study
comes to it: ``remark`` says where they differ. Baselines are measured on exactly the same rows.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import autolstm
from autolstm.report.verdict import judge


@dataclass(frozen=True)
class Reality:
    """A data set, what is asked of it, and what others found.

    Attributes:
        name: Name of the data set.
        file: Its file.
        published: The published score of the metric.
        whose: Of what, and what a good simple reference gets.
        ask: Fields of the study.
        read: Makes the source of the study from the path; None for the path itself.
        remark: Where the protocols differ.
    """

    name: str
    file: str
    published: float | None
    whose: str
    ask: dict[str, Any] = field(default_factory=dict)
    read: Callable[[Path], Any] | None = None
    remark: str = ""


def _household(path: Path) -> pd.DataFrame:
    """Whole weeks, as in the tutorial: the first day and the last six are left out."""
    return pd.read_csv(path, parse_dates=["ds"], index_col="ds").iloc[1:-6].asfreq("D")


def _beijing(path: Path) -> pd.DataFrame:
    """From the second day on, as in the tutorial."""
    frame = pd.read_csv(path, parse_dates=["ds"], index_col="ds").iloc[24:].asfreq("h")
    return frame.drop(columns="wnd_dir").fillna({"pm25": 0.0})


def _transformer(path: Path) -> pd.Series:
    """The oil temperature in units of its deviation in the training rows, as in the paper."""
    column = pd.read_csv(path, parse_dates=["date"], index_col="date")["OT"].asfreq("h")
    known = column.iloc[:8640]
    return ((column - known.mean()) / known.std(ddof=0)).iloc[:14_400]


UCR = {"metric": "accuracy", "split": {"validation": 0.25}}

SETS = (
    Reality(
        "airline",
        "airline.csv",
        21.24,
        "tuned LSTM; AR(12) on seasonal differences 18.75, seasonal naive 50.71",
        {"split": {"validation": 24, "test": 12}, "season": 12},
    ),
    Reality(
        "shampoo",
        "shampoo.csv",
        98.34,
        "LSTM, mean of 30; persistence 136.76, AR(2) on differences 79.32",
        {"split": {"validation": 6, "test": 12}},
        remark="stateful there",
    ),
    Reality(
        "min_temperatures",
        "min_temperatures.csv",
        2.2629,
        "AR(14); no LSTM is published; persistence 2.5824",
        {"split": {"validation": 365, "test": 365}, "missing": "forward", "season": 0},
        remark="two missing days are filled",
    ),
    Reality(
        "household_power_days",
        "household_power_days.csv",
        370.03,
        "LSTM, 14 days in; linear map 377.44, mean of the last seven days 393.91",
        {
            "target": "global_active_power",
            "horizon": 7,
            "split": {"validation": 140, "test": 322},
            "season": 7,
        },
        _household,
        "every day is an origin here, every Sunday there",
    ),
    Reality(
        "beijing_pm25",
        "beijing_pm25.csv.gz",
        26.496,
        "LSTM; persistence 26.559, linear regression on all variables 26.087",
        {"target": "pm25", "split": {"validation": 1460, "test": 35_040}},
        _beijing,
        "wind direction is left out; the LSTM there was validated on the test part",
    ),
    Reality(
        "etth1",
        "etth1.csv.gz",
        0.114,
        "LSTMa; Informer .098, repeat last .034, linear map of 96 lags .026",
        {"horizon": 24, "metric": "mse", "split": {"validation": 2880, "test": 2880}},
        _transformer,
    ),
    Reality(
        "m4_hourly_20",
        "m4_hourly_20.csv.gz",
        1.517,
        "MASE of seasonal naive; Theta 3.104; no method is published for these 20",
        {
            "id_column": "unique_id",
            "target": "y",
            "horizon": 48,
            "metric": "mase",
            "season": 24,
            "covariates": [],
            "split": {"validation": 48, "test": 48},
        },
    ),
    Reality(
        "m4_hourly_20_smape",
        "m4_hourly_20.csv.gz",
        10.288,
        "sMAPE of seasonal naive; Theta 16.777; M4 winner on all 414: 9.328",
        {
            "id_column": "unique_id",
            "target": "y",
            "horizon": 48,
            "metric": "smape",
            "season": 24,
            "covariates": [],
            "split": {"validation": 48, "test": 48},
        },
    ),
    Reality(
        "exchange_rate",
        "exchange_rate.csv.gz",
        None,
        "negative control: nothing beats persistence",
        {"target": "all", "horizon": 3, "split": {"validation": 0.2, "test": 0.2}},
    ),
    Reality("italy_power_demand", "italy_power_demand.npz", 0.9534, "MLP; 1-NN .9553", UCR),
    Reality("gunpoint", "gunpoint.npz", 0.9280, "MLP; 1-NN .9133, DTW .907", UCR),
    Reality("ecg200", "ecg200.npz", 0.9140, "MLP; 1-NN .8800, DTW .770", UCR),
    Reality("cbf", "cbf.npz", 0.8691, "MLP; 1-NN .8522, DTW .997", UCR),
    Reality("basic_motions", "basic_motions.npz", 0.95, "MLSTM-FCN; 1-NN .60, DTW .975", UCR),
    Reality(
        "watch",
        "watch.npz",
        0.873,
        "random forest on unseen subjects; linear discriminant .821 on these",
        {"metric": "accuracy", "split": {"kind": "group", "test_groups": ["8", "9", "10"]}},
        remark="test subjects 8, 9, 10",
    ),
)


def measure(one: Reality, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Run one study and return its row."""
    path = folder / one.file
    started = time.perf_counter()
    result = autolstm.tune(
        one.read(path) if one.read else path,
        name=one.name,
        home=options.home,
        trials=options.trials,
        seeds=options.seeds,
        time=60 * options.minutes if options.minutes else None,
        progress=False,
        **one.ask,
    )
    best = result.results.best_baseline
    return {
        "name": one.name,
        "metric": result.results.metric.name,
        "test_mean": result.test.mean,
        "test_std": result.test.std,
        "ensemble": result.results.refit and result.results.refit.model,
        "best_baseline": best,
        "baseline_score": result.baselines[best] if best else None,
        "published": one.published,
        "seconds": round(time.perf_counter() - started, 1),
        "trials": len(result.results.trials),
        "seeds": options.seeds,
        "whose": one.whose,
        "remark": one.remark,
        "verdict": judge(result.results).text,
    }


def line(row: dict[str, Any]) -> str:
    """Write a row of the table."""
    if "error" in row:
        return f"| {row['name']} | failed: {row['error']} | | | | | |"
    published = "" if row["published"] is None else f"{row['published']:g}: "
    return (
        f"| {row['name']} | {row['metric']} | {row['test_mean']:.4g} ± {row['test_std']:.2g} "
        f"({row['ensemble']:.4g}) | {row['baseline_score']:.4g} {row['best_baseline']} | "
        f"{published}{row['whose']} | {row['trials']} x {row['seeds']} | {row['seconds']:.0f} |"
    )


def main() -> int:
    """Run the studies that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="where the data lie")
    parser.add_argument("--only", help="names, with commas between; all where it is not given")
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--minutes", type=float, help="most minutes of a search")
    parser.add_argument("--home", type=Path, help="where the studies are kept; else nowhere")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    chosen = options.only.split(",") if options.only else [one.name for one in SETS]
    unknown = set(chosen) - {one.name for one in SETS}
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        options.home = options.home or Path(scratch)
        if not options.json:
            print("| data | metric | test (ensemble) | best baseline | published | trials | s |")
            print("|---|---|---|---|---|---|---|", flush=True)
        for one in SETS:
            if one.name not in chosen:
                continue
            try:
                rows.append(measure(one, options.folder, options))
            except Exception as error:  # the others shall still run
                rows.append({"name": one.name, "error": f"{type(error).__name__}: {error}"})
            if not options.json:
                print(line(rows[-1]), flush=True)
            else:
                print(f"{one.name} done", file=sys.stderr, flush=True)
    if options.json:
        print(json.dumps(rows, indent=2, default=_plain))
    return int(any("error" in one for one in rows))


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else str(value)


if __name__ == "__main__":
    sys.exit(main())
