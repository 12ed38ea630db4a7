"""Opening the ledger: an Optuna storage, by default SQLite made safe for several processes.

Optuna's SQLite storage as it comes lets two processes run one queued trial, and a reader block a
writer. A write-ahead log with immediate transactions cures both; see
https://www.sqlite.org/wal.html and https://www.sqlite.org/lang_transaction.html.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import optuna
import sqlalchemy
from sqlalchemy import event
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    SQLAlchemyError,
)

from autolstm import private
from autolstm.errors import StorageError
from autolstm.ledger.drivers import PACKAGES, driven, listening
from autolstm.ledger.lost import ConnectionGone, blamed
from autolstm.ledger.places import refuse_link, refuse_links_beside
from autolstm.ledger.quick import Quick
from autolstm.ledger.reconnecting import Reconnecting
from autolstm.ledger.url import hidden, parsed, resolved
from autolstm.secrecy import masked

__all__ = [
    "BROKEN",
    "default_path",
    "exists",
    "hidden",
    "is_sqlite",
    "open_storage",
    "quiet",
    "sound",
    "where",
]

LOCK_SECONDS = 60
"""How long SQLite waits for another process's transaction."""

TRIES = 10
"""How often tables are made while other processes make the same ones."""

BROKEN = (optuna.exceptions.StorageInternalError, SQLAlchemyError, ConnectionGone)
"""What an opened storage raises when it cannot be read or written."""
Storage = TypeVar("Storage", bound=optuna.storages.RDBStorage)


def default_path(home: Path) -> Path:
    """Return where the studies of a home are kept."""
    return home / "studies.db"


def open_storage(
    home: Path, url: str | None = None, *, told: Callable[[str], None] | None = None
) -> optuna.storages.BaseStorage:
    """Open the ledger, making it where there is none.

    Args:
        home: Folder of studies.
        url: Any URL that Optuna takes, or ``@FILE``; None for ``studies.db`` in the home.
        told: Where a server is known to exist: it is waited for while it is away, and this is
            called with a sentence that says so. None to fail at once.

    Raises:
        StorageError: It cannot be opened: the message says why and never shows a password.
    """
    place = where(home, url)
    if url is None:
        _make_home(home)
        refuse_link(default_path(home))
    with sound(place), quiet(), _fitting(place):
        if url is None:
            _take(default_path(home))
            return _sqlite(_connecting(default_path(home)))
        plain, found = resolved(url), parsed(resolved(url))
        if found is None or "@" in (found.host or ""):
            raise ArgumentError
        if found.get_backend_name() == "sqlite":
            if _file(found):
                _take(Path(_file(found)))
            return _sqlite({"connect_args": {"timeout": LOCK_SECONDS}}, plain)
        return _server(driven(found), told)


def _make_home(home: Path) -> None:
    try:
        private.make_folder(home)
    except OSError as error:
        raise StorageError(
            f"The folder {home} for studies cannot be made: {error.strerror or error}. Give one "
            f"that can be written with --home."
        ) from None


def exists(home: Path, url: str | None) -> bool:
    """Whether there is anything to open: SQLite would make an empty file to be read."""
    if url is None:
        return default_path(home).is_file()
    found = parsed(resolved(url))
    if found is None or found.get_backend_name() != "sqlite":
        return True  # opening it says what is wrong
    return not _file(found) or Path(_file(found)).is_file()


def is_sqlite(url: str | None) -> bool:
    """Whether a storage is a file whose locks do not reach other machines."""
    found = None if url is None else parsed(resolved(url))
    return url is None or (found is not None and found.get_backend_name() == "sqlite")


def _file(url: sqlalchemy.URL) -> str:
    """Return the path of a SQLite file, empty where the database is in memory."""
    return str(url.database or "").removeprefix("file:").replace(":memory:", "")


def _take(path: Path) -> None:
    """Make the file for this user alone; the files that SQLite puts beside it follow it.

    Raises:
        StorageError: One of these is a link.
    """
    refuse_links_beside(path)
    with suppress(OSError):  # what is wrong with it SQLite says
        private.make_file(path)


