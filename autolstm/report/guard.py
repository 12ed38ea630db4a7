"""What stands before a web application that trusts everybody: who may ask it, and for what.

Three ways lead a stranger to a server on this machine. A web page can rebind its own name to our
address (https://en.wikipedia.org/wiki/DNS_rebinding): so only names of this machine are answered.
It can send us requests from its own pages: so a change must come from ours, and so must all that
is no page to open (https://web.dev/articles/fetch-metadata). It can put us into a frame, or have
us show a file that is a page: so frames are forbidden, and such files are handed over to be saved.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["guarded", "is_loopback"]

Headers = list[tuple[str, str]]

HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?", re.IGNORECASE)
"""A value of the Host header: a name, or an address in brackets, perhaps with a port."""

READING = {"GET", "HEAD", "OPTIONS"}

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
    "font-src 'self' data:; worker-src 'self' blob:; connect-src 'self' data: blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""What the pages may load. They need inline scripts, but nothing from elsewhere: whatever runs in
them has nowhere to send what it finds."""

OURS: Headers = [
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]

SHOWN = re.compile(r"(image/(?!svg)|audio/|video/|text/(plain|csv)\b)", re.IGNORECASE)
"""Types of files that a browser shows without running anything in them."""


def guarded(app: WSGIApplication, *, own: bool = True, read_only: bool = False) -> WSGIApplication:
    """Wrap an application so that it answers those who may ask, and changes what it may.

    Args:
        app: The application.
        own: Whether it is served on an address that only this machine reaches.
        read_only: Whether nothing can be changed at all.
    """
    names = frozenset({"localhost"} if own else {"localhost", *_names()})

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        refused = _refusal(environ, names, own=own, read_only=read_only)
        if refused:
            body = f"{refused}\n".encode()
            headers = [("Content-Type", "text/plain; charset=utf-8"), *OURS]
            start_response("403 Forbidden", [*headers, ("Content-Length", str(len(body)))])
            return [body]
        stored = environ.get("PATH_INFO", "").startswith("/artifacts/")

        def start(
            status: str, headers: Headers, exc_info: Any = None
        ) -> Callable[[bytes], object]:
            return start_response(status, [*_harmless(headers, stored), *OURS], exc_info)

        return app(environ, start)

    return answer


def is_loopback(address: str) -> bool:
    """Whether an address, written in numbers, is one that only this machine reaches."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _names() -> set[str]:
    """Return the names by which other machines know this one."""
    short = socket.gethostname().casefold()
    return {short, f"{short}.local", socket.getfqdn().casefold()}


def _harmless(headers: Headers, stored: bool) -> Headers:
    """Return the headers of an answer, with what keeps a stored file from being run."""
    if not stored:
        return [*headers, ("Content-Security-Policy", POLICY)]
    kind = next((value for name, value in headers if name.casefold() == "content-type"), "")
    kept = [one for one in headers if one[0].casefold() != "content-disposition"]
    how = [] if SHOWN.match(kind) else [("Content-Disposition", "attachment")]
    return [*kept, *how, ("Content-Security-Policy", "sandbox; default-src 'none'")]


def _refusal(
    environ: WSGIEnvironment, names: frozenset[str], *, own: bool, read_only: bool
) -> str:
    """Say why a request is refused; empty where it is not."""
    host = environ.get("HTTP_HOST", "")
    if not _is_ours(host, names, own=own):
        told = "127.0.0.1 and localhost" if own else "addresses and names of this machine"
        return (
            f"This dashboard answers to {told} only, not to {host!r}. Open it by one of these "
            f"names; from another machine, through an SSH tunnel."
        )
    method = environ["REQUEST_METHOD"]
    if read_only and method not in READING:
        return (
            f"This dashboard is for reading only (--read-only): {method} would change something. "
            f"Start it without --read-only to make the change."
        )
    # Browsers send the origin with every request that may change something.
    origin = environ.get("HTTP_ORIGIN", "")
    if method not in READING and origin != f"http://{host}":
        return (
            f"This dashboard takes changes from its own pages only, not from {origin!r}. Open it "
            f"at http://{host} and make the change there."
        )
    if _is_fetched_from_elsewhere(environ):
        return (
            f"This dashboard is read by its own pages only, not from inside those of another "
            f"site. Open it at http://{host}."
        )
    return ""


def _is_ours(host: str, names: frozenset[str], *, own: bool) -> bool:
    """Whether a Host header means this machine.

    An address in numbers cannot be rebound, so any will do where others may ask.
    """
    found = HOST.fullmatch(host)
    name = found[1].strip("[]").casefold() if found else ""
    if name in names:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return not own or address.is_loopback


def _is_fetched_from_elsewhere(environ: WSGIEnvironment) -> bool:
    """Whether a page of another site asks, for anything but to be left for ours."""
    site = environ.get("HTTP_SEC_FETCH_SITE", "none")
    opened = (
        environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
        and environ.get("HTTP_SEC_FETCH_DEST", "document") == "document"
        and environ["REQUEST_METHOD"] in READING
    )
    return site not in ("same-origin", "none") and not opened
