"""The ``.ts`` format of the UEA archive: a header of ``@`` lines, then a case a line.

A line holds the dimensions of a case with colons between, values with commas, the label last.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autolstm.data.room import ROWS_BY_HAND, check_room
from autolstm.errors import DataError

__all__ = ["Cases", "read_ts"]


@dataclass(frozen=True, eq=False, slots=True)
class Cases:
    """The cases of one file.

    Attributes:
        series: One array of shape (steps,) or (steps, dimensions) a case.
        answers: One number or label a case; empty where nobody asked for them.
        lines: The line that each case stands on, from 1.
    """

    series: list[np.ndarray]
    answers: list[Any]
    lines: list[int]


@dataclass(frozen=True, slots=True)
class _Header:
    labels: tuple[str, ...] | None
    dimensions: int | None
    first: int
    answered: bool


def read_ts(path: Path, *, to_learn: bool = True) -> Cases:
    """Read a ``.ts`` file of equal or unequal length, with labels or numbers as targets.

    Args:
        path: The file.
        to_learn: Whether the answers are needed. If not, they may be missing, or be anything.

    Raises:
        DataError: It holds no labels, time stamps, or lines that do not match the header; the
            message names the line.
    """
    try:
        check_room(path.name, path.stat().st_size, ROWS_BY_HAND)
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path.name} cannot be read: {error}. A .ts file is text: lines with @, then a case "
            f"a line. Fetch it again."
        ) from None
    header = _header(lines, path.name, to_learn=to_learn)
    series, answers, places = [], [], []
    for number, line in enumerate(lines[header.first :], header.first + 1):
        if line.strip() and not line.lstrip().startswith("#"):
            where = f"Line {number} of {path.name}"
            dimensions = [one.strip() for one in line.split(":")]
            label = dimensions.pop() if header.answered else ""
            series.append(_values_of(dimensions, where, header))
            answers += [_answer(label, where, header)] if to_learn else []
            places.append(number)
    return Cases(series, answers, places)


def _header(lines: list[str], name: str, *, to_learn: bool) -> _Header:
    said: dict[str, list[str]] = {}
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if not words[0].startswith("@"):
            break
        key = words[0][1:].casefold()
        if key == "data":
            _check_stamps(said, name)
            answered = any(_is_true(said.get(one, [])) for one in ("classlabel", "targetlabel"))
            labels = _labels(said, name) if to_learn else None
            return _Header(labels, _dimensions(said, name), number, answered)
        said[key] = words[1:]
    raise DataError(
        f"{name} has no line @data where its header ends. A .ts file has lines with @, the last "
        f"of them @data, then a case a line. Check that it is one, and whole."
    )


def _is_true(words: list[str]) -> bool:
    return bool(words) and words[0].casefold() == "true"


def _check_stamps(said: dict[str, list[str]], name: str) -> None:
    if _is_true(said.get("timestamps", [])):
        raise DataError(
            f"{name} has time stamps at its values (@timeStamps true). Plain values, one a step, "
            f"are accepted. Write it without them, or give the pair (X, y) in Python."
        )


def _labels(said: dict[str, list[str]], name: str) -> tuple[str, ...] | None:
    """Return the labels that may come; None for numbers as targets."""
    if _is_true(said.get("targetlabel", [])):
        return None
    words = said.get("classlabel", [])
    if not _is_true(words):
        raise DataError(
            f"{name} has no labels: its header says neither @classLabel true, with the labels, "
            f"nor @targetLabel true. Every case needs its answer at the end of its line. Give "
            f"the file with labels."
        )
    return tuple(words[1:])


def _dimensions(said: dict[str, list[str]], name: str) -> int | None:
    if _is_true(said.get("univariate", [])):
        return 1
    words = said.get("dimensions") or said.get("dimension")
    if not words:
        return None
    if not words[0].isdecimal():
        raise DataError(
            f"{name} has the dimensions {words[0]!r} in its header. A whole number is accepted. "
            f"Mend the line @dimensions, or leave it out."
        )
    return int(words[0])


def _values_of(dimensions: list[str], where: str, header: _Header) -> np.ndarray:
    """Read the values of a case, shape (steps, dimensions)."""
    if header.dimensions not in (None, len(dimensions)):
        beside = " beside its label" if header.answered else ""
        raise DataError(
            f"{where} has {len(dimensions)} dimensions{beside}, the header says "
            f"{header.dimensions}. Every case needs as many. Mend the line or the header."
        )
    channels = [_values(one, where) for one in dimensions]
    lengths = sorted({len(one) for one in channels})
    if len(lengths) != 1:
        told = f"of {' and '.join(map(str, lengths))} steps" if lengths else "missing"
        raise DataError(
            f"{where} has dimensions {told}. All dimensions of a case have the same steps. Mend "
            f"the line."
        )
    return np.column_stack(channels)


def _values(text: str, where: str) -> np.ndarray:
    cells = [one.strip() for one in text.split(",")] if text else []
    try:
        # A missing value is filled, or refused, where those of all sources are.
        return np.array(["nan" if one == "?" else one for one in cells], dtype=np.float64)
    except ValueError:
        raise DataError(
            f"{where} holds a value that is no number. Values are written like 12.5, with commas "
            f"between, and colons between dimensions. Mend the line."
        ) from None


def _answer(label: str, where: str, header: _Header) -> Any:
    if header.labels is None:
        try:
            return float(label)
        except ValueError:
            raise DataError(
                f"{where} ends in {label!r}, which is no number. With @targetLabel the answer "
                f"is a number. Mend the line or the header."
            ) from None
    if header.labels and label not in header.labels:
        raise DataError(
            f"{where} has the label {label!r}, the header names {', '.join(header.labels)}. "
            f"Labels are those of the header. Mend the line or the header."
        )
    return label
