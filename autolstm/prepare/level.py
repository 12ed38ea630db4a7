"""What is done to the target's level, value by value: power, then trend, then season.

Each is a map that is known for every row once it is learnt, so it is undone for rows to come as
well as for rows that were seen. Differences and scaling follow, see `autolstm.prepare.recipe`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autolstm.prepare.power import Power, learn_power
from autolstm.prepare.seasonal import Season, learn_season
from autolstm.prepare.trend import Trend, learn_trend
from autolstm.settings import Preparation

__all__ = ["Level", "learn_level"]


@dataclass(frozen=True, eq=False, slots=True)
class Level:
    """A learnt chain of maps.

    Attributes:
        power: Is applied first.
        trend: Of the values after the power.
        season: Of the values without the trend.
    """

    power: Power
    trend: Trend
    season: Season

    def apply(self, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Transform values of some rows; both broadcast.

        Raises:
            DataError: The power takes positive values, and one of these is none.
        """
        for one in (self.power, self.trend, self.season):
            values = one.apply(values, rows)
        return values

    def undo(self, levels: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Invert `apply`, for any finite numbers."""
        for one in (self.season, self.trend, self.power):
            levels = one.undo(levels, rows)
        return levels

    def to_json(self) -> dict[str, Any]:
        """Return what was learnt as plain values."""
        return {
            "power": self.power.to_json(),
            "trend": self.trend.to_json(),
            "season": self.season.to_json(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Level":
        """Read back what `to_json` wrote, to the last bit."""
        return cls(
            Power.from_json(stored["power"]),
            Trend.from_json(stored["trend"]),
            Season.from_json(stored["season"]),
        )

    @classmethod
    def untouched(cls) -> "Level":
        """Return the chain that changes nothing."""
        return cls(Power(), Trend(), Season(np.zeros(0)))


def learn_level(values: np.ndarray, rows: np.ndarray, preparation: Preparation) -> Level:
    """Learn power, trend and season, each from what the one before it left.

    Args:
        values: Training rows of the target, shape (rows,), in its own unit.
        rows: Their row numbers, consecutive.
        preparation: What to do.

    Raises:
        DataError: The power takes positive values and there are others, or the rows hold too few
            cycles of the season.
    """
    power = learn_power(preparation.power, values)
    values = power.apply(values, rows)
    trend = learn_trend(preparation.trend, values, rows)
    values = trend.apply(values, rows)
    return Level(power, trend, learn_season(preparation.seasonal_adjustment, values, rows))
