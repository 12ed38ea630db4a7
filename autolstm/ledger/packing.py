"""A study as plain values and back, apart from any storage: attributes, trials, times."""

import json
import re
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import optuna
import sqlalchemy
from optuna.distributions import distribution_to_json, json_to_distribution
from optuna.storages import BaseStorage, RDBStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from autolstm.errors import StorageError
from autolstm.ledger.bulk import add_trials
from autolstm.ledger.record import KILLED, StudyKey
from autolstm.ledger.storage import quiet

__all__ = ["Packed", "forget", "pack", "rehearsed", "unpack"]


@dataclass(frozen=True, eq=False, slots=True)
class Packed:
    """A study apart from its storage.

    Attributes:
        name: Its name.
        direction: Of its one objective.
        user_attrs: What autolstm keeps of it.
        system_attrs: What Optuna keeps of it; notes on trials by their numbers.
        trials: In the order of their numbers; none of them runs.
    """

    name: str
    direction: StudyDirection
    user_attrs: dict[str, Any]
    system_attrs: dict[str, Any]
    trials: tuple[FrozenTrial, ...]

    def to_json(self) -> dict[str, Any]:
        """Return everything but the trials."""
        return {
            "name": self.name,
            "direction": self.direction.name,
            "user_attrs": self.user_attrs,
            "system_attrs": self.system_attrs,
        }

    def lines(self) -> Iterator[str]:
        """Yield every trial as a line of JSON."""
        for one in self.trials:
            yield json.dumps(_trial_to_json(one))

    @classmethod
    def from_json(cls, said: Mapping[str, Any], trials: Iterator[Mapping[str, Any]]) -> "Packed":
        """Read back what `to_json` and `lines` gave.

        Raises:
            ValueError, TypeError, KeyError, AttributeError: It is something else.
        """
        found = tuple(_trial_from_json(one) for one in trials)
        if [one.number for one in found] != list(range(len(found))):
            raise ValueError("trials are missing or not in order")
        tables = [said["user_attrs"], said["system_attrs"]]
        if not all(isinstance(one, dict) for one in tables) or not isinstance(said["name"], str):
            raise TypeError("attributes are no tables")
        direction = StudyDirection[said["direction"]]
        return cls(said["name"], direction, tables[0], tables[1], found)


def pack(storage: BaseStorage, name: str) -> Packed:
    """Read a study once; a trial that runs is cut off in what is returned.

    What belongs to the study is read before its trials: it speaks of finished trials only, so
    that none of them can be missing. They are read in one transaction.
    """
    study_id = storage.get_study_id_from_name(name)
    user = dict(storage.get_study_user_attrs(study_id))
    system = dict(storage.get_study_system_attrs(study_id))
    trials = storage.get_all_trials(study_id, deepcopy=False)
    numbers = {one._trial_id: f"#{one.number}" for one in trials}
    return Packed(
        name,
        storage.get_study_directions(study_id)[0],
        user,
        _notes(system, "", numbers),
        tuple(map(_cut_off, trials)),
    )


def unpack(storage: RDBStorage, packed: Packed, mark: str) -> None:
    """Write a study under its name, all or nothing: nobody sees it before it is whole.

    It is written under a name that no study of ours can have, without the attribute that makes it
    one; both come last, in one transaction.

    Args:
        storage: The storage.
        packed: The study.
        mark: Part of that name, so that several processes, which may be far from each other, do
            not write one study; `forget` takes it where this process is killed.

    Raises:
        StorageError: There is one of this name by now.
    """
    with quiet():
        study_id = storage.create_new_study([packed.direction], _hidden(packed.name, mark))
        try:
            _fill(storage, study_id, replace(packed, user_attrs=_without_schema(packed)))
            _show(storage, study_id, packed)
        except BaseException:
            forget(storage, packed.name, mark)
            raise


def forget(storage: RDBStorage, name: str, mark: str) -> None:
    """Delete what a process has left of a study that it did not write to its end, if anything."""
    hidden = _hidden(name, mark)
    with quiet():
        if hidden in [one.study_name for one in storage.get_all_studies()]:
            optuna.delete_study(study_name=hidden, storage=storage)


def _hidden(name: str, mark: str) -> str:
    return f"{name} (being restored, {mark})"


def rehearsed(packed: Packed) -> optuna.Study:
    """Return the study in memory, to find out whether it holds together."""
    with quiet():
        study = optuna.create_study(study_name=packed.name, direction=packed.direction)
    for name, value in packed.user_attrs.items():
        study.set_user_attr(name, value)
    for one in packed.trials:
        study._storage.create_new_trial(study._study_id, one)
    return study


