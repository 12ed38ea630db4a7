"""The choice of the winner: fresh seeds decide, and what is known is not fitted again."""

import time

import pytest
from fakes import FakeEngine, Heard, opened, question, run_search, settings_of

from autolstm.ledger.reading import read_results
from autolstm.ledger.record import StudyKey
from autolstm.score import evaluate
from autolstm.study.progress import EpochSeen, Notice, Phase, TrialEnded, TrialStarted
from autolstm.study.winner import confirm, ranking


@pytest.fixture(params=["rmse", "r2"])
def asked(request):
    return question(metric=request.param)


def searched(asked, trials=8):
    study = opened(asked)
    run_search(study, asked, FakeEngine(), trials)
    return study


def by_search_score(study):
    sign = 1 if study.direction.name == "MINIMIZE" else -1
    return [one.number for one in sorted(study.trials, key=lambda one: sign * one.value)]


def confirmed(study, asked, count=3, engine=None, watcher=None):
    engine = engine or FakeEngine()
    watcher = Heard() if watcher is None else watcher
    return confirm(study, asked, engine, watcher, count=count)


def test_the_best_and_the_default_are_confirmed_with_seeds_that_no_trial_has_used(asked):
    study = searched(asked)
    engine = FakeEngine()
    order = confirmed(study, asked, engine=engine)
    nominated = by_search_score(study)[:3]
    assert set(order) == {*nominated, 0}
    assert {seeds for _, seeds in engine.starts} == {asked.seeds_for("confirm")}
    used = {seed for one in study.trials for seed in one.user_attrs["seeds"]}
    assert not used & set(asked.seeds_for("confirm"))


def test_the_default_is_not_confirmed_twice_where_it_is_among_the_best(asked):
    study = searched(asked, trials=2)
    engine = FakeEngine()
    assert sorted(confirmed(study, asked, engine=engine)) == [0, 1]
    assert len(engine.starts) == 2


def test_the_confirmed_mean_decides(asked):
    study = searched(asked)
    order = confirmed(study, asked, count=8)
    kept = study.user_attrs[StudyKey.confirmed]
    for number in order:
        settings = settings_of(asked, study.trials[number])
        score = evaluate(asked, settings, asked.seeds_for("confirm"), FakeEngine())
        assert kept[str(number)]["scores"] == list(score.values)
    means = {int(number): sum(one["scores"]) for number, one in kept.items()}
    sign = 1 if asked.metric.direction == "minimize" else -1
    assert order == sorted(means, key=lambda number: sign * means[number]) == ranking(study)


def test_a_lucky_search_score_does_not_win():
    asked = question()
    study = opened(asked)
    lucky = {**asked.space.default_params(), "architecture.units": 8}
    study.enqueue_trial(asked.space.default_params(), user_attrs={"default": True})
    study.enqueue_trial(lucky)
    search_seeds = asked.seeds_for("search")

    class Lucky(FakeEngine):
        def offset_of(self, settings, seed, offset):
            is_lucky = settings.architecture.units == 8 and seed in search_seeds
            return 0.0 if is_lucky else offset

    run_search(study, asked, Lucky(), 2)
    assert by_search_score(study) == [1, 0]
    assert confirmed(study, asked, engine=Lucky()) == [0, 1]


def test_when_the_time_is_over_one_confirmed_trial_is_enough_and_the_others_wait(asked):
    study, engine, watcher = searched(asked), FakeEngine(), Heard()
    order = confirm(study, asked, engine, watcher, count=3, until=time.monotonic() - 1)
    assert order == by_search_score(study)[:1]
    assert len(engine.starts) == 1
    left = len({*by_search_score(study)[:3], 0}) - 1
    assert [one.text for one in watcher.of(Notice)] == [
        f"No time is left to confirm {left} trials of the best. The same command does it later."
    ]
    for one in study.get_trials(deepcopy=False):
        one.user_attrs["seconds"] = {"total": 60.0}
    # Each would take longer than is left.
    confirm(study, asked, engine, watcher, count=3, until=time.monotonic() + 59)
    assert len(engine.starts) == 1
    confirm(study, asked, engine, watcher, count=3, until=time.monotonic() + 600)
    assert len(engine.starts) == 1 + left


