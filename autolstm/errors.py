"""The exception tree: what a caller may catch, and who has to act.

    AutoLSTMError
    ├── InputError (ValueError)       the user can mend it; the command exits with 2
    │   ├── DataError                 the rows or columns of a data set
    │   ├── SettingError              a study file, an option, a setting
    │   ├── QuestionChanged           the study of this name asks something else
    │   ├── StudyNotFound             no study of this name in this home
    │   ├── StudyBusy                 another process is running this study
    │   ├── StorageError              the ledger cannot be opened or written
    │   ├── ModelFileError            a saved model is damaged, newer or incomplete
    │   └── BackupError               a backup is damaged, newer, hostile or none
    ├── StudyFailed                   every trial failed; the cause is in the message
    ├── StudyStopped                  `autolstm stop` ended it
    └── TrialLost                     this trial only; the study goes on
        ├── Diverged                  a loss became NaN or infinite
        └── OutOfMemory               the fit did not fit

Messages have three beats: what came, what is accepted, what to do.
"""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

__all__ = [
    "AutoLSTMError",
    "BackupError",
    "DataError",
    "Diverged",
    "InputError",
    "ModelFileError",
    "OutOfMemory",
    "QuestionChanged",
    "SettingError",
    "StorageError",
    "StudyBusy",
    "StudyFailed",
    "StudyNotFound",
    "StudyStopped",
    "TrialLost",
    "about",
    "counted",
    "guess",
    "shown",
]


class AutoLSTMError(Exception):
    """Base of everything autolstm raises on purpose."""


class InputError(AutoLSTMError, ValueError):
    """Something the user gave, and can mend."""


class DataError(InputError):
    """A data set that cannot be used as it is."""


class SettingError(InputError):
    """A study file, option or setting that is unknown, of the wrong type or out of range.

    Args:
        message: What came, what is accepted, what to do.
        field: Dotted name of the field that is meant, from which its line in a study file can be
            found; empty where there is none.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class QuestionChanged(InputError):
    """A stored study of the same name answers another question."""


class StudyNotFound(InputError):
    """No study of this name in this home."""


class StudyBusy(InputError):
    """Another process is running this study."""


class StorageError(InputError):
    """The ledger cannot be opened, read or written."""


class ModelFileError(InputError):
    """A saved model that is damaged, incomplete or written by a newer version."""


class BackupError(InputError):
    """A backup that is damaged, incomplete, written by a newer version, or not to be trusted."""


class StudyFailed(AutoLSTMError):
    """No trial of a study could be finished."""


class StudyStopped(AutoLSTMError):
    """The study was ended from outside; what is finished is kept."""


class TrialLost(AutoLSTMError):
    """One trial cannot go on; the study can."""


class Diverged(TrialLost):
    """A loss became NaN or infinite."""


class OutOfMemory(TrialLost):
    """The fit needs more memory than there is."""


@contextmanager
def about(field: str) -> Iterator[None]:
    """Let a `SettingError` know which field it is about, unless it knows better."""
    try:
        yield
    except SettingError as error:
        error.field = error.field or field
        raise


def counted(count: int, noun: str) -> str:
    """Write a number of things: ``1 seed``, ``5 seeds``."""
    return f"{count} {noun}{'s' * (count != 1)}"


def guess(word: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the nearest known name, or an empty string."""
    by_folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.5)
    return f" Did you mean {by_folded[near[0]]!r}?" if near else ""


def shown(value: object, most: int = 60) -> str:
    """Return a value as a message shows it, cut where it is long."""
    try:
        text = repr(value)
    except ValueError:
        # Python writes no whole number of more than 4300 digits.
        return "a number of thousands of digits"
    return text if len(text) <= most else f"{text[:most]}..."
