"""What a storage is called: a URL, or ``@FILE`` that holds one; and never with its password."""

import re
from pathlib import Path

import sqlalchemy
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from autolstm.errors import StorageError
from autolstm.secrecy import masked

__all__ = ["hidden", "parsed", "resolved"]

MOST = 65_536
"""Bytes of a file that holds a URL."""


def resolved(storage: str) -> str:
    """Return the URL of a storage: what is given, or what the file behind ``@`` holds.

    Args:
        storage: A URL, or ``@`` and the path of a file that holds it in its only line, so that
            a password is not on the command line, which others see.

    Raises:
        StorageError: The file cannot be read, or holds anything else than one line.
    """
    # What a secret of Kubernetes, made of a file, puts into the environment has its line end.
    storage = storage.strip()
    if not storage.startswith("@"):
        return storage
    path = Path(storage[1:]).expanduser()
    takes = (
        '--storage @FILE, in Python storage="@FILE", takes the path of a text file whose only '
        "line is a storage URL, such as postgresql://user:password@host/database."
    )
    if not path.is_file():
        raise StorageError(f"There is no file {path} that names a storage. {takes} Write it.")
    try:
        with path.open("rb") as file:
            lines = file.read(MOST).decode().strip().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise StorageError(f"The file {path} cannot be read: {why}. {takes} Mend it.") from None
    if len(lines) != 1:
        raise StorageError(f"The file {path} holds {len(lines) or 'no'} lines. {takes} Mend it.")
    return lines[0].strip()


def hidden(url: str) -> str:
    """Return a storage URL without its password."""
    found = parsed(url)
    # A password with an @ that is not written as %40 would end up in the name of the host.
    if found is None or "@" in (found.host or ""):
        return "(an unreadable URL)"
    return masked(found.render_as_string())


def parsed(url: str) -> sqlalchemy.URL | None:
    """Return the parts of a URL; None where it is none."""
    # Before anything is parsed: what follows a line break would be shown.
    if re.search(r"[\r\n\0]", url):
        return None
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        return None
