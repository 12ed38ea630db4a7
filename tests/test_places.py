"""A home is left by nothing: no name in a storage and no link in a folder leads out of it."""

import optuna
import pytest
from fakes import SPACE, FakeEngine, install

from autolstm.errors import StorageError
from autolstm.experiment import ask
from autolstm.ledger.places import refuse_link, study_folder, within
from autolstm.ledger.storage import open_storage, quiet
from autolstm.ledger.turn import in_turn
from autolstm.report import page
from autolstm.study import manager
from autolstm.study.repair import repair
from autolstm.study.shelf import MODEL, REPORT, Shelf

OUTSIDE = "../outside"


def kept(folder):
    """Make what must survive, and return it."""
    (folder / MODEL).mkdir(parents=True)
    (folder / MODEL / "thesis.txt").write_text("years")
    (folder / REPORT).write_text("mine")
    return folder


def unharmed(folder):
    return (folder / MODEL / "thesis.txt").read_text() + (folder / REPORT).read_text() == (
        "yearsmine"
    )


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with a small study."""
    install(monkeypatch, FakeEngine())
    fields = {"source": "airline", "home": tmp_path / "home", "name": "one", "space": SPACE}
    manager.run(ask({**fields, "trials": 1, "seeds": 1, "confirm": 1}))
    return tmp_path / "home"


@pytest.mark.parametrize(
    "name", ["..", "../x", "/etc", "a/b", "a\\b", "C:x", "a\0b", "", ".", ".ssh", "x" * 101]
)
def test_a_name_that_leads_elsewhere(name, tmp_path):
    with pytest.raises(
        StorageError, match=r"^The storage holds the name .* It takes letters, .* or give another"
    ):
        within(tmp_path, name)


def test_a_folder_that_is_a_link(tmp_path):
    (tmp_path / "x").symlink_to("/")
    with pytest.raises(StorageError, match=r"x is a link, and so .* or let --home, which may be"):
        study_folder(tmp_path, "x")
    assert study_folder(tmp_path, "y") == tmp_path / "y"
    refuse_link(tmp_path / "y")


def test_a_study_of_a_hostile_storage_touches_nothing(home):
    outside = kept(home.parent / "outside")
    storage = open_storage(home)
    with quiet():
        good = optuna.load_study(study_name="one", storage=storage)
        bad = optuna.create_study(study_name=OUTSIDE, storage=storage)
    for key, value in good.user_attrs.items():
        bad.set_user_attr(key, value)
    shelf = Shelf(home)
    for ask_for in (shelf.results, shelf.report, shelf.model_path, shelf.delete):
        with pytest.raises(StorageError, match=r"holds the name '\.\./outside' of a folder"):
            ask_for(OUTSIDE)
    assert unharmed(outside)
    assert not (outside / ".lock").exists()
    assert [one.name for one in shelf.lines()] == [OUTSIDE, "one"]
    refit = good.user_attrs["autolstm:refit"]
    good.set_user_attr("autolstm:refit", {**refit, "path": "../../outside/model"})
    with pytest.raises(StorageError, match=r"holds the name '\.\./\.\./outside/model'"):
        shelf.model_path("one")


def test_a_study_folder_that_leads_out(home):
    outside = kept(home.parent / "outside")
    (home / "one").rename(home / "moved")
    (home / "one").symlink_to(outside)
    shelf = Shelf(home)
    fields = {"source": "airline", "home": home, "name": "one", "space": SPACE}
    again = ask({**fields, "trials": 2, "seeds": 1, "confirm": 1})
    for work in (
        lambda: shelf.report("one"),
        lambda: shelf.delete("one"),
        lambda: manager.run(again),
    ):
        with pytest.raises(StorageError, match="is a link"):
            work()
    assert unharmed(outside)
    assert sorted(one.name for one in outside.iterdir()) == [MODEL, REPORT]


def test_links_in_a_study_folder_are_deleted_not_followed(home):
    outside = kept(home.parent / "outside")
    for one in (home / "one" / MODEL, home / "one" / REPORT):
        if one.is_dir():
            one.rename(home / "moved")
        one.unlink(missing_ok=True)
    (home / "one" / MODEL).symlink_to(outside / MODEL)
    (home / "one" / REPORT).symlink_to(outside / REPORT)
    Shelf(home).delete("one")
    assert not (home / "one").exists()
    assert unharmed(outside)


def test_a_lock_that_is_a_link_is_not_opened(home):
    thesis = home.parent / "thesis.txt"
    thesis.write_text("years")
    (home / "one" / ".lock").unlink(missing_ok=True)
    (home / "one" / ".lock").symlink_to(thesis)
    with pytest.raises(StorageError, match=r"\.lock is a link"):
        Shelf(home).delete("one")
    assert thesis.read_text() == "years"


def test_a_ledger_that_is_a_link_is_not_opened(tmp_path):
    (tmp_path / "home").mkdir()
    other = tmp_path / "bookmarks.sqlite"
    other.touch()
    (tmp_path / "home" / "studies.db").symlink_to(other)
    with pytest.raises(StorageError, match=r"studies\.db is a link"):
        open_storage(tmp_path / "home")
    with pytest.raises(StorageError, match=r"studies\.db is a link"):
        repair(tmp_path / "home")
    assert other.read_bytes() == b""


@pytest.mark.parametrize("url", [False, True])
@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
def test_a_file_beside_a_ledger_that_is_a_link_is_not_written(ending, url, tmp_path):
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("years")
    (tmp_path / f"studies.db{ending}").symlink_to(thesis)
    given = f"sqlite:///{tmp_path}/studies.db" if url else None
    for use in (open_storage, repair):
        with pytest.raises(StorageError, match=rf"studies\.db{ending} is a link"):
            use(tmp_path, given)
    assert thesis.read_text() == "years"


def test_the_lock_of_a_turn_that_is_a_link_is_not_taken(home):
    thesis = home.parent / "thesis.txt"
    thesis.write_text("years")
    (home / "studies.db.turn").unlink(missing_ok=True)
    (home / "studies.db.turn").symlink_to(thesis)
    with pytest.raises(StorageError, match=r"studies\.db\.turn is a link"):
        in_turn(Shelf(home).study("one"), lambda: None)
    assert thesis.read_text() == "years"


def test_a_report_takes_the_place_of_a_link(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "render", lambda results: "new")
    outside = kept(tmp_path / "outside")
    (tmp_path / REPORT).symlink_to(outside / REPORT)
    page.write(None, tmp_path / REPORT)
    assert not (tmp_path / REPORT).is_symlink()
    assert (tmp_path / REPORT).read_text() == "new"
    assert unharmed(outside)
