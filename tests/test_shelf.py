"""The studies of a home: listed, read, reported, deleted."""

import numpy as np
import optuna
import pytest
from fakes import SPACE, FakeEngine, install
from optuna.trial import TrialState, create_trial

from autolstm.data.load import load
from autolstm.errors import StorageError, StudyBusy, StudyNotFound
from autolstm.experiment import ask
from autolstm.ledger.record import StudyKey
from autolstm.ledger.storage import open_storage, quiet
from autolstm.question import pose
from autolstm.study import manager
from autolstm.study.presence import present
from autolstm.study.shelf import MODEL, REPORT, Shelf, _unit


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A home with two finished studies, one of them of a maximised metric."""
    home = tmp_path_factory.mktemp("home")
    usual = {"source": "airline", "home": home, "seeds": 2, "confirm": 1, "space": SPACE}
    with pytest.MonkeyPatch.context() as patch:
        install(patch, FakeEngine())
        manager.run(ask({**usual, "name": "second", "trials": 3}))
        manager.run(ask({**usual, "name": "first", "trials": 2, "metric": "r2"}))
    return home


@pytest.fixture
def home(template, tmp_path):
    import shutil

    return shutil.copytree(template, tmp_path / "home")


def no_files(folder):
    return not folder.exists() or not list(folder.rglob("*"))


# Reading ----------------------------------------------------------------------------------------


def test_studies_are_listed_by_name_with_their_best_search_score(home):
    first, second = Shelf(home).lines()
    assert (first.name, first.metric, first.unit) == ("first", "r2", "")
    assert (second.name, second.metric, second.unit) == (
        *("second", "rmse", "thousand passengers"),
    )
    assert (second.complete, second.pruned, second.failed) == (3, 0, 0)
    for line in (first, second):
        results = Shelf(home).results(line.name)
        assert (line.best, line.std) == (results.ranked[0].score.mean, results.ranked[0].score.std)
        assert line.updated is not None


@pytest.mark.parametrize(
    ("metric", "unit"), [("mase", ""), ("rmsse", ""), ("pinball90", "thousand passengers")]
)
def test_a_metric_goes_through_a_whole_study(metric, unit, tmp_path, monkeypatch):
    install(monkeypatch, FakeEngine())
    asked = {"source": "airline", "name": "one", "home": tmp_path, "space": SPACE}
    result = manager.run(ask({**asked, "trials": 1, "seeds": 2, "confirm": 1, "metric": metric}))
    (line,) = Shelf(tmp_path).lines()
    assert (line.metric, line.unit, result.results.unit) == (metric, unit, unit)
    scores = (line.best, *result.confirmed.values, *result.test.values, result.skill)
    assert np.isfinite([*scores, *result.baselines.values()]).all()
    # Whoever knows the rows finds the same score.
    question = pose(ask({**asked, "metric": metric}), load("airline"))
    assert question.baseline_scores()["test"] == result.baselines


def test_a_metric_of_a_newer_autolstm_has_no_unit():
    assert _unit("owa", "kg") == ""


def test_studies_of_others_and_half_made_ones_are_not_listed(home):
    with quiet():
        optuna.create_study(study_name="theirs", storage=open_storage(home))
    assert [one.name for one in Shelf(home).lines()] == ["first", "second"]


def test_a_study_without_a_finished_trial_is_listed(home):
    with quiet():
        storage = open_storage(home)
        study = optuna.load_study(study_name="first", storage=storage)
        copy = optuna.create_study(study_name="begun", storage=storage, direction="maximize")
    for key, value in study.user_attrs.items():
        copy.set_user_attr(key, value)
    begun = Shelf(home).lines()[0]
    assert (begun.name, begun.complete, begun.best, begun.std, begun.updated) == (
        *("begun", 0, None, None, None),
    )
    study.add_trial(create_trial(state=optuna.trial.TrialState.FAIL))
    assert Shelf(home).lines()[1].failed == 1


def test_a_study_is_read(home):
    results = Shelf(home).results("second")
    assert (results.name, len(results.trials)) == ("second", 3)
    assert results.winner is not None


def test_a_report_is_written_again(home, monkeypatch):
    install(monkeypatch, FakeEngine())
    (home / "second" / REPORT).unlink()
    assert Shelf(home).report("second") == home / "second" / REPORT
    assert (home / "second" / REPORT).is_file()


def test_a_model_is_found_where_the_home_is_now(home):
    assert Shelf(home).model_path("second") == home / "second" / MODEL


def test_a_study_that_is_not_finished_has_no_model(home):
    study = optuna.load_study(study_name="second", storage=open_storage(home))
    study.set_user_attr("autolstm:refit", None)
    with pytest.raises(StudyNotFound, match=r"'second' has no model yet: its winner is not chos"):
        Shelf(home).model_path("second")


def test_the_storage_is_opened_once(home):
    shelf = Shelf(home)
    assert shelf.storage() is shelf.storage()


def test_a_url_is_read_as_a_home_is(home):
    shelf = Shelf(home / "elsewhere", f"sqlite:///{home}/studies.db")
    assert [one.name for one in shelf.lines()] == ["first", "second"]
    assert shelf.results("first").folder == str(home / "elsewhere" / "first")
    assert not (home / "elsewhere").exists()


# What is not there ------------------------------------------------------------------------------

ASKS = {
    "results": lambda shelf: shelf.results("secnd"),
    "report": lambda shelf: shelf.report("secnd"),
    "model": lambda shelf: shelf.model_path("secnd"),
    "delete": lambda shelf: shelf.delete("secnd"),
}


@pytest.mark.parametrize("what", ASKS)
def test_a_missing_home_makes_no_files(what, tmp_path):
    home = tmp_path / "home"
    with pytest.raises(StudyNotFound, match=rf"There are no studies in {home}/studies\.db. Begin"):
        ASKS[what](Shelf(home))
    assert Shelf(home).lines() == []
    assert not home.exists()


@pytest.mark.parametrize("what", ASKS)
def test_an_unknown_name_is_guessed(what, home):
    message = (
        rf"There is no study 'secnd' in {home}/studies\.db. Did you mean 'second'\? There are: "
        r"first, second. See `autolstm list`"
    )
    with pytest.raises(StudyNotFound, match=message):
        ASKS[what](Shelf(home))
    assert not (home / "secnd").exists()


def test_a_missing_sqlite_url_makes_no_file(tmp_path):
    shelf = Shelf(tmp_path, f"sqlite:///{tmp_path}/none.db")
    assert shelf.lines() == []
    with pytest.raises(StudyNotFound, match=r"There are no studies in sqlite:///.*none.db"):
        shelf.storage()
    assert no_files(tmp_path)


@pytest.mark.parametrize("url", ["nonsense", "postgresql://user:secret@host:port/base"])
def test_a_wrong_url_is_said(url, tmp_path):
    with pytest.raises(StorageError, match="is not a URL"):
        Shelf(tmp_path, url).lines()


def test_an_empty_storage_has_no_names_to_list(tmp_path):
    open_storage(tmp_path)
    with pytest.raises(StudyNotFound, match=r"There is no study 'x' in .*studies.db. See `auto"):
        Shelf(tmp_path).results("x")


# Stopping ---------------------------------------------------------------------------------------


def test_over_a_storage_of_its_own_everybody_is_asked_to_stop(home):
    """A command on another machine that confirms, or is between two trials, cannot be seen."""
    study = Shelf(home).study("second")
    assert not Shelf(home).stop("second")
    assert StudyKey.stop not in study.user_attrs
    shared = Shelf(home.parent / "other", f"sqlite:///{home}/studies.db")
    assert not shared.stop("second")
    assert study.user_attrs[StudyKey.stop] == {"number": 1, "finish": False}
    study.add_trial(create_trial(state=TrialState.RUNNING))
    assert shared.stop("second", finish=True)
    assert study.user_attrs[StudyKey.stop] == {"number": 2, "finish": True}
    assert not Shelf(home).stop("second")  # nobody but this home could run it
    with present(home / "second"):
        assert Shelf(home).stop("second")


# Deleting ---------------------------------------------------------------------------------------


def test_a_deleted_study_is_gone_with_its_files(home):
    folder = home / "second"
    (folder / f".{MODEL}.new").mkdir()  # left by a process that was killed
    Shelf(home).delete("second")
    assert [one.name for one in Shelf(home).lines()] == ["first"]
    assert not folder.exists()
    with pytest.raises(StudyNotFound):
        Shelf(home).delete("second")


def test_files_of_others_stay(home):
    (home / "second" / "notes.txt").write_text("mine")
    Shelf(home).delete("second")
    assert [one.name for one in (home / "second").rglob("*")] == ["notes.txt"]


def test_a_study_that_runs_is_not_deleted(home):
    with present(home / "second"), pytest.raises(StudyBusy, match="being run by another process"):
        Shelf(home).delete("second")
    assert len(Shelf(home).lines()) == 2
    assert (home / "second" / MODEL).is_dir()


def test_a_study_of_another_program_is_not_deleted(home):
    with quiet():
        optuna.create_study(study_name="theirs", storage=open_storage(home))
    with pytest.raises(StorageError, match="study 'theirs' was not made by autolstm"):
        Shelf(home).delete("theirs")
    assert "theirs" in optuna.get_all_study_names(open_storage(home))


def test_a_deleted_study_can_be_asked_anew(home, monkeypatch):
    install(monkeypatch, FakeEngine())
    Shelf(home).delete("second")
    fields = {"source": "airline", "home": home, "name": "second", "space": SPACE}
    result = manager.run(ask({**fields, "trials": 1, "seeds": 1, "horizon": 3}))
    assert (result.added, result.results.horizon) == (1, 3)
