"""Whether a space could carry states on where that means nothing."""

from autolstm.errors import about
from autolstm.settings import STATES, check_states
from autolstm.space.joint import joint
from autolstm.space.space import Space

__all__ = ["STATEFUL", "check_carried"]

STATEFUL = "architecture.stateful"


def check_carried(space: Space) -> None:
    """Refuse a space some trial of which could not carry its states on.

    Raises:
        SettingError: See `autolstm.settings.check_states`.
    """
    if space.extremes(STATEFUL)[1]:
        with about(f"space.{STATEFUL}"):
            for values in joint(space, STATES):
                check_states(values)
