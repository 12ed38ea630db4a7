"""CMA-ES as Optuna has it, but for two things: what it searches, and whom it trusts."""

import io
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial

from autolstm.errors import StorageError

__all__ = ["Cmaes"]

NEEDED = {
    *(("cmaes._cma", "CMA"), ("cmaes._cmawm", "CMAwM"), ("cmaes._sepcma", "SepCMA")),
    *(("numpy", "dtype"), ("numpy", "ndarray")),
    *(("numpy._core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "scalar")),
}
"""All that the state of a CMA-ES is made of."""


class Cmaes(optuna.samplers.CmaEsSampler):
    """CMA-ES over knobs that every trial has, else its state would not fit the next trial.

    Optuna keeps that state in the storage, by pickle, which runs what it is told. A storage may be
    written by others: here only the classes of the state itself are read.

    Args:
        ranges: The knobs that are proposed together.
        **options: As Optuna's sampler takes them.
    """

    def __init__(self, ranges: list[str], **options: Any) -> None:
        super().__init__(**options)
        self._ranges = ranges

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return the ranges that are proposed together."""
        found = super().infer_relative_search_space(study, trial)
        return {name: one for name, one in found.items() if name in self._ranges}

    def _restore_optimizer(self, completed_trials: list[FrozenTrial]) -> Any:
        """Read the last state, as the method of this name does, but no other classes.

        Raises:
            StorageError: It holds others.
        """
        for trial in reversed(completed_trials):
            kept = {
                key: value
                for key, value in trial.system_attrs.items()
                if key.startswith(self._attr_key_optimizer)
            }
            if kept:
                with _wary(trial.number):
                    written = bytes.fromhex(self._concat_optimizer_attrs(kept))
                    return _Wary(io.BytesIO(written)).load()
        return None


class _Wary(pickle.Unpickler):
    """Knows no class or function but those of a CMA-ES."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in NEEDED:
            raise pickle.UnpicklingError(f"it names {module}.{name}"[:100])
        return super().find_class(module, name)


@contextmanager
def _wary(number: int) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # a damaged state can raise anything
        raise StorageError(
            f"The storage holds a state of CMA-ES with trial {number} that autolstm has not "
            f"written ({error}). Only states of CMA-ES are read. Somebody else has changed the "
            f"storage: give another --storage or --home, or take another sampler, such as tpe."
        ) from None
