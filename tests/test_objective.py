"""A trial as a mean over seeded fits: reports, pruning, losses, and its record."""

import math

import numpy as np
import optuna
import pytest
from fakes import PARAMETERS, FakeEngine, Heard, opened, question, run_search, settings_of
from optuna.trial import TrialState

from autolstm.errors import OutOfMemory
from autolstm.experiment import Choice
from autolstm.ledger.reading import read_results
from autolstm.outcome import Curve
from autolstm.score import evaluate
from autolstm.study.objective import RUNGS, Objective, rungs
from autolstm.study.progress import EpochSeen, Silent, TrialEnded, TrialStarted

MEDIAN = Choice(name="median")
BAD = {"training.learning_rate": 3e-4, "architecture.units": 8}
"""Far from what the fake engine likes."""


def searched(asked, engine, trials=1, queue=(), **options):
    study = opened(asked, pruner=options.pop("pruner", Choice(name="none")))
    for number, params in enumerate(queue):
        default = asked.space.default_params()
        attributes = {} if number else {"default": True}
        study.enqueue_trial({**default, **params}, user_attrs=attributes)
    run_search(study, asked, engine, trials, **options)
    return study


# Rungs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("epochs", [1, 2, 19, 20, 21, 37, 150, 1000])
def test_rungs_are_few_and_even_and_end_with_the_last_epoch(epochs):
    steps = sorted(rungs(epochs))
    assert len(steps) == min(RUNGS, epochs)
    assert (steps[0], steps[-1]) == (math.ceil(epochs / RUNGS), epochs)
    gaps = np.diff([0, *steps])
    assert gaps.max() - gaps.min() <= 1


def best_so_far(curve):
    """Mean over the seeds of each seed's best loss so far, epoch by epoch."""
    filled = np.where(np.isnan(curve.valid_loss), np.inf, curve.valid_loss)
    return np.minimum.accumulate(filled).mean(axis=1)


@pytest.mark.parametrize("epochs", [8, 12, 50])
def test_a_report_is_the_mean_of_the_best_losses_so_far(epochs, tmp_path):
    asked = question(space={"training.epochs": epochs, "training.patience": 100})
    study = searched(asked, FakeEngine())
    (trial,) = read_results(study, tmp_path).trials
    assert set(trial.reports) == rungs(epochs)
    expected = best_so_far(trial.curve)
    for step, value in trial.reports.items():
        assert value == pytest.approx(expected[step - 1], rel=1e-5)


def test_seeds_that_stopped_early_report_their_best_at_the_rungs_that_remain(tmp_path):
    asked = question(space={"training.epochs": 100, "training.patience": 3})
    study = searched(asked, FakeEngine())
    (trial,) = read_results(study, tmp_path).trials
    lengths = trial.curve.lengths
    assert len(set(lengths)) > 1
    assert max(lengths) < 20
    assert set(trial.reports) == rungs(100)
    expected = best_so_far(trial.curve)
    for step, value in trial.reports.items():
        assert value == pytest.approx(expected[min(step, max(lengths)) - 1], rel=1e-5)
    assert trial.reason == "3 of 3 seeds stopped early"


def test_trials_of_fewer_epochs_are_compared_at_the_same_rungs(tmp_path):
    asked = question(space={"training.epochs": [10, 100], "training.patience": 1000})
    queue = [{"training.epochs": 100}, {"training.epochs": 10}]
    study = searched(asked, FakeEngine(), 2, queue)
    long, short = read_results(study, tmp_path).trials
    assert set(long.reports) == set(short.reports) == rungs(100)
    assert len(short.curve.valid_loss) == 10
    assert short.reports[10] == short.reports[100]
    assert short.reason == "all 10 epochs used"


def test_what_is_maximised_is_reported_negative(tmp_path):
    losses = {}
    for metric in ("rmse", "r2"):
        study = searched(question(metric=metric), FakeEngine())
        losses[metric] = study.trials[0].intermediate_values
        (trial,) = read_results(study, tmp_path).trials
        assert trial.reports == pytest.approx(losses["rmse"])
    assert losses["r2"] == {step: -value for step, value in losses["rmse"].items()}


