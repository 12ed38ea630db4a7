"""Taking turns: what several processes decide about one study, they decide one after the other.

Optuna makes single writes atomic. "Is there room for one more trial? Then begin it" is a reading
and a writing; between the two nobody else may decide. A turn lasts milliseconds and ends with its
process, however that ends.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import optuna
from filelock import FileLock
from optuna.storages._cached_storage import _CachedStorage
from sqlalchemy import text

__all__ = ["turn"]

CLASS = 0x616C
"""Tells our advisory locks from those of other programs on the same PostgreSQL database."""

PATIENCE = 600
"""Seconds that MySQL waits for a turn, which takes milliseconds."""

_HERE = threading.Lock()


@contextmanager
def turn(study: optuna.Study) -> Iterator[None]:
    """Be the only process that decides about a study; others wait.

    - SQLite: a file beside the database, locked by the system.
    - PostgreSQL: an advisory lock, https://www.postgresql.org/docs/current/explicit-locking.html.
    - MySQL: a named lock, https://dev.mysql.com/doc/refman/8.4/en/locking-functions.html.
    - Any other storage belongs to one process.
    """
    storage = study._storage
    backend = storage._backend if isinstance(storage, _CachedStorage) else storage
    with _HERE, _lock(backend, study._study_id):
        yield


def _lock(backend: Any, number: int) -> Any:
    if not isinstance(backend, optuna.storages.RDBStorage):
        return nullcontext()
    match backend.engine.dialect.name:
        case "sqlite":
            file = _file(backend.engine)
            return FileLock(f"{file}.turn") if file else nullcontext()
        case "postgresql":
            key: dict[str, Any] = {"class": CLASS, "number": number}
            take = text("SELECT pg_advisory_lock(:class, :number)")
            return _held(backend.engine, take, text("SELECT pg_advisory_unlock_all()"), key)
        case "mysql" | "mariadb":
            key = {"name": f"autolstm-{number}", "seconds": PATIENCE}
            take = text("SELECT GET_LOCK(CONCAT(DATABASE(), :name), :seconds)")
            return _held(backend.engine, take, text("SELECT RELEASE_ALL_LOCKS()"), key)
    return nullcontext()


@contextmanager
def _held(engine: Any, take: Any, leave: Any, key: dict[str, Any]) -> Iterator[None]:
    # A connection of its own, which holds the lock; the server frees it where that breaks.
    with engine.connect() as connection:
        connection.execute(take, key)
        try:
            yield
        finally:
            connection.execute(leave)
            connection.rollback()


def _file(engine: Any) -> str:
    """Return the file of an SQLite database, empty for one in memory."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("PRAGMA database_list").fetchall()
        connection.rollback()
    return str(next((file for _, name, file in rows if name == "main"), "") or "")
