"""A tuned model as plain values, its arrays and weights apart: what ``model.json`` holds of it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autolstm.memory import free, sized
from autolstm.prepare import Recipe
from autolstm.prepare.labelled import SequenceRecipe
from autolstm.settings import Settings
from autolstm.shapes import Shapes
from autolstm.tuned.history import data_from_json, data_to_json
from autolstm.tuned.labelled import TunedLabeller
from autolstm.tuned.model import TunedModel

__all__ = ["Model", "model_from_json", "model_to_json"]

Model = TunedModel | TunedLabeller
"""What a study leaves: it forecasts, or it answers."""

TUPLES = ("targets", "classes", "lengths", "answer_lengths")


def model_to_json(model: Model) -> tuple[dict[str, Any], np.ndarray | None]:
    """Return a model as plain values, and the rows that its forecasts start after, if any.

    Returns:
        Everything but the weights, and an array of shape (rows, columns) or None.
    """
    stored: dict[str, Any] = {
        "task": model.task,
        "study": model.name,
        "settings": model.settings.flat(),
        "recipe": model.recipe.to_json(),
        "seeds": list(model.seeds),
        "time_column": model.time_column,
        "id_column": model.id_column,
        "own": model.make is not None,
    }
    if isinstance(model, TunedLabeller):
        lists = {name: list(getattr(model, name)) for name in TUPLES}
        plain = {"unit": model.unit, "fill": model.fill, "marks": list(model.marks)}
        return {**stored, "data": {**plain, **lists}}, None
    history = model.history if model.carries else model.history.tail(model.recipe.reach)
    tail = replace(history, holes=None)
    return {**stored, "data": data_to_json(tail)}, tail.values


def model_from_json(
    stored: Mapping[str, Any],
    values: np.ndarray | None,
    weights: Sequence[bytes],
    make: Callable[[Shapes], Any] | None = None,
) -> Model:
    """Read back what `model_to_json` wrote, and what older formats wrote.

    Args:
        stored: What was written.
        values: The rows that forecasts start after, None for a model of sequences.
        weights: Content of the file of weights of each seed.
        make: Makes the network of a model that holds a user's own.

    Raises:
        KeyError, TypeError, ValueError: Something is missing or does not fit the rest.
    """
    learnt: dict[str, Any] = {
        "name": stored["study"],
        "settings": Settings.from_flat(stored["settings"]),
        "seeds": tuple(int(one) for one in stored["seeds"]),
        "weights": weights,
        "time_column": stored["time_column"],
        "id_column": stored.get("id_column"),
        "make": make if stored.get("own") else None,
    }
    data = stored["data"]
    # Older formats knew one task.
    task = stored.get("task", TunedModel.task)
    if task not in (TunedModel.task, TunedLabeller.task):
        raise ValueError(f"the task {task!r}")
    if task == TunedLabeller.task:
        tuples: dict[str, Any] = {name: tuple(data[name]) for name in TUPLES}
        recipe = SequenceRecipe.from_json(stored["recipe"])
        # Before missing values could be filled, none were.
        filled = {"fill": data.get("fill", "refuse"), "marks": tuple(data.get("marks", ()))}
        _check_room(recipe.shapes, learnt["settings"])
        return TunedLabeller(**learnt, recipe=recipe, unit=data["unit"], **filled, **tuples)
    if values is None:
        raise ValueError("no history")
    history = data_from_json(data, values, int(stored.get("row", 0)))
    model = TunedModel(**learnt, recipe=Recipe.from_json(stored["recipe"]), history=history)
    _check_room(model.recipe.shapes, model.settings)
    short = min(history.lengths) < model.recipe.reach
    if short or (max(history.lengths) > model.recipe.reach and not model.carries):
        raise ValueError(f"{len(history)} rows of history, expected {model.recipe.reach}")
    return model


def _check_room(shapes: Shapes, settings: Settings) -> None:
    """Refuse a model of which not even one forecast fits into the memory."""
    widest = max(shapes.features, *settings.architecture.sizes)
    needed, room = 4 * max(shapes.window * widest, math.prod(shapes.output)), free()
    if needed > room:
        raise ValueError(f"one forecast takes {sized(needed)} of memory, {sized(room)} are free")
