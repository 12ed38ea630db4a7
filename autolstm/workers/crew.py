"""`Crew`: begins workers, gives them orders, replaces those that die, hang or grow too large."""

import secrets
import threading
import time
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener, wait
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self

import optuna
from optuna.trial import TrialState

from autolstm.errors import StudyFailed
from autolstm.ledger.record import OUT_OF_TIME
from autolstm.report.numbers import duration
from autolstm.study.job import Job
from autolstm.study.progress import Notice, TrialEnded
from autolstm.study.shelf import LOGS
from autolstm.workers.hand import Hand
from autolstm.workers.logs import log_for, tidy
from autolstm.workers.losses import DEATHS, buried, cut_off, overdue
from autolstm.workers.messages import Came, Done, Failure, Order, Orders, Task, Tired
from autolstm.workers.team import Team

__all__ = ["Crew"]

LOOK = 0.5
"""Seconds between two looks at all workers."""

COMING = 300.0
"""Seconds in which a process loads what it needs, on a machine that is very busy."""

HELLO = 10.0
"""Seconds in which one that calls says who it is, which is all that it has to do."""

PATIENCE = 25.0
"""Seconds in which workers that are told to stop do so."""


class Crew:
    """The workers of one run; use it as a context manager.

    Args:
        job: What is to be done.
        study: The opened study.
        stop: The last wish to stop that was there when the run began.
        team: How many workers there are, and what each may take.
    """

    def __init__(
        self, job: Job, study: optuna.Study, stop: dict[str, object] | None, team: Team
    ) -> None:
        self._job = job
        self._study = study
        self._stop = stop
        self._team = team
        self._key = secrets.token_bytes(32)
        self._callers: SimpleQueue[tuple[Connection, Came]] = SimpleQueue()
        self._closing = False
        self._came = False
        self._hands: dict[int, Hand] = {}
        self._leaving: list[Hand] = []
        self._deaths = 0
        self._said: set[str] = set()
        self._looked = 0.0

    def __enter__(self) -> Self:
        tidy(self._job.folder / LOGS)
        self._listener = Listener(authkey=self._key)
        threading.Thread(target=self._receive, name="callers", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end(Orders.leave if kind is None else Orders.stop)
        self._closing = True
        # The thread that takes calls waits for one.
        with suppress(OSError, EOFError, AuthenticationError):
            Client(self._listener.address, authkey=self._key).close()
        self._listener.close()

    def search(self) -> int:
        """Let all workers try configurations; return how many trials were finished."""
        return self._carry_out(Orders.search, self._team.workers)

    def finish(self) -> None:
        """Let one worker confirm the best and refit the winner."""
        for slot, hand in list(self._hands.items())[1:]:
            hand.tell(Orders.leave)
            self._leaving.append(self._hands.pop(slot))
        self._carry_out(Orders.finish, 1)

    def _carry_out(self, order: Order, count: int) -> int:
        added = 0
        for slot in list(self._hands) or range(1, count + 1):
            self._put_to_work(slot, order)
        while any(one.order for one in self._hands.values()):
            self._let_in(order)
            for hand, message in self._messages():
                added += self._heard(hand, message)
            if time.monotonic() - self._looked > LOOK:
                self._looked = time.monotonic()
                for hand in list(self._hands.values()):
                    self._look_at(hand)
        return added

    def _put_to_work(self, slot: int, order: Order) -> None:
        if slot not in self._hands:
            task = Task(
                experiment=self._job.experiment.model_copy(update={"source": None}),
                question=self._job.question,
                name=self._job.name,
                builder=self._job.builder,
                started=self._job.started,
                elapsed=time.monotonic() - self._job.started,
                threads=self._team.threads,
                memory=self._team.memory // 2,
                stop=self._stop,
                alone=self._team.workers == 1,
                joins=self._job.joins,
            )
            log = log_for(self._job.folder / LOGS, slot)
            address: Any = self._listener.address
            self._hands[slot] = Hand.begin(slot, address, self._key, task, log)
        self._hands[slot].tell(order)
        self._hands[slot].order = order

    def _receive(self) -> None:
        """Take calls of workers, in a thread: a worker may die before it calls."""
        while True:
            try:
                connection = self._listener.accept()
                # One that calls and says nothing must not keep the others from calling.
                if connection.poll(HELLO):
                    self._callers.put((connection, connection.recv()))
            except (OSError, EOFError, AuthenticationError):
                if self._closing:
                    return

    def _let_in(self, order: Order) -> None:
        with suppress(Empty):
            while True:
                connection, message = self._callers.get_nowait()
                hand = self._hands.get(message.slot)
                if hand is not None:
                    self._came = True
                    hand.came(message, connection)
                    hand.tell(order)

    def _messages(self) -> list[tuple[Hand, Any]]:
        """Return what workers have said, after a short while at most."""
        lines = [one.connection for one in self._hands.values() if one.connection]
        if not lines:
            time.sleep(0.05)
        spoke, found = wait(lines, timeout=0.1), []
        for hand in [one for one in self._hands.values() if one.connection in spoke]:
            try:
                found.append((hand, hand.connection.recv()))  # type: ignore[union-attr]
            except (EOFError, OSError):
                hand.connection = None  # it ends; `_look_at` says how
        return found

    def _heard(self, hand: Hand, message: Any) -> int:
        """Take note of a message; return how many trials were finished."""
        match message:
            case Done():
                hand.order = None
                return 0
            case Tired():
                order = hand.order
                self._dismiss(hand)
                self._put_to_work(hand.slot, order or Orders.search)
                return 0
            case Failure():
                raise message.error()
        hand.hear(message)
        has_added = isinstance(message, TrialEnded) and message.state != "failed"
        if has_added:
            self._deaths = 0
        if not isinstance(message, Notice) or message.text not in self._said:
            self._job.watcher.see(message)
        if isinstance(message, Notice):
            # Every worker says it, and nobody wants to read it twice.
            self._said.add(message.text)
        return int(has_added)

    def _look_at(self, hand: Hand) -> None:
        """See whether a worker lives, and keeps its limits."""
        if hand.alive:
            self._check_limits(hand)
        elif hand.order is not None and not (hand.connection and hand.connection.poll()):
            self._replace(hand, hand.death())

    def _check_limits(self, hand: Hand) -> None:
        if hand.memory > self._team.memory:
            hand.kill()
            self._replace(hand, f"it used more than {self._team.memory / 1e9:.1f} GB of memory")
            return
        if not hand.who and time.monotonic() - hand.since > COMING:
            hand.kill()
            self._replace(hand, f"it did not begin to work within {duration(COMING)}")
            return
        if hand.trial is None or hand.order != Orders.search:
            return
        why = overdue(self._job, self._study, hand.since)
        if why is not None:
            self._cut_off(hand, hand.trial, why)

    def _cut_off(self, hand: Hand, number: int, why: tuple[str, TrialState]) -> None:
        """End a trial that does not end by itself, and the worker that hangs in it."""
        spent, order = time.monotonic() - hand.since, hand.order
        self._dismiss(hand)
        cut_off(self._job, self._study, number, why, spent)
        is_over = why[0] == OUT_OF_TIME
        then = "was ended" if is_over else "was ended, another takes its place"
        self._job.watcher.see(
            Notice(
                f"Trial {number} did not end by itself after {duration(spent)}: worker "
                f"{hand.slot} {then}."
            )
        )
        if not is_over:
            self._put_to_work(hand.slot, order or Orders.search)

    def _replace(self, hand: Hand, how: str) -> None:
        """Bury what a dead worker was fitting, and begin another one."""
        order = hand.order or Orders.search
        self._dismiss(hand)
        told = f"Worker {hand.slot} died: {how}."
        told += buried(self._job, self._study, hand.who, how, time.monotonic() - hand.since)
        self._deaths += 1
        # Where none has ever come, none will: something is wrong with all of them.
        if self._deaths >= DEATHS or not (hand.who or self._came):
            raise StudyFailed(self._given_up(told, hand))
        self._job.watcher.see(Notice(f"{told} Another worker takes its place."))
        self._put_to_work(hand.slot, order)

    def _given_up(self, told: str, hand: Hand) -> str:
        many = "It" if self._deaths == 1 else f"{self._deaths} workers in a row"
        words = hand.last_words()
        printed = f"; the last words were: {words}" if words else ""
        return (
            f"{told} {many} could not do anything{printed}. What was finished is kept. All that "
            f"it printed is in {hand.log}."
        )

    def _dismiss(self, hand: Hand) -> None:
        hand.kill()
        self._hands.pop(hand.slot, None)

    def _end(self, order: Order) -> None:
        """Let all workers go, and end those that do not."""
        until = time.monotonic() + PATIENCE
        for hand in self._hands.values():
            hand.tell(order)
            if hand.connection is None:
                hand.process.terminate()
        for hand in [*self._hands.values(), *self._leaving]:
            # What it still says must be taken, or it would wait for ever to be heard.
            while hand.alive and time.monotonic() < until:
                self._drain(hand)
            hand.kill()

    @staticmethod
    def _drain(hand: Hand) -> None:
        if hand.connection is None or not wait([hand.connection], timeout=0.05):
            time.sleep(0.02)
            return
        with suppress(EOFError, OSError):
            hand.connection.recv()
            return
        hand.connection = None
