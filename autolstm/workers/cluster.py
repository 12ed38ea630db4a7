"""`Cluster`: lets the workers of a Dask cluster fit trials of a study.

Dask starts, watches and restarts its workers, on whatever machines it has been given; see
https://docs.dask.org/en/stable/deploying.html. Here each of them is asked to fit trials as soon as
it comes, and what one was fitting that has gone is fitted again. The storage coordinates them.
"""

import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any
from uuid import uuid4

import cloudpickle
import optuna
from optuna.trial import TrialState

from autolstm.errors import StudyFailed, StudyStopped
from autolstm.report.numbers import duration
from autolstm.study.begin import Seat
from autolstm.study.job import Job
from autolstm.study.progress import Notice, TrialEnded, TrialStarted
from autolstm.study.search import best_of, finished
from autolstm.workers.guest import Guest, task_of
from autolstm.workers.losses import DEATHS, buried, cut_off, overdue
from autolstm.workers.messages import Came, Done, Failure, Orders
from autolstm.workers.scheduler import first_line

__all__ = ["Cluster"]

LOOK = 0.5
"""Seconds between two looks at who is there."""

LEAVING = 20.0
"""Seconds in which workers that are not wanted any more end their trials in good order."""

BROKEN = 60.0
"""Seconds for which a connection that broke is waited for; Dask itself gives up sooner."""

RESTARTING = 30
"""Seconds in which a worker that hangs is restarted by its nanny."""


