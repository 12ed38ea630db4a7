"""A data set as bytes and back: equal, the same bytes for the same data, and trusting nothing."""

import io
import json
import zipfile
from dataclasses import fields, replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from fakes import series
from hypothesis import given
from hypothesis import strategies as st
from panels import panel
from tiny_sequences import FORMS, KINDS, sequences

from autolstm.data import npz, snapshot
from autolstm.data.catalog import CATALOG
from autolstm.data.load import load
from autolstm.data.snapshot import pack, size, unpack
from autolstm.dataset import Dataset
from autolstm.errors import DataError
from autolstm.experiment import ask
from autolstm.question import pose


def same(one, other):
    """Whether two data sets are equal in every field, and in what their fields are."""
    assert type(one) is type(other)
    for field in fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype, field.name
            np.testing.assert_array_equal(a, b, err_msg=field.name)
        elif isinstance(a, pd.Index):
            pd.testing.assert_index_equal(a, b, exact=True)
            assert getattr(a, "freq", None) == getattr(b, "freq", None)
        else:
            assert (a, type(a)) == (b, type(b)), field.name
    assert one.fingerprint == other.fingerprint


def there_and_back(data):
    content = pack(data)
    again = unpack(content)
    same(data, again)
    assert pack(again) == content
    return again


# There and back ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_bundled_data(name):
    there_and_back(load(name))


def test_what_repeats_takes_little_room():
    data = series(rows=20_000)
    flat = replace(data, values=np.zeros_like(data.values))
    assert len(pack(flat)) < size(flat) / 2  # the times are the rest
    same(flat, unpack(pack(flat)))


@pytest.mark.parametrize(
    "data",
    [
        panel(),
        panel(ahead=3),
        panel(calendar="auto"),
        load(pd.DataFrame({"y": np.sin(np.arange(40.0))})),
        replace(series(), holes=np.eye(60, 1, dtype=bool), marks=("sold missing",), fill="mask"),
        replace(series(), split=(0.2, 12), name="a\x00b \ud800 é", notes=("one", "two")),
    ],
    ids=["panel", "future", "calendar", "steps", "holes", "texts"],
)
def test_series(data):
    there_and_back(data)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_sequences(form, kind):
    data = sequences(form, kind, ragged=True, symbols=kind == "classes")
    there_and_back(data)
    groups = np.array([f"person {n % 3}é" for n in range(len(data))])
    there_and_back(replace(data, groups=groups, official=np.arange(len(data)) > 20))


@st.composite
def datasets(draw):
    rows = draw(st.integers(1, 30))
    freq = draw(st.sampled_from(["h", "30min", "D", "B", "W-WED", "MS", "ME", "QS-FEB", "YS", ""]))
    unit = draw(st.sampled_from(["s", "ms", "us", "ns"]))
    name = draw(st.sampled_from([None, "when", "Zeit é"]))
    if freq:
        start = draw(st.dates(date(1900, 1, 2), date(2100, 1, 1)))
        times = pd.date_range(start, periods=rows, freq=freq, name=name, unit=unit)
    else:
        times = pd.RangeIndex(draw(st.integers(-5, 5)), name=name)
        times = pd.RangeIndex(times.stop, times.stop + rows, name=name)
    number = st.floats(allow_nan=True, allow_infinity=True, width=64)
    values = draw(st.lists(number, min_size=2 * rows, max_size=2 * rows))
    text = st.text(max_size=8)
    return Dataset(
        draw(text),
        times,
        np.array(values).reshape(rows, 2),
        (draw(text), "x"),
        unit=draw(text),
        season=draw(st.integers(0, 9)),
        source=draw(text),
        notes=tuple(draw(st.lists(text, max_size=3))),
        split=draw(st.none() | st.tuples(st.floats(0, 1), st.integers(0, 9))),
    )


@given(datasets())
def test_any_series(data):
    there_and_back(data)


def test_times_of_a_zone():
    times = pd.date_range("2020-03-28", periods=4, freq="D", tz="Europe/Berlin")
    again = unpack(pack(Dataset("zoned", times, np.zeros((4, 1)), ("y",)))).times
    pd.testing.assert_index_equal(again, times)
    assert again.freq == times.freq


def test_a_question_about_the_kept_data_is_the_same_question():
    for data in (panel(), load("airline"), sequences()):
        asked = ask({"source": "kept", "seeds": 2})
        assert pose(asked, unpack(pack(data))).flat() == pose(asked, data).flat()


def test_numpy_reads_it_without_pickle():
    with np.load(io.BytesIO(pack(series())), allow_pickle=False) as held:
        assert held["values"].shape == (60, 1)
        assert json.loads(held["about"].tobytes())["fields"]["columns"] == ["sold"]


def test_what_it_takes_is_known_before():
    assert size(series()) == 60 * 8 + 60 * 8 + 2 * 8 + 8
    assert size(sequences()) > 30 * 6 * 2 * 8


