"""Several runs as one: the folds of a trial advance together, epoch by epoch."""

from collections.abc import Iterator, Sequence

import numpy as np

from autolstm.outcome import Cost, Epoch
from autolstm.train.engine import Run

__all__ = ["advance", "cost_of"]


def advance(runs: Sequence[Run], replicates: int) -> Iterator[Epoch]:
    """Train all runs side by side and yield one epoch of all, run after run.

    So what is reported of a trial is a mean over all folds and seeds at the same epoch, and every
    pruner compares like with like. A run whose replicates have all stopped says nothing more: its
    losses are NaN, its best ones stay.

    Args:
        runs: One of each fold, of ``replicates`` seeds each.
        replicates: R.

    Yields:
        Epochs whose arrays have the shape (folds x R,).
    """
    streams = [iter(run) for run in runs]
    last: list[Epoch | None] = [None] * len(runs)
    number = 0
    while True:
        number += 1
        seen: list[Epoch] = []
        over = 0
        for place, stream in enumerate(streams):
            before = last[place]
            found = next(stream, None) if before is None or before.running.any() else None
            over += found is None
            last[place] = found or before
            seen.append(found or _stopped(before, number, replicates))
        if over == len(runs):
            return
        yield Epoch(
            number,
            *(
                np.concatenate([getattr(one, name) for one in seen])
                for name in ("train_loss", "valid_loss", "best_loss", "running")
            ),
        )


def _stopped(before: Epoch | None, number: int, replicates: int) -> Epoch:
    """Return an epoch of a run that trains no more."""
    silent = np.full(replicates, np.nan)
    best = np.full(replicates, np.inf) if before is None else before.best_loss
    return Epoch(number, silent, silent, best, np.zeros(replicates, dtype=bool))


def cost_of(runs: Sequence[Run]) -> Cost:
    """Return what all runs have cost so far; each has the same network."""
    costs = [run.cost() for run in runs]
    return Cost(
        trace_seconds=sum(one.trace_seconds for one in costs),
        train_seconds=sum(one.train_seconds for one in costs),
        parameters=costs[0].parameters,
        engine=costs[0].engine,
        programs=tuple(dict.fromkeys(name for one in costs for name in one.programs)),
    )
