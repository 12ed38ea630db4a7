"""What the fields of an experiment may hold: whole numbers, sizes, times, names.

A truth value or a text never passes for a number, as it would with pydantic alone. A check
raises a ValueError that says what the field takes; `autolstm.experiment` says the rest.
"""

import math
import re
from collections.abc import Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

__all__ = [
    "Bytes",
    "Columns",
    "Folder",
    "Groups",
    "Name",
    "Numbers",
    "Seconds",
    "Share",
    "Size",
    "Weight",
    "Workers",
    "can_name_a_folder",
    "memory",
    "plain",
    "seconds",
    "whole",
]

LARGEST = 2**63 - 1
MOST_SECONDS = 1e9
LEAST_MEMORY = 1_500_000_000
MOST_WORKERS = 256
MOST_CHARACTERS = 100
MOST_BYTES = 200
"""A folder's name has at most 255 bytes on common file systems; letters may have four."""


def whole(low: int, high: int = LARGEST) -> BeforeValidator:
    """Return the check of a whole number in a range, both ends included."""
    ends = f"from {low} to {high}" if high < LARGEST else f"of at least {low}"

    def check(value: object) -> int:
        number = _number(value)
        if number is None or not low <= number <= high or number != int(number):
            raise ValueError(f"a whole number {ends}")
        return int(number)

    return BeforeValidator(check)


def _size(value: object) -> float:
    number = _number(value)
    if number is None or not 0 < number <= LARGEST or (number >= 1 and number != int(number)):
        raise ValueError("a share of the rows below 1 (0.15) or a whole number of rows (12)")
    return float(number)


def _seconds(value: object) -> float:
    number = seconds(value) if isinstance(value, str) else _number(value)
    if number is None or not 0 < number <= MOST_SECONDS:
        raise ValueError("a length of time: 90s, 10m, 2h, 1h30m or a number of seconds")
    return float(number)


def _bytes(value: object) -> int:
    number = memory(value) if isinstance(value, str) else _number(value)
    if number is None or number < LEAST_MEMORY:
        raise ValueError("an amount of memory, at least 1.5 GB: 4GB, 2500MB or a number of bytes")
    return int(number)


def _workers(value: object) -> int | str:
    if value == "auto":
        return "auto"
    number = int(value) if isinstance(value, str) and value.isdecimal() else _number(value)
    if number is None or int(number) != number or not 1 <= number <= MOST_WORKERS:
        raise ValueError(f"a whole number from 1 to {MOST_WORKERS}, or auto")
    return int(number)


def _share(value: object) -> float:
    number = _number(value)
    if number is None or not 0 < number < 1:
        raise ValueError("a share above 0 and below 1, such as 0.05")
    return float(number)


def _weight(value: object) -> float:
    number = _number(value)
    if number is None or not 0 <= number < math.inf:
        raise ValueError("a number of at least 0, in the unit of the metric")
    return float(number)


def _columns(value: object) -> object:
    if isinstance(value, str):
        return value
    if not isinstance(value, Sequence) or not all(isinstance(one, str) for one in value):
        raise ValueError("a list of column names, or names in one text with commas between")
    return tuple(value)


def _groups(value: object) -> tuple[str, ...]:
    given = value.split(",") if isinstance(value, str) else value
    listed = given if isinstance(given, Sequence) else [given]
    names = tuple(dict.fromkeys(map(_group, listed)))
    if not names or "" in names:
        raise ValueError("a list of groups, or groups in one text with commas between")
    return names


def _group(value: object) -> str:
    """Return the name of a group, which may be a whole number; empty for what is none."""
    is_name = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value).strip() if is_name else ""


def _name(value: object) -> str:
    if isinstance(value, str) and can_name_a_folder(value) and not _is_kept(value):
        return value
    better = f", such as {plain(value)!r}" if isinstance(value, str) else ", in quotes"
    raise ValueError(
        f"a name of letters, digits, _ . and -, at most {MOST_CHARACTERS} of them, that begins "
        f"with a letter or digit, ends in no full stop, and is neither a device of Windows (nul, "
        f"con) nor studies.db{better}"
    )


