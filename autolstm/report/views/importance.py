"""How much each searched knob mattered."""

from dataclasses import dataclass

from autolstm.ledger.results import Results
from autolstm.report import numbers
from autolstm.report.views.base import Absent

__all__ = ["Bars", "importance"]


@dataclass(frozen=True, slots=True)
class Bars:
    """Importance of the searched knobs.

    Attributes:
        names: Short names, the most important first.
        shares: Their shares of 1.
        caption: What to look at.
        alt: What is drawn.
    """

    names: tuple[str, ...]
    shares: tuple[float, ...]
    caption: str
    alt: str


def importance(results: Results) -> Bars | Absent:
    """Show how much each searched knob mattered, or say why that cannot be told."""
    found = results.importance
    if found.trials < found.needed:
        return Absent(
            f"Importance needs at least {found.needed} complete trials; there "
            f"{'is' if found.trials == 1 else 'are'} {found.trials} so far. Search on with more "
            f"trials to see it."
        )
    shares = list(found.shares.values())
    if not shares or (len(shares) > 1 and max(shares) - min(shares) < 1e-9):
        return Absent(
            f"The {found.trials} complete trials do not tell the settings apart: none mattered "
            f"more than another."
        )
    ordered = sorted(found.shares.items(), key=lambda item: (-item[1], item[0]))
    names = tuple(name.rpartition(".")[2] for name, _ in ordered)
    listed = ", ".join(
        f"{name} {numbers.percent(share)}" for name, (_, share) in zip(names, ordered, strict=True)
    )
    sometimes = [one.rpartition(".")[2] for one in found.shares if _is_conditional(results, one)]
    under = (
        f" Searched under a condition, and counted by the trials in which it held: "
        f"{', '.join(sometimes)}."
        if sometimes
        else ""
    )
    rough = " With so few trials the shares are rough." if found.trials < 50 else ""
    return Bars(
        names=names,
        shares=tuple(share for _, share in ordered),
        caption=(
            f"Look at the longest bars: they are the settings that told the best of the "
            f"{found.trials} complete trials from the rest (PED-ANOVA, shares add up to 100 %; "
            f"pruned trials count as the worst).{under}{rough}"
        ),
        alt=f"Importance of the searched settings: {listed}.",
    )


def _is_conditional(results: Results, name: str) -> bool:
    asked = results.question.get(f"space.{name}")
    return isinstance(asked, dict) and bool(asked.get("when"))
