"""`Board`: what a running study has told so far, counted. It draws nothing."""

import time
from collections.abc import Callable

from autolstm.study.progress import (
    EpochSeen,
    Event,
    Phase,
    StudyStarted,
    TrialEnded,
    TrialStarted,
)

__all__ = ["Board"]


class Board:
    """Hears every event and knows where the study stands.

    Args:
        clock: Seconds that never go back.

    Attributes:
        study: What is searched; None while the data are read.
        phase: The part of the work that is going on.
        current: The configuration being fitted, None in between.
        epoch: The last epoch of `current`, None before its first.
        best: The best trial of this phase in this run, None before one.
        ended: Trials that ended in this phase of this run, by state.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._trial_began = self._began
        self._spent: list[tuple[str, float]] = []
        self.study: StudyStarted | None = None
        self.phase = Phase("search")
        self.current: TrialStarted | None = None
        self.epoch: EpochSeen | None = None
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
                self.current, self.epoch = event, None
                self._trial_began = self._clock()
            case EpochSeen():
                self.epoch = event
            case TrialEnded():
                self._end(event)

    def _begin(self, phase: Phase) -> None:
        self.phase, self.current, self.epoch, self.best = phase, None, None, None
        self.ended = _none_ended()

    def _end(self, trial: TrialEnded) -> None:
        self.current, self.epoch = None, None
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
        rest = self.wanted - self.finished
        running = self._clock() - self._trial_began if self.current else 0.0
        seconds = max(mean * rest - min(running, mean), 0.0)
        limit = self.study.seconds if self.study else None
        return seconds if limit is None else min(seconds, max(limit - self.elapsed, 0.0))


def _none_ended() -> dict[str, int]:
    return {"complete": 0, "pruned": 0, "failed": 0}
