"""The contract of every engine: Windows -> a stream of `Epoch`s for all seeds together.

Which module owns which question:

- `engine.py`: what the objective may rely on, whoever trains;
- `stopping.py`: when a replicate stops, or goes back to its best weights;
- `schedules.py`: with what learning rate, all together and each by itself;
- `optimizers.py`: which Keras optimiser;
- `losses.py`: what the loss of an element is, in training and where it is told;
- `reference.py`: how an epoch is done with stock Keras layers, gradients and optimisers;
- `compiled.py`: how all replicates are trained at once, with `lowering/` (what a layer computes),
  `rules.py` (what an optimiser does), `chunk.py` (some epochs as one program), `judging.py` (what
  it decides after each), `forecast.py` (what best weights say), `plan.py` (its sizes),
  `feeding.py` (what it is told), `executable.py` (how it is compiled and let go), and `crew.py`
  (which thread advances which replicates);
- `memory.py`: what is said where there is too little of it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from autolstm.outcome import Cost, Epoch
from autolstm.prepare.windows import Windows
from autolstm.settings import Settings
from autolstm.shapes import Shapes

__all__ = ["Engine", "Run"]


class Run(Protocol):
    """One configuration while it is trained with R seeds.

    Iterating trains; leaving the iteration early is allowed at any time. Results speak of the
    best weights of every replicate up to the last epoch that was iterated. Whatever training
    minimises (``training.loss``), losses that are told, and what stops early by them, are those
    of `Windows.loss`, so that trials can be compared.

    A replicate whose patience is spent stops, or begins a round of ``training.finetune``: it goes
    back to its best weights, keeps what its optimiser remembers, and trains on at a lower rate,
    with a patience that begins anew.
    """

    def __iter__(self) -> Iterator[Epoch]:
        """Train epoch by epoch; all replicates that still run advance together."""

    def predict(self, origins: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        """Forecast with every replicate's best weights, in bounded memory.

        Where states are carried on, all windows from the first training window to the last of
        these are passed through in order, so that each begins with the states that belong to it.

        Args:
            origins: Row numbers into the series of the run's windows, shape (n,).
            lengths: How many rows of each window are there, shape (n,); None for all.

        Returns:
            Prepared values, or scores (logits) of classes, shape (R, n, *`Shapes.output`).
        """

    def respond(self, inputs: np.ndarray) -> np.ndarray:
        """Forecast like `predict` from prepared inputs of every replicate's own.

        Recursive forecasts need it: there, every replicate sees its own past.

        Args:
            inputs: Shape (R, n, window, features), `Shapes.padding` at steps that are not there.

        Returns:
            Shape (R, n, *`Shapes.output`).
        """

    def weights(self) -> list[list[np.ndarray]]:
        """Return the best weights of every replicate, as `keras.Model.set_weights` takes them."""

    def cost(self) -> Cost:
        """Return what the run has cost so far."""


class Engine(Protocol):
    """A way to train all seeds of a configuration."""

    name: str

    def start(
        self,
        windows: Windows,
        settings: Settings,
        seeds: Sequence[int],
        own: Callable[[Shapes], Any] | None = None,
    ) -> Run:
        """Prepare a run; nothing is trained before its first epoch is asked for.

        Args:
            windows: Training and validation windows. Without validation windows every replicate
                trains ``settings.training.epochs`` epochs, its last weights are its best, and
                ``valid_loss`` is NaN. Nothing is fine-tuned then, and no rate falls on a plateau.
            settings: The configuration.
            seeds: One per replicate: decides initial weights, dropout and the order of batches.
            own: A user's function that builds the networks, instead of the settings.

        Raises:
            SettingError: ``training.loss`` does not fit the data, or the user's function gives
                no network that does.
        """
