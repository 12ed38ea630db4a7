"""The knobs of one fit, frozen and typed, each declared once.

A knob's dotted name (``architecture.units``) is the same in Python, in a study file, on the
command line and in the plots. Its declaration carries range, unit and one sentence.
"""

from autolstm.settings.architecture import Architecture
from autolstm.settings.combinations import STATES, check_architecture, check_states
from autolstm.settings.knob import Knob, Value
from autolstm.settings.preparation import Preparation
from autolstm.settings.settings import KNOBS, Settings, every_name
from autolstm.settings.training import FULL, Training

__all__ = [
    "FULL",
    "KNOBS",
    "STATES",
    "Architecture",
    "Knob",
    "Preparation",
    "Settings",
    "Training",
    "Value",
    "check_architecture",
    "check_states",
    "every_name",
]
