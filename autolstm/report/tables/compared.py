"""The tables that compare the model with the baselines: on both parts, and series by series."""

from collections.abc import Sequence

from autolstm.baselines import learns
from autolstm.ledger.results import Results
from autolstm.metrics import skill
from autolstm.report import numbers
from autolstm.report.findings import metric_sentence
from autolstm.report.tables.base import MOST_ROWS, NOTHING, Head, Row, Table, score
from autolstm.report.verdict import advantage
from autolstm.report.views import labelled
from autolstm.report.words import brief, words

__all__ = ["baselines", "by_series"]


def baselines(results: Results) -> Table | None:
    """Compare the baselines with the tuned model on both parts; None without any."""
    valid, test = (results.baselines.get(part, {}) for part in ("validation", "test"))
    ranked = (*results.ranked_baselines("test"), *results.ranked_baselines("validation"))
    names = tuple(dict.fromkeys(ranked))
    if not names:
        return None
    refit, unit = results.refit, results.unit
    others = tuple(
        Row(
            (
                brief(name),
                numbers.score(valid[name], "") if name in valid else NOTHING,
                numbers.score(test[name], "") if name in test else NOTHING,
                advantage(results, skill(results.metric, refit.test.mean, test[name]))
                if refit and name in test
                else NOTHING,
            )
        )
        for name in names
    )
    return Table(
        caption=(
            f"{metric_sentence(results)} {_same(results)}"
            f"{_who_learns(results, names)} The last column compares the tuned model, mean over "
            f"its seeds, with each baseline."
        ),
        heads=(
            Head(words(results).told.capitalize()),
            Head(labelled(f"Validation {results.metric.name}", unit), numeric=True),
            Head(labelled(f"Test {results.metric.name}", unit), numeric=True),
            Head("Tuned model against it"),
        ),
        rows=_models(results) + others,
    )


def _same(results: Results) -> str:
    if words(results).row == "row":
        return "All forecast the same rows from the rows before them."
    return "All tell the answers of the same sequences."


def _who_learns(results: Results, names: Sequence[str]) -> str:
    learnt = [name for name in names if learns(name)]
    if not learnt:
        return ""
    sequences = words(results).row == "sequence"
    of = "the sequences of the other parts" if sequences else "all rows before the part"
    return f" Of the baselines, {', '.join(learnt)} learnt from {of}; the others learn nothing."


def _models(results: Results) -> tuple[Row, ...]:
    """Return the tuned model and the default, beside which the baselines stand."""
    rows = []
    best, refit = results.best, results.refit
    if best is not None and results.winner is not None:
        test = score(refit.test) if refit else NOTHING
        confirmed = score(results.confirmed.get(best.number))
        rows.append(Row(("tuned LSTM, mean over seeds", confirmed, test, NOTHING), marked=True))
        if refit:
            model = numbers.score(refit.model, "")
            together = f"tuned LSTM, {words(results).together} of its seeds"
            rows.append(Row((together, NOTHING, model, NOTHING)))
    default = next((one for one in results.trials if one.is_default), None)
    if default and default.number != results.winner and default.number in results.confirmed:
        confirmed = score(results.confirmed[default.number])
        rows.append(Row((f"default LSTM (trial {default.number})", confirmed, NOTHING, NOTHING)))
    return tuple(rows)


def by_series(results: Results) -> Table | None:
    """Show the score of single series, those first on which the model loses most; None for one."""
    if results.refit is None or not results.refit.forecasts.by_series:
        return None
    held, unit = results.refit.forecasts.by_series[:MOST_ROWS], results.unit
    count = results.question.get("series", len(held))
    which = (
        f"The {len(held) // 2} series on which the model does worst against the best baseline, "
        f"and the {len(held) // 2} on which it does best, of {count}"
        if count > len(held)
        else f"All {count} series"
    )
    return Table(
        caption=(
            f"{which}; the one on which it loses most comes first. Scores are those of the saved "
            f"model, and of {brief(results.best_baseline or 'a baseline')}, which is the best "
            f"baseline on all series together."
        ),
        heads=(
            Head("Series"),
            Head(labelled(f"Test {results.metric.name}", unit), numeric=True),
            Head(labelled("Best baseline", unit), numeric=True),
            Head("Model against it"),
        ),
        rows=tuple(
            Row(
                (
                    brief(name),
                    numbers.score(own, ""),
                    numbers.score(other, ""),
                    advantage(results, skill(results.metric, own, other)),
                )
            )
            for name, own, other in held
        ),
    )
