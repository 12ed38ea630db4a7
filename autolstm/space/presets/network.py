"""Dimensions of the network, which the larger presets have in common."""

from autolstm.space.dimensions import Choice, Dimension, Int, When

__all__ = ["convolved", "decoded", "penalised", "stacked"]

FILTERS = (16, 64)
"""Filters of a convolution, where there is one."""


def stacked(layers: int, units: tuple[int, ...], upper: tuple[int, ...]) -> dict[str, Dimension]:
    """Return layers that are alike, shrink, or are each as it likes.

    Args:
        layers: Most of them, from 2 to 4.
        units: Cells of the first one, and of all where they are alike.
        upper: Cells of each further one, where they are free.
    """
    free = When("architecture.widths", ("free",))
    several = (When("architecture.layers", tuple(range(2, layers + 1))),)
    return {
        "architecture.cell": Choice(("lstm", "gru")),
        "architecture.bidirectional": Choice((False, True)),
        "architecture.layers": Int(1, layers),
        "architecture.widths": Choice(("equal", "shrinking", "free"), several),
        "architecture.units": Choice(units),
        **{
            f"architecture.units_{place}": Choice(
                upper, (free, When("architecture.layers", tuple(range(place, layers + 1))))
            )
            for place in range(2, layers + 1)
        },
    }


def convolved(kernels: tuple[str, ...], *, pooled: bool) -> dict[str, Dimension]:
    """Return a convolution in front of the layers, or none.

    Args:
        kernels: Steps that filters see; several sizes side by side as one text.
        pooled: Whether steps may be pooled: not where every one of them has an answer.
    """
    some = (When("architecture.filters", FILTERS),)
    return {
        "architecture.filters": Choice((0, *FILTERS)),
        "architecture.kernel_sizes": Choice(kernels, some),
        "architecture.pooling": Choice((1, 2) if pooled else (1,), some),
    }


def decoded(*when: When) -> dict[str, Dimension]:
    """Return what a decoder gets, where there is one."""
    state = When("architecture.decoder", ("state",))
    return {
        "architecture.decoder": Choice(("repeat", "state"), when),
        "architecture.attention": Choice((False, True), (*when, state)),
        "architecture.teacher_forcing": Choice((False, True), (*when, state)),
    }


def penalised(groups: tuple[str, ...], sizes: tuple[float, ...]) -> dict[str, Dimension]:
    """Return penalties on the sizes and the squares of weights, each perhaps none."""
    return {
        f"architecture.{power}_{group}": Choice((0.0, *sizes))
        for group in groups
        for power in ("l1", "l2")
    }
