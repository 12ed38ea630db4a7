"""Where text goes: consoles, one JSON document, and text from data that stays literal."""

import json
import math
import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

__all__ = ["cell", "console", "emit", "is_terminal", "literal", "say"]

UNBROKEN = 10_000
"""Width where nobody looks: a pipe or file gets whole lines, so that they can be searched."""


def is_terminal(*, stderr: bool = False) -> bool:
    """Whether somebody watches the stream; colour settings do not change that."""
    stream = sys.stderr if stderr else sys.stdout
    return stream is not None and stream.isatty()


def console(*, stderr: bool = False) -> Console:
    """Return a console that prints text as it is: no markup, no emoji, no guessed colours."""
    width = None if is_terminal(stderr=stderr) else UNBROKEN
    return Console(stderr=stderr, width=width, markup=False, emoji=False, highlight=False)


def literal(text: object) -> str:
    """Show characters that would steer a terminal, which a column's name may hold, as ``?``."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in str(text))


def cell(text: object, style: str = "") -> Text:
    """Return text for a table or grid, whatever it holds."""
    return Text(literal(text), style=style, overflow="fold")


def say(text: object, *, stderr: bool = False) -> None:
    """Print a line, or a few, of plain text.

    An indented line is a command, to be copied: it is left to the terminal to wrap, which copies
    it as the one line that it is.
    """
    out = console(stderr=stderr)
    for line in literal(text).split("\n"):
        out.print(cell(line), soft_wrap=line.startswith("  "))


def emit(document: Any) -> None:
    """Print one JSON document on standard output."""
    print(json.dumps(_finite(document), indent=2, allow_nan=False))


def _finite(value: Any) -> Any:
    """Replace what JSON cannot say (NaN, infinity) by null; tuples become lists."""
    if isinstance(value, Mapping):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
