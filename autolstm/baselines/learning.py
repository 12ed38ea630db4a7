"""Which baselines learn from the inputs; all others are naive."""

from autolstm.baselines.every import LEARNT
from autolstm.baselines.labels import NAIVE, SINGLE, STEPS
from autolstm.baselines.panel import ALL_COLUMNS

__all__ = ["learns"]


def learns(name: str) -> bool:
    """Whether a baseline of this name learns how answers follow from inputs.

    The naive ones do not: they repeat or continue what was last seen, or tell the mean or the
    majority of the training part, whatever the input is. A model that is no better than these has
    no skill. A name that is not known counts as naive.
    """
    labelled = {one for ways in (SINGLE, STEPS) for kind in ways.values() for one in kind}
    return name in {*LEARNT, ALL_COLUMNS, *(labelled - NAIVE)}
