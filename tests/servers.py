"""A real PostgreSQL, from a wheel, that can be stopped in the middle of something."""

import tempfile
import warnings
from typing import Any


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
