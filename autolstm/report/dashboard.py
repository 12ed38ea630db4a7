"""Optuna's dashboard over a ledger, for this machine alone.

optuna-dashboard knows no login: whoever reaches it may rename and delete studies. So it listens
on 127.0.0.1 unless told otherwise, and `autolstm.report.guard` stands before it.
"""

import errno
import logging
import socket
import threading
import warnings
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from optuna_dashboard import wsgi  # type: ignore[import-untyped]

from autolstm.errors import SettingError, StudyNotFound, guess
from autolstm.report.guard import guarded, is_loopback

__all__ = ["ADDRESS", "Server", "make"]

ADDRESS = "127.0.0.1"

logger = logging.getLogger(__name__)


class Server:
    """A dashboard that is ready to serve.

    Args:
        http: The server, bound already.
        path: Path of the page to open.

    Attributes:
        warning: What to know of an address that other machines reach; empty for this one's own.
    """

    def __init__(self, http: WSGIServer, path: str) -> None:
        self._http = http
        self.warning = _warning(_address(http), http.server_port)
        self._path = path
        self._serving = threading.Event()

    @property
    def url(self) -> str:
        """Address of the page to open."""
        # Where every address is listened on, this machine's own is one of them.
        named = {"0.0.0.0": ADDRESS, "::": "::1"}.get(_address(self._http), _address(self._http))
        host = f"[{named}]" if ":" in named else named
        return f"http://{host}:{self._http.server_port}{self._path}"

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


def make(
    storage: Any,
    *,
    port: int,
    study_name: str | None = None,
    host: str = ADDRESS,
    read_only: bool = False,
) -> Server:
    """Make a server of Optuna's dashboard.

    Args:
        storage: An open Optuna storage.
        port: Port to listen on, 0 for any free one.
        study_name: Study whose page ``url`` leads to; None for the list of all.
        host: Address to listen on; any but this machine's own lets others in, see `Server`.
        read_only: Whether nothing can be changed.

    Raises:
        StudyNotFound: The storage has no study of this name.
        SettingError: Address or port cannot be listened on.
    """
    path = (
        "/dashboard/" if study_name is None else f"/dashboard/studies/{_id(storage, study_name)}"
    )
    try:
        server = _ThreadingServer6 if ":" in host else _ThreadingServer
        http = server((host, port), _QuietHandler)
    except (socket.gaierror, UnicodeError):
        raise SettingError(_no_address(host, "no address of any machine")) from None
    except (OSError, OverflowError) as error:
        if getattr(error, "errno", None) == errno.EADDRNOTAVAIL:
            raise SettingError(_no_address(host, "no address of this machine")) from None
        raise SettingError(
            f"The port {port} cannot be served on: {_why(error)}. It takes a free port from 1024 "
            f"to 65535. Give another one, or --port 0 for any that is free."
        ) from None
    own = is_loopback(_address(http))
    http.set_app(guarded(wsgi(storage=storage), own=own, read_only=read_only))
    return Server(http, path)


def _address(http: WSGIServer) -> str:
    """Return the address that a server listens on, as numbers."""
    return str(http.server_address[0])


def _warning(address: str, port: int) -> str:
    """Say what to know of an address; nothing of one that only this machine reaches."""
    if is_loopback(address):
        return ""
    return (
        f"The dashboard has no login: whoever reaches {address}:{port} can read the studies and, "
        f"without --read-only, delete them. Safer is an SSH tunnel: leave --host out here, and "
        f"run `ssh -L {port}:{ADDRESS}:{port} USER@THIS-MACHINE` where you sit."
    )


def _no_address(host: str, why: str) -> str:
    return (
        f"--host {host!r} is {why}. It takes 127.0.0.1, an address of this machine, or 0.0.0.0 "
        f"for all of them. Leave it out to be reached from this machine alone."
    )


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


class _ThreadingServer6(_ThreadingServer):
    """The same for addresses of IPv6."""

    address_family = socket.AF_INET6


class _QuietHandler(WSGIRequestHandler):
    """Handles requests without a line in the terminal for each."""

    def log_message(self, format: str, *args: Any) -> None:
        """Note a request for who wants to see it."""
        logger.debug(format, *args)
