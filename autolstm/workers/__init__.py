"""Processes that fit trials side by side, and the one that watches them.

`run` is what the command line calls. The process it runs in loads the data, opens the study and
shows what happens; TensorFlow is imported by its workers only, so that whatever they die of, the
study lives on.
"""

from autolstm.workers.joined import join
from autolstm.workers.supervised import run

__all__ = ["join", "run"]
