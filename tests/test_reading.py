"""A stored study, read back; some are written by hand."""

from datetime import datetime

import numpy as np
import optuna
import pytest
from fakes import SPACE, FakeEngine, opened, question, run_search
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState, create_trial
from test_record import refit

from autolstm.errors import StorageError
from autolstm.ledger.migration import check_schema
from autolstm.ledger.reading import read_results
from autolstm.ledger.record import SCHEMA, StudyKey, refit_to_json
from autolstm.ledger.storage import quiet
from autolstm.outcome import Curve

UNITS = CategoricalDistribution((8, 16, 32))
RATE = FloatDistribution(1e-4, 1e-1, log=True)


def by_hand(state=TrialState.COMPLETE, value=None, units=8, rate=0.01, steps=None, **kept):
    return create_trial(
        state=state,
        value=value,
        params={"architecture.units": units, "training.learning_rate": rate},
        distributions={"architecture.units": UNITS, "training.learning_rate": RATE},
        intermediate_values=steps or {},
        user_attrs=kept,
    )


def many(study, count, value, **fields):
    """Add trials whose units cycle; their value depends on the units alone."""
    for number in range(count):
        units = UNITS.choices[number % 3]
        rate = 10 ** -(1.5 + number % 5 / 4)
        study.add_trial(by_hand(value=value(units, rate), units=units, rate=rate, **fields))


def test_a_study_written_by_hand_reads(tmp_path):
    study = opened(question(metric="r2"))
    curve = Curve(np.array([[1.0, 2.0], [0.5, np.nan]]), np.array([[3.0, 4.0], [2.5, np.nan]]))
    study.add_trial(
        by_hand(
            value=0.5,
            steps={2: -0.25, 1: -0.5},
            settings={"architecture.units": 8},
            scores=[0.4, 0.6],
            best_epochs=[2, 1],
            curves=curve.to_json(),
            parameters=77,
            seconds={"total": 1.5},
            reason="why",
            default=True,
        )
    )
    study.add_trial(by_hand(TrialState.PRUNED, steps={1: -0.9}, reason="pruned"))
    study.add_trial(by_hand(TrialState.FAIL, reason="interrupted"))
    study.add_trial(by_hand(TrialState.WAITING))
    study.add_trial(by_hand(TrialState.RUNNING))
    results = read_results(study, tmp_path)
    states = [one.state for one in results.trials]
    assert states == ["complete", "pruned", "failed", "running"]
    assert [one.number for one in results.trials] == [0, 1, 2, 4]
    done = results.trials[0]
    assert (done.score.values, done.best_epochs, done.parameters) == ((0.4, 0.6), (2, 1), 77)
    assert list(done.reports.items()) == [(1, 0.5), (2, 0.25)]  # losses again, by their epochs
    assert (done.reason, done.is_default, done.seconds) == ("why", True, {"total": 1.5})
    assert np.array_equal(done.curve.valid_loss, curve.valid_loss, equal_nan=True)
    assert isinstance(done.started, datetime)
    assert (results.trials[1].score, results.trials[1].curve) == (None, None)
    assert set(results.trials[1].seconds) == {"total"}  # the duration, where nothing was recorded
    assert results.trials[3].seconds == {}
    # Studies of older versions do not say by what programs they were trained.
    assert (results.programs, results.trace_seconds) == (0, 0)
    assert (results.winner, results.refit, results.confirmed) == (None, None, {})
    assert results.folder == str(tmp_path / "tiny")


def test_what_a_search_wrote_is_read_back(tmp_path):
    asked = question()
    study = opened(asked)
    run_search(study, asked, FakeEngine(), 4)
    results = read_results(study, tmp_path)
    assert [one.state for one in results.trials] == ["complete"] * 4
    assert results.question == study.user_attrs[StudyKey.question]
    assert (results.seeds, results.horizon, results.metric.name) == (3, 1, "rmse")
    assert results.seconds == pytest.approx(
        sum(one.seconds["total"] for one in results.trials), abs=0.01
    )
    units = {one.settings["architecture.units"] for one in results.trials}
    assert results.programs == len(units)
    assert results.trace_seconds == 1.0
    for one in results.trials:
        assert one.score.mean == study.trials[one.number].value
        assert one.curve.best_epochs == one.best_epochs


