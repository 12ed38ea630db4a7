"""`Training`: the knobs of how a network is fitted."""

from dataclasses import dataclass

from autolstm.settings.knob import knob

__all__ = ["Training"]


@dataclass(frozen=True, slots=True)
class Training:
    """How the network is fitted."""

    optimizer: str = knob(
        "adam", "The optimiser, with Keras's defaults.", choices=("adam", "rmsprop", "sgd")
    )
    learning_rate: float = knob(3e-3, "Step size of the optimiser.", low=1e-8, high=10.0)
    momentum: float = knob(0.9, "Momentum, for sgd only.", low=0.0, high=0.999)
    class_weight: str = knob(
        "none",
        "Whether rare classes count for more while training, so that all count alike (balanced).",
        choices=("none", "balanced"),
    )
    batch_size: int = knob(
        32,
        "Windows in one update.",
        low=1,
        high=1_000_000,
        unit="windows",
        shapes=True,
    )
    epochs: int = knob(150, "Most passes over the training windows.", low=1, high=100_000)
    patience: int = knob(
        20,
        "Epochs without a better validation loss before a seed stops.",
        low=1,
        high=100_000,
        unit="epochs",
    )
    min_delta: float = knob(
        0.0, "Smallest fall of the validation loss that counts as better.", low=0.0, high=1e6
    )
    loss: str = knob(
        "auto",
        "What training minimises: what is measured (auto), squared, absolute or Huber's errors.",
        choices=("auto", "mse", "mae", "huber"),
        shapes=True,
    )
