"""What a study of one knob varies: read, checked, laid around a base configuration.

    kind = "grid"            every combination of the values in [vary]
    kind = "sensitivity"     one knob at a time, away from the base
    kind = "repeats"         the base alone, with many seeds

The base is the default of the space, with what ``[space]`` fixes, or the winner of another study.
"""

from autolstm.varied.asked import MOST_CELLS, as_kind, check_cells, check_kind, read_vary
from autolstm.varied.laid import around, cells

__all__ = ["MOST_CELLS", "around", "as_kind", "cells", "check_cells", "check_kind", "read_vary"]
