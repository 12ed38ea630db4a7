"""Samplers and pruners by their names: what they propose, and whom they prune."""

from importlib.util import find_spec

import optuna
import pytest
from fakes import FakeEngine, Heard, opened, question, run_search

from autolstm.errors import SettingError
from autolstm.experiment import PRUNERS, SAMPLERS, Choice
from autolstm.ledger.reading import report_sign
from autolstm.ledger.record import INTERRUPTED
from autolstm.ledger.storage import open_storage, quiet
from autolstm.settings import Settings
from autolstm.space import Choice as OneOf
from autolstm.space import Float, Int, Space, When
from autolstm.study.choices import left_over, make_pruner, remark, sampler_for
from autolstm.study.patient import Patient
from autolstm.study.progress import Notice, TrialEnded

RANDOM = Choice(name="random")
SMALL = Space(Settings(), {"architecture.layers": Int(1, 3)})

FINITE = {
    "preparation.window": [4, 6],
    "architecture.units": [8, 32],
    "training.learning_rate": 0.01,
    "training.optimizer": ["adam", "sgd"],
    "training.momentum": {
        "low": 0.1,
        "high": 0.3,
        "step": 0.1,
        "when": {"training.optimizer": "sgd"},
    },
    "training.batch_size": 8,
}
"""Sixteen configurations: momentum multiplies those with sgd by three, and no others."""

NUMBERS = {
    "architecture.units": {"low": 8, "high": 64},
    "training.optimizer": ["adam", "sgd"],
}
"""Something to propose for samplers of ranges and of choices."""


def proposed(study):
    return [one.params for one in study.trials]


def searched(name, trials=14, storage=None, space=None, watcher=None, **fields):
    """Run a study with one sampler."""
    asked = question(space=NUMBERS if space is None else space, **fields)
    study = opened(asked, storage, sampler=Choice(name=name))
    run_search(study, asked, FakeEngine(), trials, sampler=Choice(name=name), watcher=watcher)
    return study


def available(names):
    """Leave out what needs a package that is not installed."""
    needs = {"cmaes": "cmaes"}
    return [
        pytest.param(
            name,
            marks=pytest.mark.skipif(
                name in needs and find_spec(needs[name]) is None,
                reason="pip install 'autolstm[cmaes]'",
            ),
        )
        for name in names
    ]


EVERY = pytest.mark.parametrize("name", available(SAMPLERS))
ENDING = pytest.mark.parametrize("name", ["grid", "brute_force"])
OPEN = pytest.mark.parametrize(
    "name", available(one for one in SAMPLERS if one not in ("grid", "brute_force"))
)


# Samplers ---------------------------------------------------------------------------------------


@EVERY
def test_every_sampler_proposes_different_trials_and_the_same_ones_again(name):
    space = FINITE if name in ("grid", "brute_force") else None
    runs = [proposed(searched(name, space=space)) for _ in range(2)]
    assert runs[0] == runs[1]
    assert len({str(one) for one in runs[0]}) == 14


@EVERY
def test_an_interrupted_study_proposes_what_it_would_have_proposed(name, tmp_path):
    space = FINITE if name in ("grid", "brute_force") else None
    straight = proposed(searched(name, 10, space=space))
    searched(name, 6, open_storage(tmp_path, None), space=space)
    again = searched(name, 10, open_storage(tmp_path, None), space=space)
    assert proposed(again) == straight


@OPEN
def test_another_seed_proposes_other_trials(name):
    runs = [proposed(searched(name, 4, seed=seed)) for seed in (0, 1)]
    assert runs[0][0] == runs[1][0]  # the default
    assert runs[0][1:] != runs[1][1:]


@OPEN
def test_a_knob_under_a_condition_is_drawn_anew_for_every_trial(name):
    space = {**NUMBERS, "training.momentum": {"low": 0.0, "high": 0.9, "when": SGD}}
    params = proposed(searched(name, 30, space=space))
    assert all(
        ("training.momentum" in one) == (one["training.optimizer"] == "sgd") for one in params
    )
    drawn = [one["training.momentum"] for one in params if "training.momentum" in one]
    assert len(set(drawn)) == len(drawn) >= 3


