"""`Recipe`: the whole preparation of series, learnt on training rows, applied anywhere, undone.

Each target of each series goes through power, trend, season, differences and scale, in this
order; forecasts go back in reverse, with nothing but what is known at their origin. Covariates
are scaled. Those whose future is known stand there again, as they will be as many rows later as
are forecast, and in between where the window is shorter than that, so that a network sees what is
known of every row that it forecasts. What describes a series is the same in all its rows.

Trend and season depend on where a row stands in its series: they count from the row that the
recipe was learnt from, which `Dataset.firsts` keeps for data that begin elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autolstm.dataset import Dataset
from autolstm.errors import DataError
from autolstm.prepare.difference import Differences
from autolstm.prepare.level import Level
from autolstm.prepare.losses import growth, loss_units, weighed
from autolstm.prepare.origins import origins_in
from autolstm.prepare.scale import Scaler, learn_scaler
from autolstm.prepare.series import SeriesRecipe, learn_each
from autolstm.prepare.windows import Part, Windows
from autolstm.settings import Preparation
from autolstm.shapes import Shapes

__all__ = ["Recipe"]


@dataclass(frozen=True, eq=False, slots=True)
class Recipe:
    """A learnt preparation. Frozen: nothing it learnt can change afterwards.

    Attributes:
        window: Rows the network sees.
        horizon: Rows to forecast.
        strategy: ``"direct"`` (all at once), ``"decoder"`` (all, one after the other) or
            ``"recursive"`` (one, which is fed back).
        stride: Rows from one training window to the next.
        ids: Names of the series it was learnt from.
        each: What was learnt of each of them.
        static: Scaling of the numbers that describe a series.
        known: Places of the columns whose future is known.
        leads: How many rows ahead these stand in each row, besides as they are.
    """

    window: int
    horizon: int
    strategy: str
    stride: int
    ids: tuple[str, ...]
    each: tuple[SeriesRecipe, ...]
    static: Scaler
    known: tuple[int, ...]
    leads: tuple[int, ...]

    @classmethod
    def learn(
        cls, data: Dataset, rows: np.ndarray, preparation: Preparation, horizon: int
    ) -> "Recipe":
        """Learn from the training rows only.

        Args:
            data: The series. Of each, only the rows up to its last training row are read.
            rows: Row numbers of the training targets, some of every series, consecutive in each.
            preparation: What to do.
            horizon: Rows to forecast.

        Raises:
            DataError: The training rows hold no whole window, too few cycles of the season, or
                values that the power does not take.
        """
        ahead = 1 if preparation.strategy == "recursive" else horizon
        lost = Differences(preparation.difference, preparation.seasonal_difference).lost
        reach = preparation.window + lost
        if not len(origins_in(rows, data.starts, ahead, reach)):
            raise DataError(
                f"The {len(rows)} training rows hold no whole window: a window of "
                f"{preparation.window} rows, {lost} rows for differencing and a horizon of "
                f"{horizon} need {reach + ahead}. Choose a shorter preparation.window or give "
                f"more rows."
            )
        return cls(
            window=preparation.window,
            horizon=horizon,
            strategy=preparation.strategy,
            stride=preparation.stride,
            ids=data.ids,
            each=learn_each(data, rows, preparation, ahead, reach),
            static=Scaler.nothing(0)
            if data.static is None
            else learn_scaler("standard", data.static),
            known=tuple(data.columns.index(one) for one in data.known),
            leads=_leads(ahead, preparation.window),
        )

    @property
    def ahead(self) -> int:
        """Rows that the network forecasts at once."""
        return 1 if self.strategy == "recursive" else self.horizon

    @property
    def reach(self) -> int:
        """Known rows that one forecast needs."""
        return self.window + self.each[0].differences.lost

    @property
    def wide(self) -> int:
        """Number of targets."""
        return self.each[0].wide

    @property
    def shapes(self) -> Shapes:
        """What a network must fit."""
        ahead = len(self.known) * len(self.leads)
        features = len(self.each[0].inputs.gain) + ahead + len(self.static.gain)
        if self.strategy == "decoder":
            return Shapes(self.window, features, self.wide, "decoder", self.horizon)
        return Shapes(self.window, features, self.ahead * self.wide)

    def origins(self, data: Dataset, rows: np.ndarray) -> np.ndarray:
        """Return the origins of all windows whose targets all lie in ``rows``.

        Args:
            data: Where the series begin.
            rows: Row numbers of one part.

        Returns:
            Row numbers of the last known row of each forecast. Inputs may lie before ``rows``.
        """
        return origins_in(rows, data.starts, self.ahead, self.reach)

    def windows(
        self, data: Dataset, train: np.ndarray, valid: np.ndarray, loss: str = "squared"
    ) -> Windows:
        """Prepare the windows of a training and a validation part.

        Args:
            data: The series. Nothing after the last row of the two parts is used.
            train: Row numbers of the training targets.
            valid: Row numbers of the validation targets, may be empty.
            loss: What is measured of the errors: ``"squared"``, ``"absolute"`` or another.
        """
        unit, weights = weighed(loss_units(self.each, data, (valid, train), loss))
        if self.ahead < self.horizon:
            grown = growth(data, valid if len(valid) else train, self.horizon)
            unit *= grown if loss == "squared" else np.sqrt(grown)
        return Windows(
            series=self.series(data),
            shapes=self.shapes,
            train=self._part(data, self.origins(data, train)[:: self.stride], weights),
            valid=self._part(data, self.origins(data, valid), weights),
            loss_unit=unit,
            loss=loss,
        )

    def series(self, data: Dataset) -> np.ndarray:
        """Return the prepared inputs, shape (rows, features), float32; lost rows are 0.

        Raises:
            DataError: A target has values that the power does not take.
        """
        every = []
        for place, recipe in self.places(data):
            one = data.series(place)
            prepared = recipe.prepared(one.values, int(one.firsts[0]))
            coming = self._coming(one, recipe)
            described = np.zeros((1, 0)) if one.static is None else self.static.apply(one.static)
            every.append(
                np.concatenate([prepared, coming, np.repeat(described, len(one), axis=0)], axis=1)
            )
        return np.concatenate(every).astype(np.float32)

    def undo(self, outputs: np.ndarray, data: Dataset, origins: np.ndarray) -> np.ndarray:
        """Turn outputs of a network back into the targets' own units.

        Args:
            outputs: As the network gave them, shape (..., n, *shapes.output), or as
                `prepare.recursion.roll` gave them, shape (..., n, horizon, targets).
            data: The series; of the targets only values up to the origins are used.
            origins: Row numbers of the last known rows, shape (n,).

        Returns:
            Shape (..., n, rows ahead, targets), finite where ``outputs`` are.
        """
        if self.strategy == "direct":
            outputs = outputs.reshape(*outputs.shape[:-1], self.horizon, self.wide)
        found = np.empty(outputs.shape)
        of = data.of_rows(origins)
        for place, recipe in self.places(data):
            chosen = of == place
            if chosen.any():
                one, path = data.series(place), self.strategy == "recursive"
                local = origins[chosen] - data.starts[place]
                found[..., chosen, :, :] = recipe.undo(
                    outputs[..., chosen, :, :], one.values, int(one.firsts[0]), local, path=path
                )
        return found

    def to_json(self) -> dict[str, Any]:
        """Return what a saved model needs, as plain values."""
        differences = self.each[0].differences
        return {
            "window": self.window,
            "horizon": self.horizon,
            "strategy": self.strategy,
            "stride": self.stride,
            "difference": differences.order,
            "seasonal_difference": differences.lag,
            "ids": list(self.ids),
            "each": [one.to_json() for one in self.each],
            "static": self.static.to_json(),
            "known": list(self.known),
            "leads": list(self.leads),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Recipe":
        """Read back what `to_json` wrote, to the last bit, and what older versions wrote."""
        if "each" not in stored:
            stored = _as_of_today(stored)
        differences = Differences(int(stored["difference"]), int(stored["seasonal_difference"]))
        horizon, strategy = int(stored["horizon"]), str(stored["strategy"])
        # Models of format 3 were first written without leads, and saw the last row alone.
        last = [1 if strategy == "recursive" else horizon]
        return cls(
            window=int(stored["window"]),
            horizon=horizon,
            strategy=strategy,
            stride=int(stored["stride"]),
            ids=tuple(stored["ids"]),
            each=tuple(SeriesRecipe.from_json(one, differences) for one in stored["each"]),
            static=Scaler.from_json(stored["static"]),
            known=tuple(stored["known"]),
            leads=tuple(stored.get("leads", last)),
        )

    def places(self, data: Dataset) -> list[tuple[int, SeriesRecipe]]:
        """Return place in the data and recipe of every series of the data."""
        if len(self.ids) == 1:
            return [(0, self.each[0])]
        return [(place, self.each[self.ids.index(one)]) for place, one in enumerate(data.ids)]

    def _coming(self, one: Dataset, recipe: SeriesRecipe) -> np.ndarray:
        """Return the known columns as they will be, 0 if unsaid.

        Returns:
            Shape (rows, leads x known columns), one lead after the other.
        """
        after = np.full((self.ahead, len(self.known)), np.nan)
        if one.future is not None:
            given = one.future[0][: self.ahead]
            after[: len(given)] = given
        places = list(self.known)
        said = np.concatenate([one.values[:, places], after])
        scale = Scaler(recipe.inputs.offset[places], recipe.inputs.gain[places])
        scaled = np.nan_to_num(scale.apply(said))
        return np.concatenate([scaled[lead:][: len(one)] for lead in self.leads], axis=1)

    def _part(self, data: Dataset, origins: np.ndarray, weights: np.ndarray | None) -> Part:
        of = data.of_rows(origins)
        targets = np.zeros((len(origins), self.ahead, self.wide))
        for place, recipe in self.places(data):
            chosen = of == place
            if chosen.any():
                one = data.series(place)
                local = origins[chosen] - data.starts[place]
                changes = recipe.changes(one.values, int(one.firsts[0]), local, self.ahead)
                targets[chosen] = recipe.target.apply(changes)
        shape = (len(origins), *self.shapes.output)
        weight = None
        if weights is not None:
            weight = np.broadcast_to(weights[of][:, None], targets.shape).reshape(shape)
            weight = weight.astype(np.float32)
        return Part(origins, targets.reshape(shape).astype(np.float32), weight)


def _leads(ahead: int, window: int) -> tuple[int, ...]:
    """Return the leads by which a window shows every row that is forecast: the last, and so on."""
    return tuple(range(ahead, 0, -window))


def _as_of_today(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Rewrite what was stored of one series with one target, before there could be more."""
    level = stored.get("level") or Level.untouched().to_json()
    one = {"levels": [level], "variance": [stored["variance"]]}
    return {
        **stored,
        "strategy": "direct",
        "stride": 1,
        "ids": [""],
        "each": [{**one, "inputs": stored["inputs"], "target": stored["target"]}],
        "static": Scaler.nothing(0).to_json(),
        "known": [],
    }
