"""Contrived problems: every answer is the right one, seeds decide, sizes are checked."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.data.catalog import CATALOG
from autolstm.data.generate import addition, damped_sine, echo, five_point, reversal
from autolstm.data.labelled import check_learnable
from autolstm.data.load import load
from autolstm.data.problems import PROBLEMS, Problem
from autolstm.data.wording import describe, form
from autolstm.errors import SettingError
from autolstm.sequences import Sequences

ALL = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=list(PROBLEMS))
RANDOM = pytest.mark.parametrize("make", [echo, reversal, addition, damped_sine])


def spelled(data: Sequences) -> list[tuple[str, str]]:
    """Slow and obvious: inputs and answers of every sequence as texts."""
    pairs = []
    for at in range(len(data)):
        steps = data.values[data.starts[at] : data.starts[at + 1], 0]
        told = data.answers[data.answer_starts[at] : data.answer_starts[at + 1], 0]
        pairs.append(
            (
                "".join(data.symbols[0][int(one)] for one in steps),
                "".join(data.classes[int(one)] for one in told),
            )
        )
    return pairs


@given(st.integers(0, 4), st.integers(2, 10), st.integers(0, 9))
def test_echo(lag: int, symbols: int, seed: int) -> None:
    data = echo(12, 5, symbols, lag, seed)
    assert data.stepwise
    for heard, said in spelled(data):
        assert said == "-" * lag + heard[: 5 - lag]
    assert ("-" in data.classes) is (lag > 0)


@given(st.integers(2, 9), st.integers(3, 26), st.integers(0, 9))
def test_reversal(steps: int, symbols: int, seed: int) -> None:
    count = min(symbols**steps, 20)
    if count < 10:
        return
    pairs = spelled(reversal(count, steps, symbols, seed))
    assert len(set(pairs)) == count
    for heard, said in pairs:
        assert said == heard[::-1]


@given(st.integers(3, 1500), st.integers(0, 9))
def test_addition(largest: int, seed: int) -> None:
    data = addition(16, largest, seed)
    pairs = spelled(data)
    assert len(set(pairs)) == 16
    for heard, said in pairs:
        first, second = heard.strip().split("+")
        assert int(first) + int(second) == int(said)
        assert max(int(first), int(second)) <= largest
        assert heard == heard.strip().rjust(2 * len(str(largest)) + 1)
        assert said == said.strip().ljust(len(str(2 * largest)))


def test_every_sum_may_be_asked_for() -> None:
    heard = {one.strip() for one, _ in spelled(addition(16, 3))}
    assert heard == {f"{one}+{two}" for one in range(4) for two in range(4)}


def test_damped_sine_goes_on_in_its_answer() -> None:
    """A damped sine obeys x[t] = a x[t-1] - b x[t-2], with b the square of its decay."""
    data = damped_sine(10, 30, 4, seed=3)
    for at in range(10):
        wave = np.concatenate(
            [data.values[30 * at : 30 * (at + 1), 0], data.answers[4 * at : 4 * (at + 1), 0]]
        )
        past = np.column_stack([wave[1:-1], wave[:-2]])
        (a, b), *_ = np.linalg.lstsq(past, wave[2:], rcond=None)
        assert np.allclose(past @ [a, b], wave[2:], atol=1e-9)
        assert np.exp(-0.1) <= -b <= np.exp(-0.01)
        assert 10 <= 2 * np.pi / np.arccos(a / (2 * np.sqrt(-b))) <= 20


def test_five_point() -> None:
    data = five_point()
    assert data.values[:, 0].tolist() == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert data.answers[:, 0].tolist() == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert data.official is not None
    assert data.official.tolist() == [False] * 5 + [True] * 5
    assert describe(data) == "one-to-one regression, 1 feature, 1 step"
    assert five_point(7).fingerprint == data.fingerprint


@RANDOM
def test_the_seed_decides(make: Callable[..., Sequences]) -> None:
    assert make(seed=1).fingerprint == make(seed=1).fingerprint
    assert make(seed=1).fingerprint != make(seed=2).fingerprint


@RANDOM
def test_the_last_fifth_is_the_test_part(make: Callable[..., Sequences]) -> None:
    data = make(12)
    assert data.official is not None
    assert data.official.tolist() == [False] * 10 + [True] * 2


@pytest.mark.parametrize(
    ("make", "sizes", "says"),
    [
        (echo, {"sequences": 9}, "sequences = 9 is not accepted. It takes a whole number of at l"),
        (echo, {"steps": 1}, "steps = 1 is not accepted."),
        (echo, {"lag": 10}, "lag = 10 is not accepted. It takes a whole number from 0 to 9."),
        (echo, {"symbols": 2.5}, "symbols = 2.5 is not accepted."),
        (echo, {"symbols": True}, "symbols = True is not accepted."),
        (
            reversal,
            {"symbols": 27},
            "symbols = 27 is not accepted. It takes a whole number from 2",
        ),
        (reversal, {"steps": 2, "symbols": 3}, "sequences = 4000 is not accepted."),
        (addition, {"largest": 9}, "sequences = 5000 is not accepted."),
        (addition, {"largest": 2}, "largest = 2 is not accepted."),
        (damped_sine, {"ahead": 1}, "ahead = 1 is not accepted."),
        (damped_sine, {"steps": "50"}, "steps = '50' is not accepted."),
    ],
)
def test_sizes_are_checked(make: Any, sizes: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        make(**sizes)


# The catalogue ----------------------------------------------------------------------------------


@ALL
def test_listed_facts_are_those_of_the_data(problem: Problem) -> None:
    data = load(problem.name)
    assert isinstance(data, Sequences)
    assert (data.name, len(data), data.targets) == (problem.name, problem.rows, (problem.target,))
    assert (data.source, data.notes) == (problem.source, problem.notes)
    assert problem.title and problem.source and problem.terms
    assert CATALOG[problem.name] is problem
    assert data.official is not None
    check_learnable(data, data.name)
    kind = "classification" if data.classes else "regression"
    apart = form(data) == "sequence-to-sequence"
    assert problem.task == ("sequence-to-sequence" if apart else kind)


def test_digits() -> None:
    data = load("digits")
    assert isinstance(data, Sequences)
    assert describe(data) == "many-to-one classification, 10 classes, 8 features, 8 steps"
    assert data.values[:8].sum() == 294.0  # ink of the first image, a zero
    assert data.answers[:4, 0].tolist() == [0, 1, 2, 3]


def test_the_test_part_of_digits_is_every_fifth_of_every_class() -> None:
    data = load("digits")
    assert isinstance(data, Sequences)
    seen: dict[float, int] = {}
    for label, test in zip(data.answers[:, 0], data.official, strict=True):  # type: ignore[arg-type]
        seen[label] = seen.get(label, 0) + 1
        assert test == (seen[label] % 5 == 0)
    assert data.official is not None
    assert 0.19 < data.official.mean() < 0.2
