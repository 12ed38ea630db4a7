"""The samplers that go through a whole space: `grid` in order, `brute_force` in random order.

Optuna's own ones keep their place as numbers of trials (`GridSampler`, which knows no conditions
and repeats what they make alike) or count trials that were cut off (`BruteForceSampler`). Here the
place is what the stored trials say: a configuration is done where a trial of it came to an end.
So a study goes on after an interrupt with what is left, and what was cut off is done again.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState

from autolstm.errors import SettingError
from autolstm.seeding import generator
from autolstm.settings import Value
from autolstm.space import Space
from autolstm.study.retry import was_cut_off

__all__ = ["MOST_POINTS", "Exhaustive", "left", "points"]

MOST_POINTS = 10_000
"""Configurations of a space that is gone through: a night has time for far fewer."""

Point = dict[str, Value]


@lru_cache(maxsize=2)
def points(space: Space, seed: int | None) -> tuple[Point, ...]:
    """Return every configuration of a space, each one the params of a trial.

    Args:
        space: What may be tried.
        seed: Root of all randomness, for a random order; None for that of the space.

    Raises:
        SettingError: There are too many, or no end of them.
    """
    every = tuple(islice(space.points(), MOST_POINTS + 1))
    if len(every) > MOST_POINTS:
        sizes = ", ".join(
            f"{name} {len(one.values() or ())}" for name, one in space.dimensions.items()
        )
        raise SettingError(
            f"The space has more than {MOST_POINTS} configurations to go through (values of each "
            f"setting: {sizes}). Fix settings, or remove them, in the table space, give shorter "
            f"lists, or take a sampler that chooses, such as tpe or random."
        )
    if seed is None:
        return every
    return tuple(every[place] for place in generator(seed, "sampler").permutation(len(every)))


def left(study: optuna.Study, every: Sequence[Point]) -> Iterator[Point]:
    """Yield the configurations that no trial has come to an end with, nor is running, in order."""
    states = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING)
    trials = study.get_trials(deepcopy=False, states=states)
    done = {_key(one.params) for one in trials if not was_cut_off(one)}
    return (one for one in every if _key(one) not in done)


def _key(params: Mapping[str, Any]) -> tuple[tuple[str, object], ...]:
    """Return params as a key, but for the rounding of a step."""
    written = {
        name: f"{value:.9g}" if isinstance(value, float) else value
        for name, value in params.items()
    }
    return tuple(sorted(written.items()))


class Exhaustive(optuna.samplers.BaseSampler):
    """Proposes the first configuration that is left; of a space that is done, the last one.

    Args:
        every: All configurations, in the order in which they are tried.
    """

    def __init__(self, every: Sequence[Point]) -> None:
        self._every = every
        self._chosen: dict[int, Point] = {}

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return nothing: knobs are proposed one by one, as conditions let them live."""
        return {}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return nothing."""
        return {}

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Return the value of a knob in the configuration that the trial stands for."""
        if trial.number not in self._chosen:
            self._chosen[trial.number] = next(left(study, self._every), self._every[-1])
        return self._chosen[trial.number][param_name]
