"""Running out of memory, said in words."""

from collections.abc import Iterator
from contextlib import contextmanager

from autolstm.errors import OutOfMemory
from autolstm.models.backend import tf
from autolstm.prepare.windows import Windows
from autolstm.settings import Settings

__all__ = ["memory_watched"]


@contextmanager
def memory_watched(windows: Windows, settings: Settings) -> Iterator[None]:
    """Translate every way in which TensorFlow runs out of memory into `OutOfMemory`."""
    try:
        yield
    except (tf.errors.ResourceExhaustedError, tf.errors.InternalError, MemoryError) as error:
        # TensorFlow reports some failed allocations of devices as internal errors.
        internal = isinstance(error, tf.errors.InternalError)
        if internal and not any(word in str(error).lower() for word in ("alloc", "memory")):
            raise
        shape, training = settings.architecture, settings.training
        raise OutOfMemory(
            f"TensorFlow ran out of memory with {shape.layers} x {shape.units} units, "
            f"{windows.window} rows x {windows.features} columns in a window and batches of "
            f"{training.batch_size}. Narrow architecture.units, architecture.layers, "
            f"preparation.window or training.batch_size."
        ) from error
