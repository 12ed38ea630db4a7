"""The tables of the page: every cell written out, so that the page only lays them out."""

from autolstm.report.tables.base import NOTHING, Head, Row, Table
from autolstm.report.tables.classes import by_class
from autolstm.report.tables.compared import baselines, by_series
from autolstm.report.tables.question import data, settings
from autolstm.report.tables.trials import best_trials, lost_trials
from autolstm.report.tables.varied import (
    beaten,
    compared,
    costs,
    described,
    effects,
    repeated,
)

__all__ = [
    "NOTHING",
    "Head",
    "Row",
    "Table",
    "baselines",
    "beaten",
    "best_trials",
    "by_class",
    "by_series",
    "compared",
    "costs",
    "data",
    "described",
    "effects",
    "lost_trials",
    "repeated",
    "settings",
]
