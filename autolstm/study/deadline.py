"""`Deadline`: when the trials of a study must end."""

import time
from collections.abc import Callable

__all__ = ["Deadline"]

LOOK = 1.0
"""Seconds between two looks at what the storage holds by now."""


class Deadline:
    """Until a first trial is complete, in whatever process, there is none: all is not to be lost.

    Args:
        when: Returns `time.monotonic` at which trials must end, None where none must yet; it is
            asked anew every second, also while a trial is fitted.
    """

    def __init__(self, when: Callable[[], float | None]) -> None:
        self._when = when
        self._looked = float("-inf")
        self._until: float | None = None

    def passed(self) -> bool:
        """Whether no trial may go on."""
        now = time.monotonic()
        if now - self._looked >= LOOK:
            self._looked, self._until = now, self._when()
        return self._until is not None and now > self._until
