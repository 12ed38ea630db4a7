"""How numbers are written: what is understood, what is said, and what is refused."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.data.load import load
from autolstm.data.numerals import PLAIN, Style, as_text, find_style, read_numbers
from autolstm.errors import DataError


def read(separator: str = "", **columns: list[str]) -> tuple[str, dict[str, list[float]]]:
    """The note on some columns, and their numbers; a cell that is none is NaN."""
    held = {name: pd.Series(cells, dtype="str") for name, cells in columns.items()}
    style, note = find_style(held, "shop.csv", separator)
    return note, {
        name: read_numbers(as_text(one), style)[0].tolist() for name, one in held.items()
    }


@pytest.mark.parametrize(
    ("separator", "cells", "numbers", "said"),
    [
        (",", ["1", "2.5", "+.5", "1e3"], [1, 2.5, 0.5, 1000], ""),
        (",", ["1,234", "0.5"], [1234, 0.5], "commas between thousands: 1,234 was read as 1234."),
        (",", ["15,010", "2,000"], [15010, 2000], "commas between thousands"),
        (",", ["1,5", "2"], [1.5, 2], "a decimal comma: 1,5 was read as 1.5."),
        (";", ["1,5", "-2,25"], [1.5, -2.25], "a decimal comma"),
        (";", ["1.234,5", "7"], [1234.5, 7], "a decimal comma and points between thousands"),
        (";", ["1.234.567", "7"], [1234567, 7], "points between thousands"),
        (";", ["1 234,5", "7"], [1234.5, 7], "a decimal comma and blanks between thousands"),
        ("", ["1\u202f234", "1\u00a0000"], [1234, 1000], "blanks between thousands"),
        ("", ["1'234.5", "1’000"], [1234.5, 1000], "apostrophes between thousands"),
        (",", ["15.010", "2.000"], [15.01, 2], ""),
        (";", ["15.010", "2.000"], [15.01, 2], "Points are decimal points: 15.010 of 'a'"),
    ],
)
def test_one_column(separator: str, cells: list[str], numbers: list[float], said: str) -> None:
    note, found = read(separator, a=cells)
    assert found["a"] == numbers
    assert said in note
    assert bool(said) == bool(note)


def test_one_column_tells_how_another_is_written() -> None:
    note, found = read(";", price=["12,50", "8"], units=["1.234", "15.010"])
    assert found == {"price": [12.5, 8], "units": [1234, 15010]}
    assert "decimal comma and points between thousands" in note
    note, found = read(";", a=["1,234", "2,345"], b=["0,5", "2"])
    assert found == {"a": [1.234, 2.345], "b": [0.5, 2]}


def test_columns_in_different_styles() -> None:
    _, found = read(";", a=["1,5", "2,5"], b=["1.5", "2.75"])
    assert found == {"a": [1.5, 2.5], "b": [1.5, 2.75]}


def test_what_is_no_number_does_not_change_the_others() -> None:
    _, found = read(";", a=["1,5", "n.n.", "2,5"], day=["31.12.2024", "01.01.2025", "x"])
    assert found["a"][::2] == [1.5, 2.5]
    assert math.isnan(found["a"][1])


@pytest.mark.parametrize("separator", [";", "\t", ""])
def test_two_meanings_are_refused(separator: str) -> None:
    with pytest.raises(
        DataError,
        match=r"'a' of shop.csv holds '1,234', which may be 1\.234 \(a decimal comma\) or 1234 "
        r"\(commas between thousands\); no other cell tells which\. Write .* decimal=','",
    ):
        read(separator, a=["7", "1,234", "2,000"])


def test_frames_of_text_are_understood_as_well() -> None:
    table = pd.DataFrame({"sales": [f"1.{at:03d},5" for at in range(30)]})
    data = load(table)
    assert data.actual.tolist() == [1000.5 + at for at in range(30)]
    assert "points between thousands" in data.notes[0]


STYLES = st.builds(
    Style,
    st.sampled_from(".,"),
    st.sampled_from(["", " \u00a0\u2009\u202f", "'’"]),
)


@given(st.floats(allow_nan=False, allow_infinity=False, width=64), STYLES)
def test_any_number_in_any_style_comes_back(number: float, style: Style) -> None:
    """Written by Python with a sign between thousands, which is then changed."""
    sign = style.thousands[:1]
    written = f"{number:,.3f}" if sign else repr(number)
    expected = float(written.replace(",", ""))
    written = written.replace(",", "~").replace(".", style.decimal).replace("~", sign)
    values, bad = read_numbers(as_text(pd.Series([written], dtype="str")), style)
    assert not bad[0]
    assert values[0] == expected


def slow(cell: str) -> float | None:
    """A plain number, NaN for none, None for anything else."""
    cell = cell.strip()
    if cell.lower() in ("", "na", "n/a", "#n/a", "nan", "null", "none"):
        return math.nan
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


@given(st.lists(st.text("01.eE+-_ infaINFx", max_size=6), max_size=5))
def test_plain_numbers_against_python(cells: list[str]) -> None:
    values, bad = read_numbers(as_text(pd.Series(cells, dtype="str")), PLAIN)
    for cell, value, odd in zip(cells, values.tolist(), bad.tolist(), strict=True):
        expected = slow(cell)
        assert odd == (expected is None)
        assert odd or value == expected or (math.isnan(value) and math.isnan(expected or 0))
