"""Training time beside the score: what a trial is worth, what wins, what is refused."""

import math

import pytest
from fakes import FakeEngine, FakeRun, Heard, opened, question, run_search

from autolstm.errors import SettingError
from autolstm.experiment import ask
from autolstm.ledger.reading import read_results
from autolstm.ledger.record import StudyKey
from autolstm.metrics import METRICS
from autolstm.metrics.timed import timed, timed_name
from autolstm.study.shelf import _line
from autolstm.study.winner import confirm, ranking

SLOW = 64
"""Units of the networks that train a hundred times as long as others."""


class Laborious(FakeEngine):
    """Its large networks forecast a little better, and take much longer."""

    def start(self, windows, settings, seeds):
        super().start(windows, settings, seeds)
        return Clocked(self, windows, settings, tuple(seeds))

    def offset_of(self, settings, seed, offset):
        return 0.1 if settings.architecture.units == SLOW else 1.0


class Clocked(FakeRun):
    def _wait(self, number):
        super()._wait(number)
        self._train_seconds += 10.0 if self._settings.architecture.units == SLOW else 0.099


def searched(weight, metric="rmse"):
    asked = question(metric=metric, **({"time_weight": weight} if weight else {}))
    study = opened(asked)
    default = asked.space.default_params()
    study.enqueue_trial({**default, "architecture.units": 8}, user_attrs={"default": True})
    study.enqueue_trial({**default, "architecture.units": SLOW})
    run_search(study, asked, Laborious(), 2)
    return study, asked


# The sum ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "score", "seconds", "weight", "value"),
    [
        ("rmse", 2.0, math.e, 0.5, 2.5),
        ("rmse", 2.0, 1.0, 0.5, 2.0),
        ("r2", 0.5, math.e, 0.1, 0.4),
        ("accuracy", 0.5, math.e**2, 0.1, 0.3),
        ("rmse", 2.0, 0.0, 1.0, 2.0 + math.log(1e-3)),
        ("rmse", 2.0, 1e-9, 1.0, 2.0 + math.log(1e-3)),
        ("rmse", 2.0, 55.0, 0.0, 2.0),
        ("r2", float("nan"), 55.0, 1.0, float("nan")),
    ],
)
def test_what_a_trial_is_worth(metric, score, seconds, weight, value):
    found = timed(METRICS[metric], score, seconds, weight)
    assert found == pytest.approx(value, nan_ok=True)


def test_no_weight_changes_no_digit():
    assert timed(METRICS["rmse"], 0.1 + 0.2, 7.0, 0.0) == 0.1 + 0.2


def test_it_is_said_in_a_formula():
    assert timed_name(METRICS["rmse"], 0.5) == "rmse + 0.5 log(seconds)"
    assert timed_name(METRICS["r2"], 0.02) == "r2 - 0.02 log(seconds)"
    assert timed_name(METRICS["rmse"], 0.0) == "rmse"


# The field --------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [-1, -0.1, math.inf, math.nan, True, "much", None])
def test_weights_that_are_refused(given):
    with pytest.raises(SettingError) as refused:
        ask({"source": "airline", "time_weight": given})
    assert str(refused.value).startswith("time_weight = ")
    assert "It takes a number of at least 0, in the unit of the metric." in str(refused.value)


@pytest.mark.parametrize("given", [0, 0.0, 0.5, 3])
def test_weights_that_are_taken(given):
    assert ask({"source": "airline", "time_weight": given}).time_weight == given


def test_the_question_says_it_only_where_time_counts():
    assert "time_weight" not in question().flat()
    assert question(time_weight=0).flat() == question().flat()
    assert question(time_weight=0.5).flat()["time_weight"] == 0.5


# Search and choice ------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["rmse", "r2"])
def test_the_search_goes_by_score_and_time(metric, tmp_path):
    study, _ = searched(0.2, metric)
    sign = 1 if metric == "rmse" else -1
    for trial in study.trials:
        seconds = trial.user_attrs["seconds"]["train"]
        scores = trial.user_attrs["scores"]
        plain = sum(scores) / len(scores)
        assert trial.value == pytest.approx(plain + sign * 0.2 * math.log(seconds), rel=1e-9)
    slow, quick = study.trials[1].user_attrs["seconds"], study.trials[0].user_attrs["seconds"]
    assert slow["train"] > 20 * quick["train"] > 0
    results = read_results(study, tmp_path)
    assert [results.value(one) for one in results.trials] == pytest.approx(
        [one.value for one in study.trials]
    )
    assert results.time_weight == 0.2


@pytest.mark.parametrize(("weight", "winner"), [(0.0, 1), (0.001, 1), (20.0, 0)])
@pytest.mark.parametrize("metric", ["rmse", "r2"])
def test_who_wins_depends_on_what_time_is_worth(weight, winner, metric, tmp_path):
    study, asked = searched(weight, metric)
    assert study.best_trial.number == winner
    watcher = Heard()
    assert confirm(study, asked, Laborious(), watcher, count=2)[0] == winner
    results = read_results(study, tmp_path)
    assert results.ranked[0].number == winner
    # Both are kept: the plain score, and the seconds.
    kept = study.user_attrs[StudyKey.confirmed]
    assert {len(one["scores"]) for one in kept.values()} == {3}
    assert results.confirmed_seconds == {int(n): one["seconds"] for n, one in kept.items()}
    assert results.confirmed_seconds[1] > 20 * results.confirmed_seconds[0] > 0
    assert asked.metric.better(results.confirmed[1].mean, results.confirmed[0].mean)


def test_scores_that_were_confirmed_before_seconds_were_kept():
    study, asked = searched(0.0)
    confirm(study, asked, Laborious(), Heard(), count=2)
    kept = study.user_attrs[StudyKey.confirmed]
    order = ranking(study)
    bare = {
        number: {name: value for name, value in one.items() if name != "seconds"}
        for number, one in kept.items()
    }
    study.set_user_attr(StudyKey.confirmed, bare)
    assert ranking(study) == order


def test_the_shelf_shows_the_plain_score():
    study, _ = searched(0.2)
    line = _line(study)
    best = study.best_trial
    assert line.best == pytest.approx(sum(best.user_attrs["scores"]) / 3)
    assert line.best != pytest.approx(best.value)
