"""Several series of several targets and covariates, as a long table and as a data set."""

import numpy as np
import pandas as pd

from autolstm.data.load import load
from autolstm.dataset import Dataset
from autolstm.seeding import generator

STARTS = {"north": 0, "south": 5, "east": 2}
"""First day of every series, in days after the first of January 2024."""

LENGTHS = {"north": 60, "south": 50, "east": 44}

MOST_AHEAD = 10


def one(name: str, ahead: int = 0) -> pd.DataFrame:
    """Make the rows of a series: positive targets a and b, promo known ahead, rain not.

    Every series has a level of its own. Rows of the future have no targets and no rain.
    """
    # Drawn with rows to spare, so that a longer future changes nothing of the past.
    rows = LENGTHS[name] + MOST_AHEAD
    random = generator(len(name), name)
    step = np.arange(STARTS[name], STARTS[name] + rows)
    size = 100.0 * (1 + list(STARTS).index(name)) ** 2
    table = pd.DataFrame(
        {
            "shop": name,
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(step, unit="D"),
            "a": size + step + 0.1 * size * np.sin(step * np.pi / 2) + random.normal(size=rows),
            "b": 10 + step / 10 + random.uniform(size=rows),
            "promo": random.normal(size=rows),
            "rain": 1e3 * random.uniform(size=rows),
            "area": size / 7,
            "town": f"town of {name}",
        }
    )
    table.loc[LENGTHS[name] :, ["a", "b", "rain"]] = np.nan
    return table[: LENGTHS[name] + ahead]


def table(ahead: int = 0, names: tuple[str, ...] = tuple(STARTS)) -> pd.DataFrame:
    """Make a long table of some of the series."""
    return pd.concat([one(name, ahead) for name in names], ignore_index=True)


def panel(ahead: int = 0, **options: object) -> Dataset:
    """Load all series with all roles."""
    asked = {"id_column": "shop", "target": ["a", "b"], "known": "promo", "static": "area"}
    found = load(table(ahead), **{**asked, **options})
    assert isinstance(found, Dataset)
    return found
