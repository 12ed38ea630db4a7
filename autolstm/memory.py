"""How much memory there is, asked before something from elsewhere takes as much as it says."""

import psutil

from autolstm.limits import limits

__all__ = ["free", "sized", "total"]


def total() -> int:
    """Return the bytes that this process may use, those of a container or a job if in one."""
    return int(min(psutil.virtual_memory().total, limits().memory))


def free() -> int:
    """Return the bytes of them that can still be taken."""
    return int(min(psutil.virtual_memory().available, limits().free))


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
