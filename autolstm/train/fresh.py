"""What a fit begins with: a fresh network for every seed."""

from collections.abc import Sequence

from autolstm.models import Build, build, build_own
from autolstm.models.backend import keras
from autolstm.prepare.windows import Windows
from autolstm.seeding import child
from autolstm.settings import Settings

__all__ = ["fresh_models"]


def fresh_models(
    windows: Windows, settings: Settings, seeds: Sequence[int], own: Build | None = None
) -> list[keras.Model]:
    """Build one network a seed: their weights are where training begins.

    Args:
        windows: What the networks must fit.
        settings: The configuration.
        seeds: One per network.
        own: A user's function that builds them instead.
    """
    roots = [child(seed, "model") for seed in seeds]
    if own is not None:
        return [build_own(own, windows.shapes, seed=root) for root in roots]
    return [
        build(settings.architecture, windows.shapes, seed=root, lanes=settings.lanes)
        for root in roots
    ]
