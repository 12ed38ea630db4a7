"""Forecasts on the same windows without a network: what a network has to beat."""

from autolstm.baselines.every import LEARNT, forecasts

__all__ = ["LEARNT", "forecasts"]
