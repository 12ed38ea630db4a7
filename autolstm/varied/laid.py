"""The values of a study of one knob, laid around its base: the space, and the cells in order."""

import itertools
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from autolstm.errors import SettingError, shown
from autolstm.settings import KNOBS, Settings
from autolstm.space import Choice, Dimension, Space
from autolstm.space.dimensions import Value, same

__all__ = ["around", "cells"]

VALUES = 5
"""Values of a range that a sensitivity study tries, about."""


def around(
    kind: str,
    vary: Mapping[str, Sequence[Value]],
    space: Space,
    asked: Collection[str],
    base: Settings | None,
) -> Space:
    """Return the space of a study of one knob: all fixed at the base, but what is varied.

    Args:
        kind: grid, sensitivity or repeats.
        vary: Values by knob, none for its range in the space.
        space: What a search would try.
        asked: Knobs that the study names in its space.
        base: Configuration to start from; None for the default of the space. What the study
            fixes itself goes over it.

    Raises:
        SettingError: A knob has no range, or no effect beside the base.
    """
    flat = space.base.flat()
    if base is not None:
        fixed = {name: flat[name] for name in asked if name not in space.dimensions}
        flat = {**flat, **base.flat(), **fixed}
    if kind == "repeats":
        return Space(Settings.from_flat(flat), {})
    for name in vary:
        _check_alive(name, vary, space, flat)
    if kind == "grid":
        tried = {name: tuple(values) for name, values in vary.items()}
    else:
        tried = _one_by_one(vary, space, flat)
    return Space(Settings.from_flat(flat), {name: Choice(one) for name, one in tried.items()})


def cells(kind: str, space: Space) -> tuple[dict[str, Value], ...]:
    """Return the configurations of a study of one knob in their order, by varied knobs alone.

    Args:
        kind: grid, sensitivity or repeats.
        space: As `around` has made it.

    Returns:
        Of a grid the last knob changes fastest; of a sensitivity study the base is the first.
    """
    lists = {name: one.options for name, one in space.dimensions.items() if type(one) is Choice}
    if kind == "grid":
        return tuple(
            dict(zip(lists, one, strict=True)) for one in itertools.product(*lists.values())
        )
    base = {name: space.base.flat()[name] for name in lists}
    others = (
        {**base, name: value}
        for name, options in lists.items()
        for value in options
        if not same(value, base[name])
    )
    return (base, *others)


def _one_by_one(
    vary: Mapping[str, Sequence[Value]], space: Space, flat: Mapping[str, Value]
) -> dict[str, tuple[Value, ...]]:
    """Return the values of each knob, its base value among them."""
    alive = [
        name for name, one in space.dimensions.items() if all(two.holds(flat) for two in one.when)
    ]
    tried = {}
    for name in vary or alive:
        values = tuple(vary.get(name, ())) or _spread(_range(name, space))
        if not any(same(one, flat[name]) for one in values):
            values = (*values, flat[name])
        words = KNOBS[name].kind is str
        tried[name] = values if words else tuple(sorted(values, key=_place))
    tried = {name: values for name, values in tried.items() if len(values) > 1}
    if not tried:
        raise SettingError(
            "Nothing is varied: every setting of the space is fixed. Name settings with their "
            "values, as in --vary architecture.units=16,32,64, or give them a range in space."
        )
    return tried


def _place(value: Value) -> tuple[bool, Value]:
    """Order values by size; a word, such as full, comes after the numbers."""
    return isinstance(value, str), value


def _range(name: str, space: Space) -> Dimension:
    if name not in space.dimensions:
        raise SettingError(
            f"vary: {name} has no range in this space: it is always "
            f"{shown(space.base.flat()[name])}. Give its values, as in --vary {name}=..., or a "
            f"range in space; it takes {KNOBS[name].accepts()}."
        )
    return space.dimensions[name]


def _check_alive(
    name: str, vary: Mapping[str, Sequence[Value]], space: Space, flat: Mapping[str, Value]
) -> None:
    """Refuse a knob that does nothing beside the base."""
    one = space.dimensions.get(name)
    idle = [two for two in (one.when if one is not None else ()) if two.knob not in vary]
    for when in (two for two in idle if not two.holds(flat)):
        needed = " or ".join(map(str, when.values))
        raise SettingError(
            f"vary: {name} has no effect here: it counts only when {when.knob} is {needed}, and "
            f"that is {flat[when.knob]}. Leave it out, or fix {when.knob}, as in --set "
            f"space.{when.knob}={when.values[0]}."
        )


def _spread(one: Dimension) -> tuple[Value, ...]:
    """Return the values of a dimension: all options, or about five over a range."""
    if isinstance(one, Choice):
        return one.options
    ends = (one.low, one.high)
    points = np.geomspace(*ends, VALUES) if one.log else np.linspace(*ends, VALUES)
    # Few digits, so that a table can be read; a step or a whole number where there is one.
    nice = [one.nearest(float(f"{value:.3g}")) for value in points]
    return tuple(dict.fromkeys((one.low, *nice[1:-1], one.high)))
