"""Trials added all at once are those that are added one by one."""

import time
from datetime import datetime

import optuna
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from optuna.study import StudyDirection
from trial_samples import trials

from autolstm.ledger import bulk
from autolstm.ledger.bulk import add_trials
from autolstm.ledger.storage import open_storage, quiet

MANY = st.integers(0, 5).flatmap(lambda count: st.tuples(*map(trials, range(count))))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def storage(request, tmp_path_factory):
    if request.param == "sqlite":
        return open_storage(tmp_path_factory.mktemp("home"))
    server = request.getfixturevalue("server")
    return open_storage(tmp_path_factory.mktemp("home"), server.url(name=server.database()))


def told(storage, study_id):
    """Return all that a storage knows of a study's trials, but for how it numbers them itself."""
    found = []
    for one in storage.get_all_trials(study_id):
        one._trial_id = -1
        found.append(repr(one))
    return found


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(before=MANY, added=MANY)
def test_all_at_once_is_one_by_one(before, added, storage):
    with pytest.MonkeyPatch.context() as patch, quiet():
        patch.setattr(bulk, "AT_ONCE", 2)
        ids = [storage.create_new_study([StudyDirection.MINIMIZE]) for _ in range(2)]
        for one in before:
            for study_id in ids:
                storage.create_new_trial(study_id, one)
        for one in added:
            storage.create_new_trial(ids[0], one)
        add_trials(storage, ids[1], added)
        assert told(storage, ids[1]) == told(storage, ids[0])
        for study_id in ids:
            storage.delete_study(study_id)


def test_times_are_those_of_the_machine(storage, monkeypatch):
    began = datetime(2026, 7, 1, 12)
    one = optuna.trial.create_trial(value=1.0)
    one.datetime_start = one.datetime_complete = began
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        with quiet():
            study_id = storage.create_new_study([StudyDirection.MINIMIZE])
        storage.create_new_trial(study_id, one)
        add_trials(storage, study_id, [one])
        assert [one.datetime_start for one in storage.get_all_trials(study_id)] == [began, began]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_trial_that_cannot_be_added_leaves_none(storage):
    with quiet():
        study_id = storage.create_new_study([StudyDirection.MINIMIZE])
    sound = optuna.trial.create_trial(value=1.0)
    broken = optuna.trial.create_trial(value=1.0, user_attrs={"no": object()})
    with pytest.raises(TypeError):
        add_trials(storage, study_id, [sound, broken])
    assert storage.get_all_trials(study_id) == []
