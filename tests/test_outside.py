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


def refused(path, name, option):
    """Check that line 2 of a study file is refused, and that the message says what to give."""
    with pytest.raises(SettingError) as caught:
        read(path)
    said = str(caught.value)
    assert f"line 2: {name} = " in said
    assert " is not accepted in a study file, which may come from somebody else and must n" in said
    assert said.endswith(f", or give it yourself, over the file: {option}.")
    return said


HOMES = ["/etc", "..", "a/../../b", "~", "~root/x", "C:\\x", "\\x", "//h/s", "a\\u0000b"]


@pytest.mark.parametrize("home", HOMES)
def test_a_home_elsewhere(home, write):
    text = home.replace("\\", "\\\\") if "u0000" not in home else home
    path = write(f'home = "{text}"')
    said = refused(path, "home", "--home FOLDER or --set home=FOLDER")
    assert "It takes a path below the folder that autolstm runs in, without '..' or a " in said
    # Whoever runs it may send it anywhere.
    assert str(read(path, {"home": "/tmp"}).home) == "/tmp"
    assert str(read(path, {}, ["home=/tmp"]).home) == "/tmp"


@pytest.mark.parametrize("place", ["/any/where", "s3://evil/bucket", "../x", "x://y"])
def test_artifacts_elsewhere(place, write):
    path = write(f'artifacts = "{place}"')
    refused(path, "artifacts", "--set artifacts=PLACE")
    assert read(path, {}, [f"artifacts={place}"]).artifacts == place
    assert read(path, {}, [" artifacts = /"]).artifacts == "/"
    assert read(path, {"artifacts": place}).artifacts == place


@pytest.mark.parametrize("address", ["tcp://evil:8786", "scheduler.json"])
def test_a_cluster(address, write):
    path = write(f'dask = "{address}"')
    refused(path, "dask", "--dask ADDRESS or --set dask=ADDRESS")
    assert read(path, {"dask": address}).dask == address


@pytest.mark.parametrize(
    "url",
    [
        *("sqlite:////etc/x.db", "sqlite:///../x.db", "SQLite+pysqlite:///file:/x?uri=true"),
        # What SQLite itself decodes, and a path that is one for us alone.
        *("sqlite:///file:%2Ftmp%2Fx.db?uri=true", "sqlite:///file:/tmp/x.db", "sqlite:///a%2Fb"),
        *("sqlite:///x.db?vfs=unix-none", "sqlite+pysqlcipher:///x.db", "sqlite://host/x.db"),
        *("postgresql://evil/x", "mysql+pymysql://evil/x?local_infile=1", "nonsense"),
        *("@url", "@/run/secrets/url"),
    ],
)
def test_a_database_elsewhere(url, write):
    path = write(f'storage = "{url}"')
    said = refused(path, "storage", "--storage URL or --set storage=URL")
    assert "It takes sqlite:///PATH without options, and as PATH a path below" in said
    assert read(path, {"storage": url}).storage == url


def test_a_file_of_a_url_is_not_even_read(write, tmp_path):
    (tmp_path / "url").write_text("sqlite:////home/me/x.db")
    refused(write('storage = "@url"'), "storage", "--storage URL or --set storage=URL")


def test_a_password_in_a_study_file_is_not_shown(write):
    path = write(f'storage = "postgresql://me:{"secret" * 20}@host/x"')
    said = refused(path, "storage", "--storage URL or --set storage=URL")
    assert "storage = 'postgresql://me:***@host/x'" in said


def test_a_link_that_leads_out(write, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here" / "runs").symlink_to(tmp_path)
    (tmp_path / "here" / "own.db").symlink_to(tmp_path / "bookmarks.sqlite")
    refused(write('home = "runs/deep"'), "home", "--home FOLDER or --set home=FOLDER")
    refused(write('artifacts = "runs"'), "artifacts", "--set artifacts=PLACE")
    refused(write('storage = "sqlite:///own.db"'), "storage", "--storage URL or --set storage=URL")
    # As the default does, and as whoever runs it may say.
    assert read(write('home = "elsewhere"'), {"home": "runs"}).home.name == "runs"


@pytest.mark.parametrize(
    "text",
    [
        *('home = "runs/deep"', 'artifacts = "copies/all"'),
        *('storage = "sqlite:///own.db"', 'storage = "sqlite://"'),
    ],
)
def test_what_stays_inside(text, write):
    read(write(text))


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
