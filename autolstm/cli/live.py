"""`Live`: the running study on a terminal; finished trials scroll away above it."""

from types import TracebackType
from typing import Self

import rich.live
from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from autolstm.cli import wording
from autolstm.cli.board import Board
from autolstm.cli.output import cell
from autolstm.study.progress import Event, Notice, Phase, StudyStarted, TrialEnded

__all__ = ["Live", "grid"]

STYLES = {"complete": "", "pruned": "yellow", "failed": "red"}
SHOWN = 8
"""Running trials that are shown at most: a terminal has so many rows."""

BAR = 40
"""Columns of the progress bar at most."""


def grid(rows: list[tuple[str, RenderableType]]) -> Table:
    """Return labels beside texts; long texts wrap in their own column."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in rows:
        table.add_row(label, text)
    return table


class Live:
    """Watches a study and draws it; use it as a context manager.

    Events only change the board. A clock redraws it eight times a second, so that thousands of
    epochs a second neither flicker nor cost time.

    Args:
        console: The terminal.
        board: Where the study stands.
    """

    def __init__(self, console: Console, board: Board | None = None) -> None:
        self._console = console
        self._board = board or Board()
        self._live = rich.live.Live(
            console=console, get_renderable=self.view, refresh_per_second=8, transient=True
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def see(self, event: Event) -> None:
        """Take note of an event, and print what shall stay."""
        self._board.see(event)
        match event:
            case StudyStarted():
                rows = wording.header(event)
                self._console.print(grid([(label, cell(text)) for label, text in rows]))
            case Phase():
                self._console.print()
                self._console.print(cell(wording.phase(event, self._board.study), "bold"))
            case TrialEnded():
                self._console.print(self._line(event))
            case Notice():
                self._console.print(cell(event.text, "cyan"))

    def _line(self, trial: TrialEnded) -> RenderableType:
        unit = self._board.study.unit if self._board.study else ""
        told = wording.tried(trial.params, self._board.study)
        style = "bold green" if trial.best else STYLES[trial.state]
        line = cell(wording.outcome(trial, unit), style)
        line.append_text(cell(f"  {told}", "dim"))
        if trial.state == "failed":
            line.append_text(cell(f"  {trial.reason}", "red"))
        return grid([(f"trial {trial.number:<4}", line)])

    def view(self) -> RenderableType:
        """Return what is drawn now."""
        board = self._board
        if board.study is None:
            return cell("Reading the data ...", "dim")
        rows: list[tuple[str, RenderableType]] = []
        if board.wanted:
            width = max(min(BAR, self._console.width - 10), 10)
            bar = ProgressBar(
                total=board.wanted, completed=board.finished, width=width, complete_style="cyan"
            )
            rows += [("Done", bar), ("", cell(wording.counts(board)))]
        for number, one in sorted(board.running.items())[:SHOWN]:
            rows.append((f"Trial {number}", cell(wording.tried(one.trial.params, board.study))))
            rows.append(("", cell(wording.epoch(board, one.epoch))))
        if len(board.running) > SHOWN:
            rows.append(("", cell(f"and {len(board.running) - SHOWN} more")))
        if board.wanted:
            rows.append(("Best", cell(wording.best(board), "bold")))
        rows.append(("Time", cell(wording.times(board))))
        return Group(Text(), grid(rows))
