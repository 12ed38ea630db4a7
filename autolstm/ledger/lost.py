"""Whether an error says that a database server is away for a while, or only in each other's way.

Drivers agree on little. A connection that broke is known to SQLAlchemy, which invalidates it; a
server that speaks gives a code; and one that cannot be reached leaves no code at all.

Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html and
https://dev.mysql.com/doc/mysql-errors/8.4/en/.
"""

from collections.abc import Iterator

from optuna.exceptions import OptunaError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError

__all__ = ["ConnectionGone", "blamed", "is_clash", "is_lost"]

AWAY = ("08", "57P01", "57P02", "57P03", "53300")
"""How codes of PostgreSQL begin: no connection, shutting down, starting up, too many of them."""

MYSQL_AWAY = (1040, 1053, 1203, 1927, 2002, 2003, 2006, 2013, 2055)
"""The same of MySQL and MariaDB."""

CLASHES = ("40001", "40P01", 1205, 1213)
"""Two transactions were in each other's way, and this one was ended, all of it."""


class ConnectionGone(OptunaError):
    """A connection that must not be replaced by another one broke."""


def is_lost(error: BaseException) -> bool:
    """Whether the server was not there, or went away, so that a later call may succeed."""
    if any(isinstance(one, (ConnectionGone, PendingRollbackError)) for one in _chain(error)):
        return True
    found = blamed(error)
    if found is None:
        return False
    code = _code(found)
    if found.connection_invalidated or code in MYSQL_AWAY:
        return True
    if isinstance(code, str):
        return code.startswith(AWAY)
    # Whoever reached the server has a code from it.
    return code is None and isinstance(found, (OperationalError, InterfaceError))


def is_clash(error: BaseException) -> bool:
    """Whether a transaction was ended for the sake of another one, and can be repeated."""
    found = blamed(error)
    return found is not None and _code(found) in CLASHES


def blamed(error: BaseException) -> DBAPIError | None:
    """Return what the driver said, None where it is not the driver that failed."""
    return next((one for one in _chain(error) if isinstance(one, DBAPIError)), None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give an error and what led to it: Optuna wraps, and falls back on other queries."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _code(error: DBAPIError) -> str | int | None:
    said = error.orig
    for name in ("sqlstate", "pgcode"):  # psycopg, psycopg2
        if isinstance(code := getattr(said, name, None), str):
            return code
    first = said.args[0] if said is not None and said.args else None
    return first if isinstance(first, int) and first else None  # MySQL
