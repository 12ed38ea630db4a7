"""Settings that each are accepted and together mean nothing."""

from collections.abc import Mapping

from autolstm.errors import SettingError
from autolstm.settings.architecture import Architecture
from autolstm.settings.knob import Value
from autolstm.settings.training import FULL

__all__ = ["STATES", "check_architecture", "check_states"]


NEEDED = {
    "attention": "with a state to ask from",
    "teacher_forcing": "that hears its answers",
}
"""What a decoder must be like for a knob, with ``architecture.decoder = "state"`` alone."""


def check_architecture(architecture: Architecture, form: str) -> None:
    """Refuse a network that cannot be built.

    A knob that plays no part where another one has some value is idle and not refused.

    Args:
        architecture: The network.
        form: How outputs stand to inputs, see `autolstm.shapes.Shapes`.

    Raises:
        SettingError: Two knobs contradict each other, or one of them the form.
    """
    if form == "steps" and architecture.filters and architecture.pooling > 1:
        raise SettingError(
            f"architecture.pooling = {architecture.pooling} leaves fewer steps than there are "
            f"answers: here every step has one. It takes 1 here. Write --set "
            f"space.architecture.pooling=1, or leave the convolution out (--set "
            f"space.architecture.filters=0)."
        )
    if form == "decoder" and architecture.decoder != "state":
        for name, needed in NEEDED.items():
            if getattr(architecture, name):
                raise SettingError(
                    f"architecture.{name} = true needs a decoder {needed}, and "
                    f"architecture.decoder is {architecture.decoder}. It takes false there. Write "
                    f"--set space.architecture.decoder=state, or search {name} only then: "
                    f'{{choices = [false, true], when = {{"architecture.decoder" = "state"}}}}.'
                )


STATES = (
    "preparation.strategy",
    "preparation.stride",
    "architecture.bidirectional",
    "architecture.stateful",
    "training.batch_size",
    "training.shuffle",
)
"""Knobs that `check_states` looks at together."""


def check_states(values: Mapping[str, Value]) -> None:
    """Refuse what cannot go on from the states of an earlier window.

    Args:
        values: Those of `STATES` at least, by dotted name.

    Raises:
        SettingError: Windows do not come in order of time, or nothing would be carried on.
    """
    if not values["architecture.stateful"]:
        return
    strategy = values["preparation.strategy"]
    fed_back = "a forecast must not be its own past"
    anew = "a decoder begins anew with every answer"
    for name, taken, why in (
        ("training.shuffle", False, "windows come in that order alone"),
        ("preparation.stride", 1, "forecasts go on row by row, and so must training"),
        ("preparation.strategy", "direct", fed_back if strategy == "recursive" else anew),
        ("architecture.bidirectional", False, "what reads backwards has no state from before"),
    ):
        if values[name] != taken:
            raise SettingError(_states_refused(name, values[name], taken, why))
    if values["training.batch_size"] == FULL:
        why = "with one batch an epoch nothing is"
        raise SettingError(_states_refused("training.batch_size", FULL, 4, why))


def _states_refused(name: str, found: Value, taken: Value, why: str) -> str:
    found, taken = (str(one).lower() if isinstance(one, bool) else one for one in (found, taken))
    takes = "a number of windows" if name == "training.batch_size" else taken
    return (
        f"architecture.stateful = true carries states on from batch to batch in order of time: "
        f"{why}. {name} is {found}, and takes {takes} beside it. Write --set "
        f"space.{name}={taken}, or leave architecture.stateful out."
    )
