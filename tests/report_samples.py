"""A finished study made by hand, with numbers like those of the airline series."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

import autolstm.data
from autolstm.baselines import forecasts as baseline_forecasts
from autolstm.ledger.results import DataFacts, Forecasts, Importance, Refit, Results, Trial
from autolstm.metrics import METRICS
from autolstm.outcome import Curve, Score
from autolstm.settings import Settings

FILE = Path(autolstm.data.__file__).with_name("airline.csv")

DATA = DataFacts(
    name="airline",
    source="Box & Jenkins (1976), Time Series Analysis, series G",
    target="passengers",
    unit="thousand passengers",
    covariates=(),
    frequency="MS",
    season=12,
    rows=144,
    first="1949-01",
    last="1960-12",
    parts={"train": 108, "validation": 24, "test": 12},
    notes=(),
)

SPACE = {
    "preparation.scale": ["minmax01", "minmax11", "standard"],
    "preparation.difference": {"low": 0, "high": 1},
    "preparation.seasonal_difference": [0, 12],
    "preparation.window": [6, 12, 24],
    "architecture.layers": {"low": 1, "high": 2},
    "architecture.units": [8, 16, 32, 64, 128],
    "architecture.dropout": {"low": 0.0, "high": 0.5, "step": 0.1},
    "training.optimizer": ["adam", "rmsprop", "sgd"],
    "training.learning_rate": {"low": 3e-4, "high": 3e-2, "log": True},
    "training.momentum": {"low": 0.0, "high": 0.95, "when": {"training.optimizer": "sgd"}},
    "training.batch_size": [8, 16, 32],
}

SHARES = {
    "preparation.seasonal_difference": 0.38,
    "training.learning_rate": 0.22,
    "preparation.difference": 0.14,
    "training.optimizer": 0.09,
    "preparation.window": 0.06,
    "architecture.units": 0.05,
    "training.batch_size": 0.03,
    "architecture.layers": 0.02,
    "preparation.scale": 0.008,
    "architecture.dropout": 0.002,
}


def curve(random, seeds=5, epochs=150, level=0.02):
    """Learning curves that fall, flatten and stop early, each seed on its own."""
    train, valid = (np.full((epochs, seeds), np.nan) for _ in range(2))
    for seed in range(seeds):
        stop = int(random.integers(epochs // 2, epochs + 1))
        steps = np.arange(stop)
        fall = 0.9 * np.exp(-steps / random.uniform(8, 20)) + level
        train[:stop, seed] = fall * (1 + 0.05 * random.standard_normal(stop))
        rise = level * 0.6 * (steps / epochs) ** 2
        valid[:stop, seed] = (1.4 * fall + rise) * (1 + 0.08 * random.standard_normal(stop))
    return Curve(train, np.abs(valid))


def params(random):
    """Draw searched knobs, momentum only beside sgd."""
    drawn = {
        name: values[int(random.integers(len(values)))]
        for name, values in SPACE.items()
        if isinstance(values, list)
    }
    drawn |= {"preparation.difference": int(random.integers(2))}
    drawn |= {"architecture.layers": int(random.integers(1, 3))}
    drawn |= {"architecture.dropout": round(float(random.integers(6)) / 10, 1)}
    drawn |= {"training.learning_rate": float(np.exp(random.uniform(-8.1, -3.5)))}
    if drawn["training.optimizer"] == "sgd":
        drawn |= {"training.momentum": float(random.uniform(0, 0.95))}
    return {name: drawn[name] for name in SPACE if name in drawn}


def trial(number, state="complete", *, seed=0, seeds=5, score=None, spread=1.5, **changes):
    """Make one trial."""
    random = np.random.default_rng([seed, number])
    drawn = params(random)
    middle = score if score is not None else 15 + 30 * random.gamma(1.2, 0.5) / (1 + number / 8)
    reasons = {
        "complete": f"{random.integers(seeds + 1)} of {seeds} seeds stopped early",
        "pruned": f"pruned at epoch {8 * random.integers(1, 10)} of the {seeds} fits",
        "failed": "the fit did not fit into memory: 3.1 GiB asked for",
        "running": "",
    }
    learnt = curve(random, seeds) if state == "complete" else None
    made = Trial(
        number=number,
        state=state,
        settings=Settings.from_flat(drawn).flat(),
        params=drawn,
        score=Score(tuple(middle + spread * random.standard_normal(seeds)))
        if state == "complete"
        else None,
        curve=learnt,
        reports={},
        best_epochs=learnt.best_epochs if learnt else (),
        parameters=int(random.integers(400, 60_000)),
        seconds={"trace": 1.2, "train": 8.0 + number, "total": 9.6 + number},
        reason=reasons[state],
        is_default=number == 0,
        started=datetime(2026, 11, 24, 20, 0) + timedelta(seconds=30 * number),
    )
    return replace(made, **changes)


def forecasts(horizon=1, rows=12, seeds=5):
    """Forecasts of the last rows of the series, near the truth."""
    frame = pd.read_csv(FILE, index_col="month", parse_dates=["month"])
    series = frame["passengers"].to_numpy(dtype=float)
    origins = np.arange(len(series) - rows - 1, len(series) - horizon, horizon)
    at = (origins[:, None] + np.arange(1, horizon + 1)).ravel()
    random = np.random.default_rng(3)
    noise = random.normal(0, 12, (seeds, len(at))) + random.normal(0, 8, len(at))
    naive = baseline_forecasts(series, origins, horizon, 12, train=origins[0] + 1)
    return Forecasts(
        times=tuple(f"{one:%Y-%m-%d}" for one in frame.index[at]),
        actual=tuple(series[at].tolist()),
        seeds=tuple(tuple((series[at] + one).tolist()) for one in noise),
        baselines={name: tuple(one.ravel().tolist()) for name, one in naive.items()},
    )


def study(trials=20, *, horizon=1, **changes):
    """Make a finished study: complete, pruned and a failed trial, winner, refit."""
    states = {3: "pruned", 7: "pruned", 8: "pruned", 11: "failed", 14: "pruned", 17: "pruned"}
    made = tuple(trial(n, states.get(n, "complete")) for n in range(trials))
    ranked = sorted((one for one in made if one.score), key=lambda one: one.score.mean)
    # The second best of the search wins: what was lucky once is not so again.
    winner = ranked[1] if len(ranked) > 1 else ranked[0]
    random = np.random.default_rng(5)
    confirmed = {
        one.number: Score(
            tuple(one.score.mean + (-0.8 if one is winner else 2.6) + random.normal(0, 1.2, 5))
        )
        for one in {one.number: one for one in (*ranked[:5], made[0])}.values()
    }
    held = {
        "name": "airline",
        "question": {
            "data": "5f2d1c9ae07b",
            "horizon": horizon,
            "seed": 1,
            "engine": "reference",
            **{f"space.{name}": value for name, value in Settings().flat().items()},
            **{f"space.{name}": value for name, value in SPACE.items()},
        },
        "data": DATA,
        "metric": METRICS["rmse"],
        "seeds": 5,
        "horizon": horizon,
        "trials": made,
        "baselines": {
            "validation": {
                "persistence": 45.6,
                "drift": 45.1,
                "seasonal naive": 47.2,
                "mean of the last 12": 58.3,
            },
            "test": {
                "persistence": 52.9,
                "drift": 52.4,
                "seasonal naive": 50.7,
                "mean of the last 12": 76.1,
            },
        },
        "confirmed": confirmed,
        "winner": winner.number,
        "refit": Refit(
            trial=winner.number,
            epochs=87,
            test=Score((17.2, 18.9, 16.4, 19.8, 17.7)),
            model=16.1,
            p_values=dict.fromkeys(
                ("persistence", "drift", "seasonal naive", "mean of the last 12"), 0.0004
            ),
            windows=22,
            forecasts=forecasts(horizon),
            path="studies/airline/model",
        ),
        "importance": Importance(SHARES, trials=14, needed=10),
        "seconds": 312.4,
        "folder": "studies/airline",
    }
    return Results(**(held | changes))


def begun(**changes):
    """Make a study that has just begun: nothing is complete."""
    fields = {
        "trials": (trial(0, "pruned"), trial(1, "running")),
        "confirmed": {},
        "winner": None,
        "refit": None,
        "importance": Importance({}, trials=0, needed=10),
    }
    return replace(study(), **(fields | changes))


def small(**changes):
    """Make a study of five trials with round scores."""
    trials = (
        trial(0, score=20.0, spread=0.0),
        trial(1, score=10.0, spread=0.0),
        trial(2, "pruned"),
        trial(3, score=15.0, spread=0.0),
        trial(4, "failed"),
    )
    held = {
        "trials": trials,
        "confirmed": {1: Score((11.0, 13.0)), 0: Score((20.0, 20.0))},
        "winner": 1,
        "refit": replace(study().refit, trial=1),
    }
    return replace(study(), **(held | changes))
