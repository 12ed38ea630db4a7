"""autolstm: tunes Keras LSTMs on your series, with honest scores over seeds.

    import autolstm
    result = autolstm.tune("airline", trials=20)

Importing this package loads neither TensorFlow nor Optuna: names are resolved when used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autolstm.api import grid, repeats, sensitivity, tune
    from autolstm.data.load import load
    from autolstm.dataset import Dataset
    from autolstm.errors import (
        AutoLSTMError,
        BackupError,
        DataError,
        InputError,
        ModelFileError,
        QuestionChanged,
        SettingError,
        StorageError,
        StudyBusy,
        StudyFailed,
        StudyNotFound,
    )
    from autolstm.experiment import Experiment, read
    from autolstm.ledger.results import Results, Trial
    from autolstm.outcome import Curve, Score
    from autolstm.sequences import Sequences
    from autolstm.settings import Settings
    from autolstm.study.backup import backup
    from autolstm.study.restore import restore
    from autolstm.study.result import Result
    from autolstm.study.shelf import Shelf
    from autolstm.tuned.files import load as load_model
    from autolstm.tuned.labelled import TunedLabeller
    from autolstm.tuned.model import TunedModel

__all__ = [
    "AutoLSTMError",
    "BackupError",
    "Curve",
    "DataError",
    "Dataset",
    "Experiment",
    "InputError",
    "ModelFileError",
    "QuestionChanged",
    "Result",
    "Results",
    "Score",
    "Sequences",
    "SettingError",
    "Settings",
    "Shelf",
    "StorageError",
    "StudyBusy",
    "StudyFailed",
    "StudyNotFound",
    "Trial",
    "TunedLabeller",
    "TunedModel",
    "backup",
    "grid",
    "load",
    "load_model",
    "read",
    "repeats",
    "restore",
    "sensitivity",
    "tune",
]

_HOMES = {
    **dict.fromkeys([name for name in __all__ if name.endswith("Error")], "errors"),
    **dict.fromkeys(["grid", "repeats", "sensitivity", "tune"], "api"),
    **dict.fromkeys(["QuestionChanged", "StudyBusy", "StudyFailed", "StudyNotFound"], "errors"),
    "Curve": "outcome",
    "Dataset": "dataset",
    "Experiment": "experiment",
    "Result": "study.result",
    "Results": "ledger.results",
    "Score": "outcome",
    "Sequences": "sequences",
    "Settings": "settings",
    "Shelf": "study.shelf",
    "Trial": "ledger.results",
    "TunedLabeller": "tuned.labelled",
    "TunedModel": "tuned.model",
    "backup": "study.backup",
    "load": "data.load",
    "load_model": "tuned.files:load",
    "read": "experiment",
    "restore": "study.restore",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'autolstm' has no attribute {name!r}")
    room, _, inside = _HOMES[name].partition(":")
    return getattr(import_module(f"autolstm.{room}"), inside or name)


def __dir__() -> list[str]:
    return __all__
