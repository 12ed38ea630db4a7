"""Files by their checksums: in a folder, and in S3 over the real boto3 where it is installed."""

import hashlib
import importlib
import os
import stat
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.errors import SettingError, StorageError
from autolstm.ledger import artifacts
from autolstm.ledger.artifacts import open_artifacts


def name_of(content):
    return hashlib.sha256(content).hexdigest()


# In a folder ------------------------------------------------------------------------------------


def test_a_file_comes_back_under_its_checksum(tmp_path):
    store = open_artifacts(tmp_path / "home")
    assert not (tmp_path / "home").exists()
    assert not store.has("0" * 64)
    assert store.put(b"data") == name_of(b"data")
    assert store.has(name_of(b"data"))
    assert store.get(name_of(b"data")) == b"data"
    (held,) = (tmp_path / "home" / "artifacts").iterdir()
    assert held.name == name_of(b"data")
    assert os.name != "posix" or stat.S_IMODE(held.stat().st_mode) == 0o600


@given(st.binary(max_size=200))
def test_any_content_comes_back(content):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        store = open_artifacts(Path("home"), folder)
        assert store.get(store.put(content)) == content


def test_what_is_there_is_not_written_again(tmp_path):
    store = open_artifacts(tmp_path)
    path = tmp_path / "artifacts" / store.put(b"data")
    before = path.stat().st_ino
    store.put(b"data")
    assert path.stat().st_ino == before


def test_a_damaged_file_is_found_and_mended_by_the_same_content(tmp_path):
    store = open_artifacts(tmp_path)
    address = store.put(b"data")
    (tmp_path / "artifacts" / address).write_bytes(b"date")
    with pytest.raises(StorageError, match=rf"file {address} in .*artifacts is damaged: its che"):
        store.get(address)
    store.put(b"data")
    assert store.get(address) == b"data"


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(StorageError, match=r"file 00 is not in .*artifacts\. Bring it .* backup"):
        open_artifacts(tmp_path).get("00")


def test_a_file_is_deleted(tmp_path):
    store = open_artifacts(tmp_path)
    address = store.put(b"data")
    store.remove(address)
    store.remove(address)
    assert not store.has(address)


def test_a_name_never_leads_out_of_the_folder(tmp_path):
    (tmp_path / "secret").write_bytes(b"x")
    with pytest.raises((StorageError, ValueError), match="Invalid artifact_id"):
        open_artifacts(tmp_path).get("../secret")


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "artifacts").touch()
    with pytest.raises(StorageError, match=r"artifacts cannot be read or written: .* --set arti"):
        open_artifacts(tmp_path).put(b"data")


