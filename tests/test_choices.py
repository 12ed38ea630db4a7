"""Samplers and pruners by their names."""

import optuna
import pytest
from fakes import FakeEngine, Heard, opened, question, run_search

from autolstm.errors import SettingError
from autolstm.experiment import PRUNERS, SAMPLERS, Choice
from autolstm.ledger.storage import quiet
from autolstm.study.choices import make_pruner, sampler_for
from autolstm.study.progress import TrialEnded

RANDOM = Choice(name="random")


def proposed(study):
    return [one.params for one in study.trials]


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_proposes_different_trials_and_the_same_ones_again(name):
    runs = []
    for _ in range(2):
        asked = question()
        study = opened(asked, sampler=Choice(name=name))
        run_search(study, asked, FakeEngine(), 14, sampler=Choice(name=name))
        runs.append(proposed(study))
    assert runs[0] == runs[1]
    assert len({str(one) for one in runs[0]}) == 14


def test_another_seed_proposes_other_trials():
    runs = []
    for seed in (0, 1):
        asked = question(seed=seed)
        study = opened(asked)
        run_search(study, asked, FakeEngine(), 3)
        runs.append(proposed(study))
    assert runs[0][0] == runs[1][0]  # the default
    assert runs[0][1:] != runs[1][1:]


def test_every_trial_has_a_sampler_of_its_own():
    def first(attempt):
        with quiet():
            study = optuna.create_study(sampler=sampler_for(RANDOM, 0, attempt, SMALL))
        return study.ask().suggest_float("x", 0, 1)

    assert first(0) == first(0)
    assert first(0) != first(1)


@pytest.mark.parametrize("name", PRUNERS)
@pytest.mark.parametrize("epochs", [1, 4, 150])
@pytest.mark.parametrize("sign", [1, -1])
def test_every_pruner_is_made_whatever_the_epochs(name, epochs, sign):
    assert make_pruner(Choice(name=name), epochs, sign=sign)


@pytest.mark.parametrize("name", PRUNERS)
@pytest.mark.parametrize("metric", ["rmse", "r2"])
def test_every_pruner_runs(name, metric):
    asked = question(metric=metric)
    study = opened(asked, pruner=Choice(name=name))
    watcher = Heard()
    run_search(study, asked, FakeEngine(), 10, watcher=watcher)
    states = {one.state for one in watcher.of(TrialEnded)}
    assert states <= {"complete", "pruned"}
    assert study.trials[0].state.name == "COMPLETE"
    assert ("pruned" in states) <= (name != "none")


@pytest.mark.parametrize("sign", [1, -1])
def test_the_threshold_prunes_what_is_worse_than_a_forecast_of_the_mean(sign):
    pruner = make_pruner(Choice(name="threshold"), 100, sign=sign)
    with quiet():
        study = optuna.create_study(direction=[None, "minimize", "maximize"][sign], pruner=pruner)
    trial = study.ask()
    seen = []
    for step, loss in ((10, 2.1), (50, 1.9), (55, 2.1)):
        trial.report(sign * loss, step)
        seen.append(trial.should_prune())
    assert seen == [False, False, True]  # a fifth of the epochs pass before it judges


def test_options_reach_optunas_class():
    pruner = make_pruner(Choice(name="median", options={"n_startup_trials": 9}), 100)
    assert (pruner._n_startup_trials, pruner._n_warmup_steps) == (9, 20)


@pytest.mark.parametrize(
    ("make", "choice", "message"),
    [
        (
            lambda choice: sampler_for(choice, 0, 0, SMALL),
            Choice(name="tpe", options={"startup": 3}),
            r"The sampler 'tpe' does not take these options: .*startup.*See Optuna's documenta",
        ),
        (
            lambda choice: make_pruner(choice, 100),
            Choice(name="percentile", options={"percentile": 101}),
            r"The pruner 'percentile' does not take these options: .* between 0 and 100",
        ),
    ],
)
def test_wrong_options_are_refused(make, choice, message):
    with pytest.raises(SettingError, match=message):
        make(choice)
