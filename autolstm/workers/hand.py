"""`Hand`: a worker as the process that watches it knows it."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

import cloudpickle
import psutil

from autolstm.study.progress import TrialEnded, TrialStarted
from autolstm.workers.logs import HEAD, begin_log
from autolstm.workers.messages import Came, Order, Orders, Task

__all__ = ["COMMAND", "Hand"]

COMMAND = [sys.executable, "-m", "autolstm.workers.worker"]
"""How a worker is begun. Not by `multiprocessing`, which would run the user's own script again."""


@dataclass(eq=False)
class Hand:
    """One worker.

    Attributes:
        slot: Its number, from 1; whoever replaces it has the same.
        process: The process.
        log: Where goes what it prints.
        connection: The line to it, None before it has come.
        who: The name with which it signs trials, empty before it has come.
        order: What it is doing, None for nothing.
        trial: The trial that it fits, None in between.
        since: `time.monotonic` when that began; before its first, when the process did.
    """

    slot: int
    process: "subprocess.Popen[bytes]"
    log: Path
    connection: Connection | None = None
    who: str = ""
    order: Order | None = None
    trial: int | None = None
    since: float = field(default_factory=time.monotonic)

    @classmethod
    def begin(cls, slot: int, address: Any, key: bytes, task: Task, log: Path) -> "Hand":
        """Start the process; it calls back at the address."""
        printed = begin_log(log, slot)
        try:
            process = subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=printed,
                stderr=subprocess.STDOUT,
                env=_environment(task),
            )
        finally:
            os.close(printed)
        # By value where it must be: a function of a notebook is nowhere to be imported from.
        told = cloudpickle.dumps((address, key, (slot, task)))
        # It reads when it has loaded what it needs, and others are watched meanwhile.
        Thread(target=_tell, args=(process, told), name="task", daemon=True).start()
        return cls(slot, process, log)

    def came(self, message: Came, connection: Connection) -> None:
        """Take note that it has called back."""
        self.connection, self.who = connection, message.who

    def tell(self, order: Order) -> None:
        """Give an order; one that has died is noticed elsewhere."""
        self.order = None if order in (Orders.leave, Orders.stop) else order
        if self.connection is not None:
            with suppress(OSError):
                self.connection.send(order)

    def hear(self, event: object) -> None:
        """Take note of what it fits."""
        if isinstance(event, TrialStarted):
            self.trial, self.since = event.number, time.monotonic()
        elif isinstance(event, TrialEnded):
            self.trial = None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    @property
    def memory(self) -> int:
        """Bytes that the process uses now, 0 where it has ended."""
        try:
            return int(psutil.Process(self.process.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def kill(self) -> None:
        """End the process, whatever it does."""
        with suppress(OSError):
            self.process.kill()
        self.process.wait()

    def death(self) -> str:
        """Say how the process ended."""
        code = self.process.returncode
        if code == 128 + signal.SIGTERM:
            return "it was ended by SIGTERM"
        if code >= 0:
            return f"it ended with code {code}"
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        rare = ", as the system does when memory runs out" if name == "SIGKILL" else ""
        return f"killed by {name}{rare}"

    def last_words(self) -> str:
        """Return the last line that it printed, empty for none."""
        with suppress(OSError):
            lines = self.log.read_text(errors="replace").split("\n")
            said = (one.strip() for one in reversed(lines))
            return next((one for one in said if one and not one.startswith(HEAD)), "")
        return ""


def _tell(process: "subprocess.Popen[bytes]", task: bytes) -> None:
    assert process.stdin is not None
    with suppress(OSError), process.stdin as pipe:
        pipe.write(task)


def _environment(task: Task) -> dict[str, str]:
    """Keep a worker among others to its share of the cores; one alone has them all."""
    if task.alone:
        return dict(os.environ)
    count = str(task.threads)
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    return {**os.environ, **dict.fromkeys(names, count)}
