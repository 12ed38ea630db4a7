"""The processor that this process may use."""

import math
import os

from autolstm.limits import limits

__all__ = ["cores"]


def cores() -> int:
    """Return how many processor cores this process may use, those of a container or a job."""
    ours = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    # Of two and a half cores a third thread uses the half.
    return math.ceil(min(ours, limits().cores))
