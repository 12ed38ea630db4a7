"""What containers and jobs let a process use: made-up systems, and a real control group."""

import os
import subprocess
import sys
from contextlib import suppress
from math import inf

import psutil
import pytest

from autolstm import limits, memory, processor
from autolstm.experiment import ask
from autolstm.limits import Limits
from autolstm.workers.team import NEEDED, team_for

GIB = 2**30
JOB = ("SLURM_JOB_ID", "SLURM_CPUS_ON_NODE", "SLURM_MEM_PER_NODE", "SLURM_MEM_PER_CPU")


@pytest.fixture(autouse=True)
def no_job(monkeypatch):
    for name in JOB:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A function that makes up a system of files; nothing else is read then."""
    monkeypatch.setattr(limits, "ROOT", tmp_path)

    def system(groups, mounts, **files):
        proc = {"proc/self/cgroup": groups, "proc/self/mountinfo": mounts}
        for name, text in (proc | {f"sys/fs/cgroup/{n}": t for n, t in files.items()}).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return system


def mounted(kind="cgroup2", top="/", place="/sys/fs/cgroup", options="rw,nsdelegate"):
    return f"31 23 0:27 {top} {place} rw,nosuid shared:9 - {kind} cgroup {options}\n"


NEW = mounted()
OLD = "".join(
    mounted("cgroup", place=f"/sys/fs/cgroup/{name}", options=f"rw,{name}")
    for name in ("memory", "cpu,cpuacct")
)
OTHERS = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 1 0:21 / /run rw shared:2 - tmpfs  rw,mode=755\n"


# Control groups ---------------------------------------------------------------------------------


def test_a_system_without_groups_has_no_limits(system):
    assert limits.limits() == Limits(inf, inf, inf)  # as where there is no /proc
    system("", OTHERS)
    assert limits.limits() == Limits(inf, inf, inf)
    system("0::/\n", OTHERS + NEW, **{"cgroup.procs": "1"})
    assert limits.limits() == Limits(inf, inf, inf)


def test_a_group_and_all_around_it_hold(system):
    """As in a pod: its container has fewer cores, the pod as a whole less memory."""
    pod = "kubepods.slice/pod7.slice"
    system(
        "0::/kubepods.slice/pod7.slice/one.scope\n",
        OTHERS + NEW,
        **{
            f"{pod}/one.scope/cpu.max": "350000 100000\n",
            f"{pod}/one.scope/memory.max": "max\n",
            f"{pod}/one.scope/memory.current": f"{2 * GIB}\n",
            f"{pod}/cpu.max": "max 100000\n",
            f"{pod}/memory.max": f"{6 * GIB}\n",
            f"{pod}/memory.current": f"{4 * GIB}\n",
            f"{pod}/memory.stat": f"anon {2 * GIB}\ninactive_file {GIB}\n",
            "kubepods.slice/cpu.max": "1600000 100000\n",
            "kubepods.slice/memory.max": f"{100 * GIB}\n",
        },
    )
    # Pages of files that nobody reads any more make room.
    assert limits.limits() == Limits(3.5, 6 * GIB, 3 * GIB)


def test_groups_of_the_older_kind(system):
    system(
        "9:memory:/slurm/job_7\n5:cpu,cpuacct:/slurm\n1:name=systemd:/\n0::/elsewhere\n",
        OTHERS + OLD,
        **{
            "memory/slurm/job_7/memory.limit_in_bytes": "9223372036854771712\n",
            "memory/slurm/memory.limit_in_bytes": f"{8 * GIB}\n",
            "memory/slurm/memory.usage_in_bytes": f"{3 * GIB}\n",
            "memory/slurm/memory.stat": f"inactive_file 5\ntotal_inactive_file {GIB}\n",
            "cpu,cpuacct/slurm/cpu.cfs_quota_us": "50000\n",
            "cpu,cpuacct/slurm/cpu.cfs_period_us": "100000\n",
            "cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
            "cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        },
    )
    assert limits.limits() == Limits(0.5, 8 * GIB, 6 * GIB)


@pytest.mark.parametrize(
    ("path", "top"),
    [
        ("/", "/"),  # in a name space of its own
        ("/docker/7", "/docker/7"),  # what is mounted is the container's group
        ("/docker/7", "/docker/elsewhere"),  # its path is told from outside
    ],
)
def test_a_container_sees_its_own_group_at_the_top(system, path, top):
    system(f"0::{path}\n", mounted(top=top), **{"memory.max": "1124\n", "memory.current": "100\n"})
    assert limits.limits() == Limits(inf, 1124, 1024)


def test_a_path_does_not_lead_out_of_what_is_mounted(system, tmp_path):
    system("0::/../other\n", NEW)
    (tmp_path / "sys/fs/other").mkdir(parents=True)
    (tmp_path / "sys/fs/other/memory.max").write_text("5\n")
    assert limits.limits() == Limits()


def test_more_than_the_limit_is_used(system):
    system("0::/\n", NEW, **{"memory.max": "99\n", "memory.current": "100\n"})
    assert limits.limits().free == 0


# Jobs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "cores", "megabytes"),
    [
        ({"CPUS_ON_NODE": "8", "MEM_PER_NODE": "8192"}, 8, 8192),
        ({"CPUS_ON_NODE": "8", "MEM_PER_CPU": "1000"}, 8, 8000),
        ({"CPUS_ON_NODE": "8", "MEM_PER_NODE": "0"}, 8, inf),
        ({"MEM_PER_CPU": "1000"}, inf, inf),
        ({"CPUS_ON_NODE": "many", "MEM_PER_NODE": "8G"}, inf, inf),
        ({}, inf, inf),
    ],
)
def test_a_job_has_what_slurm_granted(system, monkeypatch, said, cores, megabytes):
    system("0::/\n", NEW)
    for name, value in said.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    assert limits.limits() == Limits()  # what is left of another shell is no job
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    assert limits.limits() == Limits(cores, megabytes * 2**20, inf)


# Who uses them ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("100000", 1), ("150000", 2), ("5000", 1), ("99900000", 999), ("max", 0)],
)
def test_cores(system, monkeypatch, quota, expected):
    monkeypatch.setattr(processor.os, "sched_getaffinity", lambda pid: range(64), raising=False)
    system("0::/\n", NEW, **{"cpu.max": f"{quota} 100000"})
    assert processor.cores() == min(64, expected or 64)


def test_memory(system):
    machine, free = psutil.virtual_memory().total, memory.free()
    system("0::/\n", NEW, **{"memory.max": "max\n", "memory.current": "100\n"})
    assert memory.total() == machine
    assert memory.free() > 2**20 < free
    system("0::/\n", NEW, **{"memory.max": "1124\n"})
    assert (memory.total(), memory.free()) == (1124, 1024)


def test_a_team_fits_into_its_container(system):
    system("0::/\n", NEW, **{"memory.max": f"{6 * 10**9}\n"})
    asked = ask({"source": "airline", "workers": "auto", "seeds": 3})
    team = team_for(asked, 100, cores=64)
    assert (team.workers, team.threads) == (3, 21)
    assert NEEDED <= team.memory <= 0.8 * 6e9 / 3


# For real ---------------------------------------------------------------------------------------

SCRIPT = """
import os, sys
for file in sys.argv[1:]:
    with open(file, "w") as procs:
        procs.write(str(os.getpid()))
