"""Text files: encodings, separators, remarks; and that the quick reader is the careful one."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autolstm.data import text as text_room
from autolstm.data.layout import find_layout
from autolstm.data.load import load
from autolstm.data.text import read_text
from autolstm.errors import DataError

DAYS = [f"2024-01-{day:02d}" for day in range(1, 31)]


def table(separator: str = ",", head: str = "date,sales", ending: str = "\n") -> str:
    rows = [head, *(f"{day},{at}.5" for at, day in enumerate(DAYS))]
    return ending.join(one.replace(",", separator) for one in rows) + ending


# Encodings --------------------------------------------------------------------------------------


def test_windows_1252_is_read_and_said(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_bytes(table(head="date,Umsätze in €").encode("cp1252"))
    data = load(path)
    assert data.target == "Umsätze in €"
    assert data.notes[0] == (
        "The file is no UTF-8 and was read as Windows-1252: line 1 says 'date,Umsätze'."
    )


def test_utf_8_says_nothing() -> None:
    assert read_text("a.csv", table(head="date,Umsätze").encode()).notes == ()


def test_the_line_of_a_character_that_comes_late() -> None:
    body = table().replace("2024-01-20,", "2024-01-20,°").encode("cp1252")
    assert read_text("a.csv", body).notes[0].endswith("line 21 says '2024-01-20,°19.5'.")


# Separators -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("separator", "name"),
    [
        *(("\t", "tabs"), (";", "semicolons"), ("|", "vertical bars")),
        *(("  ", "two or more blanks"), (" ", "blanks")),
    ],
)
def test_a_separator_is_found_and_said(separator: str, name: str) -> None:
    read = read_text("a.csv", table(separator).encode())
    assert read.columns == ("date", "sales")
    assert read.frame["sales"].tolist() == [f"{at}.5" for at in range(30)]
    assert read.notes == (f"Cells are separated by {name}.",)


def test_what_is_usual_is_not_said() -> None:
    assert read_text("a.tsv", table("\t").encode()).notes == ()
    assert read_text("a.csv", table(",").encode()).notes == ()


def test_blanks_within_a_time_do_not_separate() -> None:
    body = "time  sales\n" + "".join(f"{day} 13:00   {at}\n" for at, day in enumerate(DAYS))
    read = read_text("a.txt", body.encode())
    assert read.frame["time"].iloc[0] == "2024-01-01 13:00"


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n1,5;2,5\n", ";"),
        ("date;a,b\n1;2\n1;2\n", ";"),
        ("note\nit was; he said\n", ","),
        ("my sales\n1\n2\n", ","),
        ("sales\n1,5\n2,5\n", ","),
        ('"a;b","c"\n1,2\n', ","),
        ("sep=|\na,b|c\n1|2\n", "|"),
        ("a,b\n1,2\n1,2,3\n1,2\n", ","),
        ("title\na;b\n1;2\n", ";"),
    ],
)
def test_separators_of_odd_files(text: str, separator: str) -> None:
    assert find_layout(text).separator == separator


def test_excel_says_its_separator() -> None:
    read = read_text("a.csv", b"sep=;\ndate;a,b\n2024-01-01;1\n")
    assert (read.columns, read.where(0)) == (("date", "a,b"), "line 3")


# Remarks and blank lines ------------------------------------------------------------------------


def test_remarks_are_left_out_and_counted() -> None:
    lines = table().splitlines()
    body = "\n".join(["# ours", "#", *lines[:4], "# in between, too, often", *lines[4:], "# end"])
    read = read_text("a.csv", body.encode())
    assert read.notes == ("Lines that begin with # were left out: 4.",)
    assert [read.where(row) for row in (0, 2, 3, 29)] == ["line 4", "line 6", "line 8", "line 34"]


def test_a_row_may_begin_with_a_hash() -> None:
    read = read_text("a.csv", b"item,sales\n#1,5\n#2,6\n")
    assert read.frame["item"].tolist() == ["#1", "#2"]


def test_names_may_stand_in_a_remark() -> None:
    read = read_text("a.csv", b"# ours, all\n# date,sales\n2024-01-01,5\n2024-01-02,6\n")
    assert read.columns == ("date", "sales")
    assert read.where(0) == "line 3"
    assert any("begins with #: date" in note for note in read.notes)


def test_remarks_in_a_single_column() -> None:
    read = read_text("a.csv", b"sales\n1\n# pause\n\n2\n\n")
    assert read.frame["sales"].tolist() == ["1", "", "2"]
    assert read.rows.tolist() == [2, 4, 5]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("after", ["", "\n\n", ",\n"])
def test_line_ends_and_what_follows_the_data(ending: str, after: str) -> None:
    read = read_text("a.csv", (table(ending=ending) + after.replace("\n", ending)).encode())
    assert len(read.frame) == 30
    assert read.rows.tolist() == list(range(2, 32))


# The quick reader and the careful one -----------------------------------------------------------

CELL = st.text('ab1. #"-\n', max_size=4)
LINES = st.lists(st.lists(CELL, min_size=1, max_size=3), min_size=1, max_size=6)


@settings(max_examples=400, deadline=None)
@example([['-1"1', '"\n\n']], ",", "\r\n", False)
@example([["a"], ['"#b"'], ["c"]], ";", "\n", False)
@given(
    rows=LINES,
    separator=st.sampled_from(",;\t|"),
    ending=st.sampled_from(["\n", "\r\n"]),
    quoted=st.booleans(),
)
def test_the_quick_reader_is_the_careful_one(
    rows: list[list[str]], separator: str, ending: str, quoted: bool
) -> None:
    text = io.StringIO()
    if quoted:
        csv.writer(text, delimiter=separator, lineterminator=ending).writerows(rows)
    else:
        text.write(ending.join(separator.join(row) for row in rows))
    packed = (separator.join(["x", "y"]) + ending + text.getvalue()).encode()
    layout = find_layout(packed.decode())
    if len(layout.separator) > 1:
        return
    quick = text_room._quick(packed, layout, layout.separator)
    if quick is None:
        return
    careful = text_room._careful("a.csv", packed, layout, layout.separator)
    assert quick[0].equals(careful[0])
    assert (quick[1] == careful[1]).all()
    assert quick[2] == careful[2]


@pytest.mark.parametrize(
    "body",
    [
        *(table(), table(ending="\r\n"), table(ending="\r"), table()[:-1], table() + "\n\n"),
        *(table("\t"), table("|"), "# ours\n\n" + table(), table().replace("\n2024", '\n"2024"-')),
        table().replace("2024-01-09", "# a remark\n2024-01-09"),
    ],
)
def test_good_files_are_read_quickly(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_room, "_careful", None)
    assert len(read_text("a.csv", body.encode()).frame) == 30


def test_the_line_of_a_fault_in_a_long_file() -> None:
    lines = table().splitlines()
    long = [lines[0], *(lines[1] for _ in range(200_000))]
    long[150_000] = "2024-01-01"
    with pytest.raises(DataError, match=r"Line 150001 of a\.csv has 1 cell, but there are 2"):
        read_text("a.csv", "\n".join(long).encode())


def test_rows_are_numbered_without_a_list_of_lines() -> None:
    assert isinstance(read_text("a.csv", table().encode()).rows, np.ndarray)
