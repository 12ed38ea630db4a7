"""The words for what a running study tells, the same on a terminal and in a log."""

import math
from collections.abc import Mapping

from autolstm.cli.board import Board
from autolstm.errors import counted
from autolstm.report import numbers
from autolstm.report.words import knobs
from autolstm.study.progress import EpochSeen, Phase, StudyStarted, TrialEnded

__all__ = [
    "best",
    "counts",
    "epoch",
    "header",
    "knobs",
    "outcome",
    "phase",
    "times",
    "tried",
]


def header(study: StudyStarted) -> list[tuple[str, str]]:
    """Say what is searched, as labels and texts."""
    in_unit = f" in {study.unit}" if study.unit else ""
    better = "lower" if study.direction == "minimize" else "higher"
    rows = [
        ("Study", study.name),
        ("Data", study.data),
        ("Task", study.task),
        ("Split", study.split),
        ("Metric", f"{study.metric}{in_unit}, {better} is better"),
    ]
    if study.chosen_by:
        rows.append(("Chosen by", f"{study.chosen_by}, training seconds of all fits of a trial"))
    if study.baselines:
        sign = 1 if study.direction == "minimize" else -1
        ranked = sorted(study.baselines.items(), key=lambda one: sign * one[1])
        scores = ", ".join(f"{name} {numbers.score(value, '')}" for name, value in ranked)
        rows.append(("Baselines", f"{scores} ({study.part})"))
    return rows


def phase(event: Phase, study: StudyStarted | None) -> str:
    """Say what part of the work begins."""
    match event.name:
        case "search" if study and study.kind != "tune":
            return _cells(study)
        case "search" if study and study.finished >= study.trials:
            finished = counted(study.finished, "trial")
            return f"Searching: nothing left to try, {finished} finished already"
        case "search" if study:
            before = f", {study.finished} finished already" if study.finished else ""
            trials = counted(study.trials, "trial")
            return f"Searching: {trials}, {_fits(study)} each{before}"
        case "confirm":
            fits = counted(event.fits, "configuration")
            return f"Confirming: {fits} again, with fresh seeds"
        case "refit":
            rows = study.word if study else "rows"
            return f"Refitting: the winner on training and validation {rows}"
        case "report":
            return "Writing the report"
        case name:
            return name.capitalize()


def _cells(study: StudyStarted) -> str:
    """Say what a study of one knob fits."""
    before = f", {study.finished} of them earlier" if study.finished else ""
    if study.finished >= study.trials:
        return f"Fitting: nothing left, {counted(study.finished, 'cell')} fitted already"
    return f"Fitting: {counted(study.trials, 'cell')}, {_fits(study)} each{before}"


def tried(params: Mapping[str, object], study: StudyStarted | None) -> str:
    """Say what a trial tries."""
    if not params and study and study.kind != "tune":
        return "the base"
    return knobs(params)


def outcome(trial: TrialEnded, unit: str) -> str:
    """Say how a trial ended: score or state, time."""
    if trial.mean is not None:
        what = numbers.with_deviation(trial.mean, trial.std or 0.0, unit)
        what += ", best so far" if trial.best else ""
    else:
        what = trial.state
    return f"{what}, {numbers.duration(trial.seconds)}"


def counts(board: Board) -> str:
    """Say how many are finished, and how those of this run ended."""
    done, pruned, failed = (board.ended[state] for state in ("complete", "pruned", "failed"))
    earlier = board.searching and board.study and board.study.finished
    return f"{board.finished} of {board.wanted}: {done} done, {pruned} pruned, {failed} failed" + (
        " in this run" if earlier else ""
    )


def epoch(board: Board, seen: EpochSeen | None) -> str:
    """Say how far a configuration is that is being fitted."""
    if seen is None:
        return "preparing the first epoch"
    # A refit has no folds, whatever the split has.
    folds = board.study.folds if board.study and board.phase.name != "refit" else 1
    of = f" of {folds * board.study.seeds}" if board.study else ""
    # What learns from validation rows as well has no validation loss.
    loss = f", mean validation loss {seen.valid_loss:.4g}" * math.isfinite(seen.valid_loss)
    return (
        f"epoch {seen.epoch}/{seen.epochs}{loss}, "
        f"{seen.running}{of} {'seeds' if folds == 1 else 'fits'} running"
    )


def _fits(study: StudyStarted) -> str:
    """Say what is fitted in every trial."""
    folds = f"{study.folds} folds x " if study.folds > 1 else ""
    return f"{folds}{counted(study.seeds, 'seed')}"


def best(board: Board) -> str:
    """Say the best score of this phase, earlier runs included, with its deviation and unit."""
    unit = board.study.unit if board.study else ""
    if board.best is not None and board.best.mean is not None:
        score = numbers.with_deviation(board.best.mean, board.best.std or 0.0, unit)
        return f"{score} (trial {board.best.number})"
    if board.searching and board.study and board.study.best:
        number, earlier = board.study.best
        score = numbers.with_deviation(earlier.mean, earlier.std, unit)
        return f"{score} (trial {number}, of an earlier run)"
    return "none yet"


def times(board: Board) -> str:
    """Say time spent, expected and allowed."""
    parts = [f"{numbers.duration(board.elapsed)} elapsed"]
    if board.left is not None:
        part = "for the trials" if board.searching else "for this part"
        parts.append(f"about {numbers.duration(board.left)} left {part}")
    elif board.searching:
        parts.append("time left not known before the first trial")
    if board.study and board.study.seconds is not None:
        parts.append(f"limit {numbers.duration(board.study.seconds)}")
    return ", ".join(parts)
