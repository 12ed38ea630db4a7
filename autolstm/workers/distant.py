"""What runs inside a worker of a Dask cluster: trials of a study, until it has enough of them."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cloudpickle

from autolstm.ledger.storage import quiet, sound, where
from autolstm.study.begin import Seat
from autolstm.study.job import Job, opened, search_with
from autolstm.study.lasting import lasting
from autolstm.study.offer import different
from autolstm.study.presence import present
from autolstm.study.progress import Event, Notice
from autolstm.train.deferred import DeferredEngine
from autolstm.workers.messages import Came, Done, Failure, Orders, Sieve, Task

__all__ = ["fit_trials"]


class Unwanted(KeyboardInterrupt):
    """Nobody waits for this worker any more: the one who asked has gone, or said so."""


@dataclass(eq=False)
class _Line:
    """Says what happens to whoever subscribed, through the scheduler.

    Attributes:
        worker: The worker of the cluster.
        key: What the scheduler calls the task; it is taken away when nobody wants it any more.
        topic: Under which its words are logged.
        slot: Number of the worker among those of the study.
    """

    worker: Any
    key: Any
    topic: str
    slot: int
    sieve: Sieve = field(default_factory=Sieve)

    def see(self, event: Event) -> None:
        """Pass an event on; of epochs only some.

        Raises:
            Unwanted: Nobody waits for the task any more.
        """
        task = self.worker.state.tasks.get(self.key)
        if task is None or task.state in ("cancelled", "released", "forgotten"):
            raise Unwanted
        if self.sieve.lets_through(event):
            self.say(event)

    def say(self, message: object) -> None:
        """Say something, whether anybody listens or not."""
        self.worker.log_event(self.topic, cloudpickle.dumps((self.slot, message)))


def fit_trials(task: Task, slot: int, topic: str) -> None:
    """Fit trials in a thread of a Dask worker. What happens is told under a topic.

    Args:
        task: What is to be done.
        slot: Number of the worker among those of the study.
        topic: Under which events are logged.
    """
    from distributed import get_worker

    worker = get_worker()
    line = _Line(worker, worker.get_current_task(), topic, slot)
    try:
        line.say(_carried_out(task, line))
    except Unwanted:
        line.say(Done(Orders.leave))
    except Exception as error:
        line.say(Failure.of(error))


def _carried_out(task: Task, line: _Line) -> Done:
    # The folder of the study is that of another machine. Locks and names are kept in the one
    # that the cluster gives this worker.
    home = Path(line.worker.local_directory) / "autolstm"
    experiment = task.experiment.model_copy(update={"home": home})
    job = Job(
        experiment=experiment,
        question=task.question,
        name=task.name,
        started=time.monotonic() - task.elapsed,
        engine=DeferredEngine(experiment.engine, task.threads or line.worker.state.nthreads),
        watcher=line,
        builder=task.builder,
    )
    with sound(where(home, experiment.storage)), quiet(), present(job.folder) as who:
        line.say(Came(line.slot, who))
        study = opened(job)
        differs = different(study)
        if differs:
            line.say(Notice(differs))
        seat = Seat(job.folder, who, here_only=False, stop=task.stop)
        with lasting(study):
            search_with(job, study, seat)
        return Done(Orders.search)
