"""Bytes -> text: UTF-8, UTF-16 that says so, and Windows-1252, which spreadsheets write."""

import re

from autolstm.errors import DataError, shown

__all__ = ["as_utf8"]

UTF_8_MARK, UTF_16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
NO_TEXT = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x81\x8d\x8f\x90\x9d]")
"""Control characters, and bytes that are no character in Windows-1252."""


def as_utf8(name: str, packed: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return a text file as UTF-8 without a byte order mark, and a note where that was a guess.

    Args:
        name: What messages call the file.
        packed: Its content.

    Raises:
        DataError: It is no text, or in no encoding that is known.
    """
    if packed.startswith(UTF_16_MARKS):
        return _decoded(name, packed, "utf-16").encode(), ()
    if b"\0" in packed[:8192] or packed.startswith(b"PK"):
        raise DataError(
            f"{name} is not text, whatever its name says. A text file with a line per time is "
            f"accepted. If it is a workbook or an archive, open it and save it as CSV."
        )
    packed = packed.removeprefix(UTF_8_MARK)
    if packed.isascii():
        return packed, ()
    try:
        packed.decode()
    except UnicodeDecodeError as error:
        first = error.start
    else:
        return packed, ()
    if NO_TEXT.search(packed):
        _decoded(name, packed, "utf-8")
    text = packed.decode("cp1252")
    line = text.count("\n", 0, first) + 1
    word = next(one[0] for one in re.finditer(r"\S+", text) if one.end() > first)
    note = f"The file is no UTF-8 and was read as Windows-1252: line {line} says {shown(word)}."
    return text.encode(), (note,)


def _decoded(name: str, packed: bytes, encoding: str) -> str:
    try:
        return packed.decode(encoding)
    except UnicodeDecodeError as error:
        line = packed.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name} is not {encoding.upper()} text: line {line} holds the "
            f"byte 0x{packed[error.start]:02x}. Text files are read as UTF-8, or as Windows-1252 "
            f"where every byte is a character of it. Save it as 'CSV UTF-8'."
        ) from None
