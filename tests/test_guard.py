"""Who may ask a server on this machine, and for what: requests made by hand."""

import socket

import pytest

from autolstm.report.guard import guarded, is_loopback


def ask(method="GET", path="/", *, own=True, read_only=False, answer=(), **headers):
    """Ask a guarded application that answers everything; return status, headers, text."""
    told = []

    def app(environ, start_response):
        start_response("200 OK", list(answer))
        return [b"done"]

    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_HOST": "localhost:1"}
    environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    body = guarded(app, own=own, read_only=read_only)(environ, lambda *said: told.extend(said))
    return int(told[0].split()[0]), dict(told[1]), b"".join(body).decode()


@pytest.mark.parametrize(
    ("host", "own", "others"),
    [
        ("127.0.0.1:8080", True, True),
        ("127.9.9.9", True, True),
        ("[::1]:8080", True, True),
        ("LOCALHOST", True, True),
        ("192.168.0.7:8080", False, True),
        ("[fe80::1]:80", False, True),
        (socket.gethostname().upper(), False, True),
        *((one, False, False) for one in ("evil.example", "localhost.evil.example", "", "::1:80")),
        *((one, False, False) for one in ("127.0.0.1.evil.example", "[::1", "localhost:80:80")),
        *((one, False, False) for one in ("127.0.0.1@evil", "2130706433", "0x7f.1", "localhost ")),
        *((one, False, False) for one in ("127.0.0.1:", "localhost:999999", "localhost\n")),
    ],
)
def test_names(host, own, others):
    assert ask(host=host)[0] == (200 if own else 403)
    status, headers, text = ask(host=host, own=False)
    assert status == (200 if others else 403)
    if not others:
        assert text.startswith("This dashboard answers to addresses and names of this machine onl")
        assert headers["Content-Length"] == str(len(text.encode()))


def test_a_request_without_a_name():
    def never(environ, start_response):
        raise AssertionError("it was asked")

    told = []
    guarded(never)({"REQUEST_METHOD": "GET"}, lambda *said: told.append(said[0]))
    assert told == ["403 Forbidden"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "post", "X"])
def test_changes(method):
    own = {"origin": "http://localhost:1"}
    assert ask(method, **own)[0] == ask(method, **own, sec_fetch_site="same-origin")[0] == 200
    for origin in ("http://localhost:2", "https://localhost:1", "null", "http://evil.example"):
        status, _, text = ask(method, origin=origin)
        assert status == 403
        assert f"takes changes from its own pages only, not from {origin!r}" in text
    assert ask(method)[0] == 403
    status, _, text = ask(method, **own, sec_fetch_site="cross-site")
    assert (status, text.partition(".")[0]) == (
        *(
            403,
            "This dashboard is read by its own pages only, not from inside those of another site",
        ),
    )
    status, _, text = ask(method, **own, read_only=True)
    assert (status, text) == (
        403,
        f"This dashboard is for reading only (--read-only): {method} would change something. "
        f"Start it without --read-only to make the change.\n",
    )


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading(method):
    assert ask(method, read_only=True)[0] == 200
    for site in ("cross-site", "same-site"):
        assert ask(method, sec_fetch_site=site, sec_fetch_mode="no-cors")[0] == 403
        assert ask(method, sec_fetch_site=site, sec_fetch_mode="cors", origin="http://x")[0] == 403
        opened = {"sec_fetch_site": site, "sec_fetch_mode": "navigate"}
        assert ask(method, **opened, sec_fetch_dest="document")[0] == 200
        assert ask(method, **opened, sec_fetch_dest="iframe")[0] == 403


def test_headers_of_every_answer():
    for headers in (ask()[1], ask(host="evil.example")[1]):
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    policy = ask()[1]["Content-Security-Policy"]
    assert "connect-src 'self' data: blob:;" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    ("kind", "saved"),
    [
        *((one, True) for one in ("text/html", "image/svg+xml", "IMAGE/SVG+XML", "text/xml", "")),
        *((one, True) for one in ("application/xhtml+xml", "application/pdf", "text/javascript")),
        *((one, False) for one in ("image/png", "audio/wav", "video/mp4", "text/csv; x=y")),
    ],
)
def test_a_stored_file_is_not_run(kind, saved):
    given = [("Content-Type", kind), ("content-disposition", "inline")]
    _, headers, _ = ask(path="/artifacts/1/2/3", answer=given)
    assert headers.get("Content-Disposition") == ("attachment" if saved else None)
    assert "content-disposition" not in headers
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "Content-Disposition" not in ask(path="/api/artifacts", answer=given)[1]


def test_addresses_of_this_machine():
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("0.0.0.0")
    assert not is_loopback("localhost")
