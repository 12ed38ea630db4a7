"""A worker: a process that carries out orders for the one that began it.

``python -m autolstm.workers.worker`` reads its task from standard input, connects to the address
in it, and says there what happens. It ends when it is told to, and when nobody listens any more.
"""

import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing.connection import Client, Connection
from queue import SimpleQueue
from types import FrameType
from typing import Any

import optuna
import psutil

from autolstm.ledger.storage import quiet, sound, where
from autolstm.study.begin import Seat
from autolstm.study.finish import finish
from autolstm.study.job import Job, check_not_stopped, opened, search_with
from autolstm.study.lasting import lasting
from autolstm.study.presence import finishing, present
from autolstm.study.progress import Checking, Event
from autolstm.train.deferred import DeferredEngine
from autolstm.workers.messages import Came, Done, Failure, Order, Orders, Sieve, Task, Tired

__all__ = ["main", "tiring", "work"]

GROWN = 1.5
"""How much larger than at its beginning a worker may be in any case."""

GRACE = 20.0
"""Seconds in which a worker that is to leave tidies up before it is ended."""


LEAVING = threading.Event()
"""Set when the worker is to leave: TensorFlow may swallow the exception that says so."""


class Left(KeyboardInterrupt):
    """The worker is told to stop, or nobody listens to it any more."""


@dataclass(eq=False)
class _Line:
    """The connection to whoever watches; a watcher of the study, too."""

    connection: Connection
    orders: "SimpleQueue[Order]" = field(default_factory=SimpleQueue)
    sieve: Sieve = field(default_factory=Sieve)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def see(self, event: Event) -> None:
        """Pass an event on; of epochs only some."""
        if self.sieve.lets_through(event):
            self.say(event)

    def say(self, message: object) -> None:
        """Say something; whoever does not listen any more is left."""
        try:
            with self.lock:
                self.connection.send(message)
        except OSError:
            raise Left from None

    def listen(self) -> None:
        """Take orders for as long as there is somebody who gives them."""
        with suppress(EOFError, OSError):
            while True:
                order = self.connection.recv()
                if order == Orders.stop:
                    break
                self.orders.put(order)
        _leave()


def _leave() -> None:
    """Interrupt whatever the main thread does, and end the process where that does not help."""
    if hasattr(signal, "pthread_kill"):
        # To the main thread itself: raised here, it would not wake that one up.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    else:
        signal.raise_signal(signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(128 + signal.SIGTERM)


def _interrupt(number: int, frame: FrameType | None) -> None:
    # Only once: what the interrupt tidies up must not be interrupted.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    LEAVING.set()
    raise Left


def main() -> None:
    """Read the task, connect, and work."""
    # Ctrl-C reaches every process of a terminal; the one that watches says what is to be done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _interrupt)
    address, key, (slot, task) = pickle.load(sys.stdin.buffer)
    try:
        work(Client(address, authkey=key), slot, task)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGTERM)


def work(connection: Connection, slot: int, task: Task) -> None:
    """Carry out orders until there are no more."""
    line = _Line(connection)
    job = Job(
        experiment=task.experiment,
        question=task.question,
        name=task.name,
        started=task.started,
        engine=DeferredEngine(task.experiment.engine, task.threads),
        watcher=line,
        builder=task.builder,
        joins=task.joins,
    )
    threading.Thread(target=line.listen, name="orders", daemon=True).start()
    with quiet(), present(job.folder) as who:
        line.say(Came(slot, who))
        with _telling(line), sound(where(job.experiment.home, job.experiment.storage)):
            study = opened(job)
            seat = Seat(job.folder, who, job.here_only, task.stop, is_leaving=LEAVING.is_set)
            with lasting(study):
                while (order := line.orders.get()) != Orders.leave:
                    line.say(_carried_out(order, job, study, seat, task.memory))


@contextmanager
def _telling(line: _Line) -> Iterator[None]:
    """Say why an order could not be carried out."""
    try:
        yield
    except Exception as error:
        traceback.print_exc()  # into its log
        line.say(Failure.of(error))


def _carried_out(order: Order, job: Job, study: optuna.Study, seat: Seat, memory: int) -> Any:
    if order == Orders.search:
        seat.tired = tiring(memory, _memory)
        search_with(job, study, seat)
        return Tired(_memory()) if seat.left_tired else Done(order)
    check = partial(check_not_stopped, study, seat)
    with finishing(job.folder, check):
        finish(replace(job, watcher=Checking(job.watcher, check)), study)
    return Done(order)


def tiring(limit: int, used: Callable[[], int]) -> Callable[[], bool]:
    """Return what says, before every trial, whether a process has grown too large for another.

    What it has before its first trial, with TensorFlow loaded, a new process would have as well.

    Args:
        limit: Bytes past which it has.
        used: Returns the bytes that it uses.
    """
    first: list[int] = []

    def is_tired() -> bool:
        now = used()
        first.append(now)
        return len(first) > 1 and now > max(limit, GROWN * first[0])

    return is_tired


def _memory() -> int:
    return int(psutil.Process().memory_info().rss)


if __name__ == "__main__":
    main()
