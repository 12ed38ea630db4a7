"""What all views share: the figure that cannot be drawn yet, labels, clean numbers."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Absent", "clean", "labelled", "wide"]

WIDE_RANGE = 10.0
"""Largest over smallest value from which an axis is logarithmic."""


@dataclass(frozen=True, slots=True)
class Absent:
    """A figure that cannot be drawn yet, and why."""

    reason: str


def labelled(name: str, unit: str) -> str:
    """Return a name with its unit behind, where it has one."""
    return f"{name} ({unit})" if unit else name


def clean(values: Iterable[float | None]) -> tuple[float, ...]:
    """Return floats; what is missing or infinite becomes NaN, a gap in the line."""
    return tuple(
        float(one) if one is not None and math.isfinite(one) else math.nan for one in values
    )


def wide(values: Iterable[float]) -> bool:
    """Whether values, all positive, span so much that only a logarithmic axis shows them."""
    finite = [float(one) for one in values if math.isfinite(one)]
    return bool(finite) and min(finite) > 0 and max(finite) / min(finite) > WIDE_RANGE
