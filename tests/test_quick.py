"""Trials read by columns are those that Optuna reads, object by object."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from optuna.storages import RDBStorage
from optuna.study import StudyDirection
from optuna.trial import TrialState
from trial_samples import trials

from autolstm.ledger.bulk import add_trials
from autolstm.ledger.storage import open_storage, quiet


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def storage(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    if request.param == "sqlite":
        return open_storage(home)
    if request.param == "mariadb":
        mariadb = request.getfixturevalue("mariadb")
        return open_storage(home, mariadb.url(mariadb.database()))
    server = request.getfixturevalue("server")
    return open_storage(home, server.url(name=server.database()))


def told(trials):
    """Return all that trials hold; only of params is the order kept by Optuna."""
    found = []
    for one in trials:
        tables = (one.user_attrs, one.system_attrs, one.intermediate_values, one.distributions)
        one.user_attrs = one.system_attrs = one.intermediate_values = one.distributions = {}
        found.append((repr(one), *(repr(sorted(table.items())) for table in tables)))
    return found


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    of_two=st.tuples(*[st.lists(trials(0), max_size=4)] * 2),
    states=st.none() | st.sets(st.sampled_from([*TrialState])),
)
def test_quickly_read_is_read(of_two, states, storage):
    with quiet():
        ids = [storage.create_new_study([StudyDirection.MINIMIZE]) for _ in of_two]
        for study_id, made in zip(ids, of_two, strict=True):
            add_trials(storage, study_id, made)
        for study_id in ids:
            quick = storage._get_trials(study_id, states, set(), -1)
            stock = RDBStorage._get_trials(storage, study_id, states, set(), -1)
            assert told(quick) == told(stock)
            assert [list(one.params) for one in quick] == [list(one.params) for one in stock]
        for study_id in ids:
            storage.delete_study(study_id)


def test_a_study_that_is_not_there_is_said(storage):
    with pytest.raises(KeyError):
        storage._get_trials(10**6, None, set(), -1)
