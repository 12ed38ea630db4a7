"""`Plain`: the running study as a log, one line per trial and phase."""

from typing import TextIO

from autolstm.cli import wording
from autolstm.cli.board import Board
from autolstm.cli.output import literal
from autolstm.study.progress import Event, Notice, Phase, StudyStarted, TrialEnded

__all__ = ["Plain"]


class Plain:
    """Watches a study and writes lines.

    Args:
        stream: Where to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._board = Board()

    def see(self, event: Event) -> None:
        """Write the line of an event, if it has one."""
        self._board.see(event)
        match event:
            case StudyStarted():
                for label, text in wording.header(event):
                    self._write(f"{label}: {text}")
            case Phase():
                self._write(wording.phase(event, self._board.study))
            case TrialEnded():
                self._write(self._line(event))
            case Notice():
                self._write(event.text)

    def _line(self, trial: TrialEnded) -> str:
        study = self._board.study
        outcome = wording.outcome(trial, study.unit if study else "")
        reason = f" ({trial.reason})" if trial.reason and trial.state != "complete" else ""
        return f"trial {trial.number}: {outcome}{reason}; {wording.tried(trial.params, study)}"

    def _write(self, text: str) -> None:
        # A log is read while it grows, so every line leaves at once.
        print(literal(text), file=self._stream, flush=True)
