"""The processor that this process may use."""

import os

__all__ = ["cores"]


def cores() -> int:
    """Return how many processor cores this process may use."""
    return (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
