"""`Training`: the knobs of how a network is fitted."""

from dataclasses import dataclass

from autolstm.errors import SettingError
from autolstm.settings.knob import knob

__all__ = ["FULL", "Training"]

FULL = "full"
"""The batch size that is all training windows, however many there are."""


@dataclass(frozen=True, slots=True)
class Training:
    """How the network is fitted.

    Raises:
        SettingError: Gradients are to be clipped by their norm and by their values.
    """

    optimizer: str = knob(
        "adam",
        "The optimiser, with Keras's defaults for what has no knob.",
        choices=("adam", "adamw", "rmsprop", "adagrad", "sgd"),
    )
    learning_rate: float = knob(3e-3, "Step size of the optimiser.", low=1e-8, high=10.0)
    momentum: float = knob(0.9, "Momentum, for sgd only.", low=0.0, high=0.999)
    nesterov: bool = knob(
        False, "Whether momentum looks one step ahead, as Nesterov's does, for sgd only."
    )
    weight_decay: float = knob(
        0.004,
        "Share of the weights, times the rate, that an update takes away, for adamw only.",
        low=0.0,
        high=1.0,
    )
    schedule: str = knob(
        "constant",
        "How the learning rate falls with the epochs, or when the validation loss does not.",
        choices=("constant", "exponential", "step", "cosine", "restarts", "plateau"),
    )
    decay: float = knob(
        0.1,
        "Share of the rate that one fall of the schedule leaves, a cosine being one fall.",
        low=0.0,
        high=1.0,
    )
    decay_epochs: int = knob(
        10,
        "Epochs of one fall of the schedule, of restarts the first; without a gain for plateau.",
        low=1,
        high=100_000,
        unit="epochs",
    )
    warmup: int = knob(
        0,
        "Epochs in which the rate rises evenly from zero before its schedule begins; 0 is none.",
        low=0,
        high=100_000,
        unit="epochs",
    )
    clip_norm: float = knob(
        0.0,
        "Most that the norm of the whole gradient may be, else it is scaled down; 0 is none.",
        low=0.0,
        high=1e6,
    )
    clip_value: float = knob(
        0.0,
        "Most that each number of the gradient may be, else it is cut; 0 is none.",
        low=0.0,
        high=1e6,
    )
    class_weight: str = knob(
        "none",
        "Whether rare classes count for more while training, so that all count alike (balanced).",
        choices=("none", "balanced"),
    )
    batch_size: int | str = knob(
        32,
        "Windows in one update; full is all of them.",
        low=1,
        high=1_000_000,
        words=(FULL,),
        unit="windows",
        shapes=True,
    )
    shuffle: bool = knob(
        True, "Whether windows come in another order each epoch, or always in that of time."
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
    finetune: int = knob(
        0,
        "Times that a seed whose patience is spent goes on from its best weights at a lower rate.",
        low=0,
        high=100,
        unit="rounds",
    )
    finetune_factor: float = knob(
        0.1, "Share of the rate that each round of fine-tuning leaves.", low=1e-6, high=1.0
    )
    loss: str = knob(
        "auto",
        "What training minimises: what is measured (auto), squared, absolute or Huber's errors.",
        choices=("auto", "mse", "mae", "huber"),
        shapes=True,
    )

    def __post_init__(self) -> None:
        if self.clip_norm and self.clip_value:
            raise SettingError(
                f"training.clip_norm = {self.clip_norm:g} and training.clip_value = "
                f"{self.clip_value:g} exclude each other: gradients are clipped in one way, by "
                f"their norm or by their values. Set one of the two to 0."
            )

    def batch(self, windows: int) -> int:
        """Return how many of so many training windows make one update."""
        size = self.batch_size
        return windows if isinstance(size, str) else min(size, windows)
