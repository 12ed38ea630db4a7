"""Tests of `autolstm.study.retry`: trials that were cut off are found and fitted once more."""

from pathlib import Path

import numpy as np
import optuna
import pytest
from fakes import FakeEngine, opened, question, run_search
from optuna.trial import TrialState, create_trial

from autolstm.experiment import Choice
from autolstm.ledger.record import DIED, DIED_AGAIN, INTERRUPTED, KILLED, LOST, STOPPED
from autolstm.ledger.storage import open_storage
from autolstm.study.ended import WHOLE
from autolstm.study.presence import present
from autolstm.study.pulse import Pulse
from autolstm.study.retry import WORKER, bury, died, reap, revive, was_cut_off


@pytest.fixture
def study(tmp_path):
    return opened(question(), open_storage(tmp_path))


def every(params):
    """Say of all params that they are a configuration."""
    return True


class Clock:
    """Stands still until it is moved."""

    now = 0.0

    def __call__(self):
        return self.now


def running(study, who=""):
    trial = study.ask()
    trial.suggest_float("x", 0, 1)
    if who:
        trial.set_user_attr(WORKER, who)
    return trial.number


def states(study):
    return [one.state for one in study.trials]


# Reaping ----------------------------------------------------------------------------------------


def test_where_nobody_else_can_write_only_the_living_are_spared(study, tmp_path):
    with present(tmp_path / "tiny") as me:
        mine = running(study, me)
        with present(tmp_path / "tiny") as other:
            dead = [running(study), running(study, other), running(study, "elsewhere:1:2")]
        study.add_trial(create_trial(value=1.0))
        study.enqueue_trial({})
        assert reap(study, tmp_path / "tiny", Pulse(), here_only=True) == 3
        assert reap(study, tmp_path / "tiny", Pulse(), here_only=True) == 0
    assert states(study)[mine] == TrialState.RUNNING
    assert [study.trials[one].user_attrs["reason"] for one in dead] == [KILLED] * 3
    assert states(study)[-2:] == [TrialState.COMPLETE, TrialState.WAITING]


def test_the_trials_of_other_machines_are_given_up_when_nothing_is_heard_of_them(study, tmp_path):
    clock = Clock()
    pulse = Pulse(grace=100, clock=clock)
    with present(tmp_path / "tiny") as me:
        near = running(study, me)
    far, silent = running(study, "elsewhere:1:2"), running(study, "elsewhere:1:3")
    unsigned = running(study)

    def reaped():
        return reap(study, tmp_path / "tiny", pulse, here_only=False)

    assert reaped() == 1
    assert study.trials[near].user_attrs["reason"] == KILLED
    for beat in range(4):
        clock.now += 40
        study._storage.set_trial_user_attr(far + 1, "heartbeat", beat)
        reaped()
    assert states(study)[far] == TrialState.RUNNING
    assert study.trials[silent].user_attrs["reason"] == LOST
    assert study.trials[unsigned].user_attrs["reason"] == KILLED


def test_a_watcher_that_slept_begins_to_count_anew(study, tmp_path):
    clock = Clock()
    pulse = Pulse(grace=100, clock=clock)
    far = running(study, "elsewhere:1:2")
    reap(study, tmp_path / "tiny", pulse, here_only=False)
    clock.now += 3600
    assert reap(study, tmp_path / "tiny", pulse, here_only=False) == 0
    for _ in range(3):
        clock.now += 40
        reap(study, tmp_path / "tiny", pulse, here_only=False)
    assert states(study)[far] == TrialState.FAIL


def test_what_was_ended_meanwhile_stays_as_it_is(study):
    number = running(study)
    study.tell(number, 1.0)
    assert not bury(study, number, KILLED)
    assert study.trials[number].state == TrialState.COMPLETE


def test_what_has_its_scores_is_complete_and_not_fitted_again(study, monkeypatch):
    asked, plain = question(), optuna.Trial.set_user_attr

    def written(trial, name, value):
        plain(trial, name, value)
        if name == "reason":
            raise KeyboardInterrupt

    monkeypatch.setattr(optuna.Trial, "set_user_attr", written)
    engine = FakeEngine()
    with pytest.raises(KeyboardInterrupt):
        run_search(study, asked, engine, 1)
    (trial,) = study.trials
    assert trial.state == TrialState.COMPLETE
    assert trial.value == np.mean(trial.user_attrs["scores"])
    assert trial.user_attrs["reason"] == "2 of 3 seeds stopped early"
    monkeypatch.undo()
    assert run_search(study, asked, engine, 1) == 0
    assert len(engine.starts) == 1


@pytest.mark.parametrize("missing", [*sorted(WHOLE), None])
def test_only_a_whole_record_makes_a_trial_complete(missing, study):
    record = {"scores": [1.0, 3.0], "curves": {}, "seconds": {"train": 1.0}, "reason": "early"}
    trial = study.ask()
    for name, value in record.items():
        if name != missing:
            trial.set_user_attr(name, value)
    assert bury(study, trial.number, KILLED)
    (ended,) = study.trials
    assert (ended.state, ended.value) == (
        (TrialState.COMPLETE, 2.0) if missing is None else (TrialState.FAIL, None)
    )
    assert ended.user_attrs["reason"] == ("early" if missing is None else KILLED)


