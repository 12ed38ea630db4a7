"""A study from its question to its report, over a fake engine."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fakes import SPACE, FakeEngine, Heard, install

from autolstm.errors import (
    DataError,
    OutOfMemory,
    QuestionChanged,
    SettingError,
    StorageError,
    StudyBusy,
    StudyFailed,
)
from autolstm.experiment import ask
from autolstm.ledger.record import StudyKey
from autolstm.study import finish, job, manager, presence
from autolstm.study.presence import alone
from autolstm.study.progress import Notice, Phase, StudyStarted, TrialEnded
from autolstm.tuned.labelled import TunedLabeller


@pytest.fixture
def engine(monkeypatch):
    return install(monkeypatch, FakeEngine())


@pytest.fixture
def run(tmp_path):
    def run(watcher=None, **fields):
        usual = {"source": "airline", "home": tmp_path, "trials": 4, "seeds": 3, "confirm": 2}
        space = {**SPACE, **fields.pop("space", {})}
        return manager.run(ask({**usual, "space": space, **fields}), watcher)

    return run


# From end to end --------------------------------------------------------------------------------


def test_a_study_ends_with_a_winner_a_score_a_model_and_a_report(run, engine, tmp_path):
    result = run()
    assert result.added == 4
    assert (result.report_path, result.model_path) == (
        tmp_path / "airline" / "report.html",
        tmp_path / "airline" / "model",
    )
    assert result.report_path.is_file()
    assert result.results.winner == result.best.number
    best = min(result.results.confirmed.values(), key=lambda one: one.mean)
    assert result.confirmed == best
    assert len(result.test.values) == 3
    assert result.results.refit.test == result.test
    assert result.skill == 1 - result.test.mean / min(result.baselines.values())
    assert list(result.trials["number"]) == [0, 1, 2, 3]
    assert result.study.study_name == "airline"


def test_the_model_is_that_of_the_refit(run, engine):
    result = run()
    settings, seeds = engine.starts[-1]
    kept = json.loads((result.model_path / "model.json").read_text())
    assert kept == {"seeds": list(seeds), "settings": settings.flat()}
    assert settings.training.epochs == result.results.refit.epochs
    best_epochs = result.study.user_attrs[StudyKey.confirmed][str(result.best.number)]["epochs"]
    assert result.results.refit.epochs == sorted(best_epochs)[1]
    others = {seed for _, one in engine.starts[:-1] for seed in one}
    assert not others & set(seeds)


def test_a_study_of_sequences_leaves_a_model_that_answers(engine, tmp_path, monkeypatch):
    saved = []
    keep = finish.save
    monkeypatch.setattr(finish, "save", lambda *given: saved.append(given[0]) or keep(*given))
    inputs = np.random.default_rng(0).normal(size=(40, 5, 2))
    space = {"training.epochs": 4, "architecture.units": [8, 16], "preparation.window": 4}
    asked = {"source": (inputs, [*"ab"] * 20), "home": tmp_path, "trials": 2, "seeds": 2}
    manager.run(ask({**asked, "name": "moods", "space": space, "unit": ""}))
    (model,) = saved
    assert isinstance(model, TunedLabeller)
    assert (model.name, model.classes, model.targets) == ("moods", ("a", "b"), ("label",))
    assert (model.lengths, model.answer_lengths) == ((5, 5), (1, 1))
    assert (model.recipe.window, model.recipe.form) == (4, "vector")
    # A committee: every seed was fitted by itself, stopped by sequences of its own.
    assert [(model.settings, (seed,)) for seed in model.seeds] == engine.starts[-2:]


def test_the_facts_about_the_data_are_kept(run, engine):
    facts = run().results.data
    assert (facts.name, facts.target, facts.unit) == (
        *("airline", "passengers", "thousand passengers"),
    )
    assert (facts.rows, facts.first, facts.last) == (144, "1949-01-01", "1960-12-01")
    assert sum(facts.parts.values()) == 144
    assert facts.parts["test"] == 12  # as the catalog recommends


def test_a_watcher_hears_the_phases_in_their_order(run, engine):
    watcher = Heard()
    run(watcher)
    assert isinstance(watcher[0], StudyStarted)
    assert (watcher[0].trials, watcher[0].finished, watcher[0].seeds) == (4, 0, 3)
    assert (watcher[0].epochs, watcher[0].direction) == (12, "minimize")
    assert watcher[0].data.startswith("passengers of airline: 144 rows, one a month, 1949-01-01")
    assert watcher[0].split == "train 108, validation 24, test 12 rows"
    assert watcher[0].task == "many-to-one forecasting, 1 step ahead"
    phases = [one.name for one in watcher.of(Phase)]
    assert phases == ["search", "confirm", "refit", "report"]
    assert len(watcher.of(TrialEnded)) == 4 + watcher.of(Phase)[1].fits


def test_what_loading_assumed_is_said(run, engine, tmp_path):
    path = tmp_path / "own data.csv"
    months = [f"{2010 + n // 12}-{n % 12 + 1:02}" for n in range(80)]
    rows = [f"{month},{50 + n % 7 + n / 10}" for n, month in enumerate(months)]
    path.write_text("\n".join(["month,sold", *reversed(rows)]))
    watcher = Heard()
    result = run(watcher, source=str(path), seeds=1)
    assert result.results.data.notes
    assert [one.text for one in watcher.of(Notice)] == list(result.results.data.notes)
    assert result.results.name == "own-data"


# Once more --------------------------------------------------------------------------------------


def test_the_best_of_the_earlier_runs_is_told(run, engine):
    watcher = Heard()
    first = run(watcher)
    assert watcher[0].best is None
    again = Heard()
    run(again, trials=5)
    best = first.results.ranked[0]
    assert again[0].best == (best.number, best.score)


def test_a_finished_study_trains_nothing_and_writes_its_report_again(run, engine):
    first = run()
    begun = len(engine.starts)
    first.report_path.unlink()
    watcher = Heard()
    again = run(watcher)
    assert (again.added, len(engine.starts)) == (0, begun)
    assert again.report_path.is_file()
    assert [one.name for one in watcher.of(Phase)] == ["search", "report"]
    assert again.document() == {**first.document(), "added": 0}


FINISHED = """
import json, sys
from autolstm.experiment import ask
from autolstm.study import finish, manager
import fakes, pytest
with pytest.MonkeyPatch.context() as patch:
    patch.setattr(finish, "is_model", fakes.is_model)
    result = manager.run(ask(json.loads(sys.argv[1])))
