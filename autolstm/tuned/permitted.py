"""What the network in a model folder may be made of: layers that compute, and nothing that acts.

Keras builds whatever class or function a description names, and has a safe mode that was got
around more than once (CVE-2025-1550, CVE-2026-1462). So a description is read by us first, and
names may only be those below, or those of layers that its reader has brought.
"""

from collections.abc import Callable
from typing import Any

__all__ = ["refused"]

MODELS = {"Functional", "Model", "Sequential"}

_ARITHMETIC = """
    Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention Average
    AveragePooling1D AveragePooling2D BatchNormalization Bidirectional Concatenate Conv1D
    Conv1DTranspose Conv2D Conv2DTranspose ConvLSTM1D ConvLSTM2D Cropping1D Cropping2D Dense
    DepthwiseConv1D DepthwiseConv2D Dot Dropout ELU EinsumDense Embedding Flatten GRU GRUCell
    GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D
    GlobalMaxPooling2D GroupNormalization GroupQueryAttention Identity InputLayer LSTM LSTMCell
    LayerNormalization LeakyReLU Masking MaxPooling1D MaxPooling2D Maximum Minimum
    MultiHeadAttention Multiply Normalization PReLU Permute RMSNormalization RNN ReLU RepeatVector
    Rescaling Reshape SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell Softmax
    SpatialDropout1D SpatialDropout2D SpectralNormalization StackedRNNCells Subtract
    TimeDistributed UnitNormalization UpSampling1D UpSampling2D ZeroPadding1D ZeroPadding2D
"""

LAYERS = frozenset(_ARITHMETIC.split())
"""Layers that are arithmetic. Not among them: Lambda, TFSMLayer, TorchModuleWrapper, JaxLayer and
FlaxLayer, which run code; StringLookup, TextVectorization and their like, which read files."""

PARTS = ("keras.initializers", "keras.regularizers", "keras.constraints")
"""Modules whose classes are all arithmetic."""

PLAIN = {"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__"}
"""What Keras calls values that are no objects of its own."""

FUNCTIONS = ("builtins", "keras.activations", "keras.ops")

MAPPED = {"Cond", "CustomGradient", "ForiLoop", "Map", "Scan", "Switch", "VectorizedMap"} | {
    *("AssociativeScan", "WhileLoop"),
}
"""Operations that run a function which they are given."""

ROOTS = {"keras", "keras_hub", "keras_cv", "keras_nlp", "builtins"}
"""Packages in which Keras looks for names; in no other one, so those it refuses itself."""

DEEPEST = 100


def refused(
    described: Any, brought: Callable[[str], bool], is_activation: Callable[[str], bool]
) -> str:
    """Return the first name in a description of a network that must not be built; else nothing.

    Args:
        described: The description, as plain values.
        brought: Whether a name is that of a layer or function of its reader's own.
        is_activation: Whether a name is that of one of Keras's activation functions.
    """
    waiting = [(described, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > DEEPEST:
            return "something nested too deeply"
        if isinstance(one, dict):
            if "class_name" in one and not _may_be(one, brought, is_activation):
                return f"{one.get('module') or ''}.{one['class_name']}".strip(".")[:80]
            waiting += [(inner, depth + 1) for inner in one.values()]
        elif isinstance(one, list):
            waiting += [(inner, depth + 1) for inner in one]
    return ""


def _may_be(
    one: dict[str, Any], brought: Callable[[str], bool], is_activation: Callable[[str], bool]
) -> bool:
    name, module = str(one["class_name"]), one.get("module", "")
    if name in PLAIN:
        return True
    if name == "function":
        named = str(one.get("config"))
        return brought(named) or (module in FUNCTIONS and is_activation(named))
    registered = one.get("registered_name")
    if isinstance(registered, str) and registered != name and brought(registered):
        return True
    if brought(name):
        return True
    if module is None or str(module).partition(".")[0] not in ROOTS:
        # Without a module Keras looks among all that it has; with null, or another one, nowhere.
        return module != "" and not name.startswith("__")
    return _is_arithmetic(name, str(module))


def _is_arithmetic(name: str, module: str) -> bool:
    if module == "keras.layers":
        return name in LAYERS
    if module.startswith("keras.src.ops."):
        return name not in MAPPED
    if module in PARTS:
        return True
    if name in MODELS:
        return module in ("keras", "keras.models") or module.startswith("keras.src.models.")
    dtypes = ("keras", "keras.dtype_policies")
    return (module in dtypes and name == "DTypePolicy") or (
        module.startswith("keras.src.random.") and name == "SeedGenerator"
    )
