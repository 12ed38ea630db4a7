"""Opening a study: the same question as before, made by one process where several begin."""

import json
import warnings
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.study import StudyDirection

from autolstm.errors import QuestionChanged
from autolstm.ledger.migration import migrate
from autolstm.ledger.record import SCHEMA, StudyKey, data_to_json
from autolstm.ledger.results import DataFacts
from autolstm.ledger.storage import quiet
from autolstm.ledger.turn import in_turn
from autolstm.question import Question
from autolstm.settings import KNOBS

__all__ = ["open_study"]


def open_study(
    storage: optuna.storages.BaseStorage,
    name: str,
    question: Question,
    facts: DataFacts,
    sampler: optuna.samplers.BaseSampler,
    pruner: optuna.pruners.BasePruner,
) -> optuna.Study:
    """Open a study, or measure the baselines and make it.

    Raises:
        QuestionChanged: The stored study asks something else.
        StorageError: The stored study is not ours, or newer.
    """
    direction = StudyDirection[question.metric.direction.upper()]
    with quiet():
        study = optuna.create_study(
            storage=storage,
            study_name=name,
            direction=direction,
            sampler=sampler,
            pruner=pruner,
            load_if_exists=True,
        )
    # Before the turn, in which others wait: of large data it takes minutes.
    is_new = _is_half_made(study, direction)
    baselines = question.baseline_scores() if is_new else None
    in_turn(study, partial(_settle, study, storage, question, facts, baselines))
    return study


def _settle(
    study: optuna.Study,
    storage: optuna.storages.BaseStorage,
    question: Question,
    facts: DataFacts,
    baselines: dict[str, dict[str, float]] | None,
) -> None:
    """Check what a study asks, or write it into one that is new."""
    asked = json.loads(json.dumps(question.flat()))
    # The schema is written last: a study that was cut off before it is made again here.
    if not _is_half_made(study, StudyDirection[question.metric.direction.upper()]):
        migrate(study, storage)
        _check_question(study.study_name, study.user_attrs[StudyKey.question], asked)
        return
    study.set_user_attr(StudyKey.question, asked)
    study.set_user_attr(StudyKey.data, data_to_json(facts))
    study.set_user_attr(StudyKey.baselines, baselines)
    study.set_user_attr(StudyKey.version, version("autolstm"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        study.set_metric_names([question.metric.name])
    study.set_user_attr(StudyKey.schema, SCHEMA)


def _is_half_made(study: optuna.Study, direction: StudyDirection) -> bool:
    """Whether there is nothing in a study yet, or only what we began to write."""
    ours = StudyKey.schema.partition(":")[0]
    return (
        StudyKey.schema not in study.user_attrs
        and all(key.startswith(f"{ours}:") for key in study.user_attrs)
        and not study.get_trials(deepcopy=False)
        and study.directions == [direction]
    )


def _check_question(name: str, stored: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    changed = [key for key in {**stored, **asked} if _value(stored, key) != _value(asked, key)]
    if not changed:
        return
    lines = [
        f"  {_named(key)}: {_said(stored, key)} -> {_said(asked, key)}" for key in changed[:8]
    ]
    if len(changed) > 8:
        lines.append(f"  and {len(changed) - 8} more")
    raise QuestionChanged(
        f"The study {name!r} was asked something else, and its trials cannot be compared with new "
        f"ones (stored -> now):\n"
        + "\n".join(lines)
        + f"\nGive this one another --name, or remove "
        f"the stored one with `autolstm delete {name}`."
    )


def _value(question: Mapping[str, Any], key: str) -> Any:
    """Return what a question says; a knob that an older study does not know had its default."""
    knob = KNOBS.get(key.removeprefix("space."))
    return question.get(key, knob.default if knob else None)


def _named(key: str) -> str:
    return "data (times, values or columns)" if key == "data" else key


def _said(question: Mapping[str, Any], key: str) -> str:
    return json.dumps(question[key]) if key in question else "(not known)"