print(result.added, *sorted({"tensorflow", "keras"} & sys.modules.keys()))
"""


def test_a_finished_study_needs_no_tensorflow_and_draws_a_real_report(run, engine, tmp_path):
    run()
    report = tmp_path / "airline" / "report.html"
    report.unlink()
    fields = {"source": "airline", "home": str(tmp_path), "trials": 4, "seeds": 3, "confirm": 2}
    done = subprocess.run(
        [sys.executable, "-c", FINISHED, json.dumps({**fields, "space": SPACE})],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.returncode) == ("0", 0), done.stderr
    assert "<html" in report.read_text()


def test_a_larger_study_is_confirmed_anew_and_its_winner_replaces_the_model(run, engine):
    first = run(trials=1)
    assert first.best.number == 0
    more = run(trials=9)
    assert more.added == 8
    assert more.best.number != 0
    kept = json.loads((more.model_path / "model.json").read_text())["settings"]
    assert kept == {**more.best.settings, "training.epochs": more.results.refit.epochs}
    assert more.results.refit.trial == more.best.number


def test_a_larger_study_with_the_same_winner_keeps_its_model(run, engine):
    better = {"training.learning_rate": 0.01}  # none is better
    run(trials=2, space=better)
    refits = engine.begun.count("refit")
    run(trials=3, space=better)
    assert engine.begun.count("refit") <= refits + 1
    result = run(trials=3, space=better)
    assert engine.begun.count("refit") <= refits + 1
    assert result.results.refit.trial == result.best.number


def test_a_model_that_was_deleted_is_written_anew(run, engine):
    first = run()
    (first.model_path / "model.json").unlink()
    begun = len(engine.starts)
    again = run()
    assert (again.model_path / "model.json").is_file()
    assert len(engine.starts) == begun + 1
    assert again.test == first.test


def test_what_an_earlier_run_left_running_is_said(run, engine):
    study = run(trials=1).study
    for text in ("1 trial of an earlier run was cut off.", "2 trials of earlier runs were cut"):
        for _ in range(int(text[0])):
            study.ask()
        watcher = Heard()
        run(watcher, trials=1)
        assert watcher.of(Notice)[0].text.startswith(text)


# What is lost -----------------------------------------------------------------------------------


def test_a_winner_that_diverges_in_its_refit_is_out_for_good(run, engine):
    result = run(trials=6, confirm=3)
    best, second = sorted(
        result.results.confirmed, key=lambda number: result.results.confirmed[number].mean
    )[:2]
    assert result.best.number == best
    (result.model_path / "model.json").unlink()
    refit_seeds = engine.starts[-1][1]
    lost = engine.starts[-1][0]
    engine.diverges = lambda settings, seed: seed in refit_seeds and settings == lost
    watcher = Heard()
    again = run(watcher, trials=6, confirm=3)
    assert again.best.number == second
    assert f"Trial {best} is out of the choice: seed 1 of 3 diverged at epoch 3." in [
        one.text for one in watcher.of(Notice)
    ]
    assert best not in again.results.confirmed
    begun = len(engine.starts)
    assert run(trials=6, confirm=3).best.number == second
    assert len(engine.starts) <= begun + 1  # the next best may be nominated in its place


def test_a_study_in_which_everything_diverges_says_what_to_try(run, engine):
    engine.diverges = lambda settings, seed: True
    message = (
        r"None of the 3 trials has a score that fresh seeds confirm. The last one: seed 1 of 3 "
        r"diverged at epoch 3. Try smaller learning rates, .* --set 'space.training.learning_rate="
    )
    with pytest.raises(StudyFailed, match=message):
        run(trials=3)


def test_a_study_whose_winners_cannot_be_refitted_is_said(run, engine):
    seen = []

    def refit_is_lost(epoch, seeds):
        seen.append(seeds)
        if len(set(seen)) == 3:  # search, confirm, refit
            raise OutOfMemory("too large")

    engine.before = refit_is_lost
    with pytest.raises(StudyFailed, match=r"None of the confirmed trials could be refitted on tr"):
        run(trials=2)
    engine.before = lambda epoch, seeds: None
    assert run(trials=2).added == 0


@pytest.mark.parametrize("phase", ["search", "confirm", "refit"])
def test_an_interrupted_study_goes_on_to_the_same_end(phase, run, engine, tmp_path):
    straight = run(home=tmp_path / "straight")
    seeds = {"search": engine.starts[0][1], "refit": engine.starts[-1][1]}
    seeds["confirm"] = engine.starts[4][1]
    cut = []

    def interrupt(epoch, fit_seeds):
        if fit_seeds == seeds[phase] and epoch == 2 and not cut:
            cut.append(epoch)
            raise KeyboardInterrupt

    engine.before = interrupt
    with pytest.raises(KeyboardInterrupt):
        run(home=tmp_path / "cut")
    assert not (tmp_path / "cut" / "airline" / "report.html").exists()
    result = run(home=tmp_path / "cut")
    assert (result.test, result.confirmed) == (straight.test, straight.confirmed)
    assert result.best.params == straight.best.params
    assert len(result.results.in_state("complete")) == 4


# What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"source": "nothing.csv"}, DataError),
        ({"split": {"test": 1000}}, DataError),
        ({"sampler": {"name": "tpe", "options": {"nonsense": 1}}}, SettingError),
        ({"pruner": {"name": "median", "options": {"nonsense": 1}}}, SettingError),
    ],
)
def test_what_cannot_be_asked_leaves_no_study(fields, error, run, engine, tmp_path):
    with pytest.raises(error):
        run(home=tmp_path / "home", **fields)
    assert not (tmp_path / "home" / "studies.db").exists()
    assert engine.starts == []


def test_another_question_is_refused_and_the_lock_is_free_again(run, engine, tmp_path):
    run(trials=1)
    for _ in range(2):
        with pytest.raises(QuestionChanged, match="horizon: 1 -> 2"):
            run(trials=1, horizon=2)
    assert run(trials=1, horizon=2, name="other").results.horizon == 2


def test_a_study_that_is_being_deleted_is_refused(run, engine, tmp_path, monkeypatch):
    monkeypatch.setattr(presence, "ENTRY", 0.1)
    refused = "it deletes, restores or repairs it. Wait until it has ended, and run the same com"
    with alone(tmp_path / "airline"), pytest.raises(StudyBusy, match=refused):
        run()


def test_a_broken_storage_is_said_with_its_place(run, engine, tmp_path):
    (tmp_path / "studies.db").write_text("no database" * 100)
    with pytest.raises(StorageError, match=rf"The storage {tmp_path}/studies.db cannot be used"):
        run()


def test_a_missing_tensorflow_is_not_taken_for_a_missing_driver(run, monkeypatch):
    def load(self):
        raise ModuleNotFoundError("No module named 'tensorflow'")

    monkeypatch.setattr(job.DeferredEngine, "load", load)
    with pytest.raises(ModuleNotFoundError, match="No module named 'tensorflow'"):
        run()


# With the real engine ---------------------------------------------------------------------------


@pytest.mark.slow
def test_a_real_study_ends_with_a_model_that_forecasts_and_can_be_made_again(tmp_path):
    fixed = {"architecture.units": 4, "training.epochs": 3, "training.batch_size": 32}
    fields = {"source": "airline", "home": tmp_path, "seeds": 2, "confirm": 1}
    experiment = ask({**fields, "trials": 2, "space": {**SPACE, **fixed}})
    result = manager.run(experiment)
    assert result.added == 2
    forecast = result.model.predict(steps=3)
    assert len(forecast) == 3
    assert forecast["forecast"].notna().all()
    again = manager.run(ask({**dict(experiment), "home": tmp_path / "again"}))
    assert again.results.trials[1].score == result.results.trials[1].score
    assert again.test == result.test
