"""A short name for what a program is made for, the same in every process."""

import hashlib

__all__ = ["program_name"]

DIGITS = 12
"""Hexadecimal digits: two of a thousand programs share a name once in 500 million studies."""


def program_name(made_for: object) -> str:
    """Return the name of a program.

    Args:
        made_for: Everything it is made for, as a value whose text says it all.
    """
    return hashlib.sha256(repr(made_for).encode()).hexdigest()[:DIGITS]
