"""Tests of `autolstm.workers.messages`: an error goes from a worker to whoever watches it."""

import errno
import pickle

import pytest

from autolstm.cli.failures import explain
from autolstm.errors import SettingError, StorageError, StudyFailed, StudyStopped
from autolstm.workers.messages import Failure


@pytest.mark.parametrize(
    "error",
    [
        StudyFailed("no trial"),
        StudyStopped("stopped"),
        StorageError("gone"),
        SettingError("wrong"),
        MemoryError("too much"),
        OSError(errno.ENOSPC, "No space left on device", "a/file"),
        PermissionError(errno.EACCES, "Permission denied"),
    ],
)
def test_a_user_reads_the_same_as_without_a_worker_between(error):
    told = pickle.loads(pickle.dumps(Failure.of(error))).error()
    assert isinstance(told, type(error))
    assert explain(told) == explain(error)


def test_a_bug_says_where_it_was():
    told = Failure.of(ZeroDivisionError("division by zero")).error()
    code, said = explain(told)
    assert code == 70
    assert "ZeroDivisionError in a worker: division by zero" in said
