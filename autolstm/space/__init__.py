"""What a study may try: dimensions, the default space, and its form in a study file."""

from autolstm.space.dimensions import Choice, Dimension, Float, Int, When
from autolstm.space.presets import default_space, label_space
from autolstm.space.reading import check_space, overlay
from autolstm.space.space import Space

__all__ = [
    "Choice",
    "Dimension",
    "Float",
    "Int",
    "Space",
    "When",
    "check_space",
    "default_space",
    "label_space",
    "overlay",
]
