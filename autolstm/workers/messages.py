"""What a worker and the process that watches it say to each other."""

import os
import time
from dataclasses import dataclass

from autolstm.errors import AutoLSTMError, StudyFailed
from autolstm.experiment import Experiment
from autolstm.question import Question
from autolstm.study.builder import Builder
from autolstm.study.progress import EpochSeen, Event

__all__ = ["Came", "Done", "Failure", "Order", "Orders", "Sieve", "Task", "Tired"]


HEARING = 0.1
"""Seconds between two epochs that are told; nobody reads faster."""


@dataclass(eq=False, slots=True)
class Sieve:
    """Lets all events through, but of epochs only as many as somebody can read."""

    told: float = float("-inf")

    def lets_through(self, event: Event) -> bool:
        """Whether an event is to be told now."""
        if not isinstance(event, EpochSeen):
            return True
        now = time.monotonic()
        if now - self.told < HEARING and event.epoch < event.epochs:
            return False
        self.told = now
        return True


@dataclass(frozen=True, slots=True)
class Task:
    """All that a worker needs to know, told once.

    Attributes:
        experiment: What is asked for, without the data.
        question: The same, put to the data.
        name: Name of the study.
        builder: The user's own builder of networks, None for none.
        started: `time.monotonic` when the run began, which all processes of a machine share.
        elapsed: Seconds since then, when the task was made; for other machines.
        threads: Groups of seeds that train at the same time.
        memory: Bytes past which the worker is to be replaced after its trial.
        stop: The last wish to stop that was there when the run began.
        alone: Whether there is no other worker.
        joins: Whether the last steps are those of another run.
    """

    experiment: Experiment
    question: Question
    name: str
    builder: Builder | None
    started: float
    elapsed: float
    threads: int
    memory: int
    stop: dict[str, object] | None
    alone: bool
    joins: bool = False


class Orders:
    """What a worker is told to do."""

    search = "search"
    finish = "finish"
    leave = "leave"
    stop = "stop"


Order = str


@dataclass(frozen=True, slots=True)
class Came:
    """A worker is there, under the name with which it signs its trials."""

    slot: int
    who: str


@dataclass(frozen=True, slots=True)
class Done:
    """An order is carried out."""

    order: Order


@dataclass(frozen=True, slots=True)
class Tired:
    """A worker has grown too large and leaves; another one is to take its place."""

    memory: int


@dataclass(frozen=True, slots=True)
class Failure:
    """An order could not be carried out.

    Attributes:
        kind: Name of the error's class.
        text: What it says.
        is_ours: Whether it is one of `autolstm.errors`.
        number: What the system calls it, None where it is no error of the system.
        file: The file that it is about, empty for none.
    """

    kind: str
    text: str
    is_ours: bool
    number: int | None = None
    file: str = ""

    @classmethod
    def of(cls, error: BaseException) -> "Failure":
        """Describe an error."""
        number = error.errno if isinstance(error, OSError) else None
        file = str(getattr(error, "filename", None) or "")
        is_ours = isinstance(error, AutoLSTMError)
        return cls(type(error).__name__, str(error), is_ours, number, file)

    def error(self) -> Exception:
        """Return the error, to be raised by whoever hears of it."""
        import autolstm.errors

        if self.is_ours:
            known: Exception = getattr(autolstm.errors, self.kind, StudyFailed)(self.text)
            return known
        if self.kind == "MemoryError":
            return MemoryError(self.text)
        if self.number is not None:
            return OSError(self.number, os.strerror(self.number), self.file or None)
        return RuntimeError(f"{self.kind} in a worker: {self.text}")