# Pruning ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["rmse", "r2"])
def test_a_bad_configuration_is_pruned_after_the_startup_trials(metric, tmp_path):
    asked = question(metric=metric)
    good = [{"training.learning_rate": rate} for rate in (0.003, 0.004, 0.006, 0.008, 0.01)]
    study = searched(asked, FakeEngine(), 7, [*good, BAD, good[-1]], pruner=MEDIAN)
    trials = read_results(study, tmp_path).trials
    assert [one.state for one in trials] == ["complete"] * 5 + ["pruned", "complete"]
    pruned = trials[5]
    epoch = len(pruned.curve.valid_loss)
    assert pruned.reason == f"pruned at epoch {epoch} of the 3 fits"
    assert max(pruned.reports) == epoch < 12


def test_the_mean_decides_and_not_a_lucky_seed(tmp_path):
    """One seed of the bad configuration is better than any other fit; its mean is not."""
    asked = question()
    lucky = asked.seeds_for("search")[0]

    class Lucky(FakeEngine):
        def loss_of(self, settings, seed, loss):
            bad = settings.training.learning_rate == BAD["training.learning_rate"]
            return 0.01 if bad and seed == lucky else loss

    good = [{"training.learning_rate": rate} for rate in (0.003, 0.004, 0.006, 0.008, 0.01)]
    study = searched(asked, Lucky(), 6, [*good, BAD], pruner=MEDIAN)
    pruned = read_results(study, tmp_path).trials[5]
    assert pruned.state == "pruned"
    assert np.nanmin(pruned.curve.valid_loss) == 0.01


def test_the_default_is_never_pruned():
    asked = question(space={"training.learning_rate": {"low": 3e-4, "high": 3e-2, "log": True}})
    study = opened(asked, pruner=MEDIAN)
    for rate in (0.004, 0.006, 0.008, 0.009, 0.01):
        study.enqueue_trial({**asked.space.default_params(), "training.learning_rate": rate})
    study.enqueue_trial({**asked.space.default_params(), **BAD}, user_attrs={"default": True})
    run_search(study, asked, FakeEngine(), 6)
    assert [one.state for one in study.trials] == [TrialState.COMPLETE] * 6


def test_a_trial_whose_seeds_have_all_stopped_is_not_pruned_any_more():
    """There is nothing left to save, and its score may still be good."""

    asked_at = []

    class Curious(optuna.pruners.BasePruner):
        def prune(self, study, trial):
            asked_at.append(trial.last_step)
            return False

    asked = question(space={"training.epochs": 100})
    study = opened(asked)
    study.pruner = Curious()
    study.enqueue_trial(asked.space.default_params(), user_attrs={"default": True})
    run_search(study, asked, FakeEngine(), 2)
    lengths = Curve.from_json(study.trials[1].user_attrs["curves"]).lengths
    assert asked_at == [step for step in sorted(rungs(100)) if step < max(lengths)]


# Lost trials ------------------------------------------------------------------------------------


def test_a_diverged_trial_is_pruned_with_its_reason(tmp_path):
    asked = question()
    third = asked.seeds_for("search")[2]
    engine = FakeEngine(diverges=lambda settings, seed: seed == third)
    study = searched(asked, engine)
    (trial,) = read_results(study, tmp_path).trials
    assert (trial.state, trial.score) == ("pruned", None)
    assert trial.reason == "seed 3 of 3 diverged at epoch 3"
    assert trial.curve.lengths == (3, 3, 2)


def test_a_trial_that_diverges_at_once_needs_no_report(tmp_path):
    engine = FakeEngine(diverges=lambda settings, seed: True, diverge_at=1)
    study = searched(question(), engine)
    (trial,) = read_results(study, tmp_path).trials
    assert (trial.state, trial.reports) == ("pruned", {})
    assert trial.reason == "seed 1 of 3 diverged at epoch 1"


def test_a_score_that_is_not_finite_is_a_divergence(monkeypatch):
    asked = question()
    monkeypatch.setattr("fakes.FakeRun.predict", lambda run, at: np.full((3, len(at), 1), np.nan))
    study = searched(asked, FakeEngine())
    assert "not finite" in study.trials[0].user_attrs["reason"]
    assert study.trials[0].state == TrialState.PRUNED


def test_what_does_not_fit_into_memory_fails_and_the_study_goes_on(tmp_path):
    asked = question()
    engine = FakeEngine(too_large=lambda settings: settings.architecture.units == 64)
    study = searched(asked, engine, 3, [{}, {"architecture.units": 64}, {}])
    results = read_results(study, tmp_path)
    assert [one.state for one in results.trials][:3] == ["complete", "failed", "complete"]
    assert len(results.in_state("complete")) == 3
    lost = results.trials[1]
    assert lost.reason == "the fit needs more memory than there is"
    assert lost.settings["architecture.units"] == 64
    assert (lost.curve, lost.score, lost.parameters) == (None, None, 0)


