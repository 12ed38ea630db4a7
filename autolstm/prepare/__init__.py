"""Preparation: learnt on training rows, applied anywhere, undone exactly."""

from autolstm.prepare.recipe import Recipe
from autolstm.prepare.windows import Part, Windows

__all__ = ["Part", "Recipe", "Windows"]
