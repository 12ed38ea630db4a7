"""The networks of a tuned model: one Keras model that takes the weights of each seed in turn."""

import json
import math
import re
import tempfile
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from keras.src.backend.common import global_state

from autolstm.errors import ModelFileError
from autolstm.memory import sized
from autolstm.models import build
from autolstm.models.backend import keras, tf
from autolstm.models.states import lanes_of, reset, walked
from autolstm.settings import Architecture
from autolstm.shapes import Shapes
from autolstm.tuned.hdf5 import held
from autolstm.tuned.members import parsed
from autolstm.tuned.permitted import refused

__all__ = ["Networks", "network_from_json"]

NUMBERS_AT_ONCE = 2**22
"""Numbers (16 MiB) that one layer may hold, which bounds memory."""


class Networks:
    """Networks of one architecture that differ in their weights only.

    Args:
        architecture: What they look like.
        shapes: What they must fit.
        weights: Those of each network, see `TunedModel.weights`.
        make: Makes a network of a user's own instead; its weights are replaced.
        lanes: Windows of every batch where states are carried on, see `autolstm.models.build`.

    Raises:
        ModelFileError: Some weights do not fit the architecture.
    """

    def __init__(
        self,
        architecture: Architecture,
        shapes: Shapes,
        weights: Sequence[Sequence[np.ndarray] | bytes],
        make: Callable[[Shapes], Any] | None = None,
        lanes: int | None = None,
    ) -> None:
        # The seed decides nothing: all weights are replaced, and nothing is dropped out.
        made = (
            partial(build, architecture, shapes, seed=0, lanes=lanes)
            if make is None
            else partial(make, shapes)
        )
        files = [one for one in weights if isinstance(one, bytes)]
        if files:
            # States are no weights, and Keras makes theirs only where numbers are made at once.
            plain = replace(architecture, stateful=False)
            bare = made if make else partial(build, plain, shapes, seed=0)
            _check_size(bare, max(map(_held, files, count(1))))
        self._model = made()
        numbers = shapes.window * max(shapes.features, *architecture.sizes)
        beside = lanes_of(self._model) or 1
        self._room = max(1, NUMBERS_AT_ONCE // numbers // beside) * beside
        self._weights = [self._read(one, number) for number, one in enumerate(weights, start=1)]
        # Traced, a forecast takes a millisecond, and else a twentieth of a second.
        self._traced = tf.function(
            self._answers,
            input_signature=[tf.TensorSpec([None, shapes.window, shapes.features], tf.float32)],
        )
        # One network for all seeds: threads must not change its weights under one another.
        self._lock = threading.Lock()

    def forecast(self, replicate: int, window: np.ndarray) -> np.ndarray:
        """Forecast from one prepared window of shape (window, features), shape (*output)."""
        only: np.ndarray = self.respond(replicate, window[None])[0]
        return only

    def respond(self, replicate: int, inputs: np.ndarray) -> np.ndarray:
        """Return what a network makes of prepared inputs, in bounded memory.

        One that carries its states on begins with zeros, and goes through them in order.

        Args:
            replicate: Which network.
            inputs: Shape (n, window, features).

        Returns:
            Prepared values or scores (logits) of classes, shape (n, *output).
        """
        starts = range(0, max(1, len(inputs)), self._room)
        given = [np.asarray(inputs[at : at + self._room], np.float32) for at in starts]
        with self._lock:
            self._model.set_weights(self._weights[replicate])
            reset(self._model)
            return np.concatenate([self._traced(tf.constant(one)).numpy() for one in given])

    def _answers(self, inputs: Any) -> Any:
        if lanes_of(self._model) is None:
            return self._model(inputs, training=False)
        return walked(self._model, inputs)

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
                    with warnings.catch_warnings():
                        # Keras would go on with random numbers where some are missing.
                        warnings.filterwarnings("error", "Skipping")
                        self._model.load_weights(path)
            else:
                self._model.set_weights(list(weights))
        except (KeyError, OSError, RuntimeError, TypeError, UserWarning, ValueError) as error:
            raise ModelFileError(
                f"The weights of seed {number} do not fit the network of this model: "
                f"{str(error).splitlines()[0]} Run the study again to write the model anew."
            ) from None
        return list(self._model.get_weights())


def network_from_json(text: str, objects: Mapping[str, Any]) -> Callable[[Shapes], Any]:
    """Return what makes the network that `Networks.to_json` wrote.

    Args:
        text: What was written.
        objects: Layers and functions of the user's own in it, by name.
    """

    def make(_: Shapes) -> Any:
        own = dict(objects)
        try:
            described = parsed(text.encode())
            bad = refused(described, partial(_is_brought, own), _is_activation)
            if bad:
                raise ModelFileError(
                    f"The network of this model names {bad}, which is no layer that only "
                    f"computes: it could run code or read files. Those of Keras that compute are "
                    f"accepted, and your own. Do not use a model from somebody you do not trust; "
                    f"if it is yours, name the layer in custom_objects of autolstm.load_model."
                )
            # How it was once trained is of no use here.
            described.pop("compile_config", None)
            return keras.models.model_from_json(json.dumps(described), custom_objects=own)
        except ModelFileError:
            raise
        except (
            *(AttributeError, ImportError, IndexError, KeyError, TypeError, ValueError),
            RecursionError,
        ) as error:
            raise ModelFileError(
                f"The network of this model was built by a function of its user, and cannot be "
                f"built again ({_reason(error)}). Say what its own layers are, "
                f"as in autolstm.load_model(folder, custom_objects={{'MyLayer': MyLayer}}), or "
                f"register them with keras.saving.register_keras_serializable()."
            ) from None

    return make


def _is_brought(own: Mapping[str, Any], name: str) -> bool:
    """Whether a name is that of a class or function that the reader of a model has."""
    return keras.saving.get_registered_object(name, custom_objects=dict(own)) is not None


def _is_activation(name: str) -> bool:
    """Whether a name is that of an activation function of Keras."""
    known = callable(getattr(keras.activations, name, None))
    return known and name not in ("get", "serialize", "deserialize")


def _held(content: bytes, number: int) -> int:
    """Return the bytes of numbers in the weights of a seed."""
    try:
        return held(content)
    except ValueError as error:
        raise ModelFileError(
            f"The weights of seed {number} are not read: {error}. They take a file as Keras "
            f"writes it. Run the study again to write the model anew, or get it again from "
            f"somebody you trust."
        ) from None


def _check_size(made: Callable[[], Any], most: int) -> None:
    """Refuse a network whose weights are larger than those of a file, before they take memory.

    Args:
        made: Makes it.
        most: Bytes of numbers in the largest file.

    Raises:
        ModelFileError: They are larger.
    """
    with keras.StatelessScope():
        # In here weights have shapes, but no numbers; those that wait for the scope's end are
        # let go.
        try:
            size = sum(4 * math.prod(one.shape) for one in made().weights)
        finally:
            global_state.set_global_attribute("uninitialized_variables", [])
    if size > most:
        raise ModelFileError(
            f"The network of this model would take {sized(size)} of weights, but its files hold "
            f"{sized(most)}. Both must fit together. Run the study again to write the model anew, "
            f"or get it again from somebody you trust."
        )


def _reason(error: Exception) -> str:
    """Return the part of Keras's many lines that says which class or function it does not know."""
    found = re.search(r"(Could not locate|Unknown)[^.\n]*", str(error))
    return found[0] if found else str(error).strip().partition("\n")[0][:200]
