"""A study file and ``KEY=VALUE`` texts -> one table of plain values, checked by `Experiment`."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autolstm.errors import SettingError, guess, shown
from autolstm.fields import plain
from autolstm.outside import read_text

__all__ = [
    "assign",
    "dotted",
    "in_toml",
    "is_study_file",
    "line_of",
    "placed",
    "study_file",
    "varied_texts",
]

MOST_LINES, MOST_CHARACTERS = 1000, 100_000
"""How far a study file is searched for a field; what comes behind gets no number of a line."""


def is_study_file(source: str) -> bool:
    """Whether what a user names is a study file, and no data."""
    return source.casefold().endswith(".toml")


def study_file(path: Path) -> dict[str, Any]:
    """Read a study file; data are found in files beside it, and its name is that of the study.

    Raises:
        SettingError: It cannot be read, or is not valid TOML.
    """
    try:
        table = tomllib.loads(read_text(path))
    except FileNotFoundError:
        near = sorted(map(str, path.parent.glob("*.toml"))) if path.parent.is_dir() else []
        raise SettingError(
            f"There is no study file {path}.{guess(str(path), near)} Give the path of a .toml "
            f"file, of a data file, or the name of a bundled data set (`autolstm datasets`)."
        ) from None
    except SettingError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(
            f"The study file {path} cannot be read: {error}. A study file is a text file "
            f"in UTF-8. Check the path and the file."
        ) from None
    except (ValueError, RecursionError) as error:
        # Not TOMLDecodeError alone: a number of 5000 digits is a ValueError.
        raise SettingError(
            f"The study file {path} is not valid TOML: {error}. Text needs quotes, lists need [ ]."
        ) from None
    if isinstance(table.get("source"), str) and _is_file(path.parent / table["source"]):
        table["source"] = str(path.parent / table["source"])
    table.setdefault("name", plain(path.stem))
    return table


@contextmanager
def placed(source: str, elsewhere: Iterable[str]) -> Iterator[None]:
    """Say in which line of a study file the field stands that a `SettingError` is about.

    Args:
        source: The study file, as the user named it; of anything else nothing is said.
        elsewhere: Names of options and ``KEY=VALUE`` texts, which are laid over the file: a field
            that comes from there has no line.

    Raises:
        SettingError: The same, with ``FILE, line N:`` before its message where that is known.
    """
    try:
        yield
    except SettingError as error:
        keys = [text.partition("=")[0].strip() for text in elsewhere]
        known = bool(error.field) and not any(_within(key, error.field) for key in keys)
        if not known or not is_study_file(source):
            raise
        line = line_of(read_text(Path(source)), error.field)
        if line is None:
            raise
        raise SettingError(f"{source}, line {line}: {error}", error.field) from None


def line_of(text: str, field: str) -> int | None:
    """Return the line, from 1, on which a TOML text gives a field; None where it does not.

    The text is parsed up to every line in turn. What ends inside a value is no TOML, and the
    field is given by the lines behind the last part that is TOML without it. So a field is
    found in whatever form it is written: with dots, in quotes, under a header, or in a table on
    one line. Of a field that is nowhere, the nearest table around it is meant.
    """
    lines = text[:MOST_CHARACTERS].split("\n")[:MOST_LINES]
    wanted = field
    while wanted:
        last = 0
        for count in range(1, len(lines) + 1):
            try:
                table = tomllib.loads("\n".join(lines[:count]) + "\n")
            except (ValueError, RecursionError):
                continue
            if _gives(table, wanted):
                return last + 1
            last = count
        wanted = wanted.rpartition(".")[0]
    return None


def _gives(table: object, field: str) -> bool:
    """Whether a table has a field, whatever part of its dotted name is one key."""
    return isinstance(table, Mapping) and any(
        key == field
        or (field.startswith(f"{key}.") and _gives(inner, field.removeprefix(f"{key}.")))
        for key, inner in table.items()
    )


def _within(one: str, other: str) -> bool:
    """Whether one dotted name is the other, or is around it, or inside it."""
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def assign(table: dict[str, Any], text: str) -> None:
    """Put one ``KEY=VALUE`` into a table, over what is there.

    Raises:
        SettingError: There is no key or no value, or it goes into what is no table.
    """
    key, mark, written = text.partition("=")
    key = key.strip()
    if not mark or not key:
        raise SettingError(
            f"--set {shown(text)} is not understood. Write --set KEY=VALUE, such as "
            f"--set split.test=12 or --set space.architecture.units=64."
        )
    value = _written(written)
    group, _, rest = key.partition(".")
    if rest and group in ("space", "vary"):
        table[group] = {**dotted(_held(table, group), group), **dotted({rest: value}, group)}
    elif rest and group in ("split", "sampler", "pruner"):
        held = _held(table, group)
        inner, _, deepest = rest.partition(".")
        table[group] = {
            **held,
            inner: {**_held(held, inner), deepest: value} if deepest else value,
        }
    else:
        table[key] = value


def varied_texts(texts: Sequence[str]) -> dict[str, Any]:
    """Read ``KNOB=VALUE,VALUE`` and ``KNOB`` texts into what ``[vary]`` holds.

    Returns:
        Lists of values by setting; an empty tuple for one without values.

    Raises:
        SettingError: There is no setting, or one is there twice.
    """
    table: dict[str, Any] = {}
    for text in texts:
        name, mark, written = (part.strip() for part in text.partition("="))
        if not name or (mark and not written):
            raise SettingError(
                f"--vary {shown(text)} is not understood. Write --vary SETTING=VALUE,VALUE, such "
                f"as --vary architecture.units=1,5,10."
            )
        if name in table:
            raise SettingError(
                f"--vary {name} is given twice. Write all of its values in one, as in "
                f"--vary {name}=VALUE,VALUE."
            )
        listed = _written(f"[{written}]")
        # What is no list of TOML values is a list of plain words.
        words = [_written(one) for one in written.split(",")]
        flat = listed[0] if isinstance(listed, list) and written.startswith("[") else listed
        table[name] = (flat if isinstance(flat, list) else words) if mark else ()
    return table


def dotted(table: Mapping[str, Any], where: str = "space") -> dict[str, Any]:
    """Accept ``[space.architecture] units = 64`` for ``"architecture.units" = 64``.

    Args:
        table: As it was written.
        where: What the table is called.

    Raises:
        SettingError: A setting is given twice.
    """
    flat: dict[str, Any] = {}
    for name, value in table.items():
        found = {name: value}
        if name in ("preparation", "architecture", "training") and isinstance(value, Mapping):
            found = {f"{name}.{short}": one for short, one in value.items()}
        for twice in flat.keys() & found.keys():
            raise SettingError(
                f"{where}: {twice} is given twice. Leave one of the two out.", f"{where}.{twice}"
            )
        flat |= found
    return flat


def in_toml(value: object) -> str:
    """Write a value as a study file does, on one line."""
    if isinstance(value, Mapping):
        entries = ", ".join(f"{_key(str(key))} = {in_toml(one)}" for key, one in value.items())
        return f"{{ {entries} }}" if entries else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(in_toml, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    # What JSON may hold as it is, TOML may too, but for one character.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else in_toml(name)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _written(text: str) -> Any:
    """Read a value as a study file writes it; what is none is a plain word."""
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text.strip()
    return table["value"] if len(table) == 1 else text.strip()


def _held(table: Mapping[str, Any], group: str) -> dict[str, Any]:
    """Return the entries of a group so far."""
    held = table.get(group, {})
    if isinstance(held, str) and group in ("sampler", "pruner"):
        return {"name": held}
    if not isinstance(held, Mapping):
        raise SettingError(
            f"{group} = {shown(held)} is no table, so that --set cannot add to it. Leave one of "
            f"the two out."
        )
    return dict(held)
