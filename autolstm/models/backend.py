"""Keras on TensorFlow, started quietly: whoever needs either imports it from here.

While TensorFlow starts it writes several lines on standard error, before its own log level
counts. They would stand in the middle of a study's display. They are held back, and shown only
where the start fails.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from autolstm.errors import SettingError
from autolstm.models.xla_cache import use as keep_programs

__all__ = ["keras", "tf"]


@contextmanager
def _hushed() -> Iterator[None]:
    """Hold back what is written on standard error, from C++ as well."""
    try:
        stderr = os.dup(2)
    except OSError:  # closed: there is nothing to hold back
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(stderr, held.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# oneDNN keeps what it has made for every shape it ever met, which adds up over the structures of a
# study, and its broadcast batch product is wrong (TensorFlow 2.21). XLA does not use it.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
# LLVM's highest level makes the small steps of a recurrence slower (benchmarks/NOTES.md).
if "xla_backend_optimization_level" not in os.environ.get("XLA_FLAGS", ""):
    os.environ["XLA_FLAGS"] = (
        f"{os.environ.get('XLA_FLAGS', '')} --xla_backend_optimization_level=2".strip()
    )
keep_programs()
if "keras" not in sys.modules:
    # Another backend may be set for other programs; the engines speak TensorFlow.
    os.environ["KERAS_BACKEND"] = "tensorflow"

with _hushed():
    import keras
    import tensorflow as tf

if keras.backend.backend() != "tensorflow":
    raise SettingError(
        f"Keras was imported before with the backend {keras.backend.backend()!r}, but autolstm "
        f"trains with TensorFlow. Set KERAS_BACKEND=tensorflow in the environment."
    )
