"""Data from a stranger: refused before the memory is full, and never run."""

import gzip
import os
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from autolstm import memory
from autolstm.data import room
from autolstm.data.load import load
from autolstm.data.unlabelled import load_inputs
from autolstm.errors import DataError

TOO_LARGE = r"{} is too large for this computer: .* are free\. Close other programs, or give fewer"


@pytest.fixture
def small(monkeypatch):
    """Let the computer have little memory."""

    def to(size):
        for module in ("room", "npz"):
            monkeypatch.setattr(f"autolstm.data.{module}.free", lambda: size)

    return to


def refused(path):
    return pytest.raises(DataError, match=TOO_LARGE.format(path.name))


def rows(count):
    return "time,sold\n" + "".join(f"{at},{at % 7}\n" for at in range(count))


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a_TRAIN.tsv", "a.ts"])
def test_a_text_that_does_not_fit(tmp_path, small, name):
    path = tmp_path / name
    path.write_text(rows(1000))
    small(1000)
    with refused(path):
        load(str(path), task="classification" if "_" in name or name[1:] == ".ts" else None)


def test_a_text_that_only_a_slow_reader_takes(tmp_path, small):
    path = tmp_path / "a.csv"
    path.write_text(rows(1000) + "\n1000,3\n")
    small(path.stat().st_size * (room.ROWS_BY_MACHINE + 1))
    with refused(path):
        load(str(path))


def test_a_text_that_unpacks_to_more_than_there_is(tmp_path, small, monkeypatch):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"0" * 10**7))
    assert path.stat().st_size < 20_000
    read = []
    honest = gzip.GzipFile.read

    def counted(self, size=-1):
        part = honest(self, size)
        read.append(len(part))
        return part

    monkeypatch.setattr(gzip.GzipFile, "read", counted)
    monkeypatch.setattr("autolstm.data.files.PIECE", 10**5)
    small(2 * 10**6)
    with refused(path):
        load(str(path))
    assert sum(read) < 10**6


def test_one_value_that_stands_for_any_number_of_rows(tmp_path, small):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"sold": pa.array(np.zeros(10**6))}), path)
    assert path.stat().st_size < 5000
    small(10**7)
    with refused(path):
        load(str(path))


def test_arrays_that_unpack_to_more_than_there_is(tmp_path, small):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, X=np.zeros((1000, 10, 10)), y=np.zeros(1000))
    assert path.stat().st_size < 10_000
    small(10**6)
    for read in (load, lambda one: load_inputs(one, None)):
        with refused(path):
            read(str(path))


@pytest.mark.parametrize("shape", [(10**9, 10**9), (10**7,), (2**63,)])
def test_an_array_that_is_not_as_large_as_it_says(tmp_path, shape):
    path = tmp_path / "a.npz"
    head = repr({"descr": "<f8", "fortran_order": False, "shape": shape}).encode()
    head = head.ljust(117) + b"\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X.npy", b"\x93NUMPY\x01\x00v\x00" + head + bytes(80))
    with pytest.raises(DataError, match=r"a\.npz is not a whole NPZ file"):
        load(str(path))


def test_what_an_archive_says_of_itself_is_all_that_is_unpacked(tmp_path, small):
    """One that lies about the size of a member is cut off there, by Python itself."""
    path = tmp_path / "a.npz"
    np.savez_compressed(path, X=np.zeros((1000, 10, 10)), y=np.zeros(1000))
    content = bytearray(path.read_bytes())
    place = content.rindex(b"PK\x01\x02", 0, content.rindex(b"PK\x01\x02"))
    content[place + 24 : place + 28] = (200).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npz is not a whole NPZ file"):
        load(str(path))


@pytest.mark.parametrize("name", ["pipe", "pipe.csv", "pipe.npz", "pipe.ts", "pipe.parquet"])
def test_a_pipe_is_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(DataError, match=r"is a device or a pipe\. The path of a file is accepted"):
        load(str(tmp_path / name))


@pytest.mark.parametrize("name", ["zero.csv", "zero.csv.gz", "zero.npz", "zero.ts"])
def test_a_device_is_not_read(tmp_path, name):
    (tmp_path / name).symlink_to("/dev/zero")
    with pytest.raises(DataError, match=r"is a device or a pipe"):
        load(str(tmp_path / name))


def test_a_cell_without_an_end(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('time,sold\n1,"' + "9" * 500_000 + "\n2,3\n")
    with pytest.raises(DataError, match=r"a\.csv cannot be read past line 2: field larger than"):
        load(str(path))


# How much there is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "said"),
    [
        *((0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (1536, "1.5 KiB")),
        *((3 * 2**30, "3.0 GiB"), (2**40, "1.0 TiB"), (10**30, "more than any computer has")),
    ],
)
def test_sizes(number, said):
    assert memory.sized(number) == said


# What is shown ----------------------------------------------------------------------------------

NASTY = "<script>alert(1)</script>\x1b[31m[red]$\\frac$\u202e"


def test_names_are_shown_as_they_are(tmp_path):
    from dataclasses import replace

    from report_samples import DATA, study
    from typer.testing import CliRunner

    from autolstm.cli.app import app
    from autolstm.report.page import render

    data = replace(DATA, name=NASTY, target=NASTY, unit=NASTY, notes=(NASTY,), covariates=(NASTY,))
    page = render(replace(study(), name=NASTY, data=data))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page
    path = tmp_path / "a.csv"
    pd.DataFrame({"time": ["x", "y"], NASTY: [1, 2]}).to_csv(path, index=False)
    said = CliRunner().invoke(app, ["study", str(path), "--home", str(tmp_path / "home")])
    assert said.exit_code == 2
    assert "\x1b" not in said.output
    assert "\u202e" not in said.output
