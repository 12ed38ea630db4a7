"""Studies of older layouts: read as they are meant, and rewritten when they go on.

Whoever changes the layout raises `SCHEMA` in `autolstm.ledger.record` and adds a step here, from
the version before. A step takes attributes as they were read and returns them as they are now; it
is never changed afterwards. Reading migrates in memory and writes nothing; opening a study for
writing rewrites all of it in one transaction. docs/decisions/021 says more.
"""

import json
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

import optuna
import sqlalchemy
from optuna.storages import BaseStorage, RDBStorage
from optuna.trial import FrozenTrial

from autolstm.errors import StorageError
from autolstm.ledger.record import SCHEMA, StudyKey

__all__ = ["STEPS", "Step", "attributes", "check_schema", "migrate", "trials"]

Change = Callable[[dict[str, Any]], dict[str, Any]]


def _same(attributes: dict[str, Any]) -> dict[str, Any]:
    return attributes


@dataclass(frozen=True, slots=True)
class Step:
    """From one version of the layout to the next.

    Attributes:
        study: What becomes of the user attributes of a study, those of other programs included.
        trial: What becomes of the user attributes of a trial.
    """

    study: Change = _same
    trial: Change = _same


STEPS: dict[int, Step] = {}
"""Steps by the version that they start from: one for each before `SCHEMA`."""


def check_schema(study: optuna.Study) -> int:
    """Refuse a study that is not ours, or was written by a newer autolstm; return its version.

    Raises:
        StorageError: It cannot be read safely.
    """
    stored = study.user_attrs
    schema = stored.get(StudyKey.schema)
    if not isinstance(schema, int):
        raise StorageError(
            f"The study {study.study_name!r} was not made by autolstm. Give another --name."
        )
    if schema > SCHEMA:
        raise StorageError(
            f"The study {study.study_name!r} was written by autolstm "
            f"{stored.get(StudyKey.version, '?')}, which is newer than this one (schema {schema}, "
            f"this one knows {SCHEMA}). Upgrade with `pip install --upgrade autolstm`, or give "
            f"another --name."
        )
    return schema


def attributes(study: optuna.Study) -> dict[str, Any]:
    """Return the user attributes of a study in the layout of today.

    Raises:
        StorageError: It is not ours, or newer.
    """
    return _through(study.user_attrs, check_schema(study), "study")


def trials(study: optuna.Study) -> list[FrozenTrial]:
    """Return the trials of a study with user attributes in the layout of today; not to be changed.

    Raises:
        StorageError: It is not ours, or newer.
    """
    stored, schema = study.get_trials(deepcopy=False), check_schema(study)
    return stored if schema == SCHEMA else [_migrated(one, schema) for one in stored]


def migrate(study: optuna.Study, storage: BaseStorage) -> None:
    """Rewrite an older study in the layout of today, as a whole or not at all.

    Finished trials cannot be changed through Optuna, so the two tables of user attributes are
    written by SQL, before anybody in this process has read a trial. Whoever runs this study with
    an older autolstm at the same time must be ended before.

    Raises:
        StorageError: It is not ours, or newer.
    """
    schema = check_schema(study)
    if schema == SCHEMA:
        return
    assert isinstance(storage, RDBStorage), "a storage of ours is a database"
    study_id = storage.get_study_id_from_name(study.study_name)
    before = study.user_attrs
    after = _through(before, schema, "study")
    pairs = [
        (one._trial_id, one.user_attrs, _migrated(one, schema).user_attrs)
        for one in storage.get_all_trials(study_id, deepcopy=False)
    ]
    with storage.engine.begin() as connection:
        for trial_id, old, new in pairs:
            _rewrite(connection, "trial", trial_id, old, new)
        _rewrite(connection, "study", study_id, before, after)


def _through(stored: Mapping[str, Any], schema: int, what: str) -> dict[str, Any]:
    """Take attributes through every step from a version on."""
    found = dict(stored)
    for version in range(schema, SCHEMA):
        found = dict(getattr(STEPS[version], what)(found))
    if what == "study":
        found[StudyKey.schema] = SCHEMA
    return found


def _migrated(trial: FrozenTrial, schema: int) -> FrozenTrial:
    moved = copy(trial)
    moved.user_attrs = _through(trial.user_attrs, schema, "trial")
    return moved


def _rewrite(
    connection: sqlalchemy.Connection,
    what: str,
    number: int,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
) -> None:
    """Replace the user attributes of a study or trial that have changed."""
    names = (f"{what}_id", "key", "value_json")
    table = sqlalchemy.table(f"{what}_user_attributes", *map(sqlalchemy.column, names))
    for key in {**old, **new}:
        if key in old and key in new and old[key] == new[key]:
            continue
        its = (table.c[names[0]] == number) & (table.c.key == key)
        connection.execute(sqlalchemy.delete(table).where(its))
        if key in new:
            row = dict(zip(names, (number, key, json.dumps(new[key])), strict=True))
            connection.execute(sqlalchemy.insert(table).values(row))
