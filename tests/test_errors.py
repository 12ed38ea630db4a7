"""The exception tree, and the words that help to mend what came."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm import errors
from autolstm.errors import AutoLSTMError, InputError, guess, shown


def drawn() -> dict[str, str]:
    """Parent of every exception as the docstring draws the tree."""
    parents: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^    ([│├└─ ]*)([A-Z]\w+)", line)
        if found:
            depth = len(found[1]) // 4
            above[depth:] = [found[2]]
            parents[found[2]] = above[depth - 1] if depth else "Exception"
    return parents


def test_the_tree_is_as_drawn() -> None:
    real = {
        name: one.__bases__[0].__name__
        for name, one in vars(errors).items()
        if isinstance(one, type) and issubclass(one, AutoLSTMError)
    }
    assert drawn() == real
    assert {*real, "about", "counted", "guess", "shown"} == set(errors.__all__)


def test_what_the_user_gave_is_also_a_value_error() -> None:
    tree = drawn()
    mendable = {name for name in tree if issubclass(getattr(errors, name), ValueError)}
    assert mendable == {"InputError"} | {n for n, above in tree.items() if above == "InputError"}
    assert InputError.__bases__ == (AutoLSTMError, ValueError)


@pytest.mark.parametrize(
    ("word", "near"),
    [
        *(("horison", "horizon"), ("HORIZON", "horizon"), ("horizont", "horizon")),
        *(("qqq", None), ("", None)),
    ],
)
def test_guess(word: str, near: str | None) -> None:
    expected = f" Did you mean {near!r}?" if near else ""
    assert guess(word, ["metric", "horizon", "trials"]) == expected


def test_guess_among_nothing() -> None:
    assert guess("horizon", []) == ""


def test_guess_keeps_the_known_spelling() -> None:
    assert guess("umsatz", ["Umsätze"]) == " Did you mean 'Umsätze'?"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((True, "True"), ("a\nb", r"'a\nb'"), (1.5, "1.5"), ([1], "[1]")),
        ("x" * 60, "'" + "x" * 59 + "..."),
    ],
)
def test_shown(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_number_that_python_does_not_write_is_shown() -> None:
    assert shown(16**5000) == "a number of thousands of digits"


@given(st.recursive(st.text() | st.integers() | st.floats(), st.lists))
def test_what_is_shown_is_short(value: object) -> None:
    assert len(shown(value)) <= 63
    assert shown(value).removesuffix("...") in repr(value)
