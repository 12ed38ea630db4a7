"""The cells of a study of one knob: described one by one, and compared in pairs.

Every cell is fitted with the same seeds, so two cells are compared by the differences of their
scores, seed by seed (docs/decisions/015).
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from autolstm.comparison.seeds import LEVEL, seeds_to_tell

__all__ = ["FEWEST", "Comparison", "Description", "Pair", "compare", "describe", "holm"]

FEWEST = 3
"""Seeds below which nothing can be said about a difference."""


@dataclass(frozen=True, slots=True)
class Description:
    """The scores of one cell, as `pandas.DataFrame.describe` has them.

    Attributes:
        count: Seeds that have a score.
        mean: Their mean; NaN, as all that follows, where there is none.
        std: Sample deviation (n - 1), NaN for a single seed.
        min: The smallest score.
        q25: A quarter of the scores lies below it (linear between two scores).
        median: Half of them do.
        q75: Three quarters do.
        max: The largest score.
    """

    count: int
    mean: float
    std: float
    min: float
    q25: float
    median: float
    q75: float
    max: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cells, compared over the seeds they share.

    Attributes:
        one: Place of one cell.
        other: Place of the other.
        difference: Mean score of one minus that of the other.
        low: Lower end of the 95 % interval of this difference, taken alone.
        high: Upper end.
        p: Chance of such a difference where there is none, corrected for all comparisons.
        apart: Whether the two are told apart.
        seeds: Seeds that would tell them apart with a power of 80 %, if the difference and its
            deviation are what they seem; None where that is out of reach, or there is none.
    """

    one: int
    other: int
    difference: float
    low: float
    high: float
    p: float
    apart: bool
    seeds: int | None


@dataclass(frozen=True, eq=False, slots=True)
class Comparison:
    """All comparisons of a study.

    Attributes:
        best: Place of the cell with the best mean.
        seeds: Seeds that all cells share.
        tests: Comparisons, between which the level is shared.
        friedman: Chance of such ranks where all cells are alike; None for fewer than three cells.
        base: Place of the cell that all are compared with; None where every pair is.
        pairs: Places of both cells, shape (tests, 2).
        differences: Mean difference of each pair, shape (tests,).
        spreads: Deviation of the differences over the seeds, shape (tests,).
        p: Corrected, shape (tests,).
    """

    best: int
    seeds: int
    tests: int
    friedman: float | None
    base: int | None
    pairs: np.ndarray
    differences: np.ndarray
    spreads: np.ndarray
    p: np.ndarray

    def pair(self, number: int) -> Pair:
        """Return one comparison in full."""
        difference, spread = float(self.differences[number]), float(self.spreads[number])
        reach = float(stats.t.isf(LEVEL / 2, self.seeds - 1)) * spread / np.sqrt(self.seeds)
        one, other = map(int, self.pairs[number])
        effect = difference / spread if spread else np.inf * abs(difference or np.nan)
        return Pair(
            one=one,
            other=other,
            difference=difference,
            low=difference - float(reach),
            high=difference + float(reach),
            p=float(self.p[number]),
            apart=bool(self.p[number] < LEVEL),
            seeds=seeds_to_tell(effect, self.tests),
        )

    def against(self, cell: int) -> list[Pair]:
        """Return the comparisons of one cell with others; ``other`` is that cell."""
        found = []
        for number in np.flatnonzero((self.pairs == cell).any(axis=1)):
            pair = self.pair(int(number))
            found.append(pair if pair.other == cell else _turned(pair))
        return found


def describe(scores: np.ndarray) -> Description:
    """Describe the scores of one cell, shape (seeds,)."""
    values = np.asarray(scores, dtype=float)
    if not len(values):
        return Description(0, *[float("nan")] * 7)
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    return Description(
        count=len(values),
        mean=float(values.mean()),
        std=float(values.std(ddof=1)) if len(values) > 1 else float("nan"),
        min=float(values.min()),
        q25=float(low),
        median=float(middle),
        q75=float(high),
        max=float(values.max()),
    )


