"""What a study of one knob adds to the document of a study."""

from dataclasses import asdict
from typing import Any

from autolstm.comparison import Description, Pair
from autolstm.ledger.results import Results
from autolstm.report import cells

__all__ = ["found_by_cells"]

ALL_PAIRS = 20
"""Cells up to which every pair is told; of more, each against the best alone."""


def found_by_cells(results: Results) -> dict[str, Any]:
    """Return cells, comparison and what is of the kind of a study; nothing of a search.

    What is not known, such as the deviation of a single seed, is None.
    """
    if results.kind == "tune":
        return {}
    read = cells.read(results)
    held: dict[str, Any] = {
        "kind": results.kind,
        "measured_on": results.measured_on,
        "cells": [_cell(one) for one in read],
        "cells_wanted": cells.wanted(results),
    }
    if results.kind == "repeats":
        return held | {"repeats": _repeats(results)}
    held["comparison"] = _comparison(results)
    if results.kind == "sensitivity":
        held |= {"base": cells.base_of(results), "sensitivity": _sensitivity(results)}
    return held


def _cell(one: cells.Cell) -> dict[str, Any]:
    published = {} if one.published is None else {"published": one.published}
    told = _described(one.described)
    return {"settings": one.settings, "trial": one.trial.number, **told, **published}


def _comparison(results: Results) -> dict[str, Any] | None:
    table = cells.compared(results)
    found = table.comparison
    if found is None:
        return None
    every = found.base is None and len(table.cells) <= ALL_PAIRS
    pairs = [found.pair(at) for at in range(found.tests)] if every else table.pairs()
    return {
        "method": "paired t tests over shared seeds, Holm; Friedman with the F of Iman-Davenport",
        "seeds": found.seeds,
        "tests": found.tests,
        "friedman_p": found.friedman,
        "best": table.cells[found.best].settings,
        "base": None if found.base is None else table.cells[found.base].settings,
        "pairs": [_pair(table, one) for one in pairs],
    }


def _pair(table: cells.Compared, pair: Pair) -> dict[str, Any]:
    return {
        "one": table.cells[pair.one].settings,
        "other": table.cells[pair.other].settings,
        "difference": pair.difference,
        "low": pair.low,
        "high": pair.high,
        "p": pair.p,
        "apart": pair.apart,
        "seeds_needed": pair.seeds,
    }


def _sensitivity(results: Results) -> list[dict[str, Any]]:
    return [
        {
            "setting": one.knob,
            "base": one.base,
            "range": one.reach,
            "p": min((pair.p for pair in one.pairs), default=None),
            "beyond_noise": one.apart if one.pairs else None,
            "values": [
                {"value": value, **_described(cell.described)}
                for value, cell in zip(one.values, one.cells, strict=True)
            ],
        }
        for one in cells.effects(results)
    ]


def _repeats(results: Results) -> dict[str, Any] | None:
    found = cells.precise(results)
    if found is None:
        return None
    return {
        "precision": results.precision,
        "seeds_needed": found.needed,
        "standard_error": found.errors[-1],
        "by_seeds": [
            {
                "seeds": number,
                "standard_error": found.errors[at],
                "low": found.low[at],
                "high": found.high[at],
                "mean": found.means[at],
                "half_width": found.half_widths[at],
            }
            for at, number in enumerate(found.numbers)
        ],
    }


def _described(told: Description) -> dict[str, Any]:
    # NaN is the only value that is not itself.
    return {name: value if value == value else None for name, value in asdict(told).items()}
