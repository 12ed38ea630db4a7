"""Splits: which rows or sequences serve training, validation and test. Numbers, never copies.

A window belongs to the part in which all its targets lie; its inputs may reach back across a
cut, never forward.
"""

from autolstm.split.committee import committee
from autolstm.split.parts import Fold, Parts
from autolstm.split.plan import KINDS, Plan
from autolstm.split.planned import Cases, Rows, drawn, parts_for

__all__ = ["KINDS", "Cases", "Fold", "Parts", "Plan", "Rows", "committee", "drawn", "parts_for"]
