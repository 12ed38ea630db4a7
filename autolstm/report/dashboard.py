"""Optuna's dashboard over a ledger, for this machine alone.

optuna-dashboard knows no login: whoever reaches it may rename and delete studies. So it listens
on 127.0.0.1 only, answers only to the names of this machine (else a web page could reach it by
rebinding its own name, https://en.wikipedia.org/wiki/DNS_rebinding), and takes changes only from
its own pages.
"""

import errno
import logging
import re
import threading
import warnings
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from optuna_dashboard import wsgi  # type: ignore[import-untyped]

from autolstm.errors import SettingError, StudyNotFound, guess

__all__ = ["Server", "guarded", "make"]

ADDRESS = "127.0.0.1"

OURS = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
"""Values of the Host header that mean this machine."""

READING = {"GET", "HEAD", "OPTIONS"}

HEADERS = [("X-Frame-Options", "SAMEORIGIN"), ("X-Content-Type-Options", "nosniff")]
"""Keep other pages from framing the dashboard, and browsers from guessing what a file is."""

logger = logging.getLogger(__name__)


class Server:
    """A dashboard that is ready to serve.

    Args:
        http: The server, bound already.
        path: Path of the page to open.
    """

    def __init__(self, http: WSGIServer, path: str) -> None:
        self._http = http
        self._path = path
        self._serving = threading.Event()

    @property
    def url(self) -> str:
        """Address of the page to open."""
        return f"http://{ADDRESS}:{self._http.server_port}{self._path}"

    def serve_forever(self) -> None:
        """Serve until `shutdown` is called or the process is interrupted."""
        self._serving.set()
        with warnings.catch_warnings():
            # What Optuna warns of while it draws helps nobody who looks at the page.
            warnings.simplefilter("ignore")
            self._http.serve_forever(poll_interval=0.1)

    def shutdown(self) -> None:
        """Stop serving and free the port."""
        # The library waits for a loop to end, for ever where none was begun.
        if self._serving.is_set():
            self._http.shutdown()
        self._http.server_close()


def make(storage: Any, *, port: int, study_name: str | None = None) -> Server:
    """Make a server of Optuna's dashboard, bound to 127.0.0.1.

    Args:
        storage: An open Optuna storage.
        port: Port to listen on, 0 for any free one.
        study_name: Study whose page ``url`` leads to; None for the list of all.

    Raises:
        StudyNotFound: The storage has no study of this name.
        SettingError: The port cannot be listened on.
    """
    path = (
        "/dashboard/" if study_name is None else f"/dashboard/studies/{_id(storage, study_name)}"
    )
    try:
        http = _ThreadingServer((ADDRESS, port), _QuietHandler)
    except (OSError, OverflowError) as error:
        raise SettingError(
            f"The port {port} cannot be served on: {_why(error)}. It takes a free port from 1024 "
            f"to 65535. Give another one, or --port 0 for any that is free."
        ) from None
    http.set_app(guarded(wsgi(storage=storage)))
    return Server(http, path)


def guarded(app: WSGIApplication) -> WSGIApplication:
    """Wrap an application so that it answers this machine only, and changes only its own pages."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        refused = _refusal(environ)
        if refused:
            body = f"{refused}\n".encode()
            headers = [("Content-Type", "text/plain; charset=utf-8"), *HEADERS]
            start_response("403 Forbidden", [*headers, ("Content-Length", str(len(body)))])
            return [body]

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], object]:
            return start_response(status, [*headers, *HEADERS], exc_info)

        return app(environ, start)

    return answer


def _refusal(environ: WSGIEnvironment) -> str:
    """Say why a request is refused; empty where it is not."""
    host = environ.get("HTTP_HOST", "")
    if not OURS.fullmatch(host):
        return (
            f"This dashboard answers to 127.0.0.1 and localhost only, not to {host!r}. Open it by "
            f"one of these names; from another machine, through an SSH tunnel."
        )
    # Browsers send the origin with every request that may change something.
    origin = environ.get("HTTP_ORIGIN", "")
    if environ["REQUEST_METHOD"] not in READING and origin != f"http://{host}":
        return (
            f"This dashboard takes changes from its own pages only, not from {origin!r}. Open it "
            f"at http://{host} and make the change there."
        )
    return ""


def _id(storage: Any, name: str) -> int:
    """Return the number under which a storage keeps a study."""
    known = sorted(one.study_name for one in storage.get_all_studies())
    if name not in known:
        listed = f" There are: {', '.join(known)}." if known else " There is none yet."
        raise StudyNotFound(
            f"There is no study {name!r}.{guess(name, known)}{listed} See `autolstm list`, or "
            f"give no name for all studies."
        )
    return int(storage.get_study_id_from_name(name))


def _why(error: Exception) -> str:
    if isinstance(error, OverflowError):
        return "there is no such port"
    code = getattr(error, "errno", None)
    if code == errno.EADDRINUSE:
        return "another program uses it"
    if code == errno.EACCES:
        return "this user may not, it is below 1024"
    return str(getattr(error, "strerror", None) or error)


class _ThreadingServer(ThreadingMixIn, WSGIServer):
    """Answers each request in a thread of its own, so that a slow plot holds up nothing."""

    daemon_threads = True
    # A second server on the same port must fail, not share it.
    allow_reuse_port = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Note what went wrong; mostly a browser that closed its connection early."""
        logger.debug("A request from %s failed.", client_address, exc_info=True)


class _QuietHandler(WSGIRequestHandler):
    """Handles requests without a line in the terminal for each."""

    def log_message(self, format: str, *args: Any) -> None:
        """Note a request for who wants to see it."""
        logger.debug(format, *args)
