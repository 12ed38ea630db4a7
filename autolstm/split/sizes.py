"""How large a part is: a share of what there is, or a number."""

from autolstm.errors import SettingError

__all__ = ["FOLDS", "SHARE", "size_of"]

SHARE = 0.15
"""Share of the validation and of the test part, where nothing is said."""

FOLDS = 5
"""Folds of a kind that has several, where nothing is said."""


def size_of(part: float, whole: int, name: str, noun: str = "rows") -> int:
    """Return the size of a part, at least 1.

    Args:
        part: Share of the whole (below 1), or a number.
        whole: What there is to take it from.
        name: The part, ``"validation"`` or ``"test"``, for the message.
        noun: What is counted, for the message.

    Raises:
        SettingError: It is not a share and not a whole number.
    """
    if 0 < part < 1:
        return max(1, round(whole * part))
    if part >= 1 and part % 1 == 0:
        return int(part)
    raise SettingError(
        f"split.{name} = {part!r} is not accepted. It takes a share of the {noun} (0.15) or a "
        f"whole number of {noun} (12)."
    )
