"""All trials of a study at once, read by columns.

Optuna makes an object of every row, which at thousands of trials is felt in every command.
"""

import json
from collections import defaultdict
from collections.abc import Container
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, json_to_distribution
from optuna.storages._rdb import models
from optuna.storages._rdb.storage import _create_scoped_session
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import select
from sqlalchemy.orm import Session

__all__ = ["Quick"]

Tables = defaultdict[int, dict[str, Any]]


class Quick(optuna.storages.RDBStorage):
    """Optuna's storage, which reads whole studies quickly."""

    def _get_trials(
        self,
        study_id: int,
        states: Container[TrialState] | None,
        included_trial_ids: set[int],
        trial_id_greater_than: int,
    ) -> list[FrozenTrial]:
        if trial_id_greater_than > -1:  # only what is new since it was read last
            asked = (study_id, states, included_trial_ids, trial_id_greater_than)
            return super()._get_trials(*asked)
        with _create_scoped_session(self.scoped_session) as session:
            models.StudyModel.find_or_raise_by_id(study_id, session)
            trials = _trials(session, study_id)
        return trials if states is None else [one for one in trials if one.state in states]


def _trials(session: Session, study_id: int) -> list[FrozenTrial]:
    """Read all trials of a study, in the order of their ids."""
    model: Any = models.TrialModel
    columns = (
        *(model.trial_id, model.number, model.state),
        *(model._datetime_start_utc, model._datetime_complete_utc),
    )
    mine = select(*columns).where(model.study_id == study_id).order_by(model.trial_id)
    rows = session.execute(mine).all()
    params, kinds = _params(session, study_id)
    values, reports = _values(session, study_id), _reports(session, study_id)
    of_user = _attributes(session, study_id, models.TrialUserAttributeModel)
    of_system = _attributes(session, study_id, models.TrialSystemAttributeModel)
    return [
        FrozenTrial(
            number=number,
            state=state,
            value=None,
            values=[one for _, one in sorted(values[key].items())] if key in values else None,
            datetime_start=_here(began),
            datetime_complete=_here(ended),
            params=params.get(key, {}),
            distributions=kinds.get(key, {}),
            user_attrs=of_user.get(key, {}),
            system_attrs=of_system.get(key, {}),
            intermediate_values=reports.get(key, {}),
            trial_id=key,
        )
        for key, number, state, began, ended in rows
    ]


def _rows(session: Session, study_id: int, model: Any, order: Any, *columns: Any) -> Any:
    """Read columns of a table that belongs to the trials of a study, their ids first."""
    trial: Any = models.TrialModel
    return session.execute(
        select(model.trial_id, *columns)
        .join(trial, trial.trial_id == model.trial_id)
        .where(trial.study_id == study_id)
        .order_by(order)
    )


def _params(session: Session, study_id: int) -> tuple[Tables, Tables]:
    model: Any = models.TrialParamModel
    columns = (model.param_name, model.param_value, model.distribution_json)
    params, kinds = Tables(dict), Tables(dict)
    for key, name, value, written in _rows(session, study_id, model, model.param_id, *columns):
        kind = _distribution(written)
        params[key][name], kinds[key][name] = kind.to_external_repr(value), kind
    return params, kinds


@lru_cache(maxsize=1024)
def _distribution(written: str) -> BaseDistribution:
    """Read a distribution; trials of a study have the same ones."""
    return json_to_distribution(written)


def _attributes(session: Session, study_id: int, model: Any) -> Tables:
    order = getattr(model, f"{model.__tablename__.removesuffix('s')}_id")
    found = Tables(dict)
    for key, name, value in _rows(session, study_id, model, order, model.key, model.value_json):
        found[key][name] = json.loads(value)
    return found


def _values(session: Session, study_id: int) -> defaultdict[int, dict[int, float]]:
    model: Any = models.TrialValueModel
    columns = (model.objective, model.value, model.value_type)
    found: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for key, objective, *stored in _rows(session, study_id, model, model.trial_value_id, *columns):
        found[key][objective] = model.stored_repr_to_value(*stored)
    return found


def _reports(session: Session, study_id: int) -> defaultdict[int, dict[int, float]]:
    model: Any = models.TrialIntermediateValueModel
    columns = (model.step, model.intermediate_value, model.intermediate_value_type)
    order = model.trial_intermediate_value_id
    found: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for key, step, *stored in _rows(session, study_id, model, order, *columns):
        found[key][step] = model.stored_repr_to_intermediate_value(*stored)
    return found


def _here(moment: datetime | None) -> datetime | None:
    """Return a time of the storage, which is UTC, as one of this machine."""
    return moment and moment.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)
