"""A password is shown nowhere: not in a message, a result, a log, nor on the next command."""

import json
import os
import traceback

import pytest
import sqlalchemy
from fakes import SPACE, FakeEngine, install
from typer.testing import CliRunner

from autolstm.cli.app import app
from autolstm.cli.failures import explain
from autolstm.cli.options import where
from autolstm.errors import SettingError, StorageError
from autolstm.experiment import ask
from autolstm.ledger.storage import exists, hidden, open_storage
from autolstm.ledger.storage import where as placed
from autolstm.ledger.url import resolved
from autolstm.secrecy import masked
from autolstm.study import manager

SECRET = "s3cret"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:s3cret@host/x", "postgresql://me:***@host/x"),
        ("no mysql://me:s3@cr:et@host/x, no", "no mysql://me:***@host/x, no"),
        (
            "postgresql://host/x?user=me&password=s3cret&a=b",
            "postgresql://host/x?user=me&password=***&a=b",
        ),
        ("dsn: host=h PASSWORD=s3cret port=1", "dsn: host=h PASSWORD=*** port=1"),
        ("postgresql://h/x?sslpassword=s3cret", "postgresql://h/x?sslpassword=***"),
        ("postgresql://me@host:5432/x", "postgresql://me@host:5432/x"),
        ("sqlite:///own.db", "sqlite:///own.db"),
    ],
)
def test_masked(text, shown):
    assert masked(text) == shown


def test_the_password_of_a_query_is_hidden_as_well():
    assert SECRET not in hidden(f"postgresql://host/base?password={SECRET}")
    assert hidden(f"x\n{SECRET}://a") == "(an unreadable URL)"


def test_a_url_of_the_environment_may_end_with_its_line():
    assert resolved("sqlite:///own.db\n") == "sqlite:///own.db"
    assert hidden(resolved(f"x\n{SECRET}://a\n")) == "(an unreadable URL)"


def test_an_experiment_does_not_show_it():
    assert SECRET not in repr(ask({"source": "airline", "storage": f"mysql://me:{SECRET}@h/x"}))
    with pytest.raises(SettingError, match=r"^storage = a list is not accepted\. It takes text"):
        ask({"source": "airline", "storage": [f"mysql://me:{SECRET}@h/x"]})


def test_a_password_with_an_at_sign_is_said_before_a_server_is_asked(tmp_path):
    with pytest.raises(StorageError, match=r"\(an unreadable URL\) is not a URL.* is written %40"):
        open_storage(tmp_path, "postgresql+psycopg2://me:sec@ret@127.0.0.1:1/base")


@pytest.mark.parametrize("debug", ["0", "1"])
def test_a_bug_does_not_show_it(debug, monkeypatch):
    monkeypatch.setenv("AUTOLSTM_DEBUG", debug)
    code, text = explain(RuntimeError(f"cannot open mysql://me:{SECRET}@h/x"))
    assert code == 70
    assert "mysql://me:***@h/x" in text


# A file that holds it ---------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    def to_file(content):
        path = tmp_path / "url"
        path.write_bytes(content)
        return f"@{path}"

    return to_file


def test_the_url_in_a_file(file, tmp_path):
    given = file(f"  sqlite:///{tmp_path}/own.db\n".encode())
    assert resolved(given) == f"sqlite:///{tmp_path}/own.db"
    assert not exists(tmp_path, given)
    open_storage(tmp_path, given).engine.dispose()
    assert exists(tmp_path, given)
    assert placed(tmp_path, given) == f"sqlite:///{tmp_path}/own.db"
    assert where(tmp_path, given) == f" --home {tmp_path} --storage {given}"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", r"holds no lines\. --storage @FILE, in Python storage=\"@FILE\", takes the path"),
        (b"a\nb\n", r"holds 2 lines\. .* Mend it"),
        (b"\xff", r"cannot be read: it is no text in UTF-8\. .* Mend it"),
    ],
)
def test_a_file_that_holds_something_else(content, says, file):
    with pytest.raises(StorageError, match=says):
        resolved(file(content))


