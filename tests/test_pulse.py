"""Tests of `autolstm.study.pulse`: who is given up, and what becomes of a false verdict."""

import time

import optuna
import pytest
from fakes import FakeEngine, Heard, opened, question, run_search
from optuna.trial import TrialState, create_trial

from autolstm.ledger.record import LOST
from autolstm.ledger.storage import BROKEN
from autolstm.study.progress import Notice
from autolstm.study.pulse import HEARTBEAT, Pulse, beating
from autolstm.study.retry import bury

GRACE = 300.0


class Clock:
    """Stands still until it is moved."""

    now = 0.0

    def __call__(self):
        return self.now


class Watched:
    """One running trial of another machine, and who watches it."""

    def __init__(self):
        self.clock = Clock()
        self.pulse = Pulse(GRACE, self.clock)
        self.beat = 0

    def stale(self, *, after, outages=0, beats=False):
        self.clock.now += after
        self.beat += beats
        self.pulse.look(outages)
        trial = create_trial(state=TrialState.RUNNING, user_attrs={HEARTBEAT: self.beat})
        return self.pulse.is_stale(trial)


@pytest.fixture
def watched():
    one = Watched()
    assert not one.stale(after=0)
    return one


def test_a_trial_is_given_up_after_its_grace(watched):
    assert [watched.stale(after=100) for _ in range(4)] == [False, False, False, True]


def test_a_beat_counts_from_when_it_is_seen(watched):
    assert not any(watched.stale(after=100) for _ in range(2))
    assert not watched.stale(after=100, beats=True)
    assert [watched.stale(after=100) for _ in range(4)] == [False, False, False, True]


@pytest.mark.parametrize("away", [1, 100, 149])
def test_after_an_outage_counting_begins_anew(watched, away):
    assert [watched.stale(after=100) for _ in range(3)] == [False] * 3
    # The grace is over, but in between nobody could have beaten.
    assert not watched.stale(after=away, outages=3)
    assert [watched.stale(after=100, outages=3) for _ in range(4)] == [False] * 3 + [True]


def test_while_the_storage_is_away_nobody_is_given_up(watched):
    assert not any(watched.stale(after=100, outages=failed) for failed in range(1, 20))


def test_after_a_gap_in_watching_counting_begins_anew(watched):
    assert not watched.stale(after=10 * GRACE)
    assert [watched.stale(after=100) for _ in range(4)] == [False] * 3 + [True]


def test_whoever_ticks_meanwhile_was_awake(watched):
    # A long trial of its own: nobody looks, but its own heart beats.
    for _ in range(12):
        watched.clock.now += 30
        watched.pulse.tick()
    assert watched.stale(after=0)


# Beating ----------------------------------------------------------------------------------------


class Moody:
    """A storage that fails as it is told to."""

    def __init__(self, *faults):
        self.faults = list(faults)
        self.heard = []

    def set_trial_user_attr(self, trial_id, key, value):
        assert key == HEARTBEAT
        self.heard.append(value)
        if self.faults:
            raise self.faults.pop(0)


def beats_of(storage, count):
    with beating(storage, 1, every=0.01):
        until = time.monotonic() + 5
        while len(storage.heard) < count and time.monotonic() < until:
            time.sleep(0.01)
    return storage.heard


def test_a_storage_that_is_away_does_not_stop_the_beat():
    heard = beats_of(Moody(*(one("away") for one in BROKEN)), 6)
    assert heard[:6] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "fault", [KeyError(1), optuna.exceptions.UpdateFinishedTrialError("given up")]
)
def test_a_trial_that_is_no_more_is_left_alone(fault):
    storage = Moody(fault)
    with beating(storage, 1, every=0.01):
        time.sleep(0.2)
    assert storage.heard == [1]


# A false verdict --------------------------------------------------------------------------------


@pytest.mark.parametrize("epoch", [1, 2, 12])
def test_whoever_is_given_up_wrongly_goes_on_with_the_next_trial(epoch):
    asked, heard, given_up = question(), Heard(), []
    study = opened(asked)

    def before(number, seeds):
        if number == epoch and len(study.trials) == 2 and not given_up:
            given_up.append(bury(study, 1, LOST))

    done = run_search(study, asked, FakeEngine(before=before), 4, watcher=heard)
    assert given_up == [True]
    assert done == 4
    states = [one.state for one in study.trials]
    assert (states[1], states.count(TrialState.FAIL)) == (TrialState.FAIL, 1)
    assert study.trials[1].user_attrs["reason"] == LOST
    # What was taken away is fitted again, with the same parameters.
    again = [one for one in study.trials if one.user_attrs.get("retry_of") == 1]
    assert [one.params for one in again] == [study.trials[1].params]
    assert [one.text for one in heard.of(Notice) if "taken for dead" in one.text]
