"""The dashboard: a real server over real storages, and what it refuses."""

import contextlib
import json
import logging
import re
import socket
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager

import optuna
import pytest

from autolstm.errors import SettingError, StudyNotFound
from autolstm.ledger.storage import open_storage, quiet
from autolstm.report.dashboard import make


@pytest.fixture(params=["sqlite", "memory"])
def storage(request, tmp_path):
    """A storage with two studies, one of them with a trial."""
    if request.param == "sqlite":
        made = open_storage(tmp_path)
    else:
        made = optuna.storages.InMemoryStorage()
    with quiet():
        study = optuna.create_study(storage=made, study_name="airline")
        optuna.create_study(storage=made, study_name="sunspots")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    yield made
    if request.param == "sqlite":
        made.engine.dispose()


@pytest.fixture
def memory():
    """A storage with one study."""
    made = optuna.storages.InMemoryStorage()
    with quiet():
        optuna.create_study(storage=made, study_name="airline")
    return made


@contextmanager
def serving(storage, **options):
    """Serve in a thread, as `autolstm dashboard` does in the main one."""
    server = make(storage, port=0, **options)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(timeout=10)
        assert not thread.is_alive()


def ask(url, *, method="GET", body=None, **headers):
    """Ask and return status, headers and text."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, method=method, data=body, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def port_of(server):
    return int(re.search(r":(\d+)/", server.url)[1])


def test_the_page_and_the_studies_are_served(storage):
    with serving(storage, study_name="airline") as server:
        number = storage.get_study_id_from_name("airline")
        assert server.url == f"http://127.0.0.1:{port_of(server)}/dashboard/studies/{number}"
        status, headers, page = ask(server.url)
        assert status == 200
        assert "<!doctype html>" in page.lower()
        assert headers["X-Frame-Options"] == "DENY"
        base = f"http://127.0.0.1:{port_of(server)}"
        status, _, text = ask(f"{base}/api/studies")
        assert status == 200
        told = json.loads(text)
        assert "airline" in text
        assert len(told["study_summaries"]) == 2


def test_without_a_name_the_list_is_opened(memory):
    with serving(memory) as server:
        assert server.url.endswith("/dashboard/")
        assert ask(server.url)[0] == 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1", "[::1]:9"])
def test_the_names_of_this_machine_are_answered(memory, host):
    with serving(memory) as server:
        assert ask(server.url, Host=host)[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost:80.evil", "", "192.168.0.1:80"]
)
def test_other_names_are_refused(memory, host):
    with serving(memory) as server:
        status, headers, text = ask(server.url, Host=host)
        assert status == 403
        assert headers["Content-Type"] == "text/plain; charset=utf-8"
        assert text.startswith("This dashboard answers to 127.0.0.1 and localhost only, not to ")


def test_changes_are_taken_from_its_own_pages_only(memory):
    with serving(memory) as server:
        own = f"http://127.0.0.1:{port_of(server)}"
        body = json.dumps({"study_name": "made here", "directions": ["minimize"]}).encode()

        def post(**headers):
            told = ask(f"{own}/api/studies", method="POST", body=body, **headers)
            return told[0], told[2]

        for origin in (
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://localhost:1"},
            {},
        ):
            status, text = post(Content_Type="application/json", **origin)
            assert status == 403
            assert "takes changes from its own pages only" in text
        assert [one.study_name for one in memory.get_all_studies()] == ["airline"]
        status, _ = post(Content_Type="application/json", Origin=own)
        assert status == 201
        assert len(memory.get_all_studies()) == 2


def test_a_study_is_not_deleted_from_elsewhere(memory):
    with serving(memory) as server:
        url = f"http://127.0.0.1:{port_of(server)}/api/studies/0"
        assert ask(url, method="DELETE", Origin="http://evil.example")[0] == 403
        assert ask(url, method="DELETE")[0] == 403
        assert memory.get_all_studies()


def test_requests_leave_no_line_in_the_terminal(memory, capfd):
    with serving(memory) as server:
        ask(server.url)
        ask(server.url, Host="evil.example")
    told = capfd.readouterr()
    assert told.out == ""
    assert told.err == ""


def test_a_browser_that_hangs_up_leaves_no_trace_either(memory, capfd, caplog):
    caplog.set_level(logging.DEBUG, "autolstm.report.dashboard")
    with serving(memory) as server:
        with socket.create_connection(("127.0.0.1", port_of(server))) as early:
            early.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            early.sendall(b"GET /dashboard/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert ask(server.url)[0] == 200
    assert capfd.readouterr().err == ""
    assert "GET /dashboard/" in caplog.text


def test_an_unknown_study(memory):
    with pytest.raises(
        StudyNotFound,
        match=r"There is no study 'airlin'\. Did you mean 'airline'\? There are: airline\. "
        r"See `autolstm list`, or give no name for all studies\.",
    ):
        make(memory, port=0, study_name="airlin")
    with pytest.raises(StudyNotFound, match=r"no study 'x'\. There is none yet\."):
        make(optuna.storages.InMemoryStorage(), port=0, study_name="x")


def test_a_port_in_use(memory):
    first = make(memory, port=0)
    try:
        port = port_of(first)
        with pytest.raises(
            SettingError,
            match=rf"The port {port} cannot be served on: another program uses it\. It takes a "
            r"free port .* Give another one, or --port 0 for any that is free\.",
        ):
            make(memory, port=port)
    finally:
        first.shutdown()
    make(memory, port=port).shutdown()


def test_a_port_that_does_not_exist(memory):
    with pytest.raises(SettingError, match=r"port 70000 cannot be served on: there is no such"):
        make(memory, port=70_000)


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("nowhere.invalid", "no address of any machine"),
        ("a" * 300, "no address of any machine"),
        ("192.0.2.1", "no address of this machine"),
    ],
)
def test_an_address_that_is_none_of_ours(memory, host, why):
    with pytest.raises(
        SettingError, match=rf"^--host '{host}' is {why}\. It takes 127.* Leave it"
    ):
        make(memory, port=0, host=host)


def test_the_way_for_other_machines(memory):
    with contextlib.ExitStack() as stack:
        server = make(memory, port=0, host="0.0.0.0")
        stack.callback(server.shutdown)
        assert server.url == f"http://127.0.0.1:{port_of(server)}/dashboard/"
        port = port_of(server)
        assert server.warning.startswith(
            f"The dashboard has no login: whoever reaches 0.0.0.0:{port} can read the studies "
            f"and, without --read-only, delete them. Safer is an SSH tunnel: leave --host out"
        )
        assert f"`ssh -L {port}:127.0.0.1:{port} USER@THIS-MACHINE`" in server.warning


def test_an_address_of_ipv6(memory):
    try:
        server = make(memory, port=0, host="::1")
    except SettingError:
        pytest.skip("There is no IPv6 here.")
    with contextlib.ExitStack() as stack:
        stack.callback(server.shutdown)
        assert server.url.startswith("http://[::1]:")
        assert server.warning == ""


def test_nothing_is_changed_where_reading_is_all(memory):
    with serving(memory, read_only=True) as server:
        own = f"http://127.0.0.1:{port_of(server)}"
        assert ask(server.url)[0] == ask(f"{own}/api/studies")[0] == 200
        for method, path in (("DELETE", "/api/studies/0"), ("POST", "/api/studies")):
            status, _, text = ask(f"{own}{path}", method=method, Origin=own)
            assert status == 403
            assert text.startswith(
                f"This dashboard is for reading only (--read-only): {method} would change"
            )
    assert len(memory.get_all_studies()) == 1


@pytest.mark.parametrize(
    ("code", "said"), [(13, "this user may not, it is below 1024"), (105, "No buffer")]
)
def test_a_port_that_may_not_be_used(memory, monkeypatch, code, said):
    def bind(self):
        raise OSError(code, "No buffer space available")

    monkeypatch.setattr("autolstm.report.dashboard._ThreadingServer.server_bind", bind)
    with pytest.raises(SettingError, match=said):
        make(memory, port=80)


def test_a_server_that_never_served_can_be_shut_down(memory):
    server = make(memory, port=0)
    server.shutdown()
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib.request.urlopen(server.url, timeout=5)
