"""`Training` -> the Keras optimiser that it asks for."""

from autolstm.models.backend import keras
from autolstm.settings import Training

__all__ = ["new_optimizer"]


def new_optimizer(training: Training) -> keras.optimizers.Optimizer:
    """Return a fresh optimiser with Keras's defaults for what has no knob.

    A gradient is clipped by the norm over all weights together, as is usual for recurrent networks
    (Pascanu et al., 2013, arXiv:1211.5063), so that its direction stays; or by its values.
    """
    # Named, because Keras would number it and no two structures would be alike.
    given = {
        "learning_rate": training.learning_rate,
        "global_clipnorm": training.clip_norm or None,
        "clipvalue": training.clip_value or None,
        "name": training.optimizer,
    }
    match training.optimizer:
        case "adam":
            return keras.optimizers.Adam(**given)
        case "adamw":
            return keras.optimizers.AdamW(weight_decay=training.weight_decay, **given)
        case "rmsprop":
            return keras.optimizers.RMSprop(**given)
        case "adagrad":
            return keras.optimizers.Adagrad(**given)
        case _:
            return keras.optimizers.SGD(
                momentum=training.momentum, nesterov=training.nesterov, **given
            )
