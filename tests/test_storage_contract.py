"""Optuna's own contract of a storage, kept by ours: a file, and a server."""

import pytest
from optuna.storages._cached_storage import _CachedStorage
from optuna.testing.pytest_storages import StorageTestCase

from autolstm.ledger.reconnecting import Reconnecting
from autolstm.ledger.storage import open_storage


class TestFile(StorageTestCase):
    @pytest.fixture
    def storage(self, tmp_path):
        return open_storage(tmp_path)


@pytest.fixture(scope="module")
def base(server):
    return server.database()


class TestServer(StorageTestCase):
    """As `optuna.create_study` uses it: behind Optuna's cache."""

    @pytest.fixture
    def opened(self, server, base, tmp_path):
        storage = open_storage(tmp_path, server.url("psycopg", base))
        assert isinstance(storage, Reconnecting)
        yield storage
        for one in storage.get_all_studies():
            storage.delete_study(one._study_id)
        storage.remove_session()
        storage.engine.dispose()

    @pytest.fixture
    def storage(self, opened):
        return _CachedStorage(opened)
