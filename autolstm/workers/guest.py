"""`Guest`: a worker of a Dask cluster as the process that asked it knows it."""

import time
import warnings
from dataclasses import dataclass, field
from typing import Any

from autolstm.ledger.url import resolved
from autolstm.study.job import Job
from autolstm.workers.distant import fit_trials
from autolstm.workers.messages import Task

__all__ = ["Guest", "task_of"]


@dataclass(eq=False)
class Guest:
    """A worker of the cluster that was asked to fit trials.

    Attributes:
        slot: Its number among those of the study, from 1.
        address: What the scheduler calls it.
        future: The task that it carries out.
        who: The name with which it signs trials, empty before it has begun.
        trial: The trial that it fits, None in between.
        finished: Trials that it has finished.
        is_silent: Whether its task has ended without a word, when it was looked at last.
        since: `time.monotonic` when that began.
    """

    slot: int
    address: str
    future: Any
    who: str = ""
    trial: int | None = None
    finished: int = 0
    is_silent: bool = False
    since: float = field(default_factory=time.monotonic)

    @classmethod
    def asked(cls, client: Any, address: str, slot: int, topic: str, task: Task) -> "Guest":
        """Ask a worker to fit trials.

        Args:
            client: Connected to the scheduler.
            address: The worker.
            slot: Its number among those of the study.
            topic: Under which it logs what happens.
            task: What is to be done.
        """
        with warnings.catch_warnings():
            # The data go with the task, which Dask finds large.
            warnings.simplefilter("ignore")
            future = client.submit(
                *(fit_trials, task, slot, topic),
                key=f"{topic}-{slot}",
                workers=[address],
                pure=False,
                retries=0,
            )
        return cls(slot, address, future)


def task_of(job: Job, stop: dict[str, object] | None) -> Task:
    """Return what a worker of a cluster needs to know, which takes the room that Dask gives it."""
    asked = job.experiment
    # A file that holds the URL lies here, and not where the workers are.
    storage = None if asked.storage is None else resolved(asked.storage)
    return Task(
        experiment=asked.model_copy(update={"source": None, "storage": storage}),
        question=job.question,
        name=job.name,
        builder=job.builder,
        started=job.started,
        elapsed=time.monotonic() - job.started,
        threads=0,
        memory=0,
        stop=stop,
        alone=True,
    )
