"""What a study has found, on one screen; `study` ends with it and `show` begins with it."""

import shlex
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from autolstm.cli import wording
from autolstm.cli.live import grid
from autolstm.cli.output import cell
from autolstm.ledger.results import Results
from autolstm.report import numbers

__all__ = ["facts", "next_steps", "nothing_added", "summary", "verdict"]

STEPS = 12
"""Rows that the suggested forecast asks for."""


def summary(results: Results, *, report: Path | None, model: Path | None) -> RenderableType:
    """Return heading, findings and verdict of a study.

    Args:
        results: The study.
        report: The written report, None where there is none.
        model: Folder of the saved model, None where there is none.
    """
    target = f"{results.data.target} {results.horizon} step{'s' * (results.horizon > 1)} ahead"
    heading = f"Study {results.name}: {target}, {results.metric.name} on {results.data.name}"
    rows = facts(results)
    rows += [("Report", str(report))] if report else []
    rows += [("Model", str(model))] if model else []
    shown: list[tuple[str, RenderableType]] = [(label, cell(text)) for label, text in rows]
    return Group(cell(heading, "bold"), grid(shown), Text(), cell(verdict(results), "bold"))


def facts(results: Results) -> list[tuple[str, str]]:
    """Return the findings as labels and texts, search first and test last."""
    counts = ", ".join(
        f"{len(results.in_state(state))} {word}"
        for state, word in (("complete", "done"), ("pruned", "pruned"), ("failed", "failed"))
    )
    running = len(results.in_state("running"))
    counts += f", {running} running or cut off" if running else ""
    spent = [("Trials", counts), ("Time", numbers.duration(results.seconds))]
    best = results.best
    if best is None or best.score is None:
        return spent
    found = numbers.with_deviation(best.score.mean, best.score.std, results.unit)
    rows = [
        ("Best trial", f"{best.number}: {wording.knobs(best.params)}"),
        ("Search", f"{found}, mean ± deviation over {_seeds(best.score.values)}, validation part"),
    ]
    confirmed = results.confirmed.get(best.number)
    if confirmed:
        text = numbers.with_deviation(confirmed.mean, confirmed.std, results.unit)
        rows.append(("Confirmed", f"{text}, {_seeds(confirmed.values)} that no trial has used"))
    return rows + _test(results) + spent


def _test(results: Results) -> list[tuple[str, str]]:
    """Return the scores on the test part, the baseline on the same rows among them."""
    refit = results.refit
    if refit is None:
        return [("Confirmed", "not yet")] if not results.confirmed else []
    text = numbers.with_deviation(refit.test.mean, refit.test.std, results.unit)
    rows = [
        ("Test", f"{text}, refitted with {_seeds(refit.test.values)}, untouched rows"),
        ("", f"{numbers.score(refit.model, results.unit)}, the saved model: their mean forecast"),
    ]
    name = results.best_baseline
    if name is not None:
        baseline = numbers.score(results.baselines["test"][name], results.unit)
        count = len(results.baselines["test"])
        rows.append(("Naive", f"{baseline}, {name}, the best of {count} on the same rows"))
    return rows


def verdict(results: Results) -> str:
    """Say in a sentence whether the study was worth it."""
    if results.best is None:
        return "No trial is complete yet, so there is no score."
    if results.refit is None:
        return "The winner is not chosen yet: run the same study command again to finish it."
    name, skill = results.best_baseline, results.skill
    if name is None or skill is None:
        return "There is no naive baseline to compare with."
    if not skill > 0:
        return (
            f"The model does not beat the best naive baseline ({name}) on the test part: "
            f"{_skill(results, skill)}. Prefer {name}."
        )
    gap = abs(results.refit.test.mean - results.baselines["test"][name])
    unsure = ", less than the deviation between seeds" if gap < results.refit.test.std else ""
    return (
        f"The model beats the best naive baseline ({name}) on the test part: "
        f"{_skill(results, skill)}{unsure}."
    )


def _skill(results: Results, skill: float) -> str:
    """Word a skill: a share of the error, or a difference of scores that are maximised."""
    if results.metric.direction == "maximize":
        side = "higher" if skill > 0 else "lower"
        return f"{results.metric.name} is {numbers.score(abs(skill), '')} {side}"
    side = "smaller" if skill > 0 else "larger"
    return f"its {results.metric.name} is {numbers.percent(abs(skill))} {side}"


def _seeds(values: tuple[float, ...]) -> str:
    return f"{len(values)} seed{'s' * (len(values) != 1)}"


def next_steps(results: Results, report: Path | None, where: str) -> str:
    """Return the commands that lead on.

    Args:
        results: The study.
        report: The written report, None where there is none.
        where: Options that a command needs to find this study, with a leading space.
    """
    lines = [f"  autolstm show {results.name}{where}"]
    if results.refit is not None:
        # A model with covariates cannot forecast beyond its horizon.
        steps = results.horizon if results.data.covariates else max(STEPS, results.horizon)
        lines.append(f"  autolstm predict {results.name} --steps {steps}{where}")
    if report is not None:
        lines.append(f"  python -m webbrowser {shlex.quote(str(report))}")
    return "Next:\n" + "\n".join(lines)


def nothing_added(results: Results, asked: int) -> str:
    """Say why a run has added no trial."""
    finished = len(results.in_state("complete")) + len(results.in_state("pruned"))
    if finished < asked:
        return f"No trial added: the study has {finished} of the {asked} trials asked for."
    return (
        f"No trial added: the study has the {asked} trials asked for already. Ask for more with "
        f"--trials {finished + 10}."
    )
