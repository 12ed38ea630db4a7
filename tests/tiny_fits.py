"""Tiny fits for tests: a series, a question, windows, and engines that keep their traces."""

import functools
from typing import get_args

import numpy as np
import pandas as pd

from autolstm.dataset import Dataset
from autolstm.experiment import Experiment, ask
from autolstm.prepare import Recipe, Windows
from autolstm.question import Question, pose
from autolstm.settings import Settings
from autolstm.train.deferred import DeferredEngine

ENGINES = get_args(Experiment.model_fields["engine"].annotation)
"""Name of every engine that an experiment may ask for."""


@functools.cache
def shared_engine(name: str = "reference"):
    """Return one engine for all tests, so that a structure is traced once."""
    return DeferredEngine(name).load()


def series(rows: int = 40, columns: int = 1, dated: bool = True) -> Dataset:
    """Make a seasonal series with a trend, and noise as covariates."""
    random = np.random.default_rng(7)
    step = np.arange(rows)
    target = 50 + step + 8 * np.sin(step * np.pi / 2) + random.normal(size=rows)
    others = random.normal(size=(rows, columns - 1))
    times = pd.date_range("2020-01-01", periods=rows, freq="MS") if dated else pd.RangeIndex(rows)
    names = ("sold", "price", "rain")[:columns]
    return Dataset("tiny", times, np.column_stack([target, others]), names, "pieces", season=4)


def question(data: Dataset | None = None, horizon: int = 1, seeds: int = 2) -> Question:
    """Ask for the best forecast of a tiny series."""
    data = series() if data is None else data
    asked = {"source": "tiny", "horizon": horizon, "seeds": seeds}
    return pose(ask({**asked, "split": {"validation": 8, "test": 8}}), data)


def tiny(**knobs: object) -> Settings:
    """Return settings of a network that is fitted in no time; ``units=3`` for any knob."""
    known = {name.partition(".")[2]: name for name in Settings().flat()}
    small = {"window": 4, "units": 3, "batch_size": 8, "epochs": 4, "learning_rate": 0.01}
    return Settings.from_flat({known[short]: one for short, one in {**small, **knobs}.items()})


def windows(settings: Settings, data: Dataset | None = None, horizon: int = 1) -> Windows:
    """Prepare the training and validation windows of a tiny series."""
    data = series() if data is None else data
    train, valid = np.arange(len(data) - 16), np.arange(len(data) - 16, len(data) - 8)
    recipe = Recipe.learn(data, train, settings.preparation, horizon)
    return recipe.windows(data, train, valid)
