"""The ``[space]`` table of a study file laid over a preset: fix, narrow, widen, remove.

    "training.batch_size" = 32                                     fixed
    "architecture.units" = [16, 32, 64]                            one of these
    "training.learning_rate" = {low = 1e-4, high = 1e-2, log = true}
    "training.momentum" = {low = 0.0, high = 0.9, when = {"training.optimizer" = "sgd"}}
    remove = ["architecture.dropout"]                              not searched: as by default

A knob that is not named stays as it was. One that is searched under a condition stays under it
where nothing else is said; ``when = {}`` searches it always.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from numbers import Real
from typing import Any

from autolstm.errors import SettingError, about, guess, shown
from autolstm.settings import KNOBS, Knob, Settings
from autolstm.space.clipping import check_clipping
from autolstm.space.dimensions import Choice, Dimension, Float, Int, Value, When
from autolstm.space.space import Space
from autolstm.space.states import check_carried

__all__ = ["REMOVE", "check_space", "overlay"]

REMOVE = "remove"
"""The entry that lists what is not to be searched; a setting has a dot in its name."""


def overlay(space: Space, table: Mapping[str, object]) -> Space:
    """Lay what a study file says over a space.

    Raises:
        SettingError: A knob is unknown, a value is not accepted, a range is empty or a condition
            cannot be asked or never holds; the message names the knob and what it takes, and
            its ``field`` the entry.
    """
    base: dict[str, Any] = space.base.flat()
    dimensions = dict(space.dimensions)
    removed = _removed(table)
    for name, read in _entries(table, dimensions).items():
        if isinstance(read, (Int, Float, Choice)):
            dimensions[name] = read
        else:
            base[name] = read
            dimensions.pop(name, None)
    for name in removed:
        dimensions.pop(name, None)
    with about("space"):
        laid = Space(Settings.from_flat(base), dimensions)
    _check_conditions(table, dimensions, laid)
    check_clipping(laid)
    check_carried(laid)
    return laid


def check_space(table: Mapping[str, object]) -> None:
    """Read a table and forget it: refuses bad entries before any data are loaded.

    What depends on knobs that the table does not name is left to `overlay`, which knows them.

    Raises:
        SettingError: As `overlay`.
    """
    _removed(table)
    entries = _entries(table, {})
    dimensions = {
        name: replace(one, when=tuple(two for two in one.when if two.knob in entries))
        for name, one in entries.items()
        if isinstance(one, (Int, Float, Choice))
    }
    fixed = {name: one for name, one in entries.items() if name not in dimensions}
    with about("space"):
        laid = Space(Settings.from_flat(fixed), dimensions)
    _check_conditions(table, dimensions, laid)
    check_clipping(laid)
    check_carried(laid)


def _entries(
    table: Mapping[str, object], before: Mapping[str, Dimension]
) -> dict[str, Value | Dimension]:
    """Read every entry; a dimension keeps the conditions that it had before."""
    entries: dict[str, Value | Dimension] = {}
    for name, said in table.items():
        if name != REMOVE:
            with about(f"space.{name}"):
                kept = before[name].when if name in before else ()
                entries[name] = _read(_knob(name), said, kept)
    return entries


def _removed(table: Mapping[str, object]) -> tuple[str, ...]:
    """Return the knobs that are not to be searched."""
    said = table.get(REMOVE, ())
    with about(f"space.{REMOVE}"):
        names = [said] if isinstance(said, str) else said
        if not isinstance(names, (list, tuple)):
            raise SettingError(
                f'space: remove takes a list of settings, such as ["architecture.dropout"], not '
                f"{shown(said)}."
            )
        removed = tuple(_knob(name).name for name in names)
        for name in removed:
            if name in table:
                raise SettingError(
                    f"space: {name} is given, and removed as well. Leave one of the two out."
                )
    return removed


def _check_conditions(
    table: Mapping[str, object], dimensions: Mapping[str, Dimension], laid: Space
) -> None:
    """Refuse an entry that is never searched."""
    for name in table:
        one = dimensions.get(name)
        if one is None or name in laid.dimensions:
            continue
        needed = " and ".join(
            f"{two.knob} is {' or '.join(map(str, two.values))}" for two in one.when
        )
        takes = ", ".join(f"{two.knob} takes {laid.table()[two.knob]}" for two in one.when)
        others = " and ".join(two.knob for two in one.when)
        raise SettingError(
            f"space: {name} is searched only when {needed}, but {takes}. Leave {name} out, or let "
            f"{others} take {'that value' if len(one.when) == 1 else 'those values'}.",
            f"space.{name}",
        )


def _knob(name: object) -> Knob:
    if name == "preset":
        raise SettingError(
            'space: preset stands above [space], at the top of the file, as in preset = "quick".'
        )
    if not isinstance(name, str) or name not in KNOBS:
        raise SettingError(
            f"space: there is no setting {shown(name)}.{_meant(name)} `autolstm space` lists all "
            f"settings."
        )
    return KNOBS[name]


def _meant(name: object) -> str:
    """Guess a setting; one whose group was left out is the likeliest."""
    short = [one for one in KNOBS if one.partition(".")[2] == name]
    return f" Did you mean {short[0]!r}?" if short else guess(str(name), (*KNOBS, REMOVE))


def _read(knob: Knob, said: object, kept: tuple[When, ...]) -> Value | Dimension:
    if isinstance(said, (list, tuple)):
        return _choice(knob, list(said), kept, 2)
    if not isinstance(said, Mapping):
        return knob.check(said)
    known = ("low", "high", "step", "log", "choices", "when")
    for key in said:
        if key not in known:
            raise SettingError(
                f"space: {knob.name} has an unknown entry {key!r}.{guess(str(key), known)} A "
                f"range takes low, high, step, log and when; a choice takes choices and when."
            )
    when = _when(knob, said["when"]) if "when" in said else kept
    if "choices" in said:
        idle = [key for key in said if key not in ("choices", "when")]
        if idle:
            raise SettingError(
                f"space: {knob.name} has both choices and {', '.join(idle)}. Write a list of "
                f"choices, or a range with low and high."
            )
        if not isinstance(said["choices"], (list, tuple)):
            raise SettingError(f"space: {knob.name}: choices takes a list of values.")
        return _choice(knob, list(said["choices"]), when, 1 if said.get("when") else 2)
    return _range(knob, said, when)


def _choice(
    knob: Knob, options: list[object], when: tuple[When, ...], least: int
) -> Dimension | Value:
    """Read a list; with fewer than the least number of values it is a fixed one."""
    checked = tuple(dict.fromkeys(knob.check(one) for one in options))
    if not checked:
        raise SettingError(
            f"space: {knob.name} has an empty list. Give at least one value; it takes "
            f"{knob.accepts()}."
        )
    return Choice(checked, when) if len(checked) >= least else checked[0]


def _range(knob: Knob, said: Mapping[str, Any], when: tuple[When, ...]) -> Dimension:
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


def _when(knob: Knob, said: object) -> tuple[When, ...]:
    if not isinstance(said, Mapping):
        raise SettingError(
            f"space: {knob.name}: when takes a table of other settings, such as "
            f'{{"training.optimizer" = "sgd"}}, not {shown(said)}.'
        )
    return tuple(_condition(knob, name, value) for name, value in said.items())


def _condition(knob: Knob, name: object, value: object) -> When:
    other = _knob(name)
    order = list(KNOBS)
    if order.index(other.name) >= order.index(knob.name):
        raise SettingError(
            f"space: {knob.name} cannot depend on {other.name}, which is chosen after it. It may "
            f"depend on what `autolstm space` lists before it"
            f"{', which is nothing' * (knob.name == order[0])}."
        )
    values = value if isinstance(value, (list, tuple)) else [value]
    if not values:
        raise SettingError(
            f"space: {knob.name}: when names no value of {other.name}. It takes one value or a "
            f"list of them; {other.name} takes {other.accepts()}."
        )
    return When(other.name, tuple(dict.fromkeys(other.check(one) for one in values)))
