"""Every failure: its message, its exit code, and no traceback."""

import errno
import signal
import subprocess
import sys
import time

import pytest
import typer

from autolstm.cli import failures, output
from autolstm.errors import InputError, OutOfMemory, StudyFailed, StudyNotFound

FAKES = """
import sys, time, types
sys.modules["autolstm.experiment"] = types.SimpleNamespace(read=lambda *given: None)
def run(experiment, *, watcher):
    {body}
sys.modules["autolstm.workers"] = types.SimpleNamespace(run=run)
sys.argv = ["autolstm", "study", "my data.csv", "--quiet"]
from autolstm.__main__ import main
main()
"""

SLOW = """
    try:
        print("running", flush=True)
        time.sleep(30)
    finally:
        print("cleaning", flush=True)
        time.sleep({cleaning})
        print("clean", flush=True)
"""


def start(body):
    return subprocess.Popen(
        [sys.executable, "-c", FAKES.format(body=body.strip())],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (InputError("The column 'x' is missing."), 2, "error: The column 'x' is missing."),
        (StudyNotFound("There is no study 'x'."), 2, "error: There is no study 'x'."),
        (StudyFailed("3 trials in a row failed."), 1, "error: 3 trials in a row failed."),
        (OutOfMemory("does not fit"), 1, "error: does not fit"),
        (typer.Exit(3), 3, ""),
        (typer.Abort(), 1, "stopped: nothing was changed."),
        (BrokenPipeError(), 141, ""),
        (KeyboardInterrupt(), 130, "interrupted."),
        (failures.Terminated(), 143, "ended by SIGTERM."),
    ],
)
def test_a_failure_has_a_message_and_a_code(error, code, message, monkeypatch):
    monkeypatch.setattr(failures, "_drop_output", lambda: None)
    assert failures.explain(error) == (code, message)


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (MemoryError(), ["not enough memory", "Everything finished is kept", "--seeds"]),
        (OSError(errno.ENOSPC, "full", "runs/a.db"), ["no room left on the disk (runs/a.db)"]),
        (RuntimeError("database or disk is full"), ["no room left on the disk.", "--home"]),
        (PermissionError(errno.EACCES, "no", "runs"), ["may not be read or written (runs)"]),
        (OSError(errno.EROFS, "read-only"), ["may not be read or written.", "--home"]),
        (RuntimeError("attempt to write a readonly database"), ["may not be read or written"]),
    ],
)
def test_what_the_computer_cannot_do_is_said(error, parts):
    code, message = failures.explain(error)
    assert code == 1
    assert message.startswith("error: ")
    assert all(part in message for part in parts)


def test_the_cause_is_found_below_other_errors():
    try:
        try:
            raise OSError(errno.ENOSPC, "full")
        except OSError as cause:
            raise RuntimeError("the storage gave up") from cause
    except RuntimeError as error:
        assert "no room left" in failures.explain(error)[1]


def test_a_bug_is_called_a_bug(monkeypatch):
    monkeypatch.delenv("AUTOLSTM_DEBUG", raising=False)
    assert failures.explain(TypeError("no len()")) == (
        70,
        "error: this is a bug in autolstm: TypeError: no len(). Run again with AUTOLSTM_DEBUG=1 "
        "for details.",
    )
    assert "bug in autolstm: KeyError. Run" in failures.explain(KeyError())[1]


def test_a_bug_shows_its_traceback_on_demand(monkeypatch):
    monkeypatch.setenv("AUTOLSTM_DEBUG", "1")
    code, message = failures.explain(TypeError("no len()"))
    assert code == 70
    assert message.endswith("TypeError: no len()")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), failures.Terminated()])
def test_an_interrupted_study_says_how_to_go_on(error):
    message = failures.explain(error, ["study", "my data.csv", "--trials", "9"])[1]
    assert "Everything finished is kept. To go on, run the same command again:" in message
    assert message.endswith("\n  autolstm study 'my data.csv' --trials 9")


def test_a_command_to_copy_stays_one_line_on_a_narrow_terminal(monkeypatch, capsys):
    """Wrapped by us, it would be pasted as several commands."""
    monkeypatch.setattr(output, "is_terminal", lambda *, stderr=False: True)
    monkeypatch.setenv("COLUMNS", "40")
    command = f"  autolstm study {'x' * 60}.csv --trials 9"
    output.say(f"interrupted. Everything finished is kept, all of it.\n{command}")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == command
    assert all(len(one) <= 40 for one in lines[:-1])


def test_a_message_goes_to_standard_error_literally(capsys):
    with pytest.raises(SystemExit) as end, failures.reported([]):
        raise InputError("The column '[bold]x[/bold]\x1b[2J' :smile: is missing.")
    out, err = capsys.readouterr()
    assert end.value.code == 2
    assert out == ""
    assert err == "error: The column '[bold]x[/bold]?[2J' :smile: is missing.\n"


def test_a_long_message_is_wrapped_on_a_terminal_only(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    for terminal in (False, True):
        monkeypatch.setattr("autolstm.cli.output.is_terminal", lambda stderr, t=terminal: t)
        with pytest.raises(SystemExit), failures.reported([]):
            raise InputError("word " * 40)
        lines = capsys.readouterr().err.splitlines()
        assert (max(map(len, lines)) <= 60) is terminal


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "interrupted."), (signal.SIGTERM, 143, "ended by SIGTERM.")],
)
def test_a_signal_cleans_up_and_says_how_to_go_on(number, code, word):
    process = start(SLOW.format(cleaning=0.2))
    assert process.stdout.readline() == "running\n"
    process.send_signal(number)
    assert process.stdout.readline() == "cleaning\n"
    process.send_signal(number)  # as `timeout` does; within the grace it is the same signal
    out, err = process.communicate(timeout=20)
    assert process.returncode == code
    assert out == "clean\n"
    assert err.startswith(word)
    assert "autolstm study 'my data.csv' --quiet" in err
    assert "Traceback" not in err


def test_a_second_interrupt_ends_a_long_clean_up_at_once():
    process = start(SLOW.format(cleaning=30))
    assert process.stdout.readline() == "running\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "cleaning\n"
    time.sleep(failures.GRACE + 0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "")


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ("raise MemoryError", 1, "error: The computer has not enough memory."),
        ("len(5)", 70, "error: this is a bug in autolstm: TypeError"),
    ],
)
def test_a_failing_process_ends_without_traceback(body, code, message):
    process = start(body)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (code, "")
    assert err.startswith(message)
    assert "Traceback" not in err


def test_a_closed_pipe_is_no_fault():
    process = start("[print('x' * 1000) for _ in range(1000)]")
    process.stdout.close()
    process.stdout = None
    err = process.communicate(timeout=20)[1]
    assert (process.returncode, err) == (141, "")
