"""The bundled data sets: what they are, without loading them, and how to load them.

None needs a network or a file of its own: airline passengers ship with this package, the other
series with statsmodels and vega_datasets, which are imported only when one of theirs is loaded.
The sequences with answers are in `autolstm.data.problems`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from autolstm.data.problems import PROBLEMS, Problem
from autolstm.dataset import Dataset

__all__ = ["CATALOG", "SERIES", "Entry", "Parts"]


@dataclass(frozen=True, slots=True)
class Parts:
    """Sizes of the last two parts of a series: shares below 1, or rows."""

    validation: float
    test: float


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a bundled series before it is loaded.

    Attributes:
        name: What `autolstm.load` calls it.
        title: One line.
        rows: Number of rows.
        first: First time, as in ``1949-01``.
        last: Last time.
        target: Column to forecast.
        covariates: The other columns.
        unit: Unit of the target.
        frequency: The pandas frequency of the rows.
        season: Rows in one cycle.
        source: Who made the data and which package carries them.
        terms: Under which terms they may be used.
        split: Recommended sizes of the validation and test parts.
        read: Reads the columns, target first, indexed by time.
        notes: What loading does to them.
        task: ``"forecasting"``, as of every series.
    """

    name: str
    title: str
    rows: int
    first: str
    last: str
    target: str
    unit: str
    frequency: str
    season: int
    source: str
    terms: str
    split: Parts
    read: Callable[[], pd.DataFrame]
    covariates: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    task: str = "forecasting"

    def load(self) -> Dataset:
        """Load it."""
        frame = self.read()
        return Dataset(
            name=self.name,
            times=pd.DatetimeIndex(frame.index, freq=self.frequency),
            values=frame.to_numpy(dtype=float),
            columns=(self.target, *self.covariates),
            unit=self.unit,
            season=self.season,
            source=self.source,
            notes=self.notes,
            split=(self.split.validation, self.split.test),
        )


def _airline() -> pd.DataFrame:
    path = Path(__file__).with_name("airline.csv")
    return pd.read_csv(path, index_col="month", parse_dates=["month"])


def _sunspots() -> pd.DataFrame:
    from statsmodels.datasets import sunspots

    frame: pd.DataFrame = sunspots.load_pandas().data
    years = pd.to_datetime(frame["YEAR"].astype(int).astype(str), format="%Y")
    return frame[["SUNACTIVITY"]].set_axis(pd.DatetimeIndex(years, name="year"))


def _co2() -> pd.DataFrame:
    from statsmodels.datasets import co2

    frame: pd.DataFrame = co2.load_pandas().data
    return frame.rename_axis("week").interpolate("time")


def _weather() -> pd.DataFrame:
    from vega_datasets import local_data

    frame: pd.DataFrame = local_data.seattle_weather().set_index("date")
    return frame[["temp_max", "temp_min", "precipitation", "wind"]]


SERIES: dict[str, Entry] = {
    one.name: one
    for one in (
        Entry(
            name="airline",
            title="International airline passengers per month",
            rows=144,
            first="1949-01",
            last="1960-12",
            target="passengers",
            unit="thousand passengers",
            frequency="MS",
            season=12,
            source="Box & Jenkins (1976), Time Series Analysis, series G",
            terms="published facts; no licence stated",
            split=Parts(validation=24, test=12),
            read=_airline,
        ),
        Entry(
            name="sunspots",
            title="Yearly mean number of sunspots",
            rows=309,
            first="1700",
            last="2008",
            target="sunspots",
            unit="sunspots",
            frequency="YS-JAN",
            season=11,
            source="US National Geophysical Data Center, in the package statsmodels",
            terms="public domain",
            split=Parts(validation=0.15, test=0.15),
            read=_sunspots,
            notes=("The solar cycle is not exact: its 11 years are a mean.",),
        ),
        Entry(
            name="co2",
            title="Carbon dioxide in the air over Mauna Loa per week",
            rows=2284,
            first="1958-03-29",
            last="2001-12-29",
            target="co2",
            unit="ppm",
            frequency="W-SAT",
            season=52,
            source="Keeling & Whorf (2004), Scripps, in the package statsmodels",
            terms="public domain",
            split=Parts(validation=0.15, test=0.15),
            read=_co2,
            notes=("59 missing weeks were filled by linear interpolation in time.",),
        ),
        Entry(
            name="weather",
            title="Daily weather in Seattle",
            rows=1461,
            first="2012-01-01",
            last="2015-12-31",
            target="temp_max",
            covariates=("temp_min", "precipitation", "wind"),
            unit="°C",
            frequency="D",
            season=365,
            source="US National Oceanic and Atmospheric Administration, in vega_datasets",
            terms="public domain",
            split=Parts(validation=365, test=365),
            read=_weather,
            notes=(
                "The season is the year, 365 rows, not the week: weather knows no weekdays. There "
                "are four years of it.",
            ),
        ),
    )
}
"""Every bundled series by its name."""

CATALOG: dict[str, Entry | Problem] = {**SERIES, **PROBLEMS}
"""Every bundled data set by its name."""
