"""What a container or a job lets this process use of its machine.

A container sees all cores and all memory of its machine, and is slowed down or ended when it uses
more than its own. Linux keeps such limits in control groups, one inside the other, and each of
them holds: https://docs.kernel.org/admin-guide/cgroup-v2.html, and .../cgroup-v1/ for the older
kind. SLURM may do without them, and only say what it has granted:
https://slurm.schedmd.com/sbatch.html.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path, PurePosixPath

__all__ = ["Limits", "limits"]

ROOT = Path("/")
"""Where the system's own files are."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a process may use; infinite where nothing says so.

    Attributes:
        cores: Processor cores, perhaps a part of one.
        memory: Bytes, for all processes of the container or job together.
        free: Bytes of them that nobody uses yet, where that is known.
    """

    cores: float = inf
    memory: float = inf
    free: float = inf


def limits() -> Limits:
    """Return the narrowest of all limits that this process is under."""
    every = [_granted(os.environ), *map(_group, _groups())]
    return Limits(
        cores=min(one.cores for one in every),
        memory=min(one.memory for one in every),
        free=min(one.free for one in every),
    )


def _granted(said: Mapping[str, str]) -> Limits:
    """Return what a job of SLURM has on this machine; of other processes nothing is said."""
    if "SLURM_JOB_ID" not in said:
        return Limits()
    cores = _number(said.get("SLURM_CPUS_ON_NODE"))
    # In megabytes; a job that asks for none, or for 0, has all.
    whole, a_core = (_number(said.get(f"SLURM_MEM_PER_{what}")) for what in ("NODE", "CPU"))
    return Limits(cores=cores, memory=min(whole, a_core * cores) * 2**20)


def _groups() -> Iterator[Path]:
    """Yield the folders of all control groups that this process is in."""
    own: dict[str, str] = {}
    for line in _read(ROOT / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        own |= dict.fromkeys(controllers.split(","), path)
    for line in _read(ROOT / "proc/self/mountinfo").splitlines():
        mount, _, system = line.partition(" - ")
        kind, *_, options = system.split()
        # The newer kind has all controllers in one tree, and names none.
        names = {"cgroup": options.split(","), "cgroup2": [""]}.get(kind, [])
        top, place = mount.split()[3:5]
        for path in {own[name] for name in names if name in own}:
            yield from _within(ROOT / place.lstrip("/"), top, path)


def _within(mounted: Path, top: str, path: str) -> Iterator[Path]:
    """Yield the folder of a group and of those around it, as far as they are mounted here.

    Args:
        mounted: Where groups are mounted.
        top: The group that is mounted there.
        path: The group.
    """
    inside = PurePosixPath(path)
    # A container may see its own group at the top, and be told a path from outside.
    below = inside.relative_to(top) if inside.is_relative_to(top) else PurePosixPath()
    if ".." not in below.parts:
        yield from (mounted / one for one in (below, *below.parents))


def _group(folder: Path) -> Limits:
    """Return the limits of one group; files of the two kinds differ in name alone."""
    new = [*_read(folder / "cpu.max").split(), "", ""][:2]
    old = [_read(folder / f"cpu.cfs_{name}_us") for name in ("quota", "period")]
    quota, period = map(_number, new if new[0] else old)
    memory = min(_number(_read(folder / name)) for name in ("memory.max", "memory.limit_in_bytes"))
    return Limits(
        cores=quota / period if quota < inf else inf,
        memory=memory,
        free=max(0, memory - _used(folder)),
    )


def _used(folder: Path) -> int:
    """Return the bytes that a group uses, without those of files that are read no more."""
    said = _read(folder / "memory.current") or _read(folder / "memory.usage_in_bytes")
    stat = dict(line.split(" ", 1) for line in _read(folder / "memory.stat").splitlines())
    # Of the older kind the plain name does not count the groups inside.
    idle = stat.get("total_inactive_file", stat.get("inactive_file", 0))
    return max(0, int(said or 0) - int(idle))


def _number(text: str | None) -> float:
    """Read a number of at least 1; anything else, such as ``max`` or -1, is no limit."""
    said = (text or "").strip()
    return int(said) or inf if said.isdecimal() else inf


def _read(file: Path) -> str:
    """Return what a file of the system says, nothing where there is none."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
