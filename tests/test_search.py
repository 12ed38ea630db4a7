"""The search: which trials, how many, when it ends, and that it goes on as if never cut off."""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import optuna
import pytest
from fakes import SPACE, TPE, FakeEngine, Heard, opened, question, run_search, seat_at
from optuna.trial import TrialState, create_trial

from autolstm.errors import OutOfMemory, StorageError, StudyFailed
from autolstm.experiment import Choice
from autolstm.ledger.record import INTERRUPTED, OUT_OF_TIME, StudyKey
from autolstm.ledger.storage import open_storage, sound
from autolstm.study.begin import Next, begin, seated
from autolstm.study.deadline import Deadline
from autolstm.study.objective import Objective
from autolstm.study.progress import Notice, Silent, TrialEnded
from autolstm.study.pulse import Pulse
from autolstm.study.retry import WORKER, reap
from autolstm.study.search import Budget, _propose, finished, run_trial, stalled

MEDIAN = Choice(name="median")
WIDE = {**SPACE, "training.learning_rate": {"low": 1e-5, "high": 1.0, "log": True}}
"""So that some trials are pruned."""


class At:
    """Raises an error at an epoch of a fit, both counted from 1."""

    def __init__(self, fit, epoch, error):
        self.when, self.error, self.fits = (fit, epoch), error, 0

    def __call__(self, epoch, seeds):
        self.fits += epoch == 1
        if (self.fits, epoch) == self.when:
            raise self.error


def raising(error):
    def raise_it(*given, **named):
        raise error

    return raise_it


def rows(study):
    """Return what must be the same in two studies: no times, no numbers."""
    return [
        (one.state, one.params, one.value, one.user_attrs.get("scores"), one.intermediate_values)
        for one in finished(study)
    ]


# How many ---------------------------------------------------------------------------------------


def test_the_default_configuration_goes_first():
    asked = question()
    study = opened(asked)
    assert run_search(study, asked, FakeEngine(), 3) == 3
    first, *others = study.trials
    assert first.params == asked.space.default_params()
    assert first.user_attrs["default"] is True
    assert [one.user_attrs["default"] for one in others] == [False, False]


def test_complete_and_pruned_trials_count():
    asked = question(space=WIDE)
    study = opened(asked, pruner=MEDIAN)
    assert run_search(study, asked, FakeEngine(), 20) == 20
    states = [one.state for one in study.trials]
    assert len(states) == 20
    assert set(states) == {TrialState.COMPLETE, TrialState.PRUNED}


def test_a_larger_number_adds_what_is_missing():
    asked = question()
    study = opened(asked)
    assert run_search(study, asked, FakeEngine(), 6) == 6
    assert run_search(study, asked, FakeEngine(), 9) == 3
    assert run_search(study, asked, FakeEngine(), 9) == 0
    assert run_search(study, asked, FakeEngine(), 4) == 0
    straight = opened(asked)
    run_search(straight, asked, FakeEngine(), 9)
    assert rows(study) == rows(straight)


def test_every_trial_is_signed_and_its_seconds_are_counted():
    asked = question()
    study = opened(asked)
    run_search(study, asked, FakeEngine(), 2)
    assert {one.user_attrs[WORKER] for one in study.trials} == {"here:0:1"}
    total = sum(one.user_attrs["seconds"]["total"] for one in study.trials)
    assert study.user_attrs[StudyKey.seconds] == pytest.approx(total, abs=0.01)


def test_a_watcher_hears_how_every_trial_ended():
    asked = question(space=WIDE)
    study = opened(asked, pruner=MEDIAN)
    watcher = Heard()
    run_search(study, asked, FakeEngine(), 20, watcher=watcher)
    ended = watcher.of(TrialEnded)
    assert [one.number for one in ended] == list(range(20))
    best = [one.number for one in ended if one.best][-1]
    assert best == study.best_trial.number
    for one in ended:
        stored = study.trials[one.number]
        assert one.state == {"COMPLETE": "complete", "PRUNED": "pruned"}[stored.state.name]
        assert one.mean == (stored.value if one.state == "complete" else None)
        assert one.params == stored.params
        assert one.reason == stored.user_attrs["reason"]


