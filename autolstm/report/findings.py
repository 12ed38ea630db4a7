"""The findings of a study in words, the same on the terminal and in the report."""

from collections.abc import Mapping

from autolstm.baselines import LEARNT
from autolstm.errors import counted
from autolstm.ledger.results import Results
from autolstm.report import numbers

__all__ = [
    "advantage",
    "doubt",
    "facts",
    "heading",
    "knobs",
    "metric_sentence",
    "seeds",
    "verdict",
]

SURE = 0.05
"""A lead that chance makes more often than this is called a tie."""


def heading(results: Results) -> str:
    """Say what a study forecasts, how far, and how it is measured."""
    target = f"{results.data.target} {counted(results.horizon, 'step')} ahead"
    return f"Study {results.name}: {target}, {results.metric.name} on {results.data.name}"


def facts(results: Results) -> list[tuple[str, str]]:
    """Return the findings as labels and texts, search first and test last."""
    counts = ", ".join(
        f"{len(results.in_state(state))} {word}"
        for state, word in (("complete", "done"), ("pruned", "pruned"), ("failed", "failed"))
    )
    running = len(results.in_state("running"))
    counts += f", {running} running or cut off" if running else ""
    spent = [
        ("Trials", counts),
        ("Time", f"{numbers.duration(results.seconds)}, all fits together"),
    ]
    best = results.best
    if best is None or best.score is None:
        return spent
    found = numbers.with_deviation(best.score.mean, best.score.std, results.unit)
    rows = [
        ("Best trial", f"{best.number}: {knobs(best.params)}"),
        ("Search", f"{found}, {_over(len(best.score.values))}, validation part"),
    ]
    confirmed = results.confirmed.get(best.number)
    if confirmed:
        text = numbers.with_deviation(confirmed.mean, confirmed.std, results.unit)
        rows.append(
            ("Confirmed", f"{text}, {seeds(len(confirmed.values))} that no trial has used")
        )
    return rows + _test(results) + spent


def _over(count: int) -> str:
    return f"mean ± deviation over {seeds(count)}" if count > 1 else f"of {seeds(count)}"


def _test(results: Results) -> list[tuple[str, str]]:
    """Return the scores on the test part, the baseline on the same rows among them."""
    refit = results.refit
    if refit is None:
        return [("Confirmed", "not yet")] if not results.confirmed else []
    text = numbers.with_deviation(refit.test.mean, refit.test.std, results.unit)
    rows = [
        ("Test", f"{text}, refitted with {seeds(len(refit.test.values))}, untouched rows"),
        ("", f"{numbers.score(refit.model, results.unit)}, the saved model: their mean forecast"),
    ]
    return rows + _baselines(results)


def _baselines(results: Results) -> list[tuple[str, str]]:
    """Return the best baseline on the test part, and the best naive one where it is another."""
    ranked = results.ranked_baselines("test")
    naive = [name for name in ranked if name not in LEARNT]
    said = {
        name: f"{numbers.score(score, results.unit)}, {name}, the best of"
        for name, score in results.baselines.get("test", {}).items()
    }
    rows = [("Baseline", f"{said[name]} {len(ranked)} on the same rows") for name in ranked[:1]]
    rows += [
        ("Naive", f"{said[name]} the {len(naive)} that learn nothing")
        for name in naive[:1]
        if name != ranked[0]
    ]
    return rows


def verdict(results: Results) -> str:
    """Say in a sentence whether the study was worth it."""
    if results.best is None:
        return "No trial is complete yet, so there is no score."
    if results.refit is None:
        return "The winner is not chosen yet: run the same study command again to finish it."
    name, skill = results.best_baseline, results.skill
    if name is None or skill is None:
        return "There is no baseline to compare with."
    told = f"{'its ' * (results.metric.direction == 'minimize')}{advantage(results, skill)}"
    if not skill > 0:
        return (
            f"The model does not beat the best baseline ({name}) on the test part: "
            f"{told}. Prefer {name}."
        )
    unsure = doubt(results)
    if unsure:
        return (
            f"The model and the best baseline ({name}) cannot be told apart on the test "
            f"part: {told}, {unsure}. The baseline costs next to nothing."
        )
    windows, chance = results.refit.windows, results.refit.p_values[name]
    return (
        f"The model beats the best baseline ({name}) on the test part: {told} "
        f"(p {_p(chance)} over {counted(windows, 'forecast')})."
    )


def doubt(results: Results) -> str:
    """Say why a lead over the best baseline may be luck; empty where it is no luck.

    It may be the luck of the seeds, or that of the rows that happen to be the test part.
    """
    name, refit = results.best_baseline, results.refit
    if name is None or refit is None:
        return ""
    if abs(refit.test.mean - results.baselines["test"][name]) < refit.test.std:
        return "less than the deviation between seeds"
    # A baseline may be missing that could be computed where the study was begun.
    chance = refit.p_values.get(name, 1.0)
    if chance < SURE:
        return ""
    return f"which {counted(refit.windows, 'forecast')} cannot tell from chance (p {_p(chance)})"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.2g}"


def advantage(results: Results, skill: float) -> str:
    """Word a skill: a share of the error, or a difference of scores that are maximised."""
    if results.metric.direction == "maximize":
        side = "higher" if skill > 0 else "lower"
        return f"{results.metric.name} is {numbers.score(abs(skill), '')} {side}"
    side = "smaller" if skill > 0 else "larger"
    return f"{results.metric.name} is {numbers.percent(abs(skill))} {side}"


def knobs(params: Mapping[str, object]) -> str:
    """Say searched knobs in short: ``units 64, learning_rate 0.003``."""
    short = (
        f"{name.rpartition('.')[2]} {numbers.setting(value)}" for name, value in params.items()
    )
    return ", ".join(short) or "nothing is searched"


def seeds(count: int) -> str:
    """Say how many seeds."""
    return counted(count, "seed")


def metric_sentence(results: Results) -> str:
    """Say what the metric is, its unit, and which way is better."""
    metric = results.metric
    if results.unit:
        unit = f"in {results.unit}"
    elif metric.unit == "target":
        unit = f"in the unit of {results.data.target}, which the data do not name"
    elif metric.unit == "target²":
        unit = f"in the squared unit of {results.data.target}, which the data do not name"
    else:
        unit = "a pure number without unit"
    better = "lower" if metric.direction == "minimize" else "higher"
    return f"{metric.name} is the {metric.help}, {unit}; {better} is better."
