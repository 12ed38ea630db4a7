"""The last rows of a study's data, as a model keeps them: names as JSON, numbers apart."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from autolstm.dataset import Dataset
from autolstm.errors import shown
from autolstm.prepare import Recipe
from autolstm.prepare.lanes import whole_batches
from autolstm.settings import Settings

__all__ = ["begun_with", "data_from_json", "data_to_json", "history_of"]

_PLAIN = ("name", "unit", "season", "source", "fill", "wide")
_LISTS = ("columns", "known", "calendar", "ids", "static_names", "marks")


def data_to_json(data: Dataset) -> dict[str, Any]:
    """Return everything but the values as plain values."""
    dated = isinstance(data.times, pd.DatetimeIndex)
    begins = [data.times[start] for start in data.starts[:-1]]
    return {
        **{name: getattr(data, name) for name in _PLAIN},
        **{name: list(getattr(data, name)) for name in _LISTS},
        "series": [
            {
                "first": time.isoformat() if dated else int(time),
                "rows": int(rows),
                "row": int(row),
            }
            for time, rows, row in zip(begins, data.lengths, data.firsts, strict=True)
        ],
        "frequency": data.frequency,
        "static": None if data.static is None else data.static.tolist(),
        "future": None if data.future is None else data.future.tolist(),
    }


def data_from_json(stored: Mapping[str, Any], values: np.ndarray, row: int = 0) -> Dataset:
    """Read back what `data_to_json` wrote, and what older versions wrote of one series.

    Args:
        stored: What was written.
        values: Shape (rows, columns).
        row: Number of the first row, which older versions kept apart.
    """
    frequency = stored["frequency"]
    series = stored.get("series") or [{"first": stored["first"], "rows": len(values), "row": row}]
    # Before times are made for them: a few digits can ask for any number of rows.
    told = [one["rows"] for one in series]
    if not all(isinstance(one, int) and one > 0 for one in told) or sum(told) != len(values):
        raise ValueError(f"{len(values)} rows of history, of series with {shown(told)}")
    times = [_times(one["first"], one["rows"], frequency) for one in series]
    lists: dict[str, Any] = {name: tuple(stored[name]) for name in _LISTS if name in stored}
    joined = times[0] if len(times) == 1 else times[0].append(times[1:])
    return Dataset(
        times=joined,
        values=values,
        starts=np.concatenate([[0], np.cumsum([one["rows"] for one in series])]),
        firsts=np.array([one["row"] for one in series]),
        rhythm=frequency,
        static=_array(stored.get("static")),
        future=_array(stored.get("future")),
        **{name: stored[name] for name in _PLAIN if name in stored},
        **lists,
    )


def history_of(data: Dataset, seen: np.ndarray, recipe: Recipe, settings: Settings) -> Dataset:
    """Return what a model must know of the data that it comes from.

    Args:
        data: All of it.
        seen: Rows that its networks were trained on.
        recipe: The learnt preparation.
        settings: Say whether states are carried on: through all windows since the first one that
            was trained on, then, and only the rows of these are kept.
    """
    if settings.lanes is None:
        return data
    first = int(whole_batches(recipe.origins(data, seen), settings.lanes)[0])
    return data.tail(len(data) - (first - recipe.reach + 1))


def begun_with(history: Dataset, known: Dataset) -> Dataset:
    """Return a series that begins where a history does, as far as that is known without a gap.

    Args:
        history: Rows that a model keeps of its series.
        known: Later rows of it, or the same once more; what both have is taken from here.
    """
    lead = int(known.firsts[0] - history.firsts[0])
    if -len(known) < lead < 0:
        return known.tail(len(known) + lead)
    if lead <= 0 or lead > len(history):
        return known
    times = known.times
    if isinstance(times, pd.DatetimeIndex):
        joined = pd.date_range(end=times[-1], periods=lead + len(known), freq=known.frequency)
    else:
        joined = pd.RangeIndex(int(times[0]) - lead, int(times[-1]) + 1, name=times.name)
    return replace(
        known,
        times=joined,
        values=np.concatenate([history.values[:lead], known.values]),
        holes=None,
        firsts=history.firsts,
        starts=np.array([0, lead + len(known)]),
    )


def _times(first: str | int, rows: int, frequency: str) -> pd.Index:
    if isinstance(first, int):
        return pd.RangeIndex(first, first + rows)
    return pd.date_range(pd.Timestamp(first), periods=rows, freq=frequency)


def _array(stored: Any) -> np.ndarray | None:
    return None if stored is None else np.array(stored, dtype=np.float64)
