"""Tests of `autolstm.workers.logs`: what workers print, whose it is, how long it is kept."""

import os
from datetime import datetime

import pytest

from autolstm.errors import StorageError
from autolstm.workers.logs import KEPT, begin_log, log_for, tidy


def printed(log, slot, text):
    opened = begin_log(log, slot)
    os.write(opened, text)
    os.close(opened)


def test_whoever_replaces_a_worker_goes_on_in_its_file(tmp_path):
    log = log_for(tmp_path / "logs", 2)
    printed(log, 2, b"why it died\n")
    printed(log, 2, b"its successor\n")
    first, said, second, then = log.read_text().splitlines()
    assert (said, then) == ("why it died", "its successor")
    assert first.startswith(f"-- worker 2, begun {datetime.now():%Y-}")
    assert second.startswith("-- worker 2, begun ")
    if os.name == "posix":
        assert (log.stat().st_mode & 0o777, log.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_two_commands_do_not_write_into_one_file(tmp_path, monkeypatch):
    mine = log_for(tmp_path, 1)
    monkeypatch.setattr(os, "getpid", lambda: 400_000_000)
    assert log_for(tmp_path, 1) != mine


@pytest.mark.parametrize("link", ["logs", "logs/worker-1-of-3.log"])
def test_nothing_is_written_through_a_link(link, tmp_path):
    place, elsewhere = tmp_path / link, tmp_path / "elsewhere"
    if link == "logs":
        elsewhere.mkdir()
    else:
        elsewhere.write_text("kept")
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(elsewhere)
    with pytest.raises(StorageError, match="is a link, and so its files lie elsewhere"):
        begin_log(tmp_path / "logs" / "worker-1-of-3.log", 1)
    assert list(elsewhere.iterdir()) == [] if link == "logs" else elsewhere.read_text() == "kept"


def test_of_commands_that_have_ended_the_newest_files_are_kept(tmp_path):
    gone = [tmp_path / f"worker-1-of-{400_000_000 + number}.log" for number in range(KEPT + 3)]
    for number, one in enumerate(gone):
        one.touch()
        os.utime(one, (number, number))
    mine, other = log_for(tmp_path, 1), tmp_path / "notes.log"
    for one in (mine, other):
        one.touch()
        os.utime(one, (0, 0))
    tidy(tmp_path)
    assert set(tmp_path.iterdir()) == {mine, other, *gone[3:]}
    tidy(tmp_path / "missing")
