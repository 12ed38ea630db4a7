"""The heartbeat of trials on other machines, and when one of them is given up.

A process writes a number that grows into its running trial. Whoever watches judges by its own
clock, one that neither jumps nor counts the sleep of the machine, how long the number has stood
still; times that others wrote are not compared. So a wrong clock ends no healthy trial, and
neither does a laptop that slept, nor a storage that was away: it begins to count anew.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import optuna
from optuna.trial import FrozenTrial

from autolstm.ledger.storage import BROKEN

__all__ = ["BEAT", "GRACE", "Pulse", "beating"]

BEAT = 30.0
"""Seconds between two beats."""

GRACE = 300.0
"""Seconds without a beat after which a trial is given up: ten beats, longer than any compiling."""

HEARTBEAT = "heartbeat"
"""User attribute of a trial."""


class Pulse:
    """Watches the heartbeats of trials.

    Args:
        grace: Seconds without a beat after which a trial is stale.
        clock: Seconds of this process that never go back.
    """

    def __init__(self, grace: float = GRACE, clock: Callable[[], float] = time.monotonic) -> None:
        self._grace = grace
        self._clock = clock
        self._looked = clock()
        self._outages = 0
        self._seen: dict[int, tuple[Any, float]] = {}

    def is_stale(self, trial: FrozenTrial) -> bool:
        """Whether a running trial has not beaten for the whole grace, watched by us."""
        now = self._clock()
        beat = trial.user_attrs.get(HEARTBEAT, 0)
        known = self._seen.get(trial.number)
        if known is None or known[0] != beat:
            self._seen[trial.number] = known = (beat, now)
        return now - known[1] > self._grace

    def look(self, outages: int = 0) -> None:
        """Say that the watching goes on; after a gap in it, all before it does not count.

        Args:
            outages: Grows while the storage is away: then nobody can beat.
        """
        self.tick()
        if outages != self._outages:
            self._seen.clear()
        self._outages = outages

    def tick(self) -> None:
        """Say that this process runs; after a gap, it slept, and with it perhaps the others."""
        now = self._clock()
        if now - self._looked > self._grace / 2:
            self._seen.clear()
        self._looked = now


@contextmanager
def beating(
    storage: optuna.storages.BaseStorage,
    trial_id: int,
    every: float = BEAT,
    and_also: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Let a trial beat while it runs. A storage that is away for a while is tried again.

    Args:
        storage: The storage.
        trial_id: The trial.
        every: Seconds between two beats.
        and_also: Called at every beat.
    """
    over = threading.Event()

    def beat() -> None:
        number = 0
        while not over.wait(every):
            number += 1
            and_also()
            try:
                storage.set_trial_user_attr(trial_id, HEARTBEAT, number)
            except BROKEN:
                continue
            except (KeyError, RuntimeError):
                return  # it was deleted, or given up by others: whoever runs it will notice

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=1.0)
