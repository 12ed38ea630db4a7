"""Where compiled programs are kept between processes."""

import os
import subprocess
import sys

import pytest

from autolstm.models import xla_cache


@pytest.fixture(autouse=True)
def apart(monkeypatch, tmp_path):
    monkeypatch.setenv(xla_cache.SWITCH, str(tmp_path / "programs"))
    monkeypatch.delenv("TF_XLA_FLAGS", raising=False)


def test_tensorflow_is_told_of_the_folder(monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_clustering_debug")
    xla_cache.use()
    place = xla_cache.folder()
    assert place is not None
    assert place.is_dir()
    told = f"--tf_xla_clustering_debug --tf_xla_persistent_cache_directory={place}"
    assert os.environ["TF_XLA_FLAGS"] == told


def test_a_folder_named_by_the_user_stays(monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_persistent_cache_directory=/mine")
    xla_cache.use()
    assert os.environ["TF_XLA_FLAGS"].endswith("=/mine")


@pytest.mark.parametrize("word", ["off", "0", "No", "FALSE"])
def test_it_can_be_turned_off(word, monkeypatch):
    monkeypatch.setenv(xla_cache.SWITCH, word)
    xla_cache.use()
    assert xla_cache.folder() is None
    assert "TF_XLA_FLAGS" not in os.environ
    assert not xla_cache.clear()


def test_a_folder_that_cannot_be_made_is_done_without(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(xla_cache.SWITCH, str(tmp_path / "file"))
    xla_cache.use()
    assert "TF_XLA_FLAGS" not in os.environ


def test_the_oldest_programs_go_first(monkeypatch):
    monkeypatch.setattr(xla_cache, "MOST", 2)
    place = xla_cache.folder()
    place.mkdir(parents=True)
    for age, name in enumerate(["new", "middle", "old"]):
        (place / f"{name}.pb").write_text("")
        os.utime(place / f"{name}.pb", (1000 - age, 1000 - age))
    xla_cache.use()
    assert sorted(one.stem for one in place.iterdir()) == ["middle", "new"]


def test_clearing_says_whether_there_was_anything():
    assert not xla_cache.clear()
    place = xla_cache.folder()
    place.mkdir(parents=True)
    (place / "one.pb").write_text("")
    assert xla_cache.clear()
    assert not list(place.iterdir())


FIT = """
import sys
from tiny_fits import tiny, windows
from autolstm.train import plan
from autolstm.train.compiled import CompiledEngine
plan.WORTH_COMPILING = 0
run = CompiledEngine(threads=1).start(windows(tiny()), tiny(epochs=2), (1, 2))
print([one.valid_loss.tolist() for one in run])
"""


@pytest.mark.slow
def test_a_damaged_cache_is_thrown_away():
    """A second process reads what the first one wrote; what cannot be read costs a compilation."""
    place = xla_cache.folder()

    def fit() -> str:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", FIT], capture_output=True, text=True, env=environment
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    first = fit()
    (held,) = place.glob("*.pb")
    written = held.stat().st_mtime_ns
    assert fit() == first
    assert held.stat().st_mtime_ns == written
    held.write_bytes(held.read_bytes()[:1000])
    assert fit() == first
    (anew,) = place.glob("*.pb")
    assert anew.stat().st_size > 1000