def test_a_killed_writer_leaves_no_half_file(tmp_path, monkeypatch):
    store = open_artifacts(tmp_path)

    def killed(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        store.put(b"data")
    assert not store.has(name_of(b"data"))


# In S3 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["gs://bucket", "s3://", "s3://me:secret@bucket/x"])
def test_other_places_are_refused_without_showing_a_password(place, tmp_path):
    with pytest.raises(SettingError, match=r"It takes a folder, or s3://bucket/prefix") as said:
        open_artifacts(tmp_path, place)
    assert said.value.field == "artifacts"
    assert "secret" not in str(said.value)


def test_without_boto3_it_is_said_what_to_install(tmp_path, monkeypatch):
    def absent(*given, **more):
        raise ImportError("boto3")

    monkeypatch.setattr(artifacts, "Boto3ArtifactStore", absent)
    with pytest.raises(StorageError, match=r"need boto3, .* `pip install 'autolstm\[s3\]'`"):
        open_artifacts(tmp_path, "s3://bucket")


class Refused(Exception):
    """What a bucket answers that does not let us in."""

    response: ClassVar = {
        "Error": {"Code": "AccessDenied"},
        "ResponseMetadata": {"HTTPStatusCode": 403},
    }


class Absent(Refused):
    """What a bucket answers that has no such file."""

    response: ClassVar = {
        "Error": {"Code": "NoSuchKey"},
        "ResponseMetadata": {"HTTPStatusCode": 404},
    }


class Client:
    """Stands for boto3's client: a dict."""

    held: ClassVar = {}
    closed = False

    def get_object(self, Bucket, Key):
        import io

        if self.closed:
            raise Refused("Access Denied")
        if (Bucket, Key) not in self.held:
            raise Absent("not found")
        return {"Body": io.BytesIO(self.held[Bucket, Key])}

    def upload_fileobj(self, file, bucket, key):
        self.held[bucket, key] = file.read()

    def delete_object(self, Bucket, Key):
        self.held.pop((Bucket, Key), None)


@pytest.fixture
def client(monkeypatch):
    """Optuna's own store over a client that is a dict, with or without boto3."""
    client = Client()
    client.held = {}
    made = {}
    for name in ("boto3", "boto3.exceptions", "botocore", "botocore.exceptions"):
        made[name] = ModuleType(name)
        monkeypatch.setitem(sys.modules, name, made[name])
    made["boto3"].client = lambda service: client
    made["boto3.exceptions"].Boto3Error = type("Boto3Error", (Exception,), {})
    made["botocore.exceptions"].ClientError = Refused
    made["botocore.exceptions"].BotoCoreError = type("BotoCoreError", (Exception,), {})
    module = importlib.import_module("optuna.artifacts._boto3")
    fresh = importlib.util.module_from_spec(module.__spec__)
    module.__spec__.loader.exec_module(fresh)
    monkeypatch.setattr(artifacts, "Boto3ArtifactStore", fresh.Boto3ArtifactStore)
    return client


def test_a_bucket_keeps_files_under_a_prefix(client, tmp_path):
    store = open_artifacts(tmp_path, "s3://bucket/some/prefix/")
    address = store.put(b"data")
    assert client.held == {("bucket", f"some/prefix/{address}"): b"data"}
    assert store.has(address)
    assert store.get(address) == b"data"
    client.held["bucket", f"some/prefix/{address}"] = b"date"
    with pytest.raises(StorageError, match="in s3://bucket/some/prefix/ is damaged"):
        store.get(address)
    store.remove(address)
    with pytest.raises(StorageError, match="is not in s3://bucket/some/prefix/"):
        store.get(address)
    assert list(tmp_path.iterdir()) == []


def test_a_bucket_that_lets_nobody_in_is_said(client, tmp_path):
    client.closed = True
    with pytest.raises(StorageError, match=r"s3://bucket cannot be read or written: Access Deni"):
        open_artifacts(tmp_path, "s3://bucket").put(b"data")


class Bucket(BaseHTTPRequestHandler):
    """As much of S3's protocol as one small file needs."""

    held: ClassVar = {}

    def do_PUT(self):
        length = int(self.headers.get("x-amz-decoded-content-length", 0))
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if length:  # in signed chunks: "size;...\r\ncontent\r\n0..."
            head, _, rest = body.partition(b"\r\n")
            body = rest[: int(head.split(b";")[0], 16)]
        self.held[self.path] = body
        self._answer(200, b"")

    def do_GET(self):
        missing = b"<Error><Code>NoSuchKey</Code></Error>"
        there = self.path.partition("?")[0] in self.held
        self._answer(200 if there else 404, self.held.get(self.path.partition("?")[0], missing))

    def _answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_the_real_boto3(tmp_path, monkeypatch):
    pytest.importorskip("boto3")
    with ThreadingHTTPServer(("127.0.0.1", 0), Bucket) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.server_port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        store = open_artifacts(tmp_path, "s3://bucket/prefix")
        address = store.put(b"data" * 100)
        assert store.get(address) == b"data" * 100
        with pytest.raises(StorageError, match="is not in s3://bucket/prefix"):
            store.get("0" * 64)
        server.shutdown()
