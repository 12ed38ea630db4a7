"""What the figures show, value by value; nothing is drawn here."""

import math
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from report_samples import DATA, begun, forecasts, small, study, trial

from autolstm.ledger.results import Forecasts, Importance
from autolstm.metrics import METRICS
from autolstm.outcome import Curve, Score
from autolstm.report.views import (
    Absent,
    Point,
    curves,
    forecast,
    history,
    importance,
)

NAN = math.nan


# --- history ---------------------------------------------------------------------------------


def test_the_history_of_a_search():
    seen = history(small())
    assert seen.label == "rmse (thousand passengers)"
    assert seen.complete == (Point(0, 20.0, 0.0), Point(1, 10.0, 0.0), Point(3, 15.0, 0.0))
    assert seen.confirmed == (Point(0, 20.0, 0.0), Point(1, 12.0, math.sqrt(2)))
    assert seen.best == ((0, 20.0), (1, 10.0), (3, 10.0))
    assert (seen.pruned, seen.failed, seen.winner) == ((2,), (4,), 1)
    assert seen.baseline == ("drift", 45.1)
    assert (seen.log, seen.worst) == (False, None)
    assert "stops falling" in seen.caption
    assert "mean rmse over 5 seeds" in seen.caption
    assert seen.alt == (
        "3 complete trials by number; the best search score is 10.00 thousand passengers, that of "
        "the best baseline 45.10 thousand passengers."
    )


def test_a_metric_to_be_large():
    seen = history(small(metric=METRICS["r2"], baselines={"validation": {"a": 0.2, "b": 0.4}}))
    assert seen.label == "r2"
    assert seen.best == ((0, 20.0), (1, 20.0), (3, 20.0))
    assert seen.baseline == ("b", 0.4)
    assert "stops rising" in seen.caption


def test_a_few_very_low_scores_go_to_the_edge():
    scores = (0.5, 0.6, 0.7, 0.8, -900.0)
    trials = tuple(trial(n, score=one, spread=0.0) for n, one in enumerate(scores))
    seen = history(
        small(metric=METRICS["r2"], trials=trials, baselines={}, confirmed={}, winner=None)
    )
    assert seen.worst == pytest.approx(0.6 - 3 * 0.2)
    assert seen.caption.endswith("Triangles at the lower edge stand for scores below it.")
    assert seen.baseline is None


def test_errors_of_very_different_size_need_a_logarithmic_axis():
    trials = (trial(0, score=900.0), trial(1, score=10.0))
    seen = history(small(trials=trials, confirmed={}, winner=None))
    assert seen.log


def test_what_is_not_finite_is_not_drawn():
    broken = replace(trial(1), score=Score((NAN, 1.0)))
    held = small(
        trials=(trial(0, score=5.0), broken),
        winner=None,
        confirmed={0: Score((math.inf,))},
        baselines={"validation": {"drift": math.inf}},
    )
    seen = history(held)
    assert [one.number for one in seen.complete] == [0]
    assert seen.confirmed == ()
    assert seen.baseline is None


def test_no_history_before_a_complete_trial():
    assert history(begun()) == Absent(
        "No trial is complete yet: each will be a dot here, with its deviation."
    )


# --- importance ------------------------------------------------------------------------------


def test_importance_is_ordered_and_named_in_short():
    shares = {"training.momentum": 0.2, "architecture.units": 0.6, "architecture.layers": 0.2}
    seen = importance(replace(study(), importance=Importance(shares, trials=60, needed=10)))
    assert seen.names == ("units", "layers", "momentum")
    assert seen.shares == (0.6, 0.2, 0.2)
    assert "60 complete trials" in seen.caption
    assert "rough" not in seen.caption
    assert seen.alt == (
        "Importance of the searched settings: units 60 %, layers 20 %, momentum 20 %."
    )


def test_importance_says_what_was_searched_under_a_condition():
    shares = {"training.momentum": 0.6, "training.optimizer": 0.4}
    told = study()
    asked = {"low": 0.0, "high": 0.9, "when": {"training.optimizer": "sgd"}}
    told = replace(
        told,
        importance=Importance(shares, trials=60, needed=10),
        question={**told.question, "space.training.momentum": asked},
    )
    says = "Searched under a condition, and counted by the trials in which it held: momentum."
    assert says in importance(told).caption
    plain = replace(told, question={**told.question, "space.training.momentum": [0.5, 0.9]})
    assert "condition" not in importance(plain).caption


def test_importance_of_few_trials_is_called_rough():
    assert "rough" in importance(study()).caption


@pytest.mark.parametrize(
    ("shares", "trials", "said"),
    [
        ({}, 1, "needs at least 10 complete trials; there is 1 so far."),
        ({}, 4, "needs at least 10 complete trials; there are 4 so far."),
        ({}, 12, "The 12 complete trials do not tell the settings apart"),
        ({"a.b": 0.5, "a.c": 0.5}, 12, "do not tell the settings apart"),
    ],
)
def test_importance_that_cannot_be_told(shares, trials, said):
    seen = importance(replace(study(), importance=Importance(shares, trials, needed=10)))
    assert isinstance(seen, Absent)
    assert said in seen.reason


# --- learning curves -------------------------------------------------------------------------


def with_curve(train, valid, **changes):
    made = Curve(np.array(train, dtype=float), np.array(valid, dtype=float))
    one = trial(0, score=1.0, curve=made, best_epochs=made.best_epochs, **changes)
    return small(trials=(one,), winner=0, confirmed={})


