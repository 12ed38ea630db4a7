"""The findings of a study in words, the same on the terminal and in the report."""

from collections.abc import Mapping

from autolstm.baselines import learns
from autolstm.errors import counted
from autolstm.ledger.results import Results
from autolstm.metrics.timed import timed_name
from autolstm.report import numbers
from autolstm.report.verdict import best_naive
from autolstm.report.words import brief, over, seeds, words

__all__ = ["facts", "heading", "knobs", "metric_sentence", "searched_for"]


def heading(results: Results) -> str:
    """Say what a study tells of what, and how it is measured."""
    data = results.data
    if results.task == "forecasting":
        several = results.question.get("series", 0)
        of = f" of {several} series" if several else ""
        how = f"{of} {counted(results.horizon, 'step')} ahead"
    else:
        how = f" of {counted(data.parts.get('test', 0), 'test sequence')}"
    return (
        f"Study {results.name}: {brief(data.target)}{how}, {results.metric.name} on "
        f"{brief(data.name)}"
    )


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
        *_programs(results),
    ]
    best = results.best
    if best is None or best.score is None:
        return spent
    found = numbers.with_deviation(best.score.mean, best.score.std, results.unit)
    rows = [
        ("Best trial", f"{best.number}: {knobs(best.params)}"),
        ("Search", f"{found}, {_over(results, len(best.score.values))}, validation part"),
    ]
    if results.time_weight:
        rows.append(("Chosen by", f"{searched_for(results)}, training seconds of all its fits"))
    confirmed = results.confirmed.get(best.number)
    if confirmed:
        text = numbers.with_deviation(confirmed.mean, confirmed.std, results.unit)
        rows.append(
            ("Confirmed", f"{text}, {over(results, len(confirmed.values))} that no trial has used")
        )
    return rows + _test(results) + spent


def _programs(results: Results) -> list[tuple[str, str]]:
    """Say how many programs were made and what that took, where the study knows."""
    if not results.programs:
        return []
    took = numbers.duration(results.trace_seconds)
    return [("Programs", f"{results.programs}, traced and compiled in {took}")]


def _over(results: Results, count: int) -> str:
    of = over(results, count)
    return f"mean ± deviation over {of}" if count > 1 else f"of {of}"


def searched_for(results: Results) -> str:
    """Say what trials are ranked by: ``rmse``, ``rmse + 0.5 log(seconds)``."""
    return timed_name(results.metric, results.time_weight)


def _test(results: Results) -> list[tuple[str, str]]:
    """Return the scores on the test part, the baseline on the same rows among them."""
    refit = results.refit
    if refit is None:
        return [("Confirmed", "not yet")] if not results.confirmed else []
    said, test = words(results), refit.test
    text = numbers.with_deviation(test.mean, test.std, results.unit)
    model = numbers.score(refit.model, results.unit)
    rows = [
        ("Test", f"{text}, refitted with {seeds(len(test.values))}, untouched {said.rows}"),
        ("", f"{model}, the saved model: their {said.together}"),
    ]
    return rows + _baselines(results)


def _baselines(results: Results) -> list[tuple[str, str]]:
    """Return the best baseline on the test part, and the best naive one where it is another."""
    ranked = results.ranked_baselines("test")
    naive, count = best_naive(results), sum(not learns(name) for name in ranked)
    said = {
        name: f"{numbers.score(score, results.unit)}, {brief(name)}"
        for name, score in results.baselines.get("test", {}).items()
    }
    same = f"on the same {words(results).rows}"
    rows = [("Baseline", f"{said[name]}, the best of {len(ranked)} {same}") for name in ranked[:1]]
    if naive is not None and naive != ranked[0]:
        which = f"the best of the {count} naive ones" if count > 1 else "the only naive one"
        rows.append(("Naive", f"{said[naive]}, {which}"))
    return rows


def knobs(params: Mapping[str, object]) -> str:
    """Say searched knobs in short: ``units 64, learning_rate 0.003``."""
    short = (
        f"{name.rpartition('.')[2]} {numbers.setting(value)}" for name, value in params.items()
    )
    return ", ".join(short) or "nothing is searched"


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
