"""Every failure becomes one message on standard error and an exit code.

0    done
1    the study failed, no memory, no room on the disk, a folder that cannot be written
2    the user can mend it: data, settings, names, options
70   a bug in autolstm
130  interrupted (Ctrl-C), or a study stopped by `autolstm stop`; its workers end with 0
141  nobody reads the output any more
143  ended by SIGTERM
"""

import errno
import os
import shlex
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

import typer
from typer.exceptions import TyperException

from autolstm.errors import AutoLSTMError, InputError, StudyStopped, guess
from autolstm.secrecy import masked

__all__ = ["Terminated", "explain", "listen", "reported"]

GRACE = 1.0
"""Seconds in which a repeated signal is taken for the first: ``timeout`` sends each one twice."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class Terminated(KeyboardInterrupt):
    """SIGTERM came: everything is cleaned up as after Ctrl-C."""


def listen() -> None:
    """Turn SIGTERM into `Terminated`, and let a second signal end the process at once."""
    first: list[float] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if not first:
            first.append(time.monotonic())
            raise Terminated if number == signal.SIGTERM else KeyboardInterrupt
        if time.monotonic() - first[0] > GRACE:
            _leave(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        # A shell that runs us in the background has SIGINT ignored on purpose.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


def _leave(code: int) -> None:
    """End the process without any clean-up, but with a visible cursor."""
    with suppress(OSError, ValueError):
        if sys.stdout.isatty():
            os.write(sys.stdout.fileno(), b"\x1b[?25h\n")
    os._exit(code)


@contextmanager
def reported(arguments: Sequence[str] | None = None) -> Iterator[None]:
    """End the process with a message and a code if anything fails inside.

    Args:
        arguments: What the user typed after ``autolstm``; those of this process by default.
    """
    try:
        yield
        sys.stdout.flush()
    except SystemExit:
        raise
    except BaseException as error:
        code, message = explain(error, sys.argv[1:] if arguments is None else arguments)
        if message:
            _tell(message)
        sys.exit(code)


def explain(error: BaseException, arguments: Sequence[str] = ()) -> tuple[int, str]:
    """Return exit code and message of a failure; the message may be empty."""
    match error:
        case typer.Exit():
            return error.exit_code, ""
        case typer.Abort():
            return 1, "stopped: nothing was changed."
        case Terminated():
            return 143, "ended by SIGTERM." + _how_to_continue(arguments)
        case KeyboardInterrupt():
            return 130, "interrupted." + _how_to_continue(arguments)
        case BrokenPipeError():
            _drop_output()
            return 141, ""
        case TyperException():
            return error.exit_code, "error: " + _misuse(error)
        case InputError():
            return 2, f"error: {error}"
        case StudyStopped():
            return 130, str(error)
        case AutoLSTMError():
            return 1, f"error: {error}"
    return _machine(error) or _bug(error)


def _how_to_continue(arguments: Sequence[str]) -> str:
    if not {*arguments[:1]} & {"study", "grid", "sensitivity", "repeats"}:
        return ""
    command = shlex.join(["autolstm", *map(masked, arguments)])
    return f" Everything finished is kept. To go on, run the same command again:\n  {command}"


def _misuse(error: TyperException) -> str:
    """Word a wrong command line, with the nearest option."""
    name = getattr(error, "option_name", None)
    near = getattr(error, "possibilities", None)
    context = getattr(error, "ctx", None)
    where = context.command_path if context is not None else "autolstm"
    if name and near is not None:
        text = f"There is no option {name!r}.{guess(name, near)}"
    else:
        text = error.format_message()
    return f"{text}\nSee `{where} --help`."


def _machine(error: BaseException) -> tuple[int, str] | None:
    """Word what the computer could not do; None where that is not the cause."""
    cause: BaseException | None = error
    while cause is not None:
        number = cause.errno if isinstance(cause, OSError) else None
        file = f" ({cause.filename})" if isinstance(cause, OSError) and cause.filename else ""
        if isinstance(cause, MemoryError):
            return 1, (
                "error: The computer has not enough memory. Everything finished is kept. Ask for "
                "fewer --seeds, or smaller networks and batches with --set, or close other "
                "programs."
            )
        if number in FULL or "database or disk is full" in str(cause):
            return 1, (
                f"error: There is no room left on the disk{file}. Everything finished is kept. "
                f"Make room, or give another --home, and run the same command again."
            )
        if number in FORBIDDEN or "readonly database" in str(cause):
            return 1, (
                f"error: A file or folder may not be read or written{file}. Change its "
                f"permissions, or give another folder with --home."
            )
        cause = cause.__cause__ or cause.__context__
    return None


def _bug(error: BaseException) -> tuple[int, str]:
    if os.environ.get("AUTOLSTM_DEBUG") == "1":
        return 70, masked("".join(traceback.format_exception(error)).rstrip())
    what = masked(f"{type(error).__name__}: {error}".rstrip(": ").rstrip("."))
    return 70, (
        f"error: this is a bug in autolstm: {what}. Run again with AUTOLSTM_DEBUG=1 for details."
    )


def _tell(message: str) -> None:
    # Imported here: rich is slow to load, and most commands do not fail.
    from autolstm.cli.output import say

    with suppress(OSError):
        say(message, stderr=True)


def _drop_output() -> None:
    """Point standard output to nowhere, or Python complains when it flushes at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
