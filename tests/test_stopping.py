"""Early stopping: lists of losses in, stopping epochs out. No training."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.train.stopping import EarlyStopping

NAN, INF = math.nan, math.inf
# Eighths add and subtract without rounding, so that both ways to take min_delta are the same.
EIGHTHS = st.integers(0, 80).map(lambda one: one / 8)


def followed(
    *replicates: list[float], patience: int, min_delta: float = 0.0, rounds: int = 0
) -> list[tuple[int, int]]:
    """Feed the losses as an engine does; return (last epoch, best epoch) of each replicate."""
    stopping = EarlyStopping(
        len(replicates), patience=patience, min_delta=min_delta, rounds=rounds
    )
    last = [0] * len(replicates)
    for epoch in range(1, max(map(len, replicates)) + 1):
        running = stopping.running.copy()
        losses = [
            one[epoch - 1] if alive and epoch <= len(one) else NAN
            for one, alive in zip(replicates, running, strict=True)
        ]
        for replicate in np.flatnonzero(running):
            last[replicate] = epoch
        stopping.see(epoch, np.array(losses))
    return list(zip(last, stopping.best_epoch.tolist(), strict=True))


@pytest.mark.parametrize(
    ("losses", "patience", "min_delta", "last", "best"),
    [
        ([3.0, 2.0, 1.0], 1, 0.0, 3, 3),
        ([1.0, 2.0, 0.0], 1, 0.0, 2, 1),
        ([1.0, 2.0, 0.0, 5.0], 2, 0.0, 4, 3),
        ([1.0, 2.0, 2.0, 0.0], 2, 0.0, 3, 1),
        ([1.0, 1.0, 1.0, 0.0], 2, 0.0, 3, 1),
        ([1.0, 0.75, 0.5, 0.25], 2, 0.5, 3, 1),
        ([1.0, 0.75, 0.25, 0.5, 0.5], 2, 0.5, 5, 3),
        ([1.0, 0.5, 0.5], 1, 0.5, 2, 1),
        # What is not finite has diverged, and does not come back.
        ([2.0, NAN, 1.0, 0.0], 3, 0.0, 2, 1),
        ([NAN, 1.0, 0.5], 3, 0.0, 1, 0),
        ([INF, 5.0, 4.0], 3, 0.0, 1, 0),
        ([5.0, -INF, 4.0, 3.0], 3, 0.0, 2, 1),
    ],
)
def test_when_a_replicate_stops(
    losses: list[float], patience: int, min_delta: float, last: int, best: int
) -> None:
    assert followed(losses, patience=patience, min_delta=min_delta) == [(last, best)]


def keras_rule(losses: list[float], patience: int, min_delta: float) -> tuple[int, int]:
    """`keras.callbacks.EarlyStopping` of Keras 3, for a loss, written down once more."""
    best, best_epoch, wait, epoch = None, 0, 0, 0
    for epoch, loss in enumerate(losses, start=1):
        wait += 1
        if best is None or loss + min_delta < best:
            best, best_epoch, wait = loss, epoch, 0
            continue
        if wait >= patience and epoch > 1:
            break
    return epoch, best_epoch


@given(
    losses=st.lists(EIGHTHS, min_size=1, max_size=30),
    patience=st.integers(1, 6),
    min_delta=st.integers(0, 8).map(lambda one: one / 8),
)
def test_the_rule_is_that_of_keras(losses: list[float], patience: int, min_delta: float) -> None:
    expected = keras_rule(losses, patience, min_delta)
    assert followed(losses, patience=patience, min_delta=min_delta) == [expected]


@given(
    replicates=st.lists(
        st.lists(EIGHTHS | st.just(NAN), min_size=20, max_size=20), min_size=1, max_size=4
    ),
    patience=st.integers(1, 6),
    rounds=st.integers(0, 3),
)
def test_replicates_side_by_side_stop_as_each_alone(
    replicates: list[list[float]], patience: int, rounds: int
) -> None:
    alone = [followed(one, patience=patience, rounds=rounds)[0] for one in replicates]
    assert followed(*replicates, patience=patience, rounds=rounds) == alone


@pytest.mark.parametrize(
    ("losses", "rounds", "returns", "last", "best"),
    [
        ([1.0, 2.0, 2.0, 0.5, 2.0, 2.0, 9.0], 0, [], 3, 1),
        ([1.0, 2.0, 2.0, 0.5, 2.0, 2.0, 9.0], 1, [3], 6, 4),
        ([1.0, 2.0, 2.0, 0.5, 2.0, 2.0, 9.0], 2, [3, 6], 7, 4),
        ([1.0, 2.0, 2.0, 2.0, 2.0, 0.5, 0.25], 1, [3], 5, 1),
        ([1.0, 2.0, 2.0, 2.0, 2.0, 0.5, 0.25], 2, [3, 5], 7, 7),
        # What diverges stops at once, whatever rounds are left.
        ([1.0, 2.0, 2.0, NAN, 0.5], 5, [3], 4, 1),
    ],
)
def test_rounds_of_fine_tuning(
    losses: list[float], rounds: int, returns: list[int], last: int, best: int
) -> None:
    assert followed(losses, patience=2, rounds=rounds) == [(last, best)]
    stopping, found = EarlyStopping(1, patience=2, rounds=rounds), []
    for epoch, loss in enumerate(losses, start=1):
        stopping.see(epoch, np.array([loss]))
        found += [epoch] if stopping.returned[0] else []
    assert found == returns


@given(
    losses=st.lists(EIGHTHS, min_size=1, max_size=40),
    patience=st.integers(1, 4),
    rounds=st.integers(0, 3),
)
def test_a_round_is_a_patience_that_begins_anew(
    losses: list[float], patience: int, rounds: int
) -> None:
    """The twin: stop by the rule, and feed what comes after it to the rule again."""
    best, best_epoch, epoch = INF, 0, 0
    for _ in range(rounds + 1):
        waited = 0
        while epoch < len(losses) and waited < patience:
            epoch += 1
            if losses[epoch - 1] < best:
                best, best_epoch, waited = losses[epoch - 1], epoch, 0
            else:
                waited += 1
    assert followed(losses, patience=patience, rounds=rounds) == [(epoch, best_epoch)]


def test_what_see_returns_is_who_is_at_its_best_now() -> None:
    stopping = EarlyStopping(3, patience=1)
    assert stopping.best_loss.tolist() == [INF] * 3
    assert stopping.see(1, np.array([1.0, 1.0, NAN])).tolist() == [True, True, False]
    assert stopping.running.tolist() == [True, True, False]
    assert stopping.see(2, np.array([0.5, 1.0, NAN])).tolist() == [True, False, False]
    assert stopping.running.tolist() == [True, False, False]
    # A replicate that has stopped is never at its best again, whatever is fed.
    assert stopping.see(3, np.array([0.75, 0.0, 0.0])).tolist() == [False] * 3
    assert not stopping.running.any()
    assert stopping.best_loss.tolist() == [0.5, 1.0, INF]
    assert stopping.best_epoch.tolist() == [2, 1, 0]


def test_a_replicate_that_is_dropped_keeps_its_best() -> None:
    stopping = EarlyStopping(2, patience=9)
    stopping.see(1, np.array([1.0, 2.0]))
    stopping.drop(np.array([True, False]))
    assert stopping.running.tolist() == [False, True]
    assert stopping.see(2, np.array([0.5, 0.5])).tolist() == [False, True]
    assert stopping.best_loss.tolist() == [1.0, 0.5]


def test_what_was_shown_before_does_not_change_later() -> None:
    stopping = EarlyStopping(1, patience=1)
    stopping.see(1, np.array([1.0]))
    best, running = stopping.best_loss, stopping.running
    stopping.see(2, np.array([0.5]))
    stopping.see(3, np.array([2.0]))
    assert (best.tolist(), running.tolist()) == ([1.0], [True])
