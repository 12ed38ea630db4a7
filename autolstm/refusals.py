"""Why a field of an experiment is refused, in one line: which one, what came, what it takes."""

import re
from collections.abc import Mapping
from typing import Any

from autolstm.errors import SettingError, guess, shown

__all__ = ["refusal"]

_NAMED = 'a name in quotes, or a table such as {name = "...", options = {...}}'
_TABLES = {
    "source": 'the name of a bundled data set or the path of a file, as in source = "airline"',
    "sampler": _NAMED,
    "pruner": _NAMED,
    "split": "a table such as {validation = 0.15, test = 12}",
    "space": 'a table such as {"architecture.units" = [16, 32]}',
}
_TYPES = {
    "string_type": "text in quotes",
    "path_type": "a path in quotes",
    "dict_type": "a table of options, as in {name = value}",
}


def refusal(fault: Mapping[str, Any], fields: Mapping[str, list[str]]) -> str:
    """Word the first fault of a table.

    Args:
        fault: As pydantic tells it: ``loc``, ``type``, ``msg``, ``input``, perhaps ``ctx``.
        fields: Known fields by the name of their table; ``""`` for the outermost one.
    """
    where = ".".join(str(part) for part in fault["loc"])
    own = fault.get("ctx", {}).get("error")
    if isinstance(own, SettingError):
        return str(own)
    first, *deeper = map(str, fault["loc"])
    if fault["type"] == "extra_forbidden":
        known = fields[first if deeper else ""]
        return (
            f"There is no field {shown(where)}.{guess([first, *deeper][-1], known)} "
            f"Known are: {', '.join(known)}."
        )
    if fault["type"] == "missing":
        return f"The field {where!r} is missing. {first} takes {_TABLES[first]}."
    takes = fault["msg"].removeprefix("Input should be ")
    takes = _TYPES.get(fault["type"], takes)
    hint = _near(fault["input"], takes) if fault["type"] == "literal_error" else ""
    if own is not None:
        takes = str(own)
    elif not deeper:
        takes = _TABLES.get(first, takes)
    # A storage may hold a password.
    came = shown(fault["input"]) if first != "storage" else f"a {type(fault['input']).__name__}"
    return f"{where} = {came} is not accepted.{hint} It takes {takes}."


def _near(given: object, takes: str) -> str:
    return guess(given, re.findall(r"'([\w-]+)'", takes)) if isinstance(given, str) else ""
