"""Which driver speaks to a server, and how it notices that the server has gone."""

from importlib.util import find_spec
from typing import Any

import sqlalchemy

from autolstm.errors import StorageError
from autolstm.ledger.url import hidden

__all__ = ["PACKAGES", "driven", "listening"]

DRIVERS = {
    "postgresql": {"psycopg": "psycopg", "psycopg2": "psycopg2"},
    "mysql": {"pymysql": "pymysql", "mysqldb": "MySQLdb"},
    "mariadb": {"pymysql": "pymysql", "mysqldb": "MySQLdb"},
}
"""Drivers as SQLAlchemy calls them and the modules they are; the first one is what we install."""

PACKAGES = {
    "psycopg": "autolstm[postgresql]",
    "psycopg2": "psycopg2-binary",
    "pymysql": "autolstm[mysql]",
    "MySQLdb": "mysqlclient",
}
"""What brings a module."""

LIBPQ = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""Options of libpq: a server that vanished is noticed within a minute, where systems take hours.

See https://www.postgresql.org/docs/current/libpq-connect.html.
"""

PYMYSQL = {"connect_timeout": 10, "read_timeout": 660, "write_timeout": 60}
"""The same of PyMySQL, which can only limit how long an answer takes: a turn takes up to 600 s.

See https://pymysql.readthedocs.io/en/latest/modules/connections.html.
"""

LISTENING = {
    "postgresql+psycopg": LIBPQ,
    "postgresql+psycopg2": LIBPQ,
    "mysql+pymysql": PYMYSQL,
    "mariadb+pymysql": PYMYSQL,
}


def driven(url: sqlalchemy.URL) -> sqlalchemy.URL:
    """Return a URL that names its driver: the one it names, or the first that is installed.

    Raises:
        StorageError: There is none.
    """
    drivers = DRIVERS.get(url.drivername, {})
    if not drivers:
        return url
    for driver, module in drivers.items():
        if find_spec(module) is not None:
            return url.set(drivername=f"{url.drivername}+{driver}")
    first = next(iter(drivers.values()))
    raise StorageError(
        f"The storage {hidden(url.render_as_string(hide_password=False))} needs the driver "
        f"{first}, which is not installed. Install it with `pip install '{PACKAGES[first]}'`."
    )


def listening(url: sqlalchemy.URL) -> dict[str, Any]:
    """Return options of a connection that notices a silent server; those of the URL stand."""
    options = LISTENING.get(url.drivername, {})
    return {name: value for name, value in options.items() if name not in url.query}
