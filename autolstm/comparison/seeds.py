"""How many seeds: what a mean over seeds is worth, and what a difference of two means needs."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

__all__ = ["LEVEL", "MOST_SEEDS", "POWER", "Precision", "precision", "seeds_to_tell"]

LEVEL = 0.05
"""Share of false alarms that is put up with; intervals cover the rest."""

POWER = 0.8
"""Share of real differences that shall be found."""

MOST_SEEDS = 10_000
"""Seeds that nobody will fit; what needs more is out of reach."""


@dataclass(frozen=True, slots=True)
class Precision:
    """What the mean of one configuration is worth, by the number of its seeds.

    Attributes:
        numbers: Numbers of seeds, 2 to R.
        errors: Standard error of the mean over so many seeds, ``s / sqrt(n)``, s being the
            deviation of all R.
        low: Lower end of its 95 % interval.
        high: Upper end.
        means: Mean of the first n seeds, in the order of the seeds.
        half_widths: Half of the 95 % interval of that mean, from the first n seeds alone.
        needed: Seeds whose mean is as precise as wanted; None where `MOST_SEEDS` are too few.
    """

    numbers: tuple[int, ...]
    errors: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    means: tuple[float, ...]
    half_widths: tuple[float, ...]
    needed: int | None


def precision(values: np.ndarray, wanted: float) -> Precision:
    """Say what a mean is worth, by the number of seeds.

    The interval of a standard error is that of the deviation, from the chi-square distribution
    of a sample variance; that of a mean is Student's (both in any textbook, such as Casella &
    Berger, 2002, sections 9.2 and 5.3). Both take the scores of seeds to be about normal.

    Args:
        values: One score a seed, shape (R,), R at least 2.
        wanted: Half of the 95 % interval of the mean, as a share of the mean.
    """
    values = np.asarray(values, dtype=float)
    count = len(values)
    numbers = np.arange(2, count + 1)
    spread = float(values.std(ddof=1))
    errors = spread / np.sqrt(numbers)
    ends = stats.chi2.ppf([1 - LEVEL / 2, LEVEL / 2], count - 1)
    low, high = np.sqrt((count - 1) / ends)
    first = [values[:number] for number in numbers]
    widths = [_half_width(float(one.std(ddof=1)), len(one)) for one in first]
    return Precision(
        numbers=tuple(int(one) for one in numbers),
        errors=tuple(map(float, errors)),
        low=tuple(map(float, errors * low)),
        high=tuple(map(float, errors * high)),
        means=tuple(float(one.mean()) for one in first),
        half_widths=tuple(widths),
        needed=_needed(spread, abs(float(values.mean())) * wanted),
    )


def seeds_to_tell(effect: float, tests: int = 1) -> int | None:
    """Return the seeds that tell two means apart with a power of 80 %.

    The smallest n for which a two-sided paired t test at the level ``0.05 / tests`` finds the
    effect: ``P(|T'| > t(1 - level / 2, n - 1)) >= 0.8``, where T' is noncentral t with n - 1
    degrees of freedom and noncentrality ``effect * sqrt(n)`` (Cohen, 1988, *Statistical Power
    Analysis for the Behavioral Sciences*, chapter 2).

    Args:
        effect: Mean of the differences over their deviation; its sign does not matter.
        tests: How many differences are tested at once; the level is shared out between them.

    Returns:
        At least 3; None where there is no effect, or `MOST_SEEDS` are too few.
    """
    size, level = min(abs(effect), 20.0), LEVEL / tests
    if not size > 0:
        return None
    # The normal distribution needs a little fewer, so the search begins below its answer.
    normal = stats.norm.isf(level / 2) + stats.norm.ppf(POWER)
    number = max(3, math.floor(float(normal / size) ** 2) - 1)
    while number <= MOST_SEEDS:
        limit = stats.t.isf(level / 2, number - 1)
        if _power(size * math.sqrt(number), limit, number - 1) >= POWER:
            return number
        number += 1
    return None


def _power(shift: float, limit: float, freedom: int) -> float:
    """Return how often a t beyond the limit comes up; the other tail counts, too.

    T' is beyond the limit where a normal number around the shift is above ``limit * s``, and
    ``freedom * s**2`` is chi-square: an integral over s, since SciPy's noncentral t is not a
    number for large shifts.
    """
    # The middle of each of 2000 equally likely slices of s.
    likely = (np.arange(2000) + 0.5) / 2000
    scale = np.sqrt(stats.chi2.ppf(likely, freedom) / freedom)
    found = stats.norm.sf(limit * scale - shift) + stats.norm.cdf(-limit * scale - shift)
    return float(found.mean())


def _half_width(spread: float, number: int) -> float:
    return float(stats.t.isf(LEVEL / 2, number - 1)) * spread / math.sqrt(number)


def _needed(spread: float, wanted: float) -> int | None:
    """Return the smallest number of seeds whose mean is known that well."""
    if _half_width(spread, MOST_SEEDS) > wanted:
        return None
    low, high = 1, MOST_SEEDS
    # The width falls with every seed, so halving finds the place.
    while high - low > 1:
        middle = (low + high) // 2
        fits = _half_width(spread, middle) <= wanted
        low, high = (low, middle) if fits else (middle, high)
    return high
