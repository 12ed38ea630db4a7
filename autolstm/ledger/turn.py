"""Taking turns: what several processes decide about one study, they decide one after the other.

Optuna makes single writes atomic. "Is there room for one more trial? Then begin it" is a reading
and a writing; between the two nobody else may decide. A turn lasts milliseconds and ends with its
process, however that ends.

A server drops the lock of a connection that breaks, and lets the next one in. So all that is
decided goes over the very connection that holds the lock: when it breaks, nothing more can be
written, and the decision is made again, from its start, in a new turn.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import optuna
import sqlalchemy
from optuna.storages._cached_storage import _CachedStorage
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from autolstm.errors import StorageError
from autolstm.ledger.locks import Timeout, lock
from autolstm.ledger.lost import ConnectionGone
from autolstm.ledger.reconnecting import Reconnecting

__all__ = ["in_turn", "outages"]

CLASS = 0x616C
"""Tells our advisory locks from those of other programs on the same PostgreSQL database."""

PATIENCE = 600
"""Seconds to wait for a turn. One takes milliseconds, and a sampler that thinks long seconds."""

SILENCE = 120
"""Seconds after which MySQL ends a connection that holds a turn and says nothing."""

TIMED_OUT = "55P03"
"""PostgreSQL's code for a lock that was not given in time."""

Decision = TypeVar("Decision")

_HERE = threading.Lock()


def in_turn(study: optuna.Study, decide: Callable[[], Decision]) -> Decision:
    """Decide something about a study while no other process does; they wait.

    - SQLite: a file beside the database, locked by the system.
    - PostgreSQL: an advisory lock, https://www.postgresql.org/docs/current/explicit-locking.html.
    - MySQL: a named lock, https://dev.mysql.com/doc/refman/8.4/en/locking-functions.html.
    - Any other storage belongs to one process.

    Args:
        study: The study.
        decide: Reads and writes; called again where the connection to a server broke in it, so it
            must go on from whatever it finds written.

    Returns:
        What was decided.

    Raises:
        StorageError: Another process has held its turn for `PATIENCE` seconds, or the file is a
            link.
    """
    backend = _backend(study)

    def once() -> Decision:
        with _HERE, _held(backend, study._study_id):
            return decide()

    return backend.patiently(once) if isinstance(backend, Reconnecting) else once()


def outages(study: optuna.Study) -> int:
    """Return a number that grows while the storage is away, and from then on stands still."""
    backend = _backend(study)
    return backend.outages if isinstance(backend, Reconnecting) else 0


def _backend(study: optuna.Study) -> optuna.storages.BaseStorage:
    storage = study._storage
    return storage._backend if isinstance(storage, _CachedStorage) else storage


def _held(backend: Any, number: int) -> AbstractContextManager[None]:
    if isinstance(backend, Reconnecting):
        lock = LOCKS.get(backend.engine.dialect.name)
        return _over(backend, lock, number) if lock else nullcontext()
    if isinstance(backend, optuna.storages.RDBStorage):
        file = _file(backend.engine)
        return _locked(f"{file}.turn") if file else nullcontext()
    return nullcontext()


@contextmanager
def _locked(file: str) -> Iterator[None]:
    try:
        held = lock(Path(file), timeout=PATIENCE).acquire()
    except Timeout:
        raise _taken() from None
    with held:
        yield


@contextmanager
def _over(storage: Reconnecting, lock: "_Lock", number: int) -> Iterator[None]:
    with storage.engine.connect() as connection:
        lock.take(connection, number)
        try:
            with storage.over(connection):
                yield
        finally:
            _let_go(connection, lock, number)


def _let_go(connection: sqlalchemy.Connection, lock: "_Lock", number: int) -> None:
    """Release the lock; what was decided stands, even where the connection breaks here."""
    try:
        if not connection.invalidated:
            connection.rollback()
            for statement in lock.leave:
                connection.execute(text(statement), {"number": number})
            connection.commit()
    except (ConnectionGone, SQLAlchemyError):
        # Not back into the pool: the server frees the lock with the connection.
        connection.invalidate()


@dataclass(frozen=True, slots=True)
class _Lock:
    """How a kind of server takes and leaves a lock, which belongs to one connection.

    Attributes:
        take_it: Statements that take it; the last one answers something else than 1 where
            another process holds it too long.
        leave: Statements that leave this one and no other.
    """

    take_it: tuple[str, ...]
    leave: tuple[str, ...]

    def take(self, connection: sqlalchemy.Connection, number: int) -> None:
        try:
            for statement in self.take_it:
                values = {"number": number, "patience": PATIENCE, "silence": SILENCE}
                found = connection.execute(text(statement), values)
                given = found.scalar() if found.returns_rows else None
        except DBAPIError as error:
            said = error.orig
            if TIMED_OUT in (getattr(said, "sqlstate", None), getattr(said, "pgcode", None)):
                raise _taken() from None
            raise
        # What is read in the turn must not be what was there before it.
        connection.commit()
        if given != 1:
            raise _taken()


LOCKS = {
    "postgresql": _Lock(
        take_it=(
            # Of a machine that vanished the server must hear soon, or all wait for it: it asks
            # of itself after two hours. On a local socket these read as 0, and are not needed.
            "SELECT set_config('tcp_keepalives_idle', '30', false), "
            "set_config('tcp_keepalives_interval', '10', false), "
            "set_config('tcp_keepalives_count', '3', false), "
            "set_config('lock_timeout', CONCAT(:patience, 's'), true)",
            f"SELECT 1 FROM pg_advisory_lock({CLASS}, :number)",
        ),
        leave=(f"SELECT pg_advisory_unlock({CLASS}, :number)",),
    ),
}
# Names are of the whole server, and 64 characters at most.
_NAME = "CONCAT('autolstm-', :number, '-', MD5(DATABASE()))"
LOCKS["mysql"] = LOCKS["mariadb"] = _Lock(
    take_it=(
        # Here a connection is ended by its silence, whether its machine vanished or not.
        "SET SESSION wait_timeout = :silence",
        f"SELECT GET_LOCK({_NAME}, :patience)",
    ),
    leave=("SET SESSION wait_timeout = DEFAULT", f"SELECT RELEASE_LOCK({_NAME})"),
)


def _taken() -> StorageError:
    return StorageError(
        f"Another process has been deciding about this study for {PATIENCE} s, which takes "
        f"milliseconds. Look for one that is suspended or hangs, on this machine or another, end "
        f"it, and run the same command again."
    )


def _file(engine: Any) -> str:
    """Return the file of an SQLite database, empty for one in memory."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("PRAGMA database_list").fetchall()
        connection.rollback()
    return str(next((file for _, name, file in rows if name == "main"), "") or "")
