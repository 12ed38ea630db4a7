"""Lines of work, advanced side by side; nothing here trains."""

import time
from threading import Barrier, Event, Lock, get_ident
from threading import enumerate as enumerate_threads

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autolstm.train import crew
from autolstm.train.crew import Crew


@pytest.fixture(autouse=True)
def no_breath(monkeypatch):
    """Pieces are as long as they may be, whatever the pace."""
    monkeypatch.setattr(crew, "BREATH", 1e9)


def counting(line, done, count):
    return [(line, done + one) for one in range(count)], True


def settled(hands):
    """Wait until nobody works any more."""
    while hands._working:
        time.sleep(0.001)


@given(
    lines=st.integers(1, 6),
    threads=st.integers(1, 4),
    most=st.integers(1, 12),
    piece=st.integers(1, 5),
    ends=st.lists(st.integers(1, 12), min_size=6, max_size=6),
)
def test_every_step_of_every_line_is_done_once_and_in_order(lines, threads, most, piece, ends):
    def work(line, done, count):
        last = min(done + count, ends[line])
        return [(line, one) for one in range(done, last)], last < ends[line]

    hands = Crew(work, lines=lines, threads=threads, most=most, piece=piece)
    for step in range(1, most + 1):
        hands.upto(step)
        for line in range(lines):
            assert len(hands.done(line)) >= min(step, ends[line])
    for line in range(lines):
        expected = [(line, one) for one in range(min(most, ends[line]))]
        assert hands.done(line)[:most] == expected


@given(threads=st.integers(1, 3), piece=st.integers(1, 4), asked=st.integers(1, 20))
def test_nobody_runs_ahead_by_more_than_a_piece(threads, piece, asked):
    hands = Crew(counting, lines=5, threads=threads, most=100, piece=piece)
    hands.upto(asked)
    settled(hands)
    for line in range(5):
        # A piece may begin one step before the limit, and is done whole.
        assert asked <= len(hands.done(line)) < asked + 2 * piece


def test_a_line_is_in_one_pair_of_hands_at_a_time():
    inside, lock, crowded = set(), Lock(), []

    def work(line, done, count):
        with lock:
            crowded.append(line in inside)
            inside.add(line)
        time.sleep(0.001)
        with lock:
            inside.discard(line)
        return [0] * count, True

    Crew(work, lines=3, threads=3, most=20, piece=1).upto(20)
    assert not any(crowded)


def test_as_many_work_at_once_as_there_are_threads():
    together = Barrier(3, timeout=10)

    def work(line, done, count):
        together.wait()  # breaks unless three are here
        return [get_ident()] * count, True

    hands = Crew(work, lines=3, threads=3, most=1, piece=1)
    hands.upto(1)
    assert len({hands.done(line)[0] for line in range(3)}) == 3


def test_the_furthest_behind_goes_first():
    taken = []

    def work(line, done, count):
        taken.append((line, done))
        return [0] * count, True

    hands = Crew(work, lines=3, threads=1, most=4, piece=1)
    hands.upto(4)
    assert taken == [(line, step) for step in range(4) for line in range(3)]


def test_failures_reach_who_asks_and_end_the_work():
    def work(line, done, count):
        if (line, done) == (1, 2):
            raise MemoryError("too big")
        return [0] * count, True

    hands = Crew(work, lines=2, threads=2, most=10, piece=1)
    hands.upto(1)
    with pytest.raises(MemoryError, match="too big"):
        hands.upto(10)
    settled(hands)
    with pytest.raises(MemoryError, match="too big"):
        hands.upto(10)


def test_threads_go_when_there_is_nothing_to_do():
    hands = Crew(counting, lines=4, threads=4, most=100, piece=2)
    for step in (1, 2, 30):
        hands.upto(step)
        settled(hands)
        for one in enumerate_threads():
            if one.name == "autolstm":
                one.join(10)
                assert not one.is_alive()


def test_interrupted_it_takes_no_more(monkeypatch):
    go_on, began = Event(), Event()

    def work(line, done, count):
        began.set()
        go_on.wait(10)
        return [0] * count, True

    hands = Crew(work, lines=1, threads=1, most=100, piece=1)

    def interrupt():
        began.wait(10)
        raise KeyboardInterrupt

    monkeypatch.setattr(hands._turn, "wait", interrupt_released(hands, interrupt))
    with pytest.raises(KeyboardInterrupt):
        hands.upto(50)
    go_on.set()
    settled(hands)
    assert len(hands.done(0)) == 1


def interrupt_released(hands, interrupt):
    """Return a wait that lets others in, as the real one does, and then is interrupted."""

    def wait():
        hands._turn.release()
        try:
            interrupt()
        finally:
            hands._turn.acquire()

    return wait


def test_quick_steps_come_in_pieces_and_slow_ones_one_by_one(monkeypatch):
    monkeypatch.setattr(crew, "BREATH", 0.01)
    pieces = []

    def work(line, done, count):
        pieces.append(count)
        time.sleep(0.02 * count if done >= 9 else 0)
        return [0] * count, True

    Crew(work, lines=1, threads=1, most=20, piece=8).upto(20)
    assert pieces[0] == 1, "nothing is known of the pace yet"
    assert pieces[1] == 8
    assert set(pieces[3:]) == {1}
