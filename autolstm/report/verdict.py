"""Whether a study was worth it: decided once, for terminal, page and document.

A score on the test part may be lucky in two ways: by the seeds, and by the rows that happen to be
the test part. So the model beats a baseline, or is worse, only where the gap is larger than the
deviation between seeds and a test of equal errors (`autolstm.comparison`) is significant; anything
else cannot be told apart (docs/decisions/008).
"""

import math
from dataclasses import dataclass

from autolstm.baselines import learns
from autolstm.errors import counted
from autolstm.ledger.results import Refit, Results
from autolstm.metrics import skill
from autolstm.report import numbers
from autolstm.report.conclusions import conclude
from autolstm.report.words import brief, words

__all__ = ["Verdict", "advantage", "best_naive", "judge"]

SURE = 0.05
"""A gap that chance makes more often than this is called a tie."""

STANDINGS = {1: "good", 0: "open", -1: "bad"}

MANY_TIMES = 1000
"""An error that is so many times as large as another is not written in per cent."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be thought of a study.

    Attributes:
        text: One sentence, or two.
        standing: ``"good"`` where the model beats the best baseline, ``"bad"`` where it is worse,
            else ``"open"``.
    """

    text: str
    standing: str


def judge(results: Results) -> Verdict:
    """Compare the tuned model with the best baseline, and with the best naive one.

    A study of one knob has no tuned model; see `autolstm.report.conclusions`.
    """
    refit, name = results.refit, results.best_baseline
    if results.kind != "tune":
        return Verdict(*conclude(results))
    if results.best is None:
        return Verdict("No trial is complete yet, so there is no score.", "open")
    if refit is None:
        text = "The winner is not chosen yet: run the same study command again to finish it."
        return Verdict(text, "open")
    if name is None:
        return Verdict("There is no baseline to compare with.", "open")
    side = _side(results, refit, name)
    text = _compared(results, refit, name, side)
    naive = best_naive(results)
    if naive is not None and _side(results, refit, naive) < 1:
        scores = [
            numbers.score(one, results.unit)
            for one in (refit.test.mean, results.baselines["test"][naive])
        ]
        text += (
            f" The model shows no skill over naive ({brief(naive)}): {scores[0]} against "
            f"{scores[1]}, p {_p(_chance(refit, naive))}."
        )
        side = min(side, 0)
    return Verdict(text, STANDINGS[side])


def best_naive(results: Results) -> str | None:
    """Return the best baseline on the test part that learns nothing, None where there is none."""
    return next((one for one in results.ranked_baselines("test") if not learns(one)), None)


def advantage(results: Results, lead: float) -> str:
    """Word a skill: a share of the error, or a difference of scores that are maximised."""
    name = results.metric.name
    if lead == 0 or math.isnan(lead):
        return f"{name} is {'not a number' if lead else 'the same'}"
    if results.metric.direction == "maximize":
        return f"{name} is {numbers.score(abs(lead), '')} {'higher' if lead > 0 else 'lower'}"
    if lead < -MANY_TIMES:
        # Against an error of almost 0, a share says nothing.
        return f"{name} is more than {MANY_TIMES:,} times as large"
    return f"{name} is {numbers.percent(abs(lead))} {'smaller' if lead > 0 else 'larger'}"


def _side(results: Results, refit: Refit, name: str) -> int:
    """Return 1 where the model beats a baseline, -1 where it is worse, 0 where none is sure.

    The p-value is one of the saved model, the mean of the seeds. Where that stands on the other
    side than the mean score of the seeds, it says nothing for either.
    """
    baseline = results.baselines["test"][name]
    if _doubt(results, refit, name):
        return 0
    better = {results.metric.better(one, baseline) for one in (refit.test.mean, refit.model)}
    return 0 if len(better) > 1 else 1 if better == {True} else -1


def _doubt(results: Results, refit: Refit, name: str) -> str:
    """Say why a gap to a baseline may be luck; empty where it is no luck."""
    baseline = results.baselines["test"][name]
    if not math.isfinite(refit.test.mean) or not math.isfinite(baseline):
        return "so nothing can be compared"
    if abs(refit.test.mean - baseline) < refit.test.std:
        return "less than the deviation between seeds"
    chance = _chance(refit, name)
    if chance < SURE:
        return ""
    examples = counted(refit.windows, words(results).example)
    return f"which {examples} cannot tell from chance (p {_p(chance)})"


def _compared(results: Results, refit: Refit, name: str, side: int) -> str:
    lead = skill(results.metric, refit.test.mean, results.baselines["test"][name])
    told = f"{'its ' * (results.metric.direction == 'minimize')}{advantage(results, lead)}"
    short, examples = brief(name), counted(refit.windows, words(results).example)
    sure = f"{told} (p {_p(_chance(refit, name))} over {examples})"
    if side > 0:
        return f"The model beats the best baseline ({short}) on the test part: {sure}."
    if side < 0:
        return (
            f"The model is worse than the best baseline ({short}) on the test part: {sure}. "
            f"Prefer {short}."
        )
    doubt = f", {_doubt(results, refit, name) or 'but not that of the saved model'}"
    return (
        f"The model and the best baseline ({short}) cannot be told apart on the test part: "
        f"{told}{doubt if lead else ''}. The baseline costs next to nothing."
    )


def _chance(refit: Refit, name: str) -> float:
    """Return the p-value; a baseline may be missing that could be computed at the beginning."""
    return refit.p_values.get(name, 1.0)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.2g}"