@pytest.mark.parametrize(
    "times",
    [
        pd.period_range("2020-01", periods=3, freq="M"),
        pd.Index([0.5, 1.5, 2.5]),
        pd.bdate_range("2020-01-01", periods=3, freq="C", holidays=["2020-01-02"]),
    ],
    ids=["periods", "floats", "own calendar"],
)
def test_times_of_a_kind_that_cannot_be_kept(times):
    data = Dataset("odd", times, np.zeros((3, 1)), ("y",))
    with pytest.raises(DataError, match=r"times of odd are .* cannot be kept .* Load the data"):
        pack(data)


# Trusting nothing -------------------------------------------------------------------------------


def archive(**members):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in members.items():
            written.writestr(f"{name}.npy", content)
    return held.getvalue()


def npy(array):
    held = io.BytesIO()
    np.lib.format.write_array(held, np.asarray(array), allow_pickle=True)
    return held.getvalue()


def about(**changes):
    said = {"kind": "autolstm data", "format": 1, "holds": "series", "fields": {}, **changes}
    return npy(np.frombuffer(json.dumps(said).encode(), np.uint8))


def claims(shape):
    held = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        held, {"shape": shape, "fortran_order": False, "descr": "<f8"}
    )
    return held.getvalue()


HOSTILE = {
    "nothing": b"",
    "no archive": b"PK" + bytes(100),
    "no about": archive(values=npy([1.0])),
    "something else": archive(about=about(kind="a cat")),
    "an unknown field": archive(about=about(fields={"__class__": "x"})),
    "an unknown array": archive(about=about(), evil=npy([1.0])),
    "fields missing": archive(about=about()),
    "an unknown kind": archive(about=about(holds="os.system")),
    "fields that are no table": archive(about=about(fields=[1])),
    "a pickle": archive(about=about(), values=npy(np.array([{}], dtype=object))),
    "dates": archive(about=about(), values=npy(np.zeros(3, "M8[s]"))),
    "a huge shape": archive(about=about(), values=claims((10**15,))),
    "a negative shape": archive(about=about(), values=claims((-5, 3))),
    "a wild header": archive(about=about(), values=b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 60000),
    "an open header": archive(about=about(), values=b"\x93NUMPY\x01\x00\x00\x10" + b"(" * 4096),
    "an odd header": archive(
        about=about(), values=b"\x93NUMPY\x01\x00\x14\x00" + b"if 1:\n    2\n  3\n   \n"
    ),
    "deep": archive(about=npy(np.frombuffer(b"[" * 100_000, np.uint8))),
    "an odd unit": archive(
        about=about(times={"kind": "datetime", "unit": "Y", "zone": None}), times=npy([1])
    ),
    "damaged": pack(series())[:-200] + bytes(200),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_cannot_be_read_is_said(what):
    with pytest.raises(DataError, match=r"The kept data cannot be read: .*Take them from a"):
        unpack(HOSTILE[what])


@pytest.mark.parametrize("at", [30, 200, 700])
def test_a_changed_byte_is_found(at):
    content = bytearray(pack(panel()))
    content[at] ^= 255
    with pytest.raises(DataError, match="The kept data cannot be read"):
        unpack(bytes(content))


def test_a_member_twice_is_refused():
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as written, pytest.warns(UserWarning, match="Duplicate"):
        written.writestr("about.npy", about())
        written.writestr("about.npy", about())
    with pytest.raises(DataError, match="2 arrays, some of them twice"):
        unpack(held.getvalue())


def test_a_small_file_cannot_ask_for_much_memory(monkeypatch):
    monkeypatch.setattr(snapshot, "MOST_BYTES", 10**6)
    monkeypatch.setattr(snapshot, "LONGEST_ABOUT", 0)
    bomb = archive(about=about(), values=npy(np.zeros(10**6)))
    assert len(bomb) < 10_000
    with pytest.raises(DataError, match="8000.* bytes, more than the 1000000 that are kept"):
        unpack(bomb)


def test_what_does_not_fit_into_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr(npz, "free", lambda: 20 * 2**20)
    bomb = archive(about=about(), values=npy(np.zeros(10**6)))
    assert len(bomb) < 10_000
    with pytest.raises(
        DataError,
        match=r"The kept data are too large for this computer: it unpacks to 7\.6 MiB, which "
        r"takes about 22\.\d MiB of memory, and 20\.0 MiB are free\. Close other programs, or ",
    ):
        unpack(bomb)


def test_a_stream_that_is_damaged_in_its_packing():
    held = io.BytesIO(archive(about=about(), values=npy(np.arange(1000.0))))
    with zipfile.ZipFile(held) as packed:
        begin = packed.getinfo("values.npy").header_offset
    content = bytearray(held.getvalue())
    for at in range(begin + 60, begin + 400, 7):
        damaged = bytearray(content)
        damaged[at] ^= 255
        with pytest.raises(DataError, match="The kept data cannot be read"):
            unpack(bytes(damaged))


def test_a_newer_format_is_refused():
    with pytest.raises(DataError, match=r"newer format \(2, this autolstm reads 1\)\. Upgrade"):
        unpack(archive(about=about(format=2)))
