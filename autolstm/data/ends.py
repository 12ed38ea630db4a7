"""The end of an answer of symbols: a class of its own where answers differ in length.

An answer of three letters that may as well have two says by its end which it is. So the end is
told as every other symbol, and counts as one in every metric (Sutskever et al., 2014,
arXiv:1409.3215).
"""

from dataclasses import replace

import numpy as np

from autolstm.sequences import Sequences

__all__ = ["END", "with_ends"]

END = "<end>"
"""The class that stands behind the last step of an answer."""


def with_ends(data: Sequences) -> Sequences:
    """Put an end behind every answer, where they are sequences of classes of several lengths.

    Data that have a class of this name mark their ends themselves, and stay as they are.
    """
    counts = data.answer_lengths
    if not (data.apart and data.classes) or END in data.classes or counts.min() == counts.max():
        return data
    codes = np.insert(data.answers, data.answer_starts[1:], len(data.classes), axis=0)
    note = (
        f"Answers have {counts.min()} to {counts.max()} steps. Each ends with {END}, which is "
        f"learnt and measured as its last step."
    )
    return replace(
        data,
        answers=codes,
        answer_starts=data.answer_starts + np.arange(len(data) + 1),
        classes=(*data.classes, END),
        notes=(*data.notes, note),
    )