SGD = {"training.optimizer": "sgd"}


def test_every_trial_has_a_sampler_of_its_own():
    def first(attempt):
        with quiet():
            study = optuna.create_study(sampler=sampler_for(RANDOM, 0, attempt, SMALL))
        return study.ask().suggest_float("x", 0, 1)

    assert first(0) == first(0)
    assert first(0) != first(1)


# Samplers that go through a space ---------------------------------------------------------------


def points(study):
    """The configurations of finished trials; what is under a condition is there or not."""
    return [
        tuple(
            sorted((k, round(v, 9) if isinstance(v, float) else v) for k, v in one.params.items())
        )
        for one in study.trials
    ]


@ENDING
def test_a_whole_space_is_tried_once_and_the_study_ends(name):
    watcher = Heard()
    study = searched(name, 100, space=FINITE, watcher=watcher)
    found = points(study)
    assert len(found) == len(set(found)) == 2 * 2 * (1 + 3)
    said = [one.text for one in watcher.of(Notice)]
    assert said == ["Every configuration of the space has been tried: the search ends here."]
    # Asked again, it has nothing to do.
    asked = question(space=FINITE)
    assert left_over(Choice(name=name), asked.seed, asked.space, study) == 0
    assert run_search(study, asked, FakeEngine(), 100, sampler=Choice(name=name)) == 0


def test_a_grid_goes_in_order_and_brute_force_does_not():
    grid, brute = (searched(name, 16, space=FINITE) for name in ("grid", "brute_force"))
    # The default comes first, whatever its place.
    order = [str(one) for one in question(space=FINITE).space.points()]
    assert [str(one) for one in proposed(grid)[1:]] == [
        one for one in order if one != str(grid.trials[0].params)
    ]
    assert sorted(points(grid)) == sorted(points(brute))
    assert points(grid) != points(brute)
    other = searched("brute_force", 16, space=FINITE, seed=1)
    assert points(other) != points(brute)


@ENDING
def test_a_space_that_is_not_done_says_what_is_left(name):
    watcher = Heard()
    searched(name, 6, space=FINITE, watcher=watcher)
    assert [one.text for one in watcher.of(Notice)] == [
        "10 configurations of the space are left. Ask for --trials 16 to try them all."
    ]


@ENDING
def test_what_was_cut_off_is_tried_again_and_what_failed_is_not(name):
    asked = question(space=FINITE)
    study = opened(asked, sampler=Choice(name=name))
    run_search(study, asked, FakeEngine(), 3, sampler=Choice(name=name))
    for reason in ("the fit needs more memory than there is", INTERRUPTED):
        study.sampler = sampler_for(Choice(name=name), asked.seed, 3, asked.space)
        trial = study.ask()
        asked.space.suggest(trial)
        trial.set_user_attr("reason", reason)
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
    run_search(study, asked, FakeEngine(), 100, sampler=Choice(name=name))
    failed, lost = points(study)[3:5]
    assert points(study).count(lost) == 2
    assert points(study).count(failed) == 1
    assert len(set(points(study))) == 16


@ENDING
@pytest.mark.parametrize(
    ("space", "says"),
    [
        (
            {"training.learning_rate": {"low": 0.001, "high": 0.1, "log": True}},
            r"learning_rate goes from 0\.001 to 0\.1 without a step, .* Give a list of values",
        ),
        (
            {"architecture.units": {"low": 1, "high": 4000}, "training.learning_rate": [0.1, 0.2]},
            r"more than 10000 configurations to go through \(values of each setting: .*units 4000",
        ),
    ],
)
def test_a_space_without_an_end_is_refused(name, space, says):
    asked = question(space={**FINITE, **space})
    with pytest.raises(SettingError, match=says):
        sampler_for(Choice(name=name), 0, 0, asked.space)


