"""Settings that each are accepted and together mean nothing."""

from autolstm.errors import SettingError
from autolstm.settings.architecture import Architecture

__all__ = ["check_architecture"]


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
