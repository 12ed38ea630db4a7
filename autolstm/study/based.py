"""The base of a study of one knob: the winner of a finished study that asks the same."""

from collections.abc import Mapping
from typing import Any

from autolstm.dataset import Dataset
from autolstm.errors import SettingError
from autolstm.experiment import Experiment
from autolstm.ledger.results import Results
from autolstm.question import Question, pose
from autolstm.sequences import Sequences
from autolstm.settings import Settings
from autolstm.study.shelf import Shelf

__all__ = ["posed"]

FREE = ("space.", "base.", "split.")
"""Beginnings of what may differ: how configurations were tried, not what was asked of them."""

FREE_NAMES = frozenset({"kind", "measure_on", "seeds", "seed", "engine", "time_weight"})


def posed(experiment: Experiment, data: Dataset | Sequences) -> Question:
    """Put an experiment to data, around the winner of another study where it names one.

    Raises:
        StudyNotFound: There is no such study.
        SettingError: It has no score yet, or asks something else.
        InputError: As `autolstm.question.pose`.
    """
    if experiment.base is None:
        return pose(experiment, data)
    found = Shelf(experiment.home, experiment.storage).results(experiment.base)
    if found.best is None:
        raise SettingError(
            f"The study {experiment.base!r} has no score yet, so it has no best settings to start "
            f"from. Finish it with its `autolstm study` command, or leave base out."
        )
    question = pose(experiment, data, Settings.from_flat(found.best.settings))
    _check_same(found, question.flat())
    return question


def _check_same(found: Results, asked: Mapping[str, Any]) -> None:
    names = {**found.question, **asked}
    other = [
        name
        for name in names
        if name not in FREE_NAMES
        and not name.startswith(FREE)
        and found.question.get(name) != asked.get(name)
    ]
    if other:
        told = ", ".join(
            f"{name} {found.question.get(name)!r} instead of {asked.get(name)!r}" for name in other
        )
        raise SettingError(
            f"The study {found.name!r} asks something else ({told}), so its best settings are no "
            f"base for this one. Name a study of the same question, or leave base out."
        )
