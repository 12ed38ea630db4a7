"""Backups that somebody made by hand to do harm: each is refused, and nothing is written."""

import hashlib
import json
import struct
import zipfile

import pytest

from autolstm.errors import BackupError
from autolstm.ledger import archive
from autolstm.study.restore import restore

ATTRIBUTES = {
    "autolstm:schema": 1,
    "autolstm:question": {"metric": "rmse", "seeds": 1, "horizon": 1},
    "autolstm:data": {
        **dict.fromkeys(("name", "source", "target", "unit", "frequency", "first", "last"), "x"),
        "covariates": [],
        "season": 0,
        "rows": 9,
        "parts": {},
        "notes": [],
    },
    "autolstm:baselines": {"validation": {}, "test": {}},
}
STUDY = {
    "name": "evil",
    "direction": "MINIMIZE",
    "user_attrs": ATTRIBUTES,
    "system_attrs": {},
}
TRIAL = {
    "number": 0,
    "state": "FAIL",
    "values": None,
    "started": "2026-01-01T00:00:00+00:00",
    "ended": "2026-01-01T00:00:00+00:00",
    "params": {},
    "distributions": {},
    "reports": {},
    "user_attrs": {},
    "system_attrs": {},
}


def members(study=STUDY, trials=(TRIAL,), **more):
    lines = "".join(f"{json.dumps(one)}\n" for one in trials)
    return {"study.json": json.dumps(study), "trials.jsonl": lines, **more}


def manifest(held, **changes):
    sums = {
        name: hashlib.sha256(one.encode() if isinstance(one, str) else one).hexdigest()
        for name, one in held.items()
    }
    said = {"kind": "autolstm backup", "format": 1, "autolstm": "0.1.0", "sha256": sums}
    return json.dumps(said | changes)


def made(path, held=None, infos=(), **changes):
    """Write an archive as anybody could."""
    held = members() if held is None else held
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("manifest.json", manifest(held, **changes))
        for name, one in held.items():
            file.writestr(name, one)
        for info, content in infos:
            file.writestr(info, content)
    return path


def refused(path, tmp_path, how):
    home = tmp_path / "home"
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BackupError, match=how) as said:
        restore(path, home=home)
    assert sorted(tmp_path.rglob("*")) == before, "something was written"
    return str(said.value)


def test_one_that_is_harmless_is_restored(tmp_path):
    got = restore(made(tmp_path / "b"), home=tmp_path / "home")
    assert (got.study, got.trials, got.model, got.data) == ("evil", 1, False, False)


# Writing outside --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("/etc/passwd", "../evil", "model/../../evil", "C:\\evil", "C:evil", "model\\evil"),
        *("\\\\server\\evil", "model/", "NUL", "model/CON", "model/.bashrc", "Study.json"),
        *("study.json\x00.txt", "model/seed-1.weights.h5:stream", "ﬁle", "evil.py", ""),
    ],
)
def test_names_that_no_backup_has(name, tmp_path):
    path, held = tmp_path / "b", members()
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("manifest.json", manifest(held))
        for one, text in held.items():
            file.writestr(one, text)
        info = zipfile.ZipInfo("x")
        info.filename = info.orig_filename = name
        file.writestr(info, b"evil")
    refused(path, tmp_path, r"is not one that autolstm has written: it has a member .*Take one")


@pytest.mark.parametrize(
    "mode",
    [0o120777, 0o020666, 0o060666, 0o010666, 0o040755],
    ids=["link", "tty", "disk", "pipe", "dir"],
)
def test_members_that_are_no_files(mode, tmp_path):
    info = zipfile.ZipInfo("report.html")
    info.create_system, info.external_attr = 3, mode << 16
    path = made(tmp_path / "b", infos=[(info, "/etc/passwd")])
    refused(path, tmp_path, "report.html is a link, a device or encrypted")


def test_an_encrypted_member(tmp_path):
    path = made(tmp_path / "b")
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(content)
    refused(path, tmp_path, "is a link, a device or encrypted")


def test_two_members_of_one_name(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = made(tmp_path / "b", infos=[(zipfile.ZipInfo("study.json"), b"{}")])
    refused(path, tmp_path, "two members of one name")


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "C:\\evil", ".", "a/b", "", "x" * 300])
def test_a_name_of_a_study_that_leads_elsewhere(name, tmp_path):
    path = made(tmp_path / "b", members(STUDY | {"name": name}))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match="name"):
        restore(path, home=tmp_path / "home")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_model_that_lies_elsewhere(tmp_path):
    scores = {"test": {"values": [1.0]}, "forecasts": {}}
    refit = {"trial": 0, "path": "../../secret", **scores}
    study = STUDY | {"user_attrs": {**ATTRIBUTES, "autolstm:refit": refit}}
    refused(made(tmp_path / "b", members(study)), tmp_path, "its model lies elsewhere")


