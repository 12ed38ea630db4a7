"""Contrived problems: sequences whose right answer is known, to see what a network can learn.

Each is made from a seed: the same arguments give the same sequences. The last ones are the
official test part. `echo` and `reversal` ask for memory (in the spirit of Hochreiter &
Schmidhuber, 1997, doi:10.1162/neco.1997.9.8.1735), `addition` for a rule (Zaremba & Sutskever,
2014, arXiv:1410.4615).
"""

import string

import numpy as np

from autolstm.errors import SettingError, shown
from autolstm.sequences import Sequences

__all__ = ["addition", "damped_sine", "echo", "five_point", "reversal"]

TEST_SHARE = 0.2
"""Share of the sequences in the official test part, rounded down, at least one."""

BLANK = " "
NOTHING_YET = "-"
"""Answer of an echo at steps before there is anything to repeat."""

MOST = 2**62


def echo(
    sequences: int = 1000, steps: int = 10, symbols: int = 10, lag: int = 0, seed: int = 0
) -> Sequences:
    """Make sequences of random whole numbers to repeat, ``lag`` steps later.

    Args:
        sequences: How many.
        steps: Steps of each.
        symbols: How many whole numbers there are, from 0; each is a symbol.
        lag: How many steps an answer lies behind its input. The first ``lag`` answers are a class
            of their own, ``-``.
        seed: Root of the randomness.

    Returns:
        Sequences with an answer at every step.

    Raises:
        SettingError: A size is out of its range.
    """
    _check("sequences", sequences, 10)
    _check("steps", steps, 2)
    _check("symbols", symbols, 2, 1000)
    _check("lag", lag, 0, steps - 1)
    drawn = np.random.default_rng(seed).integers(symbols, size=(sequences, steps))
    words = tuple(map(str, range(symbols)))
    answers = np.full_like(drawn, symbols)
    answers[:, lag:] = drawn[:, : steps - lag]
    return _symbolic("echo", drawn, words, answers, words + (NOTHING_YET,) * (lag > 0))


def reversal(sequences: int = 4000, steps: int = 4, symbols: int = 8, seed: int = 0) -> Sequences:
    """Make sequences of random letters, to be given back from the last one to the first.

    Args:
        sequences: How many; all are different.
        steps: Steps of each.
        symbols: How many letters of the alphabet.
        seed: Root of the randomness.

    Returns:
        Sequences whose answers are sequences of their own (``apart``).

    Raises:
        SettingError: A size is out of its range, or there are not as many different sequences.
    """
    _check("steps", steps, 2, 100)
    _check("symbols", symbols, 2, len(string.ascii_lowercase))
    _check("sequences", sequences, 10, min(symbols**steps, MOST))
    generator = np.random.default_rng(seed)
    drawn = generator.integers(symbols, size=(sequences, steps))
    while len(distinct := np.unique(drawn, axis=0)) < sequences:
        more = generator.integers(symbols, size=(sequences - len(distinct), steps))
        drawn = np.concatenate([distinct, more])
    generator.shuffle(drawn)
    letters = tuple(string.ascii_lowercase[:symbols])
    return _symbolic("reversal", drawn, letters, drawn[:, ::-1], letters, apart=True)


def addition(sequences: int = 5000, largest: int = 99, seed: int = 0) -> Sequences:
    """Make sums to be written out: the characters of ``12+7`` in, those of ``19`` out.

    All inputs have the same length, with blanks before them, and so have all answers, with blanks
    behind them.

    Args:
        sequences: How many; all are different.
        largest: Largest of the two numbers, which begin at 0.
        seed: Root of the randomness.

    Returns:
        Sequences whose answers are sequences of their own (``apart``).

    Raises:
        SettingError: A size is out of its range, or there are not as many different sums.
    """
    _check("largest", largest, 3, 10**9)
    _check("sequences", sequences, 10, (largest + 1) ** 2)
    pairs = np.random.default_rng(seed).choice((largest + 1) ** 2, size=sequences, replace=False)
    first, second = np.divmod(pairs, largest + 1)
    inputs = [f"{one}+{two}" for one, two in zip(first, second, strict=True)]
    answers = [str(one) for one in first + second]
    into, out = 2 * len(str(largest)) + 1, len(str(2 * largest))
    spelled, known = _codes([one.rjust(into, BLANK) for one in inputs])
    told, classes = _codes([one.ljust(out, BLANK) for one in answers])
    return _symbolic("addition", spelled, known, told, classes, apart=True)


