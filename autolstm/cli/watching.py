"""Which watcher a run gets: the live display, plain lines, or none."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from autolstm.cli.live import Live
from autolstm.cli.output import console, is_terminal
from autolstm.cli.plain import Plain
from autolstm.study.progress import Silent, Watcher

__all__ = ["watching"]


@contextmanager
def watching(*, as_json: bool, quiet: bool) -> Iterator[Watcher]:
    """Yield a watcher, and leave the terminal as it was.

    Standard output belongs to the document where one is asked for; progress then goes to standard
    error. A live display needs a terminal that can move its cursor.
    """
    terminal = console()
    if quiet:
        yield Silent()
    elif as_json:
        yield Plain(sys.stderr)
    elif is_terminal() and not terminal.is_dumb_terminal:
        with Live(terminal) as live:
            yield live
    else:
        yield Plain(sys.stdout)
