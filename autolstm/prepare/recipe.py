"""`Recipe`: the whole preparation, learnt on training rows, applied anywhere, undone exactly.

The target goes through power, trend, season, differences and scale, in this order; its forecasts
go back in reverse, with nothing but what is known at their origin. Covariates are scaled.

Trend and season depend on where a row stands. Row 0 is the first row that the recipe was learnt
from; ``first`` says which row the first of some values is, where they begin elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autolstm.errors import DataError
from autolstm.prepare.difference import Differences
from autolstm.prepare.level import Level, learn_level
from autolstm.prepare.scale import Scaler, learn_scaler
from autolstm.prepare.windows import Part, Windows
from autolstm.settings import Preparation
from autolstm.shapes import Shapes

__all__ = ["Recipe"]


@dataclass(frozen=True, eq=False, slots=True)
class Recipe:
    """A learnt preparation. Frozen: nothing it learnt can change afterwards.

    Attributes:
        window: Rows the network sees.
        horizon: Steps it forecasts.
        level: Power, trend and season of the target.
        differences: How the target's channel is differenced then.
        inputs: Scaling of the input columns, the target's channel first.
        target: Scaling of the targets, one column.
        variance: Variance of the training target in its own unit, the yardstick of losses.
    """

    window: int
    horizon: int
    level: Level
    differences: Differences
    inputs: Scaler
    target: Scaler
    variance: float

    @classmethod
    def learn(
        cls, values: np.ndarray, rows: np.ndarray, preparation: Preparation, horizon: int
    ) -> "Recipe":
        """Learn from the training rows only.

        Args:
            values: All rows, shape (rows, columns), the target in column 0. Only the rows up to
                the last training row are read.
            rows: Row numbers of the training targets.
            preparation: What to do.
            horizon: Steps to forecast.

        Raises:
            DataError: The training rows hold no whole window, too few cycles of the season, or
                values that the power does not take.
        """
        known = values[: rows[-1] + 1]
        differences = Differences(preparation.difference, preparation.seasonal_difference)
        recipe = cls(
            window=preparation.window,
            horizon=horizon,
            level=Level.untouched(),
            differences=differences,
            inputs=learn_scaler("none", np.ones((2, values.shape[1]))),
            target=learn_scaler("none", np.ones((2, 1))),
            variance=_variance(known[rows, 0]),
        )
        origins = recipe.origins(rows)
        if not len(origins):
            raise DataError(
                f"The {len(rows)} training rows hold no whole window: a window of "
                f"{preparation.window} rows, {differences.lost} rows for differencing and a "
                f"horizon of {horizon} need {recipe.reach + horizon}. Choose a shorter "
                f"preparation.window or give more rows."
            )
        recipe = replace(recipe, level=learn_level(known[rows, 0], rows, preparation))
        levels = recipe._levels(known[:, 0])
        changes = recipe._changes(levels, origins)
        channels = recipe._channels(known, levels)[differences.lost :]
        return replace(
            recipe,
            inputs=learn_scaler(preparation.scale, channels),
            target=learn_scaler(preparation.scale, changes.reshape(-1, 1)),
        )

    @property
    def reach(self) -> int:
        """Known rows that one forecast needs."""
        return self.window + self.differences.lost

    @property
    def shapes(self) -> Shapes:
        """What a network must fit."""
        return Shapes(self.window, len(self.inputs.gain), self.horizon)

    def origins(self, rows: np.ndarray) -> np.ndarray:
        """Return the origins of all windows whose targets all lie in ``rows``.

        Args:
            rows: Consecutive row numbers of one part.

        Returns:
            Row numbers of the last known row of each forecast. Inputs may lie before ``rows``.
        """
        first = max(int(rows[0]) - 1, self.reach - 1) if len(rows) else 0
        last = int(rows[-1]) - self.horizon if len(rows) else -1
        return np.arange(first, last + 1, dtype=np.int32)

    def windows(self, values: np.ndarray, train: np.ndarray, valid: np.ndarray) -> Windows:
        """Prepare the windows of a training and a validation part.

        A power transform bends errors: what one on the prepared scale means in the target's unit
        depends on the level. So the unit of losses is measured: it gives the forecast that
        nothing changes the same loss under every power, over the rows that are validated, where
        losses of different preparations are compared (docs/decisions/009).

        Args:
            values: All rows, shape (rows, columns). Nothing after the last row of the two parts
                is used.
            train: Row numbers of the training targets.
            valid: Row numbers of the validation targets, may be empty.
        """
        levels = self._levels(values[:, 0])
        stretch = (self.level.power.stretch(values[rows, 0]) for rows in (valid, train))
        gain = float(self.target.gain[0])
        return Windows(
            series=self.series(values),
            shapes=self.shapes,
            train=self._part(levels, train),
            valid=self._part(levels, valid),
            loss_unit=gain * gain * next(filter(None, stretch), 1.0) / self.variance,
        )

    def series(self, values: np.ndarray, first: int = 0) -> np.ndarray:
        """Return the prepared inputs, shape (rows, columns), float32; lost rows are 0.

        Raises:
            DataError: The target has values that the power does not take.
        """
        levels = self._levels(values[:, 0], first)
        prepared = self.inputs.apply(self._channels(values, levels))
        prepared[: self.differences.lost] = 0.0
        return prepared.astype(np.float32)

    def undo(
        self, forecast: np.ndarray, target: np.ndarray, origins: np.ndarray, first: int = 0
    ) -> np.ndarray:
        """Turn prepared forecasts back into the target's own unit.

        Args:
            forecast: Shape (..., n, horizon), what the network gave.
            target: The target's known values, shape (rows,).
            origins: Places of the last known value in ``target``, shape (n,).
            first: Row number of its first value.

        Returns:
            The shape of ``forecast``, finite where that is.
        """
        changes = forecast.astype(np.float64) * self.target.gain[0] + self.target.offset[0]
        base = self.differences.base(self._levels(target, first), origins, self.horizon)
        return self.level.undo(changes + base, first + self._steps(origins))

    def to_json(self) -> dict[str, Any]:
        """Return what a saved model needs, as plain numbers."""
        return {
            "window": self.window,
            "horizon": self.horizon,
            "level": self.level.to_json(),
            "difference": self.differences.order,
            "seasonal_difference": self.differences.lag,
            "inputs": {"offset": self.inputs.offset.tolist(), "gain": self.inputs.gain.tolist()},
            "target": {"offset": self.target.offset.tolist(), "gain": self.target.gain.tolist()},
            "variance": self.variance,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Recipe":
        """Read back what `to_json` wrote, to the last bit; before 0.2 there was no level."""
        level = Level.from_json(stored["level"]) if "level" in stored else Level.untouched()
        scalers = {
            name: Scaler(np.array(stored[name]["offset"]), np.array(stored[name]["gain"]))
            for name in ("inputs", "target")
        }
        return cls(
            window=int(stored["window"]),
            horizon=int(stored["horizon"]),
            level=level,
            differences=Differences(int(stored["difference"]), int(stored["seasonal_difference"])),
            inputs=scalers["inputs"],
            target=scalers["target"],
            variance=float(stored["variance"]),
        )

    def _levels(self, target: np.ndarray, first: int = 0) -> np.ndarray:
        """Return the target after power, trend and season, shape (rows,)."""
        return self.level.apply(target, first + np.arange(len(target)))

    def _channels(self, values: np.ndarray, levels: np.ndarray) -> np.ndarray:
        channels = np.array(values, dtype=np.float64)
        channels[:, 0] = self.differences.apply(levels)
        return channels

    def _steps(self, origins: np.ndarray) -> np.ndarray:
        """Return the rows that are forecast, shape (n, horizon)."""
        steps: np.ndarray = origins[:, None] + np.arange(1, self.horizon + 1)[None, :]
        return steps

    def _changes(self, levels: np.ndarray, origins: np.ndarray) -> np.ndarray:
        base = self.differences.base(levels, origins, self.horizon)
        changes: np.ndarray = levels[self._steps(origins)] - base
        return changes

    def _part(self, levels: np.ndarray, rows: np.ndarray) -> Part:
        origins = self.origins(rows)
        if not len(origins):
            return Part(origins, np.zeros((0, self.horizon), np.float32))
        scaled = self.target.apply(self._changes(levels, origins)[..., None])[..., 0]
        return Part(origins=origins, targets=scaled.astype(np.float32))


def _variance(target: np.ndarray) -> float:
    """Variance of the training target, 1 where it does not vary at all."""
    # Equal values may still differ from their own mean by a rounding error.
    varies = np.min(target) < np.max(target)
    return float(np.var(target)) or 1.0 if varies else 1.0
