"""Forecasts on the same windows without a network: what a network has to beat."""

from autolstm.baselines.every import LEARNT, forecasts
from autolstm.baselines.labels import label_baselines
from autolstm.baselines.learning import learns

__all__ = ["LEARNT", "forecasts", "label_baselines", "learns"]
