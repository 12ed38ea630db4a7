"""What things are called in each kind of problem, and names made short enough to be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autolstm.errors import counted
from autolstm.ledger.results import Results
from autolstm.report import numbers

__all__ = ["Words", "brief", "fits", "knobs", "listed", "over", "seeds", "words"]

MOST_CHARACTERS = 80
"""Longest name in a sentence or a cell."""

MOST_NAMES = 10
"""Names that are listed one by one."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one kind of problem.

    Attributes:
        row: What is counted: ``"row"`` or ``"sequence"``.
        example: What is told and measured one by one: ``"forecast"`` or ``"sequence"``.
        told: What the model gives for each: ``"forecast"`` or ``"answer"``.
        together: What the saved model gives, made of what its seeds give.
        title: Heading of the pictures of the test part.
    """

    row: str
    example: str
    told: str
    together: str
    title: str

    @property
    def rows(self) -> str:
        """Several of what is counted."""
        return f"{self.row}s"


WORDS = {
    "forecasting": Words("row", "forecast", "forecast", "mean forecast", "Forecast"),
    "classification": Words("sequence", "sequence", "answer", "mean probability", "Classes"),
    "regression": Words("sequence", "sequence", "answer", "mean answer", "Answers"),
}


def words(results: Results) -> Words:
    """Return the words of a study's kind of problem."""
    return WORDS.get(results.task, WORDS["regression"])


def seeds(count: int) -> str:
    """Say how many seeds."""
    return counted(count, "seed")


def over(results: Results, count: int) -> str:
    """Say what a number of scores is over: ``5 seeds``, ``3 folds x 5 seeds``."""
    folds = results.folds
    if folds > 1 and count % folds == 0:
        return f"{folds} folds x {seeds(count // folds)}"
    return seeds(count)


def fits(results: Results) -> str:
    """Say what is fitted in every trial."""
    return over(results, results.folds * results.seeds)


def knobs(params: Mapping[str, object]) -> str:
    """Say searched knobs in short: ``units 64, learning_rate 0.003``."""
    short = (
        f"{name.rpartition('.')[2]} {numbers.setting(value)}" for name, value in params.items()
    )
    return ", ".join(short) or "nothing is searched"


def listed(names: Sequence[str], most: int = MOST_NAMES) -> str:
    """List names, of many the first ones: ``a, b and 54 more``."""
    text = ", ".join(brief(one) for one in names[:most])
    return f"{text} and {len(names) - most} more" if len(names) > most else text


def brief(text: str, most: int = MOST_CHARACTERS) -> str:
    """Cut a name that is too long to be read."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