@pytest.mark.parametrize("name", ["grid", "brute_force", "cmaes"])
def test_a_builder_asks_for_more_than_such_a_sampler_knows(name):
    says = (
        rf"The sampler '{name}' has to know beforehand what is asked, which mine\.build does not"
    )
    with pytest.raises(SettingError, match=says):
        sampler_for(Choice(name=name), 0, 0, SMALL, builder="mine.build")


# CMA-ES -----------------------------------------------------------------------------------------


def test_cmaes_needs_its_package(monkeypatch):
    monkeypatch.setattr("autolstm.study.choices.find_spec", lambda name: None)
    with pytest.raises(
        SettingError, match=r"needs the package cmaes, .* `pip install 'autolstm\["
    ):
        sampler_for(Choice(name="cmaes"), 0, 0, SMALL)


def test_cmaes_needs_two_ranges(monkeypatch):
    monkeypatch.setattr("autolstm.study.choices.find_spec", lambda name: object())
    with pytest.raises(
        SettingError, match=r"there is 1 such setting: architecture\.layers\. Give"
    ):
        sampler_for(Choice(name="cmaes"), 0, 0, SMALL)
    none = Space(Settings(), {"architecture.units": OneOf((8, 16))})
    with pytest.raises(
        SettingError, match=r"here there are 0 such settings\. Give ranges, such as"
    ):
        sampler_for(Choice(name="cmaes"), 0, 0, none)


def test_what_cmaes_leaves_to_chance_is_said():
    space = Space(
        Settings(),
        {
            "architecture.layers": Int(1, 3),
            "architecture.units": OneOf((8, 16)),
            "training.optimizer": OneOf(("adam", "sgd")),
            "training.learning_rate": Float(0.1, 0.2),
            "training.momentum": Float(0, 0.9, when=(When("training.optimizer", ("sgd",)),)),
        },
    )
    assert remark(Choice(name="cmaes"), space) == (
        "CMA-ES proposes what is always searched in a range of numbers: architecture.layers, "
        "training.learning_rate. The other settings are drawn at random: architecture.units, "
        "training.optimizer, training.momentum."
    )
    assert remark(Choice(name="cmaes"), SMALL) == remark(Choice(name="tpe"), space) == ""


@pytest.mark.parametrize("name", available(["cmaes"]))
def test_cmaes_closes_in_on_what_is_good(name):
    """In the fake engine, a rate of 0.01 and 32 units are best."""
    watcher = Heard()
    study = searched(name, 60, watcher=watcher)
    assert watcher.of(Notice)[0].text.startswith("CMA-ES proposes")

    def far(trials):
        return sum(one.value for one in trials) / len(trials)

    assert far(study.trials[40:]) < far(study.trials[1:21])


# Pruners ----------------------------------------------------------------------------------------


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


class Told(FakeEngine):
    """A good configuration has a loss of 0.2, a bad one of 3, all the way; seeds differ a little.

    That of a bad one is above 2, the loss of twice a forecast of the mean: the threshold sees
    that. All others see it only beside other trials.
    """

    def __init__(self, bad=()):
        super().__init__()
        self.bad = bad

    def loss_of(self, settings, seed, loss):
        wrong = settings.architecture.units in self.bad
        return (3.0 if wrong else 0.2) + 0.01 * (seed % 3)


LEVELS = {"architecture.units": {"low": 1, "high": 40}, "training.optimizer": "adam"}
BAD = range(21, 41)
PRUNING = [name for name in PRUNERS if name != "none"]


def told(name, engine, metric, trials=24, **options):
    """Run a study whose trials are good or bad by their units, and say how they ended."""
    space = {**LEVELS, "training.epochs": 30, "training.patience": 30}
    asked = question(metric=metric, space=space)
    choice = Choice(name=name, options=options)
    study = opened(asked, sampler=RANDOM, pruner=choice)
    run_search(study, asked, engine, trials, sampler=RANDOM)
    return study


