"""Framing: data and what is asked of them -> examples, answers, preparations, measures."""

from autolstm.framing.base import Framing, Prepared

__all__ = ["Framing", "Prepared"]
