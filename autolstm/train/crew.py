"""Threads that advance several lines of work side by side, each line at its own pace.

Replicates do not depend on each other, so none need wait until the others have done the same
epoch: whoever is free takes the line that is furthest behind. So five seeds keep two cores busy
all the time, and go on being trained while somebody looks at what is done. None runs ahead of
what was asked for by more than one piece of work, because a trial may be pruned.
"""

import time
from collections.abc import Callable
from threading import Condition, Thread
from typing import Any

__all__ = ["Crew"]

BREATH = 0.5
"""Seconds after which a piece of work comes up for air: to be shown, or to be interrupted."""

Work = Callable[[int, int, int], tuple[list[Any], bool]]
"""Of (line, steps done, steps to do) to (what each step gave, whether the line goes on)."""


class Crew:
    """Advances lines of work.

    Args:
        work: Does some steps of a line; called from many threads, for a line by one at a time.
        lines: How many there are.
        threads: How many work at the same time.
        most: Steps of a whole line.
        piece: Most steps that are done in one go.
    """

    def __init__(self, work: Work, *, lines: int, threads: int, most: int, piece: int) -> None:
        self._work = work
        self._threads = min(threads, lines)
        self._most = most
        self._piece = piece
        self._done: list[list[Any]] = [[] for _ in range(lines)]
        self._over = [False] * lines
        self._busy = [False] * lines
        self._asked = 0
        self._pace = 0.0
        self._working = 0
        self._failure: BaseException | None = None
        self._turn = Condition()

    def upto(self, step: int) -> None:
        """Wait until every line has done so many steps, or is over.

        Raises:
            Exception: Whatever the work raised.
        """
        with self._turn:
            self._asked = max(self._asked, step)
            self._call()
            try:
                while not self._failure and not all(map(self._has_done, range(len(self._done)))):
                    self._turn.wait()
            except BaseException:
                self._asked = -self._piece  # interrupted: nobody takes another piece
                raise
            if self._failure:
                raise self._failure

    def done(self, line: int) -> list[Any]:
        """Return what the steps of a line gave so far."""
        return self._done[line]

    def _has_done(self, line: int) -> bool:
        return self._over[line] or len(self._done[line]) >= min(self._asked, self._most)

    def _call(self) -> None:
        """Let as many threads work as there may be. They go when there is nothing to do."""
        while self._working < self._threads and self._open() is not None:
            self._working += 1
            Thread(target=self._toil, name="autolstm").start()

    def _open(self) -> int | None:
        """Return the line that is furthest behind and may be advanced."""
        limit = min(self._asked + self._piece, self._most)
        lines = [
            line
            for line, done in enumerate(self._done)
            if not self._over[line] and not self._busy[line] and len(done) < limit
        ]
        return min(lines, key=lambda line: len(self._done[line]), default=None)

    def _toil(self) -> None:
        """Do pieces of work until there is none."""
        while (piece := self._take()) is not None:
            line, _, count = piece
            started = time.perf_counter()
            try:
                found, goes_on = self._work(*piece)
            except BaseException as failure:
                found, goes_on = [], False
                self._failure = self._failure or failure
            self._hand_in(line, found, goes_on, (time.perf_counter() - started) / count)

    def _take(self) -> tuple[int, int, int] | None:
        """Return a piece of work for `Work`; None where there is nothing to do."""
        with self._turn:
            line = None if self._failure else self._open()
            if line is None:
                self._working -= 1
                return None
            self._busy[line] = True
            done = len(self._done[line])
            return line, done, min(self._size(), self._most - done)

    def _hand_in(self, line: int, found: list[Any], goes_on: bool, pace: float) -> None:
        with self._turn:
            self._done[line].extend(found)
            self._over[line], self._busy[line] = not goes_on, False
            self._pace = pace
            self._turn.notify_all()

    def _size(self) -> int:
        """Return how many steps take a breath; one while the pace is not known."""
        return min(self._piece, max(1, int(BREATH / self._pace))) if self._pace else 1
