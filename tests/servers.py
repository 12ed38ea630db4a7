"""Real servers that can be stopped in the middle of something."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import pymysql


class Server:
    """A PostgreSQL server of its own, and its databases."""

    def __init__(self) -> None:
        # pgserver warns of where the machine keeps what runs.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pgserver

            # The server's own user must reach the folder, which pytest's folders do not allow.
            self._server: Any = pgserver.get_server(tempfile.mkdtemp(), cleanup_mode="delete")
        self._made = 0
        # A server that ends without warning has lost nothing; only a machine that does would have.
        self.ask("ALTER SYSTEM SET fsync = off")
        self.ask("SELECT pg_reload_conf()")

    def database(self) -> str:
        """Make a database that is new; return its name."""
        self._made += 1
        name = f"base{self._made}"
        self.ask(f"CREATE DATABASE {name}")
        return name

    def url(self, driver: str = "psycopg2", name: str = "", user: str = "postgres:") -> str:
        """Return the URL of a database."""
        url: str = self._server.get_uri()
        url = url.replace("postgres:@/postgres?", f"{user}@/{name or 'postgres'}?")
        return url.replace("postgresql:", f"postgresql+{driver}:" if driver else "postgresql:")

    def ask(self, statement: str) -> str:
        """Run a statement."""
        answer: str = self._server.psql(f"{statement};")
        return answer

    def break_connections(self, name: str, which: str = "true") -> int:
        """End the connections to a database, or some; return how many."""
        return self.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{name}' AND pid <> pg_backend_pid() AND {which}"
        ).count(" t\n")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; ``immediate`` is as if it had crashed."""
        from pgserver._commands import pg_ctl

        pg_ctl(
            ["-w", "-m", mode, "stop"],
            pgdata=self._server.pgdata,
            user=self._server.system_user,
        )

    def start(self) -> None:
        """Start it again."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """Stop it for good, and remove its files."""
        self._server.cleanup()


class MariaDB:
    """A MariaDB server of this machine's own packages, with a folder and a port of its own.

    Raises:
        FileNotFoundError: It is not installed.
    """

    def __init__(self) -> None:
        self._program = found("mariadbd")
        self._folder = Path(tempfile.mkdtemp())
        self._made = 0
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self._port = taken.getsockname()[1]
        user = pwd.getpwuid(os.getuid()).pw_name
        self._options = ["--no-defaults", f"--datadir={self._folder / 'data'}", f"--user={user}"]
        subprocess.run(
            [
                *(found("mariadb-install-db"), *self._options, "--skip-test-db"),
                "--auth-root-authentication-method=normal",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        self.start()

    def database(self) -> str:
        """Make a database that is new; return its name."""
        self._made += 1
        name = f"base{self._made}"
        self.ask(f"CREATE DATABASE {name}")
        return name

    def url(self, name: str, user: str = "root") -> str:
        """Return the URL of a database."""
        return f"mysql+pymysql://{user}@127.0.0.1:{self._port}/{name}"

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement; return its rows."""
        with self._connected() as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def break_connections(self, name: str, which: str = "true") -> int:
        """End the connections to a database, or some; return how many."""
        found = self.ask(
            "SELECT id FROM information_schema.processlist "
            f"WHERE db = '{name}' AND id <> CONNECTION_ID() AND {which}"
        )
        for (number,) in found:
            with suppress(pymysql.err.OperationalError):  # it may have ended by itself
                self.ask(f"KILL CONNECTION {number}")
        return len(found)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; ``immediate`` is as if it had crashed."""
        self._process.send_signal(signal.SIGKILL if mode == "immediate" else signal.SIGTERM)
        self._process.wait()

    def start(self) -> None:
        """Start it again."""
        self._process = subprocess.Popen(
            [
                *(self._program, *self._options, "--bind-address=127.0.0.1"),
                *(f"--port={self._port}", f"--socket={self._folder / 'socket'}"),
                # Nothing is lost with the process; only a machine that ends would lose something.
                "--innodb-flush-log-at-trx-commit=2",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while True:
            try:
                return self._connected().close()
            except pymysql.err.OperationalError:
                assert self._process.poll() is None
                time.sleep(0.05)

    def close(self) -> None:
        """Stop it for good, and remove its files."""
        self.stop()
        shutil.rmtree(self._folder)

    def _connected(self) -> Any:
        return pymysql.connect(host="127.0.0.1", port=self._port, user="root", autocommit=True)


def found(program: str) -> str:
    """Return the path of a program; Debian has servers where only root's shell looks."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if path is None:
        raise FileNotFoundError(program)
    return path
