"""A study file from a stranger: what it cannot name, and what is never read whole."""

import os

import pytest

from autolstm import outside
from autolstm.errors import SettingError
from autolstm.experiment import read


@pytest.fixture
def write(tmp_path):
    def to_file(text):
        path = tmp_path / "study.toml"
        path.write_text(f'source = "airline"\n{text}\n')
        return str(path)

    return to_file


@pytest.mark.parametrize(
    "home", ["/etc", "..", "a/../../b", "~", "~root/x", "C:\\x", "\\x", "//h/s"]
)
def test_a_home_elsewhere(home, write):
    path = write(f"home = '{home}'")
    with pytest.raises(
        SettingError, match=r"line 2: home = .* is not accepted in a study file, .* with --home\.$"
    ):
        read(path)
    # Whoever runs it may send it anywhere.
    assert str(read(path, {"home": "/tmp"}).home) == "/tmp"
    assert str(read(path, {}, ["home=/tmp"]).home) == "/tmp"


@pytest.mark.parametrize(
    "url", ["sqlite:////etc/x.db", "sqlite:///../x.db", "SQLite+pysqlite:///file:/x?uri=true"]
)
def test_a_database_elsewhere(url, write):
    path = write(f'storage = "{url}"')
    with pytest.raises(SettingError, match=r"line 2: storage = 'sqlite.*|with --storage\.$"):
        read(path)
    assert read(path, {"storage": url}).storage == url


@pytest.mark.parametrize(
    "text",
    [
        'home = "runs/deep"',
        *('storage = "sqlite:///own.db"', 'storage = "sqlite://"'),
        'storage = "postgresql://host/a/../b"',
    ],
)
def test_what_stays_inside(text, write):
    read(write(text))


def test_the_file_of_a_url_lies_beside_the_study_file(write, tmp_path):
    path = write('storage = "@secret/url"')
    assert read(path).storage == f"@{tmp_path}/secret/url"
    assert read(path, {"storage": "@mine"}).storage == "@mine"
    assert read(write('storage = "@/run/secrets/url"')).storage == "@/run/secrets/url"


def test_what_is_no_file(tmp_path):
    pipe, device = tmp_path / "pipe.toml", tmp_path / "zero.toml"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    for one in (pipe, device):
        with pytest.raises(SettingError, match=r"is a folder, a device or a pipe\. A study file"):
            read(str(one))


def test_a_file_that_is_larger_than_any_study(write, monkeypatch):
    monkeypatch.setattr(outside, "MOST", 10)
    with pytest.raises(
        SettingError, match=r"study\.toml has 20 bytes, and at most 10 are read\. A study file na"
    ):
        read(write(""))


def test_a_long_file_gets_no_number_of_a_line(write):
    path = write("#" * 200_000 + '\nhome = "/etc"')
    with pytest.raises(SettingError, match=r"^home = '/etc' is not accepted"):
        read(path)
