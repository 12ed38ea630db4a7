"""The sampler and the pruner that a study file names."""

import warnings
from collections.abc import Callable
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning

from autolstm.errors import SettingError
from autolstm.experiment import Choice
from autolstm.seeding import child

__all__ = ["make_pruner", "sampler_for"]


def sampler_for(choice: Choice, seed: int, attempt: int) -> optuna.samplers.BaseSampler:
    """Make the sampler of one trial.

    The default is TPE (Bergstra et al., 2011; Watanabe, 2023, arXiv:2304.11127), joint over the
    knobs and in groups, so that a knob under a condition is modelled where it is alive.

    Args:
        choice: Name and options.
        seed: Root of all randomness.
        attempt: Trials that have ended before. Every trial has a seed of its own, so a study
            that was interrupted goes on as if it had not been; but a quasi-random sequence
            goes on after the point that was lost.

    Raises:
        SettingError: Optuna's class does not take the options.
    """
    makers: dict[str, Callable[..., optuna.samplers.BaseSampler]] = {
        "tpe": _tpe,
        "random": optuna.samplers.RandomSampler,
        "quasi_random": optuna.samplers.QMCSampler,
    }
    # A quasi-random sequence is one sequence: Optuna keeps the place in it in the study.
    own = seed if choice.name == "quasi_random" else child(seed, "sampler", attempt)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        options = {"seed": own, **choice.options}
        made: optuna.samplers.BaseSampler = _made("sampler", choice, makers[choice.name], options)
    return made


def make_pruner(choice: Choice, epochs: int, *, sign: int = 1) -> optuna.pruners.BasePruner:
    """Make a pruner of a mean over seeds that is reported by epoch.

    Args:
        choice: Name and options.
        epochs: Most epochs of a fit; a fifth of them pass before anything is judged.
        sign: Factor from a loss to its report, see `ledger.reading.report_sign`.

    Raises:
        SettingError: Optuna's class does not take the options.
    """
    warm = max(1, epochs // 5)
    defaults: dict[str, dict[str, Any]] = {
        "median": {"n_startup_trials": 5, "n_warmup_steps": warm},
        "percentile": {"percentile": 25.0, "n_startup_trials": 5, "n_warmup_steps": warm},
        "successive_halving": {"min_resource": warm, "reduction_factor": 3},
        "hyperband": {"min_resource": warm, "max_resource": epochs, "reduction_factor": 3},
        "patient": {"patience": 2},
        # Twice the squared error of a forecast of the mean.
        "threshold": {"upper" if sign > 0 else "lower": sign * 2.0, "n_warmup_steps": warm},
        "none": {},
    }
    makers: dict[str, Callable[..., optuna.pruners.BasePruner]] = {
        "median": optuna.pruners.MedianPruner,
        "percentile": optuna.pruners.PercentilePruner,
        "successive_halving": optuna.pruners.SuccessiveHalvingPruner,
        "hyperband": optuna.pruners.HyperbandPruner,
        "patient": lambda **options: optuna.pruners.PatientPruner(
            optuna.pruners.MedianPruner(n_warmup_steps=warm), **options
        ),
        "threshold": optuna.pruners.ThresholdPruner,
        "none": optuna.pruners.NopPruner,
    }
    options = {**defaults[choice.name], **choice.options}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        made: optuna.pruners.BasePruner = _made("pruner", choice, makers[choice.name], options)
    return made


def _tpe(**options: Any) -> optuna.samplers.BaseSampler:
    return optuna.samplers.TPESampler(**{"multivariate": True, "group": True, **options})


def _made(what: str, choice: Choice, make: Callable[..., Any], options: dict[str, Any]) -> Any:
    try:
        return make(**options)
    except (TypeError, ValueError) as error:
        raise SettingError(
            f"The {what} {choice.name!r} does not take these options: {error}. See Optuna's "
            f"documentation of its class for what it takes."
        ) from None
