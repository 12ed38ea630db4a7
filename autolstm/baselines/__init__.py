"""Forecasts on the same windows without a network: what a network has to beat."""

from autolstm.baselines.every import LEARNT, forecasts
from autolstm.baselines.labels import label_baselines

__all__ = ["LEARNT", "forecasts", "label_baselines"]
