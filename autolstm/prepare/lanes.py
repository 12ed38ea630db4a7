"""Windows in lanes: in which order a network that carries its states on is shown a series.

With batches of B windows in order of time, window ``i`` of a batch goes on from window ``i`` of
the batch before, which is the one B rows earlier: there are B lanes side by side. Batches are
whole, so the earliest windows are left out where they do not fill one.
"""

from dataclasses import replace

import numpy as np

from autolstm.errors import SettingError
from autolstm.prepare.windows import Part, Windows
from autolstm.settings import Settings

__all__ = ["LEAST", "every_origin", "in_lanes", "whole_batches"]

LEAST = 2
"""Batches of an epoch, so that something is carried from one to the next."""


def whole_batches(origins: np.ndarray, lanes: int) -> np.ndarray:
    """Return the latest origins that fill whole batches."""
    return origins[len(origins) % lanes :]


def in_lanes(windows: Windows, settings: Settings) -> Windows:
    """Return windows as a network is trained on them; as they are where it carries nothing on.

    Between the last training window and the first validation window there may be others, whose
    targets lie in both parts or in a gap. States go through them too: they stand in the validation
    part, and their losses do not count.

    Args:
        windows: Windows of one series, in order of time.
        settings: Say whether states are carried on, and how many windows make a batch.

    Raises:
        SettingError: There are fewer than two whole batches.
    """
    lanes = settings.lanes
    if lanes is None:
        return windows
    count = len(windows.train)
    if count < LEAST * lanes:
        raise SettingError(
            f"architecture.stateful = true carries states on from batch to batch, and {count} "
            f"training windows are fewer than {LEAST} batches of training.batch_size = {lanes}. "
            f"It takes at most {max(1, count // LEAST)} here. Write --set "
            f"space.training.batch_size={max(1, count // LEAST)}."
        )
    return replace(
        windows, train=_cut(windows.train, count % lanes), valid=_joined(windows.train, windows)
    )


def every_origin(windows: Windows, origins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the windows to pass through for some forecasts, and the places of these in them.

    Args:
        windows: As `in_lanes` gives them.
        origins: Of the forecasts, none of them before the first training window, shape (n,).

    Returns:
        Origins of all windows from the first training window to the last forecast.
    """
    first = int(windows.train.origins[0])
    places = np.asarray(origins, np.int64) - first
    if places.min(initial=0) < 0:
        raise ValueError("a forecast from before the first training window has no states")
    return np.arange(first, first + places.max(initial=0) + 1), places


def _cut(part: Part, dropped: int) -> Part:
    """Leave out the earliest windows."""
    if (np.diff(part.origins) != 1).any():
        raise ValueError("states are carried on through consecutive windows of one series alone")
    return Part(
        part.origins[dropped:],
        part.targets[dropped:],
        None if part.weights is None else part.weights[dropped:],
    )


def _joined(train: Part, windows: Windows) -> Part:
    """Return the validation part with what lies between it and the training part."""
    part = windows.valid
    if not len(part):
        return part
    every = np.arange(train.origins[-1] + 1, part.origins[-1] + 1, dtype=part.origins.dtype)
    counted = np.isin(every, part.origins)
    if counted.sum() != len(part):
        raise ValueError("validation windows lie before training windows")
    if counted.all():
        return part
    targets, weights = (np.zeros((len(every), *windows.target), np.float32) for _ in range(2))
    targets[counted] = part.targets
    # Losses are means over a part, of which only some windows count now.
    weights[counted] = (1.0 if part.weights is None else part.weights) * (
        np.float32(len(every) / len(part))
    )
    return Part(every, targets, weights)
