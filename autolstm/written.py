"""A study file and ``KEY=VALUE`` texts -> one table of plain values, checked by `Experiment`."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autolstm.errors import SettingError, guess, shown
from autolstm.fields import plain

__all__ = ["assign", "dotted", "study_file", "varied_texts"]


def study_file(path: Path) -> dict[str, Any]:
    """Read a study file; a data file beside it is found, its name is that of the study.

    Raises:
        SettingError: It cannot be read, or is not valid TOML.
    """
    try:
        # Some editors put a byte order mark first.
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        near = sorted(map(str, path.parent.glob("*.toml"))) if path.parent.is_dir() else []
        raise SettingError(
            f"There is no study file {path}.{guess(str(path), near)} Give the path of a .toml "
            f"file, of a data file, or the name of a bundled data set (`autolstm datasets`)."
        ) from None
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
            raise SettingError(f"{where}: {twice} is given twice. Leave one of the two out.")
        flat |= found
    return flat


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