def test_any_other_fault_of_a_fit_fails_the_trial():
    def fault(epoch, seeds):
        raise ZeroDivisionError

    asked = question()
    study = opened(asked)
    objective = Objective(asked, FakeEngine(before=fault), Silent())
    trial = study.ask()
    with pytest.raises(ZeroDivisionError):
        objective(trial)
    assert study.trials[0].user_attrs["reason"] == "ZeroDivisionError"


# The record -------------------------------------------------------------------------------------


def at_epoch(number, error, configuration=1):
    """Raise an error at an epoch of a configuration, counted from 0."""

    def before(epoch, seeds):
        before.begun += epoch == 1
        if epoch == number and before.begun == configuration + 1:
            raise error

    before.begun = 0
    return before


def is_second(settings, seed):
    return seed == question().seeds_for("search")[1]


RECORDED = {
    "complete": (FakeEngine, 12),
    "pruned": (lambda: FakeEngine(diverges=is_second), 3),
    "failed": (lambda: FakeEngine(before=at_epoch(5, OutOfMemory("too large"))), 4),
    "interrupted": (lambda: FakeEngine(before=at_epoch(5, KeyboardInterrupt())), 4),
}


@pytest.mark.parametrize("ending", RECORDED)
def test_the_record_of_a_trial_is_complete_however_it_ended(ending, tmp_path):
    make, epochs = RECORDED[ending]
    asked = question(space={"training.patience": 100})
    study = opened(asked)
    study.enqueue_trial(asked.space.default_params(), user_attrs={"default": True})
    run_search(study, asked, FakeEngine(), 1)
    engine = make()
    if ending in ("failed", "interrupted"):
        engine.before.begun = 1
    try:
        run_search(study, asked, engine, 2)
    except KeyboardInterrupt:
        assert ending == "interrupted"
    trial = read_results(study, tmp_path).trials[1]
    kept = study.trials[1].user_attrs
    assert trial.state == ("failed" if ending == "interrupted" else ending)
    assert trial.settings == settings_of(asked, study.trials[1]).flat()
    assert kept["seeds"] == list(asked.seeds_for("search"))
    assert kept["engine"] == "reference"
    assert trial.curve.lengths == (epochs,) * 3 or ending == "pruned"
    assert len(trial.curve.valid_loss) == epochs
    assert trial.best_epochs == trial.curve.best_epochs
    assert trial.parameters == PARAMETERS
    assert trial.programs == (f"fake {trial.settings['architecture.units']}",)
    assert trial.seconds["trace"] == 0.25
    assert trial.seconds["train"] == pytest.approx(0.001 * epochs)
    assert trial.seconds["total"] > 0
    assert (
        trial.reason
        == {
            "complete": "all 12 epochs used",
            "pruned": "seed 2 of 3 diverged at epoch 3",
            "failed": "too large",
            "interrupted": "interrupted",
        }[ending]
    )
    assert (trial.score is not None) == (ending == "complete")


def test_a_score_is_that_of_an_evaluation_without_optuna():
    asked, engine = question(), FakeEngine()
    study = searched(asked, engine)
    settings = settings_of(asked, study.trials[0])
    score = evaluate(asked, settings, asked.seeds_for("search"), FakeEngine())
    assert study.trials[0].user_attrs["scores"] == list(score.values)
    assert study.trials[0].value == score.mean


def test_a_watcher_is_told_of_every_epoch():
    watcher = Heard()
    asked = question()
    study = searched(asked, FakeEngine(), watcher=watcher)
    (begun,) = watcher.of(TrialStarted)
    assert begun.params == study.trials[0].params
    epochs = watcher.of(EpochSeen)
    assert [one.epoch for one in epochs] == list(range(1, len(epochs) + 1))
    assert {one.epochs for one in epochs} == {12}
    assert (epochs[0].running, epochs[-1].valid_loss) == (
        3,
        pytest.approx(study.trials[0].intermediate_values[12]),
    )
    (ended,) = watcher.of(TrialEnded)
    assert (ended.state, ended.mean, ended.best) == ("complete", study.trials[0].value, True)
    assert ended.std == pytest.approx(np.std(study.trials[0].user_attrs["scores"], ddof=1))
