"""The ``[space]`` table of a study file laid over a space: fix, narrow, widen, add a condition.

    "training.batch_size" = 32                                     fixed
    "architecture.units" = [16, 32, 64]                            one of these
    "training.learning_rate" = {low = 1e-4, high = 1e-2, log = true}
    "training.momentum" = {low = 0.0, high = 0.9, when = {"training.optimizer" = "sgd"}}

A knob that is not named stays as it was.
"""

from collections.abc import Mapping
from decimal import Decimal
from numbers import Real
from typing import Any

from autolstm.errors import SettingError, guess, shown
from autolstm.settings import KNOBS, Knob, Settings, every_name
from autolstm.space.clipping import check_clipping
from autolstm.space.dimensions import Choice, Dimension, Float, Int, Value, When
from autolstm.space.space import Space

__all__ = ["check_space", "overlay"]


def overlay(space: Space, table: Mapping[str, object]) -> Space:
    """Lay what a study file says over a space.

    Raises:
        SettingError: A knob is unknown, a value is not accepted, a range is empty or a condition
            cannot be asked or never holds; the message names the knob and what it takes.
    """
    base: dict[str, Any] = space.base.flat()
    dimensions = dict(space.dimensions)
    for name, said in table.items():
        read = _read(_knob(name), said)
        if isinstance(read, (Int, Float, Choice)):
            dimensions[name] = read
        else:
            base[name] = read
            dimensions.pop(name, None)
    laid = Space(Settings.from_flat(base), dimensions)
    for name in table:
        one = dimensions.get(name)
        if one is not None and one.when is not None and name not in laid.dimensions:
            other = one.when.knob
            raise SettingError(
                f"space: {name} is searched only when {other} is "
                f"{' or '.join(map(str, one.when.values))}, but {other} takes "
                f"{laid.table()[other]}. Leave {name} out, or let {other} take that value."
            )
    check_clipping(laid)
    return laid


def check_space(table: Mapping[str, object]) -> None:
    """Read a table and forget it: refuses bad entries before any data are loaded.

    Raises:
        SettingError: As `overlay`.
    """
    for name, said in table.items():
        _read(_knob(name), said)


def _knob(name: str) -> Knob:
    if name not in KNOBS:
        raise SettingError(
            f"space: there is no setting {name!r}.{guess(name, KNOBS)} Known are: {every_name()}."
        )
    return KNOBS[name]


def _read(knob: Knob, said: object) -> Value | Dimension:
    if isinstance(said, (list, tuple)):
        return _choice(knob, list(said), None)
    if not isinstance(said, Mapping):
        return knob.check(said)
    known = ("low", "high", "step", "log", "choices", "when")
    for key in said:
        if key not in known:
            raise SettingError(
                f"space: {knob.name} has an unknown entry {key!r}.{guess(str(key), known)} A "
                f"range takes low, high, step, log and when; a choice takes choices and when."
            )
    when = _when(knob, said["when"]) if "when" in said else None
    if "choices" in said:
        idle = [key for key in said if key not in ("choices", "when")]
        if idle:
            raise SettingError(
                f"space: {knob.name} has both choices and {', '.join(idle)}. Write a list of "
                f"choices, or a range with low and high."
            )
        if not isinstance(said["choices"], (list, tuple)):
            raise SettingError(f"space: {knob.name}: choices takes a list of values.")
        return _choice(knob, list(said["choices"]), when)
    return _range(knob, said, when)


def _choice(knob: Knob, options: list[object], when: When | None) -> Dimension | Value:
    checked = tuple(dict.fromkeys(knob.check(one) for one in options))
    if not checked:
        raise SettingError(
            f"space: {knob.name} has an empty list. Give at least one value; it takes "
            f"{knob.accepts()}."
        )
    return checked[0] if len(checked) == 1 and when is None else Choice(checked, when)


def _range(knob: Knob, said: Mapping[str, Any], when: When | None) -> Dimension:
    if not knob.numeric:
        what, several = ("true or false", "both") if knob.kind is bool else ("a word", "words")
        raise SettingError(
            f"space: {knob.name} is {what} and has no range. Give a list of {several}: it takes "
            f"{knob.accepts()}."
        )
    missing = [end for end in ("low", "high") if end not in said]
    if missing:
        raise SettingError(
            f"space: {knob.name} has a range without {' and '.join(missing)}. Write "
            f"{{low = ..., high = ...}}; it takes {knob.accepts()}."
        )
    for end in (said["low"], said["high"]):
        if isinstance(end, str) and end in knob.words:
            raise SettingError(
                f"space: {knob.name} has a range that ends at the word {end!r}, which is no "
                f'number. Give a list of choices instead, such as [32, 128, "{end}"].'
            )
    low, high = knob.check(said["low"]), knob.check(said["high"])
    assert not isinstance(low, str)
    assert not isinstance(high, str)
    if low >= high:
        raise SettingError(
            f"space: {knob.name} has the empty range {low:g} to {high:g}. low must be smaller "
            f"than high; to fix the value write {knob.name} = {low:g}."
        )
    step, log = said.get("step"), said.get("log", False)
    _check_step(knob, step, float(Decimal(str(high)) - Decimal(str(low))))
    _check_log(knob, log, step, low)
    # A range ends on a step, else Optuna would warn and move the end itself.
    if knob.kind is int:
        whole = int(step or 1)
        return Int(int(low), int(low) + (int(high) - int(low)) // whole * whole, whole, log, when)
    if step is None:
        return Float(float(low), float(high), None, log, when)
    first, end, one = (Decimal(str(float(number))) for number in (low, high, step))
    return Float(float(low), float(first + (end - first) // one * one), float(step), log, when)


def _check_step(knob: Knob, step: object, span: float) -> None:
    if step is None:
        return
    number = isinstance(step, Real) and not isinstance(step, bool)
    if not number or not 0 < step <= span or (knob.kind is int and step % 1):  # type: ignore[operator]
        kind = "a whole number" if knob.kind is int else "a number"
        raise SettingError(
            f"space: {knob.name}: step takes {kind} above 0 and not above the width of the range, "
            f"{span:g}, not {shown(step)}."
        )


def _check_log(knob: Knob, log: object, step: object, low: float) -> None:
    if not isinstance(log, bool):
        raise SettingError(f"space: {knob.name}: log takes true or false, not {shown(log)}.")
    if log and step is not None:
        raise SettingError(f"space: {knob.name} has both log and step. Leave one of them out.")
    if log and low <= 0:
        raise SettingError(
            f"space: {knob.name} cannot be searched on a log scale from {low:g}. Give a low above "
            f"0, or leave log out."
        )


def _when(knob: Knob, said: object) -> When:
    if not isinstance(said, Mapping) or len(said) != 1:
        raise SettingError(
            f"space: {knob.name}: when takes one other setting, such as "
            f'{{"training.optimizer" = "sgd"}}, not {shown(said)}.'
        )
    (name, value), *_ = said.items()
    other = _knob(str(name))
    order = list(KNOBS)
    if order.index(other.name) >= order.index(knob.name):
        raise SettingError(
            f"space: {knob.name} cannot depend on {other.name}, which is chosen after it. It may "
            f"depend on: {', '.join(order[: order.index(knob.name)]) or 'nothing'}."
        )
    values = value if isinstance(value, (list, tuple)) else [value]
    if not values:
        raise SettingError(
            f"space: {knob.name}: when names no value of {other.name}. It takes one value or a "
            f"list of them; {other.name} takes {other.accepts()}."
        )
    return When(other.name, tuple(other.check(one) for one in values))
