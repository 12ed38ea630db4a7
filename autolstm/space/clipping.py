"""Whether a space could ask for gradients to be clipped in two ways at once."""

from autolstm.errors import SettingError
from autolstm.space.space import Space

__all__ = ["check_clipping"]

NORM, VALUE = "training.clip_norm", "training.clip_value"


def check_clipping(space: Space) -> None:
    """Refuse a space some trial of which could not be fitted: Keras clips in one way only.

    Raises:
        SettingError: Both limits could be above 0 in one trial.
    """
    if not (space.extremes(NORM)[1] and space.extremes(VALUE)[1]):
        return
    searched = space.dimensions.get(VALUE)
    when = searched.when if searched is not None else ()
    # Where it is not searched, a knob has its value of the base.
    apart = any(one.knob == NORM and not any(one.values) for one in when)
    if not (apart and space.base.training.clip_value == 0):
        raise SettingError(
            f"space: {NORM} and {VALUE} could both be above 0 in one trial, but gradients are "
            f"clipped in one way, by their norm or by their values. Keep one of the two at 0, or "
            f"search the second only beside a first of 0, such as "
            f'"{VALUE}" = {{choices = [0.0, 1.0], when = {{"{NORM}" = 0.0}}}}.',
            f"space.{VALUE}",
        )
