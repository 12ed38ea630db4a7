"""What a study of one knob asks: its table of values, and what goes with its kind."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from autolstm.errors import SettingError, counted, guess, shown
from autolstm.settings import KNOBS
from autolstm.space.dimensions import Value
from autolstm.written import dotted

__all__ = ["MOST_CELLS", "as_kind", "check_cells", "check_kind", "read_vary"]

MOST_CELLS = 1000
"""Cells of a grid. Every pair of them is compared, and who has more to try wants a search."""

REPEATS = 30
"""Seeds of a repeats study that asks for no number of them."""

TUNING: dict[str, Any] = {
    "trials": 1,
    "confirm": 1,
    "time_weight": 0.0,
    "sampler": "random",
    "pruner": "none",
    "patience": None,
}
"""Fields that only a search knows, and what they are where there is none."""

VARYING: dict[str, Any] = {
    "vary": {},
    "base": None,
    "measure_on": "validation",
    "precision": 0.05,
    "published": (),
}
"""Fields that only studies of one knob know, and what they are in a search."""


def read_vary(said: object) -> dict[str, tuple[Value, ...]]:
    """Read what is varied; a knob without values is tried over its range in the space.

    Args:
        said: A table from knobs to lists of values, or a list of knobs.

    Returns:
        Values by knob, none for a range.

    Raises:
        SettingError: A knob is unknown, a list is empty, or a value is not accepted or twice
            there.
    """
    if isinstance(said, str):
        said = [said]
    if isinstance(said, (list, tuple)):
        names = [_known(str(one)) for one in said]
        return dict.fromkeys(names, ())
    if not isinstance(said, Mapping):
        raise SettingError(
            f"vary = {shown(said)} is not accepted. It takes a table such as "
            f'{{"architecture.units" = [1, 5, 10]}}, or for a sensitivity study a list of '
            f"settings."
        )
    flat = dotted(said, where="vary")
    return {_known(name): _values(name, values) for name, values in flat.items()}


def _known(name: str) -> str:
    if name not in KNOBS:
        raise SettingError(
            f"vary: there is no setting {shown(name)}.{guess(name, KNOBS)} Settings have the "
            f"names that they have in space, such as {' and '.join(list(KNOBS)[-2:])}."
        )
    return name


def _values(name: str, said: object) -> tuple[Value, ...]:
    if said == () and isinstance(said, tuple):
        return ()
    if not isinstance(said, (list, tuple)) or not said:
        raise SettingError(
            f"vary: {name} = {shown(said)} is not accepted. Give a list of at least one value, "
            f"such as [1, 5, 10]; {name} takes {KNOBS[name].accepts()}."
        )
    found: list[Value] = []
    for one in said:
        try:
            value = KNOBS[name].check(one)
        except SettingError as error:
            raise SettingError(f"vary: {error}") from None
        if value in found:
            raise SettingError(f"vary: {name} has {shown(value)} twice. Leave one of them out.")
        found.append(value)
    return tuple(found)


def as_kind(table: Mapping[str, Any], kind: str | None) -> dict[str, Any]:
    """Turn what a study file asks into a study of another kind, under a name of its own.

    Args:
        table: What the file says.
        kind: What is wanted of it; None for what it says itself.
    """
    own = table.get("kind", "tune")
    if kind in (None, own):
        return dict(table)
    dropped = TUNING if own == "tune" else VARYING
    kept = {name: value for name, value in table.items() if name not in dropped}
    return {**kept, "name": f"{table['name']}-{kind}"} if "name" in table else kept


def check_kind(table: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse fields that the kind of a study does not know, and give it its own defaults.

    Args:
        table: The fields of an experiment, as given.

    Raises:
        SettingError: A field would have no effect.
    """
    kind = table.get("kind", "tune")
    if kind not in ("grid", "sensitivity", "repeats"):
        for name, usual in VARYING.items():
            if kind == "tune" and table.get(name, usual) not in (usual, []):
                raise SettingError(
                    f"{name} is for studies of one knob, and kind = 'tune' is a search. Leave it "
                    f"out, or give kind = 'grid', 'sensitivity' or 'repeats'."
                )
        return dict(table)
    for name, usual in TUNING.items():
        if _named(table.get(name, usual)) != usual:
            raise SettingError(
                f"{name} is for a search, and kind = {kind!r} has none: {_instead(kind)} Leave "
                f"{name} out, or give kind = 'tune'."
            )
    if kind != "repeats" and table.get("precision", 0.05) != 0.05:
        raise SettingError(
            f"precision is for kind = 'repeats', not {kind!r}. Leave precision out."
        )
    seeds = {"seeds": REPEATS} if kind == "repeats" else {}
    return {**seeds, **table, **TUNING}


def _named(value: object) -> object:
    """Return the name of a sampler or pruner without options; anything else as it is."""
    if isinstance(value, Mapping):
        return value if value.get("options") else value.get("name")
    return value if getattr(value, "options", True) else getattr(value, "name", value)


def _instead(kind: str) -> str:
    return {
        "grid": "its trials are the cells, fitted with all seeds.",
        "sensitivity": "its trials are the values of each knob, fitted with all seeds.",
        "repeats": "it has one trial, fitted with all seeds.",
    }[kind]


def check_cells(
    kind: str,
    vary: Mapping[str, Sequence[Value]],
    space: Mapping[str, object],
    seeds: int,
    published: Sequence[float] = (),
) -> None:
    """Refuse what cannot be varied, before any data are read.

    Raises:
        SettingError: A grid varies nothing, or too much; a knob is fixed as well; a repeats study
            varies something or has a single seed; there are not as many published scores as
            cells.
    """
    count = math.prod(map(len, vary.values()))
    _check_published(kind, published, count)
    if kind == "repeats":
        if vary:
            raise SettingError(
                f"A repeats study has one configuration, but vary names {', '.join(vary)}. Fix "
                f"it in space, as in --set space.{next(iter(vary))}=..., or give kind = 'grid'."
            )
        if seeds < 2:
            raise SettingError(
                "seeds = 1 is not accepted for a repeats study. It takes 2 or more, such as 30."
            )
    if kind != "grid":
        return
    if not vary or not all(vary.values()):
        what = next((name for name, values in vary.items() if not values), "")
        said = f"vary gives {what} no values" if what else "nothing is varied"
        raise SettingError(
            f"A grid needs settings with their values, and {said}. Give some, as in "
            f"--vary {what or 'architecture.units'}=1,5,10 or [vary] in a study file."
        )
    for name in vary:
        if name in space:
            raise SettingError(
                f"{name} stands in space and in vary. Leave one of the two out: what a grid "
                f"varies is not fixed."
            )
    if count > MOST_CELLS:
        raise SettingError(
            f"This grid has {count:,} cells, and at most {MOST_CELLS:,} are taken. Give fewer "
            f"values, or search among them: kind = 'tune' with the lists in space."
        )


def _check_published(kind: str, published: Sequence[float], count: int) -> None:
    if published and (kind == "sensitivity" or len(published) != count):
        raise SettingError(
            f"published has {counted(len(published), 'score')}, and this study of kind {kind!r} "
            f"has {'cells of its own' if kind == 'sensitivity' else counted(count, 'cell')}. It "
            f"takes one for each cell of a grid, in their order (the last setting changes "
            f"fastest), or one for a repeats study. Mend published, or leave it out."
        )
