"""Settings and shapes -> a plain Keras model. One architecture family a file."""

from autolstm.models.lstm import build_lstm as build

__all__ = ["build"]
