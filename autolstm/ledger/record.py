"""The names under which the ledger keeps things, and how values go in and out of JSON.

A study carries its question and what was found beyond single trials; a trial carries everything
about its fits. Both are user attributes, so optuna-dashboard shows them and any Optuna program
reads them.
"""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

import optuna

from autolstm.ledger.results import DataFacts, Forecasts, Refit
from autolstm.ledger.turn import in_turn
from autolstm.outcome import Score

__all__ = [
    "DIED",
    "DIED_AGAIN",
    "INTERRUPTED",
    "KILLED",
    "LOST",
    "OUT_OF_TIME",
    "RETRY_OF",
    "SCHEMA",
    "STOPPED",
    "StudyKey",
    "TrialRecord",
    "add_seconds",
    "data_from_json",
    "data_to_json",
    "refit_from_json",
    "refit_to_json",
]

SCHEMA = 1
"""Version of the layout below; raised when an older autolstm could misread a newer study."""

INTERRUPTED = "interrupted"
OUT_OF_TIME = "cut off by the time limit of the study"
STOPPED = "cut off by `autolstm stop`"
KILLED = "cut off: its process ended before it"
LOST = "cut off: its machine was not heard of any more"
DIED = "cut off: its worker died"
"""Reasons of trials that did not fail by themselves; what follows the last says how it died."""

DIED_AGAIN = "its worker died twice with this configuration, which is not tried again"
"""Reason of a trial that is to blame for the death of its worker."""

RETRY_OF = "retry_of"
"""User attribute of a trial that fits again what was cut off: the number of that trial."""


class StudyKey:
    """User attributes of a study."""

    schema = "autolstm:schema"
    version = "autolstm:version"
    question = "autolstm:question"
    data = "autolstm:data"
    baselines = "autolstm:baselines"
    seconds = "autolstm:seconds"
    confirmed = "autolstm:confirmed"
    refit = "autolstm:refit"
    precision = "autolstm:precision"
    published = "autolstm:published"
    stop = "autolstm:stop"
    offer = "autolstm:offer"
    snapshot = "autolstm:snapshot"


@dataclass(slots=True)
class TrialRecord:
    """User attributes of a trial, filled while it runs and written before it ends.

    Attributes:
        settings: Every knob.
        seeds: The seeds of its fits.
        engine: Who trained.
        default: Whether it is the default configuration.
        scores: Every seed's score.
        best_epochs: Epoch of every seed's best weights.
        curves: `Curve.to_json`.
        parameters: Trainable numbers.
        seconds: ``trace``, ``train``, ``total``.
        programs: Names of the programs that trained it.
        reason: Why it stopped.
    """

    settings: dict[str, Any]
    seeds: list[int]
    engine: str
    default: bool = False
    scores: list[float] | None = None
    best_epochs: list[int] | None = None
    curves: dict[str, Any] | None = None
    parameters: int = 0
    seconds: dict[str, float] | None = None
    programs: list[str] | None = None
    reason: str = ""

    def attributes(self) -> dict[str, Any]:
        """Return what is to be written, without what is not known."""
        every = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in every.items() if value is not None}


def add_seconds(study: optuna.Study, spent: float) -> None:
    """Add to the time that the fits of a study have taken, all runs and workers together."""

    def add() -> None:
        before = study.user_attrs.get(StudyKey.seconds, 0.0)
        study.set_user_attr(StudyKey.seconds, round(before + spent, 3))

    in_turn(study, add)


def data_to_json(facts: DataFacts) -> dict[str, Any]:
    """Return the facts as plain values."""
    return json.loads(json.dumps(asdict(facts)))  # type: ignore[no-any-return]


def data_from_json(stored: dict[str, Any]) -> DataFacts:
    """Read back what `data_to_json` wrote."""
    named = ("covariates", "notes", "classes", "symbols")
    lists = {name: tuple(stored[name]) for name in named if name in stored}
    return DataFacts(**{**stored, **lists})


def refit_to_json(refit: Refit) -> dict[str, Any]:
    """Return a refit as plain values."""
    return json.loads(json.dumps(asdict(refit)))  # type: ignore[no-any-return]


def refit_from_json(stored: dict[str, Any]) -> Refit:
    """Read back what `refit_to_json` wrote."""
    points = stored["forecasts"]
    forecasts = Forecasts(
        times=tuple(points["times"]),
        actual=tuple(points["actual"]),
        seeds=tuple(tuple(one) for one in points["seeds"]),
        baselines={name: tuple(one) for name, one in points["baselines"].items()},
        classes=tuple(points.get("classes", ())),
        confusion=tuple(tuple(one) for one in points.get("confusion", ())),
        by_step=tuple(points.get("by_step", ())),
        baseline_by_step={
            name: tuple(one) for name, one in points.get("baseline_by_step", {}).items()
        },
        series=points.get("series", ""),
        target=points.get("target", ""),
        by_series=tuple((name, *scores) for name, *scores in points.get("by_series", ())),
    )
    score = Score(tuple(stored["test"]["values"]))
    return Refit(**{**stored, "forecasts": forecasts, "test": score})
