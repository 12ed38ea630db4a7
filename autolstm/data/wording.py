"""What labelled sequences ask of a network, said in a line."""

import numpy as np

from autolstm.data.ends import END
from autolstm.errors import counted
from autolstm.sequences import Sequences

__all__ = ["describe", "form"]


def form(data: Sequences) -> str:
    """Name how answers stand to inputs.

    Returns:
        ``"one-to-one"``, ``"many-to-one"``, ``"one-to-many"``, ``"many-to-many"`` (an answer at
        every step) or ``"sequence-to-sequence"`` (answers of their own length or order).
    """
    single, short = bool((data.answer_lengths == 1).all()), int(data.lengths.max()) == 1
    if single and not data.apart:
        return "one-to-one" if short else "many-to-one"
    if short:
        return "one-to-many"
    return "many-to-many" if data.stepwise else "sequence-to-sequence"


def describe(data: Sequences) -> str:
    """Say form, kind and sizes, as in ``many-to-one classification, 4 classes, 100 steps``."""
    kind = "classification" if data.classes else "regression"
    parts, ended = [f"{form(data)} {kind}"], END in data.classes
    if data.classes:
        count = len(data.classes) - ended
        parts.append(_plural(count, "class", "classes") + " and an end" * ended)
    elif len(data.targets) > 1:
        parts.append(counted(len(data.targets), "target"))
    parts.append(_features(data))
    apart = form(data) in ("one-to-many", "sequence-to-sequence")
    parts.append(_steps(data.lengths) + " in" * apart)
    if apart:
        parts.append(f"{_steps(data.answer_lengths - ended)} out")
    return ", ".join(parts)


def _plural(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _features(data: Sequences) -> str:
    known = [len(one) for one in data.symbols if one]
    plain = len(data.features) - len(known)
    symbols = f"{counted(len(known), 'symbol')} of {' and '.join(map(str, known))}"
    parts = [counted(plain, "feature")] * bool(plain) + [symbols] * bool(known)
    return " and ".join(parts)


def _steps(lengths: np.ndarray) -> str:
    least, most = int(lengths.min()), int(lengths.max())
    return counted(most, "step") if least == most else f"{least} to {most} steps"
