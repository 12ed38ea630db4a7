"""What a study file cannot do, whoever has written it.

It can neither fill the memory, nor write elsewhere, nor reach another machine.
"""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from autolstm.errors import SettingError, shown
from autolstm.secrecy import masked

__all__ = ["read_text", "stay_inside"]

MOST = 2**24
"""Bytes of a study file (16 MiB)."""

SQLITE = re.compile(r"sqlite://(?:/([^?%:\0\r\n]*))?")
"""A URL of a SQLite file that is nothing but its path: SQLite decodes %, and reads options."""

BELOW = "a path below the folder that autolstm runs in, without '..' or a link that leads out"
FIELDS = {
    "home": (f"It takes {BELOW}", "FOLDER"),
    "artifacts": (f"It takes {BELOW}", "PLACE"),
    "storage": (f"It takes sqlite:///PATH without options, and as PATH {BELOW}", "URL"),
    "dask": ("Leave it out", "ADDRESS"),
}
"""Fields that may lead out: what a study file may say instead, and what their options take."""


def read_text(path: Path) -> str:
    """Read a study file.

    Raises:
        SettingError: It is a device, a pipe, or larger than any study file.
        OSError, UnicodeDecodeError: It cannot be read.
    """
    if path.exists() and not path.is_file():
        raise SettingError(
            f"The study file {path} is a folder, a device or a pipe. A study file is a text "
            f"file in UTF-8. Give the path of one."
        )
    size = path.stat().st_size
    if size > MOST:
        raise SettingError(
            f"The study file {path} has {size:,} bytes, and at most {MOST:,} are read. A study "
            f"file names settings; data belong into a file that its source names."
        )
    # Some editors put a byte order mark first.
    return path.read_text(encoding="utf-8-sig")


def stay_inside(written: Mapping[str, Any]) -> None:
    """Refuse what would have a study file write elsewhere, or reach another machine.

    What a Dask scheduler sends is run, and a server is given passwords and may ask for files: only
    whoever runs a study file can say which to trust.

    Args:
        written: The fields of the file, without those that whoever runs it gave apart.

    Raises:
        SettingError: A field leads out.
    """
    for name, (takes, value) in FIELDS.items():
        said = written.get(name)
        # What is no text is refused with all other fields.
        if isinstance(said, str) and not _stays(name, said):
            option = "" if name == "artifacts" else f"--{name} {value} or "
            raise SettingError(
                f"{name} = {shown(masked(said))} is not accepted in a study file, which may come "
                f"from somebody else and must neither write where it likes nor reach other "
                f"machines. {takes}, or give it yourself, over the file: {option}--set "
                f"{name}={value}.",
                name,
            )


def _stays(name: str, said: str) -> bool:
    """Whether what a file says of a field stays below the folder that we are in."""
    if name == "storage":
        found = SQLITE.fullmatch(said)
        return found is not None and _is_below(found[1] or "")
    return name != "dask" and _is_below(said)


def _is_below(path: str) -> bool:
    """Whether a path is one below the folder that we are in, on any system."""
    plain = (PurePosixPath(path), PureWindowsPath(path))
    rooted = any(one.is_absolute() or one.drive or one.root for one in plain)
    if rooted or path.startswith("~") or "://" in path or any(".." in one.parts for one in plain):
        return False
    try:
        return Path(path).resolve().is_relative_to(Path.cwd())
    except (OSError, RuntimeError, ValueError):
        return False  # links in a circle, or what no path can hold