def test_what_is_confirmed_is_not_fitted_again(asked):
    study = searched(asked)
    order = confirmed(study, asked, count=2)
    engine, watcher = FakeEngine(), Heard()
    assert confirmed(study, asked, count=2, engine=engine, watcher=watcher) == order
    assert (engine.starts, watcher) == ([], [])
    more = confirmed(study, asked, count=5, engine=engine)
    assert len(engine.starts) == len(set(more) - set(order)) > 0


def test_a_run_that_was_cut_off_goes_on_with_the_next_one(asked):
    study = searched(asked)

    def cut(epoch, seeds):
        cut.fits += epoch == 1
        if cut.fits == 2:
            raise KeyboardInterrupt

    cut.fits = 0
    watcher = Heard()
    with pytest.raises(KeyboardInterrupt):
        confirmed(study, asked, engine=FakeEngine(before=cut), watcher=watcher)
    assert len(watcher.of(TrialEnded)) == 1
    assert len(ranking(study)) == 1
    straight = searched(asked)
    assert confirmed(study, asked) == confirmed(straight, asked)
    again = study.user_attrs[StudyKey.confirmed]
    assert again == straight.user_attrs[StudyKey.confirmed]


def test_what_diverges_is_out_for_good_and_the_next_best_takes_its_place(asked, tmp_path):
    study = searched(asked)
    best, second, third, *_ = by_search_score(study)
    lost = settings_of(asked, study.trials[best])
    engine = FakeEngine(diverges=lambda settings, seed: settings == lost)
    watcher = Heard()
    order = confirmed(study, asked, count=2, engine=engine, watcher=watcher)
    assert set(order) == {second, third, 0}
    said = f"Trial {best} is out of the choice: seed 1 of 3 diverged at epoch 3."
    assert [one.text for one in watcher.of(Notice)] == [said]
    assert best not in read_results(study, tmp_path).confirmed
    (ended,) = [one for one in watcher.of(TrialEnded) if one.state == "failed"]
    assert (ended.number, ended.mean, ended.best) == (best, None, False)
    assert ended.reason == "seed 1 of 3 diverged at epoch 3"
    begun = len(engine.starts)
    assert confirmed(study, asked, count=2, engine=engine) == order
    assert len(engine.starts) == begun


def test_what_does_not_fit_into_memory_is_tried_again_in_the_next_run(asked):
    study = searched(asked)
    best = by_search_score(study)[0]
    lost = settings_of(asked, study.trials[best])
    engine = FakeEngine(too_large=lambda settings: settings == lost)
    order = confirmed(study, asked, count=2, engine=engine)
    assert best not in order
    assert [one for one, _ in engine.starts].count(lost) == 1
    assert best in confirmed(study, asked, count=2)


def test_nothing_is_chosen_where_everything_is_lost(asked):
    study = searched(asked, trials=3)
    engine = FakeEngine(diverges=lambda settings, seed: True)
    assert confirmed(study, asked, engine=engine) == []
    assert len(engine.starts) == 3
    assert confirmed(opened(asked), asked) == []


def test_any_other_fault_ends_the_run(asked):
    def fault(epoch, seeds):
        raise ZeroDivisionError("mine")

    study = searched(asked, trials=2)
    with pytest.raises(ZeroDivisionError, match="mine"):
        confirmed(study, asked, engine=FakeEngine(before=fault))


def test_a_watcher_hears_of_every_fit_and_the_seconds_are_counted(asked):
    study = searched(asked)
    before = study.user_attrs[StudyKey.seconds]
    watcher = Heard()
    order = confirmed(study, asked, watcher=watcher)
    assert watcher[0] == Phase("confirm", fits=len(order))
    begun, ended = watcher.of(TrialStarted), watcher.of(TrialEnded)
    assert [one.number for one in begun] == [one.number for one in ended]
    assert [one.number for one in ended if one.best][-1] == order[0]
    assert {one.reason for one in ended} == {"confirmed with fresh seeds"}
    assert {one.number for one in watcher.of(EpochSeen)} == set(order)
    spent = study.user_attrs[StudyKey.seconds] - before
    assert spent == pytest.approx(sum(one.seconds for one in ended), abs=0.01)


def test_the_best_epochs_of_the_fresh_seeds_are_kept(asked):
    study = searched(asked, trials=2)
    confirmed(study, asked)
    for one in study.user_attrs[StudyKey.confirmed].values():
        assert len(one["epochs"]) == 3
        assert all(6 <= epoch <= 10 for epoch in one["epochs"])
