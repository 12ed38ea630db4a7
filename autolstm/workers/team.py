"""How many workers there are, and what each may take of the machine."""

from dataclasses import dataclass

from autolstm.experiment import Experiment
from autolstm.memory import total

__all__ = ["Team", "team_for"]

TOGETHER = 3
"""Seeds that one thread trains best together, see `autolstm.train.plan`."""

NEEDED = 1_500_000_000
"""Bytes that a worker needs: TensorFlow takes 0.8 GB, data and compiled programs the rest."""

SHARE = 0.8
"""Share of the memory that the workers may have together; the rest is for who watches them."""


@dataclass(frozen=True, slots=True)
class Team:
    """The workers of a run.

    Attributes:
        workers: How many.
        threads: Groups of seeds that each trains at the same time.
        memory: Bytes that each may use.
    """

    workers: int
    threads: int
    memory: int


def team_for(experiment: Experiment, room: int, *, cores: int, memory: int | None = None) -> Team:
    """Size the team.

    With ``auto`` a worker has as many threads as its seeds can use, and there are as many workers
    as fill the processor and fit into memory.

    Args:
        experiment: What is asked for.
        room: Trials that are left; more workers than that would have nothing to do.
        cores: Processor cores that may be used.
        memory: Bytes that may be used; None to ask machine, container and job.
    """
    most = int((total() if memory is None else memory) * SHARE)
    count = experiment.workers or 1
    if isinstance(count, str):
        threads = min(cores, -(-experiment.seeds // TOGETHER))
        fitting = most // (experiment.memory or NEEDED)
        count = max(1, min(cores // threads, fitting))
    count = max(1, min(count, room))
    # Of a share in which no worker could even begin, all would be ended for ever.
    return Team(count, max(1, cores // count), experiment.memory or max(NEEDED, most // count))