class Cluster:
    """The workers of a Dask cluster, as one study knows them.

    Args:
        job: What is to be done.
        study: The opened study.
        seat: Place of this process among those that work on the study.
        client: Connected to the scheduler.
        most: Workers that may fit trials at the same time; None for all.
    """

    def __init__(
        self, job: Job, study: optuna.Study, seat: Seat, client: Any, most: int | None = None
    ) -> None:
        self._job = job
        self._study = study
        self._seat = seat
        self._client = client
        self._most = most
        self._topic = f"autolstm-{uuid4().hex}"
        self._words: SimpleQueue[bytes] = SimpleQueue()
        self._guests: dict[int, Guest] = {}
        self._useless: dict[str, str] = {}
        self._invited = 0
        self._deaths = 0
        self._added = 0
        self._over = False
        self._said: set[str] = set()

    def search(self) -> int:
        """Let all workers that come try configurations; return how many trials were finished.

        Raises:
            StudyFailed: Workers die one after another, none can fit, or the scheduler has gone.
        """
        self._subscribe()
        self._say_whose_memory()
        try:
            while not self._over or self._guests:
                # First who is there: what one has said before it left is heard then.
                there = self._addresses()
                self._hear()
                self._look_for_losses(there)
                self._look_for_the_end()
                if not self._over:
                    self._invite(self._addresses())
                time.sleep(LOOK)
        finally:
            self._send_away()
        return self._added

    def _say_whose_memory(self) -> None:
        """Say that a limit of memory does not reach the workers, which are Dask's own."""
        asked = self._job.experiment.memory
        if asked is not None:
            self._say_once(
                f"memory = {asked / 1e9:.1f} GB holds here, where the winner is refitted. The "
                f"workers of the Dask cluster are limited by Dask: begin them with "
                f"`dask worker --memory-limit {asked / 1e9:.1f}GB`."
            )

    def _subscribe(self) -> None:
        self._client.subscribe_topic(self._topic, lambda event: self._words.put(event[1]))

    def _addresses(self) -> set[str]:
        """Return the workers that the cluster has now; a connection that broke is waited for."""
        until = time.monotonic() + BROKEN
        while time.monotonic() < until and self._client.status in ("running", "connecting"):
            with suppress(OSError, RuntimeError):
                if self._client.status == "running":
                    # Not `scheduler_info`, whose answer a timer of the client replaces.
                    return set(self._client.nthreads())
            time.sleep(LOOK)
        raise StudyFailed(
            f"The Dask scheduler {self._job.experiment.dask} does not answer any more. Everything "
            f"finished is kept. To go on, run the same command again when it is back."
        )

    def _invite(self, there: set[str]) -> None:
        """Ask workers that have come to fit trials."""
        busy = {one.address for one in self._guests.values()}
        for address in sorted(there - busy - self._useless.keys()):
            if self._most is not None and len(self._guests) >= self._most:
                return
            if len(finished(self._study)) >= self._job.wanted:
                self._over = True
                return
            self._invited += 1
            task = task_of(self._job, self._seat.stop)
            made = (self._client, address, self._invited, self._topic, task)
            self._guests[self._invited] = Guest.asked(*made)
        if self._guests:
            self._say_once(f"Workers of the Dask cluster that fit trials: {len(self._guests)}.")
        elif there:
            why = next(iter(self._useless.values()))
            raise StudyFailed(f"No worker of the Dask cluster can fit trials. {why}")
        else:
            self._say_once("The Dask cluster has no workers; they are waited for.")

    def _look_for_the_end(self) -> None:
        """See whether the study was stopped, or its time is over; workers that fit see it too."""
        asked = self._job.experiment.time
        late = asked is not None and time.monotonic() - self._job.started > asked
        if not late and self._seat.wish(self._study) is None:
            return
        if late and asked is not None and not self._guests and best_of(self._study) is None:
            raise StudyFailed(
                f"No worker of the Dask cluster came within {duration(asked)}. Begin some with "
                f"`dask worker {self._job.experiment.dask}`, and run the same command again."
            )
        self._over = True
        for guest in [one for one in self._guests.values() if not one.who]:
            # It waits behind what others let it do.
            self._let_go(guest)

    def _hear(self) -> None:
        """Take note of all that workers have said."""
        with suppress(Empty):
            while True:
                slot, message = cloudpickle.loads(self._words.get_nowait())
                if slot in self._guests:
                    self._heard(self._guests[slot], message)

    def _heard(self, guest: Guest, message: Any) -> None:
        match message:
            case Came():
                guest.who = message.who
                return
            case Done():
                self._over = self._over or message.order == Orders.search
                self._let_go(guest)
                return
            case Failure():
                self._failed(guest, message)
                return
            case TrialStarted():
                guest.trial, guest.since = message.number, time.monotonic()
            case TrialEnded():
                guest.trial = None
                if message.state != "failed":
                    self._added += 1
                    guest.finished += 1
                    self._deaths = 0
        if isinstance(message, Notice):
            self._say_once(message.text)
        else:
            self._job.watcher.see(message)

    def _failed(self, guest: Guest, failure: Failure) -> None:
        """Do without a worker that cannot take part; what is wrong with the study is raised."""
        error = failure.error()
        if isinstance(error, (StudyFailed, StudyStopped)):
            raise error
        self._do_without(guest, str(error))

    def _do_without(self, guest: Guest, reason: str) -> None:
        self._let_go(guest)
        self._useless[guest.address] = reason
        self._say_once(f"The worker {guest.address} of the cluster takes no part: {reason}")

    def _look_for_losses(self, there: set[str]) -> None:
        """See who has gone, who could not even begin, and who takes too long."""
        before = self._deaths
        for guest in list(self._guests.values()):
            if guest.address not in there:
                self._lost(guest, "the cluster has lost it")
            elif guest.future.status == "error":
                reason = first_line(guest.future.exception())
                told = f"It cannot run autolstm ({reason}). Install the same version there."
                self._do_without(guest, told)
            elif guest.future.status != "pending":
                self._ended(guest)
            elif guest.trial is not None:
                why = overdue(self._job, self._study, guest.since)
                if why is not None:
                    self._cut_off(guest, guest.trial, why)
        # Many may leave at once: a job's time is over, or a machine goes.
        self._deaths = min(self._deaths, before + 1)
        if self._deaths >= DEATHS:
            raise StudyFailed(
                f"{self._deaths} times in a row workers of the Dask cluster were lost before they "
                f"finished a trial. What was finished is kept. Their logs say what they died of."
            )

    def _lost(self, guest: Guest, how: str) -> None:
        self._let_go(guest)
        told = buried(self._job, self._study, guest.who, how, time.monotonic() - guest.since)
        self._deaths += guest.finished == 0
        said = f"Worker {guest.slot} ({guest.address}) is gone: {how}.{told}"
        self._job.watcher.see(Notice(said))

    def _ended(self, guest: Guest) -> None:
        """Ask a worker again whose task has ended, and not as it said or for all we have heard."""
        if guest.future.status == "finished" and not guest.is_silent:
            guest.is_silent = True  # what it said may be on its way
            return
        # The connection broke for a moment: then tasks are taken away, and nothing is heard.
        self._let_go(guest)
        self._subscribe()

    def _cut_off(self, guest: Guest, number: int, why: tuple[str, TrialState]) -> None:
        """End a trial that does not end by itself, and have its worker begun anew."""
        self._let_go(guest)
        cut_off(self._job, self._study, number, why, time.monotonic() - guest.since)
        self._say_once(
            f"Trial {number} did not end by itself: the worker {guest.address} is restarted."
        )
        try:
            self._client.restart_workers([guest.address], timeout=RESTARTING)
        except (OSError, RuntimeError, ValueError):
            # It has no nanny that could.
            self._useless[guest.address] = "It hangs in a trial, and has no nanny to restart it."

    def _let_go(self, guest: Guest) -> None:
        self._guests.pop(guest.slot, None)
        with suppress(OSError, RuntimeError):
            guest.future.release()

    def _send_away(self) -> None:
        """Take the tasks back, and wait until trials that were cut off are marked."""
        # Of a client that is closed by now each call fails in a way of its own.
        with suppress(Exception):
            self._client.cancel([one.future for one in self._guests.values()], force=True)
        until = time.monotonic() + LEAVING
        waiting = {slot for slot, one in self._guests.items() if one.trial is not None}
        while waiting and time.monotonic() < until and self._client.status == "running":
            with suppress(Empty):
                slot, message = cloudpickle.loads(self._words.get(timeout=LOOK))
                if isinstance(message, Done | Failure):
                    waiting.discard(slot)
        self._guests.clear()
        with suppress(Exception):
            self._client.unsubscribe_topic(self._topic)

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._job.watcher.see(Notice(text))