from autolstm import memory, processor
print(processor.cores(), memory.total(), memory.free())
"""

NAMES = {"memory": ("memory.max", "memory.limit_in_bytes"), "cpu": ("cpu.max", "cpu.cfs_quota_us")}


def made(controller):
    """Make a group inside that of this process, of whichever kind; return it and its file."""
    for folder in limits._groups():
        group = folder / f"autolstm-{os.getpid()}"
        with suppress(OSError):
            group.mkdir(exist_ok=True)
            for file in (group / name for name in NAMES[controller]):
                if file.is_file():
                    return group, file
            group.rmdir()
    pytest.skip(f"No control group of {controller} can be made here, which takes root and Linux")


@pytest.fixture
def narrow():
    """Real groups with 3 GiB and half a core, and one inside each; returns the inner ones."""
    inner = []
    try:
        for controller, limit in (("memory", str(3 * GIB)), ("cpu", "50000")):
            group, file = made(controller)
            inner.append(group / "inside")
            inner[-1].mkdir(exist_ok=True)
            file.write_text(limit)
        yield inner
    finally:
        # Of the newer kind one group has both limits.
        for folder in dict.fromkeys(inner):
            folder.rmdir()
            folder.parent.rmdir()


def test_a_real_group(narrow):
    command = [sys.executable, "-c", SCRIPT, *(str(one / "cgroup.procs") for one in narrow)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    cores, total, free = map(int, done.stdout.split())
    assert (cores, total) == (1, 3 * GIB)
    assert 2 * GIB < free < 3 * GIB
