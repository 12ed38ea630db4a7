"""What is kept of data and of predictions, for whoever reads a study without them."""

from dataclasses import dataclass, field

__all__ = ["DataFacts", "Forecasts"]


@dataclass(frozen=True, slots=True)
class DataFacts:
    """What the report says about the data set.

    Attributes:
        name: Name of the data set.
        source: Where it came from.
        target: Name of the target column; text from the data, to be escaped.
        unit: Unit of the target, empty where unknown.
        covariates: Names of the other columns.
        frequency: pandas frequency of the rows, empty for plain steps.
        season: Rows in one cycle, 0 for none.
        rows: How many rows.
        first: Time of the first row, as text.
        last: Time of the last row, as text.
        parts: Rows of each part: ``train``, ``validation``, ``test``.
        notes: What loading did or assumed.
        task: The problem in one line; empty where an older version did not say.
        word: What is counted: ``"rows"`` or ``"sequences"``.
        classes: Names of the classes that are told, empty for numbers.
        symbols: Of sequences, how many symbols each feature (``covariates``) has, 0 for one of
            numbers.
    """

    name: str
    source: str
    target: str
    unit: str
    covariates: tuple[str, ...]
    frequency: str
    season: int
    rows: int
    first: str
    last: str
    parts: dict[str, int]
    notes: tuple[str, ...]
    task: str = ""
    word: str = "rows"
    classes: tuple[str, ...] = ()
    symbols: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Forecasts:
    """What the model tells of the test part, as far as pictures and tables show it.

    Attributes:
        times: Time of every point (the latest windows), or number of its sequence, as text,
            length n.
        actual: The untouched target, length n.
        seeds: Forecast of every refitted seed, R lists of length n.
        baselines: Forecast of each baseline by name, each of length n.
        classes: Names of the classes where classes are told; there are no points then.
        confusion: How many answers of each class (a row each) the model took for each class (a
            column each).
        by_step: Score of the model, the mean of all seeds, at every step of a forecast or an
            answer; empty where there is one step.
        baseline_by_step: The same of the best baseline, by its name.
        series: Name of the series that the points are of, where there are several.
        target: Name of the target that the points are of, where there are several.
        by_series: Of several series: name, score of the model, score of the best baseline; the
            series come first on which the model loses most to it. Where there are many, the
            first ten and the last ten.
    """

    times: tuple[str, ...]
    actual: tuple[float, ...]
    seeds: tuple[tuple[float, ...], ...]
    baselines: dict[str, tuple[float, ...]]
    classes: tuple[str, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    by_step: tuple[float, ...] = ()
    baseline_by_step: dict[str, tuple[float, ...]] = field(default_factory=dict)
    series: str = ""
    target: str = ""
    by_series: tuple[tuple[str, float, float], ...] = ()
