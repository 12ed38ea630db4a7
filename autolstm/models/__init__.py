"""Settings and shapes -> a plain Keras model. One architecture family a file."""

from autolstm.models.lstm import build_lstm as build
from autolstm.models.own import Build, build_own

__all__ = ["Build", "build", "build_own"]
