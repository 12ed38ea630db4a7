"""What a study may try: dimensions, presets, and the form of both in a study file."""

from autolstm.space.dimensions import Choice, Dimension, Float, Int, When
from autolstm.space.joint import joint
from autolstm.space.presets import PRESETS, LabelSize, SeriesSize, Size, preset_space
from autolstm.space.reading import check_space, overlay
from autolstm.space.space import Space
from autolstm.space.writing import study_text

__all__ = [
    "PRESETS",
    "Choice",
    "Dimension",
    "Float",
    "Int",
    "LabelSize",
    "SeriesSize",
    "Size",
    "Space",
    "When",
    "check_space",
    "joint",
    "overlay",
    "preset_space",
    "study_text",
]
