"""What a running study tells whoever watches it: events, and the contract of a watcher."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from autolstm.outcome import Epoch, Score

__all__ = [
    "Checking",
    "EpochSeen",
    "Event",
    "Notice",
    "Phase",
    "Silent",
    "StudyStarted",
    "TrialEnded",
    "TrialStarted",
    "Watcher",
]


CHECKING = 1.0
"""Seconds between two looks whether the work is to go on."""


@dataclass(frozen=True, slots=True)
class StudyStarted:
    """The data are checked, the baselines measured, the storage open.

    Attributes:
        name: Name of the study.
        data: The data set in one line (rows, frequency, target).
        task: The problem in one line.
        split: The parts in one line.
        metric: Name of the metric.
        unit: Unit of the scores, may be empty.
        direction: ``"minimize"`` or ``"maximize"``.
        baselines: Score of each baseline on that part.
        trials: Trials the study shall have in the end.
        finished: Trials it has already (complete, pruned).
        seeds: Fits per trial and fold.
        epochs: Most epochs of a fit.
        seconds: The time limit, None for none.
        best: Number and score of the best trial of earlier runs, None where there is none.
        folds: Folds of the split.
        word: What is counted: ``"rows"`` or ``"sequences"``.
        chosen_by: What trials are ranked by, ``"rmse + 0.5 log(seconds)"``; empty for the metric.
        kind: tune, grid, sensitivity or repeats.
        part: Part that trials are measured on.
    """

    name: str
    data: str
    task: str
    split: str
    metric: str
    unit: str
    direction: str
    baselines: dict[str, float]
    trials: int
    finished: int
    seeds: int
    epochs: int
    seconds: float | None
    best: tuple[int, Score] | None = None
    folds: int = 1
    word: str = "rows"
    chosen_by: str = ""
    kind: str = "tune"
    part: str = "validation"


@dataclass(frozen=True, slots=True)
class Phase:
    """A new part of the work began: ``"search"``, ``"confirm"``, ``"refit"`` or ``"report"``.

    Attributes:
        name: Which part.
        fits: Configurations to fit in this part, 0 where it fits none.
    """

    name: str
    fits: int = 0


@dataclass(frozen=True, slots=True)
class TrialStarted:
    """A configuration is about to be fitted with all its seeds.

    Attributes:
        number: Number of the trial.
        params: The searched knobs.
    """

    number: int
    params: dict[str, bool | int | float | str]


@dataclass(frozen=True, slots=True)
class EpochSeen:
    """One epoch of the current configuration.

    Attributes:
        number: Number of the trial.
        epoch: Counted from 1.
        epochs: Most epochs of the fit.
        valid_loss: Mean over the seeds of the best validation loss so far, see
            `autolstm.outcome` for their unit; infinite where there is no validation part.
        running: Fits (folds times seeds) still training.
    """

    number: int
    epoch: int
    epochs: int
    valid_loss: float
    running: int

    @classmethod
    def of(cls, number: int, epoch: Epoch, epochs: int) -> "EpochSeen":
        """Condense what an engine says of an epoch."""
        mean = float(np.mean(epoch.best_loss))
        return cls(number, epoch.number, epochs, mean, int(epoch.running.sum()))


@dataclass(frozen=True, slots=True)
class TrialEnded:
    """A configuration is done.

    Attributes:
        number: Number of the trial.
        state: ``"complete"``, ``"pruned"`` or ``"failed"``.
        mean: Mean score over the seeds; None unless complete.
        std: Standard deviation over the seeds; None unless complete.
        best: Whether it is the best of this phase so far.
        reason: Why it stopped, in words.
        seconds: How long it took.
        params: The searched knobs.
    """

    number: int
    state: str
    mean: float | None
    std: float | None
    best: bool
    reason: str
    seconds: float
    params: dict[str, bool | int | float | str]


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence that the user should read."""

    text: str


Event = StudyStarted | Phase | TrialStarted | EpochSeen | TrialEnded | Notice


class Watcher(Protocol):
    """Whoever watches a study. Must return quickly; what it raises ends the trial or the study."""

    def see(self, event: Event) -> None:
        """Take note of an event."""


class Checking:
    """Passes events on, and now and then looks whether the work is to go on.

    Args:
        watcher: Told of events.
        check: What it raises ends the trial or the study.
    """

    def __init__(self, watcher: Watcher, check: Callable[[], None]) -> None:
        self._watcher = watcher
        self._check = check
        self._checked = time.monotonic()

    def see(self, event: Event) -> None:
        """Pass an event on."""
        self._watcher.see(event)
        if time.monotonic() - self._checked > CHECKING:
            self._checked = time.monotonic()
            self._check()


class Silent:
    """Watches and says nothing."""

    def see(self, event: Event) -> None:
        """Do nothing."""
