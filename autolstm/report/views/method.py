"""How a study was done, in sentences a reader can check."""

from autolstm.errors import counted
from autolstm.ledger.results import Results
from autolstm.report import numbers
from autolstm.report.findings import metric_sentence, seeds

__all__ = ["method"]


def method(results: Results) -> tuple[tuple[str, str], ...]:
    """Return the steps of a study as labels and texts, in the order they are done."""
    parts = results.data.parts
    rows = ", ".join(f"{count} rows for {name}" for name, count in parts.items())
    return (
        (
            "Split",
            f"The rows are cut in time order: {rows}. A window belongs to the part in which all "
            f"its targets lie; its inputs may reach back across a cut, never forward. Scaling and "
            f"differencing are learnt on training rows alone.",
        ),
        (
            "Score",
            f"{metric_sentence(results)} It is measured on the untouched target, after all "
            f"preparation is undone. What stands behind ± is the standard deviation over the "
            f"seeds (n - 1).",
        ),
        ("Search", _search(results)),
        ("Choice", _choice(results)),
        ("Test", _test(results)),
        (
            "Loss",
            "Learning curves show the mean squared error divided by the variance of the training "
            "target: 1 is what a forecast of the training mean would get. The unit is the same "
            "for every trial, whatever its preparation.",
        ),
        ("To repeat it", _repeat(results)),
    )


def _search(results: Results) -> str:
    return (
        f"Optuna proposed {counted(len(results.trials), 'trial')}, the "
        f"default settings first. Each was fitted with {seeds(results.seeds)} that advance "
        f"together; its score is their mean on the validation part. Trials whose mean was not "
        f"promising were pruned."
    )


def _choice(results: Results) -> str:
    text = (
        "The best of many noisy scores is lucky as well as good, so the best trials and the "
        "default are fitted again with seeds that no trial has used, and the best of these "
        "confirmed means wins."
    )
    if results.winner is None:
        return f"{text} This has not been done yet."
    count = len(results.confirmed)
    return (
        f"{text} {count} {'was' if count == 1 else 'were'} confirmed; trial {results.winner} won."
    )


def _test(results: Results) -> str:
    if results.refit is None:
        return (
            "The winner will be fitted once more on training and validation rows and measured on "
            "the test rows, which serve nothing else. This has not been done yet."
        )
    refit = results.refit
    return (
        f"The winner was fitted once more on training and validation rows, for "
        f"{counted(refit.epochs, 'epoch')} with {seeds(len(refit.test.values))} of its own, and "
        f"measured on the test rows, which served nothing else. The saved model forecasts the "
        f"mean of these seeds; it lies in {refit.path}."
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
    return f"{text}All fits together took {numbers.duration(results.seconds)}."
