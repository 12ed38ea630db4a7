"""Where a running study stands, counted from its events, and the words for it."""

import pytest

from autolstm.cli import wording
from autolstm.cli.board import Board
from autolstm.outcome import Score
from autolstm.study.progress import (
    EpochSeen,
    Notice,
    Phase,
    StudyStarted,
    TrialEnded,
    TrialStarted,
)

PARAMS = {
    "architecture.units": 64,
    "training.learning_rate": 0.0031,
    "preparation.scale": "standard",
    "preparation.window": 24,
    "architecture.dropout": 0.1,
}


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self):
        return self.now


def started(**changes):
    facts = {
        "name": "airline",
        "data": "144 rows, one a month, target '[bold]passengers[/bold]\x1b[2J'",
        "task": "many-to-one forecasting, 1 step ahead",
        "split": "train 100, validation 22, test 22",
        "metric": "rmse",
        "unit": "thousand",
        "direction": "minimize",
        "baselines": {"drift": 46.5, "seasonal": 28.25},
        "trials": 20,
        "finished": 0,
        "seeds": 5,
        "epochs": 150,
        "seconds": 600.0,
    }
    return StudyStarted(**(facts | changes))


def ended(number, state="complete", mean=17.25, best=False, seconds=8.0, reason="all used"):
    score = (mean, 1.5) if state == "complete" else (None, None)
    return TrialEnded(number, state, *score, best, reason, seconds, PARAMS)


EVENTS = [
    started(),
    Phase("search"),
    TrialStarted(0, PARAMS),
    ended(0, best=True),
    TrialStarted(1, PARAMS),
    ended(1, "pruned", reason="pruned at epoch 23 of the 5 fits", seconds=2.0),
    TrialStarted(2, PARAMS),
    ended(2, "failed", reason="out of memory [red]", seconds=2.0),
    Notice("Only 22 rows are tested [on]."),
    TrialStarted(3, PARAMS),
    EpochSeen(3, 34, 150, 0.2134, 4),
]


def board_after(*events, clock=None):
    board = Board(clock or Clock())
    for event in events:
        board.see(event)
    return board


@pytest.mark.parametrize(
    ("phase", "study", "text"),
    [
        (Phase("search"), started(finished=7), "20 trials, 5 seeds each, 7 finished already"),
        (Phase("search"), started(folds=3), "20 trials, 3 folds x 5 seeds each"),
        (Phase("refit"), started(word="sequences"), "winner on training and validation sequences"),
        (Phase("search"), started(finished=20), "nothing left to try, 20 trials finished already"),
        (Phase("search"), started(trials=1, seeds=1), "Searching: 1 trial, 1 seed each"),
        (Phase("confirm", fits=1), None, "Confirming: 1 configuration again"),
        (Phase("other"), None, "Other"),
    ],
)
def test_phases_in_words(phase, study, text):
    assert text in wording.phase(phase, study)


def test_the_header_without_unit_and_baselines():
    rows = dict(wording.header(started(unit="", baselines={}, direction="maximize", metric="r2")))
    assert rows["Metric"] == "r2, higher is better"
    assert "Baselines" not in rows


def test_the_best_baseline_stands_first():
    up = started(direction="maximize", baselines={"drift": 0.1, "seasonal": 0.5})
    assert dict(wording.header(up))["Baselines"].startswith("seasonal")


def test_a_trial_without_searched_knobs():
    assert wording.knobs({}) == "nothing is searched"


def test_the_time_left_is_unknown_before_the_first_trial():
    board = board_after(started(), Phase("search"), TrialStarted(0, PARAMS))
    assert board.left is None
    assert "time left not known before the first trial" in wording.times(board)


def test_the_time_left_comes_from_the_mean_of_this_run():
    clock = Clock()
    board = board_after(started(finished=5, seconds=None), Phase("search"), clock=clock)
    board.see(ended(5, seconds=10.0))
    board.see(ended(6, "pruned", seconds=2.0))
    assert board.finished == 7
    assert board.left == pytest.approx(13 * 6.0)
    board.see(TrialStarted(7, PARAMS))
    clock.now += 4
    assert board.left == pytest.approx(13 * 6.0 - 4)
    clock.now += 100
    assert board.left == pytest.approx(12 * 6.0)


def test_a_failed_trial_of_the_search_is_made_up_for():
    board = board_after(started(trials=3, seconds=None), Phase("search"))
    board.see(ended(0, seconds=4.0))
    board.see(ended(1, "failed", seconds=4.0))
    assert board.finished == 1
    assert board.left == pytest.approx(2 * 4.0)


def test_the_time_left_never_exceeds_the_limit():
    clock = Clock()
    board = board_after(started(seconds=60.0), Phase("search"), ended(0, seconds=30), clock=clock)
    clock.now += 45
    assert board.left == pytest.approx(15.0)
    clock.now += 45
    assert board.left == 0


def test_confirming_counts_anew_and_expects_whole_trials():
    board = board_after(*EVENTS, Phase("confirm", 3))
    assert (board.wanted, board.finished, board.best) == (3, 0, None)
    board.see(ended(0))
    assert board.finished == 1
    assert board.left == pytest.approx(2 * 8.0)


def test_no_best_yet():
    assert wording.best(board_after(started(), Phase("search"))) == "none yet"


def test_the_best_of_earlier_runs_stands_until_it_is_beaten():
    earlier = started(finished=4, best=(2, Score((17.0, 19.0))))
    board = board_after(earlier, Phase("search"), ended(4, mean=30.0))
    assert wording.best(board) == "18.0 ± 1.4 thousand (trial 2, of an earlier run)"
    board.see(ended(5, best=True))
    assert wording.best(board) == "17.2 ± 1.5 thousand (trial 5)"
    board.see(Phase("confirm", fits=3))
    assert wording.best(board) == "none yet"


def test_counts_say_that_they_are_of_this_run():
    board = board_after(started(finished=4), Phase("search"), ended(4))
    assert wording.counts(board) == "5 of 20: 1 done, 0 pruned, 0 failed in this run"


def test_before_the_first_epoch():
    board = board_after(started(), Phase("search"), TrialStarted(0, PARAMS))
    assert wording.epoch(board, None) == "preparing the first epoch"
