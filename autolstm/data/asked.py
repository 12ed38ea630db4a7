"""`Asked`: what the caller of `load` said about task, columns and texts, checked."""

from collections.abc import Sequence
from dataclasses import dataclass

from autolstm.data.missing import FILLS
from autolstm.errors import SettingError, guess, shown

__all__ = ["TASKS", "UNITS_OF_TEXT", "Asked"]

TASKS = ("forecasting", "classification", "regression", "sequence-to-sequence")
UNITS_OF_TEXT = ("characters", "words")

COLUMN_OPTIONS = (
    *("target", "time_column", "covariates", "id_column", "group_column", "test_column"),
    *("known", "static"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of a source, as the arguments of `autolstm.load` of the same names.

    Raises:
        SettingError: The task, the unit of text or what to do with missing values is none of
            those known.
    """

    target: Sequence[str] | str | None = None
    time_column: str | None = None
    covariates: Sequence[str] | str | None = None
    task: str | None = None
    id_column: str | None = None
    group_column: str | None = None
    test_column: str | None = None
    unit_of_text: str = "characters"
    known: Sequence[str] | str | None = None
    calendar: Sequence[str] | str | None = None
    static: Sequence[str] | str | None = None
    missing: str = "refuse"

    def __post_init__(self) -> None:
        choices = (("task", TASKS), ("unit_of_text", UNITS_OF_TEXT), ("missing", FILLS))
        for name, known in choices:
            given = getattr(self, name)
            if given not in known and not (given is None and name == "task"):
                raise SettingError(
                    f"{name} = {shown(given)} is not accepted.{guess(str(given), known)} It takes "
                    f"one of {', '.join(known)}."
                )

    @property
    def labelled(self) -> bool:
        """Whether the task asks for an answer to each sequence."""
        return self.task not in (None, "forecasting")

    @property
    def of_series(self) -> bool:
        """Whether something is asked that only series to forecast have."""
        return any(one is not None for one in (self.known, self.calendar, self.static))

    def refuse_columns(self, name: str) -> None:
        """Refuse options that name columns, of a source that has none.

        Raises:
            SettingError: One is given.
        """
        for option in COLUMN_OPTIONS:
            given = getattr(self, option)
            if given is not None:
                raise SettingError(
                    f"{option} = {shown(given)} names a column, but {name} is no table with "
                    f"columns. Columns are named for a CSV or Parquet file or a DataFrame. Leave "
                    f"{option} out."
                )

    def refuse_forecasting(self, name: str) -> None:
        """Refuse to forecast what is labelled sequences.

        Raises:
            SettingError: The task is forecasting.
        """
        if self.task == "forecasting":
            raise SettingError(
                f"task = 'forecasting' does not fit {name}, which holds sequences with their "
                f"answers. A series to forecast is a table with a row per time. Leave task out, "
                f"or say classification, regression or sequence-to-sequence."
            )

    def refuse_labelled(self, name: str) -> None:
        """Refuse what is asked of sequences only, for series to forecast.

        Raises:
            SettingError: The task is another one, or a column of sequences is named.
        """
        if self.labelled:
            raise SettingError(
                f"task = {self.task!r} does not fit {name}, which is a series to forecast. "
                f"Accepted is forecasting. Leave task out, or give sequences with their answers."
            )
        self._refuse(
            ("group_column", "test_column"),
            f"is for sequences with answers, but {name} is taken as a series to forecast. Say "
            f"which answer with target and task",
        )

    def refuse_a_table(self, name: str) -> None:
        """Refuse what only a table can be asked for, of series that are loaded already.

        Raises:
            SettingError: A column of ids or static numbers is named.
        """
        self._refuse(
            ("id_column", "static"),
            f"names a column of a table, but {name} is loaded already, with the series it has. "
            f"Give the file or DataFrame",
        )

    def refuse_of_series(self, name: str) -> None:
        """Refuse what is asked of series to forecast only, for sequences with answers.

        Raises:
            SettingError: Such columns are named.
        """
        self._refuse(
            ("known", "calendar", "static"),
            f"is for series to forecast, but {name} holds sequences with answers. Say "
            f"task = 'forecasting' where it does not",
        )

    def _refuse(self, options: tuple[str, ...], why: str) -> None:
        for option in options:
            given = getattr(self, option)
            if given is not None:
                raise SettingError(f"{option} = {shown(given)} {why}, or leave {option} out.")
