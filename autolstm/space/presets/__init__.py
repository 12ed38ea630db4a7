"""The presets: spaces to start from, sized by the data. A study file is laid over one of them.

size                                          what of the data a space depends on
network, training                             dimensions that several presets share
quick, default, thorough, guide, accelerator  the presets, each for series and for sequences

Where a knob shapes the compiled program a preset lists few values, since each combination is
compiled once; everything else is an argument of the program, and is searched freely.
"""

from autolstm.space.presets import accelerator, default, guide, quick, thorough
from autolstm.space.presets.size import LabelSize, SeriesSize, Size
from autolstm.space.space import Space

__all__ = ["PRESETS", "LabelSize", "SeriesSize", "Size", "preset_space"]

_ROOMS = {
    "quick": quick,
    "default": default,
    "thorough": thorough,
    "guide": guide,
    "accelerator": accelerator,
}

PRESETS: dict[str, str] = {
    "quick": "Two networks and few choices around them, for a first answer within minutes.",
    "default": "What a study searches where nothing else is said, for a few dozen trials.",
    "thorough": "Everything that often helps, in wide ranges, for a hundred trials and more.",
    "guide": "What guides to tuning LSTMs tell a person to try, in their ranges.",
    "accelerator": "Few structures with large layers and batches, which keep a GPU busy.",
}
"""Every preset by its name, with one sentence."""


def preset_space(preset: str, size: Size) -> Space:
    """Return the space of a preset.

    A dimension that has one value only on these data is left out.

    Args:
        preset: One of `PRESETS`.
        size: What the space depends on.
    """
    room = _ROOMS[preset]
    found = room.series(size) if isinstance(size, SeriesSize) else room.labels(size)
    alive = {
        name: one
        for name, one in found.dimensions.items()
        if one.extremes()[0] != one.extremes()[1]
    }
    return Space(found.base, alive)
