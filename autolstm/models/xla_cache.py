"""Compiled programs on disk: XLA's persistent cache, so that a second process starts fast.

It lies in the user's cache folder, apart for every TensorFlow and every kind of processor, because
a program is machine code. ``AUTOLSTM_XLA_CACHE=off`` leaves it out, a path puts it elsewhere.
"""

import hashlib
import os
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from platformdirs import user_cache_path

__all__ = ["SWITCH", "clear", "folder", "use"]

SWITCH = "AUTOLSTM_XLA_CACHE"
"""The environment variable that turns it off or puts it elsewhere."""

MOST = 300
"""Programs that are kept, about 1 MB each; those written first go first."""


def folder() -> Path | None:
    """Return where programs are kept, None where they are not."""
    said = os.environ.get(SWITCH, "")
    if said.casefold() in ("off", "0", "no", "false"):
        return None
    root = Path(said).expanduser() if said else user_cache_path("autolstm") / "xla"
    return root / _kind()


def use() -> None:
    """Tell TensorFlow of the folder, which must happen before it is imported."""
    place = folder()
    flags = os.environ.get("TF_XLA_FLAGS", "")
    # A space would end the flag; a folder named by whoever runs us comes first.
    if place is None or " " in str(place) or "persistent_cache_directory" in flags:
        return
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return  # without a cache everything works, only slower
    _tidy(place)
    os.environ["TF_XLA_FLAGS"] = f"{flags} --tf_xla_persistent_cache_directory={place}".strip()


def clear() -> bool:
    """Throw all programs away, as one of them may be damaged; say whether there were any."""
    place = folder()
    files = list(place.glob("*.pb")) if place is not None and place.is_dir() else []
    for one in files:
        with suppress(OSError):
            one.unlink()
    return bool(files)


def _tidy(place: Path) -> None:
    with suppress(OSError):
        files = sorted(place.glob("*.pb"), key=lambda one: one.stat().st_mtime)
        for one in files[:-MOST]:
            one.unlink()


def _kind() -> str:
    """Name this TensorFlow on this kind of processor."""
    try:
        release = version("tensorflow")
    except PackageNotFoundError:
        release = "unknown"
    described = platform.machine() + platform.processor()
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        told = [one for one in lines if one.startswith(("flags", "Features", "model name"))]
        described += "".join(sorted(set(told)))
    return f"tensorflow-{release}-{hashlib.sha256(described.encode()).hexdigest()[:12]}"
