"""A space as the text of a study file: every knob with its sentence, to be edited."""

from collections.abc import Mapping
from typing import Any

from autolstm.settings import KNOBS, Knob
from autolstm.space.space import Space
from autolstm.written import in_toml

__all__ = ["study_text"]


def study_text(
    space: Space, preset: Space, fields: Mapping[str, object], remarks: tuple[str, ...] = ()
) -> str:
    """Write a study file that asks for a space.

    Args:
        space: Every knob of it is written, fixed or searched.
        preset: What the file is laid over when it is read.
        fields: Other fields of the study, by name.
        remarks: Lines that stand on top.
    """
    lines = [f"# {one}".rstrip() for one in remarks]
    lines += [f"{name} = {in_toml(value)}" for name, value in fields.items()]
    lines += ["", "[space]"]
    group = ""
    for name, said in _told(space, preset).items():
        knob = KNOBS[name]
        if knob.name.partition(".")[0] != group:
            group = knob.name.partition(".")[0]
            lines.append("")
        lines += [f"# {_comment(knob)}", f"{in_toml(name)} = {in_toml(said)}"]
    return "\n".join(lines) + "\n"


def _told(space: Space, preset: Space) -> dict[str, Any]:
    """Return the table of a space, with what lifts the conditions of the preset."""
    table = space.table()
    for name, one in space.dimensions.items():
        under = preset.dimensions.get(name)
        if not one.when and under is not None and under.when:
            said = table[name]
            ranged = {"choices": said} if isinstance(said, list) else said
            table[name] = {**ranged, "when": {}}
    return table


def _comment(knob: Knob) -> str:
    unit = f", in {knob.unit}" if knob.unit else ""
    shapes = " Each value compiles another program." if knob.shapes else ""
    return f"{knob.help} Takes {knob.accepts()}{unit}.{shapes}"
