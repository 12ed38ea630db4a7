"""Optuna's own contract of a storage, kept by ours: a file, and servers."""

import pytest
from optuna.storages._cached_storage import _CachedStorage
from optuna.testing.pytest_storages import StorageTestCase

from autolstm.ledger.reconnecting import Reconnecting
from autolstm.ledger.storage import open_storage


class TestFile(StorageTestCase):
    @pytest.fixture
    def storage(self, tmp_path):
        return open_storage(tmp_path)


class OnServer(StorageTestCase):
    """As `optuna.create_study` uses it: behind Optuna's cache."""

    @pytest.fixture
    def opened(self, url, tmp_path):
        storage = open_storage(tmp_path, url)
        assert isinstance(storage, Reconnecting)
        yield storage
        for one in storage.get_all_studies():
            storage.delete_study(one._study_id)
        storage.remove_session()
        storage.engine.dispose()

    @pytest.fixture
    def storage(self, opened):
        return _CachedStorage(opened)


@pytest.fixture(scope="module")
def postgresql(server):
    return server.url("psycopg", server.database())


class TestPostgreSQL(OnServer):
    @pytest.fixture
    def url(self, postgresql):
        return postgresql


@pytest.fixture(scope="module")
def mysql(mariadb):
    return mariadb.url(mariadb.database())


class TestMariaDB(OnServer):
    @pytest.fixture
    def url(self, mysql):
        return mysql
