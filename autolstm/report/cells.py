"""The cells of a study of one knob, read from its results and compared."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autolstm.comparison import (
    Comparison,
    Description,
    Pair,
    Precision,
    compare,
    describe,
    precision,
)
from autolstm.ledger.results import Results, Trial
from autolstm.report import numbers
from autolstm.report.words import knobs

__all__ = [
    "Cell",
    "Compared",
    "Effect",
    "base_of",
    "compared",
    "effects",
    "precise",
    "read",
    "wanted",
    "written",
]

STATES = ("complete", "pruned", "failed")
"""States of a trial that has ended, the one that counts first."""


@dataclass(frozen=True, eq=False, slots=True)
class Cell:
    """One configuration.

    Attributes:
        settings: The varied knobs.
        name: They in short; of a sensitivity study the one that is not at the base.
        trial: Its trial.
        scores: One a seed, the mean over the folds, shape (seeds,); empty where it has none.
        published: Mean score that others found; None where nobody is named.
    """

    settings: dict[str, Any]
    name: str
    trial: Trial
    scores: np.ndarray
    published: float | None = None

    @property
    def described(self) -> Description:
        """Count, mean, deviation and quartiles."""
        return describe(self.scores)


@dataclass(frozen=True, eq=False, slots=True)
class Compared:
    """The cells that have scores, and their comparison.

    Attributes:
        cells: In their order.
        comparison: None where there are too few cells or seeds.
    """

    cells: tuple[Cell, ...]
    comparison: Comparison | None

    @property
    def centre(self) -> int:
        """Place of the cell that others are compared with: the base, else the best."""
        assert self.comparison is not None
        base = self.comparison.base
        return self.comparison.best if base is None else base

    def pairs(self) -> list[Pair]:
        """Compare every other cell with the centre."""
        return self.comparison.against(self.centre) if self.comparison else []


@dataclass(frozen=True, eq=False, slots=True)
class Effect:
    """One knob of a sensitivity study, all others at the base.

    Attributes:
        knob: Its dotted name.
        base: Its value at the base.
        values: All values that have a score, in their order.
        cells: The cell of each.
        pairs: Each but the base compared with it; empty where there are too few seeds.
        reach: Largest mean minus smallest mean.
    """

    knob: str
    base: Any
    values: tuple[Any, ...]
    cells: tuple[Cell, ...]
    pairs: tuple[Pair, ...]
    reach: float

    @property
    def apart(self) -> bool:
        """Whether any value is told apart from the base."""
        return any(one.apart for one in self.pairs)


def read(results: Results) -> tuple[Cell, ...]:
    """Return the cells that have been fitted, each once, in their order."""
    order, base = _lists(results), base_of(results)
    held: dict[tuple[int, ...], Cell] = {}
    ended = [one for one in results.trials if one.state in STATES]
    # A cell that failed may have been fitted later.
    for trial in sorted(ended, key=lambda one: (STATES.index(one.state), one.number)):
        settings = {name: trial.params[name] for name in order if name in trial.params}
        if len(settings) == len(order):
            place = tuple(_place(values, settings[name]) for name, values in order.items())
            scores, told = _by_seed(results, trial), _published(results, order, place)
            held.setdefault(place, Cell(settings, _named(settings, base), trial, scores, told))
    cells = [held[place] for place in sorted(held)]
    if results.kind == "sensitivity":
        cells.sort(key=lambda one: one.settings != base)
    return tuple(cells)


def _published(
    results: Results, order: Mapping[str, Sequence[Any]], place: tuple[int, ...]
) -> float | None:
    """Return what others found of a cell, known by the place of each of its values."""
    sizes = [len(values) for values in order.values()]
    number = int(np.ravel_multi_index(place, sizes)) if sizes else 0
    return results.published[number] if number < len(results.published) else None


def _named(settings: Mapping[str, Any], base: Mapping[str, Any]) -> str:
    moved = {
        name: value for name, value in settings.items() if name not in base or value != base[name]
    }
    return knobs(moved) if moved else "the base"


def wanted(results: Results) -> int:
    """Return how many cells the study shall have."""
    sizes = [len(values) for values in _lists(results).values()]
    if results.kind == "sensitivity":
        return 1 + sum(size - 1 for size in sizes)
    return int(np.prod(sizes)) if sizes else 1


def base_of(results: Results) -> dict[str, Any]:
    """Return the values of the varied knobs at the base of a sensitivity study."""
    return {
        name.removeprefix("base."): value
        for name, value in results.question.items()
        if name.startswith("base.")
    }


def compared(results: Results) -> Compared:
    """Compare the cells: every pair, or in a sensitivity study each with the base."""
    cells = tuple(one for one in read(results) if len(one.scores))
    base = None
    if results.kind == "sensitivity":
        at = [place for place, one in enumerate(cells) if one.trial.is_default]
        if not at:
            return Compared(cells, None)
        base = at[0]
    scores = np.array([one.scores for one in cells]).reshape(len(cells), -1)
    minimize = results.metric.direction == "minimize"
    return Compared(cells, compare(scores, minimize=minimize, base=base))


def effects(results: Results) -> tuple[Effect, ...]:
    """Return the knobs of a sensitivity study, the one with the largest reach first."""
    table, base, order = compared(results), base_of(results), _lists(results)
    pairs = {pair.one: pair for pair in table.pairs()}
    found = []
    for knob, start in base.items():
        others = {name: value for name, value in base.items() if name != knob}
        row = [
            (place, one)
            for place, one in enumerate(table.cells)
            if {name: value for name, value in one.settings.items() if name != knob} == others
        ]
        row.sort(key=lambda one: _place(order[knob], one[1].settings[knob]))
        means = [one.described.mean for _, one in row]
        found.append(
            Effect(
                knob=knob,
                base=start,
                values=tuple(one.settings[knob] for _, one in row),
                cells=tuple(one for _, one in row),
                pairs=tuple(pairs[place] for place, _ in row if place in pairs),
                reach=max(means) - min(means) if means else 0.0,
            )
        )
    return tuple(sorted(found, key=lambda one: -one.reach))


def precise(results: Results) -> Precision | None:
    """Say what the mean of a repeats study is worth; None before it has two scores."""
    cells = [one for one in read(results) if len(one.scores) > 1]
    if not cells:
        return None
    return precision(cells[0].scores, results.precision)


def _lists(results: Results) -> dict[str, list[Any]]:
    """Return the varied knobs with their values."""
    return {
        name.removeprefix("space."): values
        for name, values in results.question.items()
        if name.startswith("space.") and isinstance(values, list)
    }


def _place(values: Sequence[Any], value: Any) -> int:
    """Return where a value stands, as the storage may have rounded it."""
    if isinstance(value, float):
        found = (at for at, one in enumerate(values) if math.isclose(one, value, rel_tol=1e-9))
        return next(found, len(values))
    return values.index(value) if value in values else len(values)


def _by_seed(results: Results, trial: Trial) -> np.ndarray:
    """Return a score a seed: folds of one seed share its luck, and are no scores of their own."""
    if trial.score is None or not np.isfinite(trial.score.values).all():
        return np.empty(0)
    values = np.array(trial.score.values)
    folds = results.folds if len(values) % results.folds == 0 else 1
    by_seed: np.ndarray = values.reshape(folds, -1).mean(axis=0)
    return by_seed


def written(value: float, unit: str = "") -> str:
    """Write a number of a cell; a dash where there is none."""
    return numbers.score(value, unit) if np.isfinite(value) else "\N{EN DASH}"