def _without_schema(packed: Packed) -> dict[str, Any]:
    return {name: one for name, one in packed.user_attrs.items() if name != StudyKey.schema}


def _fill(storage: RDBStorage, study_id: int, packed: Packed) -> None:
    for name, value in packed.user_attrs.items():
        storage.set_study_user_attr(study_id, name, value)
    add_trials(storage, study_id, packed.trials)
    trials = storage.get_all_trials(study_id, deepcopy=False)
    places = {one.number: str(one._trial_id) for one in trials}
    for name, value in _notes(packed.system_attrs, "#", places).items():
        storage.set_study_system_attr(study_id, name, value)


def _show(storage: RDBStorage, study_id: int, packed: Packed) -> None:
    """Give a study its name and make it one of ours, both at once."""
    studies = sqlalchemy.table("studies", *map(sqlalchemy.column, ("study_id", "study_name")))
    names = ("study_id", "key", "value_json")
    attributes = sqlalchemy.table("study_user_attributes", *map(sqlalchemy.column, names))
    schema = json.dumps(packed.user_attrs[StudyKey.schema])
    row = dict(zip(names, (study_id, StudyKey.schema, schema), strict=True))
    try:
        with storage.engine.begin() as connection:
            connection.execute(
                sqlalchemy.update(studies)
                .where(studies.c.study_id == study_id)
                .values(study_name=packed.name)
            )
            connection.execute(sqlalchemy.insert(attributes).values(row))
    except sqlalchemy.exc.IntegrityError:
        raise StorageError(
            f"There is a study {packed.name!r} by now, made by another process. Give the restored "
            f"one another --name."
        ) from None


def _notes(attributes: Mapping[str, Any], mark: str, names: Mapping[int, str]) -> dict[str, Any]:
    """Let notes follow their trials: the dashboard names these by their number in a storage."""
    found = {}
    for key, value in attributes.items():
        note = re.fullmatch(rf"dashboard:{mark}(\d+):(.*)", key, re.DOTALL)
        place = names.get(int(note[1])) if note else None
        found[f"dashboard:{place}:{note[2]}" if note and place else key] = value
    return found


def _cut_off(trial: FrozenTrial) -> FrozenTrial:
    if trial.state != TrialState.RUNNING:
        return trial
    trial = copy(trial)
    trial.state, trial.values = TrialState.FAIL, None
    trial.datetime_complete = datetime.now()
    trial.user_attrs = {**trial.user_attrs, "reason": KILLED}
    return trial


def _trial_to_json(one: FrozenTrial) -> dict[str, Any]:
    return {
        "number": one.number,
        "state": one.state.name,
        "values": one.values,
        "started": _utc(one.datetime_start),
        "ended": _utc(one.datetime_complete),
        "params": one.params,
        "distributions": {
            name: distribution_to_json(kind) for name, kind in one.distributions.items()
        },
        "reports": {str(step): value for step, value in one.intermediate_values.items()},
        "user_attrs": one.user_attrs,
        "system_attrs": one.system_attrs,
    }


def _trial_from_json(said: Mapping[str, Any]) -> FrozenTrial:
    state = TrialState[said["state"]]
    values = None if said["values"] is None else [float(one) for one in said["values"]]
    if state == TrialState.RUNNING or (state == TrialState.COMPLETE) > (values is not None):
        raise ValueError(f"trial {said['number']} runs, or is complete without a value")
    kinds = {name: json_to_distribution(one) for name, one in said["distributions"].items()}
    if kinds.keys() != said["params"].keys():
        raise ValueError(f"trial {said['number']} has other parameters than distributions")
    for name, kind in kinds.items():
        kind.to_internal_repr(said["params"][name])  # refuses what is of another kind
    tables = [dict(said["user_attrs"]), dict(said["system_attrs"])]
    return FrozenTrial(
        number=int(said["number"]),
        state=state,
        value=None,
        values=values,
        datetime_start=_local(said["started"]),
        datetime_complete=_local(said["ended"]),
        params=dict(said["params"]),
        distributions=kinds,
        user_attrs=tables[0],
        system_attrs=tables[1],
        intermediate_values={int(step): float(one) for step, one in said["reports"].items()},
        trial_id=-1,
    )


def _utc(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).isoformat()


def _local(text: str | None) -> datetime | None:
    """Return a time as Optuna has it: of this machine's zone, without saying so."""
    return None if text is None else datetime.fromisoformat(text).astimezone().replace(tzinfo=None)
