"""Outputs that are no numbers: a fit that has diverged without its losses telling."""

import numpy as np

from autolstm.errors import Diverged

__all__ = ["check_finite"]


def check_finite(outputs: np.ndarray, does: str) -> None:
    """Refuse outputs that are NaN or infinite; what is finite stays so when it is undone.

    Args:
        outputs: Of every replicate, shape (R, n, ...).
        does: What a seed does with them, as in ``"forecasts values"``.

    Raises:
        Diverged: There is one; the message names the first seed.
    """
    lost = ~np.isfinite(outputs.reshape(len(outputs), -1)).all(axis=1)
    if lost.any():
        seed = int(np.flatnonzero(lost)[0]) + 1
        raise Diverged(f"seed {seed} of {len(lost)} {does} that are not finite")
