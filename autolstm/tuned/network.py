"""The networks of a tuned model: one Keras model that takes the weights of each seed in turn."""

import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autolstm.errors import ModelFileError
from autolstm.models import build
from autolstm.models.backend import tf
from autolstm.prepare import Recipe
from autolstm.settings import Architecture

__all__ = ["Networks"]


class Networks:
    """Networks of one architecture that differ in their weights only.

    Args:
        architecture: What they look like.
        recipe: How long their inputs and outputs are.
        features: Columns of an input.
        weights: Those of each network, see `TunedModel.weights`.

    Raises:
        ModelFileError: Some weights do not fit the architecture.
    """

    def __init__(
        self,
        architecture: Architecture,
        recipe: Recipe,
        features: int,
        weights: Sequence[Sequence[np.ndarray] | bytes],
    ) -> None:
        # The seed decides nothing: all weights are replaced, and nothing is dropped out.
        self._model = build(
            architecture, window=recipe.window, features=features, horizon=recipe.horizon, seed=0
        )
        self._weights = [self._read(one, number) for number, one in enumerate(weights, start=1)]
        # Traced, a forecast takes a millisecond, and else a twentieth of a second.
        self._traced = tf.function(lambda window: self._model(window, training=False))
        # One network for all seeds: threads must not change its weights under one another.
        self._lock = threading.Lock()

    def forecast(self, replicate: int, window: np.ndarray) -> np.ndarray:
        """Forecast from one prepared window of shape (window, features), shape (horizon,)."""
        with self._lock:
            self._model.set_weights(self._weights[replicate])
            forecast: np.ndarray = self._traced(tf.constant(window[None])).numpy()[0]
        return forecast

    def to_json(self) -> str:
        """Return the architecture, as `keras.models.model_from_json` reads it."""
        text: str = self._model.to_json(indent=2)
        return text

    def save_weights(self, replicate: int, path: Path) -> None:
        """Write the weights of one network, as `keras.Model.load_weights` reads them."""
        with self._lock:
            self._model.set_weights(self._weights[replicate])
            self._model.save_weights(path)

    @property
    def nbytes(self) -> int:
        """Bytes of all weights."""
        return sum(one.nbytes for weights in self._weights for one in weights)

    def _read(self, weights: Sequence[np.ndarray] | bytes, number: int) -> list[np.ndarray]:
        try:
            if isinstance(weights, bytes):
                # Keras reads weights from a file only.
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder, "seed.weights.h5")
                    path.write_bytes(weights)
                    self._model.load_weights(path)
            else:
                self._model.set_weights(list(weights))
        except (KeyError, OSError, ValueError) as error:
            raise ModelFileError(
                f"The weights of seed {number} do not fit the network of this model: "
                f"{str(error).splitlines()[0]} Run the study again to write the model anew."
            ) from None
        return list(self._model.get_weights())