@pytest.mark.parametrize("metric", ["rmse", "r2"])
@pytest.mark.parametrize("name", PRUNING)
def test_bad_trials_are_pruned(name, metric):
    """With the mean over seeds, whichever way the metric goes.

    Median and percentile know only complete trials, and begin with five of them; so does what is
    inside `patient`, which waits until a loss stands still besides. Successive halving and
    hyperband compare at their rungs with whatever came before, so the very first bad trials may
    be the best so far of a bracket. The threshold knows no other trial.
    """
    study = told(name, Told(BAD), metric)
    bad = [one for one in study.trials[1:] if one.params["architecture.units"] in BAD]
    good = [one for one in study.trials if one not in bad]
    assert len(bad) > 6
    spared = [one.number for one in bad if one.state.name != "PRUNED"]
    # Where every trial is compared, those come through that came before there was a good one.
    assert all(number <= 6 for number in spared), spared
    assert [one.state.name for one in good].count("COMPLETE") >= len(good) // 3
    # Long before their last epoch, which is what pruning is for.
    assert max(max(one.intermediate_values) for one in bad if one.state.name == "PRUNED") <= 18
    assert report_sign(study) * bad[-1].value == pytest.approx(3.0, abs=0.02)


@pytest.mark.parametrize("metric", ["rmse", "r2"])
@pytest.mark.parametrize("name", PRUNING)
def test_equal_trials_are_not_pruned(name, metric):
    """Not even those that are worse than every other by nothing but a tie."""
    study = told(name, Told(), metric)
    assert {one.state.name for one in study.trials} == {"COMPLETE"}


def test_none_prunes_nothing():
    study = told("none", Told(BAD), "rmse")
    assert {one.state.name for one in study.trials} == {"COMPLETE"}


class Always(optuna.pruners.BasePruner):
    """Would prune everything."""

    def prune(self, study, trial):
        return True


@pytest.mark.parametrize(
    ("losses", "patience", "min_delta", "pruned_at"),
    [
        # Reports are the best so far: they never become worse.
        ([5, 4, 3, 3, 3, 3], 2, 0.0, 4),
        ([5, 5, 5, 5], 2, 0.0, 2),
        ([5, 5, 4, 4, 4], 1, 0.0, 1),
        ([5, 4.9, 4.8, 4.7], 2, 0.3, 2),
        ([5, 4, 3, 2, 1], 1, 0.0, None),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_patience(losses, patience, min_delta, pruned_at, sign):
    with quiet():
        study = optuna.create_study(direction=[None, "minimize", "maximize"][sign])
    trial = study.ask()
    pruner = Patient(Always(), patience=patience, min_delta=min_delta)
    pruned = []
    for step, loss in enumerate(losses):
        trial.report(sign * loss, step)
        pruned.append(pruner.prune(study, study.trials[0]))
    assert (pruned.index(True) if True in pruned else None) == pruned_at


def test_a_patient_pruner_asks_the_one_inside():
    study = optuna.create_study()
    trial = study.ask()
    for step in range(5):
        trial.report(1.0, step)
    assert not Patient(optuna.pruners.NopPruner(), patience=1).prune(study, study.trials[0])


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
        (
            lambda choice: make_pruner(choice, 100),
            Choice(name="patient", options={"patience": 0}),
            r"The pruner 'patient' does not take these options: .* at least 1, not 0",
        ),
        (
            lambda choice: make_pruner(choice, 100),
            Choice(name="patient", options={"min_delta": -1}),
            r"The pruner 'patient' does not take these options: .* at least 0, not -1",
        ),
        (
            lambda choice: sampler_for(choice, 0, 0, SMALL),
            Choice(name="grid", options={"seed": 3}),
            r"The sampler 'grid' takes no options, not seed\. Leave them out\.",
        ),
    ],
)
def test_wrong_options_are_refused(make, choice, message):
    with pytest.raises(SettingError, match=message):
        make(choice)
