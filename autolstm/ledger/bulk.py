"""Many whole trials -> a storage, in one transaction: one at a time, Optuna counts all before."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from optuna.distributions import distribution_to_json
from optuna.storages import RDBStorage
from optuna.storages._rdb import models
from optuna.trial import FrozenTrial
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

__all__ = ["add_trials"]

AT_ONCE = 500
"""Trials whose rows are in the memory at the same time."""

Rows = dict[type[Any], list[dict[str, Any]]]


def add_trials(storage: RDBStorage, study_id: int, trials: Sequence[FrozenTrial]) -> None:
    """Add trials to a study that nobody works on yet, as `create_new_trial` does one by one.

    Args:
        storage: The storage.
        study_id: The study; its trials so far are counted.
        trials: Whole ones, in the order of their numbers, which are given anew.
    """
    with Session(storage.engine) as session, session.begin():
        mine = select(models.TrialModel.number).where(models.TrialModel.study_id == study_id)
        before = len(session.execute(mine).all())
        for at in range(0, len(trials), AT_ONCE):
            part = trials[at : at + AT_ONCE]
            # Through Optuna's class, which turns times into those of the storage.
            stored = [
                models.TrialModel(
                    study_id=study_id,
                    number=number,
                    state=one.state,
                    datetime_start=one.datetime_start,
                    datetime_complete=one.datetime_complete,
                )
                for number, one in enumerate(part, start=before + at)
            ]
            session.add_all(stored)
            session.flush()
            pairs: list[Any] = [(row.trial_id, one) for row, one in zip(stored, part, strict=True)]
            for model, rows in _belonging(pairs).items():
                session.execute(insert(model), rows)
            session.expunge_all()


def _belonging(pairs: Sequence[tuple[int, FrozenTrial]]) -> Rows:
    """Return the rows of all other tables, without tables that have none."""
    found: Rows = {
        models.TrialValueModel: [row for at, one in pairs for row in _values(at, one)],
        models.TrialParamModel: [row for at, one in pairs for row in _params(at, one)],
        models.TrialUserAttributeModel: [
            row for at, one in pairs for row in _attributes(at, one.user_attrs)
        ],
        models.TrialSystemAttributeModel: [
            row for at, one in pairs for row in _attributes(at, one.system_attrs)
        ],
        models.TrialIntermediateValueModel: [
            row for at, one in pairs for row in _reports(at, one)
        ],
    }
    return {model: rows for model, rows in found.items() if rows}


def _values(trial_id: int, one: FrozenTrial) -> Iterator[dict[str, Any]]:
    for objective, value in enumerate(one.values or ()):
        stored, kind = models.TrialValueModel.value_to_stored_repr(value)
        yield {
            "trial_id": trial_id,
            "objective": objective,
            "value": stored,
            "value_type": kind,
        }


def _params(trial_id: int, one: FrozenTrial) -> Iterator[dict[str, Any]]:
    for name, value in one.params.items():
        kind = one.distributions[name]
        yield {
            "trial_id": trial_id,
            "param_name": name,
            "param_value": kind.to_internal_repr(value),
            "distribution_json": distribution_to_json(kind),
        }


def _attributes(trial_id: int, table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for key, value in table.items():
        yield {"trial_id": trial_id, "key": key, "value_json": json.dumps(value)}


def _reports(trial_id: int, one: FrozenTrial) -> Iterator[dict[str, Any]]:
    model = models.TrialIntermediateValueModel
    for step, value in one.intermediate_values.items():
        stored, kind = model.intermediate_value_to_stored_repr(value)
        yield {
            "trial_id": trial_id,
            "step": step,
            "intermediate_value": stored,
            "intermediate_value_type": kind,
        }
