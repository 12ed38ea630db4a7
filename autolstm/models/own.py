"""Networks that a user's function builds: seeded, and checked for what training needs of them."""

from collections.abc import Callable
from typing import Any

from keras.src.backend.common import global_state

from autolstm.errors import SettingError
from autolstm.models.backend import keras
from autolstm.shapes import Shapes

__all__ = ["Build", "build_own"]

Build = Callable[[Shapes], Any]
"""Of what a network must fit to a `keras.Model`."""


def build_own(build: Build, shapes: Shapes, *, seed: int) -> keras.Model:
    """Build a network by a user's function.

    The global random seeds of Python, numpy and Keras are set before, because layers that are
    given none draw theirs from there.

    Args:
        build: The function.
        shapes: What the network must fit.
        seed: Decides every initial weight and dropout mask.

    Raises:
        SettingError: What it returns is no Keras model, takes or gives other shapes, or cannot
            say what it is made of.
    """
    keras.utils.set_random_seed(seed % 2**32)
    # Layers without a name are numbered from the first one on again, so that equal networks are
    # called alike and share a compiled program.
    global_state.set_global_attribute("object_name_uids", None)
    model = build(shapes)
    if not isinstance(model, keras.Model):
        raise SettingError(
            f"build returned a {type(model).__name__}. It takes a function that returns a "
            f"keras.Model. Add a return at its end."
        )
    taken = (None, shapes.window, shapes.features)
    for what, found, wanted in (
        ("takes inputs", _shape(model, "input_shape"), taken),
        ("gives outputs", _shape(model, "output_shape"), (None, *shapes.output)),
    ):
        if found != wanted:
            raise SettingError(
                f"The network of build {what} of the shape {found}, and these data need {wanted}. "
                f"Begin with keras.Input((shapes.window, shapes.features)), and end so that the "
                f"outputs have the shape shapes.output, without an activation for classes."
            )
    try:
        model.get_config()
    except NotImplementedError as error:
        raise SettingError(
            f"The network of build cannot be written down, and so not be saved: "
            f"{str(error).strip().splitlines()[0]} Give your own layers a get_config."
        ) from None
    return model


def _shape(model: keras.Model, name: str) -> Any:
    """Return a shape of a model; what was never built, or has several ends, has none like it."""
    found = getattr(model, name, None)
    return tuple(found) if isinstance(found, tuple) else found