def damped_sine(
    sequences: int = 1000, steps: int = 50, ahead: int = 5, seed: int = 0
) -> Sequences:
    """Make pieces of sine waves that die away, to be continued.

    A wave is ``exp(-decay t) sin(2 pi t / period + phase)`` at t = 0, 1, 2, ... with a period of
    10 to 20 steps, any phase, and a decay of 0.005 to 0.05 a step, drawn evenly.

    Args:
        sequences: How many.
        steps: Steps of each input.
        ahead: Steps of each answer, which follow.
        seed: Root of the randomness.

    Returns:
        Sequences with one feature, and the next values as answers.

    Raises:
        SettingError: A size is out of its range.
    """
    _check("sequences", sequences, 10)
    _check("steps", steps, 2)
    _check("ahead", ahead, 2)
    generator = np.random.default_rng(seed)
    period, phase, decay = (
        generator.uniform(low, high, size=(sequences, 1))
        for low, high in ((10.0, 20.0), (0.0, 2 * np.pi), (0.005, 0.05))
    )
    times = np.arange(steps + ahead)
    waves = np.exp(-decay * times) * np.sin(2 * np.pi * times / period + phase)
    return Sequences(
        name="damped_sine",
        values=waves[:, :steps].reshape(-1, 1),
        starts=np.arange(sequences + 1) * steps,
        features=("value",),
        symbols=((),),
        answers=waves[:, steps:].reshape(-1, 1),
        answer_starts=np.arange(sequences + 1) * ahead,
        targets=("value",),
        official=_last(sequences),
        apart=True,
    )


def five_point(seed: int = 0) -> Sequences:
    """Make the smallest problem there is: 0.0, 0.1, ..., 1.0, each value to tell the next one.

    Args:
        seed: Taken as by the others; nothing here is random.

    Returns:
        Ten pairs of one step each. The first five, 0.0 -> 0.1 to 0.4 -> 0.5, are there to learn
        from, the other five are the official test part.
    """
    del seed
    series = np.arange(11) / 10
    return Sequences(
        name="five_point",
        values=series[:-1, None],
        starts=np.arange(11),
        features=("value",),
        symbols=((),),
        answers=series[1:, None],
        answer_starts=np.arange(11),
        targets=("next value",),
        official=np.arange(10) >= 5,
    )


def _check(name: str, given: object, low: int, high: int = MOST) -> None:
    whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
    if not whole or not low <= given <= high:  # type: ignore[operator]
        ends = f"of at least {low}" if high == MOST else f"from {low} to {high}"
        raise SettingError(
            f"{name} = {shown(given)} is not accepted. It takes a whole number {ends}. Choose "
            f"one of these."
        )


def _last(count: int) -> np.ndarray:
    """Return the mask of the official test part, shape (n,)."""
    test = max(1, int(count * TEST_SHARE))
    mask: np.ndarray = np.arange(count) >= count - test
    return mask


def _codes(texts: list[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the places of characters, shape (n, characters of each), and the characters."""
    characters = np.array([list(one) for one in texts])
    known, codes = np.unique(characters, return_inverse=True)
    return codes.reshape(characters.shape), tuple(map(str, known))


def _symbolic(
    name: str,
    inputs: np.ndarray,
    symbols: tuple[str, ...],
    answers: np.ndarray,
    classes: tuple[str, ...],
    *,
    apart: bool = False,
) -> Sequences:
    """Put symbols and classes, given as places of shape (n, steps), together."""
    count = len(inputs)
    return Sequences(
        name=name,
        values=inputs.reshape(-1, 1),
        starts=np.arange(count + 1) * inputs.shape[1],
        features=("symbol",),
        symbols=(symbols,),
        answers=answers.reshape(-1, 1),
        answer_starts=np.arange(count + 1) * answers.shape[1],
        targets=("symbol",),
        classes=classes,
        official=_last(count),
        apart=apart,
    )
