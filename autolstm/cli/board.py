"""`Board`: what a running study has told so far, counted. It draws nothing."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from autolstm.study.progress import (
    EpochSeen,
    Event,
    Phase,
    StudyStarted,
    TrialEnded,
    TrialStarted,
)

__all__ = ["Board", "Running"]


@dataclass(eq=False, slots=True)
class Running:
    """A configuration that is being fitted.

    Attributes:
        trial: What is fitted.
        began: When, by the clock of the board.
        epoch: Its last epoch, None before its first.
    """

    trial: TrialStarted
    began: float
    epoch: EpochSeen | None = None


class Board:
    """Hears every event and knows where the study stands.

    Args:
        clock: Seconds that never go back.

    Attributes:
        study: What is searched; None while the data are read.
        phase: The part of the work that is going on.
        running: The configurations being fitted, by the number of their trial.
        best: The best trial of this phase in this run, None before one.
        ended: Trials that ended in this phase of this run, by state.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._spent: list[tuple[str, float]] = []
        self.study: StudyStarted | None = None
        self.phase = Phase("search")
        self.running: dict[int, Running] = {}
        self.best: TrialEnded | None = None
        self.ended = _none_ended()

    def see(self, event: Event) -> None:
        """Take note of an event."""
        match event:
            case StudyStarted():
                self.study = event
            case Phase():
                self._begin(event)
            case TrialStarted():
                self.running[event.number] = Running(event, self._clock())
            case EpochSeen():
                if event.number in self.running:
                    self.running[event.number].epoch = event
            case TrialEnded():
                self._end(event)

    def _begin(self, phase: Phase) -> None:
        self.phase, self.running, self.best = phase, {}, None
        self.ended = _none_ended()

    def _end(self, trial: TrialEnded) -> None:
        self.running.pop(trial.number, None)
        self.ended[trial.state] += 1
        self._spent.append((trial.state, trial.seconds))
        if trial.best:
            self.best = trial

    @property
    def searching(self) -> bool:
        """Whether new configurations are tried."""
        return self.phase.name == "search"

    @property
    def wanted(self) -> int:
        """Configurations to fit in this phase, those of earlier runs included; 0 for none."""
        if not self.searching:
            return self.phase.fits
        return self.study.trials if self.study else 0

    @property
    def finished(self) -> int:
        """How many of the wanted ones are finished; a failed trial of the search is not."""
        if not self.searching:
            return sum(self.ended.values())
        before = self.study.finished if self.study else 0
        return before + self.ended["complete"] + self.ended["pruned"]

    @property
    def elapsed(self) -> float:
        """Seconds since this run began."""
        return self._clock() - self._began

    @property
    def left(self) -> float | None:
        """Seconds that the rest of this phase may take; None before the first trial has ended."""
        # What is confirmed or refitted runs to its end, as complete trials do.
        alike = ("complete", "pruned", "failed") if self.searching else ("complete",)
        spent = [seconds for state, seconds in self._spent if state in alike]
        if not spent or not self.wanted:
            return None
        mean = sum(spent) / len(spent)
        rest, now = self.wanted - self.finished, self._clock()
        done = sum(min(now - one.began, mean) for one in self.running.values())
        seconds = max(mean * rest - done, 0.0) / max(1, len(self.running))
        limit = self.study.seconds if self.study else None
        return seconds if limit is None else min(seconds, max(limit - self.elapsed, 0.0))


def _none_ended() -> dict[str, int]:
    return {"complete": 0, "pruned": 0, "failed": 0}