def test_confirmed_scores_and_refit_are_read_back(tmp_path):
    study = opened(question())
    study.add_trial(by_hand(value=0.5, scores=[0.5]))
    stored = {"0": {"scores": [0.1, 0.2], "epochs": [3, 4]}, "7": {"diverged": "seed 1"}}
    study.set_user_attr(StudyKey.confirmed, stored)
    study.set_user_attr(StudyKey.refit, refit_to_json(refit(trial=0)))
    results = read_results(study, tmp_path)
    assert {number: one.values for number, one in results.confirmed.items()} == {0: (0.1, 0.2)}
    assert results.winner == 0
    # The home may have been moved: only the name of the folder is stored.
    assert results.refit.path == str(tmp_path / "tiny" / "model")


def test_a_study_of_another_program_is_refused(tmp_path):
    with quiet():
        study = optuna.create_study(study_name="theirs")
    with pytest.raises(
        StorageError, match=r"study 'theirs' was not made by autolstm. Give anothe"
    ):
        read_results(study, tmp_path)


def test_a_study_of_a_newer_version_is_refused():
    study = opened(question())
    study.set_user_attr(StudyKey.schema, SCHEMA + 1)
    study.set_user_attr(StudyKey.version, "9.9")
    with pytest.raises(StorageError, match=r"written by autolstm 9.9, which is newer .* Upgrade"):
        check_schema(study)


# Importance -------------------------------------------------------------------------------------


def test_importance_needs_enough_complete_trials(tmp_path):
    study = opened(question())
    many(study, 9, lambda units, rate: float(units))
    many(study, 5, lambda units, rate: None, state=TrialState.PRUNED)
    few = read_results(study, tmp_path).importance
    assert (few.shares, few.trials, few.needed) == ({}, 9, 10)
    many(study, 1, lambda units, rate: float(units))
    enough = read_results(study, tmp_path).importance
    assert enough.trials == 10
    assert next(iter(enough.shares)) == "architecture.units"
    assert sum(enough.shares.values()) == pytest.approx(1)


def test_equal_scores_say_nothing_about_importance(tmp_path):
    study = opened(question())
    many(study, 12, lambda units, rate: 0.5)
    assert read_results(study, tmp_path).importance.shares == {}


def test_a_space_without_a_searched_knob_has_no_importance(tmp_path):
    study = opened(question())
    for number in range(12):
        study.add_trial(create_trial(value=float(number)))
    assert read_results(study, tmp_path).importance.shares == {}


@pytest.mark.parametrize(("metric", "sign"), [("rmse", 1), ("r2", -1)])
def test_pruned_trials_take_part_in_the_importance(metric, sign, tmp_path):
    """The rate decides who is pruned and nothing else; survivors alone would not know."""
    study = opened(question(metric=metric))
    for number in range(12):
        units = UNITS.choices[number % 3]
        study.add_trial(by_hand(value=sign * (0.1 + units / 1000), units=units, rate=0.05))
    for number in range(12):
        units, steps = UNITS.choices[number % 3], {1: sign * 0.0}
        study.add_trial(by_hand(TrialState.PRUNED, units=units, rate=2e-4, steps=steps))
    shares = read_results(study, tmp_path).importance.shares
    assert shares["training.learning_rate"] > 0.3


@pytest.mark.parametrize("decides", ["training.momentum", "training.learning_rate"])
def test_a_conditional_knob_counts_where_it_decides(decides, tmp_path):
    """Of sgd's trials the momentum, or else the rate, makes all the difference; sgd is better."""
    study = opened(question())
    optimizer = CategoricalDistribution(("adam", "sgd"))
    momentum = FloatDistribution(0.0, 1.0)
    drawn = np.random.default_rng(0).uniform(size=(120, 2))
    for number, (one, two) in enumerate(drawn):
        params = {"training.optimizer": "adam", "training.learning_rate": 10 ** -(1 + 3 * two)}
        distributions = {"training.optimizer": optimizer, "training.learning_rate": RATE}
        if number % 3 == 0:
            params |= {"training.optimizer": "sgd", "training.momentum": one}
            distributions |= {"training.momentum": momentum}
        better = one if decides == "training.momentum" else two
        value = better if number % 3 == 0 else 1 + better
        study.add_trial(create_trial(params=params, distributions=distributions, value=value))
    shares = read_results(study, tmp_path).importance.shares
    assert next(iter(shares)) == decides
    other = {"training.momentum", "training.learning_rate"} - {decides}
    assert shares[decides] > 3 * shares[other.pop()]


def test_conditional_knobs_take_part_in_the_importance(tmp_path):
    when = {"low": 0.1, "high": 0.9, "when": {"training.optimizer": "sgd"}}
    asked = question(space={**SPACE, "training.momentum": when})
    study = opened(asked)
    run_search(study, asked, FakeEngine(), 14)
    shares = read_results(study, tmp_path).importance.shares
    assert sum(shares.values()) == pytest.approx(1)
    assert "training.learning_rate" in shares
