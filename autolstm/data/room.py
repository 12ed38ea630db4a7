"""Refusing a file before the memory is full of it."""

from autolstm.errors import DataError
from autolstm.memory import free, sized

__all__ = ["ROWS_BY_HAND", "ROWS_BY_MACHINE", "check_room"]

ROWS_BY_MACHINE, ROWS_BY_HAND = 5, 20
"""Bytes of memory that a byte of text takes, read by Arrow and by Python; measured 7 and 25, and
less here, so that nothing is refused that would have fitted."""


def check_room(name: str, size: int, factor: float) -> None:
    """Refuse a source that cannot be read on this computer.

    Args:
        name: What messages call it.
        size: Bytes that it has, or unpacks to.
        factor: How much memory each of them takes.

    Raises:
        DataError: There is not so much memory.
    """
    needed, room = int(size * factor), free()
    if needed > room:
        raise DataError(
            f"{name} is too large for this computer: its {sized(size)}, unpacked, take about "
            f"{sized(needed)} of memory, and {sized(room)} are free. Close other programs, or "
            f"give fewer rows or columns."
        )