def test_a_place_of_data_that_a_stranger_chose_is_forgotten(tmp_path):
    place = {"sha256": "0" * 64, "size": 1, "place": "s3://evil/bucket"}
    study = STUDY | {"user_attrs": {**ATTRIBUTES, "autolstm:snapshot": place}}
    restore(made(tmp_path / "b", members(study)), home=tmp_path / "home")
    from autolstm.study.shelf import Shelf

    stored = Shelf(tmp_path / "home").study("evil").user_attrs
    assert "autolstm:snapshot" not in stored


# Running code -----------------------------------------------------------------------------------


def test_data_that_are_a_pickle(tmp_path):
    import io

    import numpy as np

    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    held = io.BytesIO()
    np.savez(held, about=np.array([Evil()], dtype=object))
    path = made(tmp_path / "b", members(**{"data.npz": held.getvalue()}))
    refused(path, tmp_path, r"holds data that cannot be restored\. The kept data cannot be read")
    assert not (tmp_path / "ran").exists()


def test_a_page_of_a_stranger_is_not_put_where_it_is_opened(tmp_path, monkeypatch):
    from autolstm.study.shelf import Shelf

    monkeypatch.setattr(Shelf, "report", lambda self, name: tmp_path)
    evil = "<script>steal()</script>"
    restore(made(tmp_path / "b", members(**{"report.html": evil})), home=tmp_path / "home")
    assert not (tmp_path / "home" / "evil" / "report.html").exists()


def test_a_model_that_is_none(tmp_path):
    path = made(tmp_path / "b", members(**{"model/model.json": "{}"}))
    from autolstm.errors import ModelFileError

    with pytest.raises(ModelFileError, match="is not a saved model"):
        restore(path, home=tmp_path / "home")
    assert not (tmp_path / "home" / "evil").exists()


# Exhausting -------------------------------------------------------------------------------------


def test_a_bomb_of_zeros(tmp_path):
    path = made(tmp_path / "b", members(**{"report.html": bytes(20_000_000)}))
    assert path.stat().st_size < 30_000
    refused(path, tmp_path, "report.html is more than 100 times larger than it looks")


def test_members_that_are_too_large_together(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 10_000)
    monkeypatch.setattr(archive, "FREE_BYTES", 0)
    held = members(**{f"model/seed-{n}.weights.h5": bytes(range(256)) * 20 for n in range(3)})
    refused(made(tmp_path / "b", held), tmp_path, "more than 10000 bytes together")


def test_a_member_that_says_it_is_enormous(tmp_path):
    path = made(tmp_path / "b")
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)
    path.write_bytes(content)
    refused(path, tmp_path, "trials.jsonl has 4294967280 bytes, more than it may")


def test_a_member_that_is_larger_than_it_says(tmp_path):
    path = made(tmp_path / "b", members(**{"report.html": "x" * 5000}))
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 10)
    path.write_bytes(content)
    refused(path, tmp_path, "is damaged: report.html")


def test_a_list_of_a_million_members(tmp_path):
    path = tmp_path / "b"
    path.write_bytes(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 60000, 60000, 9, 0, 0))
    refused(path, tmp_path, "it lists more than 2000 members")
    locator = b"PK\x06\x07" + bytes(16)
    path.write_bytes(locator + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, 9, 0, 0))
    refused(path, tmp_path, "it lists more than 2000 members")


@pytest.mark.parametrize("name", ["study.json", "trials.jsonl"])
def test_json_that_is_too_deep(name, tmp_path):
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    held = {**members(), name: deep}
    with zipfile.ZipFile(tmp_path / "b", "w") as file:
        for one, text in {"manifest.json": manifest(held), **held}.items():
            file.writestr(one, text)
    refused(tmp_path / "b", tmp_path, f"{name} is nested too deeply")


def test_json_of_too_many_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_ITEMS", 1000)
    held = {**members(), "trials.jsonl": "[" + "[]," * 2000 + "[]]"}
    refused(made(tmp_path / "b", held), tmp_path, r"trials.jsonl .* values, more than")


def test_a_number_of_thousands_of_digits(tmp_path):
    held = {**members(), "study.json": "1" * 10_000}
    with zipfile.ZipFile(tmp_path / "b", "w") as file:
        for one, text in {"manifest.json": manifest(held), **held}.items():
            file.writestr(one, text)
    refused(tmp_path / "b", tmp_path, "study.json is no JSON")


# Something else, or damaged ---------------------------------------------------------------------

ODD = {
    "a list": [],
    "a text": "x",
    "no attributes": {"name": "x", "direction": "MINIMIZE"},
    "attributes that are none": STUDY | {"user_attrs": 3},
    "a direction that is none": STUDY | {"direction": "UP"},
    "a name that is none": STUDY | {"name": {"a": 1}},
    "no question": STUDY | {"user_attrs": {"autolstm:schema": 1}},
    "an odd question": STUDY | {"user_attrs": {**ATTRIBUTES, "autolstm:question": [1]}},
    "odd facts": STUDY | {"user_attrs": {**ATTRIBUTES, "autolstm:data": {"rows": 1}}},
}


