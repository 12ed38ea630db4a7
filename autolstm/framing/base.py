"""What a study needs to know of a problem, whatever its kind.

An example is what is told from what: a forecast of some rows of a series, or the answer to a
sequence. Examples are known by numbers: the last known row of a forecast, or the number of a
sequence. Parts hold row numbers, or numbers of sequences.
"""

from typing import Any, Protocol

import numpy as np

from autolstm.facts import DataFacts, Forecasts
from autolstm.metrics import Metric
from autolstm.prepare.windows import Windows
from autolstm.settings import Settings
from autolstm.space import Size, Space
from autolstm.split import Fold, Parts
from autolstm.train.engine import Run

__all__ = ["Framing", "Prepared"]


class Prepared(Protocol):
    """Data made ready by one configuration, from what was learnt on the training part."""

    @property
    def recipe(self) -> Any:
        """What was learnt; a model is saved with it."""

    def windows(self, train: np.ndarray, valid: np.ndarray) -> Windows:
        """Prepare the windows of a training and a validation part, which may be empty."""

    def predict(self, run: Run, examples: np.ndarray) -> np.ndarray:
        """Predict with every replicate, undone, shape (R, n, ...).

        Raises:
            Diverged: A prediction is NaN or infinite.
        """


class Framing(Protocol):
    """A problem: data, parts, metric, and how they hang together."""

    @property
    def task(self) -> str:
        """``"forecasting"``, ``"classification"`` or ``"regression"``."""

    @property
    def metric(self) -> Metric:
        """What is measured."""

    @property
    def parts(self) -> Parts:
        """Which rows or sequences serve what."""

    def last_folds(self, members: int, seed: int) -> tuple[Fold, ...]:
        """Return what the winner is fitted on in the end: nothing of the test part.

        Args:
            members: Fits that the model consists of.
            seed: Root seed.

        Returns:
            A fold for each member, which is stopped by what it holds out; or a single one for
            all of them, without a validation part.
        """

    @property
    def overlap(self) -> int:
        """How many neighbouring examples share a target: their errors are correlated."""

    @property
    def data(self) -> Any:
        """The data set."""

    def strands(self, examples: np.ndarray) -> np.ndarray:
        """Return which series each example is of, shape (n,): only within one do they overlap."""

    def examples(self, rows: np.ndarray) -> np.ndarray:
        """Return the examples of a part that are measured, shape (n,)."""

    def actual(self, examples: np.ndarray) -> np.ndarray:
        """Return the untouched answers, shape (n, ...)."""

    def measure(self, predicted: np.ndarray, examples: np.ndarray) -> float:
        """Measure predictions of shape (n, ...)."""

    def errors(self, predicted: np.ndarray, examples: np.ndarray) -> np.ndarray:
        """Return the error of every example, shape (n,), to compare predictions one by one."""

    def prepare(self, settings: Settings, train: np.ndarray) -> Prepared:
        """Learn a preparation from the training part.

        Raises:
            DataError: The part is too small for it, or has values that it does not take.
        """

    def baselines(self, train: np.ndarray, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Predict the examples of a part with every baseline, learnt on the training part."""

    def size(self) -> Size:
        """Return what of the data the spaces of presets depend on."""

    def check(self, space: Space) -> None:
        """Refuse what cannot be asked of these data.

        Raises:
            DataError: The data do not allow the question.
            SettingError: The space does not fit the data.
        """

    def facts(self) -> DataFacts:
        """Return what the report says about the data."""

    def said(self) -> str:
        """Say the data aloud, in one line without a full stop."""

    def sentence(self) -> str:
        """Say the problem aloud, in one line without a full stop."""

    def flat(self) -> dict[str, Any]:
        """Return what makes the problem this one, as plain values by dotted name."""

    def picture(
        self, predicted: np.ndarray, others: dict[str, np.ndarray], examples: np.ndarray
    ) -> Forecasts:
        """Keep what a picture of the test part shows.

        Args:
            predicted: Of every replicate, shape (R, n, ...).
            others: Of every baseline, shape (n, ...) each.
            examples: Of the test part.
        """