Size = Annotated[float, BeforeValidator(_size)]
"""The size of a part: a share of the rows, or rows."""

Seconds = Annotated[float, BeforeValidator(_seconds)]
"""A length of time, in seconds or as in ``1h30m``."""

Bytes = Annotated[int, BeforeValidator(_bytes)]
"""An amount of memory, in bytes or as in ``4GB``."""

Workers = Annotated[int | str, BeforeValidator(_workers)]
"""A number of processes, or ``auto``."""

Share = Annotated[float, BeforeValidator(_share)]
"""A share of a whole."""

Weight = Annotated[float, BeforeValidator(_weight)]
"""What a factor e of training time is worth, in the unit of the metric."""

Columns = Annotated[str | tuple[str, ...], BeforeValidator(_columns)]
"""Names of columns."""

Groups = Annotated[tuple[str, ...], BeforeValidator(_groups)]
"""Names of groups."""


def _numbers(value: object) -> tuple[float, ...]:
    given = [_number(one) for one in value] if isinstance(value, Sequence) else [None]
    if isinstance(value, str) or any(one is None or not math.isfinite(one) for one in given):
        raise ValueError("a list of numbers, one for each cell in order")
    return tuple(float(one) for one in given if one is not None)


Numbers = Annotated[tuple[float, ...], BeforeValidator(_numbers)]
"""Some numbers, in an order of their own."""

Name = Annotated[str, BeforeValidator(_name)]
"""A name that a folder can have."""


def seconds(text: str) -> float | None:
    """Read a time such as ``90s``, ``10m``, ``1h30m`` or ``90`` (seconds); None if it is none."""
    units = r"\s*(?:({0})\s*h)?\s*(?:({0})\s*m(?:in)?)?\s*(?:({0})\s*s)?\s*"
    found = re.fullmatch(units.format(r"\d+(?:\.\d+)?"), text)
    if found is None or not any(found.groups()):
        bare = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*", text)
        return float(bare[1]) if bare else None
    hours, minutes, rest = (float(one or 0) for one in found.groups())
    return hours * 3600 + minutes * 60 + rest


def memory(text: str) -> float | None:
    """Read an amount of memory such as ``4GB``, ``1.5 GiB`` or ``800MB``; None if it is none."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*", text.lower())
    if found is None:
        return None
    power = " kmgt".index(found[2] or " ")
    return float(found[1]) * float((1024 if found[3] else 1000) ** power)


def plain(text: str) -> str:
    """Turn any text into a name that a folder can have."""
    name = re.sub(r"[^\w.-]+", "-", text).strip("-._")[:MOST_CHARACTERS]
    cut = name.encode()[:MOST_BYTES].decode(errors="ignore").rstrip("-._")
    return cut if can_name_a_folder(cut) and not _is_kept(cut) else "study"


def can_name_a_folder(text: str) -> bool:
    """Whether a text names a folder in another one, and leads nowhere else."""
    form = rf"[^\W_][\w.-]{{0,{MOST_CHARACTERS - 1}}}"
    return bool(re.fullmatch(form, text)) and len(text.encode()) <= MOST_BYTES


def _is_kept(text: str) -> bool:
    """Whether a name means something else on some system, or beside the studies of a home.

    Windows drops a full stop at the end, and has devices of some names whatever follows a dot.
    """
    device = re.match(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", text, re.IGNORECASE)
    return text.endswith(".") or bool(device) or text.casefold().startswith("studies.db")


def _number(value: object) -> int | float | None:
    """Return any kind of number as Python's own; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    return int(value) if isinstance(value, Integral) else float(value)


Folder = Annotated[Path, AfterValidator(Path.expanduser)]
"""A folder; ``~`` is the user's own, as a shell would have it."""
