"""`Results`: who is best, and by how much."""

from dataclasses import replace

import pytest
from fakes import FACTS
from test_record import refit

from autolstm.ledger.results import Importance, Results, Trial
from autolstm.metrics import metric_named
from autolstm.outcome import Score


def trial(number, *scores, state="complete"):
    return Trial(
        number=number,
        state=state,
        settings={},
        params={"architecture.units": 8 * (number + 1)},
        score=Score(scores) if scores else None,
        curve=None,
        reports={},
        best_epochs=(),
        parameters=5,
        seconds={"total": 2.0},
        reason="why",
        is_default=number == 0,
        started=None,
    )


RESULTS = Results(
    name="tiny",
    question={},
    data=FACTS,
    metric=metric_named("rmse"),
    seeds=2,
    horizon=1,
    trials=(
        trial(0, 0.3, 0.5),
        trial(1, state="pruned"),
        trial(2, 0.1, 0.3),
        trial(3, 0.2, 0.2),
        trial(4, state="failed"),
    ),
    baselines={"validation": {}, "test": {"drift": 0.3, "persistence": 0.2, "mean": 0.2}},
    confirmed={},
    winner=None,
    refit=None,
    importance=Importance({}, 3, 10),
    seconds=9.0,
    folder="runs/tiny",
)


def test_complete_trials_are_ranked_by_their_mean_then_by_their_number():
    assert [one.number for one in RESULTS.ranked] == [2, 3, 0]
    largest = replace(RESULTS, metric=metric_named("r2"))
    assert [one.number for one in largest.ranked] == [0, 2, 3]


def test_the_winner_goes_before_the_best_search_score():
    assert RESULTS.best.number == 2
    assert replace(RESULTS, winner=3).best.number == 3
    assert replace(RESULTS, trials=()).best is None


def test_trials_are_found_by_their_state():
    assert [one.number for one in RESULTS.in_state("pruned")] == [1]
    assert RESULTS.in_state("running") == ()


def test_the_best_baseline_is_the_one_to_beat():
    assert RESULTS.best_baseline == "mean"
    assert replace(RESULTS, metric=metric_named("r2")).best_baseline == "drift"
    assert replace(RESULTS, baselines={}).best_baseline is None


def test_baselines_are_ranked_those_without_a_score_last():
    scores = {"b": 2.0, "lost": float("nan"), "a": 2.0, "c": 1.0}
    held = replace(RESULTS, baselines={"validation": scores})
    assert held.ranked_baselines("validation") == ("c", "a", "b", "lost")
    assert held.ranked_baselines("test") == ()
    largest = replace(held, metric=metric_named("r2"))
    assert largest.ranked_baselines("validation") == ("a", "b", "c", "lost")


def test_skill_needs_a_refit_and_a_baseline():
    assert RESULTS.skill is None
    done = replace(RESULTS, refit=refit())
    assert done.skill == pytest.approx(1 - 0.15 / 0.2)
    assert replace(done, baselines={}).skill is None


def test_the_unit_is_that_of_the_metric():
    assert RESULTS.unit == "pieces"
    assert replace(RESULTS, metric=metric_named("mape")).unit == "%"


def test_the_table_has_a_row_for_every_trial():
    table = RESULTS.table()
    assert list(table) == [
        *("number", "state", "mean", "std", "architecture.units", "parameters", "seconds"),
        "reason",
    ]
    assert table["mean"].tolist()[2:4] == pytest.approx([0.2, 0.2])
    assert table["mean"].isna().tolist() == [False, True, False, False, True]
    assert replace(RESULTS, trials=()).table().empty