@pytest.mark.parametrize("what", ODD)
def test_a_study_that_is_something_else(what, tmp_path):
    refused(made(tmp_path / "b", members(ODD[what])), tmp_path, "does not hold together")


RANGE = {"low": 0.0, "high": 1.0, "log": False, "step": None}
FLOAT = json.dumps({"name": "FloatDistribution", "attributes": RANGE})
TRIALS = {
    "one that runs": TRIAL | {"state": "RUNNING", "ended": None},
    "an unknown state": TRIAL | {"state": "EVIL"},
    "complete without a value": TRIAL | {"state": "COMPLETE"},
    "a wrong number": TRIAL | {"number": 7},
    "an unknown distribution": TRIAL
    | {"params": {"a": 1}, "distributions": {"a": '{"name": "os.system", "attributes": {}}'}},
    "no distribution": TRIAL | {"params": {"a": 1}},
    "a value of another kind": TRIAL | {"params": {"a": "x"}, "distributions": {"a": FLOAT}},
    "a time that is none": TRIAL | {"started": "yesterday"},
    "an attribute of another kind": TRIAL | {"user_attrs": {"curves": 3}},
    "a report that is none": TRIAL | {"reports": {"1": "x"}},
}


@pytest.mark.parametrize("what", TRIALS)
def test_a_trial_that_is_something_else(what, tmp_path):
    path = made(tmp_path / "b", members(trials=[TRIALS[what]]))
    refused(path, tmp_path, "does not hold together")


@pytest.mark.parametrize("content", [b"", b"PK", b"no archive", bytes(1000), b"\x89PNG" * 100])
def test_files_that_are_no_backup(content, tmp_path):
    (tmp_path / "b").write_bytes(content)
    refused(tmp_path / "b", tmp_path, r"is no backup of autolstm, or not a whole one")


def test_other_archives_and_files_that_are_not_there(tmp_path):
    with zipfile.ZipFile(tmp_path / "b", "w") as file:
        file.writestr("study.json", "{}")
    refused(tmp_path / "b", tmp_path, "manifest.json is missing|damaged")
    refused(made(tmp_path / "c", kind="a cat"), tmp_path, "its manifest.json is missing or anoth")
    refused(tmp_path / "none", tmp_path, "cannot be read: No such file or directory")
    refused(tmp_path, tmp_path, "cannot be read: Is a directory")


def test_one_of_a_newer_version(tmp_path):
    refused(made(tmp_path / "b", format=2), tmp_path, r"in a newer format \(2, this one reads 1\)")
    study = STUDY | {"user_attrs": {**ATTRIBUTES, "autolstm:schema": 99}}
    from autolstm.errors import StorageError

    with pytest.raises(StorageError, match="which is newer than this one"):
        restore(made(tmp_path / "b", members(study)), home=tmp_path / "home")


def test_members_and_manifest_that_differ(tmp_path):
    path = made(tmp_path / "b", sha256={"study.json": "0", "trials.jsonl": "0"})
    refused(path, tmp_path, "study.json or its checksum was changed")
    path = made(tmp_path / "b", sha256={"study.json": "0"})
    refused(path, tmp_path, "'trials.jsonl' is in it or in its manifest alone")
    path = made(tmp_path / "b", {"study.json": json.dumps(STUDY)})
    refused(path, tmp_path, "there is no trials.jsonl in it")


def test_every_changed_byte_and_every_cut_is_found(tmp_path):
    whole = made(tmp_path / "b").read_bytes()
    path = tmp_path / "c"
    harmless = 0
    for at in range(0, len(whole), 37):
        content = bytearray(whole)
        content[at] ^= 0x55
        path.write_bytes(content)
        try:
            with archive.opened(path) as held:
                for name in held.sums:
                    held.read(name)
            harmless += 1  # a time, or the version of who wrote it
        except BackupError:
            pass
    assert harmless < 0.25 * len(range(0, len(whole), 37))
    for length in range(0, len(whole), 101):
        path.write_bytes(whole[:length])
        with pytest.raises(BackupError), archive.opened(path):
            pass


# Writing ----------------------------------------------------------------------------------------


def test_what_would_not_be_read_back_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_ITEMS", 5)
    with pytest.raises(BackupError, match="Copy the folder of studies as a whole"):
        archive.write(tmp_path / "b", {"trials.jsonl": b"[1,2,3,4,5,6,7]"}, {})
    monkeypatch.setattr(archive, "MOST_BYTES", 5)
    with pytest.raises(BackupError, match="more than 0 GiB"):
        archive.write(tmp_path / "b", {"report.html": b"123456"}, {})
    assert not (tmp_path / "b").exists()


def test_what_packs_well_is_read_back(tmp_path):
    archive.write(tmp_path / "b", {"report.html": bytes(5_000_000)}, {})
    with archive.opened(tmp_path / "b") as held:
        assert held.read("report.html") == bytes(5_000_000)
        assert held.size > 5_000_000
