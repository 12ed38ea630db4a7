"""Keras layers -> functions of R replicates at once: one small function a layer.

A lowered network works on `Signal`s whose arrays carry a leading replicate axis, and is written
with plain TensorFlow operations, so that whole epochs of it compile into one XLA program. The
arithmetic of every layer is that of Keras.

base                              the registry, and what a lowered layer is given
recurrent                         what recurrent layers share around their scan
lstm, gru                         recurrent layers with hand-written gradients
wrappers                          Bidirectional, TimeDistributed
dense, convolution, shape         everything without a memory
normalisation, embedding
decoder                           a decoder that hears its own answers
network                           the whole graph of a model
"""

from autolstm.train.lowering import (
    convolution,
    decoder,
    dense,
    embedding,
    gru,
    lstm,
    normalisation,
    shape,
    wrappers,
)
from autolstm.train.lowering.base import Call, Lowered, Signal, Unsupported, lower
from autolstm.train.lowering.network import Network
from autolstm.train.lowering.structure import structure

__all__ = [
    "Call",
    "Lowered",
    "Network",
    "Signal",
    "Unsupported",
    "convolution",
    "decoder",
    "dense",
    "embedding",
    "gru",
    "lower",
    "lstm",
    "normalisation",
    "shape",
    "structure",
    "wrappers",
]