def where(home: Path, url: str | None) -> str:
    """Return how messages name a storage: its path, or its URL without the password."""
    return str(default_path(home)) if url is None else hidden(resolved(url))


def _connecting(path: Path) -> dict[str, Any]:
    """Return engine options that open this file, whatever characters its path has."""
    return {
        "creator": partial(sqlite3.connect, path, timeout=LOCK_SECONDS, check_same_thread=False)
    }


def _server(url: sqlalchemy.URL, told: Callable[[str], None] | None) -> Reconnecting:
    """Open a storage on a server; once it is opened, every call has patience."""
    options = {"connect_args": listening(url)}
    plain = url.render_as_string(hide_password=False)
    return _made(partial(Reconnecting, plain, told=told), options)


def _made(make: Callable[..., Storage], options: dict[str, Any]) -> Storage:
    """Open a storage, its tables made where they are missing.

    Processes that make them at the same time disturb each other; the one that is disturbed finds
    them made when it tries again.
    """
    for _ in range(TRIES):
        try:
            return make(engine_kwargs=dict(options))
        except DBAPIError as error:
            if not isinstance(error, IntegrityError) and "already exists" not in str(error):
                raise
            disturbed = error
    raise disturbed


def _sqlite(
    options: dict[str, Any], url: str = "sqlite:///studies.db"
) -> optuna.storages.RDBStorage:
    storage = _made(partial(Quick, url), options)
    with storage.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")

    @event.listens_for(storage.engine, "connect")
    def configure(connection: Any, record: object) -> None:
        # The driver must not begin transactions of its own: SQLAlchemy's event below does.
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous=NORMAL")
        # What triggers and views of a file from elsewhere may call is harmless then.
        connection.execute("PRAGMA trusted_schema=OFF")

    @event.listens_for(storage.engine, "begin")
    def begin(connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    # The connection made before the listeners were there must not be used again.
    storage.engine.dispose()
    return storage


@contextmanager
def quiet() -> Iterator[None]:
    """Silence Optuna's log for a while: what it says, we say in our own words."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


@contextmanager
def sound(place: str) -> Iterator[None]:
    """Turn the many faces of a broken storage into one `StorageError`."""
    try:
        yield
    except BROKEN as error:
        raise StorageError(_reason(place, error)) from None


@contextmanager
def _fitting(place: str) -> Iterator[None]:
    """Say why a storage cannot even be tried."""
    try:
        yield
    except NoSuchModuleError:
        raise StorageError(
            f"The storage {place} is of a kind that is not known. It takes a URL that begins with "
            f"sqlite, postgresql or mysql."
        ) from None
    except ImportError as error:
        driver = getattr(error.__cause__ or error, "name", None) or "a driver"
        raise StorageError(
            f"The storage {place} needs the driver {driver}, which is not installed. Install it "
            f"with `pip install '{PACKAGES.get(driver, driver)}'`."
        ) from None
    except StorageError:
        raise
    except (ArgumentError, ValueError):
        raise StorageError(
            f"The storage {place} is not a URL. It takes one such as sqlite:///studies.db or "
            f"postgresql://user@host/database; an @ or / in a password is written %40 or %2F."
        ) from None
    except RuntimeError as error:
        # How Optuna says that its tables are of another version.
        raise StorageError(
            f"The storage {place} was written by another version of Optuna: {error} Give "
            f"another --home, or run `optuna storage upgrade` on a copy of it."
        ) from None


def _reason(place: str, error: Exception) -> str:
    found = blamed(error)
    said = masked(str(found.orig if found is not None else error).splitlines()[0])
    if "not a database" in said or "malformed" in said:
        way = (
            "The file is damaged or something else. See what can be saved with `autolstm repair`, "
            "bring studies back from a backup, or give another --home."
        )
    elif "locked" in said:
        way = f"Another program held it for {LOCK_SECONDS} s; end that program and try again."
    elif "readonly" in said or "unable to open" in said:
        way = "The file or its folder cannot be written; give another one with --home."
    elif "full" in said:
        way = "Make room on the disk and run the same command again: what is finished is kept."
    else:
        way = "Check the URL, and that the server runs and lets you in."
    return f"The storage {place} cannot be used: {said}. {way}"
