"""The command ``space``: over `autolstm.question.pose`, `preset_space` and `study_text`."""

from typing import Annotated, Any

import typer

from autolstm.cli.options import AsJson, Assignments, Preset

__all__ = ["space"]

TYPICAL = "airline"
"""What stands for a typical series where no data are named: its size, not its values."""

Source = Annotated[
    str | None,
    typer.Argument(
        metavar="[SOURCE]",
        help="A data file, a study file (.toml), or the name of a bundled data set. "
        "Default: a typical monthly series.",
        show_default=False,
    ),
]
AsToml = Annotated[
    bool, typer.Option("--toml", help="Print a study file with all of it, to be edited.")
]


def space(
    source: Source = None,
    preset: Preset = None,
    assignments: Assignments = None,
    as_toml: AsToml = False,
    as_json: AsJson = False,
) -> None:
    """Show what a study tries: every setting, searched or fixed.

    \b
    Examples:
      autolstm space airline
      autolstm space tuning.toml
      autolstm space airline --preset thorough --toml > tuning.toml
    """
    from autolstm.errors import InputError
    from autolstm.experiment import read
    from autolstm.written import placed

    if as_toml and as_json:
        raise InputError("--toml and --json exclude each other. Leave one of them out.")
    given = {} if preset is None else {"preset": preset}
    experiment = read(source or TYPICAL, given, assignments or ())
    with placed(source or "", [*given, *(assignments or ())]):
        question = _posed(experiment)
    if as_json:
        _emit(question.space)
    elif as_toml:
        # Plain text, whatever the width of the terminal.
        print(_text(question, experiment, typical=source is None), end="")
    else:
        _show(question, experiment, typical=source is None)


def _posed(experiment: Any) -> Any:
    from autolstm.question import data_for, pose

    return pose(experiment, data_for(experiment))


def _show(question: Any, experiment: Any, *, typical: bool) -> None:
    from autolstm.cli import tables
    from autolstm.cli.output import console, say

    of_what = "of a typical monthly series (108 training rows, a season of 12)"
    of_what = of_what if typical else f"of {question.framing.said()}"
    changed = ", with changes of your own" if experiment.space else ""
    say(f"The space {of_what}: preset {experiment.preset}{changed}.\n")
    out = console()
    searched, fixed = tables.searched(question.space), tables.fixed(question.space)
    if searched.row_count:
        out.print(searched)
        say("")
    if fixed.row_count:
        out.print(fixed)
        say("")
    say("* Each value compiles another program; anything else is an argument of one.")
    say("Write it as a file to edit with --toml.")


def _text(question: Any, experiment: Any, *, typical: bool) -> str:
    from autolstm.settings import KNOBS
    from autolstm.space import PRESETS, preset_space, study_text

    remarks = (
        f"The space of the preset {experiment.preset}, every one of {len(KNOBS)} settings.",
        PRESETS[experiment.preset],
        "A value fixes a setting; a list, or a range with low and high, searches it; what is left",
        "out is as in the preset. Run it with `autolstm study FILE`.",
        *(["The data are an example: put the name of yours in."] if typical else []),
        "",
    )
    preset = preset_space(experiment.preset, question.framing.size())
    return study_text(question.space, preset, _said(experiment), remarks)


def _said(experiment: Any) -> dict[str, Any]:
    """Return the fields that were given, and the preset, as a study file has them.

    The name is left out: another file is another study.
    """
    asked = experiment.model_dump(mode="json", exclude_none=True)
    wanted = (experiment.model_fields_set | {"preset"}) - {"name", "space"}
    return {name: one for name, one in asked.items() if name in wanted}


def _emit(space: Any) -> None:
    from autolstm.cli.output import emit
    from autolstm.settings import KNOBS
    from autolstm.space.dimensions import conditions

    table, base = space.table(), space.base.flat()
    emit(
        [
            {
                "name": name,
                "searched": name in space.dimensions,
                "takes": table[name],
                "when": conditions(space.dimensions[name].when)
                if name in space.dimensions
                else {},
                "default": base[name],
                "unit": knob.unit,
                "compiles": knob.shapes,
                "help": knob.help,
            }
            for name, knob in KNOBS.items()
        ]
    )
