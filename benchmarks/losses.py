"""How far losses under a power transform are from the errors they stand for.

A linear map of the window is fitted to prepared targets and forecasts the validation part. The
squared error in the target's own unit, over the variance of the training target, is what a loss
shall say. Each column divides what a rule says by that; 1 is right, and a pruner is fair between
preparations where a column stays near 1. The rules, as the factor of a squared prepared error:

own     over the variance of the transformed training target
slope   by the mean squared slope of the inverse over the validation rows
train   by the squared changes from row to row, before over after the power, training rows
valid   the same over the validation rows, which is what `Recipe.windows` does

    python benchmarks/losses.py [FOLDER with airline.csv, sunspots_monthly.csv, ...]
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from autolstm.data.load import load
from autolstm.prepare import Recipe
from autolstm.settings import Preparation

WINDOW, HORIZON = 12, 3


def main() -> None:
    """Print a line for every series, difference and power."""
    heads = " ".join(f"{one:>7}" for one in ("own", "slope", "train", "valid"))
    print(f"{'data':18} {'power':11} {'diff':>4} {'error':>8} {heads}")
    for name, target in _series():
        cut = int(0.7 * len(target)), int(0.85 * len(target))
        train, valid = np.arange(cut[0]), np.arange(*cut)
        for difference in (0, 1):
            for power in ("none", "log", "boxcox", "yeojohnson"):
                if np.min(target) <= 0 and power in ("log", "boxcox"):
                    continue
                asked = Preparation(power=power, difference=difference, window=WINDOW)
                row = _ratios(target, train, valid, asked)
                print(f"{name:18} {power:11} {difference:4} " + " ".join(row))


def _series() -> list[tuple[str, np.ndarray]]:
    found = [(name, load(name).actual) for name in ("airline", "sunspots", "co2", "weather")]
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if folder is not None:
        hours = pd.read_csv(folder / "m4_hourly_20.csv.gz")
        for name in ("H1", "H181", "H281"):
            found.append(
                (f"m4 {name}", hours.loc[hours["unique_id"] == name, "y"].to_numpy(float))
            )
        air = pd.read_csv(folder / "beijing_pm25.csv.gz")["pm25"].ffill().dropna()
        found.append(("pm25 + 1", air.to_numpy(float)[:6000] + 1))
        house = pd.read_csv(folder / "household_power_days.csv")["global_active_power"]
        found.append(("household", house.to_numpy(float)))
    return found


def _ratios(
    target: np.ndarray, train: np.ndarray, valid: np.ndarray, asked: Preparation
) -> list[str]:
    values = target[:, None]
    recipe = Recipe.learn(values, train, asked, HORIZON)
    windows = recipe.windows(values, train, valid)
    inputs = [
        np.column_stack([windows.inputs(one.origins)[..., 0], np.ones(len(one))])
        for one in (windows.train, windows.valid)
    ]
    weights, *_ = np.linalg.lstsq(inputs[0], windows.train.targets, rcond=None)
    prepared = inputs[1] @ weights
    loss = float(np.mean((prepared - windows.valid.targets) ** 2))
    undone = recipe.undo(prepared, target, windows.valid.origins)
    steps = windows.valid.origins[:, None] + np.arange(1, HORIZON + 1)
    error = float(np.mean((undone - target[steps]) ** 2)) / recipe.variance
    gain = recipe.target.gain[0]
    power = recipe.level.power
    bent = power.apply(target[valid], valid)
    slope = (power.undo(bent + 1e-6, valid) - power.undo(bent - 1e-6, valid)) / 2e-6
    rules = (
        gain**2 / np.var(power.apply(target[train], train)),
        gain**2 * np.mean(slope**2) / recipe.variance,
        gain**2 * power.stretch(target[train]) / recipe.variance,
        windows.loss_unit,
    )
    return [f"{error:8.4f}", *(f"{loss * rule / error:7.2f}" for rule in rules)]


if __name__ == "__main__":
    main()