# Retrying ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "again"),
    [
        *((one, True) for one in (None, INTERRUPTED, STOPPED, KILLED, LOST, f"{DIED} (SIGSEGV)")),
        *((one, False) for one in (DIED_AGAIN, "the fit needs more memory than there is")),
    ],
)
def test_what_was_cut_off_is_queued_once_with_the_same_parameters(study, reason, again):
    trial = study.ask()
    x = trial.suggest_float("x", 0, 1)
    for name, value in (("cell", 3), ("worker", "w"), ("heartbeat", 7), ("reason", reason)):
        if value is not None:
            trial.set_user_attr(name, value)
    study.tell(trial, state=TrialState.FAIL)
    assert was_cut_off(study.trials[0]) == again
    revive(study, every)
    revive(study, every)
    assert len(study.trials) == 1 + again
    if again:
        retry = study.ask()
        assert retry.suggest_float("x", 0, 1) == x
        assert dict(retry.user_attrs) == {"cell": 3, "retry_of": 0}


def test_what_was_cut_off_while_it_was_begun_keeps_all_it_was_given(study):
    study.enqueue_trial({"x": 0.25, "y": 0.75}, user_attrs={"cell": 3})
    trial = study.ask()
    trial.suggest_float("x", 0, 1)
    bury(study, trial.number, KILLED)
    revive(study, every)
    again = study.ask()
    assert (again.suggest_float("x", 0, 1), again.suggest_float("y", 0, 1)) == (0.25, 0.75)
    assert again.user_attrs["cell"] == 3


def test_what_was_cut_off_before_it_was_whole_is_not_retried(study):
    for given in ({"x": 0.25}, {}):
        study.enqueue_trial(given)
        bury(study, study.ask().number, KILLED)
    revive(study, lambda params: "x" in params)
    assert [one.user_attrs.get("retry_of") for one in study.trials] == [None, None, 0]


@pytest.mark.parametrize("sampler", ["grid", "brute_force"])
def test_a_space_is_gone_through_though_trials_are_cut_off_while_they_are_begun(sampler):
    """The rest of such a trial once came from another configuration, tried by others since."""
    knobs = {"architecture.units": [8, 16], "training.batch_size": [8, 32]}
    others = {
        "preparation.window": 4,
        "training.learning_rate": [0.01, 0.02],
        "training.optimizer": "adam",
    }
    asked = question(space={**knobs, **others})
    study, choice = opened(asked, sampler=Choice(name=sampler)), Choice(name=sampler)
    run_search(study, asked, FakeEngine(), 2, sampler=choice)
    last = study.trials[-1]
    for count in range(3):
        study.add_trial(
            create_trial(
                state=TrialState.FAIL,
                params=dict(list(last.params.items())[:count]),
                distributions=dict(list(last.distributions.items())[:count]),
                user_attrs={"reason": KILLED},
            )
        )
    run_search(study, asked, FakeEngine(), 99, sampler=choice)
    done = [one for one in study.trials if one.state != TrialState.FAIL]
    assert len({str(one.params) for one in done}) == len(done) == 8


def test_a_retry_that_is_cut_off_is_retried_too(study):
    number = running(study)
    for _ in range(3):
        bury(study, number, INTERRUPTED)
        revive(study, every)
        number = study.ask().number
    assert [one.user_attrs.get("retry_of") for one in study.trials] == [None, 0, 1, 2]


def test_a_configuration_that_kills_its_worker_twice_is_not_tried_again(study):
    first = running(study, "w")
    other = running(study, "v")
    assert died(study, "w", "SIGSEGV") == [first]
    assert study.trials[first].user_attrs["reason"] == f"{DIED} (SIGSEGV)"
    revive(study, every)
    retry = study.ask()
    retry.set_user_attr(WORKER, "u")
    # An interrupt in between changes nothing.
    bury(study, retry.number, INTERRUPTED)
    revive(study, every)
    second = study.ask()
    second.set_user_attr(WORKER, "w")
    assert died(study, "w", "SIGKILL") == [second.number]
    assert study.trials[second.number].user_attrs["reason"] == DIED_AGAIN
    revive(study, every)
    assert not [one for one in study.trials if one.state == TrialState.WAITING]
    assert states(study)[other] == TrialState.RUNNING


def test_what_killed_two_workers_is_not_proposed_again():
    asked = question()
    straight = opened(asked)
    run_search(straight, asked, FakeEngine(), 4)
    study = opened(asked)
    run_search(study, asked, FakeEngine(), 1)
    for _ in range(2):
        revive(study, every)
        optuna.trial.Trial(study, study._storage.create_new_trial(study._study_id))
        number = len(study.trials) - 1
        bury(study, number, DIED_AGAIN)
    run_search(study, asked, FakeEngine(), 3)
    assert [one.number for one in study.trials if one.state == TrialState.COMPLETE] == [0, 3, 4]


def test_the_folder_of_a_study_is_not_needed(study):
    running(study)
    assert reap(study, Path("nowhere"), Pulse(), here_only=True) == 1
