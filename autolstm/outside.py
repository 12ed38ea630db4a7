"""What a study file cannot do, whoever has written it: fill the memory, write elsewhere."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from autolstm.errors import SettingError, shown

__all__ = ["read_text", "stay_inside"]

MOST = 2**24
"""Bytes of a study file (16 MiB)."""

SQLITE = re.compile(r"sqlite[^:]*:///(?:file:)?([^?]*)", re.IGNORECASE)


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


def stay_inside(written: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Refuse what would have a study file write elsewhere than below where autolstm runs.

    Args:
        written: The fields of the file.
        asked: All fields; those that whoever runs it gave apart are theirs to choose.

    Raises:
        SettingError: A field leads out.
    """
    home, storage = written.get("home"), written.get("storage")
    found = SQLITE.match(storage) if isinstance(storage, str) else None
    for name, path in (("home", home), ("storage", found and found[1])):
        if isinstance(path, str) and _leads_out(path) and asked[name] is written[name]:
            raise SettingError(
                f"{name} = {shown(written[name])} is not accepted in a study file, which may "
                f"come from somebody else and must not write where it likes. It takes a path "
                f"below the folder that autolstm runs in, without '..'. Give another one with "
                f"--{name}.",
                name,
            )


def _leads_out(path: str) -> bool:
    """Whether a path may lie elsewhere than below the folder that we are in, on any system."""
    plain = (PurePosixPath(path), PureWindowsPath(path))
    rooted = any(one.is_absolute() or one.drive or one.root for one in plain)
    return rooted or path.startswith("~") or any(".." in one.parts for one in plain)