def compare(scores: np.ndarray, *, minimize: bool, base: int | None = None) -> Comparison | None:
    """Compare cells in pairs, seed by seed.

    First Friedman's test over all cells (Demsar, 2006, JMLR 7:1-30, with the F of Iman &
    Davenport, 1980): it uses ranks alone. Then a paired t test of every pair, corrected by Holm
    (1979, Scandinavian Journal of Statistics 6:65-70). As every pair is in the family, a look at
    the cell that came out best costs nothing more.

    Args:
        scores: Shape (cells, seeds); column by column the same seed.
        minimize: Whether small scores are good.
        base: Compare all cells with this one alone, which was chosen before.

    Returns:
        None where there are fewer than two cells, or fewer than three seeds: with two seeds, a
        difference has one degree of freedom, and hardly any could be told from chance.
    """
    scores = np.asarray(scores, dtype=float)
    cells, seeds = scores.shape
    if cells < 2 or seeds < FEWEST:
        return None
    means = scores.mean(axis=1)
    if base is None:
        pairs = np.column_stack(np.triu_indices(cells, 1))
    else:
        others = [cell for cell in range(cells) if cell != base]
        pairs = np.column_stack([others, [base] * len(others)])
    differences, spreads = _differences(scores, pairs)
    return Comparison(
        best=int(means.argmin() if minimize else means.argmax()),
        seeds=seeds,
        tests=len(pairs),
        friedman=_friedman(scores),
        base=base,
        pairs=pairs,
        differences=differences,
        spreads=spreads,
        p=holm(_paired(differences, spreads, seeds)),
    )


def holm(p: np.ndarray) -> np.ndarray:
    """Correct p-values, shape (tests,), for being many: the smallest counts ``tests`` times."""
    order = np.argsort(p, kind="stable")
    stepped = p[order] * np.arange(len(p), 0, -1)
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return corrected


def _differences(scores: np.ndarray, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and deviation of the differences of each pair, some thousand at a time."""
    means, spreads = np.empty(len(pairs)), np.empty(len(pairs))
    for start in range(0, len(pairs), 4096):
        some = slice(start, start + 4096)
        gaps = scores[pairs[some, 0]] - scores[pairs[some, 1]]
        means[some], spreads[some] = gaps.mean(axis=1), gaps.std(axis=1, ddof=1)
    # The same difference in every seed leaves a deviation of rounding.
    tiny = 1e-12 * np.abs(scores).max(initial=0.0)
    return means, np.where(spreads <= tiny, 0.0, spreads)


def _paired(differences: np.ndarray, spreads: np.ndarray, seeds: int) -> np.ndarray:
    """Return the two-sided p-value of each pair, not corrected."""
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.abs(differences) * np.sqrt(seeds) / spreads
    # Nothing differs at all: 0 / 0. The same gap for every seed is no chance: infinity.
    found: np.ndarray = 2 * stats.t.sf(np.nan_to_num(statistic, nan=0.0, posinf=np.inf), seeds - 1)
    return found


def _friedman(scores: np.ndarray) -> float | None:
    cells, seeds = scores.shape
    if cells < 3:
        return None
    if np.ptp(scores, axis=0).max() == 0:
        return 1.0
    statistic = float(stats.friedmanchisquare(*scores).statistic)
    room = seeds * (cells - 1) - statistic
    if room <= 1e-12:
        return 0.0
    value = (seeds - 1) * statistic / room
    return float(stats.f.sf(value, cells - 1, (cells - 1) * (seeds - 1)))


def _turned(pair: Pair) -> Pair:
    return Pair(
        one=pair.other,
        other=pair.one,
        difference=-pair.difference,
        low=-pair.high,
        high=-pair.low,
        p=pair.p,
        apart=pair.apart,
        seeds=pair.seeds,
    )
