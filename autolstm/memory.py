"""How much memory there is, asked before something from elsewhere takes as much as it says."""

from pathlib import Path

import psutil

__all__ = ["free", "sized"]

LIMIT, USED = "memory.max", "memory.current"
CONTAINER = Path("/sys/fs/cgroup")
"""Where Linux says what a container may use (https://docs.kernel.org/admin-guide/cgroup-v2.html)."""


def free() -> int:
    """Return the bytes that can still be taken, those of a container where we are in one."""
    available = int(psutil.virtual_memory().available)
    try:
        limit, used = (int((CONTAINER / name).read_text()) for name in (LIMIT, USED))
    except (OSError, ValueError):
        return available  # there is none, or it has no limit ("max")
    return max(0, min(available, limit - used))


def sized(number: int) -> str:
    """Write bytes in the unit that suits them: ``3.2 GiB``."""
    units = ("bytes", "KiB", "MiB", "GiB", "TiB")
    place = min(len(units) - 1, max(0, number.bit_length() - 1) // 10)
    if not place:
        return f"{number} bytes"
    # A file can claim what no float holds.
    whole, rest = divmod(number, 1 << (10 * place))
    tenths = rest * 10 >> (10 * place)
    return f"{whole}.{tenths} {units[place]}" if whole < 10**6 else "more than any computer has"
