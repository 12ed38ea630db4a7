"""A running study on a terminal and in a log: whole facts at every width, and text as it is."""

import io
import sys

import pytest
from rich.console import Console
from test_cli_board import EVENTS, PARAMS, Clock, started

from autolstm.cli import watching
from autolstm.cli.board import Board
from autolstm.cli.live import SHOWN, Live
from autolstm.cli.plain import Plain
from autolstm.study.progress import EpochSeen, Notice, Phase, Silent, TrialStarted


def draw(width, *events, clock=None, **console):
    """Return what is printed above the display, and the display itself."""
    terminal = Console(
        record=True,
        width=width,
        height=40,
        file=io.StringIO(),
        markup=False,
        emoji=False,
        highlight=False,
        **console,
    )
    live = Live(terminal, Board(clock or Clock()))
    for event in events:
        live.see(event)
    above = terminal.export_text()
    terminal.print(live.view())
    return above, terminal.export_text()


def flat(text):
    """Join wrapped lines, so that a fact is found wherever it was broken."""
    return " ".join(text.split())


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_cut_at_any_width(width):
    clock = Clock()
    above, view = draw(width, *EVENTS, clock=clock)
    assert all(len(line) <= width for line in (above + view).splitlines())
    assert "…" not in above + view
    above, view = flat(above), flat(view)
    for fact in (
        "airline",
        "144 rows, one a month,",
        "[bold]passengers[/bold]?[2J",
        "train 100, validation 22, test 22",
        "rmse in thousand, lower is better",
        "(validation)",
        "Searching: 20 trials, 5 seeds each",
        "best so far",
        "pruned",
        "out of memory [red]",
        "Only 22 rows are tested [on].",
    ):
        assert fact in above, fact
    for fact in (
        "2 of 20: 1 done, 1 pruned, 1 failed",
        "Trial 3",
        "units 64",
        "window 24",
        "epoch 34/150",
        "loss 0.2134",
        "4 of 5 seeds running",
        "17.2 ± 1.5",
        "thousand (trial 0)",
        "elapsed",
        "left for the trials",
        "limit",
    ):
        assert fact in view, fact


def test_the_live_display_keeps_its_height_between_epochs():
    heights = set()
    for loss in (0.2134, 1.0, 0.00001234):
        event = EpochSeen(3, 34, 150, loss, 4)
        heights.add(len(draw(80, *EVENTS, event)[1].splitlines()))
    assert len(heights) == 1


def test_the_live_display_shows_the_trials_of_all_workers_and_counts_those_that_do_not_fit():
    begun = (TrialStarted(number, PARAMS) for number in range(SHOWN + 2))
    _, drawn = draw(80, started(), Phase("search"), *begun)
    assert [f"Trial {number} " in drawn for number in range(SHOWN + 2)] == [
        *[True] * SHOWN,
        *[False] * 2,
    ]
    assert "and 2 more" in drawn


def test_the_live_display_moves_a_real_terminal_and_gives_the_cursor_back():
    stream = io.StringIO()
    terminal = Console(file=stream, force_terminal=True, width=80, no_color=True)
    with pytest.raises(KeyboardInterrupt), Live(terminal) as live:
        for event in EVENTS:
            live.see(event)
        raise KeyboardInterrupt
    assert stream.getvalue().rindex("\x1b[?25h") > stream.getvalue().rindex("\x1b[?25l")
    assert "\x1b[31m" not in stream.getvalue()


def test_thousands_of_epochs_do_not_redraw_the_terminal():
    stream = io.StringIO()
    with Live(Console(file=stream, force_terminal=True, width=80)) as live:
        for event in EVENTS:
            live.see(event)
        drawn = stream.tell()
        for number in range(1, 5001):
            live.see(EpochSeen(3, number, 5000, 0.5, 5))
        assert stream.tell() - drawn < 20_000


def test_before_the_data_are_read_the_display_says_so():
    assert "Reading the data" in draw(60)[1]


@pytest.mark.parametrize("name", ["refit", "report"])
def test_a_phase_without_fits_shows_the_time_only(name):
    view = draw(60, *EVENTS, Phase(name))[1]
    assert "elapsed" in view
    assert "Best" not in view


def test_a_log_has_a_line_per_trial_and_phase():
    stream = io.StringIO()
    log = Plain(stream)
    for event in (*EVENTS, Phase("confirm", 3), Phase("refit"), Phase("report")):
        log.see(event)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "Study: airline"
    assert lines[1] == "Data: 144 rows, one a month, target '[bold]passengers[/bold]?[2J'"
    assert lines[5].startswith("Baselines: seasonal 28.2")
    assert lines[6] == "Searching: 20 trials, 5 seeds each"
    assert lines[7].startswith("trial 0: 17.2")
    assert "best so far" in lines[7]
    assert lines[8].startswith("trial 1: pruned")
    assert "(pruned at epoch 23 of the 5 fits); units 64, learning_rate 0.0031" in lines[8]
    assert lines[9].startswith("trial 2: failed")
    assert lines[10:] == [
        "Only 22 rows are tested [on].",
        "Confirming: 3 configurations again, with fresh seeds",
        "Refitting: the winner on training and validation rows",
        "Writing the report",
    ]


@pytest.mark.parametrize(
    ("terminal", "term", "as_json", "quiet", "kind"),
    [
        (True, "xterm", False, False, Live),
        (True, "dumb", False, False, Plain),
        (False, "xterm", False, False, Plain),
        (True, "xterm", True, False, Plain),
        (True, "xterm", False, True, Silent),
        (True, "xterm", True, True, Silent),
    ],
)
def test_who_watches(terminal, term, as_json, quiet, kind, monkeypatch, capsys):
    for place in ("watching", "output"):
        monkeypatch.setattr(f"autolstm.cli.{place}.is_terminal", lambda **_: terminal)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with watching.watching(as_json=as_json, quiet=quiet) as watcher:
        assert type(watcher) is kind
        watcher.see(Notice("hello"))
    out, err = capsys.readouterr()
    assert ("hello" in out) is not (as_json or quiet)
    assert ("hello" in err) is (as_json and not quiet)


def test_a_terminal_is_asked_not_guessed(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    with watching.watching(as_json=False, quiet=False) as watcher:
        assert type(watcher) is Plain