def test_no_such_file_and_none_that_may_be_read(tmp_path, file, monkeypatch):
    for path in (tmp_path / "none", "/dev/zero", tmp_path):
        with pytest.raises(
            StorageError, match=r"There is no file .* that names a storage\. --sto"
        ):
            resolved(f"@{path}")
    given = file(b"x")

    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refused)
    with pytest.raises(StorageError, match=r"url cannot be read: Permission denied\. "):
        resolved(given)


def test_what_is_in_a_file_is_not_shown(file, tmp_path):
    for content in (f"host:5432:base:me:{SECRET}", f"root:{SECRET}:0:0"):
        with pytest.raises(StorageError) as caught:
            open_storage(tmp_path, file(content.encode()))
        assert SECRET not in str(caught.value)


# The environment --------------------------------------------------------------------------------


def call(*args, **env):
    return CliRunner().invoke(app, list(args), prog_name="autolstm", env=env)


def test_the_environment_names_a_storage_below_an_option(tmp_path):
    for name in ("env", "option"):
        open_storage(tmp_path / name)
    url = f"sqlite:///{tmp_path}/%s/studies.db"
    said = call("show", "x", AUTOLSTM_STORAGE=url % "env").stderr
    assert f"There is no study 'x' in {url % 'env'}" in said
    said = call("show", "x", "--storage", url % "option", AUTOLSTM_STORAGE=url % "env").stderr
    assert f"There is no study 'x' in {url % 'option'}" in said
    assert (
        "There are no studies in nowhere"
        in call("show", "x", "--home", "nowhere", AUTOLSTM_STORAGE="").stderr
    )


def test_what_the_environment_says_is_not_repeated(monkeypatch, tmp_path):
    url = f"mysql://me:{SECRET}@h/x"
    monkeypatch.setenv("AUTOLSTM_STORAGE", url)
    assert where(tmp_path, url) == f" --home {tmp_path}"
    assert where(tmp_path, "sqlite:///x") == f" --home {tmp_path} --storage sqlite:///x"
    assert "AUTOLSTM_STORAGE" in call("show", "--help").stdout


# A real server ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def postgresql(server):
    """The URL of a database whose user has a password."""
    server.ask(f"CREATE ROLE tuner LOGIN SUPERUSER PASSWORD '{SECRET}'")
    return server.url(name=server.database(), user=f"tuner:{SECRET}")


def test_a_study_over_a_password_leaves_no_trace_of_it(postgresql, tmp_path, monkeypatch, file):
    assert SECRET in postgresql
    install(monkeypatch, FakeEngine())
    fields = {"source": "airline", "home": tmp_path, "storage": file(postgresql.encode())}
    result = manager.run(ask({**fields, "trials": 1, "seeds": 1, "confirm": 1, "space": SPACE}))
    texts = [repr(result), repr(result.results), json.dumps(result.document(), default=str)]
    texts += [one.read_text(errors="ignore") for one in tmp_path.rglob("*.html")]
    here = ("--home", str(tmp_path), "--storage", fields["storage"])
    for args in (("show", "airline"), ("show", "airline", "--json"), ("list",), ("show", "x")):
        said = call(*args, *here)
        texts += [said.stdout, said.stderr]
    assert "airline" in texts[-4]
    assert not [one for one in texts if SECRET in one]


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("tuner", "nobody"),
        lambda url: url.replace("?host", "_none?host"),
        lambda url: f"{url}&nonsense=1",
        lambda url: f"{url}&options=-cx=y",
    ],
)
def test_what_the_driver_says_never_holds_it(postgresql, tmp_path, change):
    with pytest.raises(StorageError) as caught:
        open_storage(tmp_path, change(postgresql))
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_sqlalchemy_hides_it_itself(postgresql):
    engine = sqlalchemy.create_engine(postgresql)
    assert SECRET not in repr(engine) + str(engine.url)
    engine.dispose()
    assert os.environ.get("AUTOLSTM_STORAGE") is None