def test_the_curves_seed_by_seed():
    seen = curves(with_curve([[3, 4], [2, 3], [1, NAN]], [[3, 4], [1, 2], [2, NAN]]))
    assert seen.trial == 0
    assert seen.epochs == (1, 2, 3)
    assert seen.train[0] == (3.0, 2.0, 1.0)
    assert seen.train[1][:2] == (4.0, 3.0)
    assert math.isnan(seen.valid[1][2])
    assert seen.best == ((2, 1.0), (2, 2.0))
    assert not seen.log
    assert "trial 0" in seen.caption
    assert seen.alt == (
        "Training and validation loss of trial 0, 2 seeds, over 3 epochs; best epochs: 2, 2."
    )


def test_curves_that_fall_far_are_drawn_on_a_logarithmic_axis():
    assert curves(with_curve([[1.0], [0.01]], [[1.0], [0.02]])).log
    assert not curves(with_curve([[1.0], [0.0]], [[1.0], [0.02]])).log


def test_infinite_losses_are_gaps():
    seen = curves(with_curve([[math.inf], [1.0]], [[NAN], [2.0]]))
    assert math.isnan(seen.train[0][0])
    assert math.isnan(seen.valid[0][0])
    assert seen.best == ((2, 2.0),)


def test_long_curves_are_thinned_but_keep_their_end():
    falling = np.linspace(2, 1, 10_001)[:, None]
    seen = curves(with_curve(falling, falling))
    assert len(seen.epochs) <= 402
    assert seen.epochs[0] == 1
    assert seen.epochs[-1] == 10_001
    assert seen.best == ((10_001, 1.0),)


def test_no_curves():
    assert "No trial is complete yet" in curves(begun()).reason
    lost = small(trials=(replace(trial(1, score=1.0), curve=None),))
    assert curves(lost).reason == "The learning curves of trial 1 were not kept."
    empty = with_curve(np.empty((0, 2)), np.empty((0, 2)))
    assert "not kept" in curves(empty).reason


# --- forecast --------------------------------------------------------------------------------


def with_points(**changes):
    points = {
        "times": ("2020-01-01", "2020-01-02", "2020-01-03"),
        "actual": (1.0, 2.0, 3.0),
        "seeds": ((1.0, 2.0, 5.0), (3.0, 2.0, 1.0)),
        "baselines": {"persistence": (0.0, 1.0, 2.0), "seasonal naive": (5.0, 5.0, 5.0)},
    }
    held = Forecasts(**(points | changes))
    return replace(
        study(),
        refit=replace(study().refit, forecasts=held),
        data=replace(DATA, parts={"train": 10, "validation": 3, "test": 3}),
    )


def test_the_forecast_of_the_test_part():
    seen = forecast(with_points())
    assert seen.label == "passengers (thousand passengers)"
    assert seen.times == tuple(datetime(2020, 1, day) for day in (1, 2, 3))
    assert seen.actual == (1.0, 2.0, 3.0)
    assert (seen.mean, seen.low, seen.high) == (
        (2.0, 2.0, 3.0),
        (1.0, 2.0, 1.0),
        (3.0, 2.0, 5.0),
    )
    assert seen.baselines == (
        ("seasonal naive", (5.0, 5.0, 5.0)),
        ("persistence", (0.0, 1.0, 2.0)),
    )
    assert seen.begins == ()
    assert "this is the test part, which served nothing else" in seen.caption
    assert "lowest to the highest of 2 seeds" in seen.caption
    assert "one step ahead" in seen.caption
    assert seen.alt.endswith("3 points of the test part, from 2020-01-01 to 2020-01-03.")


def test_the_best_baseline_is_not_drawn_twice():
    held = replace(with_points(), baselines={"test": {"persistence": 1.0, "drift": 2.0}})
    assert [name for name, _ in forecast(held).baselines] == ["persistence"]


def test_several_steps_ahead():
    held = replace(study(horizon=3), data=replace(DATA, parts={"test": 14}))
    seen = forecast(held)
    assert seen.begins == (0, 3, 6, 9)
    assert "the last 12 of 14 test rows" in seen.caption
    assert "3 steps ahead" in seen.caption
    assert seen.caption.endswith(
        "the forecasts follow one another without overlap, and the next begins at each upright "
        "line."
    )


def test_many_forecasts_are_not_marked_one_by_one():
    many = with_points(
        times=tuple(str(n) for n in range(64)),
        actual=(1.0,) * 64,
        seeds=((1.0,) * 64,),
        baselines={},
    )
    seen = forecast(replace(many, horizon=2))
    assert seen.begins == ()
    assert seen.caption.endswith("the forecasts follow one another without overlap.")


@pytest.mark.parametrize(
    ("texts", "times"),
    [
        (("7", "8", "9"), (7.0, 8.0, 9.0)),
        (("2020-01-01 06:30", "2020-01-02", "2020-01-03"), None),
        (("a", "b", "c"), (0.0, 1.0, 2.0)),
    ],
)
def test_times_are_read_back(texts, times):
    seen = forecast(with_points(times=texts)).times
    assert seen == times if times else seen[0] == datetime(2020, 1, 1, 6, 30)


def test_a_single_seed_has_no_band_to_speak_of():
    assert "band" not in forecast(with_points(seeds=((1.0, 2.0, 3.0),))).caption


def test_missing_forecasts_are_gaps():
    seen = forecast(with_points(seeds=((1.0, None, 3.0), (1.0, 2.0, NAN))))
    assert seen.mean[0] == 1.0
    assert math.isnan(seen.mean[1])
    assert math.isnan(seen.mean[2])


def test_no_forecast():
    assert "when the winner is chosen" in forecast(begun()).reason
    nothing = Forecasts((), (), (), {})
    held = replace(study(), refit=replace(study().refit, forecasts=nothing))
    assert forecast(held).reason == "The forecasts of the test part were not kept."


def test_the_sample_forecasts_are_near_the_truth():
    points = forecasts(horizon=3)
    assert len(points.actual) == len(points.times) == 12
    assert points.actual[-1] == 432