# Interrupted ------------------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", ["tpe", "random"])
@pytest.mark.parametrize("fit", [1, 4, 13])
def test_an_interrupted_study_goes_on_as_if_it_had_not_been(fit, sampler, tmp_path):
    choice = Choice(name=sampler)
    asked = question(space=WIDE)
    straight = opened(asked, sampler=choice, pruner=MEDIAN)
    run_search(straight, asked, FakeEngine(), 16, sampler=choice)

    storage = open_storage(tmp_path)
    cut = opened(asked, storage, sampler=choice, pruner=MEDIAN)
    engine = FakeEngine(before=At(fit, 2, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        run_search(cut, asked, engine, 16, sampler=choice)
    assert cut.trials[fit - 1].state == TrialState.FAIL
    assert cut.trials[fit - 1].user_attrs["reason"] == "interrupted"
    cut = opened(asked, open_storage(tmp_path), sampler=choice, pruner=MEDIAN)
    run_search(cut, asked, FakeEngine(), 16, sampler=choice)
    assert rows(cut) == rows(straight)


@pytest.mark.parametrize("after", ["ask", "fit"])
def test_a_killed_trial_is_proposed_again(after, tmp_path, monkeypatch):
    """Whether its fits had begun, or were done and only the last word to the storage missing."""
    asked = question()
    straight = opened(asked)
    run_search(straight, asked, FakeEngine(), 6)

    class Killed(BaseException):
        """Nothing can be done after it."""

    storage = open_storage(tmp_path)
    study = opened(asked, storage)
    run_search(study, asked, FakeEngine(), 3)
    if after == "ask":
        engine = FakeEngine(before=At(1, 1, Killed()))
    else:
        engine = FakeEngine()
        monkeypatch.setattr(optuna.Study, "tell", raising(Killed()))
    with pytest.raises(Killed):
        run_search(study, asked, engine, 6)
    monkeypatch.undo()
    assert study.trials[3].state == TrialState.RUNNING
    assert reap(study, tmp_path / "tiny", Pulse(), here_only=True) == 1
    run_search(study, asked, FakeEngine(), 6)
    assert rows(study) == rows(straight)


@pytest.mark.parametrize("count", [0, 1, 99])
def test_a_trial_that_was_begun_in_a_broken_turn_goes_on_where_it_is_whole_or_empty(count):
    asked = question(space=WIDE)
    study = opened(asked)
    run_search(study, asked, FakeEngine(), 1)
    seat = elsewhere_at(study)
    broken = study.ask()
    broken.set_user_attr(WORKER, seat.who)
    for name, one in list(asked.space.dimensions.items())[:count]:
        one.suggest(broken, name)
    trial = begin(study, seat, asked, lambda: Next.BEGIN)
    assert asked.space.is_whole(trial.params)
    assert trial.number == broken.number + (count == 1)
    states = [TrialState.COMPLETE, *[TrialState.FAIL] * (count == 1), TrialState.RUNNING]
    assert [one.state for one in study.trials] == states


def test_a_default_that_was_cut_off_is_queued_again():
    asked = question()
    study = opened(asked)
    with pytest.raises(KeyboardInterrupt):
        run_search(study, asked, FakeEngine(before=At(1, 3, KeyboardInterrupt())), 2)
    run_search(study, asked, FakeEngine(), 2)
    marks = [(one.state.name, one.user_attrs.get("default")) for one in study.trials]
    assert marks == [("FAIL", True), ("COMPLETE", True), ("COMPLETE", False)]
    assert study.trials[1].params == asked.space.default_params()


def proposed(study, asked, trials):
    """Ask whether there is room for a trial."""
    objective = Objective(asked, FakeEngine(), Silent())
    return _propose(study, objective, TPE, Budget(trials, None, 0.0, 3))


def elsewhere_at(study):
    """Return the seat of another machine."""
    return seated(study, Path("home"), "elsewhere:0:1", here_only=False)


def test_there_is_room_for_as_many_as_were_asked_for_and_no_more():
    asked = question()
    study = opened(asked)
    assert proposed(study, asked, 2) is Next.BEGIN
    first = study.ask()
    assert proposed(study, asked, 2) is Next.BEGIN
    second = study.ask()
    # What others run may fail: it is waited for.
    assert proposed(study, asked, 2) is Next.WAIT
    first.set_user_attr("scores", [1.0])
    study.tell(first, 1.0)
    assert proposed(study, asked, 2) is Next.WAIT
    study.tell(second, state=TrialState.FAIL)
    assert proposed(study, asked, 2) is Next.BEGIN
    assert proposed(study, asked, 1) is Next.LEAVE


def test_nobody_waits_for_the_last_trial_of_another_longer_than_he_may():
    asked = question()
    study = opened(asked)
    seat = seated(study, Path("home"), "here:0:1", here_only=True)
    began = time.monotonic()
    deadline = Deadline(lambda: began + 0.2)
    assert begin(study, seat, asked, lambda: Next.WAIT, deadline.passed) is None
    assert 0.2 < time.monotonic() - began < 30


def test_an_interrupt_that_native_code_has_swallowed_is_one_all_the_same():
    def swallows(epoch, seeds):
        raise RuntimeError("pybind11::error_already_set: MISMATCH of original and normalized")

    asked = question()
    study = opened(asked)
    seat = replace(seat_at(study), is_leaving=lambda: True)
    objective = Objective(asked, FakeEngine(before=swallows), Silent())
    trial = begin(study, seat, asked, lambda: Next.BEGIN)
    with pytest.raises(KeyboardInterrupt):
        run_trial(study, trial, objective, seat)
    (one,) = study.trials
    assert (one.state, one.user_attrs["reason"]) == (TrialState.FAIL, INTERRUPTED)


def test_a_search_ends_after_enough_trials_without_a_better_one():
    asked = question(space=WIDE)
    study = opened(asked)
    added = run_search(study, asked, FakeEngine(), 500, patience=5)
    assert added == len(study.trials) == study.best_trial.number + 6
    assert not stalled(study, None)
    assert stalled(study, 5)
    assert not stalled(study, 6)
    assert not stalled(opened(asked), 1)
    # From a machine whose clock is an hour behind comes a better one.
    late = study.trials[-1]
    late.datetime_start = late.datetime_complete = datetime.now() - timedelta(hours=1)
    late.values = [study.best_value - 1]
    study.add_trial(late)
    assert not stalled(study, 1)


def test_a_default_that_is_queued_or_running_elsewhere_is_not_queued_twice():
    asked = question()
    study = opened(asked)
    for begun in (0, 1):
        study.enqueue_trial(asked.space.default_params(), user_attrs={"default": True})
        for _ in range(begun):
            study.ask()
        assert proposed(study, asked, 5) is Next.BEGIN
        assert len(study.trials) == 1 + begun


def test_machines_that_begin_together_do_not_propose_the_same():
    asked = question()
    study = opened(asked)
    run_search(study, asked, FakeEngine(), 1)
    elsewhere = []

    def another(epoch, seeds):
        if epoch == 1 and not elsewhere:
            trial = begin(study, elsewhere_at(study), asked, lambda: proposed(study, asked, 3))
            elsewhere.append(trial)
            study.tell(trial, 9.0)

    run_search(study, asked, FakeEngine(before=another), 3)
    assert len({str(one.params) for one in study.trials}) == len(study.trials) == 3


# Time -------------------------------------------------------------------------------------------


class Clock:
    """A clock that goes on by a second at every epoch."""

    def __init__(self, monkeypatch):
        self.now = 1000.0
        for module in ("deadline", "objective"):
            monkeypatch.setattr(f"autolstm.study.{module}.time.monotonic", lambda: self.now)
            monkeypatch.setattr(f"autolstm.study.{module}.time.perf_counter", lambda: self.now)

    def __call__(self, epoch, seeds):
        self.now += 1


LONG = {**SPACE, "training.patience": 100}
"""Every fit takes 12 seconds of that clock."""


def test_the_first_trial_is_never_cut_and_the_search_ends_then(monkeypatch):
    asked = question(space=LONG)
    study = opened(asked)
    watcher = Heard()
    clock = Clock(monkeypatch)
    added = run_search(study, asked, FakeEngine(before=clock), 9, seconds=5.0, watcher=watcher)
    assert added == 1
    assert [one.text for one in watcher.of(Notice)] == ["The time is over: the search ends here."]


def test_a_trial_is_cut_off_when_the_time_is_over(monkeypatch):
    asked = question(space=LONG)
    study = opened(asked)
    watcher = Heard()
    # Three fits of 12 s are set aside for confirmation and refit: 74 - 36 = 38 s for the search.
    clock = Clock(monkeypatch)
    added = run_search(study, asked, FakeEngine(before=clock), 9, seconds=74.0, watcher=watcher)
    assert added == 3
    assert [one.state.name for one in study.trials] == ["COMPLETE"] * 3 + ["FAIL"]
    assert study.trials[3].user_attrs["reason"] == OUT_OF_TIME
    assert len(study.trials[3].user_attrs["curves"]["train"][0]) == 3
    said = [one.text for one in watcher.of(Notice)]
    assert said == ["The time is over: the running trial was cut off."]
    monkeypatch.undo()
    straight = opened(asked)
    run_search(straight, asked, FakeEngine(), 5)
    run_search(study, asked, FakeEngine(), 5)
    assert rows(study) == rows(straight)


def test_a_first_trial_is_cut_off_where_another_process_has_a_score_by_then(monkeypatch):
    asked = question(space=LONG)
    study = opened(asked)
    clock = Clock(monkeypatch)

    def before(epoch, seeds):
        clock(epoch, seeds)
        if epoch == 7:
            study.add_trial(create_trial(value=1.0, user_attrs={"seconds": {"total": 1.0}}))

    run_search(study, asked, FakeEngine(before=before), 9, seconds=6.0)
    first = study.trials[0]
    assert (first.state, first.user_attrs["reason"]) == (TrialState.FAIL, OUT_OF_TIME)
    assert len(first.user_attrs["curves"]["train"][0]) == 7


def test_a_deadline_is_looked_for_once_a_second(monkeypatch):
    clock, looked = Clock(monkeypatch), []
    deadline = Deadline(lambda: looked.append(clock.now) or (1001.5 if len(looked) > 1 else None))
    for _ in range(3):
        assert not deadline.passed()
    clock.now = 1001.0
    assert not deadline.passed()
    clock.now = 1001.6
    assert deadline.passed()
    assert looked == [1000.0, 1001.0]


def test_at_most_half_of_the_time_is_set_aside(monkeypatch):
    asked = question(space=LONG)
    study = opened(asked)
    clock = Clock(monkeypatch)
    assert run_search(study, asked, FakeEngine(before=clock), 9, seconds=50.0) == 2


# Failures ---------------------------------------------------------------------------------------


def test_a_failed_trial_is_made_up_for():
    asked = question()
    study = opened(asked)
    engine = FakeEngine(before=At(2, 1, OutOfMemory("too large")))
    assert run_search(study, asked, engine, 4) == 4
    assert [one.state.name for one in study.trials] == [
        *("COMPLETE", "FAIL", "COMPLETE", "COMPLETE", "COMPLETE")
    ]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OutOfMemory("the fit needs more memory than there is"), "more memory than there is"),
        (ZeroDivisionError("division by zero."), "division by zero"),
        (ZeroDivisionError(), "ZeroDivisionError"),
    ],
)
def test_three_failures_in_a_row_end_the_study(error, said):
    asked = question()
    study = opened(asked)
    run_search(study, asked, FakeEngine(), 2)
    message = rf"3 trials in a row failed; the last one: .*{said}\. What was finished is kept\. Me"
    with pytest.raises(StudyFailed, match=message) as failed:
        run_search(study, asked, FakeEngine(before=raising(error)), 9)
    assert failed.value.__cause__ is error
    assert len(study.trials) == 5
    assert len(finished(study)) == 2


