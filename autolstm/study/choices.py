"""The sampler and the pruner that a study file names."""

import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning

from autolstm.errors import SettingError, counted
from autolstm.experiment import Choice
from autolstm.seeding import child
from autolstm.space import Float, Int, Space
from autolstm.study.cmaes import Cmaes
from autolstm.study.exhaustive import Exhaustive, left, points
from autolstm.study.patient import Patient

__all__ = ["left_over", "make_pruner", "remark", "sampler_for"]

EXHAUSTIVE = ("grid", "brute_force")
"""Samplers that come to an end."""


def sampler_for(
    choice: Choice, seed: int, attempt: int, space: Space, *, builder: str = ""
) -> optuna.samplers.BaseSampler:
    """Make the sampler of one trial.

    The default is TPE (Bergstra et al., 2011; Watanabe, 2023, arXiv:2304.11127), joint over the
    knobs and in groups, so that a knob under a condition is modelled where it is alive.

    Args:
        choice: Name and options.
        seed: Root of all randomness.
        attempt: Trials that have ended before. Every trial has a seed of its own, so a study
            that was interrupted goes on as if it had not been; but a quasi-random sequence
            goes on after the point that was lost.
        space: What may be tried.
        builder: Name of the user's function that asks a trial for more; empty for none.

    Raises:
        SettingError: Optuna's class does not take the options, a package is not installed, or
            the sampler cannot propose this space.
    """
    if choice.name in (*EXHAUSTIVE, "cmaes") and builder:
        raise SettingError(
            f"The sampler {choice.name!r} has to know beforehand what is asked, which {builder} "
            f"does not say. Take tpe, random or quasi_random."
        )
    if choice.name in EXHAUSTIVE:
        return Exhaustive(_every(choice, seed, space))
    own = child(seed, "sampler", attempt)
    makers: dict[str, Callable[..., optuna.samplers.BaseSampler]] = {
        "tpe": _tpe,
        "random": optuna.samplers.RandomSampler,
        "quasi_random": lambda **options: _quasi_random(own, **options),
        "cmaes": lambda **options: _cmaes(space, **options),
    }
    # A quasi-random sequence is one sequence: Optuna keeps the place in it in the study.
    options = {"seed": seed if choice.name == "quasi_random" else own, **choice.options}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        made: optuna.samplers.BaseSampler = _made("sampler", choice, makers[choice.name], options)
    return made


def remark(choice: Choice, space: Space) -> str:
    """Say what a sampler leaves to chance; empty where there is nothing to say."""
    ranges = _ranges(space)
    others = [name for name in space.dimensions if name not in ranges]
    if choice.name != "cmaes" or not others:
        return ""
    return (
        f"CMA-ES proposes what is always searched in a range of numbers: {', '.join(ranges)}. "
        f"The other settings are drawn at random: {', '.join(others)}."
    )


def left_over(choice: Choice, seed: int, space: Space, study: optuna.Study) -> int | None:
    """Count the configurations that a sampler has left; None for one that never comes to an end.

    Raises:
        SettingError: As `sampler_for`.
    """
    if choice.name not in EXHAUSTIVE:
        return None
    return sum(1 for _ in left(study, _every(choice, seed, space)))


def _every(choice: Choice, seed: int, space: Space) -> tuple[dict[str, Any], ...]:
    if choice.options:
        raise SettingError(
            f"The sampler {choice.name!r} takes no options, not {', '.join(choice.options)}. "
            f"Leave them out."
        )
    return points(space, seed if choice.name == "brute_force" else None)


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
        "patient": lambda **options: Patient(
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


def _quasi_random(own: int, **options: Any) -> optuna.samplers.BaseSampler:
    """Make a scrambled Sobol sequence (Owen, 1998); without, it begins in a corner of the space.

    What is searched under a condition is not part of the sequence and drawn at random, for each
    trial with a seed of its own.
    """
    return optuna.samplers.QMCSampler(
        **{"scramble": True, "warn_independent_sampling": False, **options},
        independent_sampler=optuna.samplers.RandomSampler(seed=own),
    )


def _ranges(space: Space) -> list[str]:
    """Return the knobs that are always searched, in a range of numbers."""
    dimensions = space.dimensions.items()
    return [name for name, one in dimensions if isinstance(one, (Int, Float)) and not one.when]


def _cmaes(space: Space, **options: Any) -> optuna.samplers.BaseSampler:
    """Make a CMA-ES (Hansen & Ostermeier, 2001) over the ranges, where it can work at all."""
    if find_spec("cmaes") is None:
        raise SettingError(
            "The sampler 'cmaes' needs the package cmaes, which is not installed. Install it "
            "with `pip install 'autolstm[cmaes]'`, or take another sampler, such as tpe."
        )
    ranges = _ranges(space)
    if len(ranges) < 2:
        raise SettingError(
            f"The sampler 'cmaes' proposes settings that are always searched in a range of "
            f"numbers. It takes two of them at least, and here there "
            f"{'is' if len(ranges) == 1 else 'are'} {counted(len(ranges), 'such setting')}"
            f"{': ' * bool(ranges)}{', '.join(ranges)}. Give ranges, such as {{low = 16, high = "
            f"128}}, or take another sampler, such as tpe."
        )
    return Cmaes(ranges, **{"warn_independent_sampling": False, **options})


def _made(what: str, choice: Choice, make: Callable[..., Any], options: dict[str, Any]) -> Any:
    try:
        return make(**options)
    except (TypeError, ValueError) as error:
        raise SettingError(
            f"The {what} {choice.name!r} does not take these options: {error}. See Optuna's "
            f"documentation of its class for what it takes."
        ) from None
