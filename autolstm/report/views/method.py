"""How a study was done, in sentences a reader can check."""

import math

from autolstm.errors import counted
from autolstm.ledger.results import Refit, Results
from autolstm.report import numbers
from autolstm.report.findings import metric_sentence, searched_for
from autolstm.report.views.split import split_sentence
from autolstm.report.words import fits, seeds, words

__all__ = ["method"]


def method(results: Results) -> tuple[tuple[str, str], ...]:
    """Return the steps of a study as labels and texts, in the order they are done."""
    return (
        ("Split", split_sentence(results)),
        ("Score", _score(results)),
        ("Search", _search(results)),
        ("Choice", _choice(results)),
        ("Test", _test(results)),
        ("Loss", _loss(results)),
        ("To repeat it", _repeat(results)),
    )


def _score(results: Results) -> str:
    sequences = words(results).row == "sequence"
    deviation = "the standard deviation over the seeds (n - 1)"
    if results.folds > 1:
        deviation = (
            f"the standard deviation over {fits(results)} (n - 1), "
            f"so the differences between folds are in it; that of a test score is over the seeds "
            f"alone"
        )
    each = (
        " It is taken of every series and target by itself, and the mean is the score."
        if results.question.get("series")
        else ""
    )
    measured = {
        "forecasting": "It is measured on the untouched target, after all preparation is undone.",
        "classification": "It is measured on the probabilities of the classes; the most probable "
        "class is the one told.",
    }.get(
        results.task, "It is measured on the untouched answers, after all preparation is undone."
    )
    steps = (
        " Every step of an answer counts."
        if sequences and results.refit and results.refit.forecasts.by_step
        else ""
    )
    return (
        f"{metric_sentence(results)} {measured}{each}{steps} What stands behind ± is {deviation}."
    )


def _loss(results: Results) -> str:
    kind, rows = results.metric.loss, words(results).rows
    told = "training target" if rows == "rows" else "training answers"
    guess = "a forecast of the training mean" if rows == "rows" else "telling the training mean"
    if kind == "cross_entropy":
        count = len(results.data.classes)
        of = f"ln({count}) = {numbers.score(math.log(count), '')}" if count > 1 else "ln(classes)"
        return (
            f"Learning curves show the cross-entropy in nats: the mean of -ln(p), p being the "
            f"probability that is given to the actual class. Whoever gives all classes the same "
            f"probability gets {of}; 0 is perfect."
        )
    same = "The unit is the same for every trial, whatever its preparation."
    if kind == "squared":
        return (
            f"Learning curves show the mean squared error divided by the variance of the {told}: "
            f"1 is what {guess} would get. {same}"
        )
    name = "mean absolute error" if kind == "absolute" else "mean quantile (pinball) loss"
    return (
        f"Learning curves show the {name} divided by the standard deviation of the {told}. {same}"
    )


def _search(results: Results) -> str:
    part = "the validation parts" if results.folds > 1 else "the validation part"
    time = (
        f" Trials are ranked by {searched_for(results)}, seconds being the training seconds of "
        f"all fits of a trial: a factor e of time is worth {results.time_weight:g} of the score. "
        f"Pruning looks at losses alone, and scores are shown as they are."
    )
    return (
        f"Optuna proposed {counted(len(results.trials), 'trial')}, the "
        f"default settings first. Each was fitted with {fits(results)} that advance "
        f"together; its score is their mean on {part}. Trials whose mean was not "
        f"promising were pruned.{time * (results.time_weight > 0)}"
    )


def _choice(results: Results) -> str:
    text = (
        "The best of many noisy scores is lucky as well as good, so the best trials and the "
        "default are fitted again with seeds that no trial has used, and the best of these "
        f"confirmed {'values' if results.time_weight else 'means'} wins."
    )
    if results.winner is None:
        return f"{text} This has not been done yet."
    count = len(results.confirmed)
    return (
        f"{text} {count} {'was' if count == 1 else 'were'} confirmed; trial {results.winner} won."
    )


def _test(results: Results) -> str:
    said = words(results)
    if results.refit is None:
        return (
            f"The winner will be fitted once more on training and validation {said.rows} and "
            f"measured on the test {said.rows}, which serve nothing else. This has not been done "
            f"yet."
        )
    refit = results.refit
    gives = "forecasts the mean" if said.row == "row" else f"gives the {said.together}"
    return (
        f"The winner was fitted once more on training and validation {said.rows}, "
        f"{_fitted(refit, said.rows)}, and measured on the test {said.rows}, which served "
        f"nothing else. The saved model {gives} of these seeds; it lies in {refit.path}."
    )


def _fitted(refit: Refit, rows: str) -> str:
    """Say how the refit was done: with what seeds, how long, and why as long as that."""
    own, epochs = (
        f"with {seeds(len(refit.test.values))} of its own",
        counted(refit.epochs, "epoch"),
    )
    if not refit.held_out:
        return f"for {epochs} {own}"
    return (
        f"{own}, each stopped early by about {refit.held_out} {rows} that it held out, others "
        f"for each seed (after {epochs}, the median)"
    )


def _repeat(results: Results) -> str:
    asked = results.question
    told = [
        f"{label} {asked[name]}"
        for name, label in (
            ("seed", "root seed"),
            ("engine", "training engine"),
            ("data", "fingerprint of the data"),
        )
        if name in asked
    ]
    started = sorted(one.started for one in results.trials if one.started is not None)
    text = f"{', '.join(told).capitalize()}. " if told else ""
    if started:
        text += f"The first trial began {started[0]:%Y-%m-%d %H:%M}, "
        text += f"the last {started[-1]:%Y-%m-%d %H:%M}. "
    text += f"All fits together took {numbers.duration(results.seconds)}."
    if results.programs:
        text += (
            f" The trials were trained with {counted(results.programs, 'program')}; building, "
            f"tracing and compiling took {numbers.duration(results.trace_seconds)}."
        )
    return text
