"""Studies in which states could be carried on where data do not allow it: refused before them."""

from collections.abc import Sequence

from autolstm.dataset import Dataset
from autolstm.errors import SettingError
from autolstm.prepare.difference import Differences
from autolstm.prepare.lanes import LEAST
from autolstm.prepare.origins import origins_in
from autolstm.space import Space, joint
from autolstm.split import Fold

__all__ = ["check_carried_through", "refuse_carried"]

STATEFUL, BATCH = "architecture.stateful", "training.batch_size"


def refuse_carried(space: Space, what: str) -> None:
    """Refuse to carry states on where there is no single series.

    Args:
        space: What a study may try.
        what: What there is instead, in a few words.

    Raises:
        SettingError: A trial could ask for it.
    """
    if space.extremes(STATEFUL)[1]:
        raise SettingError(
            f"{STATEFUL} = true carries states on through one series from its first row to its "
            f"last, and here are {what}. It takes false here. Leave it out.",
            f"space.{STATEFUL}",
        )


def check_carried_through(
    data: Dataset, horizon: int, folds: Sequence[Fold], space: Space
) -> None:
    """Refuse to carry states on through several series, or through a single batch.

    Raises:
        SettingError: A trial could ask for it.
    """
    if not space.extremes(STATEFUL)[1]:
        return
    if data.several:
        refuse_carried(space, f"{len(data.ids)} series, which are learnt from side by side")
    needed = LEAST * max(
        int(one[BATCH]) for one in joint(space, (STATEFUL, BATCH)) if one[STATEFUL]
    )
    window, *lost = (
        int(space.extremes(f"preparation.{short}")[1])
        for short in ("window", "difference", "seasonal_difference")
    )
    reach = window + Differences(*lost).lost
    count = min(len(origins_in(one.train, data.starts, horizon, reach)) for one in folds)
    if count < needed:
        most = max(1, count // LEAST)
        raise SettingError(
            f"{STATEFUL} = true carries states on from batch to batch, and {count} training "
            f"windows, with the longest preparation of the space, are fewer than {LEAST} batches "
            f"of {needed // LEAST}. {BATCH} takes at most {most} here. Write --set "
            f"space.{BATCH}={most}.",
            f"space.{BATCH}",
        )