def test_failures_that_are_not_in_a_row_do_not_end_it():
    numbers = count()
    asked = question()
    study = opened(asked)

    def mostly(epoch, seeds):
        if epoch == 1 and next(numbers) % 3:
            raise OutOfMemory("too large")

    assert run_search(study, asked, FakeEngine(before=mostly), 4) == 4
    assert len(study.trials) == 10


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_what_does_not_fit_into_memory_is_not_proposed_for_ever(sampler):
    asked = question()
    study = opened(asked, sampler=Choice(name=sampler))
    engine = FakeEngine(too_large=lambda settings: settings.architecture.units == 64)
    for trials in range(2, 16):
        try:
            run_search(study, asked, engine, trials, sampler=Choice(name=sampler))
        except StudyFailed:
            continue
    failed = [str(one.params) for one in study.trials if one.state == TrialState.FAIL]
    assert len(set(failed)) == len(failed)
    assert len(finished(study)) == 15


def test_a_broken_storage_ends_the_study_and_its_trial_can_be_found(tmp_path):
    """Nothing can be told to it; failing trial after trial would help nobody."""
    asked = question()
    storage = open_storage(tmp_path)
    study = opened(asked, storage)
    run_search(study, asked, FakeEngine(), 1)
    broken = []

    def full(epoch, seeds):
        if epoch == 2 and not broken:
            broken.append(storage.engine)
            with storage.engine.connect() as connection:
                connection.exec_driver_sql("ALTER TABLE trial_user_attributes RENAME TO gone")
                connection.commit()

    message = "The storage here cannot be used: no such table"
    with pytest.raises(StorageError, match=message), sound("here"):
        run_search(study, asked, FakeEngine(before=full), 5)
    with storage.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO trial_user_attributes")
        connection.commit()
    assert [one.state.name for one in study.trials] == ["COMPLETE", "RUNNING"]
    assert reap(study, tmp_path / "tiny", Pulse(), here_only=True) == 1
    assert run_search(study, asked, FakeEngine(), 3) == 2
