"""What a lowered layer is, and the registry of those that there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from autolstm.models.backend import keras, tf

__all__ = ["Call", "Lowered", "Signal", "Unsupported", "dropout_mask", "lower", "lowers", "times"]


class Unsupported(Exception):
    """A layer, or an option of one, that has no lowered form; the message says which."""


@dataclass(frozen=True, eq=False, slots=True)
class Signal:
    """What flows between layers.

    Attributes:
        value: Shape (steps, R, batch, features) for sequences, (R, batch, features) for vectors.
            A replicate axis of 1 stands for values that all replicates share.
        mask: Shape (steps, R, batch), false where a step is padding; None where all count.
        steps: Whether the value is a sequence.
    """

    value: Any
    mask: Any = None
    steps: bool = True


@dataclass(slots=True)
class Call:
    """One pass through a network.

    Attributes:
        weights: Value of every Keras variable by its path, each of shape (R, ...).
        rates: Dropout rate of every mask that is drawn, by its layer's name and its kind.
        seeds: Shape (R, 2), seeds of this pass's dropout masks; None while forecasting.
        counts: Shape (R or 1, batch), 1 for windows that count and 0 for padding; None for all.
        teacher: True answers in training, shape (R, batch, ...), for decoders that hear them.
        carried: States in which stateful layers begin, each of shape (R, batch, units), by the
            layer's name; zeros for those that are not there.
        ended: Filled with the states in which they end.
        updates: Filled with new values of variables that are not trained (moving averages).
        masks: Filled dropout masks by name, for tests; given masks are used instead of drawn ones.
        names: Name of every layer by its identity; see `name_of`.
    """

    weights: Mapping[str, Any]
    rates: Mapping[str, Any]
    seeds: Any = None
    counts: Any = None
    teacher: Any = None
    carried: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    ended: dict[str, Sequence[Any]] = field(default_factory=dict)
    updates: dict[str, Any] = field(default_factory=dict)
    masks: dict[str, Any] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)

    @property
    def training(self) -> bool:
        """Whether dropout is active and statistics are those of the batch."""
        return self.seeds is not None

    def draws(self, layer: keras.layers.Layer, kind: str) -> bool:
        """Whether a dropout mask of this kind is used."""
        name = f"{self.name_of(layer)}/{kind}"
        return self.training and (name in self.rates or name in self.masks)

    def __getitem__(self, variable: keras.Variable) -> Any:
        return self.weights[variable.path]

    def name_of(self, layer: keras.layers.Layer) -> str:
        """Return a name that tells the layers of one network apart.

        It is the layer's place in the network, not its Keras name: Keras numbers layers over the
        whole process, and the dropout masks of a model must not depend on models built before.
        """
        return self.names.get(id(layer), layer.name)


Lowered = Callable[..., Any]
"""A layer as a function of a pass and its input, a `Signal`, to its output, a `Signal`.

Merges are given a list of signals; recurrent layers are given their initial states too. Layers
with several outputs return a list.
"""

_REGISTRY: dict[type, Callable[[Any], Lowered]] = {}


def lowers(*kinds: type) -> Callable[[Callable[[Any], Lowered]], Callable[[Any], Lowered]]:
    """Register a function as the one that lowers layers of exactly these classes."""

    def register(function: Callable[[Any], Lowered]) -> Callable[[Any], Lowered]:
        _REGISTRY.update(dict.fromkeys(kinds, function))
        return function

    return register


def lower(layer: keras.layers.Layer) -> Lowered:
    """Return the lowered form of a layer.

    Raises:
        Unsupported: There is none; a subclass may compute something else, so it has none either.
    """
    what = f"the layer {layer.name!r} ({type(layer).__name__})"
    if type(layer) not in _REGISTRY:
        raise Unsupported(f"{what} cannot be compiled")
    policy = layer.dtype_policy
    if (policy.compute_dtype, policy.variable_dtype) != ("float32", "float32"):
        raise Unsupported(f"{what} computes in {policy.name}, only float32 can be compiled")
    for option in ("activity_regularizer", "lora_enabled", "quantization_mode"):
        if getattr(layer, option, None):
            raise Unsupported(f"{what} has {option}, which cannot be compiled")
    return _REGISTRY[type(layer)](layer)


def dropout_mask(call: Call, layer: keras.layers.Layer, kind: str, shape: Sequence[int]) -> Any:
    """Return a dropout mask of shape (R, *shape): 0, or 1 / (1 - rate), as Keras draws it.

    The seeds decide it. XLA and plain graphs draw different numbers from the same seeds.

    Args:
        call: The pass.
        layer: Which layer drops. Its name and ``kind`` tell masks apart, so that no two are the
            same; a mask given under ``name/kind`` is used as it is.
        kind: What is dropped: ``dropout`` or ``recurrent_dropout``.
        shape: Of one replicate's mask.
    """
    name = f"{call.name_of(layer)}/{kind}"
    if name not in call.masks:
        rate = call.rates[name]
        place = tf.constant([0, crc32(name.encode()) >> 1], tf.int32)
        own = tf.unstack(tf.bitwise.bitwise_xor(call.seeds, place), axis=0)
        drawn = tf.stack([tf.random.stateless_uniform(shape, seed) for seed in own])
        call.masks[name] = tf.where(drawn >= rate, 1.0 / (1.0 - rate), 0.0)
    return call.masks[name]


def times(x: Any, kernel: Any) -> Any:
    """Multiply features by weights: (..., R or 1, B, F) x (R, F, n) -> (..., R, B, n)."""
    if kernel.shape[0] > 1:
        return tf.matmul(x, kernel)
    # One replicate needs one plain product. Besides, the product of sequences with a single matrix
    # crashes TensorFlow 2.21 where it uses oneDNN.
    flat = tf.matmul(tf.reshape(x, [-1, x.shape[-1]]), kernel[0])
    return tf.reshape(flat, [*x.shape[:-1], kernel.shape[-1]])
